"""Dossier: what is known of an accepted draft on its way to its evidence: verdict, report, questions, search."""

import platform
from dataclasses import dataclass, replace
from typing import Any

from coder.version import VERSION
from library.draft.draft import Draft
from library.evidence.evidence import Evidence, Stamp
from library.examples.example import Example
from library.gate.admission import Report, evidence
from library.gate.verdict import ExampleResult, Verdict
from library.sandbox import Sandbox
from memory.clock import utc_now

NOBODY = "nobody: --yes takes what is green"


@dataclass(frozen=True)
class Dossier:
    """What was found out about a draft until it was accepted.

    Args:
        verdict: of its examples and tests.
        report: what else was tried; None if it was not, because the draft is red.
        asked: questions with their answers.
        searched: the line of the search that came before it.
        accepted: who accepted it.
        unchecked: what was not looked at, and why.
    """

    verdict: Verdict
    report: Report | None = None
    asked: tuple[str, ...] = ()
    searched: str = ""
    accepted: str = ""
    unchecked: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As data for the message."""
        return {
            "verdict": self.verdict.to_json(),
            "report": self.report.to_json() if self.report else None,
            "asked": list(self.asked),
            "searched": self.searched,
            "accepted": self.accepted,
            "unchecked": list(self.unchecked),
        }

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Dossier":
        """The dossier that `to_json` made."""
        return Dossier(
            Verdict.from_json(data["verdict"]),
            Report.from_json(data["report"]) if data["report"] else None,
            tuple(data["asked"]),
            data["searched"],
            data["accepted"],
            tuple(data["unchecked"]),
        )

    def evidence(self, draft: Draft, examples: list[Example], stamp: Stamp) -> Evidence:
        """What is kept of it with the function."""
        verdict = self.verdict
        if len(verdict.rows) != len(examples):  # it could not even be run, and was accepted all the same
            rows = tuple(ExampleResult(e.call, _expected(e), "was not run", e.source, False) for e in examples)
            verdict = replace(verdict, rows=rows)
        found = evidence(draft, examples, verdict, self.report or Report(), self.asked, stamp)
        return replace(found, accepted=self.accepted, searched=self.searched, unchecked=self.unchecked)


def stamp(sandbox: Sandbox) -> Stamp:
    """Now, and what judges here; call it inside an effect."""
    when = utc_now()
    return Stamp(when, {"python": platform.python_version(), "coder": VERSION, "sandbox": sandbox.level.name})


def unchecked(report: Report | None, *, present: bool, questions: int, asked: bool) -> tuple[str, ...]:
    """What was not looked at before a draft was accepted.

    Args:
        report: of the draft; None if it was red.
        present: whether somebody was there.
        questions: how many may be asked.
        asked: whether questions were put.
    """
    why = "nobody was there (--yes)" if not present else "questions are switched off" if not questions else ""
    if report is None:
        return ("its text, its capabilities, properties, slips and questions: it was accepted although red",)
    found: list[str] = []
    if not report.inputs:
        found.append(f"properties and slips on other inputs than the examples: {why or 'none could be tried'}")
    if not asked:
        found.append(f"questions to a person: {why or 'there was none that would tell more'}")
    return tuple(found)


def _expected(example: Example) -> str:
    return f"raises {example.expected}" if example.raises else example.expected
