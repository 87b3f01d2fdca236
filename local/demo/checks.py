"""Whether everything came out as local/sample_mails/expected.yaml says."""

from collections.abc import Iterator, Sequence
from typing import Any

from local.demo.mails_sent import MailsSent
from local.demo.samples import REPLY, Sample
from local.demo.view import receipts_of

Json = dict[str, Any]


def missing(listed: Sequence[Sample], receipts: list[Json], sent: MailsSent) -> Iterator[str]:
    """A sentence for each thing that is not as it should be."""
    tickets = {sample.name: found[0].get("ticket") for sample in listed if (found := receipts_of(sample, receipts))}
    for sample in listed:
        yield from (f"{sample.name}: {problem}" for problem in wrong(sample, receipts_of(sample, receipts), tickets))
        yield from (f"{sample.name}: {problem}" for problem in wrongly_answered(sample, sent))


def wrong(sample: Sample, found: list[Json], tickets: dict[str, int | None]) -> Iterator[str]:
    if len(found) != 1:
        yield f"{len(found)} receipts instead of one"
        return
    receipt = found[0]
    if receipt["outcome"] != sample.becomes:
        yield f"became {receipt['outcome']!r}, not {sample.becomes!r}: {' '.join(receipt['reasons'])}"
    if sample.joins and receipt.get("ticket") != tickets.get(sample.joins):
        yield f"is on ticket {receipt.get('ticket')}, not with {sample.joins} on {tickets.get(sample.joins)}"


def wrongly_answered(sample: Sample, sent: MailsSent) -> Iterator[str]:
    answers = [mail for mail in sent.to(sample.writer) if sample.message_id and sample.message_id in mail.answers]
    if sample.is_answered and not sent.to(sample.writer):
        yield f"{sample.writer} got no answer"
    if sample.is_answered and sample.message_id and not answers:
        yield "the answer does not thread"
    if sample.becomes in {"automatic", "bounce"} and answers:
        yield "automatic mail was answered"


def reply_missing(sample: Sample, sent: MailsSent) -> Iterator[str]:
    """Whether what the agent answered to this mail went out, once, in its thread."""
    replies = [mail for mail in sent.to(sample.writer) if REPLY.splitlines()[0] in mail.lines]
    if len(replies) != 1:
        yield f"the agent's reply went out {len(replies)} times, not once"
    elif sample.message_id and sample.message_id not in replies[0].answers:
        yield "the agent's reply does not thread"
