"""Settings are remembered for up to a minute."""

from maildesk.ports import SettingsStore
from maildesk.settings import Settings


def settings_with(mailbox: str, settings: SettingsStore) -> Settings:
    """Read anew where what is remembered knows no such mailbox: it may have been set up just now."""
    remembered = settings.load()
    return remembered if remembered.as_set(mailbox) else settings.fresh()
