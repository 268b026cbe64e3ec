"""Origins: the source of a file, a folder or an installed package, found and read as text; nothing is imported."""

import email
import os
import re
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

from library.errors import SourceError
from library.exchange import licence
from memory.disk import read_plain

_SKIP = {"venv", "site-packages", "node_modules", "build", "dist", "__pycache__", "docs"}
_LICENCES = re.compile(r"(LICEN[CS]E|COPYING|UNLICENSE)", re.IGNORECASE)
_MOST = 3000  # files
_BIGGEST = 5_000_000  # bytes of one of them
_PAPER_BYTES = 200_000  # larger is no licence


@dataclass(frozen=True)
class Origin:
    """Source that somebody already has.

    Attributes:
        name: "inflection 0.5.1", "mine.py".
        licence: its short name; "unknown" where nothing says it.
        modules: text of each module by dotted name.
        files: where each module stands, for people.
        wanted: the modules whose functions are meant.
        tests: texts of its test files.
        notice: the whole text of its licence; "" where none lies there.
        copyright: the lines that say whose it is.
        source: where it is: the address of its git repository and the commit, that of the package, or its path.
    """

    name: str
    licence: str
    modules: dict[str, str]
    files: dict[str, str]
    wanted: tuple[str, ...]
    tests: tuple[str, ...] = ()
    notice: str = ""
    copyright: tuple[str, ...] = ()
    source: str = ""

    def told(self) -> str:
        """Name, licence, whose it is and where, on one line."""
        more = "".join(f"; {part}" for part in (*self.copyright, self.source and f"from {self.source}") if part)
        return f"{self.name} (licence: {self.licence}){more}"


def find_origin(what: str, said: str = "") -> Origin:
    """Find and read it.

    Args:
        what: path of a .py file or of a folder, or the name of a package or module installed beside this Python or in
            the active virtual environment.
        said: the licence as a person gave it; looked for if "".

    Raises:
        SourceError: there is no such thing, or there is no Python source in it.
    """
    path = Path(what).expanduser()
    if path.is_file():
        found = _of_file(path.resolve(), said)
        return _with_papers(found, path.resolve().parent, checkout(path.resolve().parent) or _shown(path))
    if path.is_dir() and (os.sep in what or what.startswith(".") or not _find(what)):
        folder = path.resolve()
        found = _of_folder(folder, folder, path.name, said or _licence_near(folder), what)
        return _with_papers(found, folder, checkout(folder) or _shown(path))
    return _of_package(what, said)


def _with_papers(origin: Origin, folder: Path, source: str) -> Origin:
    """The origin with the text of its licence, whose it is, and where it is."""
    notice = _paper_near(folder)
    heads = [origin.modules[module] for module in origin.wanted[:20]]
    whose = licence.copyright_lines(notice) or tuple(line for text in heads for line in licence.copyright_lines(text))
    return replace(origin, notice=notice, copyright=tuple(dict.fromkeys(whose))[:4], source=source)


def _shown(path: Path) -> str:
    """A path without the name of whoever works here."""
    full = path.resolve()
    home = Path.home()
    return f"~/{full.relative_to(home).as_posix()}" if full.is_relative_to(home) else full.as_posix()


def _of_file(path: Path, said: str) -> Origin:
    """One file, with its sisters and its tests beside it: the package around it, or else just its own folder."""
    if path.suffix != ".py":
        raise SourceError(f"{path.name} is no Python source.", "Name a .py file, a folder, or an installed package.")
    if _is_test(Path(path.name)):
        raise SourceError(f"{path.name} holds tests; name the file with the functions.")
    root = path.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    near = [root / "tests", root / "test", root.parent / "tests"]
    paths = [one for folder in near for one in _beside(folder, "test_*.py")]
    if root == path.parent:
        paths += _beside(root, "*.py")
    else:
        paths += _sources(root / path.relative_to(root).parts[0])
    told = said or licence.in_header(_read(path)) or _licence_near(path.parent)
    found = _read_all(root, [one for one in paths if one != path], path.name, told)
    name = _module(path, root)
    modules = {**found.modules, name: _read(path)}
    return replace(found, modules=modules, files={**found.files, name: path.name}, wanted=(name,))


