"""Judging: a draft on its way: examples, tests and checks as one verdict, and what it may use, which is asked once."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from coder.drafting.acceptance import NOBODY, Accepted, unchecked
from coder.drafting.questions import USES, Questions, time_budget
from coder.drafting.work import Work
from coder.people.question import Answer
from library.draft.draft import Draft
from library.gate.admission import Report
from library.gate.gate import Gate
from library.gate.held_out import line as held_line
from library.gate.properties import of_another_type
from library.gate.verdict import Verdict
from library.store import Library
from memory.json_values import from_json


@dataclass(frozen=True)
class Judging:
    """The gate and what is asked beside it, for one draft after the other."""

    library: Library
    gate: Gate
    questions: Questions

    def judge(self, draft: Draft, work: Work, attempt: int) -> Verdict:
        """Examples, tests and checks; what the draft may use is asked once."""

        def make() -> dict[str, Any]:
            work.run.tell("working", what=f"testing {draft.name}")
            verdict = self.gate.judge(draft, work.examples, self.library.good_source())
            present = work.run.person.present  # recorded, since whoever resumes may be somebody else, or nobody
            if not verdict.green:
                return {"verdict": verdict.to_json(), "report": None, "present": present}
            budget = time_budget(work.run)
            report = self.questions.examine(draft, work.examples, work.step.does, work.accepted, present, budget)
            return {"verdict": verdict.to_json(), "report": asdict(report), "present": present}

        found = work.run.effect("verdict", make)
        if found["report"] and self._allowed(draft, work, from_json(Report, found["report"])):
            found = work.run.effect("verdict", make)  # now it is tried as well
        verdict = from_json(Verdict, found["verdict"])
        report = from_json(Report, found["report"]) if found["report"] else None
        if report is not None and work.held:
            report = replace(report, checks=(held_line(work.held), *report.checks))
        work.report = report
        work.present = bool(found.get("present"))
        if report is not None:
            verdict = _with_report(verdict, report, self.questions.may(draft, work.accepted))
        if work.problem and work.asked_about in ("", draft.code):
            verdict = replace(verdict, problems=(*verdict.problems, work.problem))
        if why := _of_another_type(draft, verdict):
            verdict = replace(verdict, problems=(*verdict.problems, why))
        work.run.so_far.tests_run += len(verdict.rows) + len(verdict.tests)
        work.run.tell("verdict", name=draft.name, attempt=attempt, **verdict.to_json())
        return verdict

    def _allowed(self, draft: Draft, work: Work, report: Report) -> bool:
        """Ask whether it may use what it uses, if nothing but that is in the way; whether anything more is allowed."""
        if report.ok or not all(problem.startswith(USES) for problem in report.problems):
            return False
        return self.questions.allowed(work.run, draft, work.accepted)

    def accepted(self, draft: Draft, verdict: Verdict, work: Work, answer: Answer) -> Accepted:
        """A draft that was accepted, with what is known of it; the answer says how."""
        marked = answer.verdict == "accept_red"
        missed = unchecked(work.report, present=work.present, questions=self.questions.most, asked=bool(work.lines))
        how = "although red" if marked else answer.text
        who = NOBODY if not (work.present or marked) else f"the person, {how}" if how else "the person"
        searched = f"{work.searched}; it calls {', '.join(verdict.uses)}" if verdict.uses else work.searched
        examples, asked, declined = tuple(work.examples), tuple(work.lines), tuple(work.declined)
        return Accepted(draft, examples, verdict, work.report, marked, asked, searched, who, missed, declined)


def _of_another_type(draft: Draft, verdict: Verdict) -> str:
    """The first result that equals what is expected and is of a type that the signature does not name, as 4.0 for 4."""
    found = ((row.call, of_another_type(draft, row.got, row.expected)) for row in verdict.rows if row.ok)
    return next((f"{call}: {why}" for call, why in found if why), "")


def _with_report(verdict: Verdict, report: Report, allowed: bool) -> Verdict:
    """The verdict with what was found beside examples and tests; what the person allows is no problem."""
    problems = tuple(p for p in report.problems if not (allowed and p.startswith(USES)))
    checks = [(one.name, one.ok or (one.name == USES and allowed), one.detail) for one in report.checks]
    if report.mutants:
        missed = report.surviving[0].partition("   (")[0] if report.surviving else ""
        more = f" and {len(report.surviving) - 1} more" if len(report.surviving) > 1 else ""
        told = f"the examples notice {report.killed} of {report.mutants} small changes to the code"
        told += f"; not {missed}{more}" if missed else ""
        checks.append(("small changes", report.killed == report.mutants, told))
    return replace(verdict, problems=(*verdict.problems, *problems), checks=(*verdict.checks, *checks))
