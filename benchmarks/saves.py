"""Saves killed with SIGKILL at random instants, and saves of four processes at once: nothing lost, nothing half.

    python -m benchmarks.saves [--kills 1000] [--rounds 50] [--seed 1] [--big 1500]

Real processes save HumanEval's functions with the docstring's examples as tests into a real library, one after the
other, each under a new name; they say when they begin a save and when it is done. After every kill the folder is looked
at as it lies there (library.py parses), then it is opened anew and held against what the process said: `git fsck
--strict` finds nothing broken (objects that nothing points to yet do no harm; a git that is still packing for the
killed process is waited for), `git status` nothing changed, every save that was told as done is there, and the one that
was not is there with code, all tests and one commit, or not at all.
One kill in four hits a process that is just opening the library that the last kill left. Every 40 kills a new library
begins; in every fourth one so many functions are there already (--big). Then four processes save different functions
into one library at once; in every second round one of them is killed.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import table
from library.errors import SourceError
from library.source.function import parse
from library.store import Library
from library.suite.suite import rename_function
from memory.store import Memory

SERIES = 40
EACH = 5  # saves of each of the processes at once
PATIENCE_S = 120.0
Draft = tuple[str, str, str]  # name, code, tests


@dataclass
class Tally:
    """What was counted; all below `told` must be 0."""

    kills: int = 0
    in_a_save: int = 0
    in_opening: int = 0
    begun_and_finished: int = 0
    begun_and_not_there: int = 0
    rounds: int = 0
    told: int = 0
    lost: int = 0
    half: int = 0
    twice: int = 0
    unreadable: int = 0
    fsck_or_status: int = 0
    failed: int = 0


@dataclass
class Series:
    """One library: what was told as saved, and what is under way."""

    root: Path
    drafts: list[Draft]
    base: int = 0
    told: set[str] = field(default_factory=set[str])
    number: int = 0


def drafts() -> list[Draft]:
    """HumanEval's functions with the examples of their docstrings as tests."""
    from benchmarks.humaneval import tasks
    from library.examples.as_test import as_test

    found: list[Draft] = []
    for task in tasks():
        tests = [as_test(example, task.name, number) for number, example in enumerate(task.examples, 1)]
        if tests:
            with contextlib.suppress(SourceError):
                found.append((task.name, *_under(f"{task.name}_0", (task.name, task.original, "\n".join(tests)))))
    one = {name: (f"{name}_0", code, tests) for name, code, tests in found}  # two tasks have the name of another
    return list(one.values())


def _under(name: str, draft: Draft) -> tuple[str, str]:
    return rename_function(draft[1], draft[2], draft[0], name)


def name_of(draft: Draft, who: str, number: int) -> str:
    """Under which name a process saves its n-th draft."""
    return f"{draft[0]}_{who}{number}"


def writer(root: str, file: str, who: str, start: int, count: int) -> None:
    """The process: saves from `start` on, and says so."""
    given: list[Draft] = json.loads(Path(file).read_text("utf-8"))
    library = Library(Memory(Path(root)))
    library.memory.create()
    print("ready", flush=True)
    if who != "k":
        sys.stdin.readline()  # all begin together
    for number in range(start, start + count):
        draft = given[number % len(given)]
        name = name_of(draft, who, number)
        print("begin", number, flush=True)
        library.memory.recover()
        if library.get(name) is None:  # else a killed process has saved it
            change = library.plan_save(*_under(name, draft), name=name)
            library.save(change, f"save {name}", f"{who}-{number}")
        print("saved", number, flush=True)


