"""What git must not be let at in a folder: it would wait for ever, or write where a name leads. Nothing is run to know.

Formats: gitrepository-layout(5), git-check-ref-format(1).
"""

import ast
import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from memory.disk import read_plain

_REF_LIMIT = 10_000  # bytes of a file that names a commit or another ref
_PATH_LIMIT = 1_000_000  # bytes of a file that says where git's data are
_LIST_LIMIT = 100_000  # bytes of a list of such places
_ELSEWHERE = "choose another folder with --library."
_SOCKET = "fsmonitor--daemon.ipc"  # git's own, and to open one never waits
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?(?:\s|$)", re.IGNORECASE)
_IMPROPER = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|[/.]$")
_IN_TABLES = "refs/heads/.invalid"  # what HEAD names where the refs are kept in tables; git writes no such file


def git_folder(root: Path) -> Path | None:
    """The git folder of a work tree: `.git`, or where a file of this name points; None if there is none."""
    place = root / ".git"
    if is_folder(place):
        return place
    with suppress(OSError):
        text = _path_in(place)
        if text.startswith("gitdir: "):
            return root / text[8:]
    return None


def common_folder(git: Path) -> Path:
    """Where the settings and hooks of a git folder are: elsewhere, for a second work tree of one repository."""
    with suppress(OSError):
        return git / _path_in(git / "commondir")
    return git


def borrowed(common: Path) -> Iterator[Path]:
    """The folders elsewhere with objects that a git folder takes for its own, and those that these take.

    Raises:
        OSError: where they are cannot be read.
    """
    waiting, seen = deque([common / "objects"]), set[Path]()
    while waiting:
        objects = waiting.popleft()
        lines: list[bytes] = []
        with suppress(FileNotFoundError, NotADirectoryError):
            lines = read_plain(objects / "info" / "alternates", _LIST_LIMIT).split(b"\0")[0].split(b"\n")
        for line in dict.fromkeys(line for line in lines if line and not line.startswith(b"#")):
            for name in {line, _unquoted(line)}:
                place = Path(os.path.realpath(objects / os.fsdecode(name)))
                if place not in seen:
                    seen.add(place)
                    waiting.append(place)
                    yield place


def _unquoted(line: bytes) -> bytes:
    """A path that may be written as a string in C is."""
    with suppress(ValueError, SyntaxError, MemoryError):
        if line.startswith(b'"'):
            return str(ast.literal_eval(line.decode("latin-1"))).encode("latin-1").split(b"\0")[0]
    return line


def _path_in(file: Path) -> str:
    """The path that a file of git's holds; as git reads it, only ends of line do not count."""
    return os.fsdecode(read_plain(file, _PATH_LIMIT).split(b"\0")[0].rstrip(b"\r\n"))


def entries(*places: Path, follow: bool = False) -> Iterator[os.DirEntry[str]]:
    """All that lies below these folders, the nearest first and no folder twice.

    Args:
        places: the folders.
        follow: look into folders behind links as well.
    """
    waiting, seen = deque(map(str, places)), set[tuple[int, int]]()
    while waiting:
        folder = waiting.popleft()
        try:
            itself = Path(folder).stat()
            if (itself.st_dev, itself.st_ino) in seen:
                continue
            seen.add((itself.st_dev, itself.st_ino))
            with os.scandir(folder) as found:
                inside = list(found)
        except (OSError, ValueError):  # what we cannot list, git cannot either
            continue
        for entry in inside:
            if entry.is_dir(follow_symlinks=False) or (follow and entry.is_symlink() and is_folder(Path(entry.path))):
                waiting.append(entry.path)
            yield entry


