"""IMAP servers that cannot MOVE, over a line and with helpers that fail: nothing is lost, and nothing is doubled."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.mail.dovecot import Dovecot, missing
from tests.disturbed import OnALine
from tests.faults import LINE, OWN, UNTAGGED
from tests.servers.accounts import PASSWORD, new_account, users

DISTURBANCES = (*LINE, UNTAGGED, *OWN)
SEEDS = 16
pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def with_uidplus_only(folder: Path) -> Dovecot:
    return Dovecot(folder, users(), capability="IMAP4rev1 UIDPLUS NAMESPACE")


def with_neither(folder: Path) -> Dovecot:
    return Dovecot(folder, users(), capability="IMAP4rev1")


@pytest.fixture(scope="module", params=[with_uidplus_only, with_neither])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with request.param(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("after_fetch", ["move", "delete"])
def test_nothing_is_lost_and_nothing_doubled(server: Dovecot, struck: Counter[str], after_fetch: str, seed: int) -> None:
    account = new_account(server, server.imap_port)
    settings = {"host": "127.0.0.1", "security": "none", "user": account.user}
    OnALine(account, struck, password=PASSWORD, after_fetch=after_fetch, **settings).go_through(DISTURBANCES, seed)
