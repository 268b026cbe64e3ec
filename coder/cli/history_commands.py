"""`coder log`, `coder runs`, `coder plan`: what a library's folder remembers."""

import argparse
import json
import sys
from pathlib import Path

from coder.errors import PlanError, RefusedInput, Untrusted
from coder.run.journal import JOURNAL, Journal
from coder.run.journal_values import RunRow
from coder.settings import Settings
from coder.terminal import editor
from memory import plan as plans
from memory.plan_files import Plans
from memory.store import Memory


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


def runs(options: argparse.Namespace, settings: Settings) -> int:
    """The runs with their state, the newest first; `drop ID` lets nobody go on with one."""
    path = settings.root / ".coder" / JOURNAL
    if options.action == "drop":
        if not options.ids:
            raise RefusedInput("runs drop: which run?", "See: coder runs")
        for run in options.ids:
            row = Journal.drop(path, run)
            was = "is dropped; nobody goes on with it" if row.goes_on else f"is {row.status} already"
            print(f"{row.id} {was}. What it saved stays.")
        return 0
    rows = Journal.runs(path)
    if options.json:
        for row in rows:
            state = {"id": row.id, "goal": row.goal, "status": _status(row), "started": row.started}
            print(json.dumps({**state, "goes_on": row.goes_on, "live": row.live}))
        return 0
    shown = Plans(Memory(settings.root), settings.plan_file).shown() if rows else ""
    for row in rows:
        sign = "*" if row.id == shown else " "
        print(f"{sign} {row.id}  {row.started}  {_status(row):<12} {_short(row.goal, 78)}")
    able = [row for row in rows if row.goes_on and not row.live]
    if able:
        print(f"\nGo on with one: coder resume {able[0].id}   drop one: coder runs drop {able[0].id}")
    print("* the plan file shows its plan" if shown in {row.id for row in rows} else "", end="\n" if shown else "")
    if not rows:
        print("No runs yet in this library.")
    return 0


def plan(options: argparse.Namespace, settings: Settings) -> int:
    """The plan as it stands and how far it is; with --edit in the editor."""
    memory = Memory(settings.root)
    kept = Plans(memory, settings.plan_file)
    try:
        row = _run_of_plan(kept, settings, options.id)
    except Untrusted as problem:
        if options.id or options.edit:
            raise
        print(f"coder: {problem}", file=sys.stderr)  # to look at the visible file is allowed all the same
        row = None
    text = _text_of_plan(memory, kept, row)
    if not text:
        print("No plan yet in this library.")
    elif options.edit:
        _edit_plan(memory, kept, settings, text, row)
    else:
        text = plans.bare(text)
        print("".join(letter for letter in text.rstrip() if letter.isprintable() or letter in "\n\t"))
        print(_progress(text))
    return 0


def plan_to_start(settings: Settings, run: str | None) -> tuple[str, str]:
    """The goal and the text of a plan that a new run is to begin with.

    Raises:
        PlanError: it is no plan; names the line.
        RefusedInput: there is none, or nothing of it is open.
    """
    memory = Memory(settings.root)
    kept = Plans(memory, settings.plan_file)
    row = _run_of_plan(kept, settings, run)
    text = _text_of_plan(memory, kept, row)
    if not text.strip():
        raise RefusedInput("No plan yet in this library.", 'Begin with a goal: coder "slugify titles"')
    if row is not None and row.goes_on:
        raise RefusedInput(f"Run {row.id} has this plan and can go on.", f"coder resume {row.id}")
    found = plans.parse(text, row.goal if row else "", person=True)
    if not found.open:
        raise RefusedInput("Every step of this plan is done.", "Add a step: coder plan --edit")
    if not found.goal:
        raise RefusedInput("The plan names no goal.", "Put a line `Goal: ...` at its top: coder plan --edit")
    return found.goal, plans.render(found)


def _run_of_plan(kept: Plans, settings: Settings, asked: str | None) -> RunRow | None:
    """The run that was named, else the one that the plan file shows; None if nobody knows."""
    path = settings.root / ".coder" / JOURNAL
    rows = Journal.runs(path)
    if asked:
        with Journal.open(path, asked, look=True) as journal:
            return next(row for row in rows if row.id == journal.run)
    return next((row for row in rows if row.id == kept.shown()), None)


def _text_of_plan(memory: Memory, kept: Plans, row: RunRow | None) -> str:
    """The plan's text, readable or not."""
    if row is None:
        return memory.read(kept.file)
    try:
        return kept.read(row.id, row.goal)
    except PlanError:
        return memory.read(kept.file) if kept.shown() == row.id else kept.raw(row.id)


def _progress(text: str) -> str:
    try:
        steps = plans.parse(text, person=True)
    except PlanError as error:
        return f"\n{error}"
    return f"\n{len(steps.steps) - len(steps.open)} of {len(steps.steps)} steps done"


def _edit_plan(memory: Memory, kept: Plans, settings: Settings, text: str, row: RunRow | None) -> None:
    """What the editor leaves is the plan, if it is one; a text that is none waits for the next --edit.

    Raises:
        PlanError: it is no plan; names the line.
        RefusedInput: there is no editor, or it failed.
    """
    command = editor.editor_command(settings.editor or None)
    if not command:
        raise RefusedInput("No editor is there.", "Set $VISUAL or $EDITOR.")
    name = f"whole_plan_{row.id}.txt" if row else "whole_plan.txt"
    file = editor.edit_file(memory.private / "edit", name)
    if not file.exists():
        editor.write_for_edit(file, plans.explained(text))
    code = editor.run_editor(command, file)
    if code:
        raise RefusedInput(
            f"The editor ended with {code}; the plan is as it was.", "What it saved waits: --edit again."
        )
    found = plans.parse(editor.read_edited(file), row.goal if row else "", person=True)
    rendered = plans.render(found)
    if row is None:
        done = memory.write({kept.file: rendered}, "plan: edited by hand", kind="plan") is not None
    elif done := rendered != plans.bare(text):
        kept.keep(row.id, rendered, "plan: edited by hand")
    file.unlink(missing_ok=True)
    print("The plan is saved." if done else "The plan is as it was.")
    if found.open and row is not None and row.goes_on:
        print("The run that is at it takes it from here." if row.live else f"Go on with it: coder resume {row.id}")
    elif found.open:
        print("Start it with: coder plan --start")
