"""The few inputs whose result tells a draft from its mutants and rivals where the examples cannot. Pure."""

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from library.errors import SourceError
from library.examples.example import Example, parse_example, problem
from library.examples.implied_imports import free_names
from library.execution.marks import SLOW, UNKNOWN
from library.execution.variant_calls import VariantResults
from library.inputs.features import looks
from library.inputs.generate import Input

MOST = 5
_ODD_WORDS = """
    empty zero negative foreign NoneType None bool line upper space unbalanced
"""
_ODD_BESIDE_WORDS = """
    int float str list tuple dict set broken digit lower
"""
ODD = frozenset(_ODD_WORDS.split())
ODD_BESIDE = frozenset(_ODD_BESIDE_WORDS.split())
_PLAIN = frozenset(("True", "False", "None", "[]", "()", "{}", "''", "0", "0.0", "set()"))
FAILS = ("!", SLOW)
NEVER_ENDS = "does not end"
DONT_CARE = "don't care"
KNOWN = 0.06  # weight of a variant that the examples tell apart already, beside 1 for one that they do not
LOOK = 0.1  # what it is worth to ask for an input that looks like none known in one more respect
BORDER_LOOKS = {
    "empty": 1.5,
    "zero": 0.5,
    "one": 0.3,
    "negative": 0.3,
    "twins": 0.3,
    "equal": 0.3,
}  # where slips are usual
LEAST = 0.1  # less than this is not worth a person's time
ODDITY = 0.8  # factor for each odd look that no known input has: perhaps nobody cares for such inputs
DOUBT = 0.5  # how much less likely that becomes with each input that nobody cared for
WORLD = 0.02  # factor for letters beyond ASCII when no known input has any
UNAPT = 0.02  # factor for what docstring and examples seem to rule out
REFUSED = 0.7  # factor for each look that it shares with what somebody did not care for
BLAMED = 0.15  # the same if the look is odd and alone to blame
BOLD = 0.6  # every other question minds that less: power of the chance
PAIR = 0.04  # what it is worth to see one more sort of result for inputs of one look
ACCIDENT = 3.0  # what it is worth besides when the draft fails there, perhaps without meaning to
SAID = 1000.0  # the same to begin with values that the docstring mentions when there is no example: comes first
ENDLESS = 3.0  # what it is worth to ask for an input that the draft never gets done with
WAY = 0.3  # the same for one more way through the code
AGAIN = 0.15  # what it is worth to tell a variant apart once more


@dataclass(frozen=True)
class CallQuestion:
    """What should come out of one call?

    Attributes:
        call: "parse('')".
        answers: results seen, the draft's own first, then those of variants: "0", "raises ValueError".
        why: what the answer decides, on one line.
        variants: how many variants the answer may rule out.
    """

    call: str
    answers: tuple[str, ...]
    why: str
    variants: int = 0


@dataclass(frozen=True)
class Variant:
    """Something that the draft might have been: what it is in words, how likely, and what its calls gave."""

    text: str
    weight: float
    tried: VariantResults


def answer(question: CallQuestion, result: str, when: str = "") -> Example | None:
    """The example that a person's answer makes.

    Args:
        question: what was asked.
        result: one of its answers, any Python expression, "raises ValueError" or "error"; "don't care" or "" for none.
        when: ISO date-time in UTC; now if "".

    Returns: None when the person does not care.

    Raises:
        SourceError: the answer is no Python expression, or has a name that nobody knows.
    """
    result = result.strip()
    if result in ("", DONT_CARE, NEVER_ENDS):  # nobody wants a call that does not end: no example can say so
        return None
    moment = when or datetime.now(UTC).isoformat(timespec="seconds")
    if result in ("error", "an error", "raises"):
        seen = [text.removeprefix("raises ") for text in question.answers if text.startswith("raises ")]
        return Example(question.call, seen[0] if seen else "Exception", True, "person", moment)
    if result.startswith("raises "):
        return parse_example(f"{question.call} {result}", "person", moment)
    try:
        ast.parse(result, mode="eval")
    except (SyntaxError, ValueError):
        raise SourceError(
            f"{result!r} is not a Python value.", "Write what should come out, such as 'abc' or 3."
        ) from None
    if result not in question.answers and (why := _unknown(question, result)):
        raise SourceError(why, "Write what should come out, such as 'abc' or 3.")
    return Example(question.call, result, source="person", when=moment)


def _unknown(question: CallQuestion, result: str) -> str:
    """Why a result cannot be worked out though it is an expression, as at a plan; "" if it can."""
    known = {name for text in (question.call, *question.answers) for name in free_names(text)}
    if problem(f"{question.call} == None", known, others=True):
        return ""  # it is not the result's fault
    return problem(f"{question.call} == ({result})", known, others=True)


