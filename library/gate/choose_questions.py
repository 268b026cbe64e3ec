"""The few inputs whose result tells a draft from its mutants and rivals where the examples cannot. Pure."""

import ast
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from library.errors import SourceError
from library.examples.example import Example, parse_example, problem
from library.examples.implied_imports import free_names
from library.execution.marks import SLOW, UNKNOWN
from library.gate.askable import LARGEST, could_be_said, other_answer
from library.gate.plain_words import tells_apart
from library.gate.table import NEVER_ENDS, Table
from library.inputs.features import between
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
DONT_CARE = "don't care"
LOOK = 0.1  # what it is worth to ask for an input that looks like none known in one more respect
BORDER_LOOKS = {
    "empty": 1.5,
    "zero": 0.5,
    "one": 0.3,
    "negative": 0.3,
    "twins": 0.3,
    "equal": 0.3,
}  # where slips are usual
ODDITY = 0.8  # factor for each odd look that no known input has: perhaps nobody cares for such inputs
DOUBT = 0.5  # how much less likely that becomes with each input that nobody cared for
WORLD = 0.02  # factor for letters beyond ASCII when no known input has any
REFUSED = 0.7  # factor for each look that it shares with what somebody did not care for
BLAMED = 0.15  # the same if the look is odd and alone to blame
PAIR = 0.04  # what it is worth to see one more sort of result for inputs of one look
ACCIDENT = 3.0  # what it is worth besides when the draft fails there, perhaps without meaning to
SAID = 1000.0  # the same to begin with values that the docstring mentions when there is no example: comes first
ENDLESS = 3.0  # what it is worth to ask for an input that the draft never gets done with
UNREAD = 4.0  # what it is worth besides when a parameter that the draft never reads stands otherwise to another one
MANNERS = 2  # in which two arguments stand to one another, that show what the one is for beside the other
WAY = 0.3  # the same for one more way through the code
BORDER = "boundary"  # the kind of change that is easiest to tell in words
HARD = 0.7  # how much less an input is worth that is as much work as one may be
AGAIN = 0.15  # what it is worth to tell a variant apart once more


@dataclass(frozen=True)
class Respondent:
    """Who is asked: a person's time is dear, a model's is not.

    Attributes:
        least: what a question has to be worth.
        known: what is left of a variant's weight once something known tells it apart; nobody can be sure of all.
        largest: effort of a call, and of its result, that is no trouble.
        only_open: an input has to tell something apart that is not known yet, and there has to be a choice of answers.
        bold: power of the chance that anybody cares, for every other input.
    """

    least: float
    known: float
    largest: float
    only_open: bool
    bold: float


# The least is about half of one small change that no example notices.
PERSON = Respondent(least=0.5, known=0.0, largest=LARGEST, only_open=True, bold=0.6)
MODEL = Respondent(least=0.1, known=0.06, largest=math.inf, only_open=False, bold=1.0)


@dataclass(frozen=True)
class CallQuestion:
    """What should come out of one call?

    Attributes:
        call: "parse('')".
        answers: results seen, the draft's own first, then those of variants: "0", "raises ValueError".
        why: what the answer tells apart, on one line of plain words.
        variants: how many variants the answer may rule out.
    """

    call: str
    answers: tuple[str, ...]
    why: str
    variants: int = 0


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


def choose(
    table: Table,
    known: Sequence[int],
    unwanted: Sequence[int] = (),
    most: int = MOST,
    barred: Collection[int] = (),
    whom: Respondent = PERSON,
) -> list[int]:
    """Numbers of the inputs worth asking for, the best first.

    Greedy: each next input is the one that tells most weight of variants from the draft, where a variant that has been
    told apart already counts little. A variant that gives the same everywhere as another counts with it. Every other
    input looks like those that are known, since what is unlike them may be outside of what the function is for.

    A person is asked for none that tells nothing apart that the known ones do not, unless the draft fails there, or
    never reads a parameter: then no change of its code shows what that one is for.

    Args:
        table: what was tried.
        known: numbers of the inputs whose result is known (the examples).
        unwanted: numbers of the inputs for which somebody has said that it does not matter what comes out.
        most: how many at most.
        barred: numbers of inputs that are no question for another reason.
        whom: who is asked.
    """
    choice = _Choice(table, known, unwanted, whom)
    closed = {*known, *unwanted}
    efforts = list(map(max, table.efforts, table.result_efforts))
    largest = max([whom.largest, *(efforts[number] for number in known)])
    if any(variant.change is None for variant in table.variants):  # another draft is compared, and nobody is asked
        largest = math.inf
    open_ones = [
        number
        for number, askable in enumerate(table.askable if whom.only_open else table.answerable)
        if askable and number not in closed and number not in barred and efforts[number] <= largest
    ]
    chosen: list[int] = []
    while len(chosen) < most and open_ones:
        values = [choice.value(number, careful=(len(closed) + len(chosen)) % 2 == 0) for number in open_ones]
        best = max(range(len(values)), key=lambda at: (round(values[at], 9), -at))
        if values[best] <= whom.least:
            break
        chosen.append(open_ones.pop(best))
        choice.take(chosen[-1])
    return chosen


