"""The local AWS after a restart."""

import json

import pytest

from local.saved_state import mend


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
    mend(tmp_path)
    assert saved("lambda.json") == {"functions": {"a": 1}, "dynamodb_stream_positions": {}}


def test_messages_whose_function_is_gone_are_there_at_once(saved, tmp_path):
    waiting = {"receipt_handle": None, "visible_at": 5}
    saved("sqs.json", {"queues": {"data": {"q": {"messages": [{"receipt_handle": "h", "visible_at": 900}, waiting]}}}})
    mend(tmp_path)
    assert saved("sqs.json")["queues"]["data"]["q"]["messages"] == [{"receipt_handle": None, "visible_at": 0}, waiting]


def test_a_first_start_has_nothing_to_mend(tmp_path):
    mend(tmp_path)
    assert list(tmp_path.iterdir()) == []
