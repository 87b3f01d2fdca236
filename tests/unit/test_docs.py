"""The commands in the pages of docs/ are understood, one after the other; each link leads somewhere."""

import json
import re
from pathlib import Path

import pytest

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
    request = json.loads(command)
    answer = desk.asked(request.pop("command"), **request)
    assert answer["ok"] or NOT_THERE.match(answer["error"]["message"])


def test_there_are_commands_on_the_pages_for_operators():
    assert {"mailboxes", "operating", "commands"} <= {param.values[0].stem for param in COMMANDS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files_and_headings(page):
    text = page.read_text("utf-8")
    for link, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text):
        target = (page.parent / link).resolve() if link else page
        assert target.exists(), link
        assert not heading or heading in anchors(target.read_text("utf-8")), f"{link}#{heading}"


def anchors(markdown: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
