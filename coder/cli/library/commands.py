"""`coder library …`: list, show, search, test, path."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

from coder.cli.library.exchange import ELSEWHERE
from coder.cli.library.find import find
from coder.cli.library.upkeep import ACTIONS as UPKEEP
from coder.cli.library.upkeep import ARCHIVE
from coder.errors import RefusedInput
from coder.settings import Settings
from library.editing.red_mark import is_marked
from library.evidence.api_change import api_change
from library.evidence.evidence import Evidence
from library.evidence.evidence_files import record
from library.sandbox import Sandbox
from library.search.index import Index
from library.source.function import Function, parse
from library.store import Library
from library.versions import source_at
from library.versions import versions as versions_of
from memory.errors import Untrusted
from memory.git.trust import check
from memory.store import Commit, Memory
from memory.text_diff import changes

WRITING = {"undo", "restore", "rename", "archive", "tidy", "import"}  # what changes the library


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Carry out one action on the library that the settings name."""
    if not options.action:
        raise RefusedInput("library: which action?", f"One of: {', '.join(ACTIONS)}.")
    library = Library(Memory(settings.root))
    try:
        usable = settings.root.is_dir() and (check(library.memory.private) or True)
    except Untrusted as problem:
        print(f"coder: {problem}", file=sys.stderr)  # to look is allowed all the same: nothing of it is read
        usable = False
    if not usable:
        library.index = Index(None, library.path.name)  # whoever only looks gets no folder
    if problem := library.problem():
        print(f"coder: {problem}", file=sys.stderr)
    return ACTIONS[options.action](options, library, settings)


def list_functions(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Every public function with its first line."""
    functions = [function for function in library.functions() if function.public]
    if options.json:
        print(json.dumps([_row(function) for function in functions]))
        return 0
    for function in functions:
        print(f"{function.signature}{_red(function)}\n    {function.summary}")
    print(f"{len(functions)} function{'' if len(functions) == 1 else 's'} in {library.path}")
    return 0


def show(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """One function: its source, its tests, who calls it, its history."""
    function = library.get(options.name)
    if function is None:
        if options.name in _archived(library):
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
        print(json.dumps({**_row(function), **more}))
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


def _archived(library: Library) -> list[str]:
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


def search(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Functions by words."""
    hits = library.search(" ".join(options.words), options.limit)
    if options.json:
        print(json.dumps([{**_row(hit.function), "score": round(hit.score, 3)} for hit in hits]))
    for hit in [] if options.json else hits:
        print(f"{hit.function.signature}{_red(hit.function)}\n    {hit.function.summary}")
    words = "_".join(options.words).lower()
    gone = [name for name in _archived(library) if words in name.lower()]
    for name in [] if options.json else gone:
        print(f"{name} (in the archive; back with coder library restore {name})")
    if not hits and not gone and not options.json:
        print("Nothing found.")
    return 0 if hits or gone else 3


def test(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """The whole test_library.py, by pytest, in the sandbox."""
    if not library.tests().strip():
        print("There are no tests yet.")
        return 0
    with Sandbox(level=settings.sandbox) as sandbox:
        report = sandbox.pytest({"library.py": library.source(), "test_library.py": library.tests()})
    if options.json:
        rows = [{"test": t.name, "outcome": t.outcome, "message": t.message} for t in report.tests]
        print(json.dumps(rows))
    else:
        print(report.text.rstrip())
    return 0 if report.ok else 3


def tidy(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """What is said twice, said once, in steps that change nothing that can be seen."""
    from coder.cli.library import tidy as library_tidy  # 40 ms that a listing need not wait for

    return library_tidy.tidy(options, library, settings)


def path(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """The folder, as PYTHONPATH wants it."""
    print(library.path.parent)
    return 0


def archive(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Functions out of the way: by name, or those that nobody uses."""
    from coder.cli.library import (
        archive as library_archive,  # the comparison of functions: a listing need not wait for it
    )

    return library_archive.archive(options, library, settings)


def report(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """What is used and what is not."""
    from coder.cli.library import report as library_report  # as above

    return library_report.report(options, library, settings)


def _row(function: Function) -> dict[str, Any]:
    row = {"name": function.name, "signature": function.signature, "summary": function.summary}
    return {**row, "red": is_marked(function.source)}


def _red(function: Function) -> str:
    return "   (red: saved although a test of it was)" if is_marked(function.source) else ""


ACTIONS: dict[str, Callable[[argparse.Namespace, Library, Settings], int]] = {
    "list": list_functions,
    "show": show,
    "search": search,
    "find": find,
    "test": test,
    "tidy": tidy,
    "path": path,
    **UPKEEP,
    "archive": archive,
    "report": report,
    **ELSEWHERE,
}