@dataclass(frozen=True)
class Table:
    """What was tried: the inputs, what they gave for the draft, and what they gave for each variant."""

    inputs: tuple[Input, ...]
    draft: VariantResults
    variants: tuple[Variant, ...]

    @cached_property
    def classes(self) -> list[tuple[tuple[str, ...], float]]:
        """Variants alike in everything tried, as one, a little heavier for each: (marks, weight)."""
        together: dict[tuple[str, ...], list[float]] = {}
        for variant in self.variants:
            together.setdefault(variant.tried.marks, []).append(variant.weight)
        return [(marks, max(weights) + 0.2 * math.log2(len(weights))) for marks, weights in together.items()]

    @cached_property
    def apart(self) -> list[list[int]]:
        """For each input the numbers of the classes that it tells from the draft."""
        return [
            [at for at, (marks, _) in enumerate(self.classes) if marks[number] not in (mark, UNKNOWN)]
            for number, mark in enumerate(self.draft.marks)
        ]

    @cached_property
    def looks(self) -> list[frozenset[str]]:
        """What each input looks like."""
        return [looks(given.call) for given in self.inputs]

    def fails(self, number: int) -> bool:
        """The draft raises there, or does not end."""
        return self.draft.marks[number].startswith(FAILS)

    def pairs(self, number: int) -> frozenset[tuple[str, str]]:
        """Each look of the input with the sort of result that the draft gave."""
        return self._pairs[number]

    @cached_property
    def _pairs(self) -> list[frozenset[tuple[str, str]]]:
        sorts = [_sort(text) for text in self.draft.texts]
        return [frozenset((look, sort) for look in seen) for seen, sort in zip(self.looks, sorts, strict=True)]

    def path(self, number: int) -> tuple[int, ...]:
        """The way that the draft took."""
        return self.draft.paths[number] if number < len(self.draft.paths) else ()


def choose(table: Table, known: Sequence[int], unwanted: Sequence[int] = (), most: int = MOST) -> list[int]:
    """Numbers of the inputs worth asking for, the best first.

    Greedy: each next input is the one that tells most weight of variants from the draft, where a variant that has been
    told apart already counts little. A variant that gives the same everywhere as another counts with it. Every other
    input looks like those that are known, since what is unlike them may be outside of what the function is for.

    Args:
        table: what was tried.
        known: numbers of the inputs whose result is known (the examples).
        unwanted: numbers of the inputs for which somebody has said that it does not matter what comes out.
        most: how many at most.
    """
    choice = _Choice(table, known, unwanted)
    closed = {*known, *unwanted}
    open_ones = [n for n in range(len(table.inputs)) if n not in closed and _askable(table.draft, n)]
    chosen: list[int] = []
    while len(chosen) < most and open_ones:
        values = [choice.value(number, careful=(len(closed) + len(chosen)) % 2 == 0) for number in open_ones]
        best = max(range(len(values)), key=lambda at: (round(values[at], 9), -at))
        if values[best] <= LEAST:
            break
        chosen.append(open_ones.pop(best))
        choice.take(chosen[-1])
    return chosen


