"""Does a grown library help a model? HumanEval Pro: the harder task as a goal, its base function among others.

    uv run python -m benchmarks.reuse_pro --shown              what would be shown of libraries of 3 to 1,000; no model
    uv run python -m benchmarks.reuse_pro DIR [--count 20]     each task with the library and with --library-off
    uv run python -m benchmarks.reuse_pro DIR --count 0        the table of what is in DIR

The model is the one that coder is set to (CODER_BASE_URL, CODER_MODEL and so on). The goal is what the task says:
name and arguments, words, one example. Every eighth task from the first, `--others` functions around the base;
unattended. DIR keeps a line a task and way, so that a run that was stopped goes on. Right is what passes the task's own
tests, in the sandbox. A task needs its base if its solution calls it.
"""

import argparse
import ast
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.corpus import base_functions, library_text, read_data, sample, standard_functions, web_functions
from benchmarks.processes import table
from coder.drafting.shown_functions import BEHIND
from coder.flows.branches.write_code import OFFERED
from library.sandbox import Job, Sandbox
from library.search.by_words import search
from library.search.index import Index

ROOT = Path(__file__).parent.parent
SIZES = (3, 6, 12, 30, 150, 1000)
WAYS = {"on": (), "off": ("--library-off",)}
_HEAD = re.compile(r"^def (\w+)(\(.*?\))((?:\s*->\s*[^:]+)?):", re.MULTILINE | re.DOTALL)
_LONGEST = 160  # letters of an example that a goal gives


@dataclass(frozen=True)
class Task:
    """A harder task.

    Attributes:
        number: its id.
        name: of the function asked for.
        goal: name, arguments and result, the words, one example.
        base: the text of the base function with what it needs.
        names: of the functions in `base`.
        needs: the task's own solution calls the base.
        tests: its asserts.
    """

    number: int
    name: str
    goal: str
    base: str
    names: tuple[str, ...]
    needs: bool
    tests: str


@dataclass(frozen=True)
class Row:
    """How one task ended in one way."""

    number: int
    name: str
    way: str
    saved: bool
    right: bool
    called: bool
    needs: bool
    calls: int
    tokens_in: int
    tokens_out: int


def tasks() -> list[Task]:
    """All that can be read."""
    return [task for row in read_data("humaneval_pro.json") if (task := _task(row))]


def _task(row: dict[str, Any]) -> Task | None:
    base = f"{row['raw_problem'].rstrip()}\n{row['raw_solution']}".strip() + "\n"
    names = _defined(base)
    heads = [match for match in _HEAD.finditer(f"{row['new_problem']}\n{row['new_solution']}") if match[1] not in names]
    if not names or not heads:
        return None
    name, arguments, result = heads[-1].groups()
    words = " ".join(line.lstrip("# ").strip() for line in row["new_problem"].splitlines() if line.startswith("#"))
    asserts = (line.strip().removeprefix("assert ") for line in row["test_code"].splitlines())
    fitting = (one for one in asserts if one.startswith(f"{name}(") and "==" in one and len(one) < _LONGEST)
    goal = f"{name}{' '.join(arguments.split())}{result.rstrip()}: {words} {next(fitting, '')}"
    needs = any(re.search(rf"\b{one}\(", row["new_solution"]) for one in names)
    return Task(row["id"], name, goal, base, names, needs, row["test_code"])


