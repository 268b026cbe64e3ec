"""One git repository: head, commits, index, log. All of it is git's own work; memory/store.py imports it late.

A commit is made in steps (index of its own, hooks, tree, commit, branch, the person's index), so that nothing that
the person has staged goes into it and a kill between two steps can be told: memory/git/transaction.py and
docs/decisions/git.md.
"""

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from memory.errors import MemoryFault
from memory.git.blob import blob_name
from memory.git.hooks import Hooks
from memory.git.invocation import Git
from memory.git.lock_files import settle

MANY = 1000  # files named on one command line
LATEST = 253_402_300_799  # seconds since 1970 at the end of the year 9999
LOOSE = 200  # git objects in files of their own from which on they are packed
_BUSY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}
_CONVERTING = ("filter", "text", "eol", "ident", "working-tree-encoding")
_APART = ("core.splitIndex=false", "core.fsmonitor=false", "core.untrackedCache=false")  # for an index of our own


class HeadMoved(Exception):
    """The head is no longer where it was when the commit was prepared; prepare it again."""


class Disturbed(Exception):
    """A file was saved by somebody else while git read it."""


@dataclass(frozen=True)
class Made:
    """A commit to which nothing points yet: its sha, its message as the hooks left it, seconds since 1970."""

    sha: str
    message: str
    at: int


@dataclass(frozen=True)
class Record:
    """One commit as `git log` tells it: seconds since 1970, the whole message, the files changed."""

    sha: str
    at: int
    message: str
    files: tuple[str, ...]


def init(folder: Path) -> None:
    """Make an empty repository with branch main in `folder`, which exists."""
    Git(folder, trusted=True).write("init", "-q", ".", settings=["init.defaultBranch=main"])
    for name in ("HEAD", "config"):
        with (folder / ".git" / name).open("rb") as stream:
            os.fsync(stream.fileno())


