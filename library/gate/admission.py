"""Admission: what is known of a draft before it is saved: checks, mutants that no example notices, questions to ask."""

import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from library.draft.draft import Draft
from library.evidence.evidence import Evidence, Shown, Stamp
from library.examples.example import Example
from library.execution.marks import SLOW, UNKNOWN
from library.execution.pace import TimeBudget
from library.execution.variant_calls import try_variants
from library.gate.choose_questions import MOST, PERSON, CallQuestion, Respondent, answer, choose, question
from library.gate.naming import Neighbour
from library.gate.properties import laws, properties
from library.gate.static_checks import Check, check, reached
from library.gate.trials import Trials, make_trials
from library.gate.verdict import Verdict
from library.sandbox import Sandbox
from library.source.function import digest, parse

ROUNDS = 3  # how often others are chosen for those that turn out to have one answer alone


@dataclass(frozen=True)
class Report:
    """What was found out about a draft beside its examples and tests (those are Gate.judge's).

    Attributes:
        checks: a line each: what its text says, then what held on the inputs tried.
        mutants: slips that some input notices.
        killed: those of them that the examples notice.
        surviving: the others in words, each with the shortest call that would notice it.
        capabilities: what it reaches for, "environment (os.environ, line 4)".
        inputs: how many calls it was tried with.
        seconds: that all this took.
    """

    checks: tuple[Check, ...] = ()
    mutants: int = 0
    killed: int = 0
    surviving: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    inputs: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Nothing that must hold fails."""
        return all(one.ok for one in self.checks if one.must)

    @property
    def problems(self) -> tuple[str, ...]:
        """What must hold and does not, a line each: for Verdict.problems."""
        return tuple(f"{one.name}: {one.detail}" for one in self.checks if one.must and not one.ok)


class Admission:
    """Finds out about drafts. Nothing is run but in the sandbox; the same draft gives the same findings.

    Args:
        sandbox: where drafts run.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._last: tuple[object, Trials] | None = None

    def examine(
        self,
        draft: Draft,
        examples: Sequence[Example],
        library: str = "",
        neighbours: Sequence[Neighbour] = (),
        goal: str = "",
        accepted: Collection[str] = (),
        budget: TimeBudget | None = None,
    ) -> Report:
        """Everything that is to be said of a draft without asking anybody. Never raises for what the draft is.

        Args:
            draft: what was written.
            examples: what is known of it.
            library: text of library.py, in which it may call functions.
            neighbours: the functions of the library nearest to it.
            goal: the words that it was written for.
            accepted: capabilities that the person allows this function, by name ("files", "clock", ...).
            budget: of time for what is tried; without end if None.
        """
        started = time.perf_counter()
        checks = check(draft, neighbours, goal, accepted)
        if not checks[0].ok or len(checks) == 2:  # it cannot be read, or is not what was asked for: nothing to be tried
            return Report(checks, seconds=_since(started))
        reaches = reached(draft)
        found = tuple(one.text for one in reaches)
        if any(one.name not in accepted for one in reaches):  # thousands of calls of it are made once it is allowed
            return Report(checks, capabilities=found, seconds=_since(started))
        budget = budget or TimeBudget()
        trials = self._trials(draft, examples, (), library, budget)
        if trials.problem:
            loads = Check("loads", False, trials.problem)
            return Report((*checks, loads), capabilities=found, seconds=_since(started))
        held = properties(draft, trials.inputs, trials.draft, tuple(accepted))
        if trials.clock:
            held += (Check("clock", False, trials.clock, must=False),)
        promised = laws(self.sandbox, trials.setup, draft, trials.inputs, trials.draft) if budget.left_s() else ()
        noticed, surviving = _mutation(trials, trials.known)
        return Report(
            (*checks, *held, *promised),
            mutants=noticed + len(surviving),
            killed=noticed,
            surviving=surviving,
            capabilities=found,
            inputs=len(trials.inputs),
            seconds=_since(started),
        )

    def questions(
        self,
        draft: Draft,
        examples: Sequence[Example],
        alternatives: Sequence[Draft] = (),
        library: str = "",
        most: int = MOST,
        unwanted: Collection[str] = (),
        answers: Sequence[Example] = (),
        budget: TimeBudget | None = None,
        whom: Respondent = PERSON,
    ) -> list[CallQuestion]:
        """At most five calls whose result would tell most about the draft, each with the results seen, its own first.

        Args:
            draft: what was written.
            examples: what was known before the first question; from these the inputs are made.
            alternatives: other drafts for the same purpose; what tells them apart is asked first.
            library: text of library.py, in which they may call functions.
            most: how many at most. Asking for one at a time, with the answers so far, is a little better and hardly
                slower: what was tried is kept.
            unwanted: calls that the person did not care for; those and their like are passed over.
            answers: what came of the questions put so far.
            budget: of time for what is tried; without end if None.
            whom: who is asked: a model may be asked for more than a person.
        """
        budget = budget or TimeBudget()
        trials = self._trials(draft, examples, alternatives, library, budget)
        calls = {*trials.known, *(example.call for example in answers)}
        known = [number for number, given in enumerate(trials.inputs) if given.call in calls]
        passed = [number for number, given in enumerate(trials.inputs) if given.call in unwanted]
        found: list[CallQuestion] = []
        taken, barred = list[int](), list[int]()
        for _ in range(ROUNDS):
            chosen = choose(trials.table, [*known, *taken], passed, 2 * (most - len(found)) + 1, barred, whom)
            if not chosen:
                break
            before = len(barred)
            texts = self._texts(trials, chosen, [trials.inputs[number].call for number in chosen], budget)
            for place, number in enumerate(chosen):
                given = [row[place] if row else "" for row in texts]
                asked = question(number, trials.table, known, given, whom)
                if asked is None:
                    barred.append(number)
                elif len(found) < most:
                    found.append(asked)
                    taken.append(number)
            if len(found) == most or len(barred) == before:
                break
        return found

    @staticmethod
    def answer(asked: CallQuestion, result: str, when: str = "") -> Example | None:
        """The example that a person's answer makes; None for "don't care". Raises SourceError for what is no value."""
        return answer(asked, result, when)

    def _trials(
        self,
        draft: Draft,
        examples: Sequence[Example],
        alternatives: Sequence[Draft],
        library: str,
        budget: TimeBudget,
    ) -> Trials:
        """The trials, kept for the next call: one judges a draft and then asks about it. They depend on nothing else,
        so that a process which goes on after another one finds the same."""
        key = (draft, tuple((example.call, example.expected) for example in examples), tuple(alternatives), library)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        self._last = (key, make_trials(self.sandbox, draft, examples, alternatives, library, budget))
        return self._last[1]

    def _texts(
        self, trials: Trials, chosen: Sequence[int], calls: Sequence[str], budget: TimeBudget
    ) -> list[tuple[str, ...]]:
        """Results of those variants that differ most, as text, one row a variant; () for the others."""
        unlike = [
            sum(v.tried.marks[n] not in (trials.draft.marks[n], UNKNOWN) for n in chosen) for v in trials.variants
        ]
        telling = sorted(range(len(unlike)), key=lambda at: (-trials.variants[at].weight, -unlike[at], at))[:48]
        # Where the draft itself does not end, most variants would not either.
        ending = ["None" if trials.draft.marks[n] == SLOW else call for n, call in zip(chosen, calls, strict=True)]
        codes = [trials.codes[at] for at in telling]
        shown = try_variants(
            self.sandbox, trials.setup, codes, ending, texts=True, pace=trials.pace, seconds=budget.left_s()
        )
        rows: list[tuple[str, ...]] = [()] * len(unlike)
        for at, tried in zip(telling, shown, strict=True):
            if tried.texts:
                rows[at] = tuple("" if call == "None" else text for call, text in zip(ending, tried.texts, strict=True))
        return rows


