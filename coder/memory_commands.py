"""`coder undo`, `coder log`, `coder plan`: what a library's folder remembers."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from coder import editor
from coder.errors import NothingToUndo, PlanError, RefusedInput
from coder.journal import JOURNAL, Journal, RunRow
from coder.settings import Settings
from memory import log as logs
from memory import plan as plans
from memory.commit import Commit
from memory.store import Memory
from memory.when import utc_now

LOOK_BACK = 1000  # commits in which the last save is looked for before the question; undo itself looks at all


def undo(options: argparse.Namespace, settings: Settings) -> int:
    """Take back the last save; on a terminal only if the person says so."""
    memory = Memory(settings.root)
    if not (settings.root / ".git").exists():
        raise NothingToUndo(f"{settings.root} is no library yet.", "See: coder config")
    if not options.yes and sys.stdin.isatty() and (last := _last_save(memory)) is not None:
        print(f"The last save is {last.sha[:10]} of {last.when}: {last.title}")
        print(f"It changed {', '.join(file for file in last.files if file not in last.along)}.")
        if _answer("Take it back? [y/N] ") not in ("y", "yes"):
            print("Nothing is changed.")
            return 0
    taken = memory.undo()
    now = utc_now()
    memory.append(settings.log_file, logs.render(logs.Line(now, "", 0, "undo", "ok", taken.title)))
    memory.write({}, f"log: {taken.title}"[:120], kind="log")
    print(f"Taken back: {taken.title.removeprefix('Undo: ')}  ({taken.sha[:10]})")
    return 0


def _answer(question: str) -> str:
    try:
        return input(question).strip().lower()
    except EOFError:
        print()
        return ""


def _last_save(memory: Memory) -> Commit | None:
    commits = memory.history(limit=LOOK_BACK)
    undone = {commit.undoes for commit in commits}
    return next((commit for commit in commits if commit.kind == "save" and commit.sha not in undone), None)


def log(options: argparse.Namespace, settings: Settings) -> int:
    """The runs, the newest first, or the effects of one."""
    path = settings.root / ".coder" / JOURNAL
    if options.id:
        _print_effects(path, options)
        return 0
    rows = Journal.runs(path)
    if not rows and not options.json:
        print("No runs yet in this library.")
    for row in rows:
        if options.json:
            print(json.dumps({"id": row.id, "goal": row.goal, "status": _status(row), "started": row.started}))
        else:
            print(f"{row.id}  {row.started}  {_status(row):<12} {_short(row.goal, 80)}")
    return 0


def _status(row: RunRow) -> str:
    """A run that was killed could not say so."""
    return "interrupted" if row.status == "running" and not row.live else row.status


def _print_effects(path: Path, options: argparse.Namespace) -> None:
    with Journal.open(path, options.id, look=True) as journal:
        for effect in journal.effects():
            row = {"seq": effect.seq, "name": effect.name, "at": effect.at, "seconds": effect.seconds}
            if options.json:
                print(json.dumps({**row, "value": effect.value}))
            else:
                value = effect.value if isinstance(effect.value, str) else json.dumps(effect.value, ensure_ascii=False)
                print(f"{effect.seq:>4}  {effect.at}  {effect.seconds:8.3f} s  {effect.name:<16} {_short(value, 70)}")


def _short(text: str, limit: int) -> str:
    """On one line, without what could command a terminal."""
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plan(options: argparse.Namespace, settings: Settings) -> int:
    """The plan as it stands and how far it is; with --edit in the editor."""
    memory = Memory(settings.root)
    text = memory.read(settings.plan_file)
    if not text:
        print("No plan yet in this library.")
    elif options.edit:
        _edit_plan(memory, settings, text)
    else:
        print("".join(letter for letter in text.rstrip() if letter.isprintable() or letter in "\n\t"))
        print(_progress(text))
    return 0


def _progress(text: str) -> str:
    try:
        steps = plans.parse(text)
    except PlanError as error:
        return f"\n{error}"
    return f"\n{len(steps.steps) - len(steps.open)} of {len(steps.steps)} steps done"


def _edit_plan(memory: Memory, settings: Settings, text: str) -> None:
    """What the editor leaves is the plan, if it is one; a text that is none waits for the next --edit.

    Raises:
        PlanError: it is no plan; names the line.
        RefusedInput: there is no editor, or it failed.
    """
    command = editor.editor_command(settings.editor or None)
    if not command:
        raise RefusedInput("No editor is there.", "Set $VISUAL or $EDITOR.")
    file = editor.edit_file(memory.private / "edit", "whole_plan.txt")
    if not file.exists():
        editor.write_for_edit(file, text)
    code = editor.run_editor(command, file)
    if code:
        raise RefusedInput(
            f"The editor ended with {code}; the plan is as it was.", "What it saved waits: --edit again."
        )
    edited: Any = editor.read_edited(file)
    rendered = plans.render(plans.parse(edited))
    done = memory.write({settings.plan_file: rendered}, "plan: edited by hand", kind="plan")
    file.unlink(missing_ok=True)
    print("The plan is saved." if done else "The plan is as it was.")
