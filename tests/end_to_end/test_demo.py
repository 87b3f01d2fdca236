"""`make demo ONCE=1`, twice in the same folder."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from local.demo.samples import samples
from local.demo.screen import Screen
from local.demo.servers import Running, servers
from local.demo.story import begin, tell
from local.demo.view import asked, tickets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def screen() -> Screen:
    return Screen(Console(file=io.StringIO()))


def test_every_sample_mail_becomes_what_it_should(folder, screen):
    with servers(screen, None, folder) as running:
        begin(running)
        assert tell(running, screen) == []


def test_a_second_run_has_its_tickets_still_and_answers_them(folder, screen):
    with servers(screen, None, folder) as running:
        begin(running)
        kept = tickets(running.desk)
        assert len(kept) == sum(sample.becomes == "new ticket" for sample in samples())
        before = len(running.sent.all)
        asked(running.desk, "ticket.reply", ticket=kept[0]["number"], text="One day later.")
        running.desk.wait_until(lambda: went_out(running, before))


def went_out(running: Running, before: int) -> bool:
    running.sent.new()
    return len(running.sent.all) > before
