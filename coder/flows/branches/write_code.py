"""write_code: examples first, then a draft, the sandbox, repairs while it is red, then the person's review."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import prompts
from coder.drafting import source_reading as bodies
from coder.drafting.acceptance import NOBODY, Dossier, unchecked
from coder.drafting.distinguishing_calls import telling, told_by_model
from coder.drafting.offers import offer, offers
from coder.drafting.questions import USES, Inquiry
from coder.drafting.reuse import Wanted, line, look
from coder.drafting.second_opinion import same_words
from coder.errors import FormatError
from coder.flows.branch import Branch, Outcome
from coder.flows.command import Command, argument
from coder.flows.message import Message, keys
from coder.model.model import Reply, Turn
from coder.people.question import Answer, Choose, DraftReview, Option
from coder.run.journal import Stopped
from coder.run.run import Run
from library.draft.code_blocks import prose
from library.draft.draft import Draft, read_reply, read_text
from library.errors import SourceError
from library.examples.example import Example, parse_example
from library.gate.admission import Report
from library.gate.gate import Gate
from library.gate.held_out import held_out
from library.gate.held_out import line as held_line
from library.gate.properties import of_another_type
from library.gate.verdict import Verdict
from library.store import Library
from memory import plan as plans
from memory.clock import utc_now
from memory.plan import Step
from memory.text_diff import changes

REPAIRS = 3
OBJECTION = "EXAMPLE WRONG"
OFFERED = 5


@dataclass(frozen=True)
class WriteCodeArguments:
    """What write_code takes."""

    step: int = argument("number of the plan's step")
    note: str = argument("what the coder should know beyond the step", "")


@dataclass
class Work:
    """One step on its way: what is known of it grows while it is asked about."""

    run: Run
    step: Step
    examples: list[Example]
    held: list[Example]  # of these, what the coder has not been shown
    accepted: list[str] = field(default_factory=list[str])
    asked: bool = False
    read: int = 0  # how often the model asked for code of the library
    tests: str = ""  # of the last draft that had any
    remark: str = ""  # what the model said beside its last draft
    lines: list[str] = field(default_factory=list[str])  # questions with their answers
    declined: list[str] = field(default_factory=list[str])  # functions that the person would not use instead
    searched: str = ""  # what was looked for in the library, and what came of it
    report: Report | None = None  # of the last draft judged
    present: bool = False  # whether somebody was there when it was judged
    problem: str = ""  # why nobody may accept the draft that was asked about
    asked_about: str = ""  # its code
    reason: str = ""  # why the person rejected it
    told: str = ""  # what they said of an earlier draft
    planned: list[Example] = field(default_factory=list[Example])  # the examples of the plan
    red: list[str] = field(default_factory=list[str])  # drafts that were red, each by what it was and why
    red_before: tuple[str, ...] = ()  # the same, of earlier attempts at this step that came to nothing

    def turned_red(self, draft: Draft, verdict: Verdict) -> bool:
        """Note what was red; whether this very draft was red for this very reason before in this attempt."""
        mark = hashlib.sha256(f"{draft.text}\n{verdict.failures()}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self.red.append(mark)
        return mark in self.red[:-1]

    def kept(self) -> dict[str, Any]:
        """What outlives this draft, as data for the message: whoever rejects it, or cannot save it, is asked once."""
        planned, now = {example.text for example in self.planned}, {example.text for example in self.examples}
        return {
            "answers": [example.to_json() for example in self.examples if example.text not in planned],
            "withdrawn": sorted(planned - now),
            "lines": self.lines,
            "accepted": self.accepted,
            "reason": self.reason,
            "red": [*self.red_before, *self.red],
        }

    def take_up(self, kept: dict[str, Any]) -> None:
        """Go on with what was kept of an earlier draft of the step; the plan's own examples are as they are now."""
        self.planned = list(self.examples)
        if not kept:
            return
        answers = [Example.from_json(data) for data in kept["answers"]]
        calls = {example.call for example in self.examples}
        self.examples = [example for example in self.examples if example.text not in kept["withdrawn"]]
        self.examples += [example for example in answers if example.call not in calls]
        self.held = [example for example in self.held if example in self.examples]
        self.lines, self.accepted = list(kept["lines"]), list(kept["accepted"])
        self.red_before = tuple(kept.get("red", ()))
        self.told = f"An earlier draft was rejected: {kept['reason']}" if kept["reason"] else ""


