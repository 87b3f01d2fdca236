"""Messages of inbound.fifo: decide what becomes of each mail."""

from typing import Any

import msgspec

from maildesk import wiring
from maildesk.desk.receive import Delivery
from maildesk.ports import Inbound
from maildesk.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    wiring.receiver().receive([_delivery(record) for record in event["Records"]])
    return {"batchItemFailures": []}


def _delivery(record: dict[str, Any]) -> Delivery:
    inbound = msgspec.json.decode(record["body"], type=Inbound)
    return Delivery(inbound, int(record["attributes"]["ApproximateReceiveCount"]))
