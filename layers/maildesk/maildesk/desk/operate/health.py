"""How a mailbox does."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from maildesk.ports import MailboxState, Progress
from maildesk.settings import MailboxSettings, Settings


class Health(Struct, frozen=True, kw_only=True):
    """`summary` says it in a sentence or two; times are UTC; `failures` counts in a row. `taken_today`: mails read on
    this day in UTC, None where mail is pushed, which nobody counts; `backlog`: mails known to wait on the server;
    `first_import`: how far it is, None once all was read."""

    summary: str
    polling_now: bool
    next_poll_at: datetime | None
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    failures: int
    taken_today: int | None
    backlog: int
    first_import: str | None


def health(mailbox: MailboxSettings, state: MailboxState | None, settings: Settings, now: datetime) -> Health:
    known = state or MailboxState(name=mailbox.name)
    progress = known.progress or Progress(day=now.date())
    return Health(
        summary=" ".join(_sentences(mailbox, known, settings, now)),
        polling_now=_is_polling(known, now),
        next_poll_at=known.next_poll_at if mailbox.active else None,
        last_polled_at=known.last_polled_at,
        last_success_at=known.last_success_at,
        last_error=known.last_error,
        last_error_at=known.last_error_at,
        failures=known.failures,
        taken_today=None if mailbox.pushed else progress.taken if progress.day == now.date() else 0,
        backlog=progress.left,
        first_import=_first_import(progress),
    )


def _first_import(progress: Progress) -> str | None:
    return f"{progress.imported} mails read, {progress.left} known to wait" if progress.imported else None


def _is_polling(state: MailboxState, now: datetime) -> bool:
    return state.lease_until is not None and state.lease_until > now


def _sentences(mailbox: MailboxSettings, state: MailboxState, settings: Settings, now: datetime) -> Iterator[str]:
    if mailbox.pushed:
        yield "Amazon SES hands its mail over as it comes: it is not polled. mailbox.test says whether mail can arrive."
        return
    if _is_polling(state, now):
        yield "Is polled just now."
    if state.last_error:
        yield f"{_times(state.failures)}, last {_spoken(state.last_error_at)}: {state.last_error}"
    elif state.last_success_at:
        yield f"Works: polled {_spoken(state.last_success_at)}."
    else:
        yield "Not polled yet."
    if state.progress and (importing := _first_import(state.progress)):
        yield f"First import: {importing}."
    if not mailbox.active:
        yield "Stopped."
    elif not settings.desk.fetching_enabled:
        yield "Fetching is switched off for the whole desk."
    elif state.next_poll_at and not _is_polling(state, now):
        yield f"Next poll {_spoken(state.next_poll_at)}." if state.next_poll_at > now else "The next poll is due."
    elif state.last_error and not state.next_poll_at:
        yield "Not polled again before mailbox.put, mailbox.start or mailbox.sync_now."


def _times(failures: int) -> str:
    return "Failed once" if failures <= 1 else f"Failed {failures} times in a row"


def _spoken(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else "at an unknown time"
