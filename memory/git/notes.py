"""Notes in `.coder`: which keys are done, which log files wait for a commit, and the write that is under way."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from memory.alive import is_alive
from memory.disk import Batch, add_line, is_below, read_below
from memory.git.trust import prepare


class Notes:
    """The notes of one library, in its private folder. All are used under its lock.

    Args:
        folder: `.coder`, which git ignores.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending = folder / "pending"

    def begin(self) -> None:
        """Make the folder, or be sure that it was made here: nothing in it is read before this.

        Raises:
            Untrusted: it came from somebody else.
        """
        prepare(self._folder)

    def sweep(self) -> None:
        """Remove the temporary files of runs that are dead."""
        for left in self._folder.glob("new-*-*"):
            if not is_alive(left.name.split("-")[1]):
                left.unlink(missing_ok=True)

    # -- keys

    def has(self, notes: str) -> bool:
        """Whether there are notes of this kind: "keys" of commits, "lines" of logs."""
        return is_below(self._folder, notes)

    def note(self, notes: str, key: str, **values: Any) -> None:
        """Write down JSON values about a key. Survives a kill; a loss of power may take the newest notes."""
        add_line(self._folder / notes, json.dumps({"key": key, **values}).encode(), sync=False)

    def noted(self, notes: str, key: str) -> dict[str, Any] | None:
        """What was last noted about a key, None when nothing was."""
        start = f'{{"key": {json.dumps(key)}, '.encode()
        for line in reversed((read_below(self._folder, notes) or b"").splitlines()):
            # A line that lost its end together with the power is no note.
            if line.startswith(start) and line.endswith(b"}"):
                return json.loads(line)
        return None

    # -- logs that wait for the next commit

    def along(self) -> list[str]:
        """Files that go along with the next commit."""
        return (read_below(self._folder, "along") or b"").decode("utf-8", "replace").splitlines()

    def go_along(self, file: str) -> None:
        """From now on this file goes along."""
        if file not in self.along():
            add_line(self._folder / "along", file.encode(), sync=True)

    # -- the write under way

    def waits(self) -> bool:
        """Whether a write began and did not end."""
        return os.path.lexists(self._pending)

    def pending(self) -> dict[str, Any]:
        """The write under way. Raises ValueError when it was not written whole."""
        return json.loads(read_below(self._folder, self._pending.name) or b"")

    def put_pending(self, pending: dict[str, Any], batch: Batch) -> None:
        """Add to `batch` what is about to happen; it has its name after all that was added before."""
        batch.add(self._pending, json.dumps(pending).encode())

    def end_pending(self) -> None:
        """It has happened."""
        self._pending.unlink(missing_ok=True)

    def note_left(self, file: str, data: bytes) -> None:
        """A file was given this content, which the next write commits along."""
        self.note("left", file, sha=hashlib.sha256(data).hexdigest())

    def is_left(self, file: str, data: bytes | None) -> bool:
        """Whether that is still what the file holds."""
        noted = self.noted("left", file) if data is not None else None
        return noted is not None and data is not None and noted["sha"] == hashlib.sha256(data).hexdigest()
