"""read_memory: what the memory files hold for this goal: plan, the log's tail, and what the library offers."""

import re
from dataclasses import dataclass
from typing import Any

from coder.drafting.shown_functions import offers
from coder.errors import Unfinished
from coder.flows.message import Keys, Message, keys
from coder.people.question import Answer, Choose, Option
from coder.run.run import Run
from library.store import Library
from memory import log
from memory import plan as plans
from memory.plan_files import Plans
from memory.store import Memory
from memory.text_diff import changes

_RENAMED = re.compile(r"rename (\w+) to (\w+)$")
LOOK_BACK = 200  # commits of the library in which a new name is looked for
LOG_LINES = 6
OFFERED = 5


@dataclass(frozen=True)
class ReadMemory:
    """Reads; never the whole library, only what fits the goal."""

    memory: Memory
    library: Library
    plans: Plans
    log_file: str
    offers: bool = True
    name: str = "read_memory"
    keys: Keys = keys(
        "goal",
        may_read="memory plan made saved reused news",
        writes="memory plan",
        may_write="news",
        rewrites="made saved reused queue",
    )

    def __call__(self, message: Message, run: Run) -> Message:
        self._wait_until_readable(run)
        last: str | None = message.get("plan")
        made: dict[str, str] = message.get("made", {})
        found = run.effect("memory", lambda: self._read(run.journal.run, message["goal"], last, made))
        first = message.get("memory") is None
        if found != message.get("memory") and (first or found["problem"]):
            run.tell("memory", **found)
        plan = "" if last is None else found["plan"] or last
        return _with_news(message.with_data(memory=found, plan=plan), found, made, run)

    def _wait_until_readable(self, run: Run) -> None:
        """Nothing can be saved in files that do not parse, so no draft is paid for before they are mended.

        Looked at as they are now and not recorded: whoever comes back with `coder resume` may have mended them.

        Raises:
            Unfinished: nobody is there who could, or who is does not want to now.
        """
        while (problem := self.library.trouble()) is not None:
            options = (Option("t", "try again", "look again, once it is mended"), Option("q", "quit"))
            question = Choose(f"{problem.message} Mend it, then try again.", options, "q")
            if run.person.present and run.person.ask(question) == Answer("choice", "t"):
                continue
            raise Unfinished(problem.message, "Nothing can be saved until that is mended; then: coder resume")

    def _read(self, run: str, goal: str, last: str | None, made: dict[str, str]) -> dict[str, Any]:
        """All of it; with what happened to this run's plan and functions while nobody looked."""
        problem = self.library.problem()
        gone = sorted(step for step, name in made.items() if name_today(self.library, name) is None)
        plan = self.plans.read(run, goal)
        if gone and plan and last:
            plan = self.plans.change(run, lambda there: there.untick(gone), goal)
            last = plans.render(plans.parse(last, goal).untick(gone))
        return {
            "plan": plan,
            "gone": gone,
            "edited": changes(last, plan) if last and plan else "",
            "log": log.digest(self.memory.read(self.log_file), LOG_LINES) if self.offers else [],
            "functions": sum(one.public for one in self.library.functions()) if self.offers else 0,
            "relevant": offers(self.library, goal, OFFERED) if self.offers else [],
            "problem": str(problem) if problem else "",
        }


def _with_news(message: Message, found: dict[str, Any], made: dict[str, str], run: Run) -> Message:
    """What happened behind the run's back: commands that were given before it are void, the model is asked anew."""
    gone, edited = set[str](found.get("gone", [])), found.get("edited", "")
    news = [f"Taken back since, so the step is open again: {', '.join(sorted(gone))}."] if gone else []
    news += [f"The person edited the plan:\n{edited}"] if edited else []
    if not news:
        return message
    for text in news:
        run.tell("note", level="warning" if gone else "info", text=text)
    lost = gone | {made[step] for step in gone}
    run.so_far.saved[:] = [name for name in run.so_far.saved if name not in lost]
    kept = {key: [name for name in message.get(key, []) if name not in lost] for key in ("saved", "reused")}
    made = {step: name for step, name in made.items() if step not in gone}
    return message.with_data(**kept, made=made, news=[*message.get("news", []), *news], queue=[])


def name_today(library: Library, name: str) -> str | None:
    """What a function that was saved under this name is called now; None if it is not in the library any more."""
    if library.get(name) is None:
        for commit in reversed(library.memory.history(library.names.library, LOOK_BACK)):
            renamed = _RENAMED.match(commit.title)
            name = renamed[2] if renamed and renamed[1] == name else name
    return name if library.get(name) else None
