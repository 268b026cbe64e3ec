"""Questions: what is asked about a draft: checks of its text, what it may use, the few results that tell most."""

import ast
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from coder.drafting.second_opinion import MOST, WIDE, Asked, SecondOpinion, decide_alone, said_again, second_opinion
from coder.people.example_sheet import read_sheet, sheet
from coder.people.question import Choose, Option, Text
from coder.run.run import Run
from library.capabilities.scan import Capability
from library.draft.draft import Draft
from library.errors import SourceError
from library.examples.example import Example
from library.execution.pace import TimeBudget
from library.gate.admission import Admission, Report
from library.gate.choose_questions import MODEL, PERSON, CallQuestion
from library.gate.gate import Gate
from library.gate.static_checks import check, reached
from library.gate.strictness import strict
from library.gate.table import NEVER_ENDS
from library.source.literals import literal
from library.store import Library
from memory.clock import utc_now
from memory.json_values import from_json
from memory.plan import Step

MOST_OPTIONS = 3
MOST_LINES = 8  # of code, beside a question whether it may
USES = "capabilities"
FEW = 6  # with fewer examples a model is asked even if there is no telling call, where somebody is there
VALUE = "a Python value such as 'abc' or 3"
PATIENCE_S, ALONE_S = 10.0, 60.0  # for all that is tried of a draft, with and without a person who waits


