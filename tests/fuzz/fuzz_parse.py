"""Feeds `parse` with mutated mails until something raises, hangs or swells.

python tests/fuzz/fuzz_parse.py [libFuzzer options] [corpus directories]      e.g. -runs=1000000 -timeout=5 -rss_limit_mb=1024
"""

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import atheris

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "layers" / "maildesk"))

with atheris.instrument_imports(include=["maildesk"]):
    from maildesk import mail as package
    from maildesk.mail import parse as reading
    from maildesk.mail.__main__ import describe

    for module in walk_packages(package.__path__, "maildesk.mail."):
        import_module(module.name)  # those that are imported lazily would not be instrumented


def read_one(raw: bytes) -> None:
    """Past the safety net of `parse`, so that each exception shows, and through everything that is decoded lazily."""
    mail = reading._parse(raw)
    described = describe(mail)
    str(described).encode("utf-8")


def main() -> None:
    seeds = [str(folder) for folder in (ROOT / "tests" / "mails", ROOT.parent / "shared" / "mails" / "parsing") if folder.is_dir()]
    atheris.Setup([*sys.argv, *seeds], read_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
