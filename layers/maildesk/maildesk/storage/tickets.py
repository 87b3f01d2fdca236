"""The tickets table as the desk's Store: one request for many reads, one transaction for many mails."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.transactions import TransactWrite

from maildesk.ports import Page, TryAgain
from maildesk.storage.attributes import asking_table
from maildesk.storage.items import Counter, Item, primary_key, to_item, to_record
from maildesk.tickets.records import Found, Key, Plan, Record, Write

_MOST_WRITES = 100
"""Items one transaction takes (DynamoDB, TransactWriteItems)."""

_CONFLICTS = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_CONFLICTS_OF_ONE = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})

_ASKING = asking_table("The tickets table")


class TicketsTable:
    def __init__(self) -> None:
        self._connection = Connection(region=os.environ["AWS_REGION"])

    @_ASKING
    def fetch(self, keys: Iterable[Key]) -> Found:
        wanted = {primary_key(key) for key in keys}
        return Found(map(to_record, Item.batch_get(list(wanted), consistent_read=True)) if wanted else ())

    @_ASKING
    def commit(self, plans: Sequence[Plan]) -> list[bool]:
        done = [False] * len(plans)
        for batch in _together(plans):
            for index in self._written(plans, batch):
                done[index] = True
        return done

    def _written(self, plans: Sequence[Plan], batch: list[int]) -> list[int]:
        """Writes these plans in one transaction, without those that stand against it."""
        while batch:
            writes = [write for index in batch for write in plans[index]]
            against = self._transact(writes) if len(writes) > 1 else _put(writes[0])
            if not against:
                break
            owners = [index for index in batch for _ in plans[index]]
            batch = [index for index in batch if index not in {owners[position] for position in against}]
        return batch

    def _transact(self, writes: Sequence[Write]) -> list[int]:
        """The positions of the writes whose expectation did not hold; nothing is written unless there are none."""
        try:
            with TransactWrite(connection=self._connection) as transaction:
                for write in writes:
                    transaction.save(to_item(write.record), condition=_condition(write))
        except TransactWriteError as error:
            against = [position for position, reason in enumerate(error.cancellation_reasons) if reason and reason.code in _CONFLICTS]
            if not against:
                raise TryAgain(f"The tickets table did not take a write ({error.cause_response_code}).") from error
            return against
        return []

    @_ASKING
    def next_numbers(self, count: int) -> range:
        counter = Counter("counter#ticket", "counter")
        counter.update(actions=[Counter.value.add(count)])
        last = int(counter.value)
        return range(last - count + 1, last + 1)

    @_ASKING
    def thread(self, ticket: int) -> list[Record]:
        items = Item.query(f"ticket#{ticket}", consistent_read=True)
        entries = [to_record(item) for item in items if item.sk != "ticket"]
        return sorted(entries, key=lambda entry: str(entry.key[-1]))

    def tickets(self, status: str, limit: int, after: str | None) -> Page:
        return _page(f"ticket#{status}", limit, after)

    def receipts(self, state: str, limit: int, after: str | None) -> Page:
        return _page(f"receipt#{state}", limit, after)

    def outbox(self, state: str, limit: int, after: str | None) -> Page:
        return _page(f"outbox#{state}", limit, after)


def _put(write: Write) -> list[int]:
    """A single write needs no transaction, which costs twice as much."""
    try:
        to_item(write.record).save(condition=_condition(write))
    except PutError as error:
        if error.cause_response_code not in _CONFLICTS_OF_ONE:
            raise
        return [0]
    return []


@_ASKING
def _page(listed_under: str, limit: int, after: str | None) -> Page:
    start: dict[str, Any] | None = msgspec.json.decode(after) if after else None
    results = Item.listing.query(listed_under, scan_index_forward=False, limit=limit, last_evaluated_key=start)
    records = [to_record(item) for item in results]
    following = results.last_evaluated_key
    return Page(records, msgspec.json.encode(following).decode() if following else None)


def _condition(write: Write) -> Any:
    if write.expects is None:
        return None
    return Item.pk.does_not_exist() if write.expects == 0 else Item.version == write.expects


def _together(plans: Sequence[Plan]) -> Iterator[list[int]]:
    """Indexes of plans that fit into one transaction: it may name each item but once."""
    batch: list[int] = []
    keys: set[Key] = set()
    for index, plan in enumerate(plans):
        own = {write.record.key for write in plan}
        if batch and (keys & own or len(keys) + len(own) > _MOST_WRITES):
            yield batch
            batch, keys = [], set()
        batch.append(index)
        keys |= own
    if batch:
        yield batch
