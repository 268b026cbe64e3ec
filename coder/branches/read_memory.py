"""read_memory: what the memory files hold for this goal: plan, the log's tail, and what the library offers."""

from dataclasses import dataclass
from typing import Any

from coder.flow import Keys
from coder.message import Message
from coder.run import Run
from library.search import Hit
from library.store import Library
from memory import log
from memory.store import Memory

LOG_LINES = 6
OFFERED = 10


@dataclass(frozen=True)
class ReadMemory:
    """Reads; never the whole library, only what fits the goal."""

    run: Run
    memory: Memory
    library: Library
    plan_file: str
    log_file: str
    offers: bool = True
    name: str = "read_memory"
    reads: Keys = frozenset({"goal"})
    writes: Keys = frozenset({"memory", "plan"})

    def __call__(self, message: Message) -> Message:
        found = self.run.effect("memory", lambda: self._read(message["goal"]))
        if found != message.get("memory"):
            self._tell(found, first=message.get("memory") is None)
        plan = found["plan"] if message.get("plan") is not None else ""
        return message.with_data(memory=found, plan=plan)

    def _read(self, goal: str) -> dict[str, Any]:
        problem = self.library.problem()
        return {
            "plan": self.memory.read(self.plan_file),
            "log": log.digest(self.memory.read(self.log_file), LOG_LINES) if self.offers else [],
            "functions": len(self.library.functions()) if self.offers else 0,
            "relevant": [offer(self.library, hit.function.name) for hit in self._near(goal)],
            "problem": str(problem) if problem else "",
        }

    def _near(self, goal: str) -> list[Hit]:
        return self.library.search(goal, OFFERED) if self.offers else []

    def _tell(self, found: dict[str, Any], first: bool) -> None:
        if first or found["problem"]:
            self.run.tell("memory", **found)


def offer(library: Library, name: str) -> dict[str, str]:
    """A function as the model is shown it: signature, one line, one example of its tests."""
    function = library.get(name)
    assert function is not None, name
    return {"signature": function.signature, "summary": function.summary, "example": library.example(name)}


def offers_text(offers: list[dict[str, str]], total: int) -> str:
    """The offered functions as lines for a prompt."""
    if not offers:
        return f"({total} functions, none of them near this goal)" if total else "(no functions yet)"
    lines = [
        f"{o['signature']}\n    {o['summary']}" + (f"  e.g. {o['example']}" if o["example"] else "") for o in offers
    ]
    return "\n".join(lines) + (f"\n({total} functions in all)" if total > len(offers) else "")
