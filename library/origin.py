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

from library import licence
from library.errors import SourceError
from memory.disk import read_plain

_SKIP = {"venv", "site-packages", "node_modules", "build", "dist", "__pycache__", "docs"}
_LICENCES = re.compile(r"(LICEN[CS]E|COPYING|UNLICENSE)", re.IGNORECASE)
_MOST = 3000  # files
_BIGGEST = 5_000_000  # bytes of one of them


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
    """

    name: str
    licence: str
    modules: dict[str, str]
    files: dict[str, str]
    wanted: tuple[str, ...]
    tests: tuple[str, ...] = ()


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
        return _of_file(path.resolve(), said)
    if path.is_dir() and (os.sep in what or what.startswith(".") or not _find(what)):
        return _of_folder(path.resolve(), path.resolve(), path.name, said or _licence_near(path.resolve()), what)
    return _of_package(what, said)


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
        name, told = f"Python {sys.version_info.major}.{sys.version_info.minor} {what}", "PSF-2.0"
    else:
        name, told = _distribution(top, found)
    said = said or told
    if found.is_dir():
        origin = _of_folder(found.parent, found, name, said or _licence_near(found), what)
    else:
        text = _read(found)
        origin = Origin(name, said or licence.in_header(text) or "unknown", {top: text}, {top: found.name}, (top,))
    wanted = tuple(module for module in origin.modules if module == what or module.startswith(what + "."))
    if not wanted:
        raise SourceError(f"{top} has no module {what!r}.", f"It has: {', '.join(sorted(origin.modules)[:12])}.")
    return replace(origin, wanted=wanted)


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


def _distribution(top: str, found: Path) -> tuple[str, str]:
    """Name and version of the package that a module belongs to, and the licence that its metadata says."""
    site = found.parent
    for one in metadata.distributions(path=[str(site)]):
        tops = (one.read_text("top_level.txt") or "").split()
        if top in tops or any(file.parts[0] in (top, f"{top}.py") for file in one.files or ()):
            message = email.message_from_string(one.read_text("METADATA") or one.read_text("PKG-INFO") or "")
            fields = [(key, str(value)) for key, value in message.items()]
            papers = [Path(str(one.locate_file(file))) for file in one.files or () if _is_licence(file.name)]
            told = licence.of_metadata(fields) or (licence.of_text(_read(papers[0])) if papers else "")
            return f"{one.name} {one.version}", told
    return top, ""


def _is_licence(name: str) -> bool:
    return _LICENCES.match(name) is not None and not name.endswith(".py")


def _licence_near(folder: Path) -> str:
    """What the nearest project around says: its pyproject.toml, or a LICENSE file."""
    for place in (folder, *folder.parents[:4]):
        project = place / "pyproject.toml"
        if project.is_file() and (told := licence.of_project(_read(project))):
            return told
        for path in sorted(place.iterdir()):
            if _is_licence(path.name) and path.is_file() and (told := licence.of_text(_read(path))):
                return told
        if project.is_file() or (place / ".git").exists():
            break
    return "unknown"


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
