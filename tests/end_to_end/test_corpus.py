"""A thousand mails through the deployed functions: none lost, none doubled, none misplaced, whatever happens to the functions."""

import importlib.util
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes

import pytest

from local.aws import ROOT
from local.desk import FunctionFailed, LocalDesk
from local.mail.dovecot import Dovecot, missing
from local.mail.smtp_receiver import SmtpReceiver
from tests.end_to_end.corpus import Expected, corpus
from tests.end_to_end.disturbance import Killer, hastened_redelivery, let_lease_expire, wait_until_idle
from tests.end_to_end.oracle import books

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

SHARED = ROOT.parent / "shared/corpus/make_corpus.py"
USER = "support@example.test"
PASSWORD = "planted-pa55word"


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), {USER: PASSWORD, "killed@example.test": PASSWORD}) as server:
        yield server


@pytest.fixture(scope="module")
def receiver() -> Iterator[SmtpReceiver]:
    with SmtpReceiver() as server:
        yield server


def connect(desk: LocalDesk, dovecot: Dovecot, receiver: SmtpReceiver, name: str, address: str, **settings: object) -> None:
    mailbox = {"name": name, "address": address, "host": "127.0.0.1", "port": dovecot.imap_port, "security": "none", "password": PASSWORD}
    sender = {"name": "out", "address": USER, "host": "127.0.0.1", "port": receiver.port, "security": "none", "auth": "none"}
    document = {"desk": {"autoresponse": {"max_age_days": 0}}, "mailboxes": [mailbox | settings], "senders": [sender]}
    answer = desk.operate({"command": "settings.apply", "document": document})
    assert answer["ok"], answer


def poll(desk: LocalDesk, mailbox: str) -> None:
    let_lease_expire(desk, mailbox)
    desk.invoke("SchedulePolls", {})
    wait_until_idle(desk, 240)


def thousand() -> list[tuple[Expected, bytes]]:
    """The shared corpus where it is at hand, else our own."""
    if not SHARED.exists():
        return list(corpus(1000))
    spec = importlib.util.spec_from_file_location("make_corpus", SHARED)
    assert spec
    assert spec.loader
    shared = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shared)
    mails = list(shared.build(1000, 7))
    tokens = [row["token"] for row, _ in mails]
    kinds = {"att": "attachment", "auto": "automatic", "bounce": "automatic"}
    return [
        (Expected(row["token"], kinds.get(row["kind"], row["kind"]), tokens[row["root"]] if row["kind"] == "reply" else None), raw)
        for row, raw in mails
    ]


def auto_responses(receiver: SmtpReceiver) -> Counter[str]:
    return Counter(str(message_from_bytes(mail.raw)["Message-ID"]) for mail in receiver.mails)


def test_a_thousand_mails_once_twice_and_after_the_mailbox_was_rebuilt(desk: LocalDesk, dovecot: Dovecot, receiver: SmtpReceiver) -> None:
    mails = thousand()
    expected = [one for one, _ in mails]
    for _, raw in mails:
        dovecot.deliver(USER, raw)
    connect(desk, dovecot, receiver, "corpus", USER)

    poll(desk, "corpus")
    once = books(desk, "corpus")
    assert once.faults(expected) == []
    assert len(once.receipts) == len(mails)
    assert len(receiver.mails) == len(once.tickets)

    poll(desk, "corpus")
    dovecot.change_uidvalidity(USER)
    poll(desk, "corpus")
    again = books(desk, "corpus")
    assert again == once
    assert len(receiver.mails) == len(once.tickets)


def test_functions_killed_fifty_times_lose_and_double_nothing(desk: LocalDesk, dovecot: Dovecot, receiver: SmtpReceiver) -> None:
    user, mailbox = "killed@example.test", "killed"
    mails = list(corpus(1000, seed=8))
    waiting = deque(raw for _, raw in mails)
    already_sent = auto_responses(receiver)
    connect(desk, dovecot, receiver, mailbox, user, after_fetch="move", only_unread=False)
    with hastened_redelivery(desk, seconds=3):
        with Killer(desk, kills=50) as killer:
            while not killer.done:
                for _ in range(min(25, len(waiting))):
                    dovecot.deliver(user, waiting.popleft())
                poll_anyhow(desk, mailbox)
        for raw in waiting:
            dovecot.deliver(user, raw)
        while dovecot.mails(user):
            poll(desk, mailbox)
        retry_quarantined(desk)

    found = books(desk, mailbox)
    assert found.faults([one for one, _ in mails]) == []
    sent = auto_responses(receiver) - already_sent
    assert len(sent) == len(found.tickets)
    assert max(sent.values()) <= 1 + killer.killed.count("send")


def poll_anyhow(desk: LocalDesk, mailbox: str) -> None:
    """Whoever starts the poll may be killed as well."""
    let_lease_expire(desk, mailbox)
    with suppress(FunctionFailed):
        desk.invoke("SchedulePolls", {})


def retry_quarantined(desk: LocalDesk) -> None:
    """A mail in whose company functions died too often is in quarantine: an operator lets it out."""
    for _ in range(10):
        if not desk.operate({"command": "receipt.list", "state": "quarantined"})["receipts"]:
            return
        assert desk.operate({"command": "receipt.retry", "state": "quarantined"})["ok"]
        wait_until_idle(desk, 120)


def test_no_log_line_holds_a_password_or_words_of_a_mail(desk: LocalDesk) -> None:
    logs = desk.logs()
    assert any("taken in" in line for line in logs)
    words = [PASSWORD, "TKN", "laptop", "Customer", "case 00", "Grüße"]
    assert [line for line in logs if any(word in line for word in words)] == []
