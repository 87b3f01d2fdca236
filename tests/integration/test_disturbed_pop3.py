"""POP3 over a line, and with helpers, that fail at any moment: nothing is lost, and nothing is doubled."""

from collections import Counter
from collections.abc import Iterator

import pytest

from local.mail.dovecot import Dovecot, missing
from tests.disturbed import OnALine
from tests.faults import LINE, LINE_STRIKES, OWN, OWN_STRIKES, assert_all_struck
from tests.servers.accounts import PASSWORD, new_account, users

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
DISTURBANCES = (*LINE, *OWN)
SEEDS = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users()) as server:
        yield server


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("after_fetch", ["keep", "delete"])
def test_nothing_is_lost_and_nothing_doubled(server: Dovecot, struck: Counter[str], after_fetch: str, seed: int) -> None:
    account = new_account(server, server.pop3_port, protocol="pop3")
    settings = {"host": "127.0.0.1", "protocol": "pop3", "security": "none", "user": account.user, "only_unread": False}
    OnALine(account, struck, password=PASSWORD, after_fetch=after_fetch, **settings).go_through(DISTURBANCES, seed)


def test_all_disturbances_struck(struck: Counter[str]) -> None:
    assert_all_struck(struck, 2 * SEEDS, LINE_STRIKES, OWN_STRIKES)