def evidence(
    draft: Draft,
    examples: Sequence[Example],
    verdict: Verdict,
    report: Report,
    asked: Sequence[str],
    stamp: Stamp,
) -> Evidence:
    """What is kept with a function that is saved.

    The verdict of `Gate.judge` is about the examples, in their order; the report is that of `examine`; what was asked
    stands with its answer: "parse('') -> raises ValueError".
    """
    function = parse(draft.code, "the draft").get(draft.name)
    return Evidence(
        name=draft.name,
        digest=function.digest if function is not None else digest(draft.code),
        when=stamp.when,
        results=tuple(
            Shown(row.call, row.expected, row.got, row.ok, row.source, example.when)
            for row, example in zip(verdict.rows, examples, strict=True)
        ),
        asked=tuple(asked),
        checks=tuple(map(asdict, report.checks)),
        mutants=report.mutants,
        killed=report.killed,
        surviving=report.surviving,
        capabilities=report.capabilities,
        tests=tuple(test.name for test in verdict.tests if test.ok),
        seconds=round(verdict.seconds + report.seconds, 2),
        versions=stamp.versions,
    )


def _mutation(trials: Trials, calls: Collection[str]) -> tuple[int, tuple[str, ...]]:
    """How many slips the examples notice, and those that only other inputs do."""
    noticed, surviving = 0, list[str]()
    for variant in trials.variants:
        marks = variant.tried.marks
        apart = [n for n, mark in enumerate(trials.draft.marks) if marks[n] not in (mark, UNKNOWN)]
        if any(trials.inputs[number].call in calls for number in apart):
            noticed += 1
        elif apart:
            shortest = min((trials.inputs[number].call for number in apart), key=lambda call: (len(call), call))
            surviving.append(f"{variant.text}   (noticed by {shortest})")
    return noticed, tuple(surviving)


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 4)
