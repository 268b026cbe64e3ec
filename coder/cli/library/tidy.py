"""`coder library tidy`: one reviewable diff made of steps, each checked alone; the person takes all, none or some."""

import argparse
import json
import re
import sys
from collections.abc import Sequence

from coder.errors import RefusedInput
from coder.people.question import Text
from coder.settings import Settings
from coder.terminal.cards import difference
from coder.terminal.progress import effort_shown
from coder.terminal.prompt import Prompt
from coder.terminal.safe_output import raw
from coder.terminal.text import Line, clean, paint, plain, row
from library.errors import SourceError
from library.sandbox import Sandbox
from library.store import Library
from library.tidy.proposal import BEHAVIOUR, Checked, Proposal, Tidy

QUESTION = "Take which? [a]ll, [n]one, numbers such as 1,3, or 2=name to call a new function otherwise: "
_KINDS = {"duplicate": "said twice", "shared": "in common", "general": "with a parameter"}


def tidy(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Look for what is said twice, show steps that hold, and save those that are taken as one commit.

    One commit, so that one `coder undo` takes back what was decided at once; a single step is had by taking it alone.
    """
    if problem := library.problem():
        raise RefusedInput(problem.message, problem.hint)
    with Sandbox(level=settings.sandbox) as sandbox:
        with effort_shown("Looking for what is said twice") as effort:
            work = Tidy(library, sandbox, options.remove, effort)
            found = work.propose()
        asks = sys.stdin.isatty() and sys.stdout.isatty()
        only_shown = options.dry_run or options.json or not (asks or options.yes)
        wanted = _numbers(options.steps, len(found.steps)) if options.steps else list(range(len(found.steps)))
        if options.json:
            chosen = [found.steps[number] for number in wanted] if options.yes and not options.dry_run else []
            commit = _keep(work, chosen)[0] if chosen else ""
            print(json.dumps(_told(found, chosen, commit)))
            return 0
        _show(found, colour=sys.stdout.isatty())
        if not found.steps:
            return 0
        if options.yes and not options.dry_run:
            return _save(work, [found.steps[number] for number in wanted], library)
        if only_shown:
            print("Nothing is changed. --yes takes all steps, --yes --steps 1,3 some of them.")
            return 0
        return _asked(work, list(found.steps), library)


def _asked(work: Tidy, steps: list[Checked], library: Library) -> int:
    """Ask until there is an answer; a new name for a function is tried like the step it belongs to."""
    while True:
        answer = Prompt().ask(Text(QUESTION)).text
        if answer.lower() in ("", "n", "no", "none"):
            print("Nothing is changed.")
            return 0
        try:
            if match := re.fullmatch(r"(\d+)\s*=\s*(\S+)", answer):
                number = _numbers(match[1], len(steps))[0]
                _rename(work, steps, number, match[2])
                continue
            everything = answer.lower() in ("a", "all", "y", "yes")
            wanted = list(range(len(steps))) if everything else _numbers(answer, len(steps))
        except (RefusedInput, SourceError) as error:
            print(error.message)
            continue
        return _save(work, [steps[number] for number in wanted], library)


def _rename(work: Tidy, steps: list[Checked], number: int, name: str) -> None:
    found = work.renamed(steps[number], name, steps)
    if isinstance(found, Checked):
        steps[number] = found
        print(f"{number + 1}. {found.step.title}")
    else:
        print(f"With that name it does not hold: {found.why}")


def _numbers(text: str, count: int) -> list[int]:
    """Numbers of steps, counted from 0, of a text that counts from 1.

    Raises:
        RefusedInput: there is no such step.
    """
    words = [word for word in re.split(r"[,\s]+", text.strip()) if word]
    if not words or any(not word.isdigit() or not 1 <= int(word) <= count for word in words):
        there = f"There are steps 1 to {count}." if count else "There are no steps."
        raise RefusedInput(f"{text!r} names no steps. {there}", "Numbers such as 1,3.")
    return sorted({int(word) - 1 for word in words})


def _keep(work: Tidy, chosen: Sequence[Checked]) -> tuple[str, int]:
    """The commit, and how many tests ran.

    Raises:
        RefusedInput: together the steps do not hold, or the library has changed meanwhile.
    """
    count = f"{len(chosen)} step{'' if len(chosen) == 1 else 's'}"
    titles = "\n".join(f"- {one.step.title}" for one in chosen)
    done = work.keep(chosen, f"tidy: {count}\n\n{titles}" if len(chosen) > 1 else f"tidy: {titles[2:]}")
    done.or_refused("Take fewer of them.", "together the steps")
    return done.sha, done.impact.ran


def _save(work: Tidy, chosen: Sequence[Checked], library: Library) -> int:
    sha, ran = _keep(work, chosen)
    count = f"{len(chosen)} step{'' if len(chosen) == 1 else 's'}"
    tests = f"{ran} test{'' if ran == 1 else 's'} green"
    print(f"Tidied {library.path}: {count}, {tests}, commit {sha[:10]}. coder undo takes it back.")
    return 0


def _show(found: Proposal, *, colour: bool) -> None:
    """The steps with their diffs, which together are the whole diff; and what was left out."""
    functions = f"{found.functions} function{'' if found.functions == 1 else 's'}"
    if found.functions > found.compared:
        print(f"Of {functions} only the newest {BEHAVIOUR} were compared by what they give; all by their texts.")
    print("".join(f"{note}\n" for note in found.notes), end="")
    for number, one in enumerate(found.steps, 1):
        _print([row((f"{number}. {clean(one.step.title)}", "bold"))], colour)
        tests = f"{one.tests} test{'' if one.tests == 1 else 's'} green"
        proof = "" if one.step.proved else "; equal only as far as was tried, so look at both"
        print(f"   {_KINDS[one.step.kind]}; {tests}, {one.calls} calls give what they gave{proof}")
        _print(difference(one.change.diff, 1000, limit=100_000, rest=""), colour)
        print()
    for one in found.dropped:
        print(f"left out: {clean(one.step.title)}: {clean(one.why)}")
    if found.more:
        print("There may be more; the next tidy finds it.")
    if not found.steps:
        print(f"Nothing to tidy in {functions}.")


def _print(lines: Sequence[Line], colour: bool) -> None:
    for line in lines:
        print(paint(line) if colour else plain(line), file=raw(sys.stdout))


def _told(found: Proposal, chosen: Sequence[Checked], commit: str) -> dict[str, object]:
    return {
        "functions": found.functions,
        "compared": found.compared,
        "steps": [{"number": number, **one.to_json()} for number, one in enumerate(found.steps, 1)],
        "left_out": [{"title": one.step.title, "why": one.why} for one in found.dropped],
        "more": found.more,
        "notes": list(found.notes),
        "taken": [number for number, one in enumerate(found.steps, 1) if one in chosen],
        "commit": commit,
    }
