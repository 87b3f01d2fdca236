"""Every minute: a poll message for each mailbox that is due."""

from typing import Any

from maildesk import wiring
from maildesk.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"polls": wiring.scheduler().schedule()}
