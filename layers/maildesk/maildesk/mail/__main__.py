"""`python -m maildesk.mail FILE.eml …`: one JSON object per file, one per line, in order."""

import json
import sys
from pathlib import Path

from maildesk.mail.describing import describe
from maildesk.mail.message import Mail
from maildesk.mail.parse import parse


def main(files: list[str]) -> int:
    if not files:
        print("usage: python -m maildesk.mail FILE.eml …", file=sys.stderr)
        return 2
    for file in files:
        sys.stdout.write(json.dumps(describe(_read(file)), ensure_ascii=False) + "\n")
    return 0


def _read(file: str) -> Mail:
    try:
        return parse(Path(file).read_bytes())
    except OSError as error:
        problem = f"The file {file} cannot be read: {error.strerror}."
        print(problem, file=sys.stderr)
        return Mail(subject="", sender=None, problems=(problem,))


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main(sys.argv[1:]))
