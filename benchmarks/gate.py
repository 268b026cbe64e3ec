"""How good the gate is: wrong solutions of HumanEval must be refused, right ones accepted, in little time.

    python benchmarks/gate.py [--each N] [--seed N] [--samples FILE ...] [--out FILE] [--part K/N] [--show]
    python benchmarks/gate.py --report FILE ...

A wrong candidate comes before the gate as a draft. The gate has the docstring's examples and at most five questions of
its own, which it picks from the candidate's own mutants; EvalPlus's solution answers in the person's place. There are
two sorts of people: one answers everything, the other does not care for inputs that the task's contract (EvalPlus's)
rules out. The same person comes a second time after a model that says the same as EvalPlus's solution, but errs in one
answer of ten; last, nobody is there and that model decides, as with --yes. Where it errs it gives one of the answers
that the question offers, by chance (--seed), each time anew. With --out each task is written down when it is done, and
the same command goes on where it was stopped.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.gate_figures import PEOPLE, REFERENCE, SAMPLE, Interview, Judged, read, report, write
from benchmarks.humaneval import Task, result_type, tasks, typed, with_result, wrong_ones
from benchmarks.wrong import candidates
from coder.drafting import second_opinion
from coder.drafting.questions import FEW, left_open
from library.draft.draft import Draft
from library.examples.example import Example
from library.gate.admission import Admission, Report
from library.gate.choose_questions import DONT_CARE, MODEL, MOST, CallQuestion
from library.gate.gate import Gate
from library.gate.strictness import strict
from library.gate.table import NEVER_ENDS
from library.sandbox import Job, Limits, Sandbox

STRIDE = 8
ERRS = 0.1  # of the answers of the model that gives a second opinion
ALL = ("files", "network", "processes", "eval", "environment", "clock", "randomness", "packages", "state")


@dataclass
class Asked:
    """One interview while it goes on."""

    given: list[Example]
    answers: list[Example] = field(default_factory=list[Example])
    unwanted: list[str] = field(default_factory=list[str])
    log: list[str] = field(default_factory=list[str])
    by: str = ""
    model: int = 0

    @property
    def known(self) -> list[Example]:
        return [*self.given, *self.answers]

    @property
    def interview(self) -> Interview:
        return Interview(self.by, len(self.log), len(self.unwanted), self.model)


class Bench:
    """One run of the benchmark."""

    def __init__(self, show: bool, seed: int = 1) -> None:
        self.sandbox = Sandbox()
        self.sure = Sandbox(Limits(cpu_s=30, wall_s=40.0, memory_mb=1024))
        self.gate, self.admission = Gate(self.sandbox), Admission(self.sandbox)
        self.show, self.seed = show, seed
        self.examples: dict[int, list[Example]] = {}
        self.results: dict[int, str] = {}
        self.asked: dict[tuple[object, ...], list[CallQuestion]] = {}

    def judge(self, task: Task, code: str, kind: str, *, right: bool) -> Judged:
        """A candidate before all sorts of people."""
        started = time.perf_counter()
        if task.number not in self.results:
            self.results[task.number] = result_type(task, self.sure)
        draft = Draft(task.name, with_result(code, task.name, self.results[task.number]))
        examples = self._examples(task)
        if examples and not self.gate.judge(draft, examples, "").green:
            return self._told(task, right, kind, "examples", started)
        first = self.admission.examine(draft, examples, goal=task.prompt, accepted=ALL)
        if not first.ok:
            return self._told(task, right, kind, "checks", started)
        self.asked = {}
        truth = code == task.truth  # it never contradicts itself, but a model that errs may contradict it
        one = Asked(examples) if truth else self._interview(task, draft, Asked(list(examples)), PEOPLE[0])
        seconds = time.perf_counter() - started  # the others are spared some of the work
        other = Asked(examples) if truth else self._interview(task, draft, Asked(list(examples)), PEOPLE[1])
        helped, alone = self._after_a_model(task, draft, examples, first)
        noticed: tuple[float, ...] = ()
        if not other.by and not truth:
            noticed = (_noticed(first), _noticed(self.admission.examine(draft, other.known, accepted=ALL)))
        interviews = (one, other, helped, alone)
        for person, asked in zip(PEOPLE, interviews, strict=True):
            if self.show and bool(asked.by) == right:
                what = f"refused, right: {task.number}" if right else f"accepted, wrong: {task.number}"
                print(f"--- {what}, {kind}, {person}\n{code}\nasked: {asked.log}\n", flush=True)
        return Judged(task.number, right, kind, tuple(x.interview for x in interviews), round(seconds, 3), noticed)

    def _after_a_model(self, task: Task, draft: Draft, examples: list[Example], report: Report) -> tuple[Asked, Asked]:
        """The person who is asked only where the model's second opinion does not agree, and the model by itself."""
        helped, alone = Asked(list(examples)), Asked(list(examples))
        questions = self.admission.questions(draft, examples, most=second_opinion.MOST)
        if not strict(report, draft, examples, task.prompt).ok:
            alone.by = "checks"
        known = [Example(one.call, one.answers[0]) for one in questions]
        own = {one.call for one in known}
        spared = left_open(questions, examples)
        if questions or len(examples) < FEW:
            most = second_opinion.WIDE - len(known)
            questions += self.admission.questions(draft, examples, most=most, answers=known, whom=MODEL)
        helped.model = len(questions)
        against: list[CallQuestion] = []
        for question in questions:
            example = self._told_by_model(task, question)
            if example is not None and self.gate.judge(draft, [example], "").green:
                helped.answers.append(example)
            elif example is not None:
                against.append(question)
        twice = [one for one in against if self._said(task, one, 2) == self._said(task, one, 1)]
        if own and not spared:
            alone.model = len(questions)
            self._decide(task, alone, questions, twice, own)
        disputed = [one for one in against if one.call in own]
        disputed += [one for one in twice if one.call not in own][: second_opinion.DISPUTED]
        left = own.difference(example.call for example in helped.answers) | {one.call for one in disputed}
        return self._interview(task, draft, helped, PEOPLE[1], disputed, min(MOST, len(left))), alone

    def _decide(
        self,
        task: Task,
        alone: Asked,
        questions: Sequence[CallQuestion],
        twice: Sequence[CallQuestion],
        own: Collection[str],
    ) -> None:
        """Nobody is there: what the model says twice against the draft counts, as the second opinion of a run does."""
        endless = [one.call in own for one in questions if one.answers[0] == NEVER_ENDS]
        alone.log += [f"{one.call} -> {self._said(task, one, 1)}" for one in questions if one.answers[0] != NEVER_ENDS]
        if len(twice) == 1 and twice[0].call not in own:
            twice = [one for one in twice if self._said(task, one, 3) == self._said(task, one, 1)]
        if twice or any(endless):
            alone.by = alone.by or "questions"

    def _told_by_model(self, task: Task, question: CallQuestion) -> Example | None:
        """What the model says of a call first; nothing of one that never ends."""
        if question.answers[0] == NEVER_ENDS:
            return None
        return self.admission.answer(question, self._said(task, question, 1))

    def _said(self, task: Task, question: CallQuestion, turn: int) -> str:
        """What a model says that errs now and then, each time that it is asked by another chance."""
        right = self._answer(task, question.call, PEOPLE[1])
        chance = random.Random(f"{self.seed} {task.number} {question.call} {turn}")
        if right == DONT_CARE or chance.random() >= ERRS:
            return right
        others = sorted({text for text in question.answers if text not in (right, NEVER_ENDS)})
        return chance.choice(others) if others else "raises ValueError"

    def _examples(self, task: Task) -> list[Example]:
        if task.number not in self.examples:
            self.examples[task.number] = right_examples(task, self.sandbox)
        return self.examples[task.number]

    def _told(self, task: Task, right: bool, kind: str, by: str, started: float) -> Judged:
        """Refused before anything was asked."""
        if right and self.show:
            print(f"--- refused, right: {task.number}, {kind}, by {by}\n", flush=True)
        seconds = round(time.perf_counter() - started, 3)
        return Judged(task.number, right, kind, (Interview(by),) * len(PEOPLE), seconds)

    def _interview(
        self,
        task: Task,
        draft: Draft,
        now: Asked,
        person: str,
        first: Sequence[CallQuestion] = (),
        most: int = MOST,
    ) -> Asked:
        """At most five questions, one at a time, until an answer contradicts the draft."""
        while len(now.log) < most and (asked := first[len(now.log) :][:1] or self._ask(draft, now)):
            said = self._answer(task, asked[0].call, person)
            now.log.append(f"{asked[0].call} -> {said}")
            answer = self.admission.answer(asked[0], said)
            if answer is None:
                now.unwanted.append(asked[0].call)
            elif not self.gate.judge(draft, [answer], "").green:
                now.by = "questions"
                break
            else:
                now.answers.append(answer)
        return now

    def _ask(self, draft: Draft, now: Asked) -> list[CallQuestion]:
        """The next question; the second person is asked the same until their answers differ."""
        key = (*(example.call for example in now.answers), "", *now.unwanted)
        if key not in self.asked:
            self.asked[key] = self.admission.questions(
                draft, now.given, most=1, unwanted=now.unwanted, answers=now.answers
            )
        return self.asked[key]

    def _answer(self, task: Task, call: str, person: str) -> str:
        """What the solution in the person's place gives."""
        guarded, one = self.sandbox.run([Job(setup=text, expression=call) for text in (task.guarded, task.truth)])
        if person == PEOPLE[1] and guarded.error == "AssertionError":
            return DONT_CARE
        if one.error in ("TimeLimit", "MemoryLimit", "Died"):
            return DONT_CARE
        if not one.ok:
            return f"raises {one.error}"
        # Cut off by the sandbox: nobody writes four thousand letters out.
        return DONT_CARE if one.value.endswith("…") else one.value

    def close(self) -> None:
        self.sandbox.close()
        self.sure.close()


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


