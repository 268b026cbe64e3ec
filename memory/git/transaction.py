"""One change of the memory files, made so that `kill -9` at any instant leaves it done or not begun.

The new contents are written into `.coder` first, the old ones are kept there, then one small file `.coder/pending`
says what is about to happen. The new contents are renamed into place, git makes the commit (with the person's filters,
hooks and signature), its sha is noted, the branch is moved, the index is brought up to date, and `pending` goes.
Whoever opens the folder next finds `pending` and does the rest. If git, a hook or the disk refuses before the branch
has moved, the old contents are put back: not begun. Step by step: docs/decisions/git.md.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from memory.disk import Batch, move_below, remove_below, temporary_in
from memory.errors import HookRefused, MemoryFault
from memory.git.blob import blob_name
from memory.git.commit import Commit, told
from memory.git.notes import Notes

if TYPE_CHECKING:
    from memory.git.repository import Repository

_VERSION = 2  # of `pending`; what an older program left is of another form


class Edited(Exception):
    """The person saved one of the files while it was about to be written; look at it again."""


class Transactions:
    """Makes changes in one folder; everything here is done under its lock.

    Args:
        root: the folder with the files.
        private: `.coder`, on the same file system.
        notes: the notes in it.
        read: the content of a file, None when there is none.
    """

    def __init__(self, root: Path, private: Path, notes: Notes, read: Callable[[str], bytes | None]) -> None:
        self._root = root
        self._private = private
        self._notes = notes
        self._read = read

    def commit(
        self,
        repository: "Repository",
        new: Mapping[str, bytes | None],
        old: Mapping[str, bytes | None],
        text: str,
        key: str,
        *,
        logs: bool = True,
    ) -> Commit | None:
        """Make one commit of these contents and the log lines that wait.

        Args:
            new: file -> whole new content, None to delete it.
            old: what each of them held when it was last looked at: what HEAD has, or the new content.
            text: the commit message with its trailers.
            key: noted when the commit is made; may be "".
            logs: whether log lines go along.

        Returns:
            The commit, None when there is nothing to commit.

        Raises:
            Edited: the person was faster; nothing is changed.
            MemoryFault: git, a hook of the person's or the disk refuses; nothing is changed.
        """
        head = repository.head()
        along = self._along(repository, head, new) if logs and not repository.busy() else {}
        if not new and not along and "Coder-Undoes: " not in text and "Coder-Redoes: " not in text:
            return None
        text += "".join(f"Coder-Along: {file}\n" for file in along)
        pending = {
            "version": _VERSION,
            "parent": head,
            "commit": None,
            "files": {file: [_name(old[file]), _name(data)] for file, data in new.items()},
            "along": along,
            "message": text,
            "key": key,
        }
        self._prepare(new, old, pending)
        return self._complete(repository, pending, fresh=True)

    def _along(
        self, repository: "Repository", head: str | None, new: Mapping[str, bytes | None]
    ) -> dict[str, str | None]:
        """The log files that have lines which are in no commit, and names for what they hold."""
        waiting = {file: self._read(file) for file in self._notes.along() if file not in new}
        kept = repository.blobs(head, waiting)
        return {
            file: _name(data)
            for file, data in waiting.items()
            if data is not None
            and not (file == ".gitignore" and kept[file])
            and not repository.same(file, kept[file], data)
        }

    def _prepare(
        self, new: Mapping[str, bytes | None], old: Mapping[str, bytes | None], pending: dict[str, Any]
    ) -> None:
        """Keep the old contents, and put the new ones and `pending` on disk, `pending` last."""
        self._clear()
        with Batch(self._private) as batch:
            for number, (file, data) in enumerate(new.items()):
                if data == old[file]:
                    continue
                if self._read(file) != old[file]:
                    raise Edited
                place = self._root / file
                if old[file] is not None:
                    _keep(place, self._last(number))
                if data is not None:
                    mode = place.stat().st_mode & 0o7777 if old[file] is not None else None
                    batch.add(self._next(number), data, mode=mode)
            self._notes.put_pending(pending, batch)

    def _next(self, number: int) -> Path:
        return self._private / f"next-{number}"

    def _last(self, number: int) -> Path:
        return self._private / f"last-{number}"

    def sweep(self) -> None:
        """Remove what a change that is over left behind when it was killed at its very end."""
        if not self._notes.waits():
            self._clear()

    def _clear(self) -> None:
        for form in ("next-*", "last-*"):
            for left in self._private.glob(form):
                left.unlink(missing_ok=True)

    def _put(self, pending: dict[str, Any]) -> None:
        with Batch(self._private) as batch:
            self._notes.put_pending(pending, batch)

    def _end(self) -> None:
        self._notes.end_pending()
        self._clear()

    def _complete(self, repository: "Repository", pending: dict[str, Any], *, fresh: bool = False) -> Commit:
        """Do what `pending` says, from wherever it stands; every part may be done already. `fresh`: none is."""
        try:
            self._bring_about(repository, pending, fresh)
        except (Edited, MemoryFault, OSError) as error:
            if not pending["commit"] or not repository.contains(pending["commit"]):
                self._take_back(pending, error)
                raise
        files = (*pending["files"], *pending["along"])
        repository.stage(pending["commit"], files, lambda: self._holds(pending, along=True))
        if pending["key"] and (self._notes.noted("keys", pending["key"]) or {}).get("commit") != pending["commit"]:
            self._notes.note("keys", pending["key"], commit=pending["commit"])
        self._end()
        repository.committed()
        # As git will tell it from now on: the second in which it was made, not the one in which it ended.
        return told(pending["commit"], pending["message"], pending["at"], files)

    def _bring_about(self, repository: "Repository", pending: dict[str, Any], fresh: bool) -> None:
        """Files in place, commit made, branch moved."""
        from memory.git.repository import Disturbed, HeadMoved

        def undisturbed() -> bool:
            return self._holds(pending)

        while True:
            head = pending["parent"] if fresh else repository.head()  # when it has moved, git will say so
            fresh = False
            if pending["commit"] and head != pending["parent"] and repository.contains(pending["commit"]):
                return
            if not self._place(pending["files"]):
                raise Edited
            if not pending["commit"] or head != pending["parent"]:  # or somebody committed since: ours goes on top
                files, index = (*pending["files"], *pending["along"]), temporary_in(self._private)
                message = pending.get("asked", pending["message"])
                try:
                    made = repository.commit(head, files, message, index, undisturbed)
                except Disturbed:
                    raise Edited from None
                pending |= {"parent": head, "commit": made.sha, "message": made.message, "at": made.at}
                pending["asked"] = message  # without what a hook has put in
                self._put(pending)
            with suppress(HeadMoved):
                repository.move(head, pending["commit"], pending["message"])
                return

    def _holds(self, pending: dict[str, Any], *, along: bool = False) -> bool:
        wanted: dict[str, str | None] = {file: new for file, (_, new) in pending["files"].items()}
        wanted |= pending["along"] if along else {}
        return all(_name(self._read(file)) == name for file, name in wanted.items())

    def _place(self, files: Mapping[str, Any]) -> bool:
        """Put the new contents in place; False, and nothing changed, when a file holds neither the old nor the new."""
        todo: list[tuple[int, str, str | None]] = []
        for number, (file, (old, new)) in enumerate(files.items()):
            now = _name(self._read(file))
            if now != new:
                if now != old or (new and not self._next(number).exists()) or self._leads_away(file):
                    return False
                todo.append((number, file, new))
        for number, file, new in todo:
            if new is None:
                self._remove(file)
            else:
                self._move(self._next(number), file)
        return True

    def _move(self, kept: Path, file: str) -> None:
        move_below(kept, self._root, file)

    def _remove(self, file: str) -> None:
        remove_below(self._root, file)

    def _leads_away(self, file: str) -> bool:
        parts = [self._root / file, *(self._root / file).parents][: len(PurePosixPath(file).parts)]
        return any(part.is_symlink() for part in parts)

    def _take_back(self, pending: dict[str, Any], error: Exception) -> None:
        """Put back what the files held before; what somebody else has written into them meanwhile is kept."""
        if not pending.get("back"):
            pending["back"] = True
            with suppress(OSError):  # a full disk: a kill now would do it again from the beginning
                self._put(pending)
        left: list[str] = []
        for number, (file, (old, new)) in enumerate(pending["files"].items()):
            now = _name(self._read(file))
            if now == old:
                continue
            if now != new:
                left.append(file)
                if not isinstance(error, HookRefused) or now is None or self._leads_away(file):
                    continue
                (self._root / file).replace(self._refused(file))  # a formatter as hook, most likely
            if old is None:
                self._remove(file)
            elif self._last(number).exists() and not self._leads_away(file):
                self._move(self._last(number), file)
        self._end()
        if left and isinstance(error, HookRefused):
            error.hint += f" It changed {', '.join(left)}: its text is kept in {self._refused(left[0]).parent}."
        elif left and isinstance(error, MemoryFault):
            error.hint += f" {', '.join(left)} was changed meanwhile and is left as it is."

    def _refused(self, file: str) -> Path:
        return self._private / f"refused-{file.replace('/', '-')}"

    def recover(self, repository: "Repository") -> None:
        """Finish the change that a kill interrupted; `pending` is there."""
        try:
            pending = _checked(self._notes.pending())
        except (ValueError, KeyError, TypeError):
            self._end()  # the disk lost it together with the power: then nothing after it had begun
            return
        if pending.get("back"):
            self._take_back(pending, Edited())
            return
        try:
            self._complete(repository, pending)
        except Edited:
            return
        except MemoryFault:
            if self._notes.waits():
                raise  # else it was taken back: whoever asked for it is told when they ask again


def _checked(pending: Any) -> dict[str, Any]:
    """What was written down, with nothing in it that git could take for an option. Raises as a wrong form does."""
    if pending["version"] != _VERSION:
        raise ValueError(pending["version"])
    names = [*pending["along"].values(), *(sha for both in pending["files"].values() for sha in both)]
    for sha in (pending["parent"], pending["commit"], *names):
        if sha is not None and not (len(sha) in (40, 64) and set(sha) <= set("0123456789abcdef")):
            raise ValueError(sha)
    if pending["commit"]:
        int(pending["at"])
    if not all(isinstance(word, str) for word in (pending["message"], pending["key"], *pending["along"])):
        raise ValueError("message")
    return pending


def _name(data: bytes | None) -> str | None:
    """A name for the bytes of a file as it lies in the folder, whatever git makes of them."""
    return None if data is None else blob_name(data)


def _keep(place: Path, kept: Path) -> None:
    """Keep what a file holds, though another one will get its name."""
    try:
        os.link(place, kept, follow_symlinks=False)
    except OSError:  # no hard links on this file system
        shutil.copy2(place, kept, follow_symlinks=False)