def _of_folder(root: Path, folder: Path, name: str, said: str, what: str) -> Origin:
    """Every module below `folder`, named from `root`, or from the `src` in it."""
    if (folder / "__init__.py").is_file() and root == folder:
        root = folder.parent
    found = _read_all(root, list(_sources(folder, installed=folder != Path(what).expanduser().resolve())), name, said)
    if not found.modules:
        raise SourceError(f"There is no Python source in {what}.")
    return found


def _read_all(root: Path, paths: Sequence[Path], name: str, said: str) -> Origin:
    source = root / "src"
    modules: dict[str, str] = {}
    files: dict[str, str] = {}
    tests: list[str] = []
    for path in paths:
        inside = path.is_relative_to(root)
        if not inside or _is_test(path.relative_to(root)):
            tests.append(_read(path))
        elif path.name not in ("setup.py", "conftest.py"):
            module = _module(path, source if path.is_relative_to(source) else root)
            modules[module] = _read(path)
            files[module] = path.relative_to(root).as_posix()
    return Origin(name, said or "unknown", modules, files, tuple(modules), tuple(tests))


def _of_package(what: str, said: str) -> Origin:
    top = what.split(".")[0]
    found = _find(top)
    if found is None:
        raise SourceError(f"There is no file, folder or installed package {what!r}.", "Is its environment active?")
    if found.is_relative_to(sysconfig.get_paths()["stdlib"]) and top in sys.stdlib_module_names:
        papers = _Papers(f"Python {sys.version_info.major}.{sys.version_info.minor} {what}", "PSF-2.0")
    else:
        papers = _distribution(top, found)
    name, said = papers.name, said or papers.licence
    if found.is_dir():
        origin = _of_folder(found.parent, found, name, said or _licence_near(found), what)
    else:
        text = _read(found)
        origin = Origin(name, said or licence.in_header(text) or "unknown", {top: text}, {top: found.name}, (top,))
    wanted = tuple(module for module in origin.modules if module == what or module.startswith(what + "."))
    if not wanted:
        raise SourceError(f"{top} has no module {what!r}.", f"It has: {', '.join(sorted(origin.modules)[:12])}.")
    whose = licence.copyright_lines(papers.notice)
    return replace(origin, wanted=wanted, notice=papers.notice, copyright=whose, source=papers.source)


def _find(name: str) -> Path | None:
    """The file or folder of a top-level module; looking for one imports nothing."""
    if not name.isidentifier():
        return None
    active = os.environ.get("VIRTUAL_ENV", "")
    sites = [str(site) for site in Path(active).glob("lib/python*/site-packages")] if active else []
    spec = PathFinder.find_spec(name, [*sites, *_places()])
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None


def _places() -> Sequence[str]:
    """Where packages are installed, and Python's own; not the folder in which we stand, nor our own."""
    paths = sysconfig.get_paths()
    return [paths["purelib"], paths["platlib"], paths["stdlib"]]


@dataclass(frozen=True)
class _Papers:
    """Of an installed package: name and version, licence, the licence's text, where its source is."""

    name: str
    licence: str = ""
    notice: str = ""
    source: str = ""


def _distribution(top: str, found: Path) -> _Papers:
    """What the metadata of the package that a module belongs to says."""
    site = found.parent
    for one in metadata.distributions(path=[str(site)]):
        tops = (one.read_text("top_level.txt") or "").split()
        if top in tops or any(file.parts[0] in (top, f"{top}.py") for file in one.files or ()):
            message = email.message_from_string(one.read_text("METADATA") or one.read_text("PKG-INFO") or "")
            fields = [(key, str(value)) for key, value in message.items()]
            papers = [Path(str(one.locate_file(file))) for file in one.files or () if _is_licence(file.name)]
            paper = _read(papers[0]) if papers and papers[0].is_file() else ""
            told = licence.of_metadata(fields) or (licence.of_text(paper) if paper else "")
            return _Papers(f"{one.name} {one.version}", told, paper, _address(fields))
    return _Papers(top)


