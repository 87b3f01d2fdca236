"""Patterns that seldom find anything, made cheap: the words they cannot do without are looked for first.

Every mail is asked a dozen of them; a search that ignores case takes 2 to 10 µs, `in` takes 0.03.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spotter:
    pattern: re.Pattern[str]
    words: tuple[str, ...]

    def search(self, text: str) -> re.Match[str] | None:
        lowered = text.lower()
        for word in self.words:
            if word in lowered:
                return self.pattern.search(text)
        return None


def spotter(pattern: str, *words: str) -> Spotter:
    """`words`, in lower case: each text in which the pattern finds something has one of them."""
    return Spotter(re.compile(pattern, re.IGNORECASE), words)
