"""How good the gate is: wrong solutions of HumanEval must be refused, right ones accepted, in little time.

    python benchmarks/gate.py [--tasks N] [--each N] [--seed N] [--samples FILE ...] [--show]

A wrong candidate comes before the gate as a draft. The gate has the docstring's examples and at most five questions of
its own, which it picks from the candidate's own mutants; EvalPlus's solution answers in the person's place. There are
two sorts of people: one answers everything, the other does not care for inputs that the task's contract (EvalPlus's)
rules out.
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

from benchmarks.humaneval import Task, tasks, typed, wrong_ones
from benchmarks.wrong import STRANGE, candidates
from library.admission import Admission, Report
from library.draft import Draft
from library.example import Example
from library.gate import Gate
from library.questions import DONT_CARE, MOST, Question
from library.reach import ALL
from library.sandbox import Job, Limits, Sandbox

STRIDE = 8
PEOPLE = ("answers everything", "minds the contract")


@dataclass
class Figures:
    """What was counted with one sort of person."""

    wrong: int = 0
    by_examples: int = 0
    by_checks: int = 0
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
        self.asked: dict[tuple[object, ...], list[Question]] = {}
        self.seconds: list[float] = []
        self.asking: list[float] = []
        self.noticed: list[tuple[float, float]] = []

    def judge(self, task: Task, code: str) -> tuple[dict[str, str], list[str]]:
        """For each sort of person what refused it, "examples", "questions" or ""; and what was asked."""
        started = time.perf_counter()
        draft = Draft(task.name, code)
        examples = right_examples(task, self.sandbox)
        if examples and not self.gate.judge(draft, examples, "").green:
            self.seconds.append(time.perf_counter() - started)
            return dict.fromkeys(PEOPLE, "examples"), []
        report = self.admission.examine(draft, examples, goal=task.prompt, accepted=ALL)
        spent = time.perf_counter() - started
        if not report.ok:
            self.seconds.append(spent)
            return dict.fromkeys(PEOPLE, "checks"), list(report.problems)
        found: dict[str, str] = {}
        log: list[str] = []
        self.asked = {}
        for person in PEOPLE:
            started = time.perf_counter()
            found[person], lines = self._interview(task, draft, examples, person)
            log = lines  # of the person who minds, who is the harder one to convince
            if person == PEOPLE[0]:  # the second is spared some of the work
                self.seconds.append(spent + time.perf_counter() - started)
                self.asking.append(self.seconds[-1])
        return found, log

    def _interview(self, task: Task, draft: Draft, examples: list[Example], person: str) -> tuple[str, list[str]]:
        """At most five questions, one at a time, until an answer contradicts the draft."""
        known, unwanted, log = list(examples), list[str](), list[str]()
        figures = self.figures[person]
        while len(log) < MOST and (asked := self._ask(draft, known, unwanted)):
            said = self._answer(task, asked[0].call, person)
            log.append(f"{asked[0].call} -> {said}")
            answer = self.admission.answer(asked[0], said)
            if answer is None:
                figures.dont_care += 1
                unwanted.append(asked[0].call)
            elif not self.gate.judge(draft, [answer], "").green:
                figures.asked.append(len(log))
                return "questions", log
            else:
                known.append(answer)
        figures.asked.append(len(log))
        if person == PEOPLE[1]:
            self.noticed.append(
                (_noticed(self.admission.examine(draft, examples)), _noticed(self.admission.examine(draft, known)))
            )
        return "", log

    def _ask(self, draft: Draft, known: list[Example], unwanted: list[str]) -> list[Question]:
        """The next question; the second person is asked the same until their answers differ."""
        key = (len(known), *unwanted)
        if key not in self.asked:
            self.asked[key] = self.admission.questions(draft, known, most=1, unwanted=unwanted)
        return self.asked[key]

    def _answer(self, task: Task, call: str, person: str) -> str:
        """What the solution in the person's place gives."""
        if person == PEOPLE[1]:
            guarded = self.sandbox.run([Job(setup=task.guarded, expression=call)])[0]
            if guarded.error == "AssertionError":
                return DONT_CARE
        one = self.sandbox.run([Job(setup=task.truth, expression=call)])[0]
        if one.error in ("TimeLimit", "MemoryLimit", "Died"):
            return DONT_CARE
        if not one.ok:
            return f"raises {one.error}"
        # Cut off by the sandbox: nobody writes four thousand letters out.
        return DONT_CARE if one.value.endswith("…") else one.value

    def wrong(self, task: Task, kind: str, code: str) -> None:
        """A candidate that must be refused."""
        found, asked = self.judge(task, code)
        for person, by in found.items():
            figures = self.figures[person]
            figures.wrong += 1
            figures.kinds[kind] += 1
            figures.by_examples += by == "examples"
            figures.by_checks += by == "checks"
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


