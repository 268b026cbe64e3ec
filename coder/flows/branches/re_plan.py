"""re_plan: something is wrong with the plan; the open steps are drafted again and the person agrees again."""

from dataclasses import dataclass, replace
from typing import Any

from coder.flows.branch import Branch, Outcome
from coder.flows.branches.write_plan import WritePlan, library_of, with_example
from coder.flows.command import Command, argument
from coder.flows.message import Message, keys
from coder.run.chat import opening
from coder.run.run import Run
from memory import plan as plans
from memory.plan import Plan
from memory.text_diff import changes


@dataclass(frozen=True)
class RePlanArguments:
    """What re_plan takes."""

    problem: str = argument("what is wrong with the plan and how it should change")


@dataclass(frozen=True)
class RePlan(Branch):
    """The controller is told the change as a diff, so that a new plan cannot surprise it."""

    command = Command("re_plan", "Have the open steps of the plan drafted again.", RePlanArguments)
    own = keys("goal plan memory", may_read="sources", may_write="plan sources edited failed")
    planner: WritePlan

    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
        goal, old, memory = message["goal"], message["plan"], message["memory"]
        problem, library = arguments["problem"], library_of(memory)
        chat = with_example(opening("plan", "replan", goal=goal, plan=old, problem=problem, library=library))
        agreed = self.planner.agree(run, goal, chat, memory)
        text = plans.render(_keep_done(plans.parse(old, goal), plans.parse(agreed["plan"], goal)))
        self.planner.commit(run, text, f"plan again: {arguments['problem'][:60]}", agreed["by"])
        sources = {**message.get("sources", {}), **agreed["sources"]}
        data = {"plan": text, "sources": sources, "edited": agreed["edited"], "failed": {}}
        return Outcome(True, f"The plan changed:\n{changes(old, text)}", arguments["problem"], data)


def _keep_done(old: Plan, new: Plan) -> Plan:
    """A step that was done stays done and stays there, whatever the draft says; so do words for the whole plan."""
    done = {step.name: step for step in old.steps if step.done}
    kept = [*done.values(), *(replace(step, done=False) for step in new.steps if step.name not in done)]
    steps = tuple(replace(step, number=n) for n, step in enumerate(kept, 1))
    return replace(new, steps=steps, notes=tuple(dict.fromkeys([*old.notes, *new.notes])))
