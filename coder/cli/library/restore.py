"""`coder library undo` and `restore`: a function as it was before, or out of the archive."""

import argparse

from coder.cli.library.rename import keep
from coder.cli.library.show import ARCHIVE
from coder.errors import RefusedInput
from coder.settings import Settings
from library.editing.red_mark import with_mark
from library.evidence.evidence_files import (
    archived_file,
    earlier,
    record,
    restored,
    was_red,
)
from library.source.closure import closure
from library.source.function import Parsed, parse
from library.source.incremental import reparse
from library.source.syntax_tree import split_lines
from library.store import Library
from library.versions import former_tests, own_tests_at, source_at
from library.versions import versions as versions_of
from memory.git.commit import Commit
from memory.ticks import move_ticks


def undo(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Take one function back to what it was before its last change; the rest of the library stays."""
    versions = _versions(library, options.name)
    if len(versions) < 2:
        raise RefusedInput(f"{options.name} has no earlier version.", "coder undo takes back the whole last save.")
    return _put_back(options.name, library, settings, versions[1])


def restore(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Bring back a function from the archive, or one of its versions with --at."""
    if options.at:
        commit = next((c for c in _versions(library, options.name) if c.sha.startswith(options.at)), None)
        if commit is None:
            shas = ", ".join(c.sha[:10] for c in _versions(library, options.name)[:8]) or "none"
            raise RefusedInput(f"{options.name} has no version {options.at}.", f"There are: {shas}.")
        return _put_back(options.name, library, settings, commit)
    text = library.memory.read(ARCHIVE)
    if not text or parse(text, ARCHIVE).get(options.name) is None:
        return _put_back(options.name, library, settings, _last_there(library, options.name))
    source = closure(text, [options.name])
    known = record(library, options.name, archived_file(options.name))
    examples, tests = known.shown_examples if known else (), former_tests(library, options.name)
    plan = lambda: library.plan_save(source, tests, examples=examples, name=options.name)  # noqa: E731 - planned under the lock
    return keep(library, settings, plan, f"restore {options.name}", lambda _: restored(library, options.name))


def _versions(library: Library, name: str) -> list[Commit]:
    versions = versions_of(library, name)
    if not versions:
        raise RefusedInput(f"There is no function {name!r}, nor was there one.", "See: coder library list")
    return versions


def _last_there(library: Library, name: str) -> Commit:
    """The newest version of a function that is neither in the library nor in the archive, as after an undo."""
    if library.get(name) is not None:
        raise RefusedInput(f"{name} is in the library.", "With --at SHA an earlier version of it is restored.")
    there = (commit for commit in _versions(library, name) if source_at(library, name, commit))
    commit = next(there, None)
    if commit is None:
        raise RefusedInput(f"No version of {name} can be read.", f"See: git -C {library.memory.root} log")
    return commit


def _put_back(name: str, library: Library, settings: Settings, commit: Commit) -> int:
    """Bring a version back with the tests and the evidence that it had; tests of another version of it go."""
    known = Parsed(())
    text = library.memory.at(library.names.library, commit.sha)
    if reparse(known, text).get(name) is None:
        raise RefusedInput(f"{name} was not there at {commit.sha[:10]}.", "Take another version.")
    source = closure(text, [name])
    own = {name}
    others = [f.name for f in parse(source).functions if f.public and f.name not in own]
    for other in others:  # what it calls stays as it is today
        if library.get(other):
            source = _without(source, other)
    if was_red(library, name, commit.sha):
        source = with_mark(source, name)
    tests = own_tests_at(library, name, commit)
    plan = lambda: library.plan_save(source, tests, name=name, replace=True, keep_tests=False)  # noqa: E731 - as above
    before = _versions(library, name)
    why = f"restore {name} as of {commit.sha[:10]}"
    code = keep(library, settings, plan, why, lambda _: earlier(library, name, commit.sha))
    shas = [version.sha for version in before]
    newer = before[: shas.index(commit.sha)] if commit.sha in shas else before
    for line in move_ticks(library.memory, settings.plan_file, newer, done=False):
        print(line)
    for line in move_ticks(library.memory, settings.plan_file, [commit], done=True):
        print(line)
    return code


def _without(source: str, name: str) -> str:
    parsed = parse(source)
    function = parsed.get(name)
    if function is None:
        return source
    lines = split_lines(source)
    return "".join(lines[: function.line - 1] + lines[function.end_line :])
