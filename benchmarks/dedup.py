"""How well duplicates are told from near misses.

    uv run python -m benchmarks.dedup [--quick] [--tasks N] [--seed N] [--show]

Four libraries, each of HumanEval's solutions with their docstrings, one twin of each without docstring and under other
names (renamed; reordered; rewritten; or EvalPlus's own solution, by another author), and one near miss of each: a wrong
solution that EvalPlus's inputs prove different. All pairs of a library are judged at once. A pair of two tasks'
functions that is said to be the same counts as wrong unless EvalPlus's inputs of both tasks cannot tell them apart.

Another author's solution is a twin only where no input tells it apart: those that come with inputs on which the two
gave different results when run are counted on their own ("not twins"), mostly calls that the task does not allow. They
and that library's other pairs are not in the total.
"""

import argparse
import ast
import os
import random
import re
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.crowd import library_text
from benchmarks.humaneval import Task, tasks, wrong_ones
from benchmarks.twins import twin
from benchmarks.wrong import candidates
from library.duplicates.pairs import Pair, find_pairs
from library.sandbox import Limits, Sandbox
from library.source.function import parse

ROUNDS = ("renamed", "reordered", "rewritten", "other author")
SAME = ("same text", "same behaviour")


@dataclass
class Figures:
    """What was counted in one library."""

    twins: int = 0
    found: int = 0
    by_text: int = 0
    not_twins: int = 0
    near_misses: int = 0
    taken_for_same: int = 0
    with_inputs: int = 0
    across: int = 0
    across_wrong: int = 0
    seconds: float = 0.0
    functions: int = 0
    missed: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])

    @property
    def precision(self) -> float:
        said = self.found + self.taken_for_same + self.across_wrong
        return self.found / said if said else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.twins if self.twins else 1.0


def make(task: Task, way: str, sandbox: Sandbox, seed: int) -> tuple[str, str]:
    """A twin and a near miss of a task's solution; "" where there is none. Both proven by EvalPlus's inputs."""
    name = task.name
    if way == "other author":
        code = (
            "" if _bare(task.truth) == _bare(task.original) else twin(task.truth, name, f"{name}_twin", "renamed", seed)
        )
    else:
        code = twin(task.original, name, f"{name}_twin", way, seed)
    made = [candidate.code for candidate in candidates(task.original, name, seed, 4)]
    random.Random(seed).shuffle(made)
    under_old_name = re.sub(rf"\b{name}_twin\b", name, code)
    bare_ones = [_bare(text) for text in made[:5]]
    own = replace(task, truth=task.original)
    verdicts = list(wrong_ones(own, [under_old_name or task.original, *bare_ones], sandbox))
    if code and verdicts[0]:
        print(f"    (the {way} twin of {name} is not one; left out)")
        code = ""
    miss = next((text for text, wrong in zip(bare_ones, verdicts[1:], strict=False) if wrong), "")
    return code, twin(miss, name, f"{name}_miss", "renamed", seed) if miss else ""


def _bare(text: str) -> str:
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def own_helpers(text: str, keep: str, suffix: str) -> str:
    """Helpers under names of their own, so that three versions of a task can stand in one library."""
    for function in parse(text).functions:
        if function.name != keep:
            text = re.sub(rf"\b{function.name}\b", f"_{function.name}_{suffix}", text)
    return text


