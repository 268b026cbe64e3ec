"""Kill test: a scripted goal, killed with SIGKILL at a random instant and resumed to the end, again and again.

    python -m benchmarks.kill [RUNS]

Each run is killed at least once, some several times. Counted: runs that end with the same library, plan and tests as
an undisturbed run, answers that were asked again and replies that were paid again although they had been recorded,
and clean repositories.
"""

import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from coder.app import JOURNAL
from coder.journal import Journal
from memory.errors import CoderError

FILES = ("library.py", "test_library.py", "plan_extlib.txt")


@dataclass
class Tally:
    """What the runs came to."""

    runs: int = 0
    kills: int = 0
    finished: int = 0
    identical: int = 0
    asked_again: int = 0
    paid_again: int = 0
    fsck_clean: int = 0
    restarted: int = 0


def child(folder: Path, resume: bool) -> "subprocess.Popen[bytes]":
    """The scripted goal as a process of its own."""
    words = [sys.executable, "-m", "benchmarks.goal", str(folder), *(["--resume"] if resume else [])]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def texts(folder: Path) -> list[str]:
    """The memory files, without the dates of the comments in the tests."""
    root = folder / "library"
    lines = [(root / name).read_text() if (root / name).exists() else "" for name in FILES]
    return ["\n".join(line for line in text.splitlines() if not line.lstrip().startswith("# from:")) for text in lines]


def recorded(folder: Path) -> tuple[int, int]:
    """How many replies and answers the journal holds."""
    path = folder / "library" / ".coder" / JOURNAL
    try:
        rows = Journal.runs(path)
        names = [effect.name for effect in Journal.open(path, rows[0].id, look=True).effects()] if rows else []
    except CoderError:
        return 0, 0
    return sum(n.startswith("model:") for n in names), sum(n.startswith("person:") for n in names)


def asked(folder: Path) -> tuple[int, int]:
    """How many times model and person were really asked."""
    log = folder / "asked.log"
    lines = log.read_text().split() if log.exists() else []
    return lines.count("model"), lines.count("person")


def one(folder: Path, wait: random.Random, usual_s: float, tally: Tally, good: list[str]) -> None:
    """One run: killed at random instants, then resumed to the end."""
    tally.runs += 1
    lost = (0, 0)
    begun = False
    for kill in range(wait.choice((1, 1, 2, 3))):
        process = child(folder, resume=begun)
        time.sleep(wait.uniform(0.0, usual_s * (1.0 if kill == 0 else 0.8)))
        if process.poll() is None:
            process.kill()
            tally.kills += 1
        process.communicate()
        begun = begun or bool(_runs(folder))
        lost = _count(folder, lost, tally, in_flight=1)
    if not begun:
        tally.restarted += 1
    ended = begun and _runs(folder)[0] != "running"
    code = 0
    if not ended:
        process = child(folder, resume=begun)
        _, errors = process.communicate(timeout=120)
        code = process.returncode
        if code:
            print(f"run {tally.runs}: exit {code}: {errors.decode()[-400:]}", file=sys.stderr)
    _count(folder, lost, tally, in_flight=0)
    tally.finished += code == 0
    tally.identical += texts(folder) == good
    tally.fsck_clean += _fsck(folder)


def _count(folder: Path, before: tuple[int, int], tally: Tally, in_flight: int) -> tuple[int, int]:
    """Add what was paid or asked beyond what is recorded; one of either may be in flight when a process is killed.

    Returns:
        Replies and answers that were made and never recorded, in all so far.
    """
    replies, answers = recorded(folder)
    paid, questions = asked(folder)
    lost = (paid - replies, questions - answers)
    tally.paid_again += max(0, lost[0] - before[0] - in_flight)
    tally.asked_again += max(0, lost[1] - before[1] - in_flight)
    return lost


def _runs(folder: Path) -> list[str]:
    try:
        return [row.status for row in Journal.runs(folder / "library" / ".coder" / JOURNAL)]
    except CoderError:
        return []


def _fsck(folder: Path) -> bool:
    said = subprocess.run(
        ["git", "-C", str(folder / "library"), "fsck", "--strict"], capture_output=True, text=True, check=False
    )
    status = subprocess.run(
        ["git", "-C", str(folder / "library"), "status", "--porcelain"], capture_output=True, text=True, check=False
    )
    return said.returncode == 0 and not status.stdout.strip()


def run(runs: int, seed: int = 1) -> Tally:
    """Run the whole test in a temporary folder."""
    tally, wait = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="coder-kill-") as base:
        undisturbed = Path(base) / "good"
        undisturbed.mkdir()
        started = time.perf_counter()
        process = child(undisturbed, resume=False)
        _, errors = process.communicate(timeout=120)
        if process.returncode:
            raise SystemExit(f"the undisturbed run failed: {errors.decode()}")
        usual_s = time.perf_counter() - started
        good = texts(undisturbed)
        for number in range(runs):
            folder = Path(base) / f"run{number}"
            folder.mkdir()
            one(folder, wait, usual_s, tally, good)
            shutil.rmtree(folder, ignore_errors=True)
    return tally


def main() -> None:
    """Print the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    tally = run(runs)
    for name, value in vars(tally).items():
        print(f"{name.replace('_', ' '):<14} {value:>6}")


if __name__ == "__main__":
    main()
