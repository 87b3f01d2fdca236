"""Bytes ⇄ mail, and nothing else: no I/O, no clock, no exception for any input."""
