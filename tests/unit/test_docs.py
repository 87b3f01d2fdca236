"""The commands in the pages of docs/ are understood, one after the other; each link leads somewhere."""

import json
import re
import shlex
from pathlib import Path

import pytest

from local.operate import request
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
COMMANDS = [
    pytest.param(page, command, id=f"{page.stem}-{json.loads(command)['command']}")
    for page in PAGES
    for command in re.findall(r"^ *```json\n(\s*\{.*?\})\n *```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
]
NOT_THERE = re.compile(r"There is no (ticket|receipt) |Ticket 1 has no mail ")


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk()
    desk.do("settings.apply", document={"mailboxes": [SUPPORT], "senders": [OUTGOING]})
    return desk


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_is_understood(desk, page, command):
    given = json.loads(command)
    answer = desk.asked(given.pop("command"), **given)
    assert answer["ok"] or NOT_THERE.match(answer["error"]["message"])


@pytest.mark.parametrize("words", re.findall(r"^local/operate (.+)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
def test_what_is_said_to_the_demo_is_understood(desk, words):
    command = request(shlex.split(words))
    answer = desk.asked(command.pop("command"), **command)
    assert answer["ok"] or NOT_THERE.match(answer["error"]["message"])


def test_every_decision_has_its_number_and_is_in_the_list():
    pages = sorted(path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    listed = re.findall(r"^(\d+)\. \[(.+)\]\((.+)\)$", (ROOT / "docs/decisions/README.md").read_text("utf-8"), re.MULTILINE)
    assert [page for _, _, page in listed] == pages
    for number, (told, title, page) in enumerate(listed, start=1):
        assert int(told) == number == int(page[:4])
        assert (ROOT / "docs/decisions" / page).read_text("utf-8").startswith(f"# {number}. {title}\n")


def test_there_are_commands_on_the_pages_for_operators():
    assert {"mailboxes", "operating", "commands"} <= {param.values[0].stem for param in COMMANDS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files_and_headings(page):
    text = page.read_text("utf-8")
    for link, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text):
        target = (page.parent / link).resolve() if link else page
        assert target.exists(), link
        assert not heading or heading in anchors(target.read_text("utf-8")), f"{link}#{heading}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tests_that_are_named_are_there(page):
    there = {path.name for path in ROOT.glob("tests/**/*.py")}
    assert set(re.findall(r"\b(test_\w+\.py)", page.read_text("utf-8"))) <= there


def anchors(markdown: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
