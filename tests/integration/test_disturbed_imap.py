"""IMAP over a line, and with helpers, that fail at any moment: nothing is lost, and nothing is doubled."""

from collections import Counter
from collections.abc import Iterator

import pytest

from local.mail.dovecot import Dovecot, missing
from maildesk.mailboxes.imap import fetching
from tests.disturbed import OnALine
from tests.faults import LINE, LINE_STRIKES, OWN, OWN_STRIKES, UNTAGGED, assert_all_struck
from tests.servers.accounts import PASSWORD, new_account, users

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
DISTURBANCES = (*LINE, UNTAGGED, *OWN)
SEEDS = 45


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users()) as server:
        yield server


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("after_fetch", ["keep", "move", "delete"])
def test_nothing_is_lost_and_nothing_doubled(
    server: Dovecot, struck: Counter[str], monkeypatch: pytest.MonkeyPatch, after_fetch: str, seed: int
) -> None:
    """In every third case mails of some hundred bytes count as large, and come in parts."""
    if seed % 3 == 0:
        monkeypatch.setattr(fetching, "HELD_BYTES", 600)
        monkeypatch.setattr(fetching, "PART_BYTES", 250)
    account = new_account(server, server.imap_port)
    settings = {"host": "127.0.0.1", "security": "none", "user": account.user, "only_unread": seed % 2 == 0}
    OnALine(account, struck, password=PASSWORD, after_fetch=after_fetch, **settings).go_through(DISTURBANCES, seed)


def test_all_disturbances_struck(struck: Counter[str]) -> None:
    assert_all_struck(struck, 3 * SEEDS, LINE_STRIKES, OWN_STRIKES, {"untagged lines"})
