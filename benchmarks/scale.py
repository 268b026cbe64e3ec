"""Scale: open, search, list, show, save and impact of a library of 100 to 10,000 functions.

    uv run python -m benchmarks.scale [SIZES...]

The functions are those of the standard library (and of the benchmark data). "save" is everything but the tests' own
time: plan, splice, diff, files, commit, index; each figure is the median of several.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.corpus import base_functions, library_text, sample, standard_functions, web_functions
from benchmarks.processes import table
from library.store import Library
from memory.store import Memory

QUERIES = ("parse a date from text", "longest common prefix of words", "merge two sorted lists", "roman numeral")
NEW = '''def zz_scale_probe_{n}(number: int) -> int:
    """Return the number and {n}."""
    return number + {n}
'''


def milliseconds(work: Callable[[], object], times: int) -> float:
    """Median milliseconds of some work."""
    taken: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def measure(size: int, base: Path) -> list[str]:
    """One row of the table."""
    text, _ = library_text(sample(base_functions(), [*web_functions(), *standard_functions()], size, seed=1))
    root = base / f"lib{size}"
    Memory(root).write({"library.py": text}, "a library", kind="save")
    first = milliseconds(lambda: Library(Memory(root)).functions(), 1)

    def opened() -> None:
        Library(Memory(root)).search(QUERIES[0])

    open_and_search = milliseconds(opened, 7)
    library = Library(Memory(root))
    count = len(library.functions())
    listing = milliseconds(lambda: Library(Memory(root)).functions(), 5)
    name = library.functions()[count // 2].name
    shown = milliseconds(lambda: Library(Memory(root)).get(name), 5)
    searched = statistics.median(milliseconds(lambda q=q: library.search(q), 5) for q in QUERIES)
    number = iter(range(1000))

    def save() -> None:
        n = next(number)
        mine = Library(Memory(root))
        tests = f"def test_it() -> None:\n    assert zz_scale_probe_{n}(1) == {n + 1}\n"
        mine.save(mine.plan_save(NEW.format(n=n), tests), "save")

    save()
    saving = milliseconds(save, 7)
    impact = milliseconds(lambda: library.dependents(name), 5)
    cells = (first, open_and_search, searched, listing, shown, saving, impact)
    return [f"{count:,}", *(f"{cell:.1f}" for cell in cells)]


def main() -> None:
    """Measure and print."""
    sizes = [int(word) for word in sys.argv[1:]] or [100, 1000, 10000]
    with tempfile.TemporaryDirectory(prefix="coder-scale-") as base:
        rows = [measure(size, Path(base)) for size in sizes]
    head = ["functions", "first index", "open+search", "search", "list", "show", "save", "impact"]
    table(head, rows)
    print("milliseconds, medians; open+search, list, show and save each open the library anew")


if __name__ == "__main__":
    main()