class Repository:
    """The repository whose work tree is `root`.

    Args:
        root: the work tree.
        trusted: whether what the repository brings (hooks, filters, programs) may run; else nothing is written.

    Raises:
        MemoryFault: there is none, it belongs to another user, or its files are somewhere else.
    """

    def __init__(self, root: Path, *, trusted: bool = True) -> None:
        self.root = root
        self.git = Git(root, trusted=trusted)
        if not (root / ".git").exists():
            raise MemoryFault(f"{root} has no git repository yet.", "The first save makes it.")
        paths = ("--git-path", "index", "--git-path", "hooks", "--git-path", "objects", "--show-toplevel")
        try:
            said = self.git.ask("rev-parse", "--absolute-git-dir", *paths).decode("utf-8", "surrogateescape")
        except MemoryFault as error:
            if "another user" in error.message:
                raise
            raise MemoryFault(
                f"{root / '.git'} is not a git repository with files in {root}.",
                "Move it away; a new one is made at the next run.",
            ) from error
        self.folder, self._index, hooks, self._objects, top = (root / line for line in said.splitlines()[:5])
        if top.resolve() != root.resolve():
            raise MemoryFault(f"the files of {root / '.git'} are in {top}.", "Choose that folder with --library.")
        self._hooks = Hooks(self.git, hooks)
        self._entries: dict[str, dict[str, str | None]] = {}
        self._converted: dict[str, bool] = {}

    @cached_property
    def settings(self) -> dict[str, str]:
        """The person's git settings, by their lower-case name; of several, the one that counts."""
        pairs = self.git.ask("config", "--null", "--list").decode("utf-8", "replace").split("\0")
        parts = (pair.partition("\n") for pair in pairs if pair)
        return {name.lower(): value if ends else "true" for name, ends, value in parts}  # a name alone is on

    def _is_on(self, name: str) -> bool:
        return self.settings.get(name, "false").lower() in ("true", "yes", "on", "1")

    # -- what is there

    def head(self) -> str | None:
        """The commit that HEAD names now, None when there is none yet."""
        return self.git.read("rev-parse", "--verify", "--quiet", "HEAD", ok=(0, 1)).decode().strip() or None

    def blobs(self, sha: str | None, files: Iterable[str]) -> dict[str, str | None]:
        """For each file the sha of its content in a commit, None where it is not there."""
        if sha is None:
            return dict.fromkeys(files)
        if sha not in self._entries:
            self._entries = {sha: {}}
        known = self._entries[sha]
        missing = [file for file in dict.fromkeys(files) if file not in known]
        for start in range(0, len(missing), MANY):
            part = missing[start : start + MANY]
            known |= dict.fromkeys(part)
            listed = self.git.read("ls-tree", "-z", "--full-tree", sha, "--", *part)
            for line in listed.decode("utf-8", "surrogateescape").split("\0"):
                about, _, file = line.partition("\t")
                if about.split()[1:2] == ["blob"]:
                    known[file] = about.split()[2]
        return {file: known[file] for file in files}

    def same(self, file: str, blob: str | None, data: bytes | None) -> bool:
        """Whether git would keep this content of a file as that blob, so that `git status` calls it unchanged."""
        if blob is None or data is None:
            return blob is None and data is None
        return blob_name(data, len(blob)) == blob or (self.git.trusted and self._kept_as(file, data) == blob)

    def _kept_as(self, file: str, data: bytes) -> str:
        return self.git.write("hash-object", f"--path={file}", "--stdin", data=data).decode().strip()

    def content(self, sha: str | None, file: str, like: bytes | None = None) -> bytes | None:
        """A file of a commit as it would lie in the folder, with the person's filters and line ends.

        Args:
            sha: the commit.
            file: its name.
            like: what the file holds now; of the two forms, kept and checked out, the one nearer to it is given.

        Returns:
            The content, None when it is not in the commit.
        """
        if sha is None or (found := self._kept(sha, file)) is None:
            return None
        blob, kept = found
        if not self._converts(file) or kept == like:
            return kept
        out = self.git.write("cat-file", "--filters", f"--path={file}", blob)
        if like is None or out == like:
            return out
        forms = [out, kept]
        if b"\r\n" in like and b"\r" not in out:  # an editor wrote them, and git keeps the file without them
            long = out.replace(b"\n", b"\r\n")
            forms += [long] if self.same(file, blob, long) else []
        lines = set(like.splitlines(keepends=True))
        return max(forms, key=lambda form: len(lines.intersection(form.splitlines(keepends=True))))

    def _kept(self, sha: str, file: str) -> tuple[str, bytes] | None:
        """The blob of a file in a commit and what it holds, by one git."""
        said = self.git.read(
            "cat-file", "--batch", data=f"{sha}:{file}".replace("\n", " ").encode("utf-8", "surrogateescape")
        )
        about, _, rest = said.partition(b"\n")
        words = about.decode("utf-8", "replace").split()
        if words[1:2] == ["blob"]:
            return words[0], rest[: int(words[2])]
        if self.resolve(sha) is None:
            return None
        blob = self.blobs(sha, [file])[file]  # not there, or named oddly, or not fetched
        return (blob, self.git.read("cat-file", "blob", blob)) if blob else None

    def _converts(self, file: str) -> bool:
        if not self.git.trusted:
            return False
        if file not in self._converted:
            said = self.git.read("check-attr", "-z", *_CONVERTING, "--", file).split(b"\0")[2::3]
            ends = self.settings.get("core.autocrlf", "false").lower() not in ("false", "no", "off", "0")
            self._converted[file] = ends or any(value not in (b"unspecified", b"unset") for value in said)
        return self._converted[file]

    def parent_of(self, sha: str) -> str | None:
        """The first parent of a commit, None when it has none here: the first one, or the border of a shallow clone."""
        return self.git.read("rev-parse", "--verify", "--quiet", f"{sha}^1", ok=(0, 1)).decode().strip() or None

    def contains(self, sha: str) -> bool:
        """Whether the commit is reachable from HEAD."""
        head = self.head()
        if head is None or head == sha:
            return head == sha
        with suppress(MemoryFault):  # a sha that this repository has never seen
            self.git.read("merge-base", "--is-ancestor", sha, head)
            return True
        return False

    def recent(self, line: str, among: int = 5) -> str | None:
        """The newest commit with this line in its message, among the few newest only: what a note lost to the power."""
        records = self.log(limit=among)
        return next((record.sha for record in records if line in record.message.splitlines()), None)

    def resolve(self, name: str) -> str | None:
        """The whole sha of a commit named by its beginning, a branch or a tag; None when there is none."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return self.git.read(*words, ok=(0, 1, 128)).decode().strip() or None

    def log(self, *arguments: str, limit: int = -1, files: tuple[str, ...] = ()) -> list[Record]:
        """What `git log` tells from HEAD backwards."""
        shown = ("--no-color", "--no-renames", "--no-ext-diff", "--no-textconv", "--basic-regexp", "--name-only")
        form = "--format=%x00%H%x00%at%x00%B%x00"  # no message and no name holds a NUL, and no name is empty
        command = ["-c", "log.showRoot=true", "log", "-z", f"--max-count={limit}", *shown, form, *arguments]
        try:
            output = self.git.read(*command, "--", *files).decode("utf-8", "surrogateescape")
        except MemoryFault:
            if self.head() is None:  # asked only now: nearly always there is a history
                return []
            raise
        records: list[Record] = []
        parts = iter(output.split("\0")[1:])
        while sha := next(parts, ""):
            at, message, _ = (next(parts, "") for _ in range(3))
            names = tuple(takewhile(bool, parts))  # git puts an end of line before the first
            changed = (names[0].removeprefix("\n"), *names[1:]) if names else ()
            records.append(Record(sha, _seconds(at), message.rstrip("\n"), changed))
        return records

    def busy(self) -> str:
        """What the person has not finished here: "a merge", "a rebase", ...; "" when nothing."""
        return next((name for sign, name in _BUSY.items() if (self.folder / sign).exists()), "")

    def unmerged(self) -> set[str]:
        """The files that wait for the person to resolve a conflict."""
        lines = self.git.read("ls-files", "-u", "-z").decode("utf-8", "surrogateescape").split("\0")
        return {line.partition("\t")[2] for line in lines if line}

    def merge(self, ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
        """Three-way merge with `git merge-file`; None when the two sides changed the same lines."""
        with tempfile.TemporaryDirectory(prefix="coder-merge-") as folder:
            paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
            for path, data in zip(paths, (ours, base, theirs), strict=True):
                path.write_bytes(data)
            status, merged = self.git.answer("merge-file", "-p", "-q", *map(str, paths))
        return merged if status == 0 else None

    # -- a commit

    def commit(
        self, parent: str | None, files: Iterable[str], message: str, index: Path, undisturbed: Callable[[], bool]
    ) -> Made:
        """Make a commit of these files as they lie in the folder, on top of `parent`; nothing points to it yet.

        Args:
            parent: the commit below, None for the first.
            files: what it changes; one that is not in the folder is taken out.
            message: its whole message.
            index: a path for an index of its own, so that what the person has staged stays out.
            undisturbed: whether the files still hold what is to be committed.

        Raises:
            Disturbed: they did not.
            MemoryFault: a hook, a filter or the signing refuses, or the disk.
        """
        where = {"GIT_INDEX_FILE": str(index)}
        title = message.partition("\n")[0]
        try:
            if parent:
                self.git.write("read-tree", parent, environment=where, settings=_APART)
            self._take_in(files, where, _APART)
            if not undisturbed():
                raise Disturbed
            if self._hooks.has("pre-commit"):
                self.git.write("update-index", "-q", "--refresh", ok=(0, 1), environment=where, settings=_APART)
                self._hooks.run("pre-commit", index=index, title=title)
            tree = self.git.write("write-tree", environment=where, settings=_APART).decode().strip()
            message = self._agreed(message, index, title)
        finally:
            for left in (index, Path(f"{index}.lock")):
                left.unlink(missing_ok=True)
        now = int(time.time())
        words = ["commit-tree", *(["-p", parent] if parent else []), *(["-S"] if self._is_on("commit.gpgsign") else [])]
        text = (message.replace("\0", "").rstrip("\n") + "\n").encode("utf-8", "replace")
        made = self.git.write(*words, "-F", "-", tree, data=text, environment=self._identity(now))
        return Made(made.decode().strip(), message, now)

    def _agreed(self, message: str, index: Path, title: str) -> str:
        """The message as the hooks that look at it leave it."""
        looking = [name for name in ("prepare-commit-msg", "commit-msg") if self._hooks.has(name)]
        if not looking:
            return message
        file = self.folder / "COMMIT_EDITMSG"
        file.write_text(message, "utf-8")
        for name in looking:
            more = ("message",) if name == "prepare-commit-msg" else ()
            self._hooks.run(name, str(file), *more, index=index, title=title)
        return file.read_text("utf-8", "replace")

    def _identity(self, now: int) -> dict[str, str]:
        """When a commit is made, and by whom where the person has told git no name."""
        minutes = time.localtime(now).tm_gmtoff // 60
        zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
        found: dict[str, str] = {}
        for role in ("AUTHOR", "COMMITTER"):
            found[f"GIT_{role}_DATE"] = f"{now} {zone}"
            for what, usual in (("NAME", "coder"), ("EMAIL", "coder@localhost")):
                set_by = (f"{role.lower()}.{what.lower()}", f"user.{what.lower()}")
                if not os.environ.get(f"GIT_{role}_{what}") and not any(self.settings.get(name) for name in set_by):
                    found[f"GIT_{role}_{what}"] = usual
        return found

    def move(self, parent: str | None, sha: str, why: str) -> None:
        """Let the branch (or a detached HEAD) name the commit `sha`. Raises Moved when it is not at `parent` now."""
        words = ("update-ref", "-m", f"coder: {why.partition(chr(10))[0]}", "HEAD", sha, parent or "0" * len(sha))
        try:
            self.git.write(*words)
        except MemoryFault:
            if self.head() != parent:
                raise HeadMoved from None
            raise

    def stage(self, sha: str, files: Iterable[str], undisturbed: Callable[[], bool]) -> None:
        """Make the person's index say what the commit `sha` changed, and leave every other line of it as it is.

        Args:
            sha: the commit.
            files: what it was asked to change.
            undisturbed: whether these files still hold what was committed.
        """
        if undisturbed() and not self._hooks.has("pre-commit"):  # then git looks at the files itself, with their times
            self._take_in(files)
            if undisturbed():
                return
        said = self.git.read("diff-tree", "-r", "-z", "--root", "--no-commit-id", "--no-renames", "--raw", sha)
        parts = said.decode("utf-8", "surrogateescape").split("\0")
        changed = {file: about.split()[1:4:2] for about, file in zip(parts[::2], parts[1::2], strict=False)}
        lines = "".join(f"{mode} {blob}\t{file}\0" for file, (mode, blob) in changed.items())
        self.git.write("update-index", "-z", "--index-info", data=lines.encode("utf-8", "surrogateescape"))
        present = [file for file, (mode, _) in changed.items() if int(mode, 8)][:MANY]
        if present:  # else git looks at the content next time
            self.git.write("add", "--refresh", "--", *present, ok=range(256))

    def _take_in(
        self, files: Iterable[str], environment: Mapping[str, str] | None = None, settings: Sequence[str] = ()
    ) -> None:
        """Let an index say what these files hold now."""
        named = "".join(f"{file}\0" for file in files).encode("utf-8", "surrogateescape")
        words = ("update-index", "--add", "--remove", "--replace", "-z", "--stdin")
        self.git.write(*words, data=named, environment=environment, settings=settings)

    def committed(self) -> None:
        """Let the person's hook know of a commit; it has no say in it any more."""
        with suppress(MemoryFault):
            self._hooks.run("post-commit")

    def settle(self) -> None:
        """Wait for another git at work on the index, clear the lock of a dead one; MemoryFault when one keeps it."""
        settle(Path(f"{self._index}.lock"), self.root)

    def tidy(self) -> None:
        """Let git pack what lies in files of its own when it is much; guessed from every fourth of 256 folders."""
        seen = (self._objects / f"{number:02x}" for number in range(0, 256, 4))
        if 4 * sum(1 for folder in seen if folder.is_dir() for _ in folder.iterdir()) <= LOOSE:
            return
        if self.settings.get("gc.auto") == "0" or self.settings.get("maintenance.auto", "true").lower() == "false":
            return  # the person does not want it
        self.git.write("maintenance", "run", "--auto", "--quiet", "--task=loose-objects", ok=range(256))


def _seconds(text: str) -> int:
    """When a commit was made as git tells it; 0 for one whose date is none, and no later than a calendar goes."""
    return min(int(text), LATEST) if re.fullmatch(r"[0-9]{1,20}", text) else 0
