"""Operator commands: JSON in, JSON out. `dispatch.answer` is the way in; one module per subject holds its commands."""
