"""lead and routine: while all goes as planned the next command needs no model; else they say that it is asked.

Of a live series of six goals 20 of 21 commands of the model were the ones that stand here, and cost a third of all
calls; small local models cannot give them at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from coder.flows.message import Keys, Message, keys
from coder.run.run import Run
from memory import plan as plans
from memory.plan import Step

Leader = Literal["routine", "model"]
_STATE = "ok branch draft just_reused saved reused made failed objected news queue"


@dataclass(frozen=True)
class Next:
    """A command with its arguments."""

    branch: str
    arguments: dict[str, Any]
    why: str


@dataclass(frozen=True)
class Lead:
    """Who gives the next command: the routine, or the model if `by` says so or something did not go as planned.

    Args:
        offered: the commands that there are; what the routine would give beyond them is the model's to replace.
        by: who gives them while all goes as planned.
    """

    offered: frozenset[str]
    by: Leader = "routine"
    name: str = "lead"
    keys: Keys = keys("goal plan", may_read=_STATE, writes="lead")

    def __call__(self, message: Message, run: Run) -> Message:
        odd = self.by == "model" or message.get("queue") or message.get("news")
        if not odd and message.get("branch") == "ask_user":
            odd = True  # the person answered it, not the routine
        if not odd and not message.get("ok", True):
            # Alone with a red draft there is nothing to decide, unless its writer says that the plan is wrong; and who
            # would replace nothing has decided. Whether somebody is there is recorded: another may resume the run.
            known = message.get("branch") == "write_code" and not message.get("objected")
            known = known or _clashed(message)
            odd = not known or (not _clashed(message) and run.effect("present", lambda: run.person.present))
        odd = odd or next_command(message).branch not in self.offered
        return message.with_data(lead="model" if odd else "routine")


@dataclass(frozen=True)
class Routine:
    """The next command of a plan that goes well; a chat that the model had before ends with it."""

    name: str = "routine"
    keys: Keys = keys(
        "goal plan round rounds",
        may_read=f"{_STATE} result",
        writes="branch arguments why queue chat done",
        rewrites="result",
    )

    def __call__(self, message: Message, run: Run) -> Message:
        found = next_command(message)
        run.tell("round", number=message["round"], of=message["rounds"], branch=found.branch, why=found.why)
        data = {"branch": found.branch, "arguments": found.arguments, "why": found.why}
        return message.with_data(**data, queue=[], chat=[], done=[], result="")


def next_command(message: Message) -> Next:
    """Save what was accepted, tick what is saved, write what is open, and end when nothing is left to write."""
    plan = plans.parse(message["plan"], message["goal"])
    failed: dict[str, str] = message.get("failed", {})
    if message.get("draft") and not _clashed(message):
        return Next("save_code", {"replace": False}, "it was accepted")
    there = {*message.get("saved", []), *message.get("reused", [])}
    if ready := [step.number for step in plan.open if step.name in there]:
        return Next("update_plan", {"done": ready, "note": ""}, "it is in the library")
    if step := next((step for step in plan.open if not _needs(step, failed)), None):
        return Next("write_code", {"step": step.number, "note": ""}, f"step {step.number} is open")
    open_names = [step.name for step in plan.open]
    arguments = {"summary": _summary(message, open_names), "unfinished": bool(open_names)}
    return Next("finish", arguments, "no step is left to write" if open_names else "every step is done")


def _clashed(message: Message) -> bool:
    """Whether the draft that waits has the name of a function which nobody wants to replace."""
    draft = message.get("draft")
    return bool(draft) and draft["draft"]["name"] in message.get("failed", {})


def _needs(step: Step, failed: Sequence[str] | dict[str, str]) -> bool:
    """Whether a step failed, or speaks of one that did."""
    return any(name == step.name or name in f"{step.does} {' '.join(step.examples)}" for name in failed)


def _summary(message: Message, left: Sequence[str]) -> str:
    """What was saved, what was there, and why the rest is open."""
    made: dict[str, str] = message.get("made", {})
    reused, failed = message.get("reused", []), message.get("failed", {})
    saved = list(dict.fromkeys(name for name in made.values() if name in message.get("saved", [])))
    told = [f"{_listed(saved)} {'is' if len(saved) == 1 else 'are'} in the library now, tested."] if saved else []
    told += [f"{step}: {made[step]} was there already and does it." for step in reused if step in made]
    told += [f"Not saved: {name}. {failed[name]}" for name in left if name in failed]
    others = [name for name in left if name not in failed]
    told += [f"Not begun, since it needs what failed: {_listed(others)}."] if others else []
    return " ".join(told) or "There was nothing to do."


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
