"""One change of the memory files, made so that `kill -9` at any instant leaves it done or not begun.

The new commit is stored first (nothing points to it yet), then one small file `.coder/pending` says what is about to
happen, then the files are renamed into place, the branch is moved, the index is brought up to date, and `pending`
goes. Whoever opens the folder next finds `pending` and does the rest. A loss of power is survived too: all contents
are synced, together, before the first of them gets its name.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory.commit import Commit, told
from memory.disk import Batch, remove_below, temporary_in
from memory.errors import MemoryFault
from memory.notes import Notes
from memory.objects import FILE, sha_of
from memory.swap import Moved

if TYPE_CHECKING:
    from memory.repository import Repository


class Edited(Exception):
    """The person saved one of the files while it was about to be written; look at it again."""


def same(entry: Sequence[Any] | None, data: bytes | None) -> bool:
    """Whether an entry of a tree (mode, sha) and a content (None: no file) are the same."""
    return entry is None if data is None else entry is not None and entry[1] == sha_of("blob", data)


class Change:
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
        self, repository: "Repository", new: Mapping[str, bytes | None], text: str, key: str, *, logs: bool = True
    ) -> Commit | None:
        """Make one commit of these contents and the log lines that wait.

        Args:
            new: file -> whole new content, None to delete it; each file holds what HEAD has.
            text: the commit message with its trailers.
            key: noted when the commit is made; may be "".
            logs: whether log lines go along.

        Returns:
            The commit, None when there is nothing to commit.

        Raises:
            Edited: the person was faster; nothing is changed.
        """
        head = repository.head().sha
        along: dict[str, bytes | None] = {}
        for file in self._notes.along() if logs and not repository.busy() else ():
            entry, data = repository.find(head, file), self._read(file)
            if file not in new and data is not None and not same(entry, data) and not (file == ".gitignore" and entry):
                along[file] = data
        if not new and not along and "Coder-Undoes: " not in text:
            return None
        if along:
            text += "".join(f"Coder-Along: {file}\n" for file in along)
        old = {file: repository.find(head, file) for file in (*new, *along)}
        objects, files = Batch(), Batch()
        try:
            entries = {
                file: None
                if data is None
                else ((old[file] or (FILE, ""))[0], repository.objects.write("blob", data, objects))
                for file, data in {**new, **along}.items()
            }
            pending = {
                "commit": repository.commit(head, entries, text, objects),
                "parent": head,
                "files": {file: [old[file], entries[file]] for file in new},
                "along": {file: entries[file] for file in along},
                "message": text,
                "key": key,
            }
            self._notes.put_pending(pending, objects)
            for file, data in new.items():
                if data is not None:
                    self._prepare(files, file, data)
            Batch.sync(objects, files)
            objects.place()
            return self._complete(repository, pending, files)
        finally:
            objects.discard()
            files.discard()

    def _prepare(self, files: Batch, file: str, data: bytes) -> None:
        files.add(self._root / file, data, temporary_in(self._private), below=self._root)

    def _complete(self, repository: "Repository", pending: dict[str, Any], ready: Batch | None = None) -> Commit:
        """Do what `pending` says, from wherever it stands; every part may be done already. `ready`: new contents."""
        entries: dict[str, tuple[int, str] | None] = {
            file: tuple(entry) if entry else None
            for file, entry in {
                **{file: both[1] for file, both in pending["files"].items()},
                **pending["along"],
            }.items()
        }
        while (head := repository.head()).sha == pending["parent"] or not repository.contains(pending["commit"]):
            if not self._place(repository, pending["files"], ready):
                self._notes.end_pending()  # their text stays as it is, whoever asked for this write looks again
                raise Edited
            if head.sha != pending["parent"]:  # somebody committed with git since: ours goes on top
                again = Batch()
                pending["commit"] = repository.commit(head.sha, entries, pending["message"], again)
                pending["parent"] = head.sha
                self._notes.put_pending(pending, again)
                Batch.sync(again)
                again.place()
            try:
                repository.move(head, pending["commit"], pending["message"])
            except Moved:
                continue
        repository.stage(entries)
        if pending["key"] and (self._notes.noted("keys", pending["key"]) or {}).get("commit") != pending["commit"]:
            self._notes.note("keys", pending["key"], commit=pending["commit"])
        self._notes.end_pending()
        # As git will tell it from now on: the second in which it was made, not the one in which it ended.
        return told(pending["commit"], pending["message"], repository.made_at(pending["commit"]), entries)

    def _place(self, repository: "Repository", files: Mapping[str, Any], ready: Batch | None) -> bool:
        """Put the new contents in place; False, and nothing changed, when a file holds neither the old nor the new."""
        todo: list[tuple[str, str | None]] = []
        for file, (old, new) in files.items():
            data = self._read(file)
            if not same(new, data):
                if not same(old, data):
                    return False
                todo.append((file, new[1] if new else None))
        batch = ready or Batch()
        for file, sha in todo:
            if sha is None:
                remove_below(self._root, file)
            elif ready is None:
                self._prepare(batch, file, repository.objects.read("blob", sha))
        if ready is None:
            Batch.sync(batch)
        batch.place()
        return True

    def recover(self, repository: "Repository") -> None:
        """Finish the change that a kill interrupted; `pending` is there."""
        try:
            pending = self._notes.pending()
            repository.objects.read("commit", pending["commit"])
        except (ValueError, KeyError, MemoryFault):
            self._notes.end_pending()  # the disk lost it together with the power: then nothing after it had begun
            return
        with suppress(Edited):
            self._complete(repository, pending)
