"""One logger and one metrics sink for all functions. Logs carry keys, counts and sentences; never mail text, never a secret."""

import traceback

from aws_lambda_powertools import Logger, Metrics

logger = Logger(utc=True)
metrics = Metrics()


def follow(trace_logging: bool) -> None:
    """`trace_logging` of the desk takes effect with the next read of the settings."""
    logger.setLevel("DEBUG" if trace_logging else "INFO")


def whereabouts(error: BaseException) -> str:
    """Kind and place of an error, without its words: they may quote the mail."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at " + " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-6:])
