"""One logger for all functions. Logs carry keys, counts and sentences; never mail text, never a secret."""

import traceback

from aws_lambda_powertools import Logger

logger = Logger(utc=True)

ALARM = "somebody must sign in again"
"""The message that raises the alarm of template.yaml, for an account whose provider no longer honours its sign-in."""


def trace(switched_on: bool) -> None:
    """Every decision is logged while the desk's `trace_logging` is on; it takes effect when the settings are read next."""
    logger.setLevel("DEBUG" if switched_on else "INFO")


def whereabouts(error: BaseException) -> str:
    """Kind and place of an error, without its words: they may quote the mail."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at " + " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-6:])
