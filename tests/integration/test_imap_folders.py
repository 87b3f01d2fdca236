"""Folders as servers really have them: namespaces, delimiters, no MOVE, other programs at work in the same mailbox."""

from pathlib import Path

import pytest

from local.mail.dovecot import Dovecot, missing
from maildesk.ports import GiveUp
from tests.contracts.mailbox_contract import Reader, mail, numbers, read
from tests.servers.accounts import new_account, users

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def test_the_archive_folder_is_created_inside_the_namespace_and_below_its_parents(tmp_path: Path) -> None:
    with Dovecot(tmp_path, users(), prefix="INBOX.", separator=".") as server:
        account = new_account(server, server.imap_port)
        account.deliver(mail(1), mail(2))
        Reader().poll(account, after_fetch="move", archive_folder="Support/Done")
        assert numbers(account.mails("INBOX.Support.Done")) == [1, 2]
        with account.open(folder="Support/Done") as connection:
            assert len(connection.list_new(None)) == 2


def test_without_uidplus_others_mails_flagged_for_deletion_survive_and_ours_wait(tmp_path: Path) -> None:
    with Dovecot(tmp_path, users(), capability="IMAP4rev1") as server:
        account = new_account(server, server.imap_port)
        account.deliver(*map(mail, range(3)))
        account.flag_deleted(uid=1)
        Reader().poll(account, after_fetch="move")
        assert account.flags() == [r"\Deleted"] * 3
        assert numbers(account.mails("Archive")) == [1, 2]


def test_without_uidplus_only_ours_are_expunged(tmp_path: Path) -> None:
    with Dovecot(tmp_path, users(), capability="IMAP4rev1") as server:
        account = new_account(server, server.imap_port)
        account.deliver(*map(mail, range(3)))
        with account.open(after_fetch="delete") as connection:
            connection.finish([connection.list_new(None)[0].key])
        assert numbers(account.mails()) == [1, 2]


def test_a_full_archive_is_named_as_such_and_nothing_is_lost(tmp_path: Path) -> None:
    quota = "mail_plugins = quota\nplugin {\n  quota = maildir:User quota\n  quota_rule = *:storage=10K\n}\n"
    with Dovecot(tmp_path, users(), capability="IMAP4rev1 UIDPLUS", config=quota) as server:
        account = new_account(server, server.imap_port)
        account.deliver(mail(1) + b"x" * 9000)
        with pytest.raises(GiveUp, match=r"The mailbox is full: delete mails, or raise its quota\.$"):
            Reader().poll(account, after_fetch="move")
        assert numbers(account.mails()) == [1]


def test_several_folders_are_looked_at_and_read_each_by_itself(tmp_path: Path) -> None:
    with Dovecot(tmp_path, users()) as server:
        account = new_account(server, server.imap_port)
        account.deliver(mail(1), folder="Sales")
        account.deliver(mail(2), mail(3), folder="Orders")
        looked_at = [step.detail for step in account.check(folders=("Sales", "Orders")) if step.name == "folder"]
        assert looked_at == ["Sales holds 1 mails, 1 of them unread", "Orders holds 2 mails, 2 of them unread"]
        for each, held in zip(account.mailbox(folders=("Sales", "Orders")).each_folder, ([1], [2, 3]), strict=True):
            with account.open(folder=each.folder) as connection:
                assert numbers(read(connection)) == held
