"""One git repository from below: head, commits, index, log. The only file with git; memory/store.py imports it late.

Commits are made in this process: a git process costs 3 ms, and a commit would need four. How the files of git itself
are replaced without harm from `kill -9` or a person's own git: memory/swap.py.

Formats: gitformat-index(5), gitrepository-layout(5), git-hash-object(1).
"""

import io
import os
import struct
import tempfile
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import git
from git.index.fun import read_cache, write_cache
from git.index.typ import IndexEntry

from memory.disk import Batch, add_line
from memory.errors import MemoryFault
from memory.objects import Entry, Objects, sha_of
from memory.swap import Moved, Swap

BIG_INDEX = 300_000  # bytes; beyond that git itself is faster than Python
_BUSY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}


@dataclass(frozen=True)
class Head:
    """Where the next commit goes: the branch ("" when HEAD is detached) and the commit there (None: none yet)."""

    ref: str
    sha: str | None


@dataclass(frozen=True)
class Record:
    """One commit as `git log` tells it: seconds since 1970, the whole message, the files changed."""

    sha: str
    at: int
    message: str
    files: tuple[str, ...]


def init(folder: Path) -> None:
    """Make an empty repository with branch main in `folder`, which exists."""
    place = folder.resolve()
    environment = {"GIT_DIR": str(place / ".git"), "GIT_WORK_TREE": str(place)}
    _execute(folder, environment, "-c", "init.defaultBranch=main", "init", "-q")
    for name in ("HEAD", "config"):
        with (folder / ".git" / name).open("rb") as stream:
            os.fsync(stream.fileno())