@dataclass(frozen=True)
class WriteCode:
    """Nothing is saved here: the accepted draft waits in the message for save_code."""

    library: Library
    gate: Gate
    inquiry: Inquiry
    offers: bool = True

    def branch(self) -> Branch:
        """This as a flow."""
        command = Command("write_code", "Have a step's function written, tested and reviewed.", WriteCodeArguments)
        own = keys(
            "plan goal",
            may_read="sources reused made kept",
            may_write="draft kept reused made just_reused ended",
        )
        return Branch(command, own, self.act)

    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
        """Write one step's function."""
        plan = plans.parse(message["plan"], message["goal"])
        step = plan.step(arguments["step"])
        if step is None:
            return Outcome(False, f"There is no step {arguments['step']}; the plan has 1 to {len(plan.steps)}.")
        examples = self._examples(run, step, message.get("sources", {}))
        there, searched, declined = self._look(run, step, examples, message["goal"])
        if there:
            reused = [*message.get("reused", []), step.name]
            return Outcome(
                True,
                f"{there} already gives all the expected results: reused, nothing written.",
                f"{step.name}: {searched}",
                {"reused": reused, "made": {**message.get("made", {}), step.name: there}, "just_reused": step.name},
            )
        before = [other.name for other in plan.steps if other.done]
        kept: dict[str, Any] = message.get("kept", {})
        work = Work(run, step, examples, held_out(examples), searched=searched, declined=declined)
        work.take_up(kept.get(step.name, {}))
        shown = [example for example in work.examples if example not in work.held]
        words = [arguments["note"], work.told, *plan.notes, *([step.note] if step.note and not step.done else [])]
        chat = self._opening(run, step, shown, "\n".join(filter(None, words)), before)
        outcome = self._until_decided(work, chat)
        data = {**outcome.data, "kept": {**kept, step.name: work.kept()}}
        return replace(outcome, data=data, log=f"{outcome.log or outcome.result}; {searched}")

    def _until_decided(self, work: Work, chat: list[Turn]) -> Outcome:
        """Draft, ask and review until the person accepts or rejects."""
        previous = ""
        while True:
            try:
                draft, verdict, chat = self._until_green(work, chat)
                if verdict.green and not work.asked:
                    work.asked = True
                    said = self.inquiry.ask(work.run, draft, work.step, work.examples)
                    work.lines += said.lines
                    work.problem, work.asked_about = said.problem, draft.code
                    if said.corrected:
                        work.examples = list(said.corrected.examples)
                    if said.examples or said.corrected or said.problem:
                        work.examples += [] if said.corrected else said.examples
                        verdict = self._judge(draft, work, 0)
                        work.held = _still_held(work.held, verdict)
                        if not verdict.green:
                            previous, chat = draft.code, [*chat, _red(verdict)]
                            continue
                draft, verdict, answer = self._review(work, draft, verdict, previous)
            except Stopped as stopped:
                chat = [*chat, _feedback("", str(stopped.decision.get("text", "")))]
                continue
            if answer.verdict in ("accept", "accept_red"):
                return self._accepted(draft, verdict, work, marked=answer.verdict == "accept_red")
            if answer.verdict == "reject":
                work.reason = answer.text
                ended = None if work.present or verdict.green else _no_way_on(work)
                return Outcome(False, self._rejection(work, verdict), "rejected", {"draft": None}, ended)
            drafted = next((turn["content"] for turn in reversed(chat) if turn["role"] == "assistant"), "")
            chat = [*chat, _feedback(_edits(drafted, work.step.name, draft), answer.text)]
            previous = draft.code

    def _rejection(self, work: Work, verdict: Verdict) -> str:
        """What the controller is told: who rejected, what was red, what the coder said."""
        who = "The person rejected" if work.run.person.present else f"After {REPAIRS} repairs nobody accepts"
        red = "" if verdict.green else f" It is red:\n{verdict.failures()}"
        said = f"\nThe coder says: {work.remark}" if work.remark else ""
        why = f" They say: {work.reason}" if work.reason else ""
        return f"{who} the draft of {work.step.name}.{why}{red}{said}"

    def _look(self, run: Run, step: Step, examples: Sequence[Example], goal: str) -> tuple[str, str, list[str]]:
        """Search before writing: the function that is used instead, "" if none; the search's line; what was declined.

        A function that gives every expected result is offered with its words beside the step's: that examples coincide
        is not enough. Where nobody is there, a model compares the words.
        """
        if not self.offers:
            return "", "new: the library was not searched (it is switched off for this run)", []
        wanted = Wanted(step.name, step.signature, step.does, examples)
        found = run.effect("reuse", lambda: look(wanted, self.library, self.gate.sandbox))
        reused, declined = "", list[str]()
        if len(examples) > 1 and found["gives"] and not found["there"]:
            name = found["gives"][0]
            reused = name if self._does_the_same(run, name, step, len(examples), goal) else ""
            declined = [] if reused else [name]
        told = line(found, reused, len(examples))
        run.tell("note", level="info", text=f"{step.name}: {told}")
        return reused, told, declined

    def _does_the_same(self, run: Run, name: str, step: Step, count: int, goal: str) -> bool:
        """Whether a function that gives the examples also does what the step says: the person compares, or a model."""
        function = self.library.get(name)
        if function is None:
            return False
        # recorded, since whoever resumes the run may be somebody else, or nobody
        if not run.effect("reuse by", lambda: run.person.present):
            return self.inquiry.questions > 0 and same_words(run, step, function, goal)
        question = (
            f"{name} in the library already gives all {count} expected results of {step.name}.\n"
            f"The goal: {goal}\nThe step: {step.does or step.signature}\n"
            f"{function.signature}\n{function.doc.strip()}\n\n{function.source.strip()}"
        )
        options = (
            Option("u", "use it", "write nothing; the step counts as done"),
            Option("w", "write anyway", "a new function beside it"),
        )
        return run.ask("reuse", Choose(question, options, "w")).text == "u"

    # -- the model writes -----------------------------------------------------------------------------------------

    def _opening(
        self, run: Run, step: Step, examples: Sequence[Example], note: str, before: Sequence[str]
    ) -> list[Turn]:
        offers = run.effect("search", lambda: self._search(step, before))
        user = prompts.render(
            "code",
            "user",
            signature=step.signature,
            does=step.does,
            examples="\n".join(f"- {example.text}" for example in examples) or "(none given)",
            library=bodies.shown(offers),
            note=f"Note: {note}" if note else "",
        )
        return [{"role": "system", "content": prompts.render("code", "system")}, {"role": "user", "content": user}]

    def _search(self, step: Step, before: Sequence[str]) -> list[dict[str, str]]:
        """What the coder is shown; without a library still what earlier steps of this very plan have made."""
        if self.offers:
            return offers(self.library, f"{step.name} {step.does}", OFFERED, step.name)
        return [offer(self.library, name) for name in before[-OFFERED:] if self.library.get(name)]

    def _until_green(self, work: Work, chat: list[Turn]) -> tuple[Draft, Verdict, list[Turn]]:
        """A draft that is green, or the last one after the repairs allowed."""
        for attempt in range(REPAIRS + 1):
            draft, chat = self._drafted(work, chat)
            if not draft.tests:
                draft = replace(draft, tests=work.tests)  # a repair often comes without the tests that were there
            work.tests, work.remark = draft.tests, _remark(chat)
            verdict = self._judge(draft, work, attempt)
            work.held = _still_held(work.held, verdict)
            again = not verdict.green and work.turned_red(draft, verdict)
            if verdict.green or attempt == REPAIRS or work.remark.startswith(OBJECTION):
                return draft, verdict, chat
            if again:
                work.run.tell("note", level="warning", text=f"{draft.name}: the same draft again, red as before.")
                return draft, verdict, chat
            work.run.tell("repair", attempt=attempt + 1, of=REPAIRS, problem=verdict.failures())
            chat = [*chat, _red(verdict)]
        raise AssertionError("the loop returns")

    def _drafted(self, work: Work, chat: list[Turn]) -> tuple[Draft, list[Turn]]:
        """The next draft; before it the model may read the code of functions."""
        while True:
            reader = bodies.reader(read_draft(work.step.name), work.read)
            said, chat = work.run.ask_model("code", chat, (), reader, _correct)
            if isinstance(said, Draft):
                _tell_left_out(work.run, said)
                return said, chat
            chat = [*chat, bodies.answer(work.run, self.library, said, work.read)]
            work.read += 1

    def _judge(self, draft: Draft, work: Work, attempt: int) -> Verdict:
        """Examples, tests and checks; what the draft may use is asked once."""

        def make() -> dict[str, Any]:
            work.run.tell("testing", what=draft.name)
            verdict = self.gate.judge(draft, work.examples, self.library.good_source())
            present = work.run.person.present  # recorded, since whoever resumes may be somebody else, or nobody
            if not verdict.green:
                return {"verdict": verdict.to_json(), "report": None, "present": present}
            report = self.inquiry.examine(draft, work.examples, work.step.does, work.accepted, present=present)
            return {"verdict": verdict.to_json(), "report": report.to_json(), "present": present}

        found = work.run.effect("verdict", make)
        if found["report"] and self._allowed(draft, work, Report.from_json(found["report"])):
            found = work.run.effect("verdict", make)  # now it is tried as well
        verdict = Verdict.from_json(found["verdict"])
        report = Report.from_json(found["report"]) if found["report"] else None
        if report is not None and work.held:
            report = replace(report, checks=(held_line(work.held), *report.checks))
        work.report = report
        work.present = bool(found.get("present"))
        if report is not None:
            verdict = _with_report(verdict, report, self.inquiry.may(draft, work.accepted))
        if work.problem and draft.code == work.asked_about:
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
        more = self.inquiry.allowed(work.run, draft, work.accepted)
        work.accepted += more
        return bool(more)

    # -- the person decides ---------------------------------------------------------------------------------------

    def _review(self, work: Work, draft: Draft, verdict: Verdict, previous: str) -> tuple[Draft, Verdict, Answer]:
        """One review: edits and tests again happen in here; what comes back is a decision or words for the model."""
        note, drafted = work.remark if work.remark.startswith(OBJECTION) else "", draft
        while True:
            before = previous or (drafted.code if draft != drafted else "")
            answer = work.run.ask("code", _review_of(work, draft, verdict, before, note))
            note = ""
            if answer.verdict == "edit":
                try:
                    draft = read_text(answer.text, work.step.name)
                    _tell_left_out(work.run, draft)
                except SourceError as error:
                    note = f"Your edit cannot be used: {error}"
                    continue
            if answer.verdict == "examples":
                work.examples = list(self.inquiry.correct(work.run, work.examples).examples)
                work.held = [example for example in work.held if example in work.examples]
            if answer.verdict == "more":
                now = work.run.effect("now", utc_now)
                work.examples += told_by_model(work.run, work.step, work.examples, telling(work.report), now)
            if answer.verdict in ("edit", "test", "more", "examples"):
                verdict = self._judge(draft, work, 0)
                continue
            if answer.verdict == "accept" and not verdict.green:
                note = "It is red: it can only be saved by saying so."
                continue
            if answer.verdict == "accept_red" and not self.inquiry.may(draft, work.accepted):
                work.accepted += self.inquiry.allowed(
                    work.run, draft, work.accepted
                )  # red or not: it would stand in the library
                if not self.inquiry.may(draft, work.accepted):
                    note = "It may not use what it uses: it was not accepted."
                    continue
            return draft, verdict, answer

    def _accepted(self, draft: Draft, verdict: Verdict, work: Work, marked: bool) -> Outcome:
        examples = [example.to_json() for example in work.examples]
        dossier = self._dossier(verdict, work, marked).to_json()
        more = {"examples": examples, "marked": marked, "dossier": dossier, "declined": work.declined}
        data = {"draft": {**draft.to_json(), **more}}
        how = "accepted although red, marked" if marked else "accepted, green"
        return Outcome(True, f"{draft.name}: {how}. Not saved yet.", f"{draft.name}: {how}", data)

    def _dossier(self, verdict: Verdict, work: Work, marked: bool) -> Dossier:
        missed = unchecked(work.report, present=work.present, questions=self.inquiry.questions, asked=bool(work.lines))
        who = "the person, although red" if marked else "the person" if work.present else NOBODY
        searched = f"{work.searched}; it calls {', '.join(verdict.uses)}" if verdict.uses else work.searched
        return Dossier(verdict, work.report, tuple(work.lines), searched, who, missed)

    def _examples(self, run: Run, step: Step, sources: dict[str, Any]) -> list[Example]:
        """The step's examples with who said them; what is not an example is left to the model's reading."""
        when = run.effect("now", utc_now)
        found: list[Example] = []
        for text in step.examples:
            try:
                found.append(parse_example(text, sources.get(text, "person"), when))
            except SourceError:
                run.tell("note", level="warning", text=f"Not an example that can be tested: {text}")
        return found


