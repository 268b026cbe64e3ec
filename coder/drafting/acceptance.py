"""Accepted: a draft that waits to be saved, with what was found out about it on the way to its evidence."""

import platform
from dataclasses import dataclass, replace

from coder.version import VERSION
from library.draft.draft import Draft
from library.editing.rename import rename_names
from library.evidence.evidence import Evidence, Stamp
from library.evidence.evidence_files import under
from library.examples.example import Example
from library.gate.admission import Report, evidence
from library.gate.verdict import ExampleResult, Verdict
from library.sandbox import Sandbox
from library.suite.suite import rename_function
from memory.clock import utc_now

NOBODY = "nobody: --yes takes what is green"


@dataclass(frozen=True)
class Accepted:
    """A draft that was accepted and waits to be saved, and what was found out about it; JSON in the message.

    Args:
        draft: what is saved.
        examples: of it.
        verdict: of its examples and tests.
        report: what else was tried; None if it was not, because the draft is red.
        marked: it is to be marked as red.
        asked: questions with their answers.
        searched: the line of the search that came before it.
        by: who accepted it.
        unchecked: what was not checked, and why.
        declined: functions of the library that the person would not use instead.
    """

    draft: Draft
    examples: tuple[Example, ...]
    verdict: Verdict
    report: Report | None = None
    marked: bool = False
    asked: tuple[str, ...] = ()
    searched: str = ""
    by: str = ""
    unchecked: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()

    def under(self, name: str) -> "Accepted":
        """The same with the draft under another name: what calls it follows, what was found out stays as it was."""
        old = self.draft.name
        if name == old:
            return self
        draft = Draft(name, *rename_function(self.draft.code, self.draft.tests, old, name))
        examples = tuple(replace(one, call=rename_names(one.call, {old: name})) for one in self.examples)
        return replace(self, draft=draft, examples=examples)

    def evidence(self, name: str, sandbox: Sandbox) -> Evidence:
        """What is kept of it with the function, under the name that it is saved by."""
        verdict = self.verdict
        if len(verdict.rows) != len(self.examples):  # it could not even be run, and was accepted all the same
            rows = tuple(ExampleResult(e.call, _expected(e), "was not run", e.source, False) for e in self.examples)
            verdict = replace(verdict, rows=rows)
        report = self.report or Report()
        found = evidence(self.draft, self.examples, verdict, report, self.asked, stamp(sandbox))
        found = replace(found, accepted=self.by, searched=self.searched, unchecked=self.unchecked)
        return under(found, self.draft.name, name)


def stamp(sandbox: Sandbox) -> Stamp:
    """Now, and what judges here; call it inside an effect."""
    when = utc_now()
    return Stamp(when, {"python": platform.python_version(), "coder": VERSION, "sandbox": sandbox.level.name})


def unchecked(report: Report | None, *, present: bool, questions: int, asked: bool) -> tuple[str, ...]:
    """What was not checked before a draft was accepted.

    Args:
        report: of the draft; None if it was red.
        present: whether somebody was there.
        questions: how many may be asked.
        asked: whether questions were put.
    """
    why = "nobody was there (--yes)" if not present else "questions are switched off" if not questions else ""
    if report is None:
        return (
            "its text, capabilities, properties, small changes to its code, questions: it was accepted although red",
        )
    found: list[str] = []
    if not report.inputs:
        found.append(
            f"properties and small changes to the code on other inputs than examples: {why or 'none could be tried'}"
        )
    if not asked:
        found.append(f"questions to a person: {why or 'there was none that would tell more'}")
    return tuple(found)


def _expected(example: Example) -> str:
    return f"raises {example.expected}" if example.raises else example.expected
