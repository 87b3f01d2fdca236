"""Operator commands: `{"command": "help"}` lists them."""

from typing import Any

from maildesk import wiring
from maildesk.desk.operate.dispatch import answer
from maildesk.telemetry import logger


@logger.inject_lambda_context
def handler(event: Any, context: Any) -> dict[str, Any]:
    return answer(wiring.operator(), event)
