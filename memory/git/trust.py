"""Trust: was this `.coder` made here, and may the settings of this git run programs? Nothing of either is run to know.

`.coder` decides much: it holds the write that is to be finished, the runs that go on, what is locked. So it is used
only where coder made it on this machine. In it lies a random id, and the hash of that id lies in the person's own data
folder, where nobody can put it from outside. A folder that came by clone, archive or share has none that is known.

A repository that coder did not make may bring settings and hooks with it (an archive does, a clone does not). They are
looked at as text (memory/git/settings_scan.py); what could run a program or leads out of the folder has to be trusted
once, bound to the folder and to exactly what was seen.
"""

import hashlib
import os
import secrets
import shlex
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from memory.alive import is_alive
from memory.disk import put, read_below
from memory.errors import Untrusted
from memory.git.settings_scan import OddIndex, accepted_owner, found_in, head_has, index_has, index_problem, stamp_of
from memory.git.shape import git_folder, shape_problem
from memory.git.trust_notes import known, notes_of, put_note, read_note, real, told

PRIVATE = ".coder"
_ID, _GIT_ID = "id", "coder-id"
_ID_LIMIT = 200  # bytes; more is no id of ours
_checked: dict[str, tuple[int, ...]] = {}  # `.coder` folders found good by this process, as they looked
_required: dict[str, tuple[object, ...]] = {}  # folders whose git was found good, as it looked


# -- `.coder`


def check(private: Path) -> bool:
    """Whether there is a `.coder`; nothing in it may be read before this was asked.

    Args:
        private: the folder; one of another name is nobody's private folder and passes.

    Raises:
        Untrusted: it is a link, somebody else's, open to others, tracked by git, or was not made here.
    """
    try:
        seen = os.lstat(private)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if private.name != PRIVATE:
        return True
    stamp = (seen.st_dev, seen.st_ino, seen.st_mode, seen.st_uid)
    stamp += tuple(_stamps(private / _ID, private.parent / ".git/index"))
    if _checked.get(str(private)) != stamp:
        _refuse(private, seen)
        _checked[str(private)] = stamp
    return True


def _stamps(*files: Path) -> Iterator[int]:
    """How files look from outside; 0 where there is none."""
    for file in files:
        try:
            found = os.lstat(file)
        except OSError:
            yield 0
        else:
            yield from (found.st_ino, found.st_size, found.st_mtime_ns)


def prepare(private: Path) -> None:
    """Make `.coder` if it is not there: for this person only, ignored by git, with an id that is known.

    Raises:
        Untrusted: as `check`.
        OSError: it cannot be made.
    """
    if check(private):
        return
    private.parent.mkdir(parents=True, exist_ok=True)
    if private.name != PRIVATE:
        private.mkdir(exist_ok=True)
        return
    _sweep(private)
    new = private.with_name(f"{PRIVATE}-new-{os.getpid()}-{secrets.token_hex(4)}")
    new.mkdir(0o700)
    try:
        put(new / ".gitignore", b"*\n")  # so that nobody's own .gitignore has to be touched
        known = _give_id(new, private.parent)
        try:
            new.rename(private)  # whole: two runs may begin at once, and each must find an id in it
        except OSError:
            known.unlink(missing_ok=True)
            if not private.is_dir():
                raise
    finally:
        if new.is_dir():
            rmtree(new)
    check(private)


def _sweep(private: Path) -> None:
    """Remove what runs that were killed in their first instant have left."""
    for left in private.parent.glob(f"{PRIVATE}-new-*-*"):
        if not is_alive(left.name.split("-")[2]) and not left.is_symlink():
            rmtree(left, ignore_errors=True)


def take_in(root: Path) -> None:
    """Trust the `.coder` of a folder from now on, because the person has looked and says so.

    Raises:
        Untrusted: it is a link, somebody else's, or tracked by git; then it is better removed.
        OSError: it cannot be made private.
    """
    private = root / PRIVATE
    seen = os.lstat(private)
    problem = _shape_problem(private, seen) or _tracked_problem(private, head=True) or _odd_inside(private)
    if problem:
        raise Untrusted(*problem)
    private.chmod(0o700)
    _give_id(private, root)


