"""`coder library archive`: by name, or with --unused all that nobody uses and that is not young, after one yes."""

import argparse
import io
import json
import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime

from coder.cli.library.rename import keep
from coder.cli.library.report import FunctionReport, rows_of
from coder.cli.library.show import ARCHIVE
from coder.errors import CoderError, RefusedInput
from coder.people.person import confirm
from coder.settings import Settings
from coder.terminal.prompt import Prompt
from library.editing.splice import splice
from library.evidence.evidence_files import Files, archived
from library.source.closure import closure
from library.store import Library

YOUNG_DAYS, YOUNG_SAVES = 14, 10  # a function is young until both have passed since it came
_KEEP = re.compile(r"^#\s*keep\b", re.MULTILINE)  # above a function: never propose it


@dataclass(frozen=True)
class Unused:
    """What nobody uses: what may go, and what is too young to be judged."""

    old: list[FunctionReport] = field(default_factory=list[FunctionReport])
    young: list[FunctionReport] = field(default_factory=list[FunctionReport])


def archive(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Move functions that nothing uses out of the way; `restore` brings them back."""
    if bool(options.names) == options.unused:
        raise RefusedInput("archive: which functions?", "Name some, or propose those that nobody uses with --unused.")
    if not options.unused:
        for name in options.names:
            _archive_one(name, library, settings)
        return 0
    rows, problem = rows_of(library)
    if problem:
        raise RefusedInput(f"Nobody knows what was read: {problem}", "Archive by name, or mend the journal first.")
    found = unused(rows, library, options.days)
    if options.json:
        print(json.dumps({"old": [_data(row) for row in found.old], "young": [row.name for row in found.young]}))
    else:
        _show(found, options.days)
    if not found.old or not (options.yes or (not options.json and _yes(len(found.old)))):
        return 0
    return _move([row.name for row in found.old], library, settings, quiet=options.json)


def _archive_one(name: str, library: Library, settings: Settings) -> None:
    if library.get(name) is None:
        raise RefusedInput(f"There is no function {name!r}.", "See: coder library list")
    source = closure(library.good_source(), [name])
    text = splice(library.memory.read(ARCHIVE), source, replace=True)
    files: Files = {ARCHIVE: text, **archived(library, name)}  # of the same commit, so that it is never in neither
    keep(library, settings, lambda: library.plan_remove(name), f"archive {name}", lambda _: files)


def unused(
    rows: Sequence[FunctionReport], library: Library, days: int = YOUNG_DAYS, now: datetime | None = None
) -> Unused:
    """What is never called by another function nor by a test that is not its own, never read, never taken.

    Args:
        rows: every public function of the library.
        days: age in days up to which a function is young; so is one after which the library was saved less than ten
            times, or which is not yet committed.
    """
    functions, tests = {one.name: one for one in library.functions()}, library.tests_by_name()
    found = Unused()
    for row in rows:
        foreign = [test for test in tests.get(row.name, ()) if not test.startswith(f"test_{row.name}__")]
        if not row.unused or row.breaks or foreign or _KEEP.search(functions[row.name].source):
            continue
        young = age(row, now) < days or row.usage.since < YOUNG_SAVES
        (found.young if young else found.old).append(row)
    return found


def age(row: FunctionReport, now: datetime | None = None) -> int:
    """Whole days since the function came, or came back; 0 if that is not in the history."""
    if not row.usage.there:
        return 0
    return ((now or datetime.now(UTC)) - datetime.fromisoformat(row.usage.there)).days


def _show(found: Unused, days: int) -> None:
    for row in found.old:
        print(
            f"{row.name:<32} {age(row)} days, {row.usage.since} saves since; offered in {row.told.offered} runs,"
            " never called, read or taken"
        )
    if not found.old:
        print("Nothing to archive: what is there is used, kept by a comment `# keep`, or young.")
    if found.young:
        names = ", ".join(row.name for row in found.young[:8]) + (", ..." if len(found.young) > 8 else "")
        print(f"{len(found.young)} unused but young (under {days} days or {YOUNG_SAVES} saves), so they stay: {names}")


def _data(row: FunctionReport) -> dict[str, object]:
    return {**row.to_json(), "days": age(row)}


def _yes(count: int) -> bool:
    if not sys.stdin.isatty():
        print("Nothing is moved: nobody is here to say yes. With -y they are moved.")
        return False
    return confirm(Prompt(), f"Move {'this one' if count == 1 else f'these {count}'} to the archive?")


def _move(names: Sequence[str], library: Library, settings: Settings, *, quiet: bool) -> int:
    """One after the other, each tested and committed; what cannot go stays and says why."""
    stayed = 0
    for name in names:
        try:
            with redirect_stdout(io.StringIO()):
                _archive_one(name, library, settings)
            told = f"{name}: archived; back with coder library restore {name}"
        except CoderError as error:
            stayed, told = stayed + 1, f"{name}: stays: {error.message}"
        if not quiet:
            print(told)
    return 3 if stayed else 0
