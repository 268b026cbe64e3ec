"""update_plan: ticks steps by number; the model never retypes the plan, so no step can vanish or change."""

from dataclasses import dataclass
from typing import Any

from coder.flows.branch import Branch, Outcome
from coder.flows.branches.write_plan import WritePlan
from coder.flows.command import Command, argument
from coder.flows.message import Message, keys
from coder.run.run import Run
from memory import plan as plans


@dataclass(frozen=True)
class UpdatePlanArguments:
    """What update_plan takes."""

    done: list[int] = argument("numbers of the steps that are done")  # noqa: RUF009 - a field, as in the other branches
    note: str = argument("a remark to keep with them", "")


@dataclass(frozen=True)
class UpdatePlan(Branch):
    """A step can only be ticked when its function is in the library."""

    command = Command("update_plan", "Mark steps as done.", UpdatePlanArguments)
    own = keys("plan goal", may_read="saved reused", may_write="plan")
    planner: WritePlan

    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
        plan = plans.parse(message["plan"], message["goal"])
        there = {step.number: step for step in plan.steps}
        if unknown := [n for n in arguments["done"] if n not in there]:
            return Outcome(False, f"There is no step {unknown}; the plan has {sorted(there)}.")
        saved = {*message.get("saved", []), *message.get("reused", [])}
        if unsaved := [there[n].name for n in arguments["done"] if there[n].name not in saved and not there[n].done]:
            return Outcome(False, f"{', '.join(unsaved)}: not saved in this run, so the step is not done.")
        ticked = plan.tick(arguments["done"], arguments["note"])
        text = plans.render(ticked)
        self.planner.tick(run, arguments["done"], arguments["note"], message["goal"], plan)
        left = ", ".join(f"{step.number} {step.name}" for step in ticked.open) or "none"
        return Outcome(True, f"Ticked. Open steps: {left}.", f"done {arguments['done']}", {"plan": text})
