"""Reaching a service that several adapters use: its servers, its sign-in, its failures in plain sentences."""
