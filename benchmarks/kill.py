"""Kill test: a scripted goal, killed with SIGKILL at random instants and resumed to the end, again and again.

    python -m benchmarks.kill [RUNS] [SEED]

Every run is killed at least once, some up to three times. The instants are spread over the whole run: a random question
is waited for, then a random part of the time until the next one, so a busy machine changes nothing. Because model and
person answer by what they see, the undisturbed run says which questions there are, and a process that goes on with `r`
recorded answers must ask number r + 1, r + 2, ... of them and no other. Whatever it asks of the first r was paid or
asked again. The end must be that of the undisturbed run: library, tests, plan, log, and the subjects of all commits.
"""

import difflib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coder.run.journal import JOURNAL, Journal
from memory.errors import CoderError

FILES = ("library.py", "test_library.py", "plan_extlib.txt", "logs_extlib.txt")
HANGS_S = 120.0


@dataclass
class Tally:
    """What the runs came to; `astray` questions are none of the undisturbed run's, `places` those effects of a run
    right after which it was killed."""

    runs: int = 0
    kills: int = 0
    before_the_journal: int = 0
    finished: int = 0
    identical: int = 0
    asked_again: int = 0
    paid_again: int = 0
    astray: int = 0
    fsck_clean: int = 0
    places: set[int] = field(default_factory=set[int])


@dataclass(frozen=True)
class Good:
    """The undisturbed run: its end, its questions in order, and the seconds from one to the next on average."""

    end: Sequence[str]
    questions: Sequence[str]
    pause_s: float


def child(folder: Path) -> "subprocess.Popen[bytes]":
    """The scripted goal as a process of its own: begun, or resumed if its journal knows it."""
    words = [sys.executable, "-m", "benchmarks.goal", str(folder), *(["--resume"] if status(folder) else [])]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def end_of(folder: Path) -> list[str]:
    """The memory files and the commits' subjects, without dates and ids."""
    root = folder / "library"
    texts = [(root / name).read_text("utf-8") if (root / name).exists() else "" for name in FILES]
    texts.append(_git(folder, "log", "--format=%s").stdout)
    dated = re.compile(r"^\s*# from:.*\n|\d{4}-\d\d-\d\dT[\d:]+Z  run \w+|commit \w+", re.MULTILINE)
    return [dated.sub("", text) for text in texts]


def status(folder: Path) -> str:
    """How the journal calls the run; "" if there is none yet."""
    try:
        rows = Journal.runs(folder / "library" / ".coder" / JOURNAL)
    except CoderError:
        return ""
    return rows[0].status if rows else ""


def recorded(folder: Path) -> tuple[int, int]:
    """How many answers of model and person the journal holds, and how many effects of any kind."""
    if not status(folder):
        return 0, 0
    path = folder / "library" / ".coder" / JOURNAL
    with Journal.open(path, Journal.runs(path)[0].id, look=True) as journal:
        names = [effect.name for effect in journal.effects()]
    return sum(name.startswith(("model:", "person:")) for name in names), len(names)


def asked(folder: Path) -> list[str]:
    """The lines that the last process wrote: the questions it asked, after "begin"; [] before it has begun."""
    log = folder / "asked.log"
    return log.read_text("utf-8").rpartition("begin\n")[2].splitlines() if log.exists() else []


def starts(folder: Path) -> int:
    """How many processes have begun."""
    log = folder / "asked.log"
    return log.read_text("utf-8").split().count("begin") if log.exists() else 0


