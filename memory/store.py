"""Memory: the files that must survive (plan, logs, library, tests), in a folder that is a git repository of its own.

How a write survives `kill -9` at any instant: memory/git/transaction.py. What keeps two runs apart: memory/lock.py.
"""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from memory.disk import Batch, add_line, decoded, encoded, explained, read_below
from memory.errors import MemoryFault, NothingToUndo
from memory.git import trust
from memory.git.commit import Commit, Reversal, message, taken_back, told
from memory.git.notes import Notes
from memory.git.opening import git_part, make_repository
from memory.git.revert import without
from memory.git.transaction import Edited, Transactions
from memory.lock import locked
from memory.secrets import without_secrets

if TYPE_CHECKING:
    from memory.git.repository import Record, Repository

Files = Mapping[str, str | None]  # file -> whole text, None to delete it
TRIES = 5  # against a person who saves the same file in their editor at the same instant
_FULL = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Memory:
    """Files of one folder, each change one commit.

    Args:
        root: the folder; need not exist before `create` or the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).expanduser().absolute()
        self._notes = Notes(self.private)
        self._change = Transactions(self.root, self.private, self._notes, self._bytes)
        self._git: Repository | None = None
        self._swept = False

    @property
    def private(self) -> Path:
        """The folder `.coder` for what is not for people: journal, index, locks. Git ignores it."""
        return self.root / trust.PRIVATE

    def prepare(self) -> None:
        """Import git now, 75 ms, where waiting hurts least; otherwise the first write does."""
        from memory.git import repository

        del repository

    # -- without git

    def read(self, file: str) -> str:
        """The text of a file with its line ends as they are, "" when there is none.

        Raises:
            MemoryFault: it cannot be read, or is not UTF-8.
        """
        data = self._bytes(file)
        return "" if data is None else decoded(data, file)

    def append(self, file: str, line: str, *, key: str = "") -> None:
        """Add one line at the end of a log; it is committed along with the next write.

        Args:
            file: name of the log.
            line: text without an end of line.
            key: the same key for the same file again adds nothing.

        Raises:
            MemoryFault: the line has an end of line in it, or the disk refuses.
        """
        path, line = self._path(file), without_secrets(line)
        if "\n" in line or "\r" in line:
            raise MemoryFault(f"a line for {file} has an end of line in it: {line[:60]!r}.", "Append line by line.")
        with self.lock(), explained(f"append to {file}"):
            self._notes.go_along(file)
            if key:
                present = self._bytes(file) or b""
                noted = self._notes.noted("lines", f"{file} {key}")
                if noted and noted["line"].encode("utf-8", "replace") in present[
                    min(noted["offset"], len(present)) :
                ].split(b"\n"):
                    return
                # The note comes first: a kill between note and line is told from one after the line by looking.
                self._notes.note("lines", f"{file} {key}", offset=len(present), line=line)
            # No fsync: the next commit takes the line along, and what must not be lost is in the journal.
            add_line(path, line.encode("utf-8", "replace"), sync=False, below=self.root)

    def leave(self, file: str, text: str) -> None:
        """Give a file this text and leave it to the next write to commit it along.

        Args:
            file: a file for people, such as the plan.
            text: its whole new text.

        Raises:
            MemoryFault: the disk refuses.
        """
        path, data = self._path(file), encoded(text, file)
        with self.lock(), explained(f"write {file}"):
            self._notes.go_along(file)
            self._notes.note_left(file, data)
            with Batch(self.private) as batch:
                batch.add(path, data, below=self.root)

    @contextmanager
    def lock(self, wait_s: float = 30.0) -> Generator[None]:
        """Keep other runs out of this folder while the block runs; may be nested in one thread.

        Raises:
            Locked: another run holds it for longer than `wait_s` seconds; names its pid.
        """
        with explained(f"lock {self.root}"):
            self._notes.begin()
        with locked(self.private / "lock", wait_s, f"the library {self.root}"):
            yield

    # -- with git

    @property
    def around(self) -> Path | None:
        """The folder with the repository that this one lies in, as long as it has none of its own."""
        if (self.root / ".git").exists():
            return None
        return next((folder for folder in self.root.absolute().parents if (folder / ".git").exists()), None)

    def create(self) -> None:
        """Make the folder and its repository if they are not there, and finish what a killed run left.

        Raises:
            MemoryFault: the folder cannot be made or is no place for a repository; git is not installed.
        """
        with explained(f"make the library folder {self.root}"):
            trust.require(self.root)
            self._notes.begin()
            if not (self.root / ".git").exists() or self._notes.waits():
                with self.lock():
                    make_repository(self.root, self.private, self._notes)
                    self._recover()

    def write(
        self, changes: Files | Callable[[], Files], why: str | Reversal, *, kind: str = "edit", key: str = ""
    ) -> Commit | None:
        """Change files and commit exactly these changes, together with the log lines waiting.

        What the person changed in these files by hand and did not commit is first committed on its own.

        Args:
            changes: empty for only the log lines that wait; or what gives them, asked again if the person is faster.
            why: the commit message; or what is taken back, which is a commit even when no file has to change.
            kind: "save", "plan", "log" or "edit".
            key: the same key again changes nothing and returns the commit made before.

        Returns:
            The commit, None when nothing changes.

        Raises:
            MemoryFault: the disk or git refuses, or one of the files is in the middle of the person's merge.
            Locked: another run holds the folder.
        """
        plan: Callable[[], Files] = changes if callable(changes) else lambda: changes
        words, about = (why.why, why.trailers) if isinstance(why, Reversal) else (why, {"Kind": kind})
        with self._at_work(f"commit {words.partition(chr(10))[0]!r} in {self.root}") as repository:
            if key and (made := self._made(repository, key)):
                return made
            for _ in range(TRIES):
                with suppress(Edited):
                    return self._commit(repository, plan, without_secrets(words), {**about, "Key": key})
            raise MemoryFault(f"{', '.join(plan())} is changed all the time.", "Stop the program that writes it.")

    def _commit(
        self, repository: "Repository", plan: Callable[[], Files], why: str, trailers: Mapping[str, str]
    ) -> Commit | None:
        """One try of a write. Raises Edited when the person was faster."""
        files = plan()
        new = {file: None if text is None else encoded(text, file) for file, text in files.items()}
        text = message(why, new, trailers)
        for file in self._notes.along():  # a log given as it stands: its waiting lines are no edits by hand
            if file in new and new[file] == self._bytes(file):
                del new[file]
        now = self._keep_hand_edits(repository, list(new))
        if plan() != files:  # what the person saves from here on differs from `now`
            raise Edited
        different = {file: data for file, data in new.items() if data != now[file]}
        if not different and new and trailers["Kind"] not in ("undo", "redo"):
            return None
        return self._change.commit(repository, different, now, text, trailers["Key"])

    def history(self, file: str | None = None, limit: int = 50) -> list[Commit]:
        """The newest commits first, of one file or of all."""
        if not (self.root / ".git").exists():
            return []
        with explained(f"read the history of {self.root}"):
            records = self._repository().log(limit=limit, files=(file,) if file else ())
        return [_told(record) for record in records]

    def at(self, file: str, sha: str) -> str:
        """The text of a file in a commit, "" when it was not there. Raises MemoryFault for an unknown commit."""
        self._path(file)
        repository = self._repository()
        with explained(f"read {file} of {sha}"):
            full = sha if _FULL.fullmatch(sha) else repository.resolve(sha)
            now = self._bytes(file)
            data = None if full is None else repository.content(full, file, now)
            if data is None and (full is None or repository.resolve(full) is None):
                raise MemoryFault(f"there is no commit {sha!r} in {self.root}.", "See `coder log`.")
            return decoded(data or b"", file)

    def saves(self) -> list[Commit]:
        """The saves that are not taken back, the newest first."""
        told = self.changes()
        undone = taken_back(told)
        return [commit for commit in told if commit.kind == "save" and commit.sha not in undone]

    def changes(self) -> list[Commit]:
        """All saves, undos and redos, the newest first."""
        if not (self.root / ".git").exists():
            return []
        wanted = ("--grep=^Coder-Kind: save", "--grep=^Coder-Undoes: ", "--grep=^Coder-Redoes: ")
        with explained(f"read the history of {self.root}"):
            return [_told(record) for record in self._repository().log(*wanted)]

    def undo(self, saves: Sequence[Commit] = ()) -> Commit:
        """Take back saves, all or none of them, as `undoing` and `reverse` do."""
        self.recover()
        return self.reverse(self.undoing(saves))

    def undoing(self, saves: Sequence[Commit] = ()) -> Reversal:
        """What is to be taken back: these saves, the newest first, or the newest that is not yet taken back.

        Raises:
            NothingToUndo: no save is left.
        """
        if not (chosen := [*saves] or self.saves()[:1]):
            raise NothingToUndo(f"{self.root} has no save that could be taken back.", "See `coder log`.")
        more = f" and {len(chosen) - 1} before it" if len(chosen) > 1 else ""
        return Reversal("undo", tuple(chosen), f"Undo: {chosen[0].title}{more}")

    def redoing(self) -> Reversal:
        """What brings back what the last undo took away, unless that is done already.

        Raises:
            NothingToUndo: there is no undo, or all are redone.
        """
        told = self.changes()
        redone = {commit.redoes for commit in told}
        last = next((commit for commit in told if commit.undoes and commit.sha not in redone), None)
        if last is None:
            raise NothingToUndo(f"{self.root} has no undo that could be taken back.", "See `coder log`.")
        return Reversal("redo", (last,), f"Redo: {last.title.removeprefix('Undo: ')}")

    def without(self, reversal: Reversal) -> Files:
        """What files will hold without these commits; what was changed in them afterwards stays (three-way merge).

        Raises:
            MemoryFault: the same lines were changed afterwards.
        """
        repository, files = self._repository(), dict[str, bytes | None]()
        for commit in reversal.commits:
            for file in commit.own:
                now = files[file] if file in files else self._bytes(file)
                files[file] = without(repository, commit, file, now)
        return {file: None if data is None else decoded(data, file) for file, data in files.items()}

    def reverse(self, reversal: Reversal) -> Commit:
        """Take commits back whatever depends on them: a commit more, nothing is erased.

        Raises:
            MemoryFault: as `without` and `write`; nothing is changed then.
        """
        made = self.write(partial(self.without, reversal), reversal)
        assert made is not None  # for a reversal a commit is made even when nothing is left to change
        return made

    # -- inside: files

    def _path(self, file: str) -> Path:
        parts = PurePosixPath(file).parts
        if not parts or file.startswith("/") or ".." in parts or "\0" in file or "\\" in file:
            raise MemoryFault(f"{file!r} is no name of a file inside {self.root}.", "Give a relative path.")
        if any(part.lower() in (".git", ".coder") for part in parts):
            raise MemoryFault(f"{file!r} is not for the memory: git and coder keep their own data there.")
        return self.root / file

    def _bytes(self, file: str) -> bytes | None:
        self._path(file)
        with explained(f"read {file} in {self.root}"):
            try:
                return read_below(self.root, str(PurePosixPath(file)))
            except (FileNotFoundError, NotADirectoryError):
                return None

    # -- inside: git

    def _repository(self) -> "Repository":
        if self._git is None:
            trust.require_safe_to_read(self.root)
            self._git = git_part().Repository(self.root, trusted=trust.is_trusted(self.root))
        return self._git

    @contextmanager
    def _at_work(self, doing: str) -> Generator["Repository"]:
        trust.require(self.root)
        if self._git is not None and not self._git.git.trusted:
            self._git = None  # the person has trusted it meanwhile
        with self.lock(), explained(doing):
            make_repository(self.root, self.private, self._notes)
            self._recover()
            repository = self._repository()
            repository.settle()
            yield repository
            repository.tidy()

    def recover(self) -> None:
        """Finish a write that a kill interrupted, so that what is read from here on is whole; nothing if there is none.

        Raises:
            MemoryFault, Locked: as for a write.
        """
        if self._notes.waits():
            trust.require(self.root)
            with self.lock(), explained(f"finish the last write in {self.root}"):
                self._recover()

    def _recover(self) -> None:
        """Finish the write that a kill interrupted."""
        if not self._swept:
            self._notes.sweep()
            self._change.sweep()
            self._swept = True
        if not self._notes.waits():
            return
        repository = self._repository()
        repository.settle()
        self._change.recover(repository)

    def made(self, key: str) -> Commit | None:
        """The commit that was made with this key, if it is still in the history."""
        if not (self.root / ".git").exists():
            return None
        with self.lock(), explained(f"look for a save in {self.root}"):
            return self._made(self._repository(), key)

    def _made(self, repository: "Repository", key: str) -> Commit | None:
        """The commit that was made with this key, if it is still in the history."""
        if not self._notes.has("keys"):  # a fresh clone, or somebody cleaned up: the trailers are the truth
            for record in reversed(repository.log("--grep=^Coder-Key: ")):
                self._notes.note("keys", _told(record).key, commit=record.sha)
        note = self._notes.noted("keys", key)
        sha = note["commit"] if note and repository.contains(note["commit"]) else repository.recent(f"Coder-Key: {key}")
        return _told(repository.log("--no-walk", sha)[0]) if sha else None

    def _keep_hand_edits(self, repository: "Repository", files: Sequence[str]) -> dict[str, bytes | None]:
        """Commit what the person changed in these files, so that no write can lose it; what they hold now."""
        for file in files:
            path = self._path(file)
            inside = [path, *path.parents][: len(PurePosixPath(file).parts)]
            if path.is_dir() or any(part.is_symlink() for part in inside):
                raise MemoryFault(f"{file} in {self.root} is not an ordinary file.", "Put a plain file in its place.")
        now = {file: self._bytes(file) for file in files}
        kept = repository.blobs(repository.head(), [*files, *self._notes.along()])  # the logs are asked for next
        edited = [file for file in files if not repository.same(file, kept[file], now[file])]
        if doing := repository.busy():
            stuck = sorted({*edited, *(repository.unmerged() & set(files))})
            if stuck:
                raise MemoryFault(
                    f"{', '.join(stuck)} in {self.root} is in the middle of {doing}.",
                    "Finish it with git, or give it up (`git merge --abort`, `git rebase --abort`), and try again.",
                )
        if edited := [file for file in edited if not self._notes.is_left(file, now[file])]:
            text = message(f"Edited by hand: {', '.join(edited)}", edited, {"Kind": "edit"})
            self._change.commit(repository, {file: now[file] for file in edited}, now, text, "", logs=False)
        return now


def _told(record: "Record") -> Commit:
    return told(record.sha, record.message, record.at, record.files)
