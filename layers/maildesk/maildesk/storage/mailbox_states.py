"""The sync state of each mailbox, beside its settings: cursor, lease, health, and the index of who is due."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zlib import crc32

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from maildesk.ports import BrokeOff, Cursor, LeaseLost, MailboxState, Progress
from maildesk.storage.attributes import Instant, Json, asking_table

_SHARDS = 4
"""Partitions of the index of due mailboxes, so that 10,000 of them do not write to one."""

_ASKING = asking_table("The settings table")


class Due(GlobalSecondaryIndex["StateItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    next_poll_at = Instant(range_key=True)


class StateItem(Model):
    class Meta:
        table_name = os.environ.get("SETTINGS_TABLE", "settings")
        region = os.environ.get("AWS_REGION")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default="state")
    cursor = Json(dict[str, Any], null=True)
    lease_owner = UnicodeAttribute(null=True)
    lease_until = Instant(null=True)
    due_shard = UnicodeAttribute(null=True)
    next_poll_at = Instant(null=True)
    last_polled_at = Instant(null=True)
    last_success_at = Instant(null=True)
    last_error = UnicodeAttribute(null=True)
    last_error_at = Instant(null=True)
    failures = NumberAttribute(null=True)
    progress = Json(Progress, null=True)
    broke_off = Json(dict[str, BrokeOff], null=True)
    due = Due()

    @classmethod
    def of(cls, name: str) -> "StateItem":
        return cls(f"mailbox#{name}", "state")


class MailboxStatesTable:
    @_ASKING
    def due(self, now: datetime) -> list[str]:
        shards = (StateItem.due.query(f"due#{shard}", StateItem.next_poll_at <= now) for shard in range(_SHARDS))
        return [item.pk.removeprefix("mailbox#") for shard in shards for item in shard]

    @_ASKING
    def get(self, name: str) -> MailboxState | None:
        try:
            return _state(name, StateItem.get(f"mailbox#{name}", "state", consistent_read=True))
        except DoesNotExist:
            return None

    @_ASKING
    def take_lease(self, name: str, owner: str, now: datetime, until: datetime, next_poll_at: datetime) -> MailboxState | None:
        item = StateItem.of(name)
        free = StateItem.lease_until.does_not_exist() | (StateItem.lease_until <= now)
        actions = [StateItem.lease_owner.set(owner), StateItem.lease_until.set(until), *_due(name, next_poll_at)]
        try:
            item.update(actions=actions, condition=(StateItem.next_poll_at <= now) & free)
        except UpdateError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return None
            raise
        return _state(name, item)

    def save_cursor(self, name: str, owner: str, cursor: Cursor, until: datetime, progress: Progress | None = None) -> None:
        self._as_holder(name, owner, [StateItem.cursor.set(cursor), StateItem.lease_until.set(until), *_progress(progress)])

    def release(
        self,
        name: str,
        owner: str,
        *,
        next_poll_at: datetime | None,
        now: datetime,
        error: str | None,
        progress: Progress | None = None,
        broke_off: dict[str, BrokeOff] | None = None,
    ) -> None:
        actions = [
            StateItem.lease_owner.remove(),
            StateItem.lease_until.remove(),
            StateItem.last_polled_at.set(now),
            *_due(name, next_poll_at),
            *_progress(progress),
            StateItem.broke_off.set(broke_off) if broke_off else StateItem.broke_off.remove(),
        ]
        self._as_holder(name, owner, [*actions, *_health(now, error)])

    @_ASKING
    def _as_holder(self, name: str, owner: str, actions: list[Action]) -> None:
        try:
            StateItem.of(name).update(actions=actions, condition=StateItem.lease_owner == owner)
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            raise LeaseLost(f"The lease of mailbox {name} went to another poll.") from error

    @_ASKING
    def schedule(self, name: str, next_poll_at: datetime | None) -> None:
        StateItem.of(name).update(actions=_due(name, next_poll_at))

    @_ASKING
    def delete(self, name: str) -> None:
        StateItem.of(name).delete()


def _due(name: str, next_poll_at: datetime | None) -> list[Action]:
    if next_poll_at is None:
        return [StateItem.due_shard.remove(), StateItem.next_poll_at.remove()]
    return [StateItem.due_shard.set(f"due#{crc32(name.encode()) % _SHARDS}"), StateItem.next_poll_at.set(next_poll_at)]


def _progress(progress: Progress | None) -> list[Action]:
    return [StateItem.progress.set(progress)] if progress else []


def _health(now: datetime, error: str | None) -> Iterator[Action]:
    if error is None:
        yield from (StateItem.last_success_at.set(now), StateItem.last_error.remove(), StateItem.failures.set(0))
    else:
        yield from (StateItem.last_error.set(error), StateItem.last_error_at.set(now), StateItem.failures.add(1))


def _state(name: str, item: StateItem) -> MailboxState:
    values = {field: getattr(item, field) for field in MailboxState.__struct_fields__ if field not in {"name", "failures"}}
    return MailboxState(name=name, failures=int(item.failures or 0), **values)