def _tell_left_out(run: Run, draft: Draft) -> None:
    if draft.left_out:
        told = "; ".join(draft.left_out[:5])
        run.tell("note", level="info", text=f"Left out, since nothing needs it: {told}")


def read_draft(name: str) -> Callable[[Reply], Draft]:
    """A reader of replies that should hold the function `name`; it raises FormatError for the model."""

    def read(reply: Reply) -> Draft:
        try:
            return read_reply(reply.text, name)
        except SourceError as error:
            cut = " The reply was cut off: be shorter." if reply.ended == "length" else ""
            raise FormatError(error.message + cut) from None

    return read


def _no_way_on(work: Work) -> dict[str, str] | None:
    """How a run ends where nobody is there and a step's draft is one that came to nothing before; None if it is not."""
    if not work.red or work.red[-1] not in work.red_before:
        return None
    summary = (
        f"The model gives the same draft of {work.step.name} again, red for the same reason, so it is not asked any "
        "more. Begin anew with another model, or with words and examples that say more."
    )
    return {"status": "unfinished", "summary": summary}


def _remark(chat: Sequence[Turn]) -> str:
    """What the model said beside the code in its last reply, cut to 300 characters."""
    said = " ".join(prose(str(chat[-1]["content"])).split())
    return said[max(said.find(OBJECTION), 0) :][:300] if "def " not in said else ""


