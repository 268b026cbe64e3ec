"""Notes in `.coder`: which keys are done, which log files wait for a commit, and the write that is under way."""

import json
import os
from pathlib import Path
from typing import Any

from memory.disk import Batch, add_line, make_folder, put, temporary_in


class Notes:
    """The notes of one library, in its private folder. All are used under its lock.

    Args:
        folder: `.coder`, which git ignores.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending = folder / "pending"

    def begin(self) -> None:
        """Make the folder; git is told by a file inside it to ignore it, so that nobody's .gitignore is touched."""
        if not (self._folder / ".gitignore").exists():
            make_folder(self._folder)
            put(self._folder / ".gitignore", b"*\n")

    def sweep(self) -> None:
        """Remove the temporary files of runs that are dead."""
        for left in self._folder.glob("new-*-*"):
            if not _alive(left.name.split("-")[1]):
                left.unlink(missing_ok=True)

    # -- keys

    def has(self, notes: str) -> bool:
        """Whether there are notes of this kind: "keys" of commits, "lines" of logs."""
        return (self._folder / notes).exists()

    def note(self, notes: str, key: str, **values: Any) -> None:
        """Write down JSON values about a key. Survives a kill; a loss of power may take the newest notes."""
        add_line(self._folder / notes, json.dumps({"key": key, **values}).encode(), sync=False)

    def noted(self, notes: str, key: str) -> dict[str, Any] | None:
        """What was last noted about a key, None when nothing was."""
        path, start = self._folder / notes, f'{{"key": {json.dumps(key)}, '.encode()
        lines = path.read_bytes().splitlines() if path.exists() else []
        for line in reversed(lines):
            # A line that lost its end together with the power is no note.
            if line.startswith(start) and line.endswith(b"}"):
                return json.loads(line)
        return None

    # -- logs that wait for the next commit

    def along(self) -> list[str]:
        """Files that go along with the next commit."""
        path = self._folder / "along"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def go_along(self, file: str) -> None:
        """From now on this file goes along."""
        if file not in self.along():
            add_line(self._folder / "along", file.encode(), sync=True)

    # -- the write under way

    def waits(self) -> bool:
        """Whether a write began and did not end."""
        return self._pending.exists()

    def pending(self) -> dict[str, Any]:
        """The write under way. Raises ValueError when it was not written whole."""
        return json.loads(self._pending.read_bytes())

    def put_pending(self, pending: dict[str, Any], batch: Batch) -> None:
        """Add to `batch` what is about to happen; it has its name after all that was added before."""
        batch.add(self._pending, json.dumps(pending).encode(), temporary_in(self._folder))

    def end_pending(self) -> None:
        """It has happened."""
        self._pending.unlink(missing_ok=True)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