class _Choice:
    """What each input is worth, given what is known and what has been chosen."""

    def __init__(self, table: Table, known: Sequence[int], unwanted: Sequence[int], whom: Respondent) -> None:
        self.table, self.known, self.whom = table, bool(known), whom
        told = [_is_known(marks, table.draft.marks, known) for marks, _ in table.classes]
        self.worth = [
            weight * (whom.known if one else 1.0) for (_, weight), one in zip(table.classes, told, strict=True)
        ]
        self.left = {at for at, one in enumerate(told) if not one}
        self.familiar = {look for number in known for look in table.looks[number]}
        self.related = between(self.familiar)
        self.pairs = {pair for number in known for pair in table.pairs(number)}
        self.walked = {way for number in known for way in table.path(number)}
        self.unread = frozenset(table.unread)
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
            if (new := self.table.looks[other] - self.familiar) and new <= seen:
                chance *= BLAMED  # of the very same sort
        return chance * math.prod(blame.values())

    def value(self, number: int, *, careful: bool) -> float:
        """What it is worth to ask for this input; `careful` for one like those that are known."""
        table = self.table
        unread = self._unread(number)
        idle = self.left.isdisjoint(table.apart[number]) and not unread
        if self.whom.only_open and idle and not (table.fails(number) and self.failing == 1):
            return 0.0
        value = sum(self.worth[at] for at in table.apart[number])
        value += WAY * len(set(table.path(number)) - self.walked)
        value += sum(_weight(look) for look in table.looks[number] - self.familiar)
        value += PAIR * len(table.pairs(number) - self.pairs)
        value += SAID if table.inputs[number].said and not self.known else 0.0
        value += UNREAD / len(unread) if unread else 0.0  # one thing at a time
        value += ENDLESS if table.draft.marks[number] == SLOW else 0.0
        if table.fails(number):
            value = (value + ACCIDENT) * self.failing  # a second such question is worth little
        chance = self.chance[number] ** (1.0 if careful else self.whom.bold)
        chance *= WORLD if any(look.endswith("foreign") for look in self.odd[number]) else 1.0
        return value * chance * _ease(table.inputs[number], table.efforts[number])

    def _unread(self, number: int) -> list[tuple[str, str]]:
        """Pairs of arguments that stand to one another as in no known input, if the draft never reads one of them and
        all that is known of such a pair is alike."""
        new = between(self.table.looks[number] - self.familiar) if self.unread else []
        alike = [pair for pair in new if self.unread.intersection(pair) and self.related.count(pair) < MANNERS]
        return new if alike else []

    def take(self, number: int) -> None:
        """This input is asked for."""
        self.walked |= set(self.table.path(number))
        self.familiar |= self.table.looks[number]
        self.related = between(self.familiar)
        self.pairs |= self.table.pairs(number)
        if self.table.fails(number):
            self.failing = AGAIN
        self.known = True
        self.left -= set(self.table.apart[number])
        for other, odd in enumerate(self.odd):  # who does not care for this one cares for none of its sort
            self.chance[other] *= ODDITY ** len(odd & self.odd[number])
        for at in self.table.apart[number]:
            self.worth[at] *= AGAIN


def question(
    number: int, table: Table, known: Sequence[int], texts: Sequence[str], whom: Respondent = PERSON
) -> CallQuestion | None:
    """The question for a chosen input; None if a person would have only one answer to choose.

    Args:
        number: of the input.
        table: what was tried.
        known: numbers of the inputs whose result is known.
        texts: what each of the variants gives for this input, as text; "" where it is not known.
        whom: who is asked.
    """
    variants, mark, own = table.variants, table.draft.marks[number], table.draft.texts[number] or NEVER_ENDS
    apart = [at for at, one in enumerate(variants) if one.tried.marks[number] not in (mark, UNKNOWN)]
    votes: dict[str, float] = {}
    one_text: dict[str, str] = {}  # for each mark, since 0 and 0.0 are one answer
    for at in apart:
        # An exception of a mutant's own making is no answer that a person would give; one that says "bad value" may be.
        if texts[at] and texts[at] != own and could_be_said(texts[at], table.returns):
            text = one_text.setdefault(variants[at].tried.marks[number], texts[at])
            votes[text] = votes.get(text, 0.0) + variants[at].weight
    ranked = sorted(votes, key=lambda text: (-votes[text], len(text), text))[:2]
    if not ranked:
        ranked = [
            text for text in (other_answer(own, table.returns, failed=table.fails(number)),) if text not in ("", own)
        ]
    if not ranked and whom.only_open:
        return None
    other = ranked[0] if ranked else own
    others = [
        variants[at]
        for at in apart
        if texts[at] == other and not _is_known(variants[at].tried.marks, table.draft.marks, known)
    ]
    likely = max(
        others, key=lambda one: (one.weight, one.change is not None and one.change.kind == BORDER), default=None
    )
    call = table.inputs[number].call
    new = table.looks[number].difference(*(table.looks[one] for one in known))
    why = tells_apart(call, new, own, other, likely.change if likely else None) if ranked else "what it gives there"
    if unread := [table.unread[n] for pair in between(new) for n in pair if n in table.unread]:
        why = f"whether {min(unread)} matters"
    return CallQuestion(call, (own, *ranked), why, len(apart))


def _is_known(marks: Sequence[str], draft: Sequence[str], known: Sequence[int]) -> bool:
    """Something known tells a variant from the draft."""
    return any(marks[number] not in (draft[number], UNKNOWN) for number in known)


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


def _ease(given: Input, effort: float) -> float:
    """How gladly somebody answers: small ones, near to an example."""
    return (1.0 - min(HARD, HARD * effort / LARGEST)) * (1.0 if given.near else 0.8)
