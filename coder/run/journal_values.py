"""What a journal holds, as values: an effect, a run as the list shows it; and the lock of a run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from coder.errors import Locked, WiringError
from coder.run.database import explained
from memory.lock import holder, is_held, take

OVER = ("done", "ended", "dropped")  # what a run is called that nothing more can come of


@dataclass(frozen=True)
class Effect:
    """One recorded effect.

    Args:
        seq: in which order it was recorded, from 1.
        name: such as "model:plan"; "interrupt" where the person stopped an effect.
        value: the JSON value; for an interrupt the decision.
        seconds: what it took to make.
        at: when it was recorded, "2026-11-21T02:20:31Z".
        during: for an interrupt the name of the effect that was stopped.
        place: in the tree of flows; "" where there was none, or it is not known.
    """

    seq: int
    name: str
    value: Any
    seconds: float
    at: str
    during: str = ""
    place: str = ""


@dataclass(frozen=True)
class RunRow:
    """One run as the list shows it; `effects` counts them, `live` says whether a living process is at it."""

    id: str
    goal: str
    status: str
    started: str
    ended: str
    effects: int
    settings: dict[str, Any]
    live: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it can go on: it is neither done, nor ended by the person, nor dropped."""
        return self.status not in OVER


def json_of(name: str, value: Any) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise WiringError(f"the effect {name!r} gave what JSON cannot hold: {error}.") from error


def run_row(path: Path, row: tuple[Any, ...]) -> RunRow:
    """A row as it was written by this program. Raises ValueError for one that was not."""
    run, goal, status, started, ended = map(checked_text, row[:5])
    status = "ended" if row[7] and status == "unfinished" else status  # older versions did not tell the two apart
    if not (run.isascii() and run.isalnum() and len(run) <= 40):  # it becomes the name of a file
        raise ValueError(f"no id of a run: {run[:40]!r}")
    return RunRow(
        run, goal, status, started, ended, int(row[6]), checked_mapping(row[5]), is_held(lock_file(path, run))
    )


def checked_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is expected where there is {type(value).__name__}")
    return value


def text_or_empty(value: Any) -> str:
    return "" if value is None else checked_text(value)


def checked_mapping(text: Any) -> dict[str, Any]:
    value: Any = json.loads(checked_text(text))
    if not isinstance(value, dict):
        raise TypeError(f"a mapping is expected where there is {type(value).__name__}")
    return cast(dict[str, Any], value)


def lock_file(path: Path, run: str) -> Path:
    return path.parent / f"run-{run}.lock"


def hold(path: Path, run: str) -> int:
    file = lock_file(path, run)
    try:
        with explained(path):
            return take(file, 0, f"run {run}")
    except Locked:
        raise Locked(f"run {run} is still going on: {holder(file)}.", "Go on there, or end it first.") from None
