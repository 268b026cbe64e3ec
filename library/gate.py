"""The gate: what a draft must pass before it may be saved, and the verdict; runs code in the sandbox only."""

import ast
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from library.draft import Draft
from library.errors import SourceError
from library.example import Example
from library.joined import Joined, join
from library.ready import SPACE
from library.sandbox import Job, Outcome, Sandbox
from library.sandbox.values import RED


@dataclass(frozen=True)
class Row:
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

    rows: tuple[Row, ...] = ()
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

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Verdict":
        """The verdict that `to_json` wrote."""
        return Verdict(
            rows=tuple(Row(**row) for row in data["rows"]),
            tests=tuple(TestResult(**test) for test in data["tests"]),
            problems=tuple(data["problems"]),
            uses=tuple(data["uses"]),
            seconds=data["seconds"],
            checks=tuple((name, ok, detail) for name, ok, detail in data.get("checks", ())),
        )


@dataclass(frozen=True)
class Gate:
    """Judges drafts against a library's text."""

    sandbox: Sandbox

    def judge(self, draft: Draft, examples: Sequence[Example], library: str) -> Verdict:
        """Run the examples and the tests of a draft as if it stood in the library.

        The expected value of an example never enters the process that runs the draft: the call's result comes back as
        text and is compared here, so that code cannot pass by knowing what is wanted.

        Args:
            draft: the function and its tests.
            examples: what must hold.
            library: text of library.py, in which the draft may call functions.
        """
        started = time.perf_counter()
        try:
            joined = join(draft, library, [text for one in examples for text in (one.call, one.expected)])
        except SourceError as error:
            return Verdict(problems=(error.message,))
        setup, tests = joined.setup, joined.plain()
        wanted = [example for example in examples if not example.raises and literal(example.expected) is None]
        jobs = [
            *(Job(setup=setup, expression=joined.expression(example.call)) for example in examples),
            *(Job(setup=setup, expression=joined.expression(example.expected)) for example in wanted),
            *(Job(setup=setup, code=code) for _, code in tests),
        ]
        outcomes = self.sandbox.run(jobs) if jobs else []
        calls, rest = outcomes[: len(examples)], outcomes[len(examples) :]
        values = dict(zip((example.expected for example in wanted), rest[: len(wanted)], strict=True))
        rows = tuple(_row(example, outcome, values) for example, outcome in zip(examples, calls, strict=True))
        plain = zip((name for name, _ in tests), rest[len(wanted) :], strict=True)
        results = [TestResult(name, outcome.ok, self._told(outcome, joined)) for name, outcome in plain]
        if names := joined.for_pytest():
            results += self._with_pytest(joined, names)
        problems = () if rows or results else ("There is neither an example nor a test.",)
        return Verdict(rows, tuple(results), problems, joined.uses, round(time.perf_counter() - started, 4))

    def _told(self, outcome: Outcome, joined: Joined) -> str:
        """What went wrong; of an assertion also what came out instead, where that can be had."""
        words = said(outcome)
        left = _left_of(words)
        if not left:
            return words
        look = Job(setup=joined.setup, code=joined.shared(), expression=f"eval({left!r}, {SPACE})")
        got = self.sandbox.run([look])[0]
        return f"{words}: {left} gave {got.value}" if got.ok else words

    def _with_pytest(self, joined: Joined, names: Sequence[str]) -> list[TestResult]:
        """Tests with fixtures or parameters of their own making need pytest itself."""
        files = {"library.py": joined.setup, "test_library.py": joined.suite.parsed.source}
        report = self.sandbox.pytest(files, [f"test_library.py::{name}" for name in names])
        found = [
            TestResult(joined.name(t.name.split("::", 1)[-1]), t.outcome not in RED, _short(t.message))
            for t in report.tests
        ]
        told = {t.name.split("::")[1].split("[")[0] for t in report.tests if "::" in t.name}
        silent = [joined.name(name) for name in names if name not in told]
        why = report.text.strip()[-300:] or "no test ran"
        return found + [TestResult(name, False, why) for name in silent if not found or found[0].ok]


def together(draft: Draft, library: str) -> tuple[str, tuple[str, ...]]:
    """The draft and what it needs of the library as one text, and the names of the library functions it calls.

    Raises:
        SourceError: they do not fit together.
    """
    joined = join(draft, library)
    return joined.setup, joined.uses


def literal(text: str) -> tuple[Any] | None:
    """The value of a Python literal in a tuple of one, or None if the text is not a literal."""
    try:
        return (ast.literal_eval(text),)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def same(expected: str, got: str) -> bool:
    """Whether two results, written as Python, are the same value: `==` for literals, else the same text.

    Floats may differ in the last digits (relative 1e-9), since people write 0.3 where 0.1 + 0.2 comes out.
    """
    left, right = literal(expected), literal(got)
    if left is None or right is None:
        return "".join(expected.split()) == "".join(got.split())
    if expected in ("True", "False", "None") or got in ("True", "False", "None"):
        return expected == got
    return _equal(left[0], right[0])


def said(outcome: Outcome) -> str:
    """What went wrong, on one line."""
    if outcome.ok:
        return ""
    if outcome.error == "AssertionError" and not outcome.message:
        lines = [line.strip() for line in outcome.traceback.splitlines() if line.strip().startswith("assert ")]
        return f"{lines[-1]} does not hold" if lines else "AssertionError"
    return f"{outcome.error}: {outcome.message}".strip(": ") or "failed"


def _short(message: str) -> str:
    """The line of pytest's text that says what was wrong."""
    told = [line[1:].strip() for line in message.splitlines() if line.startswith("E ")]
    return (told[0] if told else message.strip().rpartition("\n")[2])[:200]


def _left_of(words: str) -> str:
    """The left side of the assertion that `said` tells of; "" if it is no comparison of a call."""
    try:
        node = ast.parse(words.removesuffix(" does not hold")).body[0]
    except (SyntaxError, IndexError):
        return ""
    compared = node.test if isinstance(node, ast.Assert) else None
    return ast.unparse(compared.left) if isinstance(compared, ast.Compare) else ""


def _row(example: Example, outcome: Outcome, values: dict[str, Outcome]) -> Row:
    got = outcome.value if outcome.ok else said(outcome)
    if example.raises:
        wanted = example.expected.rsplit(".", 1)[-1]
        ok = not outcome.ok and wanted in (outcome.error, *outcome.bases)
        return Row(
            example.call, f"raises {example.expected}", f"raises {got}" if not outcome.ok else got, example.source, ok
        )
    other = values.get(example.expected)
    expected = other.value if other and other.ok else example.expected
    return Row(example.call, example.expected, got, example.source, outcome.ok and same(expected, outcome.value))


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, float) or isinstance(right, float):
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        try:
            return left == right or (numbers and abs(left - right) <= 1e-9 * max(abs(left), abs(right)))
        except OverflowError:  # a whole number that no float can hold
            return False
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        ours, theirs = cast(Sequence[Any], left), cast(Sequence[Any], right)
        return type(ours) is type(theirs) and len(ours) == len(theirs) and all(map(_equal, ours, theirs))
    if isinstance(left, dict) and isinstance(right, dict):
        ours, theirs = cast(dict[Any, Any], left), cast(dict[Any, Any], right)
        return ours.keys() == theirs.keys() and all(_equal(ours[key], theirs[key]) for key in ours)
    return bool(left == right)
