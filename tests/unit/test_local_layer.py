"""What `sam build` leaves out of the dependencies layer is nothing the functions need."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def prune() -> ModuleType:
    spec = importlib.util.spec_from_file_location("prune", ROOT / "layers/dependencies/prune.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_service_the_code_speaks_to_stays(prune):
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "layers/maildesk").rglob("*.py"))
    assert set(re.findall(r"\b(?:client|resource)\(\s*\"([a-z0-9]+)\"", code)) <= prune.SERVICES


def test_other_services_and_sources_go_and_the_rest_stays(prune, tmp_path):
    stay = ["botocore/data/s3/service.json", "botocore/data/endpoints.json", "nh3/nh3.so", "nh3/__init__.py", "nh3-1.dist-info/METADATA"]
    go = [
        "botocore/data/ec2/service.json",
        "nh3/nh3.pyi",
        "bin/tool",
        "boto3/examples/x.rst",
        "nh3/tests/test.py",
        "nh3-1.dist-info/RECORD",
    ]
    for name in (*stay, *go):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    prune.main(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(stay)
