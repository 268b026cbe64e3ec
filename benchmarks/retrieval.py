"""How well functions are found by words: reuse for HumanEval Pro, web questions of CoSQA.

    uv run python -m benchmarks.retrieval [--small] [--learn]

`reuse`: the words of a harder task (its comment, no code) must find the base function that its solution calls, among
the first 5. `web`: a question as people typed it must find its function among the first 10. The libraries are real
ones: text, index, search as in the program. Among 100: parts of the 164 base functions. Among 1,000 and 10,000: all
that is asked for, filled up with functions of CoSQA and of the standard library (seed 0).

What was tuned on what: the weights in `library/search/by_words.py` come from `--learn`, which sees the even questions
of CoSQA only; the table of near words was written by hand, with a look at what the even questions missed. Which
features there are was decided on both halves (learnt on one, measured on the other). The tasks were only measured.
Nothing is downloaded.
"""

import argparse
import math
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.corpus import (
    Entry,
    base_functions,
    library_text,
    read_data,
    sample,
    standard_functions,
    web_functions,
)
from library.search.by_words import FEATURES, Weights, candidates, search
from library.search.index import Index

Question = tuple[str, str]  # words, key of the function wanted
Row = tuple[int, int, dict[int, tuple[float, ...]]]  # number of the question, row wanted, features by row
TARGETS = {
    ("reuse", 100): 0.97,
    ("reuse", 1000): 0.93,
    ("reuse", 10000): 0.90,
    ("web", 1000): 0.85,
    ("web", 10000): 0.65,
}
PARTS = 5  # libraries of 100, as one of them says little


@dataclass(frozen=True)
class Shelf:
    """An indexed library.

    Args:
        index: of it.
        names: of its functions, by the key of the entry.
    """

    index: Index
    names: dict[str, str]

    @property
    def keys(self) -> dict[str, str]:
        return {name: key for key, name in self.names.items()}


def shelf(entries: Sequence[Entry]) -> Shelf:
    """A library of these entries, in memory."""
    text, names = library_text(entries)
    index = Index(None, "library.py")
    index.read("library.py", text)
    return Shelf(index, names)


def tasks() -> list[Question]:
    """The comments of the harder tasks, without the code below them."""
    found: list[Question] = []
    for pair in read_data("humaneval_pro.json"):
        lines = [line.lstrip("# ") for line in pair["new_problem"].splitlines() if line.startswith("#")]
        if lines:
            found.append((" ".join(lines), f"humaneval {pair['id']}"))
    return found


def web_questions() -> list[Question]:
    """What people typed."""
    return [(row["doc"], f"cosqa {row['retrieval_idx']}") for row in read_data("cosqa-retrieval-dev-500.json")]


def shelves(small: bool) -> dict[tuple[str, int], list[Shelf]]:
    """The libraries to search, by kind of question and size."""
    base, web, standard = base_functions(), web_functions(), standard_functions()
    wanted = {key for _, key in web_questions()}
    gold, others = [entry for entry in web if entry.key in wanted], [entry for entry in web if entry.key not in wanted]
    found = {
        ("reuse", 100): [shelf(random.Random(seed).sample(base, 100)) for seed in range(PARTS)],
        ("reuse", 1000): [shelf(sample(base, web + standard, 1000, 0))],
        ("web", 1000): [shelf(sample(gold, others, 1000, 0))],
    }
    if not small:
        found["reuse", 10000] = [shelf(sample(base, web + standard, 10000, 0))]
        found["web", 10000] = [shelf(sample(web, standard, 10000, 0))]
    return found


def measure(shelf: Shelf, questions: Sequence[Question], first: int) -> tuple[list[tuple[int, bool]], list[float]]:
    """For each question that has an answer here, its number and whether it was found; milliseconds of each."""
    found: list[tuple[int, bool]] = []
    times: list[float] = []
    keys = shelf.keys
    for number, (words, key) in enumerate(questions):
        if key in shelf.names:
            started = time.perf_counter()
            hits = search(shelf.index, words, first)
            times.append((time.perf_counter() - started) * 1000)
            found.append((number, key in [keys[hit.function.name] for hit in hits]))
    return found, times


def report(all_shelves: dict[tuple[str, int], list[Shelf]]) -> int:
    """Print the table; 1 if a target is missed."""
    questions = {"reuse": tasks(), "web": web_questions()}
    heads = ("found", "target", "even", "odd", "asked", "ms p50", "ms p95")
    print(f"{'':6} {'among':>6} {'':>5} " + " ".join(f"{head:>7}" for head in heads))
    missed = 0
    for (kind, size), parts in all_shelves.items():
        first = 5 if kind == "reuse" else 10
        found: list[tuple[int, bool]] = []
        times: list[float] = []
        for part in parts:
            more, taken = measure(part, questions[kind], first)
            found += more
            times += taken
        share = statistics.mean(hit for _, hit in found)
        halves = [statistics.mean(hit for number, hit in found if number % 2 == half) for half in (0, 1)]
        times.sort()
        target = TARGETS[kind, size]
        missed += share < target
        shown = [f"{figure:7.3f}" for figure in (share, target, *halves)]
        shown += [f"{len(found):7}", f"{times[len(times) // 2]:7.1f}", f"{times[len(times) * 95 // 100]:7.1f}"]
        print(f"{kind:6} {size:6} {f'R@{first}':>5} {' '.join(shown)}", flush=True)
    return 1 if missed else 0


def learn(all_shelves: dict[tuple[str, int], list[Shelf]]) -> None:
    """Learn the weights of the features on the even web questions and print them."""
    rows = [row for (kind, _), parts in all_shelves.items() if kind == "web" for part in parts for row in _rows(part)]
    weights = fit([row for row in rows if row[0] % 2 == 0], len(FEATURES))
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f"{weight:7.2f}  {name}")


def _rows(shelf: Shelf) -> list[Row]:
    found: list[Row] = []
    for number, (words, key) in enumerate(web_questions()):
        if key in shelf.names:
            wanted = shelf.index.named([shelf.names[key]])[0]
            found.append((number, wanted, candidates(shelf.index, words, Weights())))
    return found


def fit(rows: list[Row], size: int, rounds: int = 15) -> list[float]:
    """Weights under which the wanted function is likeliest among its candidates (softmax), by gradient steps."""
    weights, chance = [0.0] * size, random.Random(0)
    usable = [row for row in rows if row[1] in row[2]]
    for turn in range(rounds):
        chance.shuffle(usable)
        step = 0.3 / (1 + 0.3 * turn)
        for _, wanted, features in usable:
            scores = {id: _dot(weights, row) for id, row in features.items()}
            top = max(scores.values())
            odds = {id: math.exp(score - top) for id, score in scores.items()}
            total = sum(odds.values())
            for number in range(size):
                expected = sum(odd * features[id][number] for id, odd in odds.items()) / total
                weights[number] += step * (features[wanted][number] - expected - 0.002 * weights[number])
    return weights


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(one * other for one, other in zip(left, right, strict=True))


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="leave out the libraries of 10,000")
    parser.add_argument("--learn", action="store_true", help="learn the weights instead of measuring")
    options = parser.parse_args()
    made = shelves(options.small)
    if options.learn:
        learn(made)
        return 0
    return report(made)


if __name__ == "__main__":
    sys.exit(main())
