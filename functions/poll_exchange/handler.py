"""One poll message of a mailbox on Exchange: take what is new in it. Or, asked by operate: test the connection to one."""

import json
from typing import Any

from maildesk import wiring
from maildesk.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> list[dict[str, Any]] | None:
    if "Records" not in event:
        return wiring.checker().answer(event)
    for record in event["Records"]:
        wiring.exchange_poller().poll(json.loads(record["body"])["mailbox"], lambda: context.get_remaining_time_in_millis() / 1000)
    return None
