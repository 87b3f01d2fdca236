"""The local AWS after a restart."""

import json

import pytest

from local.saved_state import mend

ENDPOINT = "http://127.0.0.1:4567"


@pytest.fixture
def saved(tmp_path):
    def read(name, payload=None):
        path = tmp_path / name
        if payload is not None:
            path.write_text(json.dumps({"payload": payload}))
        return json.loads(path.read_text())["payload"]

    return read


def test_streams_are_read_from_their_new_beginning(saved, tmp_path):
    saved("lambda.json", {"functions": {"a": 1}, "dynamodb_stream_positions": {"mapping": 7}})
    mend(tmp_path, ENDPOINT)
    assert saved("lambda.json") == {"functions": {"a": 1}, "dynamodb_stream_positions": {}}


def test_messages_whose_function_is_gone_are_there_at_once(saved, tmp_path):
    waiting = {"receipt_handle": None, "visible_at": 5}
    saved("sqs.json", {"queues": {"data": {"q": {"messages": [{"receipt_handle": "h", "visible_at": 900}, waiting]}}}})
    mend(tmp_path, ENDPOINT)
    assert saved("sqs.json")["queues"]["data"]["q"]["messages"] == [{"receipt_handle": None, "visible_at": 0}, waiting]


def test_queues_are_where_the_local_aws_is_now(saved, tmp_path):
    saved("lambda.json", {"POLLS_QUEUE": "http://127.0.0.1:4566/000000000000/maildesk-polls"})
    mend(tmp_path, ENDPOINT)
    assert saved("lambda.json")["POLLS_QUEUE"] == "http://127.0.0.1:4567/000000000000/maildesk-polls"


def test_a_first_start_has_nothing_to_mend(tmp_path):
    mend(tmp_path, ENDPOINT)
    assert list(tmp_path.iterdir()) == []
