"""`sam local invoke` of one function of the built stack, in a container, against the local AWS."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.aws import ROOT, LocalAws
from local.deploy import BUILD, SAM, own_environment, parameters
from local.desk import LocalDesk

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
    with tempfile.NamedTemporaryFile("w", suffix=".json") as variables, template_with_endpoint(desk.aws) as template:
        json.dump({function: variables_of(desk, function)}, variables)
        variables.flush()
        options: list[str | Path] = [
            "--template",
            template,
            "--event",
            event,
            "--env-vars",
            variables.name,
            "--parameter-overrides",
            *parameters(),
        ]
        command: list[str | Path] = [SAM, "local", "invoke", function, *options, "--skip-pull-image", "--docker-network", "host"]
        answer = subprocess.run(
            command, cwd=ROOT, env=own_environment() | desk.aws.environment(), capture_output=True, text=True, check=False
        )
    result = json.loads(answer.stdout.strip().splitlines()[-1]) if answer.stdout.strip() else None
    if answer.returncode or (isinstance(result, dict) and "errorType" in result):
        raise RuntimeError(f"{function} with {event.name}: {answer.stdout}\n{answer.stderr[-4000:]}")
    return result


def variables_of(desk: LocalDesk, function: str) -> dict[str, str]:
    """What the template only refers to: names of tables, addresses of queues."""
    configuration = desk.aws.client("lambda").get_function_configuration(FunctionName=desk.resources[function])
    return dict(configuration["Environment"]["Variables"])


@contextmanager
def template_with_endpoint(aws: LocalAws) -> Iterator[Path]:
    """`--env-vars` replaces only what the template names, and for AWS itself no endpoint stands there.
    The copy lies beside the original, whose paths are relative."""
    before, variables, after = TEMPLATE.read_text().partition("      Variables:\n")
    copy = TEMPLATE.with_name(f"template-{os.getpid()}.yaml")
    copy.write_text(f"{before}{variables}        AWS_ENDPOINT_URL: {aws.endpoint}\n{after}")
    try:
        yield copy
    finally:
        copy.unlink()
