"""write_code: examples first, then a draft, the sandbox, repairs while it is red, then the person's review."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import prompts
from coder.drafting.distinguishing_calls import telling, told_by_model
from coder.drafting.goal_plan import built_on
from coder.drafting.judging import Judging
from coder.drafting.questions import USES
from coder.drafting.reuse import used_instead
from coder.drafting.sampling import (
    DISPUTED,
    FROM_THE_START,
    OBJECTION,
    Sample,
    Sampling,
    Unusable,
    tell_left_out,
)
from coder.drafting.second_draft import settled
from coder.drafting.shown_functions import last_line, offer, offers, stubs
from coder.drafting.to_complete import to_complete
from coder.drafting.uses import composed, with_uses, without_uses
from coder.drafting.work import Work, still_held
from coder.flows.branch import Branch, Outcome
from coder.flows.command import Command, argument
from coder.flows.message import Message, keys
from coder.model.model import Turn
from coder.people.question import Answer, DraftReview
from coder.run.chat import from_user, opening
from coder.run.journal import Stopped
from coder.run.run import Run
from library.draft.draft import Draft, read_text
from library.errors import SourceError
from library.examples.example import Example, parse_example
from library.gate.held_out import held_out
from library.gate.verdict import Verdict
from library.store import Library
from memory import plan as plans
from memory.clock import utc_now
from memory.plan import Step
from memory.text_diff import changes

OFFERED = 3


@dataclass(frozen=True)
class Begun:
    """What the drafts of a step begin with.

    Attributes:
        opening: the chat, with functions of the library.
        apart: the same without any.
        composed: the draft that these make without a model.
        note: what the coder should know beyond the step.
        found: the functions.
    """

    opening: list[Turn]
    apart: list[Turn]
    composed: Sample | None
    note: str
    found: Sequence[dict[str, str]]

    def again(self, chat: list[Turn], work: Work) -> list[Turn]:
        """The opening with the examples that there are now; a chat in which the person has said more stays."""
        return _opening(work.step, work.shown, self.note, self.found) if chat is self.opening else chat


@dataclass(frozen=True)
class WriteCodeArguments:
    """What write_code takes."""

    step: int = argument("number of the plan's step")
    note: str = argument("what the coder should know beyond the step", "")


@dataclass(frozen=True)
class WriteCode(Branch):
    """Nothing is saved here: the accepted draft waits in the message for save_code."""

    command = Command("write_code", "Have a step's function written, tested and reviewed.", WriteCodeArguments)
    own = keys(
        "plan goal",
        may_read="sources reused made kept failed",
        may_write="draft kept reused made just_reused failed objected ended",
    )
    library: Library
    judging: Judging
    offers: bool = True

    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
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
        words = [arguments["note"], work.told, *plan.notes, *([step.note] if step.note and not step.done else [])]
        outcome = self._until_decided(work, self._begun(work, "\n".join(filter(None, words)), before))
        data = {**outcome.data, "kept": {**kept, step.name: work.kept()}}
        if not outcome.ok and not work.present:  # who rejects a draft has the model asked what follows
            data["failed"] = {**message.get("failed", {}), step.name: outcome.result.partition("\n```")[0]}
        return replace(outcome, data=data, log=f"{outcome.log or outcome.result}; {searched}")

    def _until_decided(self, work: Work, begun: Begun) -> Outcome:
        """Draft, ask and review until the person accepts or rejects."""
        previous, kinds, opening, first = "", FROM_THE_START, begun.opening, begun.composed
        disputed: list[Sample] = []
        while True:
            try:
                last = disputed[-1] if disputed else None
                sample = first or self.sampling.until_green(work, opening, last, kinds)
                first = None
                if isinstance(sample, Unusable):
                    opening = [*opening, *work.run.after_unusable("code", sample.problem, sample.tries)]
                    continue
                kinds, disputed = FROM_THE_START, []
                if sample.verdict.green and not work.asked and self._alone_with_the_goal(work):
                    work.asked = True
                    stands = sample is begun.composed
                    apart = begun.apart if stands else opening
                    sample = settled(self.sampling, work, apart, sample, stands=stands)
                    if work.problem:
                        sample = replace(sample, verdict=self.judging.judge(sample.draft, work, 0))
                draft, verdict = sample.draft, sample.verdict
                if verdict.green and not work.asked:
                    verdict = self._asked(work, draft, verdict)
                    if not verdict.green and (work.asked_about or not work.problem):  # else no other draft would help
                        previous, kinds, opening = draft.code, DISPUTED, begun.again(opening, work)
                        disputed = [replace(sample, verdict=verdict)]
                        continue
                draft, verdict, answer = self._review(work, draft, verdict, previous)
            except Stopped as stopped:
                work.take_in(stopped.words)
                opening = [*opening, _feedback("", stopped.words)]
                continue
            if answer.verdict in ("accept", "accept_red"):
                return self._accepted(draft, verdict, work, answer)
            if answer.verdict == "reject":
                work.reason = answer.text
                data = {"draft": None, "objected": work.remark.startswith(OBJECTION) and _only_said(verdict)}
                ended = None if work.present or verdict.green else _no_way_on(work)
                return Outcome(False, self._rejection(work, draft, verdict), "rejected", data, ended)
            work.take_in(answer.text)
            opening = [*sample.chat, _feedback(_edits(sample.draft, draft), answer.text)]
            work.tests, previous = draft.tests, draft.code

    def _alone_with_the_goal(self, work: Work) -> bool:
        """Whether nobody is there and the goal says what to go by, so that drafts written apart can be compared."""
        if not self.judging.questions.most or not any(one.source in ("goal", "person") for one in work.examples):
            return False
        # recorded, since whoever resumes the run may be somebody else
        return not work.run.effect("present", lambda: work.run.person.present)

    def _asked(self, work: Work, draft: Draft, verdict: Verdict) -> Verdict:
        """The verdict after the questions about a green draft were put, once for each step."""
        work.asked = True
        said = self.judging.questions.ask(work.run, draft, work.step, work.examples)
        work.lines += said.lines
        work.problem, work.asked_about = said.problem, said.about
        if said.examples == work.examples and not said.problem:
            return verdict
        work.examples = said.examples
        verdict = self.judging.judge(draft, work, 0)
        work.held = still_held(work.held, verdict)
        work.doubt.note(verdict, fresh=False)
        return verdict

    def _rejection(self, work: Work, draft: Draft, verdict: Verdict) -> str:
        """What the controller is told: who rejected, what was red, what the coder said, and the code."""
        who = "The person rejected" if work.run.person.present else "Nobody accepts"
        red = "" if verdict.green else f" It is red:\n{verdict.failures()}"
        said = f"\nThe coder says: {work.remark}" if work.remark else ""
        why = f" They say: {work.reason}" if work.reason else ""
        return f"{who} the draft of {work.step.name}.{why}{red}{said}\n```python\n{draft.code.rstrip()}\n```"

    def _look(self, run: Run, step: Step, examples: Sequence[Example], goal: str) -> tuple[str, str, list[str]]:
        if not self.offers:
            return "", "new: the library was not searched (it is switched off for this run)", []
        ask_model = self.judging.questions.most > 0
        return used_instead(run, self.library, self.judging.gate.sandbox, step, examples, goal, ask_model=ask_model)

    def _begun(self, work: Work, note: str, before: Sequence[str]) -> Begun:
        found = work.run.effect("search", lambda: self._search(work.step, before, work.shown))
        chat = _opening(work.step, work.shown, note, found)
        apart = _opening(work.step, work.shown, note, [])
        first = composed(work, self.sampling, chat, found)
        if first is None and (plain := without_uses(found)) != found:  # refused, 2.0 for an int for example
            found, chat = plain, _opening(work.step, work.shown, note, plain)
        return Begun(chat, apart, first, note, found)

    def _search(self, step: Step, before: Sequence[str], examples: Sequence[Example]) -> list[dict[str, str]]:
        """What the coder is shown; without a library still what earlier steps of this very plan have made."""
        if self.offers:
            named = built_on(step.does, [function.name for function in self.library.functions()])
            found = offers(self.library, f"{step.name} {step.does}", OFFERED, step.name, named)
            return with_uses(found, self.library, step.signature, examples, self.judging.gate.sandbox)
        return [offer(self.library, name) for name in before[-OFFERED:] if self.library.get(name)]

    @property
    def sampling(self) -> Sampling:
        return Sampling(self.library, self.judging)

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
                    tell_left_out(work.run.tell, draft)
                except SourceError as error:
                    note = f"Your edit cannot be used: {error}"
                    continue
            if answer.verdict == "examples":
                work.examples = self.judging.questions.correct(work.run, work.examples)
                work.held = [example for example in work.held if example in work.examples]
            if answer.verdict == "more":
                now = work.run.effect("now", utc_now)
                work.examples += told_by_model(work.run, work.step, work.examples, telling(work.report), now) or []
            if answer.verdict in ("edit", "test", "more", "examples"):
                verdict = self.judging.judge(draft, work, 0)
                continue
            if answer.verdict == "accept" and not verdict.green:
                note = "It is red: it can only be saved by saying so."
                continue
            if answer.verdict == "accept_red":  # red or not: it would stand in the library
                asked = self.judging.questions
                if not (asked.may(draft, work.accepted) or asked.allowed(work.run, draft, work.accepted)):
                    note = "It may not use what it uses: it was not accepted."
                    continue
            return draft, verdict, answer

    def _accepted(self, draft: Draft, verdict: Verdict, work: Work, answer: Answer) -> Outcome:
        data = {"draft": asdict(self.judging.accepted(draft, verdict, work, answer))}
        how = "accepted although red, marked" if answer.verdict == "accept_red" else "accepted, green"
        how += f" ({answer.text})" if answer.text else ""
        return Outcome(True, f"{draft.name}: {how}. Not saved yet.", f"{draft.name}: {how}", data)

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


def _only_said(verdict: Verdict) -> bool:
    """Whether nothing is red but examples that a model said: then the plan may be wrong, and not the draft."""
    red = [row for row in verdict.rows if not row.ok]
    return bool(red) and not verdict.problems and all(row.source == "model" for row in red)


def _no_way_on(work: Work) -> dict[str, str] | None:
    """How a run ends where nobody is there and a step's draft is one that came to nothing before; None if it is not."""
    if not work.red or work.red[-1] not in work.red_before:
        return None
    summary = (
        f"The model gives the same draft of {work.step.name} again, red for the same reason, so it is not asked any "
        "more. Begin anew with another model, or with words and examples that say more."
    )
    return {"status": "unfinished", "summary": summary}


def _feedback(diff: str, words: str) -> Turn:
    shown = f"They changed it; keep their changes:\n{diff}" if diff else ""
    said = f"They say: {words}" if words else ""
    return from_user(prompts.render("code", "feedback", diff=shown, words=said))


def _edits(drafted: Draft, draft: Draft) -> str:
    """What the person changed in the draft that the model wrote."""
    return changes(drafted.text, draft.text)


def _opening(step: Step, examples: Sequence[Example], note: str, offers: Sequence[dict[str, str]]) -> list[Turn]:
    """The chat that each sample begins with: the step as a function to complete."""
    return opening(
        "code",
        function="\n\n\n".join(filter(None, (stubs(offers), to_complete(step, examples)))),
        library=prompts.render("code", "shown") if offers else "",
        note="\n".join(["", *([f"Note: {note}"] if note else []), last_line(offers)]),
    )


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
