"""Verdict: what the gate found of a draft: its examples as rows, its tests, its problems. Pure."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ExampleResult:
    """One example judged: what was expected, what came out, who said so."""

    call: str
    expected: str
    got: str
    source: str
    ok: bool


@dataclass(frozen=True)
class TestResult:
    """One test judged."""

    __test__ = False
    name: str
    ok: bool
    message: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the gate found.

    `problems` are reasons beside examples and tests, `uses` the library functions called, `checks` (name, ok, detail).
    """

    rows: tuple[ExampleResult, ...] = ()
    tests: tuple[TestResult, ...] = ()
    problems: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    seconds: float = 0.0
    checks: tuple[tuple[str, bool, str], ...] = ()

    @property
    def green(self) -> bool:
        """Everything holds, and at least one example or test was there to say so."""
        results = [*(row.ok for row in self.rows), *(test.ok for test in self.tests)]
        return not self.problems and bool(results) and all(results)

    def failures(self, limit: int = 6) -> str:
        """What is red, a line each, for the model."""
        lines = [*self.problems]
        lines += [f"{row.call}: expected {row.expected}, got {row.got}" for row in self.rows if not row.ok]
        lines += [f"{test.name}: {test.message}" for test in self.tests if not test.ok]
        more = [f"and {len(lines) - limit} more"] if len(lines) > limit else []
        return "\n".join(f"- {line}" for line in [*lines[:limit], *more])

    def to_json(self) -> dict[str, Any]:
        """As data for the journal; `green` is in it for readers."""
        return {**asdict(self), "green": self.green}