def start(series: Series, file: Path, who: str = "k", number: int = 0, count: int = 10**6) -> "subprocess.Popen[str]":
    """A process that saves."""
    words = ["--write", str(series.root), str(file), who, str(number), str(count)]
    command = [sys.executable, "-m", "benchmarks.saves", *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def kill_once(series: Series, file: Path, chance: random.Random, save_s: float, tally: Tally) -> None:
    """Let a process save and kill it at some instant; note what it said."""
    process = start(series, file, number=series.number)
    assert process.stdout is not None
    opening = chance.random() < 0.25
    ready = "" if opening else process.stdout.readline()
    if not opening and not ready:
        tally.failed += 1
    time.sleep(chance.uniform(0, 0.6) if opening else chance.uniform(0, 4 * save_s))
    process.kill()
    said = [line.split() for line in process.stdout.read().splitlines() if line.endswith(tuple("0123456789"))]
    process.communicate()
    tally.kills += 1
    tally.in_opening += not said and opening
    for words in said:
        if words[0] == "saved":
            number = int(words[1])
            series.told.add(name_of(series.drafts[number % len(series.drafts)], "k", number))
            series.number = number + 1
            tally.told += 1
    under_way = bool(said) and said[-1][0] == "begin"
    tally.in_a_save += under_way
    check(series, tally, f"kill {tally.kills}", under_way)


def check(series: Series, tally: Tally, what: str, under_way: bool = False) -> None:
    """Hold the library against what was told."""
    try:
        parse((series.root / "library.py").read_text("utf-8") if (series.root / "library.py").exists() else "")
    except SourceError as error:
        _say(tally, "unreadable", what, str(error))
    memory = Memory(series.root)
    memory.create()
    library = Library(memory)
    there = {function.name for function in library.functions() if function.public}
    commits = [commit.title.removeprefix("save ") for commit in memory.history(limit=10**6) if commit.kind == "save"]
    for name in series.told - there:
        _say(tally, "lost", what, name)
    for name in {name for name in commits if commits.count(name) > 1}:
        _say(tally, "twice", what, name)
    suite = parse(library.tests(), "the tests")
    tests = [name for name in suite.names if name.startswith("test_")]
    new = there - series.told
    for name in (there | set(commits)) - {f"base_{number}" for number in range(series.base)} - {"a library"}:
        wanted = next(draft[2] for draft in series.drafts if name.startswith(f"{draft[0]}_")).count("def test_")
        found = sum(test.startswith(f"test_{name}__") for test in tests)
        if name not in there or name not in commits or found != wanted or library.get(name) is None:
            _say(tally, "half", what, f"{name}: {found} of {wanted} tests, commit: {name in commits}")
    tally.begun_and_finished += under_way and bool({n for n in new if not n.startswith("base_")})
    tally.begun_and_not_there += under_way and not {n for n in new if not n.startswith("base_")}
    _packed(series.root)
    for words in (["fsck", "--strict", "--no-dangling"], ["status", "--porcelain"]):
        done = subprocess.run(["git", "-C", str(series.root), *words], capture_output=True, text=True, check=False)
        if done.returncode or done.stdout.strip():
            _say(tally, "fsck_or_status", what, done.stdout + done.stderr)


def _packed(root: Path) -> None:
    """Wait for a git that a killed process had asked to pack objects.

    fsck lists the objects that lie in files of their own before it reads them, and calls one missing that has been
    packed and taken away between the two.
    """
    lock, end = root / ".git" / "objects" / "maintenance.lock", time.monotonic() + PATIENCE_S
    while lock.exists() and time.monotonic() < end:
        time.sleep(0.05)


def _say(tally: Tally, field: str, what: str, words: str) -> None:
    setattr(tally, field, getattr(tally, field) + 1)
    print(f"{what}: {field}: {words}", file=sys.stderr)


def kills(count: int, seed: int, given: list[Draft], tally: Tally, base: int = 0) -> None:
    """So many kills, in libraries of their own."""
    chance = random.Random(seed)
    with temporary(given) as (folder, file):
        while tally.kills < count:
            big = base if tally.kills // SERIES % 4 == 3 else 0
            series = Series(folder / "library", given, big)
            if big:
                _fill(series.root, big)
            save_s = _measure(series, file)
            tally.told += len(series.told)
            for _ in range(min(SERIES, count - tally.kills)):
                kill_once(series, file, chance, save_s, tally)
            shutil.rmtree(series.root)


def _fill(root: Path, count: int) -> None:
    body = '    """Return x and {0}, by way of a sum."""\n    return x + {0}\n\n\n'
    text = "".join(f"def base_{number}(x: int) -> int:\n{body.format(number)}" for number in range(count))
    Memory(root).write({"library.py": text}, "a library", kind="save")


def _measure(series: Series, file: Path) -> float:
    """Seconds of one save; they count as told."""
    process = start(series, file, count=8)
    assert process.stdout is not None
    process.stdout.readline()
    begun = time.perf_counter()
    process.communicate(timeout=PATIENCE_S)
    series.number = 8
    series.told = {name_of(series.drafts[number % len(series.drafts)], "k", number) for number in range(8)}
    return (time.perf_counter() - begun) / 8


def at_once(rounds: int, seed: int, given: list[Draft], tally: Tally) -> None:
    """Four processes save different functions at once; in every second round one of them is killed."""
    chance = random.Random(seed)
    with temporary(given) as (folder, file):
        for number in range(rounds):
            series = Series(folder / f"crowd-{number}", given)
            Memory(series.root).create()
            processes = [start(series, file, who, number * EACH, EACH) for who in "abcd"]
            for process in processes:
                assert process.stdout is not None
                process.stdout.readline()
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            if number % 2:
                time.sleep(chance.uniform(0, 0.5))
                processes[0].kill()
            for who, process in zip("abcd", processes, strict=True):
                output, _ = process.communicate(timeout=PATIENCE_S)
                saved = [int(line.split()[1]) for line in output.splitlines() if line.startswith("saved ")]
                series.told |= {name_of(given[n % len(given)], who, n) for n in saved}
                tally.told += len(saved)
                if len(saved) < EACH and not (number % 2 and who == "a"):
                    _say(tally, "failed", f"round {number}", f"process {who} saved {len(saved)} of {EACH}")
            check(series, tally, f"round {number}")
            tally.rounds += 1
            shutil.rmtree(series.root)


@contextlib.contextmanager
def temporary(given: list[Draft]) -> Generator[tuple[Path, Path]]:
    """A folder, and in it the file with the drafts."""
    with tempfile.TemporaryDirectory(prefix="coder-saves-") as base:
        file = Path(base) / "drafts.json"
        file.write_text(json.dumps(given), "utf-8")
        yield Path(base), file


def main() -> None:
    """Run and print the table."""
    if sys.argv[1:2] == ["--write"]:
        root, file, who, start, count = sys.argv[2:]
        writer(root, file, who, int(start), int(count))
        return
    parser = argparse.ArgumentParser(prog="benchmarks.saves")
    for name, usual in (("kills", 1000), ("rounds", 50), ("seed", 1), ("big", 1500)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    options = parser.parse_args()
    tally, given, begun = Tally(), drafts(), time.perf_counter()
    kills(options.kills, options.seed, given, tally, options.big)
    at_once(options.rounds, options.seed, given, tally)
    table(["what", "count"], [(name.replace("_", " "), count) for name, count in vars(tally).items()])
    print(f"{time.perf_counter() - begun:.0f} s, {os.cpu_count()} cores, seed {options.seed}")


if __name__ == "__main__":
    main()