def one(folder: Path, chance: random.Random, good: Good, tally: Tally) -> bool:
    """One run: killed at random instants, then resumed to the end; False if it was always through before the kill."""
    part = Tally(runs=1)
    for _ in range(chance.choice((1, 1, 2, 3))):
        if status(folder) in ("", "running"):
            _kill_once(folder, chance, good, part)
    if not part.kills:
        return False
    code = 0
    if status(folder) != "done":
        before = recorded(folder)[0]
        process = child(folder)
        _, errors = process.communicate(timeout=HANGS_S)
        code = process.returncode
        if code:
            print(f"run {tally.runs + 1}: exit {code}: {errors.decode()[-400:]}", file=sys.stderr)
        count(asked(folder), before, good, part)
    part.finished += code == 0 and status(folder) == "done"
    end = end_of(folder)
    part.identical += end == good.end
    for was, now in zip(good.end, end, strict=True):
        if was != now:
            print(
                f"run {tally.runs + 1} differs:",
                *difflib.unified_diff(was.splitlines(), now.splitlines(), n=0, lineterm=""),
                sep="\n",
                file=sys.stderr,
            )
    part.fsck_clean += _clean(folder)
    for name, value in vars(part).items():
        setattr(tally, name, getattr(tally, name) | value if isinstance(value, set) else getattr(tally, name) + value)
    return True


def _kill_once(folder: Path, chance: random.Random, good: Good, tally: Tally) -> None:
    """Start or resume the run and kill it at a random instant; count what it asked."""
    before, begun = recorded(folder)[0], starts(folder)
    questions = chance.randint(0, len(good.questions) - before)
    process = child(folder)
    if chance.random() < 0.1:
        time.sleep(chance.uniform(0.0, 0.5))  # also while it starts
    else:
        while process.poll() is None and (starts(folder) == begun or len(asked(folder)) < questions):
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 2 * good.pause_s))
    killed = process.poll() is None
    process.kill()
    process.communicate()
    if starts(folder) > begun:
        count(asked(folder), before, good, tally)
    if not killed:
        return
    tally.kills += 1
    if status(folder):
        tally.places.add(recorded(folder)[1])
    else:
        tally.before_the_journal += 1


def count(questions: Sequence[str], before: int, good: Good, tally: Tally) -> None:
    """Hold the questions of one process, which began with `before` recorded answers, against the undisturbed run's."""
    for place, question in enumerate(questions, before):
        if place < len(good.questions) and question == good.questions[place]:
            continue
        if question not in good.questions[:before]:
            tally.astray += 1
        elif question.startswith("model:"):
            tally.paid_again += 1
        else:
            tally.asked_again += 1


def _git(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", "-C", str(folder / "library"), *words], capture_output=True, text=True, check=False)


def _clean(folder: Path) -> bool:
    """Nothing broken or half done in the repository, and the files are what is committed."""
    fsck, changed = _git(folder, "fsck", "--strict"), _git(folder, "status", "--porcelain")
    return fsck.returncode == 0 and changed.returncode == 0 and not changed.stdout.strip()


def undisturbed(folder: Path) -> Good:
    """The run as it goes when nobody kills it."""
    folder.mkdir()
    process = child(folder)
    while not starts(folder) and process.poll() is None:
        time.sleep(0.001)
    begun = time.perf_counter()
    _, errors = process.communicate(timeout=HANGS_S)
    if process.returncode:
        raise SystemExit(f"the undisturbed run failed: {errors.decode()}")
    questions = asked(folder)
    if len(set(questions)) < len(questions):
        raise SystemExit(f"questions that cannot be told apart: {questions}")
    return Good(end_of(folder), questions, (time.perf_counter() - begun) / len(questions))


def run(runs: int, seed: int = 1) -> Tally:
    """Run the whole test in a temporary folder."""
    tally, chance = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="coder-kill-") as base:
        first, good = undisturbed(Path(base) / "first"), undisturbed(Path(base) / "good")
        if first.end != good.end or first.questions != good.questions:
            raise SystemExit("two undisturbed runs differ")
        folder = Path(base) / "run"
        while tally.runs < runs:
            folder.mkdir()
            one(folder, chance, good, tally)
            shutil.rmtree(folder)
    return tally


def main() -> None:
    """Print the table."""
    given = [int(word) for word in sys.argv[1:]]
    tally = run(*(given or [200]))
    counts = {**vars(tally), "places": len(tally.places)}
    for name, value in counts.items():
        print(f"{name.replace('_', ' '):<18} {value:>6}")


if __name__ == "__main__":
    main()
