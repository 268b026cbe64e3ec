"""Does a library pay? Six goals that build on one another, unattended, with the library and without, by a real model.

    uv run python -m benchmarks.series DIR on     the six goals, each shown what was saved before
    uv run python -m benchmarks.series DIR off    the same with --library-off: the model is shown nothing
    uv run python -m benchmarks.series DIR        the table of what is in DIR

The model is the one that coder is set to (CODER_BASE_URL, CODER_MODEL and so on). DIR keeps libraries and events.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import table
from library.source.function import Function, parse

ROOT = Path(__file__).parent.parent
MODES = ("on", "off")
GOALS = (
    "split a text into words: lower-case runs of letters and digits, an apostrophe inside a word is kept",
    "count how often each word occurs in a text",
    "list the n most frequent words of a text, ties in alphabetical order",
    "measure how similar two texts are: the share of distinct words that they have in common",
    "find the text in a list that is most similar to a query text",
    "shorten a text to the n sentences whose words are the most frequent in it, in their order",
)


@dataclass(frozen=True)
class Goal:
    """How one goal ended: `end` is its finish event, `earlier` what its functions call that earlier goals saved."""

    end: dict[str, Any]
    earlier: tuple[str, ...]
    lines: int


def main() -> None:
    """Run, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("mode", nargs="?", choices=MODES)
    given = parser.parse_args()
    if given.mode:
        run(given.folder / given.mode, given.mode)
        return
    table(["", *(f"{i}" for i in range(1, len(GOALS) + 1)), "all"], _rows(given.folder))


def run(folder: Path, mode: str) -> None:
    """The goals, one after the other, into one library; what was done stays in DIR."""
    folder.mkdir(parents=True)
    for number, goal in enumerate(GOALS, 1):
        command = [sys.executable, str(ROOT / "coder_app.py"), "--yes", "--json", "--library", str(folder / "library")]
        command += [goal] if mode == "on" else ["--library-off", goal]
        with (folder / f"{number}.jsonl").open("w") as out:
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, check=False).returncode
        print(f"{mode} {number}: exit {code}", flush=True)


def read(folder: Path) -> list[Goal]:
    """How the goals of one series ended."""
    parsed = parse((folder / "library" / "library.py").read_text("utf-8"))
    by_name = {function.name: function for function in parsed.functions}
    found: list[Goal] = []
    before: set[str] = set()
    for number in range(1, len(GOALS) + 1):
        events = [json.loads(line) for line in (folder / f"{number}.jsonl").read_text("utf-8").splitlines()]
        end = next(event for event in reversed(events) if event["event"] == "finish")
        own = [by_name[name] for name in end["saved"] if name in by_name]
        whole = [part for function in own for part in _with_private(function, by_name)]
        called = {name for function in whole for name in function.calls if name in before}
        found.append(Goal(end, tuple(sorted(called)), sum(function.source.count("\n") + 1 for function in whole)))
        before |= set(end["saved"])
    return found


def _with_private(function: Function, by_name: dict[str, Function]) -> list[Function]:
    """A function and the private ones that it calls."""
    return [function, *(by_name[name] for name in function.calls if name.startswith("_") and name in by_name)]


def _rows(folder: Path) -> list[list[str]]:
    rows: list[list[str]] = []
    for mode in MODES:
        if not (folder / mode).is_dir():
            continue
        goals = read(folder / mode)
        figures = {
            "exit code": [goal.end["exit_code"] for goal in goals],
            "saved": [len(goal.end["saved"]) for goal in goals],
            "earlier ones called": [len(goal.earlier) for goal in goals],
            "lines saved": [goal.lines for goal in goals],
            "model calls": [goal.end["calls"] for goal in goals],
            "tokens in": [goal.end["tokens_in"] for goal in goals],
            "tokens out": [goal.end["tokens_out"] for goal in goals],
        }
        rows += [[f"{mode}: {what}", *map(str, values), str(sum(values))] for what, values in figures.items()]
    return rows


if __name__ == "__main__":
    main()
