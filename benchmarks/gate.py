"""How good the gate is: wrong solutions of HumanEval must be refused, right ones accepted, in little time (issue 3, Shows 1).

    python benchmarks/gate.py [--tasks N] [--each N] [--seed N] [--samples FILE ...] [--show]

A wrong candidate comes before the gate as a draft. The gate has the docstring's examples and at most five questions of
its own, which it picks from the candidate's own mutants; EvalPlus's solution answers in the person's place. Two sorts of
people: one answers everything, the other does not care for inputs that the task's contract (EvalPlus) rules out.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.humaneval import Task, tasks, wrong_ones
from benchmarks.wrong import STRANGE, candidates
from library.admission import Admission
from library.draft import Draft
from library.example import Example
from library.gate import Gate
from library.questions import DONT_CARE
from library.sandbox import Job, Limits, Sandbox


PEOPLE = ("answers everything", "minds the contract")


@dataclass
class Figures:
    """What was counted with one sort of person."""

    wrong: int = 0
    by_examples: int = 0
    by_questions: int = 0
    right: int = 0
    right_refused: list[str] = field(default_factory=list[str])
    kinds: Counter[str] = field(default_factory=Counter[str])
    missed: Counter[str] = field(default_factory=Counter[str])
    asked: list[int] = field(default_factory=list[int])
    dont_care: int = 0


class Bench:
    """One run of the benchmark."""

    def __init__(self, show: bool) -> None:
        self.sandbox = Sandbox()
        self.sure = Sandbox(Limits(cpu_s=30, wall_s=40.0, memory_mb=1024))
        self.gate, self.admission = Gate(self.sandbox), Admission(self.sandbox)
        self.show = show
        self.figures = {person: Figures() for person in PEOPLE}
        self.seconds: list[float] = []
        self.asking: list[float] = []

    def judge(self, task: Task, code: str) -> tuple[dict[str, str], list[str]]:
        """For each sort of person "examples" or "questions" for what refused it, "" if it was accepted; what was asked."""
        started = time.perf_counter()
        draft = Draft(task.name, code)
        examples = right_examples(task, self.sandbox)
        if examples and not self.gate.judge(draft, examples, "").green:
            self.seconds.append(time.perf_counter() - started)
            return dict.fromkeys(PEOPLE, "examples"), []
        asked = self.admission.questions(draft, examples)
        spent = time.perf_counter() - started
        plain = self._answers(task.truth, [one.call for one in asked])
        guarded = self._answers(task.guarded, [one.call for one in asked])
        minding = [DONT_CARE if g == "raises AssertionError" else p for p, g in zip(plain, guarded, strict=True)]
        found: dict[str, str] = {}
        started = time.perf_counter()
        for person, said in zip(PEOPLE, (plain, minding), strict=True):
            answers = [e for one, text in zip(asked, said, strict=True) if (e := self.admission.answer(one, text))]
            green = not answers or self.gate.judge(draft, answers, "").green
            found[person] = "" if green else "questions"
            self.figures[person].asked.append(len(asked))
            self.figures[person].dont_care += said.count(DONT_CARE)
        spent += (time.perf_counter() - started) / 2
        self.seconds.append(spent)
        self.asking.append(spent)
        return found, [f"{one.call} -> {text}" for one, text in zip(asked, minding, strict=True)]

    def _answers(self, code: str, calls: list[str]) -> list[str]:
        """What the solution in the person's place gives."""
        outcomes = self.sandbox.run([Job(setup=code, expression=call) for call in calls])
        return [one.value if one.ok else f"raises {one.error}" for one in outcomes]

    def wrong(self, task: Task, kind: str, code: str) -> None:
        """A candidate that must be refused."""
        found, asked = self.judge(task, code)
        for person, by in found.items():
            figures = self.figures[person]
            figures.wrong += 1
            figures.kinds[kind] += 1
            figures.by_examples += by == "examples"
            figures.by_questions += by == "questions"
            figures.missed[kind] += not by
        if self.show and not all(found.values()):
            print(f"--- accepted, wrong: {task.number}, {kind} {found}\n{code}\nasked: {asked}\n", flush=True)

    def right(self, task: Task, code: str, what: str) -> None:
        """A solution that must be accepted."""
        found, asked = self.judge(task, code)
        for person, by in found.items():
            self.figures[person].right += 1
            if by:
                self.figures[person].right_refused.append(f"{task.number} {what} by {by}")
                if self.show:
                    print(f"--- refused, right: {task.number} {what} by {by} ({person})\nasked: {asked}\n", flush=True)


