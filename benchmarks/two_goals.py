"""Two goals at once in one library, killed with SIGKILL at random instants and resumed until both are done.

    python -m benchmarks.two_goals [RUNS] [SEED]

Each must end with its own plan, every step ticked, and its own functions; the log must have both endings, git must be
clean, and all tests must be green under plain pytest. Instants are spread over the run: a random number of questions
is waited for, then a random part of the time that one takes.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.goal import GoalPerson, note
from coder import app
from coder.model.model import Reply, ReplyOptions, Tool, Turn, Watch, says
from coder.run.events import deaf
from coder.run.journal import JOURNAL, Journal
from coder.run.journal_values import RunRow
from coder.settings import Settings
from memory import plan as plans
from memory.errors import CoderError
from memory.plan_files import Plans
from memory.store import Memory

HANGS_S = 120.0
GOALS = {
    "count letters": {
        "count_vowels(text: str) -> int": ("sum(letter in 'aeiou' for letter in text)", '"area"', "3"),
        "count_blanks(text: str) -> int": ('text.count(" ")', '"a b c"', "2"),
    },
    "convert temperatures": {
        "to_fahrenheit(celsius: float) -> float": ("celsius * 9 / 5 + 32", "100.0", "212.0"),
        "to_kelvin(celsius: float) -> float": ("celsius + 273.15", "0.0", "273.15"),
    },
}


def plan_of(goal: str) -> str:
    """The plan that the scripted model drafts."""
    steps = [
        f"{number}. [ ] {signature}\n   Give what the name says.\n   - {_name(signature)}({given}) == {result}\n"
        for number, (signature, (_, given, result)) in enumerate(GOALS[goal].items(), 1)
    ]
    return "".join(steps)


def _name(signature: str) -> str:
    return signature.partition("(")[0]


@dataclass
class TwoGoalsModel:
    """Answers by the chat alone: which goal, which step, what is ticked."""

    goal: str
    log: Path
    name: str = "scripted"

    def complete(
        self,
        purpose: str,
        chat: Sequence[Turn],
        tools: Sequence[Tool],
        watch: Watch,
        options: ReplyOptions = ReplyOptions(),
    ) -> Reply:
        """The one reply to this chat."""
        note(self.log, "model")
        if purpose == "plan":
            return says(plan_of(self.goal))
        said = str(chat[1].get("content", ""))
        names = re.findall(r"^def (\w+)", said, re.MULTILINE)  # the last one is to be completed
        found = [(line, code) for line, code in GOALS[self.goal].items() if _name(line) == names[-1]]
        if not found:
            note(self.log, f"foreign:{names[-1]}")
        signature, (body, _, _) = found[0]
        code = f'def {signature}:\n    """Give what the name says."""\n    return {body}\n'
        return says(f"```python\n{code}```\n")


def row_of(folder: Path, goal: str) -> RunRow | None:
    """The run of a goal; None if its journal does not know it yet."""
    try:
        rows = Journal.runs(folder / "library" / ".coder" / JOURNAL)
    except CoderError:
        return None
    return next((row for row in rows if row.goal == goal), None)


def work(folder: Path, goal: str) -> int:
    """One process: begin the goal, or go on with its run."""
    log = folder / f"{goal.split()[0]}.log"
    settings = Settings(library=str(folder / "library"), questions=0)
    parts = app.parts(settings, TwoGoalsModel(goal, log), GoalPerson(log), deaf)
    row = row_of(folder, goal)
    try:
        if row is None:
            return app.start(goal, parts).exit_code
        return app.resume(Journal.open(parts.memory.private / JOURNAL, row.id), parts).exit_code
    except CoderError as error:
        print(f"{goal}: {type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code


def begin(folder: Path) -> "list[subprocess.Popen[bytes]]":
    """A process for each goal that is not done."""
    todo = [goal for goal in GOALS if (row := row_of(folder, goal)) is None or row.status != "done"]
    command = [sys.executable, "-m", "benchmarks.two_goals", "--work", str(folder)]
    return [subprocess.Popen([*command, goal], stderr=subprocess.PIPE) for goal in todo]


def asked(folder: Path) -> int:
    """How many questions both processes have asked so far."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("*.log"))


