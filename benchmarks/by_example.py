"""How well a function is found by examples of what it gives.

    uv run python -m benchmarks.by_example [--quick] [--functions N] [--examples 3 ...] [--pairs N] [--nice N]

Library: humaneval_pro's base functions, its harder ones, and stand-alone functions of the standard library up to N.
Each base function is searched for by the name `f` and results on EvalPlus's inputs; the results are the function's own.
Then two-step compositions: one function of the library on the result of another, chosen by chance. "cpu ms" is what a
search uses on the average, both sides of the sandbox together: the time on a machine that does nothing else.
"""

import argparse
import contextlib
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.crowd import base_functions, composed_functions, library_text, standard_functions
from benchmarks.humaneval import tasks
from library.examples.example import Example
from library.execution.batch_calls import call_roll, stage
from library.execution.marks import RESULT
from library.sandbox import Sandbox
from library.search.by_example import Finder, Found
from library.source.function import Function, parse
from library.source.literals import literal


@dataclass
class Bench:
    """One library and the searches in it."""

    sandbox: Sandbox
    source: str
    functions: tuple[Function, ...]

    def results(self, calls: Sequence[tuple[str, str]]) -> list[str]:
        """What (function, arguments as a tuple's text) give, "" where that is no literal or an exception."""
        on = stage(self.source)
        found = [""] * len(calls)
        for at, (name, arguments) in enumerate(calls):
            order: dict[str, Any] = {
                "what": "compare",
                "tasks": [[name, [0]]],
                "inputs": [[arguments, ""]],
                "texts": True,
            }
            got = call_roll(self.sandbox, on, [name], order).got.get(0)
            text = got[0][1:] if got and got[0].startswith(RESULT) else ""
            found[at] = text if literal(text) is not None else ""
        return found

    def queries(self, count: int, inputs: dict[str, list[tuple[str, str]]]) -> dict[str, list[Example]]:
        """For each function so many examples under the name `f`, those with different results first."""
        chosen: dict[str, list[Example]] = {}
        for name, known in inputs.items():
            fresh = list({result: pair for pair in reversed(known) if (result := pair[1])}.values())
            pairs = list(dict.fromkeys([*fresh, *known]))[:count]
            if pairs:
                chosen[name] = [Example(f"f{arguments[:-3]})", result) for arguments, result in pairs]
        return chosen


def inputs_of(bench: Bench, names: set[str], seed: int) -> dict[str, list[tuple[str, str]]]:
    """Arguments and results of each base function, in an order by chance."""
    found: dict[str, list[tuple[str, str]]] = {}
    for task in tasks():
        if task.name not in names:
            continue
        texts = ["(" + "".join(f"{value!r}, " for value in values) + ")" for values in task.inputs]
        texts = [text for text in dict.fromkeys(texts) if len(text) < 300][:20]
        random.Random(f"{task.name} {seed}").shuffle(texts)
        results = bench.results([(task.name, text) for text in texts[:12]])
        pairs = [(text, result) for text, result in zip(texts, results, strict=False) if result]
        if pairs:
            found[task.name] = pairs
    return found


def search_all(bench: Bench, finder: Finder, queries: dict[str, list[Example]], show: bool) -> str:
    """One line of the table: found, first, alone, milliseconds."""
    seconds: list[float] = []
    counts: Counter[str] = Counter()
    left: list[int] = []
    used = processor_s()
    for name, examples in queries.items():
        began = time.perf_counter()
        answers = finder.find(examples, bench.functions, bench.source)
        seconds.append(time.perf_counter() - began)
        ways = [answer.names for answer in answers if answer.way != "composed"]
        counts["found"] += (name,) in ways
        counts["first"] += ways[:1] == [(name,)]
        left.append(len(ways))
        if show and ways[:1] != [(name,)]:
            print(f"    {name}: {['/'.join(way) for way in ways[:4]]} for {[e.text[:70] for e in examples]}")
    seconds.sort()
    total = len(queries)
    used = (processor_s() - used) / total
    return (
        f"{counts['found'] / total:7.1%} {counts['first'] / total:7.1%} {sum(n == 1 for n in left) / total:7.1%}"
        f" {statistics.mean(left):6.2f} {statistics.median(seconds) * 1000:8.1f}"
        f" {seconds[int(total * 0.95)] * 1000:8.1f}"
        f" {seconds[-1] * 1000:8.0f} {used * 1000:8.1f}   ({total} searches)"
    )


