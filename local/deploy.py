"""The real template onto the local AWS with the real SAM CLI, for this machine's Python and processor.
What was built is kept in .local/build; a stack whose inputs did not change is left as it is."""

import hashlib
import os
import platform
import subprocess
from contextlib import suppress
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path

from botocore.exceptions import ClientError

from local.aws import PYTHON, REGION, ROOT, CannotStart, LocalAws

STACK = "maildesk"
BUCKET = "maildesk-deployments"
SAM = ROOT / ".local/sam/bin/sam"
BUILD = ROOT / ".local/build"
BUILT_FROM = BUILD / "built-from"
INPUTS = ("template.yaml", "functions", "layers", "samconfig.toml")

Outputs = dict[str, str]


@cache
def runtime() -> str:
    """Functions run on the Python of the local AWS."""
    answer = subprocess.run(
        [PYTHON, "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


def architecture() -> str:
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def parameters() -> list[str]:
    return [f"Runtime={runtime()}", f"Architecture={architecture()}"]


def digest_of_inputs(root: Path = ROOT) -> str:
    digest = hashlib.sha256(" ".join(parameters()).encode())
    for path in sorted(file for name in INPUTS for file in files_below(root / name)):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def files_below(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts]


def build() -> str:
    """Builds where anything changed since the last time; returns the digest of what was built."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        digest = digest_of_inputs()
        if not BUILT_FROM.exists() or BUILT_FROM.read_text() != digest:
            sam("build", environment={})
            BUILT_FROM.write_text(digest)
    return digest


def deploy(aws: LocalAws) -> Outputs:
    """Builds and deploys where anything changed; returns the outputs of the stack."""
    digest = build()
    deployed = aws.folder / "deployed"
    outputs = outputs_of_stack(aws)
    if outputs and deployed.exists() and deployed.read_text() == digest:
        return outputs
    make_bucket(aws)
    sam("deploy", aws.environment())
    deployed.write_text(digest)
    return outputs_of_stack(aws)


def outputs_of_stack(aws: LocalAws) -> Outputs:
    """Empty where there is no such stack."""
    try:
        stack = aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    except ClientError:
        return {}
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def make_bucket(aws: LocalAws) -> None:
    s3 = aws.client("s3")
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


def sam(command: str, environment: dict[str, str]) -> None:
    """Raises with its last lines where it fails."""
    arguments: list[str | Path] = [SAM, command, "--config-env", "local", "--parameter-overrides", *parameters()]
    answer = subprocess.run(arguments, cwd=ROOT, env=own_environment() | environment, text=True, capture_output=True, check=False)
    if answer.returncode:
        said = [line for line in (answer.stdout + answer.stderr).splitlines() if line.strip() and "Uploading to" not in line]
        raise CannotStart("\n".join([f"sam {command} failed:", *said[-40:]]))


def own_environment() -> dict[str, str]:
    """Nothing of a surrounding make; the SAM CLI's own Python first, because a version manager's shim may exist and not run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "AWS_"))}
    return kept | {
        "PATH": f"{SAM.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHON": str(ROOT / ".local/uv/bin/python"),
        "MAILDESK_RUNTIME": runtime(),
        "MAILDESK_ARCHITECTURE": architecture(),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.1",
    }


if __name__ == "__main__":
    build()