def shape_problem(root: Path) -> tuple[str, str] | None:
    """Why no git may be started in this folder, not even to read, and what to do; None if it may."""
    if _is_bare(root):
        return (
            f"{root} is itself the inside of a git repository (a bare one), so no library is kept in it.",
            "Choose another folder with --library.",
        )
    git = git_folder(root)
    if git is None:
        return _unreadable(root / ".git")
    if problem := _unreadable(git / "commondir"):
        return problem
    common = common_folder(git)
    try:
        places = [git, common, *borrowed(common)]
    except OSError as error:
        return _no_place(error.filename, error)
    for entry in entries(*places, follow=True):
        plain = entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
        if not plain and _waits(Path(entry.path)):
            return (
                f"{entry.path} is no ordinary file, and git could wait for it without end, so no git is started there.",
                f"Remove it, or {_ELSEWHERE}",
            )
    wrong = next(_wrong_names(git, common), None)
    return wrong and (
        f"{wrong[0]} should name a branch or a commit, and it holds {wrong[1][:60]!r}, so no git is started there.",
        f"Mend it, or {_ELSEWHERE}",
    )


def _is_bare(root: Path) -> bool:
    """Whether git could take the folder itself for a git folder."""
    inside = is_folder(root / "objects") and is_folder(root / "refs")
    return os.path.lexists(root / "HEAD") and (inside or os.path.lexists(root / "commondir"))


def _unreadable(file: Path) -> tuple[str, str] | None:
    """That there is such a file and it does not say where git's data are."""
    if not os.path.lexists(file):
        return None
    try:
        if file.name != ".git" or _path_in(file).startswith("gitdir: "):
            _path_in(file)
            return None
    except OSError as error:
        return _no_place(file, error)
    return _no_place(file, "it does not begin with `gitdir: `")


def _no_place(file: Path | str, why: OSError | str) -> tuple[str, str]:
    told = why if isinstance(why, str) else why.strerror or type(why).__name__
    hint = (
        "Move it away; a new one is made at the next run." if Path(file).name == ".git" else f"Mend it, or {_ELSEWHERE}"
    )
    return f"{file} does not say where git keeps its data ({told}), so no git is started there.", hint


def _waits(path: Path) -> bool:
    """Whether this is, or leads to, neither a file nor a folder: a FIFO with nobody behind it, a device without end."""
    kind = _kind(path)
    return kind not in (0, stat.S_IFREG, stat.S_IFDIR) and not (kind == stat.S_IFSOCK and path.name == _SOCKET)


def is_folder(path: Path) -> bool:
    """Whether there is a folder, or a link to one; what cannot be reached is none."""
    return _kind(path) == stat.S_IFDIR


def _kind(path: Path) -> int:
    """As `stat.S_IFMT`, links followed; 0 for what is not there or cannot be reached."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except (OSError, ValueError):
        return 0


def _wrong_names(git: Path, common: Path) -> Iterator[tuple[str, str]]:
    """The files that should say where a name leads and lead nowhere, or out of `refs`; and what they hold.

    HEAD and its like, of each work tree, and the refs in files of their own: git checks those that are packed. What is
    not HEAD may be a list, as FETCH_HEAD is, and refs/heads a note that the refs are kept in tables.
    """
    for folder in dict.fromkeys((git, common)):
        for head in sorted([*folder.glob("*HEAD"), *folder.glob("worktrees/*/*HEAD")]):
            yield from _wrong_name(str(head), whole=head.name == "HEAD")
        for entry in entries(folder / "refs", *folder.glob("worktrees/*/refs"), follow=True):
            if not entry.name.startswith(".") and not entry.name.endswith(".lock"):  # such a ref git does not see
                yield from _wrong_name(entry.path, whole=entry.path != str(folder / "refs" / "heads"))


def _wrong_name(file: str, *, whole: bool) -> Iterator[tuple[str, str]]:
    """Yield a file again, and what it holds, if that is no name; one that is not `whole` may hold something else."""
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - there may be thousands
            data = stream.read(_REF_LIMIT + 1)
            text = os.fsdecode(data).rstrip() if len(data) <= _REF_LIMIT or not whole else "too much"
    except (FileNotFoundError, IsADirectoryError):  # a link to a branch that has no commit yet
        return
    except OSError as error:
        text = error.strerror or type(error).__name__
    name = text[4:].lstrip()
    if text.startswith("ref:"):
        good = name == _IN_TABLES or (name.startswith("refs/") and not _IMPROPER.search(name))
    else:
        good = not whole or _SHA.match(text) is not None
    if not good:
        yield file, text
