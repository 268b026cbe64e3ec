"""`coder undo`, `coder redo`: saves taken back and brought back: code, tests, evidence and the ticks of the plan."""

import argparse
import sys
from collections.abc import Sequence

from coder.errors import NothingToUndo, SandboxError, SourceError
from coder.people.person import confirm
from coder.settings import Settings
from coder.terminal.prompt import Prompt
from library.sandbox import Sandbox
from library.save import save_change, would_be
from library.store import Library
from memory import log as logs
from memory.clock import utc_now
from memory.git.commit import Commit, Reversal
from memory.store import Memory
from memory.ticks import move_ticks, step_of


def undo(options: argparse.Namespace, settings: Settings) -> int:
    """Take back the last save, or with --run all saves of a run; on a terminal only if the person says so."""
    memory = _memory(settings)
    reversal = memory.undoing(() if options.run is None else _of_run(memory.saves(), options.run))
    if not options.yes and sys.stdin.isatty() and not _agreed(reversal.commits):
        print("Nothing is changed.")
        return 0
    taken, told = _reverse(memory, reversal, options, settings)
    reopened = move_ticks(memory, settings.plan_file, reversal.commits, done=False)
    _end(memory, settings, taken)
    print(f"Taken back: {taken.title.removeprefix('Undo: ')}  ({taken.sha[:10]}){told}")
    for line in reopened:
        print(line)
    if any(line.startswith("Open again") for line in reopened):
        print("Work on it again with: coder plan --start")
    print("Bring it back with: coder redo")
    return 0


def redo(options: argparse.Namespace, settings: Settings) -> int:
    """Bring back what the last undo took away."""
    memory = _memory(settings)
    with memory.lock():  # nobody else brings it back meanwhile
        reversal = memory.redoing()
        made, told = _reverse(memory, reversal, options, settings)
    back = [commit for commit in memory.saves() if commit.sha in reversal.commits[0].undoes.split()]
    ticked = move_ticks(memory, settings.plan_file, back, done=True)
    _end(memory, settings, made)
    print(f"Brought back: {made.title.removeprefix('Redo: ')}  ({made.sha[:10]}){told}")
    for line in ticked:
        print(line)
    return 0


def _reverse(memory: Memory, reversal: Reversal, options: argparse.Namespace, settings: Settings) -> tuple[Commit, str]:
    """Carry it out as every change of a library is kept; the commit, and what is to be said of its tests."""
    if options.anyway:
        return memory.reverse(reversal), ""
    library = Library(memory)
    try:
        with Sandbox(level=settings.sandbox) as sandbox:
            done = save_change(library, lambda: would_be(library, reversal), sandbox, reversal)
    except (SourceError, SandboxError) as error:  # to take back what broke the library must be possible
        return memory.reverse(reversal), f"\nNo tests were run: {error.message}"
    done.or_refused("Change or take back those first, or do it all the same with --anyway.")
    assert done.commit is not None
    ran = done.impact.ran
    return done.commit, f"; {ran} tests of what depends on it are green" if ran else ""


def _memory(settings: Settings) -> Memory:
    if not (settings.root / ".git").exists():
        raise NothingToUndo(f"{settings.root} is no library yet.", "See: coder config")
    memory = Memory(settings.root)
    memory.recover()
    return memory


def _of_run(saves: list[Commit], asked: str) -> list[Commit]:
    """The saves of one run, the newest first; of the run that saved last if none is named."""
    runs = list(dict.fromkeys(run for run, _ in map(step_of, saves) if run))
    fitting = [run for run in runs if run.startswith(asked)]
    if not fitting or (asked and len(fitting) > 1):
        which = f"run {asked!r}" if asked else "run"
        raise NothingToUndo(f"No {which} has saves here.", f"Runs with saves: {', '.join(runs[:8]) or 'none'}.")
    return [save for save in saves if step_of(save)[0] == fitting[0]]


def _agreed(chosen: Sequence[Commit]) -> bool:
    for save in chosen:
        print(f"{save.sha[:10]} of {save.when}: {save.title}")
    files = dict.fromkeys(file for save in chosen for file in save.own)
    print(f"{'It' if len(chosen) == 1 else 'They'} changed {', '.join(files)}.")
    return confirm(Prompt(), f"Take {'it' if len(chosen) == 1 else f'all {len(chosen)}'} back?")


def _end(memory: Memory, settings: Settings, made: Commit) -> None:
    """One line in the log, and the index as the library is now."""
    memory.append(settings.log_file, logs.render(logs.Line(utc_now(), "", 0, made.kind, "ok", made.title)))
    memory.write({}, f"log: {made.title}"[:120], kind="log")
    Library(memory).functions()