def _execute(
    folder: Path, environment: Mapping[str, str], *arguments: str, data: bytes | None = None
) -> tuple[int, bytes, str]:
    program = git.Git.GIT_PYTHON_GIT_EXECUTABLE or "git"
    with tempfile.TemporaryFile() if data is not None else nullcontext() as given:
        if given and data is not None:
            given.write(data)
            given.seek(0)
        try:
            return git.Git(folder).execute(
                [program, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", *arguments],
                istream=given,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                env={
                    "LC_ALL": "C",
                    "GIT_TERMINAL_PROMPT": "0",
                    "GIT_OPTIONAL_LOCKS": "0",
                    "GIT_NO_LAZY_FETCH": "1",
                    "GIT_ALLOW_PROTOCOL": "none",
                    **environment,
                },
            )
        except git.GitCommandNotFound as error:
            raise MemoryFault("the program git cannot be started.", "Install git 2.25 or newer.") from error


class Repository:
    """The repository whose work tree is `root`.

    Raises:
        MemoryFault: there is none, or it is of a kind that we cannot write.
    """

    def __init__(self, root: Path) -> None:
        try:
            with git.Repo(root, search_parent_directories=False) as repo:
                self.folder = Path(repo.git_dir)
                self._common = Path(repo.common_dir)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
            if not (root / ".git").exists():
                raise MemoryFault(f"{root} has no git repository yet.", "The first save makes it.") from error
            raise MemoryFault(
                f"{root / '.git'} is not a git repository.", "Move it away; a new one is made at the next run."
            ) from error
        self.root = root
        self.objects = Objects(self._common / "objects", self._packed)
        self._index = self.folder / "index"
        self._swap = Swap(self.folder, root)

    def run(self, *arguments: str, ok: tuple[int, ...] = (0,), data: bytes | None = None, index: str = "") -> bytes:
        """Run git with `arguments`; an exit code that is not in `ok` is a MemoryFault with what git said."""
        environment = {
            "GIT_DIR": str(self.folder),
            "GIT_COMMON_DIR": str(self._common),
            "GIT_WORK_TREE": str(self.root),
            "GIT_INDEX_FILE": index or str(self._index),
            "GIT_OBJECT_DIRECTORY": str(self._common / "objects"),
        }
        status, output, said = _execute(self.root, environment, *arguments, data=data)
        if status not in ok:
            words = " ".join(said.split()) or status
            raise MemoryFault(f"git {arguments[0]} failed in {self.root}: {words}.", "See `git fsck`.")
        return output

    def _packed(self, kind: str, sha: str) -> bytes:
        return self.run("cat-file", kind, sha)

    @cached_property
    def settings(self) -> dict[str, str]:
        """The person's settings that matter here, by their lower-case name."""
        wanted = r"^(user\.(name|email)|extensions\.(objectformat|refstorage)|core\.logallrefupdates)$"
        pairs = self.run("config", "--null", "--get-regexp", wanted, ok=(0, 1)).decode("utf-8", "replace").split("\0")
        found = {name.lower(): value for name, _, value in (pair.partition("\n") for pair in pairs if pair)}
        for name, usual in (("extensions.objectformat", "sha1"), ("extensions.refstorage", "files")):
            if found.get(name, usual) != usual:
                raise MemoryFault(
                    f"{self.root} is a git repository with {name} = {found[name]}; only {usual} can be written.",
                    "Choose another folder with --library.",
                )
        return found

    # -- head and commits

    def head(self) -> Head:
        """The branch and the commit that HEAD names now."""
        text = (self.folder / "HEAD").read_text("utf-8").strip()
        if not text.startswith("ref:"):
            return Head("", text)
        ref = text[4:].strip()
        try:
            return Head(ref, (self._common / ref).read_text("ascii").strip() or None)
        except (FileNotFoundError, NotADirectoryError):
            return Head(ref, self._packed_ref(ref))

    def _packed_ref(self, ref: str) -> str | None:
        with suppress(FileNotFoundError):
            for line in (self._common / "packed-refs").read_text("utf-8").splitlines():
                sha, _, name = line.partition(" ")
                if name == ref:
                    return sha
        return None

    def tree_of(self, sha: str | None) -> str | None:
        """The tree of a commit."""
        return self.objects.read("commit", sha)[5:45].decode() if sha else None

    def parent_of(self, sha: str) -> str | None:
        """The first parent of a commit."""
        second = self.objects.read("commit", sha).split(b"\n", 2)[1]
        return second[7:].decode() if second.startswith(b"parent ") else None

    def made_at(self, sha: str) -> int:
        """When a commit was made, in seconds since 1970."""
        lines = self.objects.read("commit", sha).split(b"\n\n", 1)[0].split(b"\n")
        return int(next(line for line in lines if line.startswith(b"author ")).split()[-2])

    def find(self, sha: str | None, path: str) -> Entry | None:
        """The entry of a file in a commit."""
        tree = self.tree_of(sha)
        return self.objects.find(tree, path) if tree else None

    def content(self, sha: str | None, path: str) -> bytes | None:
        """The bytes of a file in a commit, None when it is not there."""
        entry = self.find(sha, path)
        return self.objects.read("blob", entry[1]) if entry else None

    def commit(self, parent: str | None, entries: Mapping[str, Entry | None], message: str, batch: Batch) -> str:
        """Add a commit to `batch` that differs from `parent` in `entries` only; nothing points to it yet."""
        tree = self.objects.plant(self.tree_of(parent), entries, batch) or self.objects.write("tree", b"", batch)
        author, committer = self._signature("AUTHOR"), self._signature("COMMITTER")
        lines = [
            f"tree {tree}",
            *([f"parent {parent}"] if parent else []),
            f"author {author}",
            f"committer {committer}",
        ]
        text = "\n".join(lines) + "\n\n" + message.replace("\0", "").rstrip("\n") + "\n"
        return self.objects.write("commit", text.encode("utf-8", "replace"), batch)

    def _signature(self, role: str) -> str:
        name = os.environ.get(f"GIT_{role}_NAME") or self.settings.get("user.name") or "coder"
        email = os.environ.get(f"GIT_{role}_EMAIL") or self.settings.get("user.email") or "coder@localhost"
        now = time.time()
        minutes = time.localtime(now).tm_gmtoff // 60
        zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
        clean = [" ".join(word.translate(dict.fromkeys(map(ord, "<>\0\n"))).split()) for word in (name, email)]
        return f"{clean[0] or 'coder'} <{clean[1]}> {int(now)} {zone}"

    def move(self, head: Head, sha: str, why: str) -> None:
        """Let the branch (or a detached HEAD) name the commit `sha`. Raises Moved when it is not at `head` any more."""

        def made() -> bytes:
            if self.head() != head:
                raise Moved(head.ref)
            return f"{sha}\n".encode()

        self._swap.update(self._ref_file(head), made, sync=True)
        if self.settings.get("core.logallrefupdates", "true").lower() != "false":
            line = f"{head.sha or '0' * 40} {sha} {self._signature('COMMITTER')}\tcoder: {why.splitlines()[0]}"
            for log in {"HEAD", head.ref or "HEAD"}:
                base = self.folder if log == "HEAD" else self._common
                add_line(base / "logs" / log, line.encode("utf-8", "replace"), sync=False)

    def _ref_file(self, head: Head) -> Path:
        return self._common / head.ref if head.ref else self.folder / "HEAD"

    def contains(self, sha: str) -> bool:
        """Whether the commit is reachable from HEAD."""
        head = self.head().sha
        if head is None or head == sha:
            return head == sha
        with suppress(MemoryFault):  # a sha that this repository has never seen
            self.run("merge-base", "--is-ancestor", sha, head)
            return True
        return False

    def recent(self, line: str, among: int = 5) -> str | None:
        """The newest commit with this line in its message, among the few newest only: what a note lost to the power."""
        sha, wanted = self.head().sha, f"\n{line}\n".encode()
        for _ in range(among):
            if sha is None or wanted in self.objects.read("commit", sha):
                return sha
            sha = self.parent_of(sha)
        return None

    def resolve(self, name: str) -> str | None:
        """The whole sha of a commit named by its beginning, a branch or a tag; None when there is none."""
        found = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", ok=(0, 1, 128))
        return found.decode().strip() or None

    def log(self, *arguments: str, limit: int = -1, files: tuple[str, ...] = ()) -> list[Record]:
        """What `git log` tells from HEAD backwards."""
        if self.head().sha is None:
            return []
        command = ["-c", "log.showSignature=false", "log", "-z", f"--max-count={limit}", "--no-color", "--no-renames"]
        form = "--format=%x1e%H%x1f%at%x1f%B%x1f"
        output = self.run(*command, "--name-only", form, *arguments, "--", *files).decode("utf-8", "surrogateescape")
        records: list[Record] = []
        for part in output.split("\x1e")[1:]:
            sha, at, message, names = [*part.split("\x1f"), "", ""][:4]
            changed = tuple(name.strip("\n") for name in names.split("\0") if name.strip("\n"))
            records.append(Record(sha, int(at), message.rstrip("\n\0"), changed))
        return records

    # -- index

    def stage(self, entries: Mapping[str, Entry | None]) -> None:
        """Make the index say `entries` for these files (None: not there) and leave every other line of it as it is."""

        def made() -> bytes:
            data = self._index.read_bytes() if self._index.exists() else b""
            new = self._staged(data, entries) if len(data) < BIG_INDEX else None
            return self._staged_by_git(data, entries) if new is None else new

        self._swap.update(self._index, made, sync=False)  # as git itself: what is in it can be made again

    def _staged(self, data: bytes, entries: Mapping[str, Entry | None]) -> bytes | None:
        """The index file in the simple versions; None when only git itself can rewrite it."""
        present: dict[tuple[str, int], IndexEntry] = {}
        if data:
            try:
                _, read, extensions, _ = read_cache(io.BytesIO(data))
            except (AssertionError, ValueError, struct.error):
                return None
            if b"link" in extensions or b"sdir" in extensions:
                return None
            present = {(os.fspath(path), stage): entry for (path, stage), entry in read.items()}
        for path, entry in entries.items():
            for stage in range(4):
                present.pop((path, stage), None)
            if entry:
                present[path, 0] = self._index_entry(path, entry)
        stream = io.BytesIO()
        # Without the old extensions: the cached trees among them would no longer be true.
        write_cache([present[key] for key in sorted(present, key=lambda key: (key[0].encode(), key[1]))], stream)
        return stream.getvalue()

    def _index_entry(self, path: str, entry: Entry) -> IndexEntry:
        """With the file's times if it still is what was committed; without, git looks at its content next time."""
        mode, sha = entry
        short = (mode, bytes.fromhex(sha), 0, path)
        with suppress(OSError):
            before = (self.root / path).stat()
            if sha_of("blob", (self.root / path).read_bytes()) == sha:
                times = [struct.pack(">LL", ns // 10**9, ns % 10**9) for ns in (before.st_ctime_ns, before.st_mtime_ns)]
                rest = (before.st_dev, before.st_ino, before.st_uid, before.st_gid, before.st_size)
                return IndexEntry((*short, times[0], times[1], *(number & 0xFFFFFFFF for number in rest)))  # pyright: ignore[reportArgumentType]
        return IndexEntry(short)

    def _staged_by_git(self, data: bytes, entries: Mapping[str, Entry | None]) -> bytes:
        copy = self.folder / "coder-index.copy"
        for left in (copy, Path(f"{copy}.lock")):
            left.unlink(missing_ok=True)
        if data:
            copy.write_bytes(data)
        lines = [f"{entry[0]:o} {entry[1]}" if entry else f"0 {'0' * 40}" for entry in entries.values()]
        given = "".join(f"{line}\t{path}\0" for line, path in zip(lines, entries, strict=True))
        self.run("update-index", "-z", "--index-info", data=given.encode(), index=str(copy))
        self.run("update-index", "-q", "--refresh", ok=(0, 1), index=str(copy))
        new = copy.read_bytes()
        copy.unlink()
        return new

    # -- locks of git

    def settle(self) -> None:
        """Wait for other gits at work here, clear the locks of dead ones; MemoryFault when one keeps its lock."""
        for target in (self._index, self.folder / "HEAD", self._ref_file(self.head())):
            self._swap.settle(target)

    # -- the rest

    def busy(self) -> str:
        """What the person has not finished here: "a merge", "a rebase", ...; "" when nothing."""
        return next((name for sign, name in _BUSY.items() if (self.folder / sign).exists()), "")

    def unmerged(self) -> set[str]:
        """The files that wait for the person to resolve a conflict."""
        lines = self.run("ls-files", "-u", "-z").decode("utf-8", "surrogateescape").split("\0")
        return {line.partition("\t")[2] for line in lines if line}

    def merge(self, ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
        """Three-way merge with `git merge-file`; None when the two sides changed the same lines."""
        with tempfile.TemporaryDirectory(prefix="coder-merge-") as folder:
            paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
            for path, data in zip(paths, (ours, base, theirs), strict=True):
                path.write_bytes(data)
            command = ("merge-file", "-p", "-q", *map(str, paths))
            status, merged, _ = _execute(self.root, {"GIT_DIR": str(self.folder)}, *command)
        return merged if status == 0 else None

    def tidy(self) -> None:
        """Let git pack its objects when there are very many; as git itself, guess from one of the 256 folders."""
        folder = self.objects.folder / "17"
        if folder.is_dir() and sum(1 for _ in folder.iterdir()) > 27:
            self.run("gc", "--auto", "--quiet", ok=(0, 1, 128))
