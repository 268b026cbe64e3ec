"""`coder library list` and `show`: every function with its first line, and one with all that is known of it."""

import argparse
import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from coder.errors import RefusedInput
from coder.settings import Settings
from library.editing.red_mark import is_marked
from library.evidence.api_change import api_change
from library.evidence.evidence import Evidence
from library.evidence.evidence_files import record
from library.source.function import Function, parse
from library.store import Library
from library.versions import source_at
from library.versions import versions as versions_of
from memory.git.commit import Commit
from memory.text_diff import changes

ARCHIVE = "archive_extlib.py"


def list_functions(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Every public function with its first line."""
    functions = [function for function in library.functions() if function.public]
    if options.json:
        print(json.dumps([row(function) for function in functions]))
        return 0
    for function in functions:
        print(f"{function.signature}{red_note(function)}\n    {function.summary}")
    print(f"{len(functions)} function{'' if len(functions) == 1 else 's'} in {library.path}")
    return 0


def show(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """One function: its source, its tests, who calls it, its history."""
    function = library.get(options.name)
    if function is None:
        if options.name in archived_names(library):
            raise RefusedInput(f"{options.name} is in the archive.", f"Back with: coder library restore {options.name}")
        near = ", ".join(_near(options.name, library)) or "none"
        raise RefusedInput(f"There is no function {options.name!r} in {library.path}.", f"Near it: {near}.")
    callers = library.dependents(function.name)
    versions = versions_of(library, function.name)
    known = record(library, function.name)
    steps = _steps(library, function.name, versions)
    if options.json:
        history = [
            {"sha": commit.sha, "when": commit.when, "why": commit.why, "api": list(change), "diff": diff}
            for commit, change, diff in steps
        ]
        more: dict[str, Any] = {"source": function.source, "callers": list(callers), "history": history}
        more["evidence"] = {**known.to_json(), "current": known.digest == function.digest} if known else None
        print(json.dumps({**row(function), **more}))
        return 0
    if is_marked(function.source):
        print("# RED: a test of it was red when it was saved")
    print(function.source.rstrip())
    print(f"\n# tests\n{library.tests_for([function.name]).rstrip() or '# none'}")
    print("\n# evidence")
    for line in _evidence(known, function):
        print(f"# {line}")
    print(f"\n# called by: {', '.join(callers) or 'nothing yet'}")
    for commit, change, diff in steps:
        print(f"# {commit.when}  {commit.sha[:10]}  {commit.title}")
        for line in change:
            print(f"#     {line}")
        if options.diff and diff:
            print(diff)
    return 0


def _steps(library: Library, name: str, versions: Sequence[Commit]) -> list[tuple[Commit, tuple[str, ...], str]]:
    """Each version, newest first, with what it changed for callers and the difference to the one before."""
    texts = [source_at(library, name, commit) for commit in versions] if len(versions) > 1 else [""] * len(versions)
    found: list[tuple[Commit, tuple[str, ...], str]] = []
    for number, (commit, text) in enumerate(zip(versions, texts, strict=True)):
        before = texts[number + 1] if number + 1 < len(texts) else ""
        found.append((commit, api_change(before, text, name), changes(before, text) if before else ""))
    return found


def archived_names(library: Library) -> list[str]:
    """Names of the public functions in the archive that are not back in the library."""
    text = library.memory.read(ARCHIVE)
    names = [function.name for function in parse(text, ARCHIVE).functions if function.public] if text else []
    return [name for name in names if library.get(name) is None]


def _evidence(known: Evidence | None, function: Function) -> list[str]:
    """What is known of why it was let in; and whether that was said of this version."""
    if known is None:
        return ["none: it was put in by hand, or before evidence was kept"]
    old = [] if known.digest == function.digest else ["! of an earlier version: the function was changed since"]
    return [*old, *known.lines]


def _near(name: str, library: Library) -> list[str]:
    """Names that look like it, else those that its words find."""
    names = {function.name.lower(): function.name for function in library.functions()}
    alike = [names[found] for found in get_close_matches(name.lower(), names, 3)]
    return alike or [hit.function.name for hit in library.search(name.replace("_", " "), 3)]


def row(function: Function) -> dict[str, Any]:
    """A function as data."""
    row = {"name": function.name, "signature": function.signature, "summary": function.summary}
    return {**row, "red": is_marked(function.source)}


def red_note(function: Function) -> str:
    """What is said behind a function that was saved although red, else ""."""
    return "   (red: saved although a test of it was)" if is_marked(function.source) else ""
