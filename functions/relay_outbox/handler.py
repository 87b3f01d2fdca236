"""Changes of the tickets table: mail to be sent to outbox.fifo, events to the bus."""

from typing import Any

from maildesk import wiring
from maildesk.storage.stream import changes
from maildesk.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> None:
    wiring.relay().relay(changes(event))
