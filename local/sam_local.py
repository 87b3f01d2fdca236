"""`sam local invoke` of one function of the built stack, in a container, against the local AWS."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.aws import ROOT
from local.deploy import BUILD, SAM, own_environment, parameters
from local.desk import LocalDesk
from local.passage import passage

TEMPLATE = BUILD / "stack/template.yaml"


def engine_missing() -> str | None:
    """Why no container can be run here, as a sentence; None where one can."""
    try:
        answer = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return "there is no container engine: the command `docker` is missing or hangs"
    return None if answer.returncode == 0 else "no container engine answers: `docker info` fails"


def sam_local_invoke(desk: LocalDesk, function: str, event: Path) -> Any:
    """What the function answers; RuntimeError, with all that was printed, where it raises."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as variables, passage(desk.aws.port) as way, template_with_endpoint() as template:
        json.dump({function: variables_of(desk, function) | {"AWS_ENDPOINT_URL": f"http://{way}"}}, variables)
        variables.flush()
        options: list[str | Path] = ["--template", template, "--event", event, "--env-vars", variables.name, "--skip-pull-image"]
        command: list[str | Path] = [SAM, "local", "invoke", function, *options, "--parameter-overrides", *parameters()]
        answer = subprocess.run(
            command, cwd=ROOT, env=own_environment() | desk.aws.environment(), capture_output=True, text=True, check=False
        )
    return result_of(answer, f"{function} with {event.name}")


def result_of(answer: subprocess.CompletedProcess[str], what: str) -> Any:
    """The last line printed is what the function returned or raised."""
    result = json.loads(answer.stdout.strip().splitlines()[-1]) if answer.stdout.strip() else None
    if answer.returncode or (isinstance(result, dict) and "errorType" in result):
        raise RuntimeError(f"{what}: {answer.stdout}\n{answer.stderr[-4000:]}")
    return result


def variables_of(desk: LocalDesk, function: str) -> dict[str, str]:
    """What the template only refers to: names of tables, addresses of queues."""
    configuration = desk.aws.client("lambda").get_function_configuration(FunctionName=desk.resources[function])
    return dict(configuration["Environment"]["Variables"])


@contextmanager
def template_with_endpoint() -> Iterator[Path]:
    """`--env-vars` sets only what the template names, and for AWS itself no endpoint stands there.
    The copy lies beside the original, whose paths are relative."""
    before, variables, after = TEMPLATE.read_text().partition("      Variables:\n")
    copy = TEMPLATE.with_name(f"template-{os.getpid()}.yaml")
    copy.write_text(f"{before}{variables}        AWS_ENDPOINT_URL: ''\n{after}")
    try:
        yield copy
    finally:
        copy.unlink()