def judge(way: str, chosen: list[Task], sandbox: Sandbox, sure: Sandbox, seed: int) -> Figures:
    """Make one library and count what is said of its pairs."""
    figures = Figures()
    texts: dict[str, str] = {}
    family: dict[str, Task] = {}
    twins: set[tuple[str, str]] = set()
    misses: set[tuple[str, str]] = set()
    for task in chosen:
        code, miss = make(task, way, sure, seed)
        versions = {task.name: task.original, f"{task.name}_twin": code, f"{task.name}_miss": miss}
        for name, text in versions.items():
            if text:
                texts[name] = own_helpers(text, name, f"{task.number}{name[-4:]}")
                family[name] = task
        if code:
            twins.add((task.name, f"{task.name}_twin"))
        if miss:
            misses |= {
                (task.name, f"{task.name}_miss"),
                *([(f"{task.name}_twin", f"{task.name}_miss")] if code else []),
            }
    source = library_text(texts)
    functions = [function for function in parse(source).functions if function.name in texts]
    began = time.perf_counter()
    pairs = find_pairs(functions, source, sandbox)
    figures.seconds, figures.functions = time.perf_counter() - began, len(functions)
    said = {tuple(sorted((pair.a, pair.b), key=len)): pair for pair in pairs}
    figures.twins, figures.near_misses = len(twins), len(misses)
    for one, other in sorted(twins):
        pair = said.get((one, other))
        right = pair is not None and pair.kind in SAME
        figures.found += right
        figures.by_text += pair is not None and pair.kind == "same text"
        if pair is not None and pair.differences and way == "other author":
            figures.not_twins += 1
            figures.twins -= 1
        elif not right:
            figures.missed.append(f"{one}: {pair.why + ' ' + str(pair.differences[:2]) if pair else 'no pair'}")
    for one, other in sorted(misses):
        pair = said.get(tuple(sorted((one, other), key=len))) or said.get((other, one))
        figures.taken_for_same += pair is not None and pair.kind in SAME
        figures.with_inputs += pair is not None and pair.kind == "near" and bool(pair.differences)
        if pair is not None and pair.kind in SAME:
            figures.wrong.append(f"{one} ~ {other}: {pair.kind} on {pair.tried}")
    for pair in pairs:
        if pair.kind in SAME and family[pair.a] is not family[pair.b]:
            figures.across += 1
            if not really_same(pair, family, texts, sure):
                figures.across_wrong += 1
                figures.wrong.append(f"{pair.a} ~ {pair.b}: {pair.kind} on {pair.tried}")
    return figures


def really_same(pair: Pair, family: dict[str, Task], texts: dict[str, str], sandbox: Sandbox) -> bool:
    """Whether the inputs of both tasks cannot tell the two functions apart."""
    for task in (family[pair.a], family[pair.b]):
        codes = [re.sub(rf"\b{name}\b", task.name, texts[name]) for name in (pair.a, pair.b)]
        if next(wrong_ones(replace(task, truth=codes[0]), codes[1:], sandbox)):
            return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, default=0, help="so many of the 164, spread evenly")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="40 tasks, renamed and rewritten only")
    parser.add_argument("--show", action="store_true", help="what was missed and what was wrong")
    asked = parser.parse_args()
    os.nice(5)
    chosen = tasks(40 if asked.quick and not asked.tasks else asked.tasks)
    print(
        "library        functions  twins  recall  by text  near misses  said same  inputs shown"
        "  across (wrong)  precision  seconds"
    )
    totals = Figures()
    with Sandbox() as sandbox, Sandbox(Limits(cpu_s=30, wall_s=40.0, memory_mb=1024)) as sure:
        for way in ("renamed", "rewritten") if asked.quick else ROUNDS:
            figures = judge(way, chosen, sandbox, sure, asked.seed)
            print(
                f"{way:14} {figures.functions:9} {figures.twins:6} {figures.recall:7.1%} {figures.by_text:8}"
                f" {figures.near_misses:12} {figures.taken_for_same:10} {figures.with_inputs:13}"
                f" {figures.across:8} ({figures.across_wrong}) {figures.precision:13.1%} {figures.seconds:8.1f}",
                flush=True,
            )
            if way == "other author":
                print(f"{'':14} {figures.not_twins} not twins: inputs that differ were shown")
            for name in (
                ()
                if way == "other author"
                else ("twins", "found", "taken_for_same", "across_wrong", "near_misses", "with_inputs")
            ):
                setattr(totals, name, getattr(totals, name) + getattr(figures, name))
            if asked.show:
                print("\n".join(f"    missed {line}" for line in figures.missed))
                print("\n".join(f"    wrong  {line}" for line in figures.wrong))
    print(
        f"made twins: recall {totals.recall:.1%} of {totals.twins}, precision {totals.precision:.1%};"
        f" {totals.with_inputs} of {totals.near_misses} near misses shown with inputs that differ"
    )


if __name__ == "__main__":
    main()