def _give_id(private: Path, root: Path) -> Path:
    """A new id into the folder and its hash into the person's data folder; the note made."""
    identity = secrets.token_hex(32)
    note = _note_of(identity)
    put_note(note, {"folder": str(real(root)), "git": ""})
    put(private / _ID, identity.encode() + b"\n", mode=0o600)
    return note


def _refuse(private: Path, seen: os.stat_result) -> None:
    """Raise if this `.coder` is not to be used."""
    if problem := _shape_problem(private, seen):
        raise Untrusted(*problem)
    if seen.st_mode & 0o022:
        raise Untrusted(
            f"{private} can be written by other users, so nothing in it is used.",
            f"Look who did; then: coder trust {_shown(private.parent)}",
        )
    note = _known_note(private)
    if problem := _tracked_problem(private, head=False):
        if note is not None:  # for good: whoever only takes it out of the index keeps what came with it
            note.unlink(missing_ok=True)
        raise Untrusted(*problem)
    if note is None or not note.is_file():
        raise Untrusted(
            f"{private} was not made by coder on this machine for you, so nothing in it is used.",
            f"If it is yours: coder trust {_shown(private.parent)}; else remove it, no function is in it.",
        )


def _shape_problem(private: Path, seen: os.stat_result) -> tuple[str, str] | None:
    if stat.S_ISLNK(seen.st_mode):
        return (
            f"{private} is a link, so nothing behind it is used.",
            "Remove it; coder makes a folder of its own.",
        )
    if not stat.S_ISDIR(seen.st_mode):
        return f"{private} is no folder.", "Move it away; coder makes a folder of its own."
    if seen.st_uid != os.geteuid():
        return (
            f"{private} belongs to another user (uid {seen.st_uid}), so nothing in it is used.",
            "Work as that user, or remove the folder: it holds no function.",
        )
    return None


def _odd_inside(private: Path) -> tuple[str, str] | None:
    """What coder never makes there; later on nobody looks at each single file again."""
    for place, folders, files in os.walk(private):
        for name in (*folders, *files):
            path = Path(place) / name
            mode = path.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                what = "a link" if stat.S_ISLNK(mode) else "no ordinary file"
                return f"{path} is {what}, so {private} is not taken in.", "Remove it, or the whole folder."
    return None


def _tracked_problem(private: Path, *, head: bool) -> tuple[str, str] | None:
    root = real(private.parent)
    for folder in (root, *root.parents):
        git = git_folder(folder)
        if git is None:
            continue
        if head and (problem := _git_problem(folder)):
            return problem
        path = (root / PRIVATE).relative_to(folder).as_posix()
        try:
            tracked = index_has(git, path)
        except OddIndex as odd:
            return odd.told(git)
        if tracked or (head and head_has(git, path)):
            return (
                f"{private} is tracked by git, so it came from somebody else or goes to them; nothing in it is used.",
                f"Remove it: git -C {_shown(folder)} rm -r -f {shlex.quote(path)}",
            )
        if folder != root:
            break
    return None


def _known_note(private: Path) -> Path | None:
    """Where the id in this folder would be noted; None without an id."""
    with suppress(OSError, ValueError):
        data = read_below(private, _ID, _ID_LIMIT)
        if data and len(data) >= 64:
            return _note_of(data.decode("ascii").strip())
    return None


def _note_of(identity: str) -> Path:
    return notes_of("made") / hashlib.sha256(identity.encode()).hexdigest()


# -- git


def note_made(root: Path) -> None:
    """Remember that coder itself made this folder's repository, just now."""
    note = _known_note(root / PRIVATE)
    if note is not None and note.is_file():
        identity = secrets.token_hex(32)
        put(root / ".git" / _GIT_ID, identity.encode() + b"\n", mode=0o600)
        put_note(note, {"folder": str(real(root)), "git": _identity(root)})


