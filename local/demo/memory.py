"""What the demo did already, from run to run."""

from pathlib import Path


class Memory:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._done = set(path.read_text().split()) if path.exists() else set[str]()

    def __contains__(self, name: str) -> bool:
        return name in self._done

    def add(self, name: str) -> None:
        self._done.add(name)
        self._path.write_text("\n".join(sorted(self._done)))
