"""Prompt size: tokens of what planner and code writer are shown of a library of 10 to 10,000 functions.

    uv run python -m benchmarks.prompt_size [SIZES...]

The controller is shown no functions at all. Tokens are counted by the program's own estimate.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.corpus import library_text, read_data, sample, standard_functions, web_functions
from benchmarks.processes import table
from coder.drafting.shown_functions import offers, offers_text
from coder.flows.branches.read_memory import OFFERED
from coder.flows.branches.write_code import OFFERED as OFFERED_TO_CODER
from coder.model.tokens import TokenCounter
from library.store import Library
from memory.store import Memory

GOALS = (
    "parse ISO 8601 durations such as P3DT4H30M into seconds",
    "find the longest word in a text and count its vowels",
    "merge overlapping intervals of numbers",
    "convert a list of dictionaries to a table in text",
    "compute the median of a list of numbers without changing it",
    "read a comma separated line with quotes",
)


def main() -> None:
    """Measure and print."""
    sizes = [int(word) for word in sys.argv[1:]] or [10, 100, 1000, 10000]
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="coder-prompt-") as base:
        others = [*web_functions(), *standard_functions()]
        for size in sizes:
            text, _ = library_text(sample([], others, size, seed=1))
            memory = Memory(Path(base) / f"lib{size}")
            memory.write({"library.py": text}, "a library", kind="save")
            library = Library(memory)
            count = len(library.functions())
            counts = {limit: _tokens(library, count, limit) for limit in (OFFERED, OFFERED_TO_CODER)}
            cells = [f"{statistics.mean(c):.0f} ± {statistics.stdev(c):.0f} ({max(c)})" for c in counts.values()]
            rows.append([f"{count:,}", *cells])
    table(["functions", "planner: mean ± deviation (most)", "code writer: mean ± deviation (most)"], rows)
    print(f"tokens of the library's part of the prompt, over {len(_goals())} goals")


def _goals() -> list[str]:
    """The goals above, and the questions that people asked of a search engine (every 10th of CoSQA's)."""
    return [*GOALS, *(row["doc"] for row in read_data("cosqa-retrieval-dev-500.json")[::10])]


def _tokens(library: Library, count: int, limit: int) -> list[int]:
    """Tokens of the offered functions for each goal."""
    found: list[int] = []
    for goal in _goals():
        found.append(TokenCounter().count_texts([offers_text(offers(library, goal, limit), count)], ""))
    return found


if __name__ == "__main__":
    main()
