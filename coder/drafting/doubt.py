"""Doubt: which examples of the model's own are contradicted alike by drafts that do not know of each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from library.gate.verdict import ExampleResult, Verdict

ENOUGH = 2  # drafts written apart that give the same other result
_SLIPS = ("NameError", "TypeError", "AttributeError", "IndexError", "KeyError", "UnboundLocalError", "RecursionError")


@dataclass
class Doubt:
    """What independent drafts of a step gave for the examples that they fail."""

    samples: int = 0
    gave: dict[tuple[str, str], set[int]] = field(default_factory=dict[tuple[str, str], set[int]])

    def note(self, verdict: Verdict, *, fresh: bool) -> tuple[ExampleResult, ...]:
        """Note what a draft failed; the rows that are in doubt by now, if nothing else is wrong with it.

        An example can only be doubtful while one of the goal or the person stands: without these nothing says that
        the drafts are right.

        Args:
            verdict: of the draft.
            fresh: it was written without knowing the drafts before it; a repair knows the one that it repairs.
        """
        self.samples += fresh
        red = [row for row in verdict.rows if not row.ok]
        for row in red:
            self.gave.setdefault((row.call, row.got), set()).add(self.samples)
        others = verdict.problems or any(not test.ok for test in verdict.tests)
        stands = any(row.ok and row.source in ("goal", "person") for row in verdict.rows)
        if others or not red or not stands:
            return ()
        return tuple(red) if all(map(self._doubtful, red)) else ()

    def _doubtful(self, row: ExampleResult) -> bool:
        slip = row.got.removeprefix("raises ").startswith(_SLIPS)
        return row.source == "model" and not slip and len(self.gave[row.call, row.got]) >= ENOUGH


def told(rows: Sequence[ExampleResult]) -> str:
    """What is said of doubtful examples, on one line."""
    return "; ".join(f"{row.call} == {row.expected}: drafts written apart give {row.got}" for row in rows)
