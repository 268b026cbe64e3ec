"""write_plan: the model drafts a plan, the person accepts, edits or answers in words, the accepted one is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import prompts
from coder.drafting.goal_plan import held_to_goal, lacking, plan_of_goal, sources_of
from coder.drafting.shown_functions import offers_text
from coder.drafting.source_reading import Check, asked
from coder.errors import FormatError
from coder.flows.message import Keys, Message, keys
from coder.model.model import Reply, ReplyOptions, Turn
from coder.people.question import Answer, PlanReview
from coder.run.chat import from_user, opening
from coder.run.journal import Stopped
from coder.run.run import Run
from library.examples.example import problem
from library.store import Library
from memory import plan as plans
from memory import plan_data
from memory.errors import PlanError
from memory.plan import Plan
from memory.plan_files import Plans
from memory.text_diff import changes

TITLE = 120  # letters of a commit's first line
LONGEST = 50_000  # characters of a plan
TOKENS = 1_500  # of a reply with a plan


@dataclass(frozen=True)
class WritePlan:
    """The first plan of a goal; re_plan uses the same `agree` and `commit`."""

    plans: Plans
    library: Library
    name: str = "write_plan"
    keys: Keys = keys("goal memory", writes="plan sources edited")

    def __call__(self, message: Message, run: Run) -> Message:
        goal, memory = message["goal"], message["memory"]
        if given := str(run.journal.settings.get("plan") or ""):  # a plan that the person wrote themselves
            self.commit(run, given, f"plan: {goal}"[:TITLE], "person")
            sources = sources_of(plans.parse(given, goal), set(), goal)
            return message.with_data(plan=given, sources=sources, edited="")
        first = plan_of_goal(goal, _names(memory))
        chat = with_example(opening("plan", goal=goal, library=library_of(memory), log=_log(memory)))
        agreed = self.agree(run, goal, chat, memory, first)
        self.commit(run, agreed["plan"], f"plan: {goal}"[:TITLE], agreed["by"])
        return message.with_data(plan=agreed["plan"], sources=agreed["sources"], edited=agreed["edited"])

    def agree(
        self, run: Run, goal: str, chat: list[Turn], memory: Mapping[str, Any], first: Plan | None = None
    ) -> dict[str, Any]:
        """Draft and review until the person accepts.

        Args:
            run: of the goal.
            goal: what the plan is for.
            chat: the turns that ask for it.
            memory: what read_memory found; by it an example is known to call a function that is there.
            first: the first draft, if the goal is a plan by itself; then no model is asked for one.

        Returns:
            plan: the accepted text; sources: who said each example; edited: the person's changes as a diff; by.
        """
        drafted, persons = set[str](), set[str]()
        notes: tuple[str, ...] = ()  # a person's words for the whole plan outlive the next draft
        while True:
            try:
                draft, chat = self._given(run, first, chat) if first else self._draft(run, goal, chat, memory)
                first = None
            except Stopped as stopped:
                chat = [*chat, _again("stopped you.", "", stopped.words)]
                continue
            draft = replace(draft, notes=tuple(dict.fromkeys([*notes, *draft.notes])))
            drafted |= _examples(draft) - persons
            text = plans.render(draft)
            self._warn(run, untestable(draft, memory))
            text, answer = self._review(run, goal, text, memory)
            edited = changes(plans.render(draft), text)
            if edited and not _unreadable(text, goal):
                persons |= _examples(plans.parse(text, goal)) - drafted
                self._warn(run, untestable(plans.parse(text, goal), memory))
                notes = plans.parse(text, goal, person=True).notes
            if answer.verdict == "accept":
                sources = sources_of(plans.parse(text, goal), drafted, goal)
                by = "person" if run.person.present else "--yes"
                return {"plan": text, "sources": sources, "edited": edited, "by": by}
            did = "edited the plan and answered." if edited else "answered."
            chat = [*chat, _again(did, edited, answer.text)]

    def _given(self, run: Run, plan: Plan, chat: list[Turn]) -> tuple[Plan, list[Turn]]:
        """The goal's own words as the plan, which a model could only retell."""
        run.tell("note", level="info", text="The goal says signature and examples itself: they are the plan.")
        return plan, [*chat, {"role": "assistant", "content": plans.render(plan)}]

    def _draft(self, run: Run, goal: str, chat: list[Turn], memory: Mapping[str, Any]) -> tuple[Plan, list[Turn]]:
        """A draft; before it the model may read the code of functions that it was shown a line of."""
        schema = plan_data.schema(reading=bool(memory["relevant"]))
        options = ReplyOptions(temperature=0.0, max_tokens=TOKENS, schema=schema)
        present = run.effect("present", lambda: run.person.present)  # recorded, since another may resume the run

        def ask(chat: list[Turn], check: Check[Plan]) -> tuple[Plan | list[str], list[Turn]]:
            return run.ask_model("plan", chat, check, options=options)

        plan, chat, _ = asked(run, self.library, chat, ask, read_plan(goal, memory, present))
        held = held_to_goal(plan, goal, _names(memory))
        for text in held.dropped:
            run.tell("note", level="info", text=f"Left out of the plan: {text}.")
        return held.plan, chat

    def _warn(self, run: Run, problems: Sequence[str]) -> None:
        """Tell what looks like an example and is none: it would be taken for words, and nothing would be tested."""
        for text in problems:
            run.tell("note", level="warning", text=text)

    def _review(self, run: Run, goal: str, text: str, memory: Mapping[str, Any]) -> tuple[str, Answer]:
        """Show the plan until it is accepted or answered; edits change the text on the way."""
        drafted, note = text, ""
        while True:
            answer = run.ask("plan", PlanReview(text, changes(drafted, text), note))
            if answer.verdict != "edit":
                if answer.verdict != "accept" or not (note := _unreadable(text, goal)):
                    return text, answer
                continue
            note, before, text = _unreadable(answer.text, goal), text, answer.text
            if not note:
                text = plans.render(plans.parse(answer.text, goal, person=True))
                note = _read_as(before, text, goal, memory)

    def commit(self, run: Run, text: str, why: str, by: str) -> None:
        """Write the plan to its file, committed along with the next save or the end; `by` says who accepted it."""
        key = run.key("plan")

        def make() -> str:
            return _sha(self.plans.accept(run.journal.run, text, why, key))

        made = run.effect("commit:plan", make, shielded=True)
        run.tell("plan", text=text, by=by, commit=made)

    def tick(self, run: Run, numbers: Sequence[int], note: str, goal: str, otherwise: Plan) -> None:
        """Tick steps in the plan as it stands on disk by now; it is committed along with the next save or the end."""
        goal_run, names = run.journal.run, {otherwise.steps[number - 1].name for number in numbers}

        def ticked(there: Plan) -> Plan:
            return there.tick([step.number for step in there.steps if step.name in names], note)

        def make() -> str:
            if not self.plans.change(goal_run, ticked, goal):  # a run from before runs had plans of their own
                self.plans.keep(goal_run, plans.render(ticked(otherwise)), f"plan: {', '.join(sorted(names))} done")
            return ""

        run.effect("commit:plan", make, shielded=True)