def _address(fields: Sequence[tuple[str, str]]) -> str:
    """Where a package says that its source is."""
    found = [value.partition(",") for key, value in fields if key.lower() == "project-url"]
    named = {name.strip().lower(): address.strip() for name, _, address in found}
    home = [value for key, value in fields if key.lower() == "home-page" and value.startswith("http")]
    wanted = [named[one] for one in ("source", "repository", "source code", "homepage") if one in named]
    return next(iter([*wanted, *home]), "")


def _is_licence(name: str) -> bool:
    return _LICENCES.match(name) is not None and not name.endswith(".py")


def _licence_near(folder: Path) -> str:
    """What the nearest project around says: its pyproject.toml, or a LICENSE file."""
    for project, papers in _projects(folder):
        if project.is_file() and (told := licence.of_project(_read(project))):
            return told
        if told := next(filter(None, (licence.of_text(_read(path)) for path in papers)), ""):
            return told
    return "unknown"


def _paper_near(folder: Path) -> str:
    """The text of the nearest LICENSE file around, as far as the project goes."""
    papers = (path for _, papers in _projects(folder) for path in papers if path.stat().st_size < _PAPER_BYTES)
    return next(map(_read, papers), "")


def _projects(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Of a folder and those above it, as far as the project goes: pyproject.toml, which may be missing, and LICENSE."""
    for place in (folder, *folder.parents[:4]):
        project = place / "pyproject.toml"
        yield project, [path for path in sorted(place.iterdir()) if _is_licence(path.name) and path.is_file()]
        if project.is_file() or (place / ".git").exists():
            return


def checkout(folder: Path) -> str:
    """The address of the git repository around a folder and its commit, read as text; "" if it is in none."""
    for place in (folder, *folder.parents[:8]):
        git = place / ".git"
        if not git.is_dir() or git.is_symlink():
            continue
        try:
            if not ((git / "HEAD").is_file() and (git / "config").is_file()):
                continue
            head = (git / "HEAD").read_text("utf-8").strip()
            config = (git / "config").read_text("utf-8")
            ref = head.removeprefix("ref: ")
            packed = (git / "packed-refs").read_text("utf-8") if (git / "packed-refs").is_file() else ""
            commit = head
            if ref != head and re.fullmatch(r"refs/[\w./-]+", ref) and ".." not in ref:
                loose = git / ref
                found = re.search(rf"^([0-9a-f]{{40,64}}) {re.escape(ref)}$", packed, re.MULTILINE)
                commit = loose.read_text("utf-8").strip() if loose.is_file() else found[1] if found else ""
        except (OSError, UnicodeDecodeError):
            return ""
        address = re.search(r'\[remote "origin"\][^\[]*?^\s*url\s*=\s*(\S+)', config, re.MULTILINE)
        bare = re.sub(r"//[^/@]*@", "//", address[1]) if address else place.name  # without name and password
        return f"{bare} at {commit[:12]}" if re.fullmatch(r"[0-9a-f]{40,64}", commit) else bare
    return ""


def _sources(folder: Path, *, installed: bool = False) -> Iterator[Path]:
    """The Python files below a folder. `installed`: a package manager may have put links there to its store."""
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one not in _SKIP and not one.startswith("."))
        for name in sorted(names):
            if name.endswith(".py"):
                count += 1
                if count > _MOST:
                    raise SourceError(f"There are more than {_MOST} Python files in {folder}.", "Name a part of it.")
                path = Path(place) / name
                if not installed and _leads_out(path, folder):
                    raise SourceError(f"{path} is a link that leads out of {folder}.", "Remove it, or name its file.")
                yield path


def _leads_out(path: Path, folder: Path) -> bool:
    return path.is_symlink() and not path.resolve().is_relative_to(folder.resolve())


def _beside(folder: Path, pattern: str) -> list[Path]:
    """What lies beside a file that was named: plain files only, as nobody has asked for them."""
    return [path for path in sorted(folder.glob(pattern)) if path.is_file() and not path.is_symlink()]


def _is_test(path: Path) -> bool:
    inside = any(part in ("test", "tests", "testing") for part in path.parts[:-1])
    return path.name.startswith("test_") or path.stem.endswith("_test") or inside


def _module(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or path.parent.name


def _read(path: Path) -> str:
    try:
        text = read_plain(path, _BIGGEST).decode("utf-8", "replace")
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
