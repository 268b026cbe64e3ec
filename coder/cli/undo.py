"""`coder undo`, `coder redo`: saves taken back and brought back: code, tests, evidence and the ticks of the plan."""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from coder.errors import NothingToUndo, RefusedInput, SandboxError, SourceError
from coder.people.person import confirm
from coder.settings import Settings
from coder.terminal.prompt import Prompt
from library.impact import impact, would_be
from library.sandbox import Sandbox
from library.store import Library
from memory import log as logs
from memory.clock import utc_now
from memory.git.commit import Commit
from memory.store import Memory
from memory.ticks import move_ticks, step_of


def undo(options: argparse.Namespace, settings: Settings) -> int:
    """Take back the last save, or with --run all saves of a run; on a terminal only if the person says so."""
    memory = _memory(settings)
    chosen = memory.saves()[:1] if options.run is None else _of_run(memory.saves(), options.run)
    if chosen and not options.yes and sys.stdin.isatty() and not _agreed(chosen):
        print("Nothing is changed.")
        return 0
    checked = _Checked(Library(memory), settings, anyway=options.anyway)
    taken = memory.undo(chosen, checked)
    reopened = move_ticks(memory, settings.plan_file, chosen, done=False)
    _end(checked, settings, taken)
    print(f"Taken back: {taken.title.removeprefix('Undo: ')}  ({taken.sha[:10]}){checked.told}")
    for line in reopened:
        print(line)
    if any(line.startswith("Open again") for line in reopened):
        print("Work on it again with: coder plan --start")
    print("Bring it back with: coder redo")
    return 0


def redo(options: argparse.Namespace, settings: Settings) -> int:
    """Bring back what the last undo took away."""
    memory = _memory(settings)
    checked = _Checked(Library(memory), settings, anyway=options.anyway)
    made = memory.redo(checked)
    undone = next(commit for commit in memory.changes() if commit.sha == made.redoes)
    back = [commit for commit in memory.saves() if commit.sha in undone.undoes.split()]
    ticked = move_ticks(memory, settings.plan_file, back, done=True)
    _end(checked, settings, made)
    print(f"Brought back: {made.title.removeprefix('Redo: ')}  ({made.sha[:10]}){checked.told}")
    for line in ticked:
        print(line)
    return 0


@dataclass
class _Checked:
    """The tests of all that depends on a save, in the library as it would be, before it is taken or brought back."""

    library: Library
    settings: Settings
    anyway: bool = False
    told: str = ""

    def __call__(self, texts: Mapping[str, str | None]) -> None:
        """Raises RefusedInput when a test would be red."""
        names = self.library.names
        source = texts.get(names.library, self.library.source()) or ""
        tests = texts.get(names.tests, self.library.tests()) or ""
        if self.anyway or not texts.keys() & {names.library, names.tests}:
            return
        try:
            change = would_be(self.library, source, tests)
            with Sandbox(level=self.settings.sandbox) as sandbox:
                found = impact(change, sandbox)
        except (SourceError, SandboxError) as error:  # to take back what broke the library must be possible
            self.told = f"\nNo tests were run: {error.message}"
            return
        if found.red:
            lines = "\n".join(f"  {line}" for line in found.red[:8])
            raise RefusedInput(
                f"Not done, because this would break:\n{lines}",
                "Change or take back those first, or do it all the same with --anyway.",
            )
        self.told = f"; {found.ran} tests of what depends on it are green" if found.ran else ""


def _memory(settings: Settings) -> Memory:
    if not (settings.root / ".git").exists():
        raise NothingToUndo(f"{settings.root} is no library yet.", "See: coder config")
    return Memory(settings.root)


def _of_run(saves: list[Commit], asked: str) -> list[Commit]:
    """The saves of one run, the newest first; of the run that saved last if none is named."""
    runs = list(dict.fromkeys(run for run, _ in map(step_of, saves) if run))
    fitting = [run for run in runs if run.startswith(asked)]
    if not fitting or (asked and len(fitting) > 1):
        which = f"run {asked!r}" if asked else "run"
        raise NothingToUndo(f"No {which} has saves here.", f"Runs with saves: {', '.join(runs[:8]) or 'none'}.")
    return [save for save in saves if step_of(save)[0] == fitting[0]]


def _agreed(chosen: list[Commit]) -> bool:
    for save in chosen:
        print(f"{save.sha[:10]} of {save.when}: {save.title}")
    files = dict.fromkeys(file for save in chosen for file in save.files if file not in save.along)
    print(f"{'It' if len(chosen) == 1 else 'They'} changed {', '.join(files)}.")
    return confirm(Prompt(), f"Take {'it' if len(chosen) == 1 else f'all {len(chosen)}'} back?")


def _end(checked: _Checked, settings: Settings, made: Commit) -> None:
    """One line in the log, and the index as the library is now."""
    memory, word = checked.library.memory, made.kind
    memory.append(settings.log_file, logs.render(logs.Line(utc_now(), "", 0, word, "ok", made.title)))
    memory.write({}, f"log: {made.title}"[:120], kind="log")
    Library(memory).functions()
