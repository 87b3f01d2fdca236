"""The desk deployed on the local AWS, for the demo and for tests."""

import json
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar

from botocore.config import Config

from local.aws import LocalAws
from local.deploy import STACK, Outputs, deploy, outputs_of_stack

Json = dict[str, Any]
T = TypeVar("T")
PATIENT = Config(read_timeout=900, retries={"max_attempts": 0})


class FunctionFailed(Exception):  # noqa: N818
    """What the function raised, with its trace."""


def deployed(aws: LocalAws) -> "LocalDesk":
    """Deploys where anything changed."""
    deploy(aws)
    return LocalDesk(aws)


class LocalDesk:
    """A desk that is deployed already."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self._lambda = aws.session().client("lambda", endpoint_url=aws.endpoint, config=PATIENT)

    @cached_property
    def outputs(self) -> Outputs:
        return outputs_of_stack(self.aws)

    @cached_property
    def resources(self) -> dict[str, str]:
        """Physical ids (names of functions and tables, addresses of queues) by their names in the template."""
        pages = self.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"] for page in pages for resource in page["StackResourceSummaries"]
        }

    def invoke(self, function: str, event: Json) -> Any:
        """`function` as the template names it."""
        answer = self._lambda.invoke(FunctionName=self.resources[function], Payload=json.dumps(event))
        result = json.loads(answer["Payload"].read() or "null")
        if "FunctionError" in answer:
            raise FunctionFailed(f"{function}: {json.dumps(result)[:2000]}")
        return result

    def operate(self, command: Json) -> Any:
        return self.invoke("Operate", command)

    def wait_until(self, read: Callable[[], T], seconds: float = 60) -> T:
        """The first true value that `read` gives; TimeoutError, with the last one, after so many seconds."""
        deadline = time.monotonic() + seconds
        while not (value := read()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s; last: {value!r}")
            time.sleep(0.1)
        return value

    def logs(self) -> list[str]:
        """Every line the functions logged, then the local AWS's own."""
        return [*self._function_logs(), *self.aws.log.read_text(errors="replace").splitlines()]

    def _function_logs(self) -> Iterator[str]:
        logs = self.aws.client("logs")
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                for events in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                    yield from (event["message"] for event in events["events"])
