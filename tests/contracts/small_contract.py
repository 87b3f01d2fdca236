"""What every Bucket, Secrets and SettingsStore does, whatever is behind it."""

import pytest
from msgspec.structs import replace

from maildesk.ports import GiveUp, TryAgain
from maildesk.settings import Autoresponse, Desk, MailboxDefaults, MailboxSettings, Settings
from tests.make import sender, settings


class BucketContract:
    @pytest.mark.parametrize("content", [b"", b"\x00\xff\r\n", b"x" * 3_000_000], ids=len)
    def test_bytes_are_read_back_as_they_were_put(self, bucket, content):
        bucket.put("raw/a b+ü.eml", content)
        assert bucket.get("raw/a b+ü.eml") == content

    @pytest.mark.parametrize(("most", "start"), [(0, b""), (3, b"012"), (99, b"0123456789")])
    def test_of_a_large_object_the_start_is_enough(self, bucket, most, start):
        bucket.put("raw/x", b"0123456789")
        assert bucket.get("raw/x", most) == start

    def test_the_latest_put_counts(self, bucket):
        bucket.put("raw/x", b"first")
        bucket.put("raw/x", b"second")
        assert bucket.get("raw/x") == b"second"

    def test_what_is_below_a_prefix_goes_together(self, bucket):
        for key in ("known/one/a", "known/one/b", "known/oneself/c"):
            bucket.put(key, b"x")
        bucket.delete_below("known/one/")
        bucket.delete_below("known/one/")
        assert bucket.get("known/oneself/c") == b"x"
        for key in ("known/one/a", "known/one/b"):
            with pytest.raises(GiveUp):
                bucket.get(key)

    @pytest.mark.parametrize("lengths", [(), (0,), (3,), (4_000_000,) * 5, (20_000_000, 1, 0, 7_000_000)], ids=str)
    def test_parts_become_one_object(self, bucket, lengths):
        parts = [bytes([65 + place]) * length for place, length in enumerate(lengths)]
        bucket.put_parts("raw/large/ü", iter(parts))
        assert bucket.get("raw/large/ü") == b"".join(parts)

    @pytest.mark.parametrize("before", [1, 12_000_000])
    def test_where_reading_the_parts_fails_there_is_no_object(self, bucket, before):
        def cut():
            yield b"x" * before
            raise TryAgain("The line was cut.")

        with pytest.raises(TryAgain, match=r"The line was cut\."):
            bucket.put_parts("raw/large/cut", cut())
        with pytest.raises(GiveUp):
            bucket.get("raw/large/cut")

    def test_what_is_not_there_is_a_sentence(self, bucket):
        with pytest.raises(GiveUp, match=r"The bucket no longer holds raw/gone\.eml\."):
            bucket.get("raw/gone.eml")


class SecretsContract:
    def test_a_secret_is_made_read_changed_and_deleted(self, secrets):
        assert secrets.get("mailbox/help") is None
        secrets.put("mailbox/help", "pass wörd")
        assert secrets.get("mailbox/help") == "pass wörd"
        secrets.put("mailbox/help", "another")
        assert secrets.get("mailbox/help") == "another"
        secrets.delete("mailbox/help")
        assert secrets.get("mailbox/help") is None

    def test_a_deleted_secret_can_be_made_again(self, secrets):
        secrets.put("sender/out", "one")
        secrets.delete("sender/out")
        secrets.put("sender/out", "two")
        assert secrets.get("sender/out") == "two"

    def test_what_is_not_there_can_be_deleted(self, secrets):
        secrets.delete("mailbox/none")

    def test_forgetting_does_no_harm(self, secrets):
        secrets.forget("mailbox/none")
        secrets.put("mailbox/help", "one")
        secrets.forget("mailbox/help")
        assert secrets.get("mailbox/help") == "one"

    def test_there_is_a_key_to_sign_with(self, secrets):
        assert len(secrets.token_keys()) >= 1 and all(secrets.token_keys())


def mailbox(name, **more):
    return MailboxSettings(name=name, address=f"{name}@desk.example", host="mail.desk.example", **more)


DESK = settings(
    desk=Desk(
        name="Hilfe",
        trace_logging=True,
        autoresponse=Autoresponse(enabled=False),
        mailbox_defaults=MailboxDefaults(after_fetch="move", batch_size=7),
    ),
    mailboxes=(mailbox("help", port=1143, after_fetch="keep", group="printing"), mailbox("sales", active=False)),
    senders=(sender(), sender("ses", kind="ses", default=False)),
)


class SettingsContract:
    def test_a_new_desk_has_its_defaults(self, settings_store):
        assert settings_store.load() == Settings()

    def test_a_whole_desk_is_read_back_as_it_was_saved(self, settings_store):
        settings_store.save(Settings(), DESK)
        assert settings_store.load() == settings_store.fresh() == DESK

    def test_what_was_left_out_is_gone_and_the_rest_stays(self, settings_store):
        settings_store.save(Settings(), DESK)
        less = replace(DESK, mailboxes=DESK.mailboxes[:1], senders=(), desk=Desk())
        settings_store.save(DESK, less)
        assert settings_store.fresh() == less

    def test_hundreds_of_mailboxes(self, settings_store):
        many = settings(mailboxes=tuple(mailbox(f"m{number:03}") for number in range(300)))
        settings_store.save(Settings(), many)
        assert settings_store.fresh() == many