def one(folder: Path, chance: random.Random) -> tuple[int, list[str]]:
    """One run: killed at random, then resumed to the end. How often it was killed, and what is wrong with the end."""
    folder.mkdir()
    kills = 0
    for _ in range(chance.choice((1, 2, 3))):
        before, wanted = asked(folder), chance.randint(0, 8)
        processes = begin(folder)
        while any(process.poll() is None for process in processes) and asked(folder) < before + wanted:
            time.sleep(0.002)
        for process in chance.sample(processes, len(processes)):
            time.sleep(chance.uniform(0.0, 0.3))
            kills += process.poll() is None
            process.kill()
        for process in processes:
            process.communicate()
    wrong: list[str] = []
    for process in begin(folder):
        _, errors = process.communicate(timeout=HANGS_S)
        wrong += [f"exit {process.returncode}: {errors.decode()[-300:]}"] if process.returncode else []
    return kills, wrong + faults(folder)


def faults(folder: Path) -> list[str]:
    """What is not as it should be at the end."""
    library, wrong = folder / "library", list[str]()
    kept = Plans(Memory(library), "plan_extlib.txt")
    log = (library / "logs_extlib.txt").read_text("utf-8")
    for goal in GOALS:
        row = row_of(folder, goal)
        expected = plans.render(plans.parse(plan_of(goal), goal).tick([1, 2]))
        if row is None or row.status != "done":
            wrong.append(f"{goal}: {row.status if row else 'never begun'}")
            continue
        if (plan := kept.read(row.id, goal)) != expected:
            wrong.append(f"{goal}: its plan is {plan!r}")
        if not re.search(rf"run {row.id}  round 0  boss  done", log):
            wrong.append(f"{goal}: its end is not in the log")
    if (shown := plans.bare((library / "plan_extlib.txt").read_text("utf-8"))) not in (
        plans.render(plans.parse(plan_of(goal), goal).tick([1, 2])) for goal in GOALS
    ):
        wrong.append(f"the file shows {shown!r}")
    source = (library / "library.py").read_text("utf-8")
    for signature in (line for steps in GOALS.values() for line in steps):
        if source.count(f"def {signature}:") != 1:
            wrong.append(f"{signature}: {source.count(f'def {signature}:')} times in the library")
    wrong += [line for path in folder.glob("*.log") for line in path.read_text().splitlines() if "foreign" in line]
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(library)],
        cwd=library,
        capture_output=True,
        text=True,
        check=False,
    )
    if tests.returncode:
        wrong.append(f"pytest: {tests.stdout[-300:]}")
    for words in (("fsck", "--strict"), ("diff", "--quiet", "HEAD", "--", "library.py", "test_library.py")):
        if subprocess.run(["git", "-C", str(library), *words], capture_output=True, check=False).returncode:
            wrong.append(f"git {' '.join(words)}")
    return wrong


def run(runs: int, seed: int = 1) -> tuple[int, int]:
    """Run it so often; how many ended right, and how many processes were killed."""
    chance, right, killed = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory(prefix="coder-two-goals-") as base:
        for number in range(1, runs + 1):
            kills, wrong = one(Path(base) / str(number), chance)
            right, killed = right + (not wrong), killed + kills
            print(
                f"run {number:>3}: {kills} killed, {'; '.join(wrong) or 'both done with their own plans'}", flush=True
            )
    return right, killed


def main() -> int:
    """Print a line a run and the sum."""
    if sys.argv[1:2] == ["--work"]:
        return work(Path(sys.argv[2]), sys.argv[3])
    given = [int(word) for word in sys.argv[1:]] or [20]
    right, killed = run(*given)
    print(f"{right} of {given[0]} runs ended right; {killed} processes were killed")
    return 0 if right == given[0] else 1


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
