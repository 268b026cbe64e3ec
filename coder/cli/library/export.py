"""`coder library serve | export | import`: the library used by other programs, and functions brought in from them."""

import argparse
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from coder.errors import RefusedInput
from coder.settings import Settings
from library.evidence import evidence_files as records
from library.evidence.evidence import LICENCES
from library.exchange.export import MARK, Package, check_name, packages
from library.store import Library
from memory.disk import explained, put_below, read_below


def export(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """An installable package in a folder of its own; a former export there is replaced."""
    folder = Path(options.directory).expanduser()
    if folder.is_dir() and any(folder.iterdir()) and not _is_former_export(folder):
        raise RefusedInput(f"{folder} is not empty and no former export.", "Name a new folder.")
    if problem := library.problem():
        raise problem
    functions = [function.name for function in library.functions() if function.public]
    if not functions:
        raise RefusedInput(f"There is no function to export in {library.path}.")
    package = Package(
        name=check_name(options.name or _package_name(folder)),
        version=f"0.{len(library.memory.history(library.names.library, 100_000))}",
        library=library.source(),
        tests=library.tests(),
        module=library.names.module,
        examples={name: library.example(name) for name in functions},
        requires=_requirements(packages(library.source())),
        **_papers(library, functions),
    )
    files = package.files()
    with explained(f"write the package in {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            put_below(folder, name, text.encode())
    print(f"{package.name} {package.version}: {len(functions)} functions in {folder}")
    # a bare name would be a package of pip's index, which may be anybody's
    print(f"Install it with: pip install {shlex.quote(str(folder.resolve()))}")
    return 0


def _is_former_export(folder: Path) -> bool:
    try:
        return MARK.encode() in (read_below(folder, "pyproject.toml", 1_000_000) or b"")
    except OSError:  # a link, or no ordinary file
        return False


def _papers(library: Library, functions: list[str]) -> dict[str, dict[str, str]]:
    """The licences' texts and the origins out of the evidence of functions that came from elsewhere."""
    known = {name: found for name in functions if (found := records.record(library, name)) and found.origin}
    texts = {found.licence: library.memory.read(found.licence) for found in known.values() if _kept(found.licence)}
    return {
        "papers": {Path(file).name: text for file, text in texts.items() if text},
        "origins": {name: found.origin.partition("; ")[2] for name, found in known.items()},
    }


def _kept(file: str) -> bool:
    """What the evidence names as a licence is one of the texts kept there, and no file elsewhere."""
    return Path(file).parent.as_posix() == LICENCES


def _package_name(folder: Path) -> str:
    return re.sub(r"\W+", "_", folder.resolve().name, flags=re.ASCII).strip("_").lower()


def _requirements(modules: list[str]) -> dict[str, str]:
    """For each module that is installed here the package it comes from, at least in this version."""
    from importlib import metadata  # 20 ms that a listing need not wait for

    known: Mapping[str, list[str]] = metadata.packages_distributions() if modules else {}
    found = {module: known[module][0] for module in modules if module in known}
    return {module: f"{name}>={metadata.version(name)}" for module, name in found.items()}
