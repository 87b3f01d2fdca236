"""Messages of outbox.fifo: send each, in order within a ticket; what must wait goes back with its pause."""

from functools import partial
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from maildesk import wiring
from maildesk.desk.send import Mailer
from maildesk.ports import OutboxKey, TryAgain
from maildesk.telemetry import logger

processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False  # its constructor does not take it


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    with wiring.mailer() as mailer:
        mailer.look_ahead([_key(record["body"]) for record in event["Records"]])
        return process_partial_response(event=event, record_handler=partial(_send, mailer), processor=processor, context=context)


def _send(mailer: Mailer, record: SQSRecord) -> None:
    pause = mailer.send(_key(record.body))
    if pause:
        wiring.queues().delay(record.receipt_handle, pause)
        raise TryAgain(f"Not sent yet; tried again in {pause} seconds.")


def _key(body: str) -> OutboxKey:
    return msgspec.json.decode(body, type=OutboxKey)