def right_examples(task: Task, sandbox: Sandbox) -> list[Example]:
    """The docstring's examples but for the few that contradict the task's own solution: a person corrects those."""
    examples = list(task.examples)
    if not examples:
        return []
    verdict = Gate(sandbox).judge(Draft(task.name, task.truth), examples, "")
    return [example for example, row in zip(examples, verdict.rows, strict=True) if row.ok]


def samples(paths: list[str]) -> dict[int, list[str]]:
    """Other solutions by task from files of JSON lines with `task_id` and `solution` (whole text)."""
    found: dict[int, list[str]] = {}
    for path in paths:
        for line in Path(path).read_text("utf-8").splitlines():
            data = json.loads(line)
            found.setdefault(int(data["task_id"].split("/")[1]), []).append(data["solution"])
    return found


def run(options: argparse.Namespace) -> Bench:
    bench = Bench(options.show)
    others = samples(options.samples)
    chosen = tasks(options.tasks)
    made = 0
    for task in chosen:
        found = [] if options.only_samples else candidates(task.truth, task.name, options.seed, options.each)
        made += len(found)
        original, *wrong = wrong_ones(task, [task.original, *(one.code for one in found)], bench.sure)
        if not options.only_samples:
            bench.right(task, task.truth, "EvalPlus's")
            if original:
                bench.wrong(task, "HumanEval's own mistake", task.original)
            else:
                bench.right(task, task.original, "HumanEval's")
        for candidate, is_wrong in zip(found, wrong, strict=True):
            if is_wrong:
                bench.wrong(task, candidate.kind, candidate.code)
        more = others.get(task.number, [])
        for code, is_wrong in zip(more, wrong_ones(task, more, bench.sure) if more else [], strict=True):
            if is_wrong:
                bench.wrong(task, "other wrong solution", code)
            else:
                bench.right(task, code, "other solution")
        print(f"\r{task.number + 1} ", end="", file=sys.stderr, flush=True)
    print(f"\n{len(chosen)} tasks, {made} candidates made, {bench.figures[PEOPLE[0]].wrong} proven wrong")
    bench.sandbox.close()
    bench.sure.close()
    return bench


def report(bench: Bench) -> None:
    for person in PEOPLE:
        figures = bench.figures[person]
        refused, wrong = figures.by_examples + figures.by_questions, max(1, figures.wrong)
        print(f"\nThe person {person}")
        print(f"  wrong refused   {refused}/{figures.wrong} = {refused / wrong:.1%}"
              f"   (the docstring's examples alone: {figures.by_examples / wrong:.1%})")  # fmt: skip
        print(f"  right refused   {len(figures.right_refused)}/{figures.right}   {figures.right_refused}")
        print(f"  questions       {statistics.mean(figures.asked or [0]):.1f} on average, {figures.dont_care} times {DONT_CARE}")
        for kind, count in sorted(figures.kinds.items()):
            sort = "strange" if kind in STRANGE or " " in kind else "classic"
            print(f"    {kind:26} {sort:10} {count - figures.missed[kind]}/{count}")
    for what, seconds in (("all", bench.seconds), ("those that were asked about", bench.asking)):
        times = sorted(seconds) or [0.0]
        print(f"seconds a function, {what}: median {statistics.median(times):.2f}, "
              f"95% under {times[int(len(times) * 0.95)]:.2f}, most {times[-1]:.2f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tasks", type=int, default=0, help="only so many tasks, spread evenly")
    parser.add_argument("--each", type=int, default=6, help="classic and strange candidates a task")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other candidates")
    parser.add_argument("--samples", nargs="*", default=[], help="files of JSON lines with other solutions")
    parser.add_argument("--only-samples", action="store_true", help="nothing but those")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    report(run(parser.parse_args()))


if __name__ == "__main__":
    main()