def processor_s() -> float:
    """Processor seconds that this process and all below it have used so far, to 10 ms; ended ones included."""
    ticks: dict[int, tuple[int, int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = place.read_text("utf-8", "replace").rpartition(")")[2].split()
            ticks[int(place.parent.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    mine = {os.getpid()}
    while more := {pid for pid, (parent, _) in ticks.items() if parent in mine} - mine:
        mine |= more
    return sum(ticks[pid][1] for pid in mine if pid in ticks) / os.sysconf("SC_CLK_TCK")


def pairs_of(
    bench: Bench, inputs: dict[str, list[tuple[str, str]]], count: int, seed: int
) -> list[tuple[str, str, list[Example]]]:
    """Compositions whose three results differ from one another and from what goes in."""
    chance = random.Random(seed)
    unary = sorted(name for name, known in inputs.items() if len(known) >= 3 and len(literal(known[0][0])[0]) == 1)  # type: ignore[index]
    found: list[tuple[str, str, list[Example]]] = []
    used: set[str] = set()
    for _ in range(4000):
        outer, inner = chance.choice(unary), chance.choice(unary)
        middle = [(arguments, result) for arguments, result in inputs[inner] if f"({result}, )" != arguments]
        if outer == inner or f"{outer} {inner}" in used or len(middle) < 3:
            continue
        used.add(f"{outer} {inner}")
        results = bench.results([(outer, f"({result}, )") for _, result in middle[:3]])
        different = len(set(results)) == 3 and all(results)
        if different and all(result != text for (_, text), result in zip(middle, results, strict=False)):
            examples = [Example(f"f{a[:-3]})", r) for (a, _), r in zip(middle, results, strict=False)]
            found.append((outer, inner, examples))
        if len(found) >= count:
            break
    return found


def search_pairs(bench: Bench, finder: Finder, pairs: list[tuple[str, str, list[Example]]], show: bool) -> str:
    exact = simpler = 0
    seconds: list[float] = []
    for outer, inner, examples in pairs:
        began = time.perf_counter()
        answers: list[Found] = finder.find(examples, bench.functions, bench.source, limit=50)
        seconds.append(time.perf_counter() - began)
        there = any(answer.names == (outer, inner) for answer in answers)
        exact += there
        simpler += not there and bool(answers)
        if show and not there:
            print(
                f"    {outer}({inner}(x)): {['/'.join(a.names) for a in answers[:4]]}"
                f" for {[e.text[:60] for e in examples]}"
            )
    return (
        f"compositions: {len(pairs)} asked, {exact} found as they were made, {simpler} answered by others that fit all"
        f" examples; median {statistics.median(seconds) * 1000:.0f} ms, longest {max(seconds) * 1000:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--functions", type=int, default=500)
    parser.add_argument("--examples", type=int, nargs="*", default=[1, 2, 3, 5])
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--nice", type=int, default=5, help="0 to measure times")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="three examples and 25 compositions only")
    parser.add_argument("--show", action="store_true", help="what was not found first")
    asked = parser.parse_args()
    os.nice(asked.nice)
    if asked.quick:
        asked.examples, asked.pairs = [3], 25
    texts = base_functions()
    names = set(texts)
    texts |= {name: text for name, text in composed_functions().items() if name not in texts}
    texts |= standard_functions(max(0, asked.functions - len(texts)), set(texts))
    source = library_text(texts)
    kept = set(list(texts)[: asked.functions])
    functions = tuple(function for function in parse(source).functions if function.name in kept)
    with Sandbox() as sandbox:
        sandbox.start()
        print(f"sandbox {sandbox.level.name}, {len(functions)} functions, {len(source) // 1000} kB")
        bench = Bench(sandbox, source, functions)
        inputs = inputs_of(bench, names & kept, asked.seed)
        finder = Finder(sandbox)
        print("examples   found   first   alone  left  median ms   p95 ms   longest   cpu ms")
        for count in asked.examples:
            queries = bench.queries(count, inputs)
            print(f"{count:8} {search_all(bench, finder, queries, asked.show)}", flush=True)
        print(f"remembered as slow: {len(finder.slow)}")
        if asked.pairs:
            print(search_pairs(bench, finder, pairs_of(bench, inputs, asked.pairs, asked.seed), asked.show))


if __name__ == "__main__":
    main()
