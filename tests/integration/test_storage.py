"""The real adapters keep the contracts, on tables and queues made as the template defines them."""

import os
import time
from unittest import mock

import boto3
import msgspec
import pytest

from benchmarks.desk import local_state
from maildesk.ports import DeskEvent, Inbound, OutboxKey, TryAgain
from maildesk.settings import Settings
from maildesk.tickets.records import Write
from tests.contracts.small_contract import DESK, BucketContract, SecretsContract, SettingsContract
from tests.contracts.states_contract import StatesContract
from tests.contracts.store_contract import StoreContract, receipt
from tests.make import NOW, mailbox


@pytest.fixture(scope="module")
def aws():
    with local_state() as running:
        yield running


@pytest.fixture
def empty_tables(aws):
    yield
    for name in ("TICKETS_TABLE", "SETTINGS_TABLE"):
        table = boto3.resource("dynamodb").Table(os.environ[name])
        with table.batch_writer() as batch:
            for item in table.scan()["Items"]:
                batch.delete_item({"pk": item["pk"], "sk": item["sk"]})


class TestTicketsTable(StoreContract):
    @pytest.fixture
    def store(self, empty_tables):
        from maildesk.storage.tickets import TicketsTable

        return TicketsTable()

    def test_a_receipt_expires_with_its_raw_mail(self, store):
        expires_at = NOW.replace(microsecond=0)
        store.commit([(Write(receipt(expires_at=expires_at)),)])
        item = boto3.client("dynamodb").get_item(
            TableName=os.environ["TICKETS_TABLE"], Key={"pk": {"S": "receipt#r1"}, "sk": {"S": "receipt"}}
        )["Item"]
        assert item["expires_at"] == {"N": str(int(expires_at.timestamp()))}

    def test_an_item_the_table_cannot_hold_is_a_failure_to_try_again_and_no_conflict(self, store):
        with pytest.raises(TryAgain, match="tickets table"):
            store.commit([(Write(receipt(subject="x" * 500_000)),)])


class TestMailboxStatesTable(StatesContract):
    @pytest.fixture
    def states(self, empty_tables):
        from maildesk.storage.mailbox_states import MailboxStatesTable

        return MailboxStatesTable()


class TestSettingsTable(SettingsContract):
    @pytest.fixture
    def settings_store(self, empty_tables):
        from maildesk.storage.settings import SettingsTable

        return SettingsTable()

    def test_only_what_differs_is_written(self, settings_store, requests_to_dynamodb):
        settings_store.save(Settings(), DESK)
        requests_to_dynamodb.clear()
        settings_store.save(DESK, DESK)
        assert requests_to_dynamodb == []

    def test_what_only_a_newer_version_knows_is_passed_over(self, settings_store):
        from maildesk.storage.settings import SettingItem

        newer = {"colour": "red", "autoresponse": {"enabled": False, "tone": "warm"}, "mailbox_defaults": {"batch_size": 7, "speed": 9}}
        help_desk = {"name": "help", "address": "help@desk.example", "host": "h", "auth": {"kind": "google", "colour": "red"}, "colour": 1}
        SettingItem("desk", "desk", value=newer).save()
        SettingItem("desk", "mailbox#help", value=help_desk).save()
        SettingItem("desk", "sender#out", value={"name": "out", "address": "help@desk.example", "colour": None}).save()
        settings = settings_store.fresh()
        assert not settings.desk.autoresponse.enabled and settings.mailbox("help").batch_size == 7
        assert settings.sender("out").address == "help@desk.example"

    def test_settings_are_remembered_for_a_while(self, settings_store, requests_to_dynamodb):
        settings_store.load()
        settings_store.load()
        assert requests_to_dynamodb == ["Query"]
        settings_store.fresh()
        assert requests_to_dynamodb == ["Query", "Query"]

    def test_what_another_process_changed_is_seen_by_whoever_asks_anew(self, settings_store):
        from maildesk.storage.settings import SettingsTable

        assert settings_store.load() == Settings()
        SettingsTable().save(Settings(), DESK)
        assert (settings_store.load(), settings_store.fresh()) == (Settings(), DESK)


@pytest.fixture
def requests_to_dynamodb(aws, monkeypatch):
    """The names of the operations asked for, in order."""
    from pynamodb.connection import Connection

    asked: list[str] = []
    dispatch = Connection.dispatch

    def counted(self, operation, *arguments, **named):
        asked.append(operation)
        return dispatch(self, operation, *arguments, **named)

    monkeypatch.setattr(Connection, "dispatch", counted)
    return asked


