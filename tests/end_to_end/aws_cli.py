"""As much of the AWS CLI as docs/operating.md asks of it: `aws SERVICE OPERATION --option value … [OUTFILE]`."""

import sys
from typing import Any

import boto3
import jmespath
from botocore import xform_name


def main(service: str, operation: str, *rest: str) -> None:
    options = dict(zip((word[2:] for word in rest[::2] if word.startswith("--")), rest[1::2], strict=False))
    client = boto3.client(service)  # type: ignore[call-overload]
    members = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation.replace("-", "_")]).input_shape.members
    named = {xform_name(name, "-"): name for name in members}
    answer = getattr(client, operation.replace("-", "_"))(**{named[name]: value for name, value in options.items() if name in named})
    if "query" in options:
        print(as_text(jmespath.search(options["query"], answer)))


def as_text(value: Any) -> str:
    return "\t".join(map(str, value)) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    main(*sys.argv[1:])
