"""The settings table: what the operator set, read as a whole and cached for a minute."""

import os
import time
from typing import Any

import msgspec
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from maildesk.settings import Desk, MailboxSettings, Sender, Settings
from maildesk.storage.attributes import Json, asking_table
from maildesk.telemetry import trace

_CACHED_SECONDS = 60
_ASKING = asking_table("The settings table")


class SettingItem(Model):
    class Meta:
        table_name = os.environ.get("SETTINGS_TABLE", "settings")
        region = os.environ.get("AWS_REGION")

    pk = UnicodeAttribute(hash_key=True, default="desk")
    sk = UnicodeAttribute(range_key=True)
    value = Json(Any)


class SettingsTable:
    def __init__(self) -> None:
        self._cached: tuple[float, Settings] | None = None

    def load(self) -> Settings:
        if self._cached is None or time.monotonic() - self._cached[0] > _CACHED_SECONDS:
            self._cached = time.monotonic(), _assembled({item.sk: item.value for item in _stored()})
            trace(self._cached[1].desk.trace_logging)
        return self._cached[1]

    def fresh(self) -> Settings:
        self._cached = None
        return self.load()

    @_ASKING
    def save(self, before: Settings, after: Settings) -> None:
        old, new = _taken_apart(before), _taken_apart(after)
        with SettingItem.batch_write() as batch:
            for sk in old.keys() - new.keys():
                batch.delete(SettingItem("desk", sk))
            for sk, value in new.items():
                if old.get(sk) != value:
                    batch.save(SettingItem("desk", sk, value=value))
        self._cached = None


@_ASKING
def _stored() -> list[SettingItem]:
    return list(SettingItem.query("desk", consistent_read=True))


def _taken_apart(settings: Settings) -> dict[str, Any]:
    named = [("mailbox", mailbox) for mailbox in settings.mailboxes] + [("sender", sender) for sender in settings.senders]
    return {"desk": msgspec.to_builtins(settings.desk), **{f"{kind}#{one.name}": msgspec.to_builtins(one) for kind, one in named}}


def _assembled(values: dict[str, Any]) -> Settings:
    return Settings(
        desk=msgspec.convert(values.get("desk", {}), Desk),
        mailboxes=tuple(msgspec.convert(value, MailboxSettings) for sk, value in sorted(values.items()) if sk.startswith("mailbox#")),
        senders=tuple(msgspec.convert(value, Sender) for sk, value in sorted(values.items()) if sk.startswith("sender#")),
    )