@dataclass(frozen=True)
class Questions:
    """All is tried; the few telling questions are asked of a model, and of the person where it does not agree."""

    library: Library
    admission: Admission
    most: int  # how many are put

    def examine(
        self,
        draft: Draft,
        examples: Sequence[Example],
        goal: str,
        accepted: Sequence[str],
        present: bool,
        budget: TimeBudget,
    ) -> Report:
        """What is to be said of a draft without asking; more where nobody is there. Call it inside an effect."""
        near = [hit.function for hit in self.library.search(f"{draft.name} {goal}", 4)]
        neighbours = [function for function in near if function.name != draft.name]
        if not self.most:
            return Report(check(draft, neighbours, goal, accepted))
        known, source = _plain(examples), self.library.good_source()
        report = self.admission.examine(draft, known, source, neighbours, goal, accepted, budget)
        return report if present else strict(report, draft, known, goal)

    def allowed(self, run: Run, draft: Draft, accepted: list[str]) -> bool:
        """Ask for capabilities that are not accepted yet; whether the person, if there, allowed them: then they are."""
        found = [one for one in reached(draft) if one.name not in accepted]
        wanted = list(dict.fromkeys(one.name for one in found))
        if not wanted:
            return False
        question = f"This draft uses {', '.join(one.text for one in found)}. May it?\n{_lines(draft, found)}"
        options = (Option("y", "yes", "this function may"), Option("n", "no", "the model has to do without"))
        if run.ask("allow", Choose(question, options, "n")).text != "y":
            return False
        accepted += wanted
        return True

    @staticmethod
    def may(draft: Draft, accepted: Sequence[str]) -> bool:
        """Whether all that a draft uses was allowed; what cannot be read reaches nowhere."""
        try:
            return all(one.name in accepted for one in reached(draft))
        except SourceError:
            return True

    def ask(self, run: Run, draft: Draft, step: Step, examples: Sequence[Example]) -> Asked:
        """The few results that would tell this draft from other readings of the words.

        A model that is not shown the draft says them first, and a few more that are not worth a question by themselves;
        the person is asked only where it contradicts the draft or says nothing. Where nobody is there it decides, and
        has to say something where all examples come from a model, unless these leave little open. Without a result that
        is a question by itself nothing is asked of anybody, but of a model where a person has to judge by few examples.

        Args:
            run: of the goal.
            draft: what was written.
            step: what it is for.
            examples: those so far.
        """
        # recorded, since whoever resumes the run may be somebody else, or nobody
        who = run.effect("asks", lambda: "" if not self.most else "person" if run.person.present else "model")
        asked = Asked(list(examples))
        questions = self._telling(run, draft, asked.examples) if who else []
        if not questions and not (who == "person" and len(examples) < FEW):
            return asked
        if who == "model" and left_open(questions, examples):
            calls = "; ".join(question.call for question in questions)
            asked.lines.append(f"{calls}: not decided; beside {len(examples)} examples nobody was asked")
            return asked
        every = [*questions, *self._telling(run, draft, asked.examples, questions)]
        if not every:
            return asked
        when, known, own = run.effect("now", utc_now), list(asked.examples), {one.call for one in questions}
        opinion = second_opinion(run, step, known, every, lambda said: self._against(run, draft, said), when)
        recorded, opinion = opinion is None, opinion or SecondOpinion()
        if who == "person":
            worth = tuple(one for one in opinion.against if one.call in own)
            went_on = self._ask_person(run, draft, asked, replace(opinion, against=worth), every, own)
            others = [one for one in opinion.against if one.call not in own and one.call not in asked.put]
            if went_on and others and not self._against(run, draft, asked.examples[len(known) :]):
                more = SecondOpinion(against=said_again(run, step, known, others, when))
                self._ask_person(run, draft, asked, more, every, set())
            return asked
        decide_alone(run, step, asked, opinion, own, when)
        endless = [question.call for question in questions if question.answers[:1] == (NEVER_ENDS,)]
        if endless:
            asked.problem, asked.about = f"it does not come to an end: {endless[0]}", draft.code
        elif (
            questions
            and not recorded
            and not (opinion.agreed or opinion.against)
            and all(example.source == "model" for example in known)
        ):
            calls = ", ".join(question.call for question in questions)
            asked.problem = f"all its examples come from the model, and a second opinion was not to be had on {calls}"
        return asked

    def _telling(
        self, run: Run, draft: Draft, examples: Sequence[Example], besides: Sequence[CallQuestion] | None = None
    ) -> list[CallQuestion]:
        """The calls worth a person's time; with `besides`, those that a model may be asked about with them."""
        known, source = _plain(examples), self.library.good_source()
        asked = [Example(question.call, question.answers[0]) for question in besides or ()]
        whom, most = (PERSON, MOST) if besides is None else (MODEL, WIDE - len(asked))

        def telling() -> list[dict[str, Any]]:
            try:
                found = self.admission.questions(
                    draft, known, library=source, most=most, answers=asked, budget=time_budget(run), whom=whom
                )
            except SourceError:
                return []
            return [asdict(one) for one in found]

        return [from_json(CallQuestion, data) for data in run.effect("telling", telling)]

    def _against(self, run: Run, draft: Draft, said: Sequence[Example]) -> set[str]:
        """The calls of those examples that a draft does not fulfil."""
        if not said:
            return set()
        gate, source = Gate(self.admission.sandbox), self.library.good_source()
        rows = run.effect("second", lambda: gate.judge(draft, said, source).to_json())["rows"]
        return {row["call"] for row in rows if not row["ok"]}

    def _ask_person(
        self,
        run: Run,
        draft: Draft,
        asked: Asked,
        opinion: SecondOpinion,
        questions: Sequence[CallQuestion],
        own: set[str],
    ) -> bool:
        """Put what is left to the person; whether they went on to the end."""
        known, unwanted, before = _plain(asked.examples), list[str](), len(asked.examples)
        asked.lines += [f"{one.text}: said by a model that was not shown the draft" for one in opinion.agreed]
        asked.examples += [one for one in opinion.agreed if one.call in own]
        seen = [one for one in opinion.agreed if one.call not in own]  # in the evidence, not beside the examples
        others = {one.call: _said(one) for one in opinion.against}
        left = {*own.difference(one.call for one in opinion.agreed), *others}
        number, most = len(asked.put) + 1, min(self.most, len(asked.put) + len(left))
        first = [question for question in questions if question.call in others]  # whatever else is known by now
        while number <= most:
            question = first[0] if first else self._next(run, draft, known, unwanted, [*seen, *asked.examples[before:]])
            if question is None:
                break
            said = self._put(run, question, f"Question {number} of at most {most}", others.get(question.call, ""))
            if said == "stop":
                return False
            if said == "examples":
                asked.examples = self.correct(run, asked.examples)
                return False  # what was tried was made from the examples as they were
            try:
                example = self._example(run, question, said)
            except SourceError as error:
                run.tell("note", level="warning", text=f"{error.message} {error.hint}".strip())
                continue  # a slip of the keys: the same question again
            number, first = number + 1, first[1:]
            asked.put.append(question.call)
            asked.lines.append(f"{question.call} -> {said}")
            if example is None:
                unwanted.append(question.call)
            else:
                asked.examples.append(example)
        return True

    def correct(self, run: Run, examples: Sequence[Example]) -> list[Example]:
        """The examples as the person leaves them, until every line can be read."""
        when, text = run.effect("now", utc_now), sheet(examples)
        while True:
            asked = Text("Which examples hold, and which do not?", file="examples.txt", initial=text)
            text = run.ask("examples", asked).text
            try:
                return read_sheet(text, examples, when)
            except SourceError as error:
                run.tell("note", level="warning", text=f"{error.message} {error.hint}".strip())

    def _next(
        self, run: Run, draft: Draft, known: Sequence[Example], unwanted: Sequence[str], answers: Sequence[Example]
    ) -> CallQuestion | None:
        def make() -> dict[str, Any] | None:
            source = self.library.good_source()
            try:
                asked = self.admission.questions(
                    draft, known, library=source, most=1, unwanted=unwanted, answers=answers, budget=time_budget(run)
                )
            except SourceError:
                return None
            return asdict(asked[0]) if asked else None

        data = run.effect("question", make)
        return from_json(CallQuestion, data) if data else None

    def _put(self, run: Run, question: CallQuestion, number: str, other: str) -> str:
        """The answer in the person's words: a result, "error", "don't care", or "stop".

        The draft's own result stands wherever its text belongs, so that nobody takes the first for the right one.
        """
        results = {*question.answers[:MOST_OPTIONS], *([other] if other else [])}
        shown = sorted(results, key=lambda text: (text == NEVER_ENDS, text.startswith("raises "), *_by_size(text)))
        options = [Option(str(n), text) for n, text in enumerate(shown, 1)]
        if not any(text.startswith("raises") for text in shown):
            options.append(Option("x", "an error", "it should refuse this"))
        options += [
            Option("o", "other", "type what should come out"),
            Option("d", "don't care"),
            Option("w", "wrong example", "withdraw or correct one that was given before"),
            Option("s", "stop asking"),
        ]
        title = f"{number}: what should {question.call} be?\nDecides: {question.why}."
        choice = run.ask("question", Choose(title, tuple(options), "d")).text
        if choice == "o":
            words = run.ask("result", Text(f"{question.call} == ", how=VALUE)).text
            return words.strip() or "don't care"
        names = {"x": "error", "d": "don't care", "s": "stop", "w": "examples"}
        return names.get(choice) or shown[int(choice) - 1]

    def _example(self, run: Run, question: CallQuestion, said: str) -> Example | None:
        example = self.admission.answer(question, said, run.effect("now", utc_now))
        return replace(example, source="person") if example else None


