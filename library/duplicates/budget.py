"""Budget: what comparing functions may cost, how far it is, what it has found out so far, and what it has left out.

One lives as long as one look for duplicates. No function is called twice on the same input, in whatever pairs it is
compared; one that keeps taking too long is no longer called; when the time is used up, the rest is not called either.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from library.execution.marks import SLOW

TOTAL_S = 150.0  # real seconds of one look for duplicates: a bound for the worst case
SLOW_CALLS = 9  # calls of one function that took too long
KILLS = 2  # portions of its inputs that took their process with them
_PER_PORTION = 3  # as many calls count when a portion was not tried to its end
_NAMED = 5


def silent(_text: str) -> None:
    """Tells nobody."""


@dataclass
class ComparisonBudget:
    """What one look for duplicates may cost, and what has come of it.

    Attributes:
        total_s: real seconds after which no function is called any more.
        tell: is told in a few words how far it is.
        known: for steps of patience, a function's name and an input the mark of the result.
        left: pairs that were not compared because the time was over.
    """

    total_s: float = TOTAL_S
    tell: Callable[[str], None] = silent
    known: dict[tuple[int, str, str], str] = field(default_factory=dict[tuple[int, str, str], str])
    left: int = 0
    _slow: Counter[str] = field(default_factory=Counter[str])
    _kills: Counter[str] = field(default_factory=Counter[str])
    _began: float = field(default_factory=time.monotonic)

    @property
    def left_s(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._began + self.total_s - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the time is used up."""
        return self.left_s <= 0

    @property
    def slow(self) -> list[str]:
        """Functions that are no longer called."""
        return sorted(name for name in self._slow.keys() | self._kills.keys() if self.is_slow(name))

    def is_slow(self, name: str) -> bool:
        """Whether a function has taken too long so often that it is no longer called."""
        return self._slow[name] >= SLOW_CALLS or self._kills[name] >= KILLS

    def learn(self, patience: int, name: str, texts: list[str], marks: list[str]) -> None:
        """Keep what a function gave; no marks: it took its process with it."""
        if not marks:
            self._kills[name] += 1
        for text, mark in zip(texts, marks or [SLOW] * len(texts), strict=False):
            if mark:
                self.known[patience, name, text] = mark
        self._slow[name] += max(marks.count(SLOW), _PER_PORTION if "" in marks else 0)

    @property
    def notes(self) -> list[str]:
        """What a person should know of what was left out, one sentence each."""
        found: list[str] = []
        if slow := self.slow:
            more = f" and {len(slow) - _NAMED} more" if len(slow) > _NAMED else ""
            shown = f"{', '.join(slow[:_NAMED])}{more}"
            found.append(f"Too slow to be run on all inputs, so compared by text and by what came in time: {shown}.")
        if self.over:
            found.append(
                f"After {self.total_s:.0f} s nothing more was run; {self.left} pairs are compared by text only."
            )
        return found
