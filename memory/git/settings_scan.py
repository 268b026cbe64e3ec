"""What a repository brings along that could run a program or leads out of its folder; read as text, nothing is run.

Formats: git-config(1), gitformat-index(5), gitrepository-layout(5), githooks(5).
"""

import hashlib
import os
import re
import struct
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from memory.disk import read_plain
from memory.git.shape import borrowed, common_folder, entries, git_folder, is_folder

_CONFIG_LIMIT = 1_000_000  # bytes of a config file or a hook; more is not read, and told
_INDEX_LIMIT = 400_000_000
_LONGEST = 4096  # bytes of a path: PATH_MAX
_BOOLEAN = re.compile(r"(true|false|yes|no|on|off|\d+)?", re.IGNORECASE)
_WORD = r"[^.]+"
# Settings that run nothing when files are committed and read, by section. All others have to be trusted.
_HARMLESS = re.compile(
    rf"""
    core\.(repositoryformatversion|filemode|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol|safecrlf
        |quotepath|abbrev|compression|loosecompression|bigfilethreshold|untrackedcache|splitindex|preloadindex
        |trustctime|checkstat|commitgraph|multipackindex|sparsecheckout|sparsecheckoutcone|commentchar|whitespace
        |sharedrepository|deltabasecachelimit|packedgit\w+|protecthfs|protectntfs|fsync|fsyncmethod|createobject
        |checkroundtripencoding|longpaths|hidedotfiles|usereplacerefs|restrictinheritedhandles)
    |(user|author|committer)\.(name|email|useconfigonly|signingkey)
    |extensions\.(objectformat|refstorage|noop|noop-v1|preciousobjects|worktreeconfig|compatobjectformat
        |relativeworktrees)
    |remote\..+\.(url|pushurl|fetch|push|tagopt|prune|prunetags|mirror|skipdefaultupdate|skipfetchall|gh-resolved
        |followremotehead)
    |remote\.pushdefault
    |branch\..+ |init\..+ |push\..+ |pull\..+ |fetch\..+ |color\..+ |column\..+ |advice\..+ |status\..+ |i18n\..+
    |rerere\..+ |feature\..+ |checkout\..+ |stash\..+ |blame\..+ |notes\..+ |transfer\..+ |receive\..+ |http\..+
    |tag\.(gpgsign|sort|forcesignannotated)
    |commit\.(gpgsign|cleanup|status|verbose) |gpg\.format
    |log\.{_WORD} |index\.{_WORD}
    |merge\.(ff|conflictstyle|renames|renamelimit|stat|log|directoryrenames|autostash|suppressdest|branchdesc)
    |diff\.(renames|renamelimit|algorithm|context|colormoved|colormovedws|mnemonicprefix|noprefix|indentheuristic
        |submodule|wserrorhighlight|ignoresubmodules|statgraphwidth|interhunkcontext|suppressblankempty|relative)
    |gc\.(auto|autopacklimit|autodetach|bigpackthreshold|packrefs|pruneexpire|cruftpacks|writecommitgraph
        |(.+\.)?reflogexpire(unreachable)?|aggressive\w+|logexpiry|worktreepruneexpire)
    |pack\.(?!packobjectshook){_WORD} |repack\.{_WORD} |maintenance\.(auto|strategy|autodetach)
    |rebase\.(autosquash|autostash|stat|updaterefs|missingcommitscheck|abbreviatecommands)
    |submodule\.(active|recurse|.+\.(url|active|branch|ignore|fetchrecursesubmodules))
    |lfs\.(repositoryformatversion|.+\.access) |credential\.(.+\.)?(username|usehttppath)
    |gui\.{_WORD} |gitk\.{_WORD} |vscode\..+ |github\.user
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class RiskySettings:
    """What has to be trusted, in words, and a hash of exactly what was seen of it."""

    what: tuple[str, ...]
    digest: str


def stamp_of(root: Path) -> tuple[object, ...]:
    """How settings and hooks look from outside; the same as long as nobody has touched them."""
    git = git_folder(root) or root / ".git"
    common = common_folder(git)
    places = [root, root / ".git", git, common / "config", git / "config.worktree", common / "hooks"]
    found: list[object] = []
    for place in places:
        try:
            seen = os.lstat(place)
        except OSError:
            found.append(None)
        else:
            changed = () if place in (root, root / ".git", git) else (seen.st_mtime_ns, seen.st_size)
            found.append((seen.st_dev, seen.st_ino, seen.st_mode, seen.st_uid, *changed))
    return tuple(found)


def found_in(root: Path) -> RiskySettings:
    """Look at all that a repository could have brought: where it lies, links, settings, hooks."""
    git = git_folder(root)
    if git is None:
        return RiskySettings((), "")
    common = common_folder(git)
    rows = [*_outside(root, git, common), *_links(git), *(_links(common) if common != git else ())]
    settings = dict[str, str]()
    for file in (common / "config", git / "config.worktree"):
        for name, value in _settings(file):
            settings[name] = value
            here = name == "core.worktree" and os.path.realpath(git / value) == os.path.realpath(root)
            if not here and not _harmless(name, value):
                rows.append((name, value))
    folders = [common / "hooks"]
    if hooks := settings.get("core.hookspath"):
        folders.append(root / Path(hooks).expanduser())
    rows += [row for folder in folders for row in _hooks(folder)]
    digest = hashlib.sha256(repr(sorted(rows)).encode("utf-8", "surrogateescape")).hexdigest()
    return RiskySettings(tuple(dict.fromkeys(_printable(name) for name, _ in rows)), digest)


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80]


def _harmless(name: str, value: str) -> bool:
    if name == "core.bare":
        return value.lower() in ("false", "no", "off", "0")
    if name == "core.fsmonitor":  # a truth value is git's own watcher, all else a program
        return _BOOLEAN.fullmatch(value) is not None
    if name.endswith(("url", "pushurl")) and "::" in value:  # ext::sh -c ...
        return False
    return _HARMLESS.fullmatch(name) is not None


def _settings(file: Path) -> Iterator[tuple[str, str]]:
    """Names (section and key in small letters) and values of one config file; includes are not followed but told."""
    try:
        data = read_plain(file, _CONFIG_LIMIT)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        yield f"{file.name} that cannot be read", str(error)
        return
    done = _git("config", "--file", "-", "--no-includes", "--list", "-z", data=data)
    if done.returncode:
        yield f"{file.name} that git cannot read", hashlib.sha256(data).hexdigest()
    for pair in done.stdout.decode("utf-8", "surrogateescape").split("\0"):
        if pair:
            name, _, value = pair.partition("\n")
            section, _, rest = name.partition(".")
            middle, _, key = rest.rpartition(".")
            yield ".".join(part for part in (section.lower(), middle, key.lower()) if part), value


def _hooks(folder: Path) -> Iterator[tuple[str, str]]:
    """The programs in a hooks folder that git would run."""
    try:
        files = sorted(folder.iterdir())
    except OSError:
        return
    for file in files:
        if not file.name.endswith(".sample") and os.access(file, os.X_OK) and not file.is_dir():
            try:
                told = hashlib.sha256(read_plain(file, _CONFIG_LIMIT)).hexdigest()
            except (OSError, ValueError) as error:
                told = str(error)
            yield f"hook {file.name}", told


def _outside(root: Path, git: Path, common: Path) -> Iterator[tuple[str, str]]:
    """A git folder that lies elsewhere and does not say that it belongs to this work tree; objects from elsewhere."""
    real, here = Path(os.path.realpath(git)), Path(os.path.realpath(root))
    if not real.is_relative_to(here) and not _points_back(git, common, here):
        yield f"git data elsewhere: {real}", str(real)
    shared = Path(os.path.realpath(common))
    if shared != real and not (shared.is_relative_to(here) or real.is_relative_to(shared)):
        yield f"git data elsewhere: {shared}", str(shared)
    for place in borrowed(common):
        if not (place.is_relative_to(here) or place.is_relative_to(shared)):
            yield f"git data elsewhere: {place}", str(place)


def _points_back(git: Path, common: Path, here: Path) -> bool:
    with suppress(OSError, ValueError):  # a second work tree
        back = read_plain(git / "gitdir", 10_000).decode("utf-8", "surrogateescape").strip()
        return Path(os.path.realpath(git / back)) == here / ".git"
    tree = dict(_settings(common / "config")).get("core.worktree", "")  # a submodule
    return bool(tree) and Path(os.path.realpath(git / tree)) == here


def _links(git: Path) -> Iterator[tuple[str, str]]:
    """Links in a git folder that lead out of it: git writes through some of them."""
    inside = os.path.realpath(git) + os.sep
    single = str(git / "objects") + os.sep
    for entry in entries(git):
        if not entry.is_symlink():
            continue
        path = Path(entry.path)
        # Single objects are renamed into place, never written through a link; their folders must be real ones.
        single = path.is_relative_to(git / "objects") and not is_folder(path)
        if not single and not (os.path.realpath(path) + os.sep).startswith(inside):
            yield f"link {path.relative_to(git)}", str(path.readlink())


# -- whose


def accepted_owner(place: Path, root: Path) -> bool:
    """Whether git would work here: the place is mine, or the person has named the folder in safe.directory.

    Args:
        place: what is looked at, itself, not where it leads.
        root: the folder, links resolved.
    """
    owner, me = os.lstat(place).st_uid, os.geteuid()
    if owner == me or (me == 0 and str(owner) == os.environ.get("SUDO_UID")):
        return True
    try:
        done = _git("config", "-z", "--get-all", "safe.directory")
    except OSError:
        return False
    accepted: list[str] = []
    for value in os.fsdecode(done.stdout).split("\0")[:-1]:
        accepted = [*accepted, value] if value else []
    folders = {value.rstrip("/") or "/" for value in accepted}
    above = {f"{folder}/*" for folder in map(str, root.parents)}
    return "*" in folders or str(root) in folders or bool(above & folders)


def _git(*words: str, data: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    """Git, outside of any repository and with no more of the environment than where its settings are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _FILES}
    environment = {**kept, "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
    return subprocess.run(["git", *words], input=data, capture_output=True, cwd="/", env=environment, check=False)


_FILES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")


# -- what is tracked


class OddIndex(Exception):
    """An index holds a path that is longer than any that a file can have."""

    def told(self, git: Path) -> tuple[str, str]:
        """What there is, and what to do."""
        return (
            f"{git / 'index'} has a path of more than {_LONGEST:,} bytes, so no git is started there.",
            "Remove it (`git reset` makes a new one), or choose another folder with --library.",
        )


def index_problem(git: Path) -> tuple[str, str] | None:
    """That git would take more time and memory for the index of this git folder than there is; what to do."""
    try:
        for data in _indexes(git):
            if data[4:8] == b"\0\0\0\4":  # only there a few bytes stand for a long path, again and again
                for _ in _paths(data):
                    pass
    except OddIndex as odd:
        return odd.told(git)
    return None


def index_has(git: Path, folder: str) -> bool:
    """Whether the index names a file in `folder` (with "/"), in any spelling of small and capital letters.

    Raises:
        OddIndex: that cannot be said.
    """
    wanted = os.fsencode(folder).lower() + b"/"
    return any(_names_one(data, wanted) for data in _indexes(git))


def _indexes(git: Path) -> Iterator[bytes]:
    """The index, and the one that it may share with others."""
    with suppress(OSError):
        data = read_plain(git / "index", _INDEX_LIMIT)
        yield data
        shared = data.rfind(b"link\0\0")
        if shared > 0:
            yield read_plain(git / f"sharedindex.{data[shared + 8 : shared + 28].hex()}", _INDEX_LIMIT)


def _names_one(data: bytes, wanted: bytes) -> bool:
    """Whether a path in an index file begins with `wanted`, which is in small letters."""
    for path in _paths(data):
        if path.lower().startswith(wanted):
            return True
        if path > wanted + b"\xff":  # they are sorted, and capitals come first
            return False
    return False


def _paths(data: bytes) -> Iterator[bytes]:
    """The paths in an index file, as far as it is one."""
    with suppress(ValueError, struct.error, IndexError):
        mark, version, count = struct.unpack_from(">4sLL", data)
        place, last = 12, b""
        for _ in range(count if mark == b"DIRC" and 2 <= version <= 4 else 0):
            start = place
            flags = struct.unpack_from(">H", data, place + 60)[0]
            place += 64 if flags & 0x4000 else 62
            drop = 0
            if version == 4:
                drop, place = _number(data, place)
            end = data.index(b"\0", place)
            if end - place > _LONGEST:
                raise OddIndex
            last = (last[: len(last) - drop] if version == 4 else b"") + data[place:end]
            if len(last) > _LONGEST:
                raise OddIndex
            place = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
            yield last


def _number(data: bytes, place: int) -> tuple[int, int]:
    """A number of variable width as git writes it, and where the next begins."""
    value = data[place] & 127
    while data[place] & 128:
        place += 1
        value = ((value + 1) << 7) | (data[place] & 127)
        if value > _LONGEST:
            raise OddIndex
    return value, place + 1


def head_has(git: Path, folder: str) -> bool:
    """Whether the last commit holds something at `folder`."""
    words = ("-c", "core.fsmonitor=false", f"--git-dir={git}", "ls-tree", "--name-only", "HEAD", "--", folder)
    with suppress(OSError):
        return bool(_git(*words).stdout.strip())
    return False
