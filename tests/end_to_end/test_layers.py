"""What `sam build` made of the layers."""

import subprocess
from pathlib import Path

from local.aws import PYTHON
from local.deploy import BUILD

LAYERS = [BUILD / "stack" / name / "python" for name in ("MaildeskLayer", "DependenciesLayer")]
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path += sys.argv[1:]
import maildesk
for module in pkgutil.walk_packages(maildesk.__path__, "maildesk."):
    importlib.import_module(module.name)
"""


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def test_the_dependencies_with_their_bytecode_fit_the_budget(desk):
    assert megabytes(LAYERS[1]) <= 60


def test_every_module_runs_on_the_layers_alone(desk):
    """Without site-packages: the local AWS has libraries of its own, which would hide what is missing."""
    subprocess.run([PYTHON, "-I", "-S", "-c", IMPORT_ALL, *LAYERS], check=True, env={"AWS_DEFAULT_REGION": "eu-central-1"})


def test_all_is_compiled(desk):
    sources = [path for layer in LAYERS for path in layer.rglob("*.py")]
    assert [path for path in sources if not list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))] == []