def _still_held(held: Sequence[Example], verdict: Verdict) -> list[Example]:
    """What the coder has not seen after it was told what is red."""
    told = {row.call for row in verdict.rows if not row.ok}
    return [example for example in held if example.call not in told]


def _red(verdict: Verdict) -> Turn:
    return {"role": "user", "content": prompts.render("code", "red", failures=verdict.failures())}


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
        told = f"the examples notice {report.killed} of {report.mutants} slips tried"
        told += f"; not {missed}{more}" if missed else ""
        checks.append(("slips", report.killed == report.mutants, told))
    return replace(verdict, problems=(*verdict.problems, *problems), checks=(*verdict.checks, *checks))


def _correct(problem: str) -> str:
    return prompts.render("code", "bad", problem=problem)


def _feedback(diff: str, words: str) -> Turn:
    shown = f"They changed it; keep their changes:\n{diff}" if diff else ""
    said = f"They say: {words}" if words else ""
    return {"role": "user", "content": prompts.render("code", "feedback", diff=shown, words=said)}


def _edits(reply: str, name: str, draft: Draft) -> str:
    """What the person changed in the draft that the model wrote."""
    try:
        return changes(read_reply(reply, name).text, draft.text)
    except SourceError:
        return ""


def _review_of(work: Work, draft: Draft, verdict: Verdict, previous: str, note: str) -> DraftReview:
    return DraftReview(
        work.step.signature,
        draft,
        verdict,
        work.step.does,
        previous,
        note,
        telling=telling(work.report),
        evidence=tuple(filter(None, (work.searched, *work.lines))),
        tests_reach=any("of the tests" in detail for name, _, detail in verdict.checks if name == USES),
    )
