"""One poll message: take what is new in that mailbox."""

import json
from typing import Any

from maildesk import wiring
from maildesk.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        wiring.poller().poll(json.loads(record["body"])["mailbox"], lambda: context.get_remaining_time_in_millis() / 1000)