def read_plan(goal: str, memory: Mapping[str, Any] | None = None, present: bool = True) -> Callable[[Reply], Plan]:
    """A reader of replies that should hold a plan, as JSON or as text; it raises FormatError for the model.

    A plan with examples that cannot be tested, or with a step that lacks a result type or an example, is sent back
    once; the next one is taken as it is if somebody is there to look at it.
    """
    sent_back = False

    def read(reply: Reply) -> Plan:
        nonlocal sent_back
        if len(reply.text) > LONGEST:
            raise FormatError(f"it has {len(reply.text):,} characters, and no plan needs more than {LONGEST:,}")
        if reply.ended == "length":
            raise FormatError("it was cut off, so that steps may be missing: be shorter")
        try:
            plan = plan_data.read(reply.text, goal) or plans.parse(reply.text, goal)
        except PlanError as error:
            raise FormatError(str(error)) from None
        missing = lacking(held_to_goal(plan, goal, _names(memory or {})).plan) if not (sent_back and present) else []
        problems = [] if sent_back or memory is None else untestable(plan, memory)
        if missing or problems:
            sent_back = True
            raise FormatError(" ".join([*missing, *problems]))
        return plan

    return read


def with_example(asked: Sequence[Turn]) -> list[Turn]:
    """The turns that ask for a plan with a finished one shown between what is wanted and the goal."""
    finished: Turn = {"role": "assistant", "content": prompts.render("plan", "finished")}
    return [asked[0], from_user(prompts.render("plan", "shown")), finished, *asked[1:]]


def untestable(plan: Plan, memory: Mapping[str, Any]) -> list[str]:
    """Why lines of a plan that look like examples cannot be tested, a sentence each."""
    shown = [offer["signature"].partition("(")[0] for offer in memory.get("relevant", ())]
    others = int(memory.get("functions", 0)) > len(shown)
    known = {step.name for step in plan.steps} | set(shown)
    lines = [line for step in plan.steps if not step.done for line in (*step.examples, *step.does.splitlines())]
    return list(dict.fromkeys(found for line in lines if (found := problem(line, known, others=others))))


def _again(did: str, diff: str, words: str) -> Turn:
    shown = f"Their changes:\n{diff}" if diff else ""
    said = f"Their words: {words}" if words else ""
    return from_user(prompts.render("plan", "again", did=did, diff=shown, words=said))


def _read_as(before: str, text: str, goal: str, memory: Mapping[str, Any]) -> str:
    """What the person is told of an edit that might be read otherwise than it was meant, or cannot be tested."""
    old, new = (
        plans.parse(before, goal, person=True) if not _unreadable(before, goal) else None,
        plans.parse(text, goal),
    )
    told = [f"Kept as words for every step: {note}" for note in new.notes if old is None or note not in old.notes]
    there = {step.name for step in new.steps}
    gone = [step.name for step in old.steps if step.name not in there] if old else []
    told += [f"No longer a step: {', '.join(gone)}."] if gone else []
    said = untestable(old, memory) if old else []
    told += [why for why in untestable(new, memory) if why not in said]
    return "\n".join(told)


def _unreadable(text: str, goal: str) -> str:
    try:
        plans.parse(text, goal, person=True)
    except PlanError as error:
        return str(error)
    return ""


def _examples(plan: Plan) -> set[str]:
    return {example for step in plan.steps for example in step.examples}


def _names(memory: Mapping[str, Any]) -> set[str]:
    """The functions that the planner was shown."""
    return {offer["signature"].partition("(")[0] for offer in memory.get("relevant", ())}


def library_of(memory: Mapping[str, Any]) -> str:
    """What a prompt says of the library: the functions that fit the goal; "" without any."""
    return f"\nLibrary:\n{offers_text(memory['relevant'], memory['functions'])}" if memory["relevant"] else ""


def _log(memory: Mapping[str, Any]) -> str:
    log = "\n".join(memory["log"])
    return f"\nWhat was done before:\n{log}" if log else ""


def _sha(commit: Any) -> str:
    return commit.sha[:10] if commit else ""