def _defined(text: str) -> tuple[str, ...]:
    try:
        return tuple(node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    except SyntaxError:
        return ()


def library_of(task: Task, among: Iterable[Task], others: int) -> str:
    """The base in the middle of so many other base functions, none of which has a name twice."""
    taken, texts = {task.name, *task.names}, list[str]()
    for other in among:
        if other is not task and taken.isdisjoint(other.names) and len(texts) < others:
            texts.append(other.base)
            taken |= set(other.names)
    texts.insert(len(texts) // 2, task.base)
    lines = [line for text in texts for line in text.splitlines()]
    imports = sorted({line for line in lines if line.startswith(("import ", "from "))})
    bodies = ["\n".join(line for line in text.splitlines() if line not in imports).strip() for text in texts]
    return "\n\n\n".join(["\n".join(imports), *bodies]) + "\n"


def run(task: Task, way: str, library: str, sandbox: Sandbox) -> Row:
    """One goal by the whole program in a folder of its own, judged by the task's tests."""
    with tempfile.TemporaryDirectory(prefix="coder-reuse-") as folder:
        path = Path(folder) / "library.py"
        path.write_text(library, "utf-8")
        command = [sys.executable, str(ROOT / "coder_app.py"), "--yes", "--json", "--library", folder]
        done = subprocess.run([*command, *WAYS[way], task.goal], capture_output=True, text=True, check=False)
        events: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        end = next((event for event in reversed(events) if event["event"] == "finish"), dict[str, Any]())
        text = path.read_text("utf-8")
    saved = f"def {task.name}(" in text
    [judged] = sandbox.run([Job(setup=text, code=task.tests)]) if saved else [None]
    spent = [int(end.get(key, 0)) for key in ("calls", "tokens_in", "tokens_out")]
    called = not set(task.names).isdisjoint(_names(text, task.name))
    return Row(task.number, task.name, way, saved, bool(judged and judged.ok), called, task.needs, *spent)


def _names(text: str, function: str) -> set[str]:
    """What a function calls by name."""
    found = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == function]
    calls = [node.func for whole in found for node in ast.walk(whole) if isinstance(node, ast.Call)]
    return {node.id for node in calls if isinstance(node, ast.Name)}


def report(rows: list[Row]) -> None:
    """Print the table of the tasks that were run in both ways."""
    ways = {way: {row.number: row for row in rows if row.way == way} for way in WAYS}
    both = sorted(ways["on"].keys() & ways["off"].keys())
    shown: list[list[str]] = []
    for way, of in ways.items():
        these = [of[number] for number in both]
        needing = [row for row in these if row.needs]
        figures = [sum(row.right for row in these), sum(row.saved and not row.right for row in these)]
        spent = [sum(getattr(row, key) for row in these) for key in ("calls", "tokens_in", "tokens_out")]
        shown.append(
            [way, *map(str, figures), f"{sum(row.called for row in needing)} of {len(needing)}", *map(str, spent)]
        )
    table([f"{len(both)} tasks", "right", "saved wrong", "base called", "calls", "tokens in", "tokens out"], shown)
    for number in both:
        ends = ("right" if of[number].right else "wrong" if of[number].saved else "open" for of in ways.values())
        print(number, ways["on"][number].name, *ends, "calls it" if ways["on"][number].called else "")


def shown() -> None:
    """Print for libraries of several sizes how often the base is shown, and how many others are."""
    base = {entry.key: entry for entry in base_functions()}
    others = [*web_functions(), *standard_functions()]
    rows: list[list[str]] = []
    for size in SIZES:
        with_base: list[list[bool]] = []
        without: list[int] = []
        for task in tasks():
            own = base[f"humaneval {task.number}"]
            rest = [entry for entry in base.values() if entry is not own]
            around = sample(rest, others, size - 1, task.number) if size > len(base) else []
            chosen = around or random.Random(task.number).sample(rest, size - 1)
            hits, names = _strong([own, *chosen], task)
            with_base.append([names[own.key] == name for name in hits])
            without.append(len(_strong(chosen, task)[0]))
        found = sum(any(one) for one in with_base) / len(with_base)
        more = sum(len(one) - sum(one) for one in with_base) / len(with_base)
        rows.append([str(size), f"{found:.3f}", f"{more:.2f}", f"{sum(without) / len(without):.2f}"])
    table(["functions", "base shown", "others beside it", "shown where the base is not there"], rows)


def _strong(entries: list[Any], task: Task) -> tuple[list[str], dict[str, str]]:
    text, names = library_text(entries)
    index = Index(None, "library.py")
    index.read("library.py", text)
    hits = [hit for hit in search(index, task.goal, OFFERED) if hit.strong]
    return [hit.function.name for hit in hits if hit.score >= hits[0].score - BEHIND], names


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR")
    parser.add_argument("--shown", action="store_true", help="what would be shown, without a model")
    for option, default in (("--count", 20), ("--start", 0), ("--step", 8), ("--others", 150)):
        parser.add_argument(option, type=int, default=default)
    given = parser.parse_args()
    if given.shown or given.folder is None:
        shown()
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "rows.jsonl"
    rows = [Row(**json.loads(line)) for line in kept.read_text("utf-8").splitlines()] if kept.exists() else []
    every = tasks()
    with Sandbox() as sandbox:
        chosen = [task for task in every if task.number in range(given.start, 1000, given.step)][: given.count]
        for task in chosen:
            for way in WAYS:
                if any((row.number, row.way) == (task.number, way) for row in rows):
                    continue
                rows.append(run(task, way, library_of(task, every, given.others), sandbox))
                with kept.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(asdict(rows[-1])) + "\n")
                print(*asdict(rows[-1]).values(), flush=True)
    report(rows)


if __name__ == "__main__":
    main()
