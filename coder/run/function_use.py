"""Function use: how often each function was offered to the model, read by it, and taken instead of being written again.

Nothing is counted while a run goes on: the journal has it all, whole even after kill -9, and is looked through when
somebody asks. A run counts once for a function, however often it was offered in it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from coder.errors import MemoryFault, Untrusted
from coder.run.database import connect, explained

OFFERED = {"memory": "model:plan", "search": "model:code"}  # effects that find signatures, and what is shown them
READ = ("read",)  # effects that show whole bodies
TAKEN = {"reuse": ("person:reuse", "u"), "twins": ("person:twin", "k")}  # what would do instead, and who takes it


@dataclass
class UseCount:
    """One function: in how many runs it was offered, read, and taken as it is; `last` is the UTC time of the last."""

    offered: int = 0
    read: int = 0
    taken: int = 0
    last: str = ""

    def plus(self, other: "UseCount") -> "UseCount":
        """Both together, for a function that had another name before."""
        counts = (self.offered + other.offered, self.read + other.read, self.taken + other.taken)
        return UseCount(*counts, max(self.last, other.last))


def read_use_counts(journal: Path) -> dict[str, UseCount]:
    """What the journal of a library says of each function; nothing where there is no journal.

    Raises:
        MemoryFault: the journal is damaged or of a newer version.
    """
    if not journal.exists():
        return {}
    names = (*OFFERED, *OFFERED.values(), *READ, *TAKEN, *(asked for asked, _ in TAKEN.values()))
    marks = ", ".join("?" * len(names))
    value = "CASE WHEN name LIKE 'model:%' THEN 'null' ELSE value END"  # replies are long, and not wanted
    columns = f"run, coalesce(place, ''), name, {value}, at"
    wanted = f"SELECT {columns} FROM effects WHERE during IS NULL AND name IN ({marks}) ORDER BY run, seq"
    with explained(journal):
        db = connect(journal)
        try:
            return _counted(db.execute(wanted, names).fetchall())
        finally:
            db.close()


def use_counts_or_nothing(journal: Path) -> tuple[dict[str, UseCount], str]:
    """As `read_use_counts`; where it cannot be read nothing, and why, since a report can do without."""
    try:
        return read_use_counts(journal), ""
    except (MemoryFault, Untrusted) as fault:
        return {}, fault.message


def _counted(rows: list[tuple[str, str, str, str, str]]) -> dict[str, UseCount]:
    found: dict[str, UseCount] = {}
    seen: set[tuple[str, str, str]] = set()
    keys = dict(TAKEN.values())
    waiting: dict[tuple[str, str, str], list[str]] = {}  # run, place, effect -> what it found, not shown or decided yet
    for run, at_place, effect, text, at in rows:
        value = json.loads(text)
        place = "" if effect in ("memory", "model:plan") else at_place  # the memory is read elsewhere than shown
        if effect in OFFERED or effect in TAKEN:
            waiting[run, place, OFFERED.get(effect) or TAKEN[effect][0]] = _names(value)
            continue
        names = _names(value) if effect in READ else waiting.pop((run, place, effect), [])
        how = "read" if effect in READ else "offered"
        if effect in keys:
            names, how = (names[:1] if value.get("text") == keys[effect] else []), "taken"
        for name in names:
            if (run, name, how) not in seen:
                seen.add((run, name, how))
                one = found.setdefault(name, UseCount())
                setattr(one, how, getattr(one, how) + 1)
                one.last = max(one.last, at)
    return found


def _names(value: Any) -> list[str]:
    """The functions in an effect's value: names, offers with a signature, or a mapping that holds such under a key."""
    if isinstance(value, str):
        return [name] if (name := value.removeprefix("async ").split("(")[0].strip()) else []
    if isinstance(value, list):
        return [name for item in cast(list[Any], value) for name in _names(item)]
    if isinstance(value, dict):
        held = cast(dict[str, Any], value)
        keys = ("relevant", "gives", "functions", "names", "signature", "name")
        inner = next((held[key] for key in keys if isinstance(held.get(key), str | list)), "")
        return _names(inner)
    return []
