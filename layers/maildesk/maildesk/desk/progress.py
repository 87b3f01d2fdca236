"""How far a mailbox has been read, counted along the way: no request more."""

from datetime import date

from msgspec.structs import replace

from maildesk.ports import Progress


def begun(before: Progress | None, today: date, *, anew: bool) -> Progress:
    """`anew`: nothing of the account has been read yet."""
    kept = before or Progress(day=today)
    taken = kept.taken if kept.day == today else 0
    return replace(kept, day=today, taken=taken, imported=0 if anew else kept.imported)


def read(so_far: Progress, mails: int, left: int) -> Progress:
    imported = None if so_far.imported is None else so_far.imported + mails
    return replace(so_far, taken=so_far.taken + mails, left=left, imported=imported)


def all_read(so_far: Progress) -> Progress:
    return replace(so_far, left=0, imported=None)