class TestMailBucket(BucketContract):
    @pytest.fixture
    def bucket(self, aws):
        from maildesk.storage.bucket import MailBucket

        return MailBucket(os.environ["BUCKET"])

    def test_a_bucket_that_refuses_is_a_failure_to_try_again(self, aws):
        from maildesk.storage.bucket import MailBucket

        with pytest.raises(TryAgain, match="The bucket"):
            MailBucket("no-such-bucket").put("raw/x", b"")

    def test_of_an_upload_that_breaks_off_no_part_stays(self, bucket):
        def cut():
            yield b"x" * 20_000_000
            raise TryAgain("cut")

        with pytest.raises(TryAgain, match="cut"):
            bucket.put_parts("raw/large/cut", cut())
        assert "Uploads" not in boto3.client("s3").list_multipart_uploads(Bucket=os.environ["BUCKET"])


class TestSecretsManager(SecretsContract):
    @pytest.fixture
    def secrets(self, aws):
        made = self.manager()
        yield made
        for name in ("mailbox/help", "sender/out"):
            made.delete(name)

    def manager(self):
        from maildesk.storage.secrets import SecretsManager

        return SecretsManager(os.environ["SECRETS_PREFIX"], os.environ["TOKEN_KEY"])

    def test_what_another_process_changed_is_seen_once_forgotten(self, secrets):
        secrets.put("mailbox/help", "old")
        assert secrets.get("mailbox/help") == "old"
        self.manager().put("mailbox/help", "new")
        assert secrets.get("mailbox/help") == "old"
        secrets.forget("mailbox/help")
        assert secrets.get("mailbox/help") == "new"

    def test_after_a_rotation_the_new_key_signs_and_the_old_one_still_holds(self, secrets):
        (first,) = secrets.token_keys()
        boto3.client("secretsmanager").put_secret_value(SecretId=os.environ["TOKEN_KEY"], SecretString="the second key")
        assert self.manager().token_keys() == (b"the second key", first)

    def test_a_process_that_outlives_a_rotation_learns_of_it_within_minutes(self, secrets, monkeypatch):
        before = secrets.token_keys()
        boto3.client("secretsmanager").put_secret_value(SecretId=os.environ["TOKEN_KEY"], SecretString="the third key")
        assert secrets.token_keys() == before
        later = time.monotonic() + 301
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert secrets.token_keys() == (b"the third key", before[0])


QUEUES = ("POLLS_QUEUE", "EXCHANGE_POLLS_QUEUE", "INBOUND_QUEUE", "OUTBOX_QUEUE")


@pytest.fixture
def queues(aws):
    from maildesk.storage.queues import WorkQueues

    made = WorkQueues(*(os.environ[name] for name in QUEUES))
    yield made
    for name in QUEUES:
        boto3.client("sqs").purge_queue(QueueUrl=os.environ[name])


def inbound(number, conversation="c", again=0):
    return Inbound(
        mailbox="help", identity=f"i{number}", conversation=conversation, raw_key="raw/x.eml", size=5, received_at=NOW, again=again
    )


def received(queue, count=10**6, *, keep=False):
    """What is in the queue: body and group, in the order it comes, until it is empty."""
    sqs, found = boto3.client("sqs"), []
    while len(found) < count:
        batch = sqs.receive_message(QueueUrl=os.environ[queue], MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]).get(
            "Messages", []
        )
        if not batch:
            break
        for one in batch:
            found.append(one)
            if not keep:
                sqs.delete_message(QueueUrl=os.environ[queue], ReceiptHandle=one["ReceiptHandle"])
    return found


def mails_in(queue="INBOUND_QUEUE"):
    return [msgspec.json.decode(one["Body"], type=Inbound) for one in received(queue)]


