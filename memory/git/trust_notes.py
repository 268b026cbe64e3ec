"""What a person has trusted, noted in their own data folder, where nobody can put it from outside."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from memory.disk import explained, put


@dataclass(frozen=True)
class TrustedFolder:
    """A folder that this person has trusted, or where coder made the private folder itself."""

    folder: str
    what: str
    note: Path


def known() -> Iterator[TrustedFolder]:
    """All that is noted, by folder."""
    for kind in ("made", "git"):
        for note in sorted(notes_of(kind).glob("*")):
            values = read_note(note)
            what = (
                "made here" if kind == "made" else f"git settings: {told([str(one) for one in values.get('what', [])])}"
            )
            if values:
                yield TrustedFolder(str(values.get("folder", "")), what, note)


def notes_of(kind: str) -> Path:
    """The folder of the notes of one kind: "made" or "git"."""
    from platformdirs import user_data_path  # 15 ms, and only here

    return user_data_path("coder") / "trust" / kind


def read_note(note: Path) -> dict[str, Any]:
    """What a note says; nothing if there is none."""
    try:
        values: Any = json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], values) if isinstance(values, dict) else {}


def put_note(note: Path, values: dict[str, Any]) -> None:
    """Write a note, for this person only."""
    with explained("note which folders are yours"):
        note.parent.parent.mkdir(parents=True, exist_ok=True)
        note.parent.mkdir(mode=0o700, exist_ok=True)
        put(note, json.dumps(values).encode(), mode=0o600)


def real(root: Path) -> Path:
    """A folder by its own name, without links."""
    return Path(os.path.realpath(root))


def told(what: list[str] | tuple[str, ...], most: int = 6) -> str:
    """A few of what was found, on one line."""
    more = f" and {len(what) - most} more" if len(what) > most else ""
    return ", ".join(what[:most]) + more
