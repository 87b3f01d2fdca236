"""One logger and one metrics sink for all functions. Logs carry keys, counts and sentences; never mail text, never a secret."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger(utc=True)
metrics = Metrics()


def follow(trace_logging: bool) -> None:
    """`trace_logging` of the desk takes effect with the next read of the settings."""
    logger.setLevel("DEBUG" if trace_logging else "INFO")
