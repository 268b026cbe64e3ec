"""Ticks of the plans that go with saves: taken back, a step is open again; brought back, it is done."""

import re
from collections.abc import Iterable

from memory.errors import PlanError
from memory.git.commit import Commit
from memory.plan import Plan
from memory.plan_files import Plans
from memory.store import Memory

_KEY = re.compile(r"(\w+)-save-[\w-]+")
_NAME = re.compile(r"(?:save|replace) (\w+)")
_STEP = re.compile(r"^For step (\w+)\.", re.MULTILINE)


def move_ticks(memory: Memory, plan_file: str, saves: Iterable[Commit], *, done: bool) -> list[str]:
    """Tick the steps that these saves did, or open them again, each in the plan of its own run.

    Returns:
        A line for each plan that changed.
    """
    names: dict[str, set[str]] = {}
    for save in saves:
        run, step = step_of(save)
        if run and step:
            names.setdefault(run, set()).add(step)
    kept, told = Plans(memory, plan_file), list[str]()
    for run, steps in names.items():
        moved = list[str]()

        def change(plan: Plan, steps: set[str] = steps, moved: list[str] = moved) -> Plan:
            numbers = [step.number for step in plan.steps if step.name in steps and step.done != done]
            moved += [step.name for step in plan.steps if step.number in numbers]
            return plan.tick(numbers) if done else plan.untick(moved)

        try:
            kept.change(run, change)
        except PlanError as error:
            told.append(f"The plan of run {run} stays as it is: {error.message}")
        if moved:
            told.append(f"{'Done' if done else 'Open'} again in the plan of run {run}: {', '.join(moved)}.")
    return told


def step_of(save: Commit) -> tuple[str, str]:
    """The run that made a save, and the name of the step that it did; "" for what no run has made."""
    key, name, step = _KEY.fullmatch(save.key), _NAME.match(save.title), _STEP.search(save.why)
    return (key[1] if key else ""), (step[1] if step else name[1] if name else "")
