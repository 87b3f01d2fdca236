"""`sam local invoke` runs every function, in a container, with its event."""

from pathlib import Path

import pytest

from local.aws import ROOT
from local.sam_local import engine_missing, sam_local_invoke
from local.template import resources

FUNCTIONS = {name: Path(made["CodeUri"]).name for name, made in resources("AWS::Serverless::Function").items()}
MISSING = engine_missing()


def event_of(folder: str) -> Path | None:
    return next(iter(sorted((ROOT / "events").glob(f"{folder}*.json")) or sorted((ROOT / "events" / folder).glob("*.json"))), None)


def test_every_function_is_found():
    assert len(FUNCTIONS) == len(list((ROOT / "functions").glob("*/handler.py")))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_an_event(function):
    assert event_of(FUNCTIONS[function]), f"events/{FUNCTIONS[function]}.json is missing"


@pytest.mark.skipif(MISSING is not None, reason=f"sam local invoke is not tried: {MISSING}")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_runs(desk, function):
    sam_local_invoke(desk, function, event_of(FUNCTIONS[function]))
