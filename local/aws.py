"""The local AWS: one MiniStack process on 127.0.0.1. What it keeps (tables, queues, objects, functions) is saved
below one folder when it stops, and is there again at the next start."""

import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

import boto3

from local.saved_state import mend

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".local/aws/bin/python"
REGION = "eu-central-1"
USER = "local"  # name and password: any do
USUAL_PORT = 4566
START_SECONDS = 60
STOP_SECONDS = 30


class CannotStart(Exception):  # noqa: N818
    """One sentence for the person at the terminal: what is wrong and what to do."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(wanted: int = 0) -> int:
    """`wanted` where nobody has it, else any free one."""
    if wanted and is_free(wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LocalAws:
    """`port` is taken as given, or chosen (the usual 4566 where it is free). `smtp` ("host:port") is where SES hands its mail on.
    Without `start` it speaks to one that runs already."""

    def __init__(self, folder: Path, port: int | None = None, smtp: str = "") -> None:
        self.folder = folder.resolve()
        self.port = port or free_port(USUAL_PORT)
        self.smtp = smtp
        self.log = self.folder / "ministack.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """For boto3, the SAM CLI and whatever else is to talk to this AWS and to no other."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": USER,
            "AWS_SECRET_ACCESS_KEY": USER,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str) -> Any:
        return self.session().client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]

    def session(self) -> boto3.Session:
        return boto3.Session(aws_access_key_id=USER, aws_secret_access_key=USER, region_name=REGION)

    def start(self) -> Self:
        """Returns once it answers. Workers of a run that was killed leave their folders in `tmp`: they go first."""
        if not is_free(self.port):
            raise CannotStart(f"Port {self.port} is in use by another program: name another one (PORT={self.port + 1}), or none.")
        self._clear_temporary_files()
        mend(self.folder / "state", self.endpoint)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, ROOT / "local/until_parent_ends.py", "ministack"],
                cwd=self.folder,
                env=self._own_environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_healthy()
        return self

    def stop(self) -> None:
        """Saves the state; kills only what does not end by itself."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._clear_temporary_files()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None, "the local AWS is not running"
        return self._process.pid

    def _own_environment(self) -> dict[str, str]:
        """Functions inherit it, so nothing of the caller's comes along."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return inherited | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "LAMBDA_EXECUTOR": "local",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "objects"),
            "SMTP_HOST": self.smtp,
            "TMPDIR": str(self.folder / "tmp"),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": "unix:///nowhere",  # it would tidy up containers that are not ours
            "LOG_LEVEL": "WARNING",
        }

    def _clear_temporary_files(self) -> None:
        """Each worker had a copy of its layers: thousands of files, which nobody waits for."""
        tmp = self.folder / "tmp"
        if tmp.exists():
            old = tmp.rename(self.folder / f"tmp-{time.time_ns()}")
            subprocess.Popen(["rm", "-rf", old], start_new_session=True)
        tmp.mkdir(parents=True)

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise CannotStart(f"The local AWS ended at once; {self.log} ends with: {last_line(self.log)}")
            if self._answers():
                return
            time.sleep(0.05)
        self.stop()
        raise CannotStart(f"The local AWS did not answer within {START_SECONDS} seconds; see {self.log}.")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004
        except OSError:
            return False


def last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "(nothing)"
