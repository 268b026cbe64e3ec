"""Recording: a run as lines of JSON, exported from the journal, and the model that gives its replies again."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from coder.errors import RecordingOver, RefusedInput
from coder.model.model import Reply, ReplyOptions, Tool, Turn, Watch
from coder.run.events import Event, Listener
from coder.run.journal import Journal
from memory.disk import read_plain
from memory.json_values import from_json
from memory.secrets import without_secrets

FORMAT = 1
DEEPEST, BIGGEST = 50, 2**53  # lists in lists, and whole numbers, that a recording may hold
LIMIT = 64_000_000  # bytes
HINT = "Make one with: coder replay --export"
WORDS = {"plan": "plan", "code": "draft"}  # what may come once more


@dataclass(frozen=True)
class Recording:
    """A goal and the effects of its run in order, as (name, value)."""

    goal: str
    model: str
    effects: tuple[tuple[str, Any], ...]

    def replies(self, purpose: str) -> list[Reply]:
        """The model's replies for one purpose ("plan", "control", "code", ...)."""
        return [from_json(Reply, value) for name, value in self.effects if name == f"model:{purpose}"]


def export(journal: Journal) -> str:
    """The run as JSON lines: a header, then one effect a line. Holds no key and no path."""
    head = {"coder": FORMAT, "goal": journal.goal, "model": journal.settings.get("model", "")}
    kept = [e for e in journal.effects() if e.name.startswith(("model:", "person:"))]
    rows = [{"name": effect.name, "value": effect.value} for effect in kept]
    return without_secrets("".join(json.dumps(row) + "\n" for row in [head, *rows]))


def read(path: Path) -> Recording:
    """The recording in a file.

    Raises:
        RefusedInput: the file is not a recording; names the line.
    """
    try:
        lines = read_plain(path, LIMIT).decode("utf-8").split("\n")
    except OSError as error:
        raise RefusedInput(f"The recording {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RefusedInput(f"The recording {path} is not UTF-8: {error}.") from error
    rows = [_row(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    head = rows[0] if rows else {}
    if head.get("coder") != FORMAT or not isinstance(head.get("goal"), str):
        raise RefusedInput(f"{path} is not a recording of format {FORMAT}.", HINT)
    return Recording(head["goal"], str(head.get("model", "")), tuple((row["name"], row["value"]) for row in rows[1:]))


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    """One line, checked: the head, or an effect whose value will do."""
    wrong = ""
    try:
        parsed: Any = json.loads(line)
        _check_plain(parsed)
    except RecursionError:
        raise RefusedInput(f"{path} is not a recording: line {number} is nested too deeply.", HINT) from None
    except ValueError as error:
        raise RefusedInput(f"{path} is not a recording: line {number} is not JSON ({error}).", HINT) from error
    row = cast(dict[str, Any], parsed) if isinstance(parsed, dict) else {}
    if not row:
        wrong = "is no JSON object"
    elif "coder" not in row and not (isinstance(row.get("name"), str) and "value" in row):
        wrong = "lacks name or value"
    elif str(row.get("name")).startswith("model:"):
        try:
            from_json(Reply, row["value"])
        except RefusedInput as error:
            wrong = f"is no reply of a model ({error.message.removesuffix('.')})"
    if wrong:
        raise RefusedInput(f"{path} is not a recording: line {number} {wrong}.", HINT)
    return row


def _check_plain(value: Any, depth: int = 0) -> None:
    """Raise ValueError (RecursionError: for depth) for what JSON can say and no recording holds."""
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        for key, inner in cast(dict[str, Any], value).items():
            _check_plain(key, depth + 1)
            _check_plain(inner, depth + 1)
    elif isinstance(value, list):
        for inner in cast(list[Any], value):
            _check_plain(inner, depth + 1)
    elif isinstance(value, str):
        value.encode()  # half a character cannot be written anywhere
    elif isinstance(value, int | float) and not abs(value) <= BIGGEST:
        raise ValueError("it holds a number that is none or is too big")


class ReplayModel:
    """Gives the recorded replies again, each purpose in its own order.

    A resumed run goes on behind the purposes that are `done`. What the person does may differ from the recording. Then
    the last plan or draft comes once more if there is a `listener` to be told so: who accepts it is back on the path.
    """

    def __init__(self, recording: Recording, done: Sequence[str] = ()) -> None:
        self.name = f"{recording.model or 'model'} (recorded)"
        self.listener: Listener | None = None  # set by whoever can show that a reply comes once more
        self._recording = recording
        self._given = Counter(done)

    def complete(
        self,
        purpose: str,
        chat: Sequence[Turn],
        tools: Sequence[Tool],
        watch: Watch,
        options: ReplyOptions = ReplyOptions(),
    ) -> Reply:
        """The next recorded reply of this purpose.

        Raises:
            RecordingOver: the recording has none for that.
        """
        given, replies = self._given[purpose], self._recording.replies(purpose)
        over = given >= len(replies)
        if over and (purpose not in WORDS or not replies or self.listener is None):
            raise RecordingOver(
                f"The recording has no further reply for {purpose!r}: its model has nothing for what you decided."
                " What you accepted is kept.",
                "Run it again and accept its plan and its draft; a model of your own would go on: coder doctor",
            )
        if over and self.listener:
            again = f"The recorded model has nothing for that, so its last {WORDS[purpose]} comes once more: accept it"
            self.listener(Event("note", {"level": "warning", "text": f"{again} to go on with the recorded path."}))
        self._given[purpose] += 1
        reply = replies[min(given, len(replies) - 1)]
        for line in reply.text.splitlines(keepends=True):
            watch.on_text(line)
        return reply