def time_budget(run: Run) -> TimeBudget:
    """For what is tried of a draft, told as it goes on: a person waits less long than nobody."""
    seconds = PATIENCE_S if run.person.present else ALONE_S

    def tell(what: str, done: int, of: int) -> None:
        run.tell("working", what=what, done=done, of=of, stops_after=seconds)

    return TimeBudget(seconds, tell)


def _lines(draft: Draft, found: Sequence[Capability]) -> str:
    """The lines of code and tests that reach out, as they stand, so that nobody decides without having seen them."""
    shown: list[str] = []
    for text, where in ((draft.code, ""), (draft.tests, " of the tests")):
        lines = text.split("\n")
        numbers = sorted({one.line for one in found if one.where == where and 0 < one.line <= len(lines)})
        shown += [f"line {number}{where}: {' '.join(lines[number - 1].split())}" for number in numbers]
    more = [f"and {len(shown) - MOST_LINES} lines more"] if len(shown) > MOST_LINES else []
    return "\n".join([*shown[:MOST_LINES], *more])


def left_open(questions: Sequence[CallQuestion], examples: Sequence[Example]) -> bool:
    """Whether telling calls are not worth a request where nobody is there: fewer than half as many as the examples,
    which were fixed before there was a draft as well."""
    return 0 < 2 * len(questions) < len(examples) and not any(map(_fails, questions))


def _fails(question: CallQuestion) -> bool:
    """Whether the draft itself does not get done with the call, perhaps without meaning to."""
    return question.answers[0] == NEVER_ENDS or question.answers[0].startswith("raises ")


def _by_size(text: str) -> tuple[float, str]:
    """Where a result stands among others: numbers by what they are, in front of what comes by its text."""
    value = literal(text)
    return (value[0] if value and isinstance(value[0], int | float) else math.inf, text)


def _said(example: Example) -> str:
    return f"raises {example.expected}" if example.raises else example.expected


def _plain(examples: Sequence[Example]) -> list[Example]:
    """The examples with their calls as Python itself would write them, so that none is asked for again."""
    return [replace(example, call=ast.unparse(ast.parse(example.call, mode="eval"))) for example in examples]
