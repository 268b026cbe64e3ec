"""`coder trust`, and the question before anything is written into a folder that brought something with it."""

import argparse
import os
import sys
from pathlib import Path

from coder.errors import RefusedInput, Untrusted
from coder.people.person import confirm
from coder.settings import Settings
from coder.terminal.prompt import Prompt
from coder.terminal.text import inline
from memory.git import trust as notes


def run(options: argparse.Namespace, settings: Settings) -> int:
    """`coder trust [DIR]`, `--list`, `--forget DIR`."""
    if options.list:
        return _list()
    if options.forget:
        root = Path(options.forget).expanduser().absolute()
        gone = notes.forget(root)
        print(inline(f"{root}: {'not trusted any more' if gone else 'nothing of it was trusted'}."))
        return 0
    root = Path(options.directory).expanduser().absolute() if options.directory else settings.root
    if not root.is_dir():
        raise RefusedInput(f"There is no folder {root}.", "coder trust DIR")
    for line in _trust(root):
        print(inline(line))
    return 0


def _trust(root: Path) -> list[str]:
    """Trust what is there; in words what that was."""
    told: list[str] = []
    private = root / notes.PRIVATE
    git = notes.trust_git(root)  # first: it refuses what belongs to somebody else
    if os.path.lexists(private) and not _passes(private):
        notes.take_in(root)
        told.append(f"{private}: taken in; its runs can go on, a write that was interrupted is finished.")
    if git:
        told.append(f"The git settings of {root} count as they are now: {', '.join(git)}.")
    return told or [f"There is nothing in {root} that has to be trusted."]


def _passes(private: Path) -> bool:
    try:
        return notes.check(private)
    except Untrusted:
        return False


def _list() -> int:
    rows = list(notes.known())
    for row in rows:
        print(inline(f"{row.folder}  {row.what}{'' if Path(row.folder).is_dir() else '  (not there now)'}"))
    if not rows:
        print("No folder is trusted yet.")
    return 0


def be_sure(root: Path, *, ask: bool) -> None:
    """Go on only if the folder may be written into: it is as coder made it, or the person trusts it, who may be asked.

    Raises:
        Untrusted: it came from somebody else, and nobody trusts it.
    """
    try:
        _check(root)
        return
    except Untrusted as problem:
        if not ask or "coder trust" not in problem.hint:
            raise
        print(f"{inline(problem.message[:1].upper() + problem.message[1:])}")
        if not confirm(Prompt(), "Trust it?"):
            raise
    _trust(root)
    _check(root)


def _check(root: Path) -> None:
    notes.check(root / notes.PRIVATE)
    notes.require(root)


def somebody_here(options: argparse.Namespace) -> bool:
    """Whether a question can be answered."""
    return not getattr(options, "yes", False) and sys.stdin.isatty() and sys.stdout.isatty()
