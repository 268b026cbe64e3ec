"""Scale: open, search, list, show, save and impact of a library of 100 to 10,000 functions.

    uv run python -m benchmarks.scale [SIZES...]

The functions are those of the standard library (and of the benchmark data), each with a test. "save" is everything but
the tests' own time: plan, splice, diff, files, git commit, index, all on disk when it returns. It is measured in a
process that has the library open, as a run of the agent has; "cold save" in one that opens it for this, as one made by
hand. Each figure is the median of several; in brackets the processor's own milliseconds, which other work does not
lengthen (a wait for the disk is not among them).
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.corpus import base_functions, library_text, sample, standard_functions, web_functions
from benchmarks.processes import coder, table
from library.source.function import parse
from library.store import Library
from library.suite.suite import HEADER
from memory.store import Memory

WIDTH = 120  # letters of an import line
QUERIES = ("parse a date from text", "longest common prefix of words", "merge two sorted lists", "roman numeral")
NEW = '''def zz_scale_probe_{n}(number: int) -> int:
    """Return the number and {n}."""
    return number + {n}
'''


def milliseconds(work: Callable[[], object], times: int) -> str:
    """Median milliseconds of some work, and of the processor."""
    taken: list[float] = []
    used: list[float] = []
    for _ in range(times):
        started, cpu = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - started) * 1000)
        used.append((time.process_time() - cpu) * 1000)
    return f"{statistics.median(taken):.1f} ({statistics.median(used):.1f})"


def measure(size: int, base: Path) -> list[str]:
    """One row of the table."""
    text, _ = library_text(sample(base_functions(), [*web_functions(), *standard_functions()], size, seed=1))
    root = base / f"lib{size}"
    Memory(root).write({"library.py": text, "test_library.py": tests_of(text)}, "a library", kind="save")
    first = milliseconds(lambda: Library(Memory(root)).functions(), 1)

    def opened() -> None:
        Library(Memory(root)).search(QUERIES[0])

    open_and_search = milliseconds(opened, 7)
    library = Library(Memory(root))
    count = len(library.functions())
    listing = milliseconds(lambda: Library(Memory(root)).functions(), 5)
    name = library.functions()[count // 2].name
    shown = milliseconds(lambda: Library(Memory(root)).get(name), 5)
    searched = milliseconds(lambda: [library.search(query) for query in QUERIES], 5)
    words = coder("library", "list", "--library", str(root))
    number = iter(range(1000))

    def save(mine: Library) -> None:
        n = next(number)
        tests = f"def test_it() -> None:\n    assert zz_scale_probe_{n}(1) == {n + 1}\n"
        mine.save(mine.plan_save(NEW.format(n=n), tests), "save")

    save(library)
    saving = milliseconds(lambda: save(library), 9)
    cold = milliseconds(lambda: save(Library(Memory(root))), 5)
    impact = milliseconds(lambda: library.dependents(name), 5)
    command = milliseconds(lambda: subprocess.run(words, capture_output=True, check=True), 3).split()[0]
    return [f"{count:,}", first, open_and_search, searched, listing, command, shown, saving, cold, impact]


def tests_of(text: str) -> str:
    """A test for each function, and the imports as one save after the other would have packed them."""
    names = [function.name for function in parse(text).functions if function.public]
    tests = [f"def test_{name}__works() -> None:\n    assert callable({name})\n" for name in names]
    return f"{HEADER}\n{''.join(import_lines(names))}\n\n" + "\n\n".join(tests)


def import_lines(names: Iterable[str]) -> list[str]:
    """Import lines of at most 120 letters; each name comes into the first that has room for it."""
    lines: list[str] = []
    room: list[int] = []
    for name in names:
        number = next((number for number, left in enumerate(room) if left >= len(name) + 2), len(lines))
        if number < len(lines):
            lines[number] += f", {name}"
        else:
            lines.append(f"from library import {name}")
            room.append(0)
        room[number] = WIDTH - len(lines[number])
    return [line + "\n" for line in lines]


def main() -> None:
    """Measure and print."""
    sizes = [int(word) for word in sys.argv[1:]] or [100, 1000, 10000]
    with tempfile.TemporaryDirectory(prefix="coder-scale-") as base:
        rows = [measure(size, Path(base)) for size in sizes]
    head = ["functions", "first index", "open+search", "4 searches", "list", "coder library list", "show"]
    table([*head, "save", "cold save", "impact"], rows)
    print("milliseconds, medians (of the processor); open+search, list, show and cold save open the library anew;")
    print("save: the library is open, all of it but the tests' own time; coder library list: the whole command")


if __name__ == "__main__":
    main()