def run(options: argparse.Namespace) -> dict[int, list[Judged]]:
    """Every task, spread so that a run cut short has seen a fair part of them."""
    bench = Bench(options.show, options.seed)
    others = samples(options.samples)
    part, parts = (int(text) for text in options.part.split("/"))
    chosen = [task for task in tasks(options.tasks) if task.number % parts == part]
    out = Path(options.out) if options.out else None
    done = read([out]) if out else {}
    spread = [task for start in range(STRIDE) for task in chosen[start::STRIDE] if task.number not in done]
    try:
        for task in spread:
            started = time.perf_counter()
            found = [] if options.only_samples else made(bench, task, options)
            found += sampled(bench, task, others.get(task.number, []))
            done[task.number] = found
            if out:
                write(out, task.number, found)
            print(
                f"{len(done)}: task {task.number}, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True
            )
    except KeyboardInterrupt:
        print(f"cut short after {len(done)} of {len(chosen)} tasks")
    bench.close()
    return done


def made(bench: Bench, task: Task, options: argparse.Namespace) -> list[Judged]:
    """The two right solutions, and the candidates made from one of them."""
    found = candidates(task.truth, task.name, options.seed, options.each)
    original, *wrong = wrong_ones(task, [task.original, *(one.code for one in found)], bench.sure)
    second = "HumanEval's own mistake" if original else "HumanEval's"
    judged = [
        bench.judge(task, task.truth, REFERENCE, right=True),
        bench.judge(task, task.original, second, right=not original),
    ]
    return judged + [
        bench.judge(task, candidate.code, candidate.kind, right=False)
        for candidate, is_wrong in zip(found, wrong, strict=True)
        if is_wrong
    ]


def sampled(bench: Bench, task: Task, codes: list[str]) -> list[Judged]:
    """Solutions that somebody else wrote."""
    more = [typed(code, task.name, task.inputs, task.doc) for code in codes]
    found = list(wrong_ones(task, more, bench.sure)) if more else list[bool]()
    return [bench.judge(task, code, SAMPLE, right=not is_wrong) for code, is_wrong in zip(more, found, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tasks", type=int, default=0, help="only so many tasks, spread evenly")
    parser.add_argument("--part", default="0/1", help="K/N: only tasks whose number leaves K when divided by N")
    parser.add_argument("--each", type=int, default=6, help="classic and strange candidates a task")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other candidates")
    parser.add_argument("--samples", nargs="*", default=[], help="files of JSON lines with other solutions")
    parser.add_argument("--only-samples", action="store_true", help="nothing but those")
    parser.add_argument("--out", default="", help="file for the tasks that are done; those in it are not done again")
    parser.add_argument("--report", nargs="*", default=[], help="only print the figures of such files")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    report(read(map(Path, options.report)) if options.report else run(options))


if __name__ == "__main__":
    main()
