"""`prune.py FOLDER` takes from an installed layer what no function ever reads, and says what is left.
Most of it is botocore's descriptions of four hundred services that we never call."""

import shutil
import sys
from pathlib import Path

SERVICES = {"dynamodb", "events", "lambda", "s3", "secretsmanager", "ses", "sesv2", "sqs", "sts"}
SOURCES = {".c", ".cpp", ".h", ".pxd", ".pxi", ".pyi", ".pyx", ".rng", ".xsl"}
POWERTOOLS = ("auth_alpha", "circuit_breaker", "data_masking", "feature_flags", "kafka", "parser", "streaming", "validation")
UNUSED = (
    "bin",
    "boto3/examples",
    "aws_lambda_powertools/event_handler",
    *(f"aws_lambda_powertools/utilities/{name}" for name in POWERTOOLS),
    *("cffi", "cffi-gen-src", "pycparser*"),  # cryptography: to build, not to run
    "*/tests",
    "*.dist-info/RECORD",
)
LIMIT_MB = 60


def unused(layer: Path) -> list[Path]:
    named = [path for pattern in UNUSED for path in layer.glob(pattern)]
    sources = [path for path in layer.rglob("*") if path.suffix in SOURCES]
    return named + sources + [*other_services(layer / "botocore/data"), *other_services(layer / "boto3/data")]


def other_services(data: Path) -> list[Path]:
    return [service for service in data.glob("*/") if service.is_dir() and service.name not in SERVICES]


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main(layer: Path) -> None:
    for path in unused(layer):
        remove(path)
    size = megabytes(layer)
    print(
        f"dependencies layer: {size:.0f} MB", "" if size <= LIMIT_MB else f"(above the {LIMIT_MB} MB we mean to keep to)", file=sys.stderr
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
