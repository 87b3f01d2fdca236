"""The shell commands of the docs are such as the AWS CLI and the SAM CLI know, and name what the template has."""

import os
import re
import subprocess

import pytest
from botocore import xform_name
from botocore.session import Session

from local.aws import ROOT
from local.template import template

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
BLOCKS = [re.findall(r"^ *```sh\n(.*?)```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE) for page in PAGES]
SHELL = "\n".join(block for blocks in BLOCKS for block in blocks).replace("\\\n", " ")
AWS = sorted(set(re.findall(r"\baws ([a-z]+) ([a-z-]+)((?: +(?:--[a-z-]+|\"[^\"]*\"|'[^']*'|[\w./$]+))*)", SHELL)))
SAM = sorted(set(re.findall(r"^ *sam ((?:[a-z]+ )*[a-z]+)((?:.*\n)?)", SHELL, re.MULTILINE)))
OF_THE_CLI = {"query", "output", "cli-binary-format"}


@pytest.mark.parametrize(("service", "operation", "rest"), AWS)
def test_an_aws_command_has_this_operation_and_these_options(service: str, operation: str, rest: str) -> None:
    model = Session().get_service_model(service)
    (name,) = [one for one in model.operation_names if kebab(one) == operation]
    shape = model.operation_model(name).input_shape
    options = set(re.findall(r"--([a-z-]+)", rest)) - OF_THE_CLI
    assert shape
    assert options <= {kebab(member) for member in shape.members}
    assert {kebab(member) for member in shape.required_members} <= options


@pytest.mark.parametrize(("command", "rest"), SAM)
def test_a_sam_command_has_these_options(command: str, rest: str) -> None:
    words = command.split() if command.startswith(("remote", "local")) else command.split()[:1]
    shown = subprocess.run(
        [ROOT / ".local/sam/bin/sam", *words, "--help"],
        env=os.environ | {"SAM_CLI_TELEMETRY": "0", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for option in re.findall(r" (--[a-z-]+)", rest):
        assert option in shown


def test_the_functions_and_queues_named_are_those_of_the_template() -> None:
    known = set(re.findall(r"\$\{AWS::StackName\}(-[\w.-]+)", (ROOT / "template.yaml").read_text("utf-8")))
    named = set(re.findall(r"--(?:queue|function)-name maildesk(-[\w.-]+)", SHELL))
    assert named <= known
    assert set(re.findall(r"--name (\w+) --start", SHELL)) <= template()["Resources"].keys()


def test_every_alarm_is_explained() -> None:
    alarms = set(re.findall(r"AlarmName: !Sub \"\$\{AWS::StackName\}(-[\w-]+)\"", (ROOT / "template.yaml").read_text("utf-8")))
    assert alarms == set(re.findall(r"^\| `maildesk(-[\w-]+)` \|", (ROOT / "docs/operating.md").read_text("utf-8"), re.MULTILINE))


def kebab(name: str) -> str:
    return xform_name(name, "-")
