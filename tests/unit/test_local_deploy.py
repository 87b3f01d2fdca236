"""What is built again, and what is not."""

import pytest

from local import deploy


@pytest.fixture
def digest(tmp_path, monkeypatch):
    monkeypatch.setattr(deploy, "parameters", lambda: ["Runtime=python3.13"])
    (tmp_path / "functions/operate").mkdir(parents=True)
    (tmp_path / "functions/operate/handler.py").write_text("1")
    for name in ("template.yaml", "samconfig.toml"):
        (tmp_path / name).touch()
    return lambda: deploy.digest_of_inputs(tmp_path)


def test_a_change_of_any_input_builds_again(digest, tmp_path):
    before = digest()
    (tmp_path / "functions/operate/handler.py").write_text("2")
    assert digest() != before


def test_bytecode_does_not(digest, tmp_path):
    before = digest()
    (tmp_path / "functions/operate/__pycache__").mkdir()
    (tmp_path / "functions/operate/__pycache__/handler.pyc").touch()
    assert digest() == before