class TestQueues:
    def test_each_mailbox_is_polled_by_a_message_of_its_own_group(self, queues):
        queues.poll([mailbox(f"m{number}") for number in range(23)])
        found = received("POLLS_QUEUE")
        assert sorted(one["Body"] for one in found) == sorted(f'{{"mailbox":"m{number}"}}' for number in range(23))

    def test_a_mailbox_on_exchange_is_polled_by_the_function_that_can(self, queues):
        queues.poll([mailbox("m1"), mailbox("m2", protocol="ews"), mailbox("m3", protocol="pop3")])
        assert [one["Body"] for one in received("EXCHANGE_POLLS_QUEUE")] == ['{"mailbox":"m2"}']
        assert sorted(one["Body"] for one in received("POLLS_QUEUE")) == ['{"mailbox":"m1"}', '{"mailbox":"m3"}']

    def test_a_mail_is_read_back_as_it_was_sent(self, queues):
        sent = msgspec.structs.replace(inbound(1, again=3), header_only=True)
        queues.inbound([sent])
        assert mails_in() == [sent]

    def test_hundreds_of_mails_keep_their_order_within_their_conversation(self, queues):
        sent = [inbound(number, f"c{number % 7}") for number in range(210)]
        queues.inbound(sent)
        found = mails_in()
        for group in range(7):
            assert [mail for mail in found if mail.conversation == f"c{group}"] == sent[group::7]

    def test_a_mail_sent_twice_is_there_once_and_once_more_for_each_trial(self, queues):
        queues.inbound([inbound(1), inbound(1)])
        queues.inbound([inbound(1)])
        queues.inbound([inbound(1, again=1), inbound(1, again=1)])
        assert mails_in() == [inbound(1), inbound(1, again=1)]

    def test_an_outbox_item_is_there_once_and_once_more_for_each_generation(self, queues):
        first, again = OutboxKey(ticket=7, id="a", generation=1), OutboxKey(ticket=7, id="a", generation=2)
        queues.outbox([first, first])
        queues.outbox([first, again])
        found = received("OUTBOX_QUEUE")
        assert [msgspec.json.decode(one["Body"], type=OutboxKey) for one in found] == [first, again]
        assert {one["Attributes"]["MessageGroupId"] for one in found} == {"7"}

    def test_a_mail_of_a_receipt_keeps_no_ticket_waiting(self, queues):
        notice = OutboxKey(receipt="0" * 32, id="a", generation=1)
        queues.outbox([notice])
        (found,) = received("OUTBOX_QUEUE")
        assert msgspec.json.decode(found["Body"]) == {"receipt": "0" * 32, "id": "a", "generation": 1}
        assert found["Attributes"]["MessageGroupId"] == "0" * 32

    def test_a_delayed_item_and_those_behind_it_in_its_ticket_wait_and_other_tickets_do_not(self, queues):
        items = [OutboxKey(ticket=ticket, id=entry, generation=1) for ticket, entry in ((70, "first"), (70, "second"), (80, "other"))]
        queues.outbox(items[:1])
        (first,) = received("OUTBOX_QUEUE", 1, keep=True)
        queues.delay(first["ReceiptHandle"], 3600)
        queues.outbox(items[1:])
        assert [msgspec.json.decode(one["Body"], type=OutboxKey) for one in received("OUTBOX_QUEUE")] == items[2:]

    def test_nothing_to_send_asks_nothing(self, queues):
        queues.poll([])
        queues.inbound([])
        queues.outbox([])

    def test_a_queue_that_is_not_there_is_a_failure_to_try_again(self, aws):
        from maildesk.storage.queues import WorkQueues

        gone = os.environ["POLLS_QUEUE"] + "-gone"
        with pytest.raises(TryAgain, match="The queue"):
            WorkQueues(gone, gone, gone, gone).poll([mailbox()])


def test_events_are_put_on_the_bus_ten_at_a_time(aws):
    from maildesk.storage.events import EventBus

    sqs, events = boto3.client("sqs"), boto3.client("events")
    url = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventBusName=os.environ["EVENT_BUS"], EventPattern='{"source": ["maildesk"]}')
    events.put_targets(Rule="all", EventBusName=os.environ["EVENT_BUS"], Targets=[{"Id": "listener", "Arn": arn}])
    EventBus(os.environ["EVENT_BUS"]).tell([DeskEvent(type="TicketCreated", detail={"ticket": number}) for number in range(25)])
    with mock.patch.dict(os.environ, {"LISTENER": url}):
        told = [msgspec.json.decode(one["Body"]) for one in received("LISTENER")]
    assert sorted(event["detail"]["ticket"] for event in told) == list(range(25))
    assert {(event["source"], event["detail-type"]) for event in told} == {("maildesk", "TicketCreated")}
