"""A stage for whole goals: replies and a plan by script, a folder for the library, and what the run told."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coder import app
from coder.app import JOURNAL, Ending
from coder.model.model import Scripted, ScriptedModel, calls
from coder.people.person import Person
from coder.run.events import Event
from coder.run.journal import Journal
from coder.settings import Settings

PLAN = """1. [ ] double(number: int) -> int
   Return twice the number.
   - double(2) == 4
   - double(-1) == -2
"""
TWO_STEPS = (
    PLAN
    + """2. [ ] quadruple(number: int) -> int
   Return four times the number, by double.
   - quadruple(2) == 8
"""
)
GOOD = '''```python
def double(number: int) -> int:
    """Return twice the number."""
    return number * 2
```

```python
def test_zero() -> None:
    assert double(0) == 0
```
'''
BAD = GOOD.replace("number * 2", "number * 3")
BADS = [GOOD.replace("number * 2", f"number * {by}") for by in range(3, 9)]
QUADRUPLE = '''```python
def quadruple(number: int) -> int:
    """Return four times the number."""
    return double(double(number))
```
'''
WRITE = calls(("write_code", {"step": 1, "why": "first"}))
SAVE = ("save_code", {"why": "accepted"})
TICK = ("update_plan", {"done": [1], "why": "saved"})
FINISH = ("finish", {"summary": "Numbers can be doubled.", "why": "all done"})
END = calls(SAVE, TICK, FINISH)


@dataclass
class Stage:
    """A folder for a library, and what a run in it told."""

    folder: Path
    events: list[Event] = field(default_factory=list[Event])
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    def parts(self, replies: Sequence[Scripted], person: Person) -> app.Parts:
        self.model = ScriptedModel(replies)
        values: dict[str, Any] = {"questions": 0, **self.settings}
        settings = Settings(library=str(self.folder / "lib"), **values)
        return app.parts(settings, self.model, person, self.events.append)

    def run(self, replies: Sequence[Scripted], person: Person, goal: str = "double numbers") -> Ending:
        return app.start(goal, self.parts(replies, person))

    def resume(self, replies: Sequence[Scripted], person: Person) -> Ending:
        parts = self.parts(replies, person)
        return app.resume(Journal.open(parts.memory.private / JOURNAL), parts)

    def text(self, name: str = "library.py") -> str:
        path = self.folder / "lib" / name
        return path.read_text() if path.exists() else ""

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [dict(event.data) for event in self.events if event.kind == kind]

    def said(self, chat: int) -> str:
        return "\n".join(str(turn["content"]) for turn in self.model.chats[chat])

    def log(self) -> list[str]:
        words = ["git", "-C", str(self.folder / "lib"), "log", "--format=%s"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