class _Choice:
    """What each input is worth, given what is known and what has been chosen."""

    def __init__(self, table: Table, known: Sequence[int], unwanted: Sequence[int]) -> None:
        self.table, self.known = table, bool(known)
        self.worth = [weight * _open(marks, table.draft.marks, known) for marks, weight in table.classes]
        self.familiar = {look for number in known for look in table.looks[number]}
        self.pairs = {pair for number in known for pair in table.pairs(number)}
        self.walked = {way for number in known for way in table.path(number)}
        self.failing = AGAIN if any(map(table.fails, (*known, *unwanted))) else 1.0
        said = [number for number, given in enumerate(table.inputs) if given.said]
        usual = frozenset(self.familiar).union(*(table.looks[number] for number in said))
        self.odd = [frozenset(look for look in seen - usual if _odd(look, bool(usual))) for seen in table.looks]
        self.chance = [self._wanted(number, unwanted) for number in range(len(table.inputs))]

    def _wanted(self, number: int, unwanted: Sequence[int]) -> float:
        """How likely it is that somebody cares for this input."""
        seen, odd = self.table.looks[number], self.odd[number]
        chance = ODDITY ** ((1 + DOUBT * len(unwanted)) * len(odd))
        blame: dict[str, float] = {}
        for other in unwanted:
            guilty = self.odd[other]
            for look in guilty & odd:
                blame[look] = min(blame.get(look, 1.0), BLAMED ** (1 / len(guilty)))
            for look in (self.table.looks[other] & seen) - self.familiar - odd:
                blame[look] = REFUSED
        return chance * math.prod(blame.values())

    def value(self, number: int, *, careful: bool) -> float:
        """What it is worth to ask for this input; `careful` for one like those that are known."""
        table = self.table
        value = sum(self.worth[at] for at in table.apart[number])
        value += WAY * len(set(table.path(number)) - self.walked)
        value += sum(_weight(look) for look in table.looks[number] - self.familiar)
        value += PAIR * len(table.pairs(number) - self.pairs)
        value += SAID if table.inputs[number].said and not self.known else 0.0
        value += ENDLESS if table.draft.marks[number] == SLOW else 0.0
        if table.fails(number):
            value = (value + ACCIDENT) * self.failing  # a second such question is worth little
        chance = self.chance[number] if careful else self.chance[number] ** BOLD
        chance *= 1.0 if table.inputs[number].apt else UNAPT
        chance *= WORLD if any(look.endswith("foreign") for look in self.odd[number]) else 1.0
        return value * chance * _ease(table.inputs[number])

    def take(self, number: int) -> None:
        """This input is asked for."""
        self.walked |= set(self.table.path(number))
        self.familiar |= self.table.looks[number]
        self.pairs |= self.table.pairs(number)
        if self.table.fails(number):
            self.failing = AGAIN
        self.known = True
        for at in self.table.apart[number]:
            self.worth[at] *= AGAIN


def question(
    number: int, call: str, draft: VariantResults, variants: Sequence[Variant], texts: Sequence[str]
) -> CallQuestion:
    """The question for a chosen input.

    Args:
        number: of the input.
        call: the input.
        draft: what the draft gave.
        variants: what others would have given.
        texts: what each of the variants gives for this input, as text; "" where it is not known.
    """
    apart = [at for at, v in enumerate(variants) if v.tried.marks[number] not in (draft.marks[number], UNKNOWN)]
    votes: dict[str, float] = {}
    for at in apart:
        if texts[at]:
            votes[texts[at]] = votes.get(texts[at], 0.0) + variants[at].weight
    own = draft.texts[number] or NEVER_ENDS
    # An exception of a mutant's own making is no answer that a person would give; one that says "bad value" may be.
    others = [text for text in votes if text != own and _plausible(text)]
    ranked = sorted(others, key=lambda text: (-votes[text], len(text), text))
    shown = [variants[at].text for at in sorted(apart, key=lambda at: -variants[at].weight)[:2]]
    why = f"tells it from {len(apart)} variants" if len(apart) != 1 else "tells it from 1 variant"
    return CallQuestion(
        call, (own, *ranked[:2]), f"{why}: {'; '.join(shown)}" if shown else "a way not taken yet", len(apart)
    )


def _plausible(text: str) -> bool:
    return not text.startswith("raises ") or text.removeprefix("raises ") in (
        "ValueError",
        "KeyError",
        "ZeroDivisionError",
    )


def _open(marks: Sequence[str], draft: Sequence[str], known: Sequence[int]) -> float:
    """1 for a variant that nothing known tells from the draft; less the more does."""
    times = sum(marks[number] not in (draft[number], UNKNOWN) for number in known)
    return KNOWN * 0.3 ** (times - 1) if times else 1.0


def _askable(draft: VariantResults, number: int) -> bool:
    """The draft gives something that can be read, the same each time."""
    text = draft.texts[number]
    if draft.marks[number] == SLOW:
        return True
    return bool(text) and number not in dict(draft.unsteady) and " at 0x" not in text


def _sort(text: str) -> str:
    """The sort of a result: a short one itself, a longer one by how it begins."""
    return text if text in _PLAIN or text.startswith("raises ") else "number" if text[:1].isdigit() else text[:1]


def _weight(look: str) -> float:
    """What it is worth to ask for an input with this look when no known one has it."""
    return LOOK if " item " in look else BORDER_LOOKS.get(look.rsplit(" ", 1)[-1], LOOK)


def _odd(look: str, known: bool) -> bool:
    """A look that a task may well rule out: nobody has to say what should come out then.

    Args:
        look: one word or more, such as "1 negative".
        known: there are inputs to compare with; then another type or other letters are odd as well.
    """
    last = look.rsplit(" ", 1)[-1]
    return last in ODD or " sign " in look or (known and last in ODD_BESIDE)


def _ease(given: Input) -> float:
    """How gladly somebody answers: short ones, near to an example."""
    return (1.0 - min(0.5, len(given.call) / 400)) * (1.0 if given.near else 0.8)
