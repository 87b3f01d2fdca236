"""A desk of its own for the end-to-end tests: the real template, deployed on a fresh local AWS that forgets all at the end."""

import subprocess
from collections.abc import Iterator

import pytest

from local.aws import ROOT, LocalAws, free_port
from local.desk import LocalDesk, deployed


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    subprocess.run(["make", "-s", "environments"], cwd=ROOT, check=True)
    with LocalAws(tmp_path_factory.mktemp("aws"), port=free_port()) as running:
        yield running


@pytest.fixture(scope="session")
def desk(aws: LocalAws) -> LocalDesk:
    """One for all tests of a session: each uses mailboxes and people of its own."""
    return deployed(aws)