def _noticed(report: Report) -> float:
    """Share of the slips that the examples notice."""
    return report.killed / report.mutants if report.mutants else 1.0


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
    """Every task, spread so that a run cut short with Ctrl-C has seen a fair part of them."""
    bench = Bench(options.show)
    others = samples(options.samples)
    chosen = tasks(options.tasks)
    spread = [task for start in range(STRIDE) for task in chosen[start::STRIDE]]
    done = 0
    try:
        for task in spread:
            started = time.perf_counter()
            if not options.only_samples:
                made(bench, task, options)
            sampled(bench, task, others.get(task.number, []))
            done += 1
            print(f"{done}: task {task.number}, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print(f"cut short after {done} of {len(spread)} tasks")
    print(
        f"\n{done} tasks, {bench.figures[PEOPLE[0]].wrong} wrong candidates, "
        f"{bench.figures[PEOPLE[0]].right} right ones"
    )
    bench.sandbox.close()
    bench.sure.close()
    return bench


def made(bench: Bench, task: Task, options: argparse.Namespace) -> None:
    """The two right solutions, and the candidates made from one of them."""
    found = candidates(task.truth, task.name, options.seed, options.each)
    original, *wrong = wrong_ones(task, [task.original, *(one.code for one in found)], bench.sure)
    bench.right(task, task.truth, "EvalPlus's")
    if original:
        bench.wrong(task, "HumanEval's own mistake", task.original)
    else:
        bench.right(task, task.original, "HumanEval's")
    for candidate, is_wrong in zip(found, wrong, strict=True):
        if is_wrong:
            bench.wrong(task, candidate.kind, candidate.code)


def sampled(bench: Bench, task: Task, codes: list[str]) -> None:
    """Solutions that somebody else wrote."""
    more = [typed(code, task.name, task.inputs, task.doc) for code in codes]
    for code, is_wrong in zip(more, wrong_ones(task, more, bench.sure) if more else [], strict=True):
        if is_wrong:
            bench.wrong(task, "other wrong solution", code)
        else:
            bench.right(task, code, "other solution")


def report(bench: Bench) -> None:
    for person in PEOPLE:
        figures = bench.figures[person]
        refused, wrong = figures.by_examples + figures.by_checks + figures.by_questions, max(1, figures.wrong)
        print(f"\nThe person {person}")
        print(f"  wrong refused   {refused}/{figures.wrong} = {refused / wrong:.1%}")
        print(
            f"                  by the docstring's examples {figures.by_examples / wrong:.1%}, "
            f"by checks {figures.by_checks / wrong:.1%}, by questions {figures.by_questions / wrong:.1%}"
        )
        print(f"  right refused   {len(figures.right_refused)}/{figures.right}   {figures.right_refused}")
        print(
            f"  questions       {statistics.mean(figures.asked or [0]):.1f} on average, "
            f"{figures.dont_care} times {DONT_CARE}"
        )
        for kind, count in sorted(figures.kinds.items()):
            sort = "strange" if kind in STRANGE or " " in kind else "classic"
            print(f"    {kind:26} {sort:10} {count - figures.missed[kind]}/{count}")
    if bench.noticed:
        before, after = (statistics.median(column) for column in zip(*bench.noticed, strict=True))
        print(f"\nof the accepted ones' slips the examples notice {before:.0%}, with the answers {after:.0%} (medians)")
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
