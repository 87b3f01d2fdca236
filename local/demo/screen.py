"""The terminal: live where there is one, plain lines where the output goes elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

PLAIN_WIDTH = 160


class Step:
    """One thing being started; what it has to say stands behind its name when it is done."""

    def __init__(self) -> None:
        self.said = ""

    def say(self, text: str) -> None:
        self.said = text


class Meter:
    """Bars that fill; without a terminal, a line whenever a count has changed, once a second at most."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._shown = ("", 0.0)

    def show(self, **counts: tuple[int, int]) -> None:
        for name, (done, total) in counts.items():
            self._progress.update(self._bar(name), completed=min(done, total), total=total)
        if not self._progress.console.is_terminal:
            line = ", ".join(f"{name.replace('_', ' ')} {done}/{total}" for name, (done, total) in counts.items())
            self._line(line, at_once=all(done >= total for done, total in counts.values()))

    def _bar(self, name: str) -> TaskID:
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name.replace("_", " "), total=None)
        return self._bars[name]

    def _line(self, line: str, *, at_once: bool) -> None:
        before, at = self._shown
        if line != before and (at_once or time.monotonic() - at >= 1):
            self._progress.console.print(line)
            self._shown = line, time.monotonic()


class Screen:
    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = PLAIN_WIDTH

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        step, start = Step(), time.monotonic()
        with self.console.status(f"{name} …"):
            yield step
        self.console.print(f"[green]✓[/] {name:<12} {step.said} [dim]({time.monotonic() - start:.1f} s)[/]")

    @contextmanager
    def meter(self) -> Iterator[Meter]:
        columns = (TextColumn("{task.description:>16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as progress:
            yield Meter(progress)
