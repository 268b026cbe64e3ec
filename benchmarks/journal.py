"""What the journal costs: milliseconds an effect, recorded and replayed, by size of the value and kind of sync.

uv run python -m benchmarks.journal [--effects N]
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from coder.run import database as journal_file
from coder.run.journal import Journal

SIZES = {"0.1 KB": 100, "10 KB": 10_000, "50 KB": 50_000}


def median_ms(times: list[float]) -> float:
    """The median of seconds, in milliseconds."""
    return statistics.median(times) * 1000


def each(journal: Journal, count: int, make: Callable[[], str]) -> list[float]:
    """Seconds of each of `count` effects."""
    times: list[float] = []
    for _ in range(count):
        started = time.perf_counter()
        journal.effect("reply", make, request="the chat so far")
        times.append(time.perf_counter() - started)
    return times


def measure(folder: Path, size: int, count: int, synchronous: str) -> tuple[float, float, float]:
    """Milliseconds an effect recorded, an effect replayed, and to open the run."""
    path = folder / synchronous / str(size) / "journal.db"
    value = "x" * size
    run = Journal.create(path, "a goal", {})
    run.close()
    with Journal(path, run.run, synchronous=synchronous) as journal:
        recorded = each(journal, count, lambda: value)
    started = time.perf_counter()
    with Journal.open(path) as again:
        opened = time.perf_counter() - started
        replayed = each(again, count, lambda: "")
    return median_ms(recorded), median_ms(replayed), opened * 1000


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effects", type=int, default=500, help="effects a row")
    count: int = parser.parse_args(arguments).effects
    print(f"{count} effects a row, medians; the coder uses FULL\n")
    print(f"{'value':>8}  {'sync':<7} {'record ms':>10} {'replay ms':>10} {'open ms':>8}")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for label, size in SIZES.items():
            for synchronous in ("FULL", "NORMAL"):
                record, replay, opened = measure(Path(folder), size, count, synchronous)
                print(f"{label:>8}  {synchronous:<7} {record:>10.3f} {replay:>10.3f} {opened:>8.2f}")
    print(f"\nDatabase version {len(journal_file.MIGRATIONS)}, one row an effect, WAL.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
