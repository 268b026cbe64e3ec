"""Recording: a run as lines of JSON, exported from the journal, and the model that gives its replies again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import prompts
from coder.errors import NoAnswer, RefusedInput
from coder.journal import Journal
from coder.model import Reply, Tool, Turn, Watch

FORMAT = 1


@dataclass(frozen=True)
class Recording:
    """A goal and the effects of its run in order, as (name, value)."""

    goal: str
    model: str
    effects: tuple[tuple[str, Any], ...]

    def replies(self, purpose: str) -> list[Reply]:
        """The model's replies for one purpose ("plan", "control", "code")."""
        return [Reply.from_json(value) for name, value in self.effects if name == f"model:{purpose}"]


def export(journal: Journal) -> str:
    """The run as JSON lines: a header, then one effect a line. Holds no key and no path."""
    head = {"coder": FORMAT, "goal": journal.goal, "model": journal.settings.get("model", "")}
    kept = [e for e in journal.effects() if e.name.startswith(("model:", "person:"))]
    rows = [{"name": effect.name, "value": effect.value} for effect in kept]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [head, *rows])


def read(path: Path) -> Recording:
    """The recording in a file.

    Raises:
        RefusedInput: the file is not a recording; names the line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedInput(f"The recording {path} cannot be read: {error}.") from error
    except json.JSONDecodeError as error:
        raise RefusedInput(f"{path} is not a recording: {error}.", "Make one with: coder replay --export") from error
    if not rows or not isinstance(rows[0], dict) or rows[0].get("coder") != FORMAT:
        raise RefusedInput(f"{path} is not a recording of format {FORMAT}.", "Make one with: coder replay --export")
    try:
        return Recording(rows[0]["goal"], rows[0]["model"], tuple((row["name"], row["value"]) for row in rows[1:]))
    except (KeyError, TypeError) as error:
        raise RefusedInput(f"{path} is not a recording: a line lacks {error}.") from error


class ReplayModel:
    """Gives the recorded replies again, each purpose in its own order; knows the purpose by tools and system text.

    What the person does may differ from the recording; a reply that was never recorded is a clear NoAnswer.
    """

    def __init__(self, recording: Recording) -> None:
        self.name = f"{recording.model or 'model'} (recorded)"
        self._left = {purpose: recording.replies(purpose) for purpose in ("plan", "control", "code")}

    def complete(self, chat: Sequence[Turn], tools: Sequence[Tool], watch: Watch) -> Reply:
        """The next recorded reply of this purpose.

        Raises:
            NoAnswer: the recording has none left.
        """
        system = chat[0]["content"]
        purpose = "control" if tools else "plan" if system == prompts.render("plan", "system") else "code"
        if not self._left[purpose]:
            raise NoAnswer(
                f"The recording has no further reply for {purpose!r}: this run went another way than the recorded one.",
                "With a model of your own it would go on; see: coder doctor",
            )
        reply = self._left[purpose].pop(0)
        for line in reply.text.splitlines(keepends=True):
            watch.on_text(line)
        return reply
