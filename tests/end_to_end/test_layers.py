"""What `sam build` made of the layers."""

import subprocess
from pathlib import Path

from local.aws import PYTHON
from local.deploy import BUILD

LAYERS = [BUILD / "stack" / f"{name}Layer" / "python" for name in ("Maildesk", "Dependencies", "Exchange")]
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path += sys.argv[1:]
import maildesk
for module in pkgutil.walk_packages(maildesk.__path__, "maildesk."):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as missing:
        print(module.name, missing.name)
"""


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def test_the_dependencies_with_their_bytecode_fit_the_budget(desk):
    assert megabytes(LAYERS[1]) <= 60


def not_importable(*layers: Path) -> list[str]:
    """Modules of ours and what they miss, without site-packages: the local AWS has libraries of its own, which would hide that."""
    command = [PYTHON, "-I", "-S", "-c", IMPORT_ALL, *layers]
    said = subprocess.run(command, check=True, env={"AWS_DEFAULT_REGION": "eu-central-1"}, capture_output=True, text=True)
    return said.stdout.splitlines()


def test_every_module_runs_on_the_layers_alone(desk):
    assert not_importable(*LAYERS) == []


def test_only_mailboxes_on_exchange_need_its_layer(desk):
    missing = [line.split() for line in not_importable(*LAYERS[:2])]
    assert missing and all(module.startswith("maildesk.mailboxes.ews") for module, _ in missing)
    assert {library.partition(".")[0] for _, library in missing} <= {"exchangelib", "requests_ntlm"}


def test_all_layers_together_are_within_what_lambda_takes(desk):
    assert sum(map(megabytes, LAYERS)) < 250


def test_all_is_compiled(desk):
    sources = [path for layer in LAYERS for path in layer.rglob("*.py")]
    assert [path for path in sources if not list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))] == []