def is_trusted(root: Path) -> bool:
    """Whether hooks, filters and all other settings of this folder's git may count."""
    try:
        require(root)
    except Untrusted:
        return False
    return True


def require(root: Path) -> None:
    """Nothing is written with this folder's git before this was asked.

    Raises:
        Untrusted: as `require_safe_to_read`, or its git brought settings that could run programs or lead out of it,
            and nobody has trusted them.
    """
    place, stamp = str(real(root)), stamp_of(root)
    if _required.get(place) == stamp:
        return
    require_safe_to_read(root)
    if os.path.lexists(root / ".git") and not _made_here(root):
        found = found_in(root)
        if found.what and _noted_git(root, found.digest):
            return  # looked at each time: what a hook holds can change without a sign of it outside
        if found.what:
            raise Untrusted(
                f"the git settings of {root} can run programs or lead out of it: {told(found.what)}.",
                f"Look at them; if they are to count: coder trust {_shown(root)}",
            )
    _required[place] = stamp


def problems(root: Path) -> list[str]:
    """What of this folder's git has to be trusted and is not; each as a person reads it."""
    if not os.path.lexists(root / ".git") or _made_here(root):
        return []
    found = found_in(root)
    return [] if _noted_git(root, found.digest) else list(found.what)


def trust_git(root: Path) -> list[str]:
    """Trust what this folder's git has brought, as it is now; what that was.

    Raises:
        Untrusted: as `require_safe_to_read`.
    """
    require_safe_to_read(root)
    if not os.path.lexists(root / ".git"):
        return []
    found = [] if _made_here(root) else list(found_in(root).what)
    if found:
        seen = found_in(root)
        put_note(_git_note(root), {"folder": str(real(root)), "seen": seen.digest, "what": list(seen.what)})
    return found


def require_safe_to_read(root: Path) -> None:
    """No git is started in this folder before this was asked, not even to read.

    Raises:
        Untrusted: the folder is somebody else's; for that git has a setting of its own. Or git would not get along
            with what is in it, and no trust mends that.
    """
    if problem := _owner_problem(root) or (None if _made_here(root) else _git_problem(root)):
        raise Untrusted(*problem)


def _git_problem(root: Path) -> tuple[str, str] | None:
    git = git_folder(root)
    return shape_problem(root) or (None if git is None else index_problem(git))


def _owner_problem(root: Path) -> tuple[str, str] | None:
    """That a folder or its git belongs to somebody else, as git itself sees it; None if it does not."""
    git = git_folder(root)
    places = [place for place in (root, root / ".git", git) if place is not None and os.path.lexists(place)]
    foreign = next((place for place in places if not accepted_owner(place, real(root))), None)
    if foreign is None:
        return None
    return (
        f"{foreign} belongs to another user (uid {os.lstat(foreign).st_uid}), whose git settings could run programs.",
        f"If you trust them: git config --global --add safe.directory {_shown(real(root))}",
    )


def _made_here(root: Path) -> bool:
    try:
        if not check(root / PRIVATE):
            return False
    except Untrusted:
        return False
    note = _known_note(root / PRIVATE)
    return note is not None and read_note(note).get("git") == _identity(root) != ""


def _identity(root: Path) -> str:
    """The hash of the id that coder has put into a `.git` it made; it stays when the library is moved. "" for none."""
    with suppress(OSError):
        data = read_below(root, f".git/{_GIT_ID}", _ID_LIMIT)
        return hashlib.sha256(data).hexdigest() if data else ""
    return ""


def _noted_git(root: Path, digest: str) -> bool:
    return read_note(_git_note(root)).get("seen") == digest


def _git_note(root: Path) -> Path:
    return notes_of("git") / hashlib.sha256(os.fsencode(real(root))).hexdigest()


def forget(root: Path) -> int:
    """Trust nothing of this folder any more; how many notes went."""
    place, own = str(real(root)), _known_note(root / PRIVATE)
    gone = [one.note for one in known() if one.folder == place or one.note == own]
    for note in gone:
        note.unlink(missing_ok=True)
    return len(gone)


def _shown(path: Path) -> str:
    return shlex.quote(str(path))
