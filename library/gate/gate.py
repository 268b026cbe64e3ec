"""The gate: what a draft must pass before it may be saved, and the verdict; runs code in the sandbox only."""

import ast
import builtins
import time
from collections.abc import Sequence
from dataclasses import dataclass

from library.draft.draft import Draft
from library.errors import SourceError
from library.examples.as_test import is_coroutine
from library.examples.example import Example
from library.examples.judging import Judge, Judged
from library.gate.joined import JoinedDraft, join
from library.gate.verdict import ExampleResult, TestResult, Verdict
from library.sandbox import Job, JobOutcome, Sandbox
from library.sandbox.values import RED
from library.suite.jobs import SPACE

OWN = "compared by its own =="
VALUE_CHARS = 4096


@dataclass(frozen=True)
class Gate:
    """Judges drafts against a library's text."""

    sandbox: Sandbox

    def judge(self, draft: Draft, examples: Sequence[Example], library: str) -> Verdict:
        """Run the examples and the tests of a draft as if it stood in the library, whose text is given.

        What an example expects never enters the process that runs the draft: that one calls the function and tells
        the result as data, and `library.examples.judging` compares in another process, without the draft.
        """
        started = time.perf_counter()
        try:
            joined = join(draft, library, [text for one in examples for text in (one.call, one.expected)])
        except SourceError as error:
            return Verdict(problems=(error.message,))
        tests, awaited = joined.plain(), is_coroutine(draft.code, draft.name)
        judge = Judge(self.sandbox, library, joined.setup, draft.name, joined.expression, awaited=awaited)
        jobs = [*judge.jobs(examples), *(Job(setup=joined.setup, code=code) for _, code in tests)]
        outcomes = self.sandbox.run(jobs) if jobs else []
        calls, rest = outcomes[: len(examples)], outcomes[len(examples) :]
        judged = judge.judged(examples, calls)
        rows = tuple(map(_row, examples, calls, judged))
        plain = zip((name for name, _ in tests), rest, strict=True)
        results = [TestResult(name, outcome.ok, self._told(outcome, joined)) for name, outcome in plain]
        if names := joined.for_pytest():
            results += self._with_pytest(joined, names)
        problems = () if rows or results else ("There is neither an example nor a test.",)
        own = [example.text for example, found in zip(examples, judged, strict=True) if found and found.own]
        checks = ((OWN, False, f"{'; '.join(own)}: a class of the draft itself says so"),) if own else ()
        return Verdict(rows, tuple(results), problems, joined.uses, round(time.perf_counter() - started, 4), checks)

    def _told(self, outcome: JobOutcome, joined: JoinedDraft) -> str:
        """What went wrong; of an assertion also what came out instead, where that can be had."""
        words = outcome.reason
        left = _left_of(words)
        if not left:
            return words
        look = Job(setup=joined.setup, code=joined.shared(), expression=f"eval({left!r}, {SPACE})")
        got = self.sandbox.run([look])[0]
        return f"{words}: {left} gave {got.value}" if got.ok else words

    def _with_pytest(self, joined: JoinedDraft, names: Sequence[str]) -> list[TestResult]:
        """Tests with fixtures or parameters of their own making need pytest itself."""
        files = {"library.py": joined.setup, "test_library.py": joined.suite.parsed.source}
        report = self.sandbox.pytest(files, [f"test_library.py::{name}" for name in names])
        found = [
            TestResult(joined.name(t.name.split("::", 1)[-1]), t.outcome not in RED, t.reason) for t in report.tests
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


def _left_of(words: str) -> str:
    """The left side of the assertion that a reason tells of; "" if it is no comparison of a call."""
    try:
        node = ast.parse(words.removesuffix(" does not hold")).body[0]
    except (SyntaxError, IndexError):
        return ""
    compared = node.test if isinstance(node, ast.Assert) else None
    return ast.unparse(compared.left) if isinstance(compared, ast.Compare) else ""


def _row(example: Example, outcome: JobOutcome, judged: Judged | None) -> ExampleResult:
    got = judged.got if judged else outcome.value.removeprefix("(").removesuffix(",)") if outcome.ok else outcome.reason
    if example.raises:
        ok = raises_as_expected(example, outcome)
        return ExampleResult(
            example.call, f"raises {example.error}", got if outcome.ok else f"raises {got}", example.source, ok
        )
    return ExampleResult(
        example.call, example.expected, got[:VALUE_CHARS], example.source, judged is not None and judged.ok
    )


def raises_as_expected(example: Example, outcome: JobOutcome) -> bool:
    """Whether the exception is of the class that is expected, and its text is, or contains, the message."""
    name = example.expected.rsplit(".", 1)[-1]
    name = getattr(getattr(builtins, name, None), "__name__", name)  # IOError is another name of OSError
    return not outcome.ok and name in outcome.bases and example.message in outcome.message
