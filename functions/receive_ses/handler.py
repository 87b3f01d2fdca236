"""Amazon SES has put a mail into the bucket: hand it in. A dead letter, which holds the event that failed, is understood too.
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html"""

from datetime import datetime
from typing import Any

from maildesk import wiring
from maildesk.desk.push import Pushed
from maildesk.telemetry import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> None:
    for record in _records(event):
        wiring.reception().take(_pushed(record["ses"]["mail"], record["ses"]["receipt"]))


def _records(event: dict[str, Any]) -> list[dict[str, Any]]:
    """A letter that was handed in and failed again holds the letter it was."""
    return event["Records"] if "Records" in event else _records(event["requestPayload"])


def _pushed(mail: dict[str, Any], receipt: dict[str, Any]) -> Pushed:
    return Pushed(mail["messageId"], tuple(receipt["recipients"]), datetime.fromisoformat(mail["timestamp"]))
