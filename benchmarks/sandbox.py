"""What a test costs in the sandbox, by level: `uv run python -m benchmarks.sandbox`.

One test is three statements (a function, an assertion, another assertion). "one by one" waits for each outcome, "ahead"
sends many jobs before it asks for the first outcome. The ratio compares "one by one" with a bare fork that executes the
same text in a bare interpreter, measured in the same run.
"""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from library.errors import SandboxError
from library.sandbox import Job, Sandbox, layout

TESTS = 300
STARTS = 7
SETUP = "def double(x):\n    return 2 * x\n"
CODE = "assert double(2) == 4\nassert double(0) == 0\n"
FORKS = """
import os, sys, time
for _ in range(int(sys.argv[1])):
    began = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        space = {}
        exec(compile(sys.argv[2], "<setup>", "exec"), space)
        exec(compile(sys.argv[3], "<code>", "exec"), space)
        os._exit(0)
    os.waitpid(pid, 0)
    print(1000 * (time.perf_counter() - began))
"""


@dataclass(frozen=True)
class Row:
    """Milliseconds at one level."""

    name: str
    median: float
    p90: float
    ahead: float
    start: float
    first_look: float
    pytest: float


def took(action: Callable[[], object]) -> float:
    """Milliseconds that an action takes."""
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


def bare_fork() -> float:
    """Median milliseconds of a fork that executes the test without any protection."""
    command = [layout.executable(), "-I", "-S", "-c", FORKS, str(TESTS), SETUP, CODE]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return statistics.median(float(line) for line in out.split())


def measure(level: str, cache: Path) -> Row:
    """All figures of one level. Raises SandboxError when it does not work here."""
    job = Job(SETUP, CODE)
    with Sandbox(level=level, cache=cache) as sandbox:
        first_look = took(lambda: sandbox.level)
        sandbox.run([job] * 20)
        single = sorted(took(lambda: sandbox.run([job])) for _ in range(TESTS))
        ahead = took(lambda: sandbox.run([job] * TESTS)) / TESTS
        files = {"test_it.py": f"{SETUP}def test_it():\n    assert double(2) == 4\n"}
        sandbox.pytest(files)
        whole = statistics.median(took(lambda: sandbox.pytest(files)) for _ in range(5))
    starts: list[float] = []
    for _ in range(STARTS):
        with Sandbox(level=level, cache=cache) as sandbox:
            starts.append(took(lambda: sandbox.level))
    return Row(
        level,
        statistics.median(single),
        single[int(0.9 * TESTS)],
        ahead,
        statistics.median(starts),
        first_look,
        whole,
    )


def main() -> None:
    """Measure and print the table."""
    fork = bare_fork()
    print(f"bare fork: {fork:.2f} ms a test; all figures in milliseconds, {TESTS} tests a level\n")
    print(
        "| level | test, one by one | its p90 | ratio to a bare fork | test, ahead | start | first look | pytest run |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as cache:
        for level in ("L3", "L2", "L1"):
            try:
                row = measure(level, Path(cache))
            except SandboxError as error:
                print(f"| {level} | not here: {error.message} |")
                continue
            figures = (row.median, row.p90, row.median / fork, row.ahead)
            whole = (row.start, row.first_look, row.pytest)
            cells = [f"{figure:.2f}" for figure in figures] + [f"{figure:.0f}" for figure in whole]
            print(f"| {row.name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
