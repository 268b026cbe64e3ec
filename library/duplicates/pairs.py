"""Near duplicates: functions that say the same, do the same, or nearly do, and where they differ. Merges nothing.

Three steps. What has the same normal form says the same. The others are called on a fixed set of inputs, and those that
mostly agree there, or whose texts are alike, are compared closely: on inputs made from the signatures, docstrings and
constants of both. Only agreement on all of a large set counts as the same behaviour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Literal

from library.duplicates.budget import ComparisonBudget
from library.duplicates.candidates import AGREE, ALIKE, ENOUGH, FEW_RESULTS_AGREE, PACE, BatchCalls, suspects
from library.duplicates.comparison_inputs import (
    CONFIRM,
    MADE,
    count_of,
    fitting,
    fixed,
    is_typed,
    made_for,
    signs_of,
    with_signs,
)
from library.duplicates.normalize import likeness, normal_digest
from library.execution.batch_calls import stage
from library.execution.marks import RAISED, RESULT, SLOW, UNKNOWN
from library.execution.pace import Pace
from library.sandbox import Sandbox
from library.source.closure import running
from library.source.function import Function
from library.source.signature import signature_of

Kind = Literal["same text", "same behaviour", "near"]

SHOWN = 5  # differing inputs that are shown
GROUP = 12  # pairs compared in one order
SLIP = 0.8  # likeness of texts from which on a pair is near although no result is equal: one slip may turn them all
_PATIENT = Pace(call=1_500_000, process=8_000_000, total=60_000_000)
_NOT_MEANT = frozenset({"!TypeError", "!AttributeError", UNKNOWN})

Kin = Mapping[str, list[Function]]  # name of a function -> others that are the same
Marks = dict[str, str]  # input -> mark of the result (library.execution.marks)


@dataclass(frozen=True)
class Difference:
    """One input for which two functions differ.

    Attributes:
        arguments: as the text of a tuple.
        a: what the first one gives: a value, "raises ValueError", or "takes too long".
        b: what the second one gives.
    """

    arguments: str
    a: str
    b: str


@dataclass(frozen=True)
class Pair:
    """Two functions that are alike.

    Attributes:
        a: name of the first, in the library's order.
        b: name of the second.
        kind: "same text" up to names, order and habits; "same behaviour" on every input tried; or "near".
        tried: inputs for which both gave a result or one of them did.
        agreed: how many of those were equal.
        differences: a few inputs where they differ; only of near ones.
        why: what else there is to say.
    """

    a: str
    b: str
    kind: Kind
    tried: int = 0
    agreed: int = 0
    differences: tuple[Difference, ...] = ()
    why: str = ""

    @property
    def close(self) -> bool:
        """The same, or equal on half of the inputs at least; less is a likeness of texts alone."""
        return self.kind != "near" or 2 * self.agreed >= self.tried > 0


def find_pairs(
    functions: Sequence[Function],
    source: str,
    sandbox: Sandbox,
    *,
    only: Iterable[str] | None = None,
    effort: ComparisonBudget | None = None,
) -> list[Pair]:
    """Every pair of functions that are the same or nearly so.

    Args:
        functions: the functions to look at, public or not; those that reach outside are compared by text alone.
        source: text of the library that they are from.
        sandbox: where they run.
        only: names; then only pairs with one of these, such as a draft's.
        effort: what it may cost and whom it tells how far it is; afterwards it knows what was left out.
    """
    calls = BatchCalls(stage(source), sandbox, effort or ComparisonBudget())
    wanted = None if only is None else set(only)
    found = same_texts(functions, wanted)
    known = {(pair.a, pair.b) for pair in found}
    runnable = [function for function in functions if calls.on.runs(function.name)]
    close = [pair for pair in suspects(runnable, calls, wanted) if (pair[0].name, pair[1].name) not in known]
    named = {function.name: function for function in functions}
    kin: dict[str, list[Function]] = {}
    for pair in found:
        kin.setdefault(pair.a, []).append(named[pair.b])
        kin.setdefault(pair.b, []).append(named[pair.a])
    found += compare(close, calls, kin)
    order = {function.name: at for at, function in enumerate(functions)}
    return sorted(found, key=lambda pair: (order[pair.a], order[pair.b]))


def same_texts(functions: Sequence[Function], wanted: set[str] | None = None) -> list[Pair]:
    """Pairs with one normal form. Nothing is run."""
    groups: dict[str, list[Function]] = {}
    for function in functions:
        digest = normal_digest(function.source)
        if digest:
            groups.setdefault(digest, []).append(function)
    return [
        Pair(one.name, other.name, "same text", why="the same up to names, order and ways of writing")
        for group in groups.values()
        for one, other in combinations(group, 2)
        if wanted is None or {one.name, other.name} & wanted
    ]


def compare(pairs: Sequence[tuple[Function, Function]], calls: BatchCalls, kin: Kin | None = None) -> list[Pair]:
    """Compare pairs closely; those that turn out to be neither the same nor near are left out.

    Args:
        pairs: functions that may be run.
        calls: the library and where they run.
        kin: for a function's name, others known to be the same; what is tried on one is tried on its kin.
    """
    kin = {name: list(others) for name, others in (kin or {}).items()}
    found = _in_groups(pairs, calls, MADE, kin)
    same = [pair for pair in pairs if (judged := found.get(_key(pair))) and judged.kind == "same behaviour"]
    for one, other in same:
        kin.setdefault(one.name, []).append(other)
        kin.setdefault(other.name, []).append(one)
    confirmed = _in_groups(same, calls, CONFIRM, kin)
    for pair in same:
        found[_key(pair)] = confirmed[_key(pair)]
    return [judged for judged in found.values() if judged is not None]


def _key(pair: tuple[Function, Function]) -> tuple[str, str]:
    return pair[0].name, pair[1].name


def _in_groups(
    pairs: Sequence[tuple[Function, Function]], calls: BatchCalls, limit: int, kin: Kin
) -> dict[tuple[str, str], Pair | None]:
    found: dict[tuple[str, str], Pair | None] = {}
    for at in range(0, len(pairs), GROUP):
        group = pairs[at : at + GROUP]
        judged = _judged(group, calls, limit, kin)
        if calls.effort is not None:
            calls.effort.tell(f"{at + len(group)} of {len(pairs)} pairs compared")
            if calls.effort.over:  # some calls of this group may be missing, all of those after it are
                calls.effort.left += len(pairs) - at
                return found | dict.fromkeys(map(_key, pairs[at:]))
        found |= zip(map(_key, group), judged, strict=True)
    return found


def _judged(pairs: Sequence[tuple[Function, Function]], calls: BatchCalls, limit: int, kin: Kin) -> list[Pair | None]:
    """The verdict on each pair, from inputs made for both."""
    inputs: dict[str, int] = {}
    tasks: list[tuple[str, list[int]]] = []
    made = [_inputs(one, other, limit, kin, _signs(pair, calls)) for pair in pairs for one, other in [pair]]
    for (one, other), texts in zip(pairs, made, strict=True):
        numbers = [inputs.setdefault(text, len(inputs)) for text in texts]
        tasks += [(function.name, numbers) for function in (one, other)]
    marks = iter(calls.marks(tasks, list(inputs), PACE))
    found: list[Pair | None] = []
    for (one, other), texts in zip(pairs, made, strict=True):
        left, right = (dict(zip(texts, next(marks), strict=True)) for _ in range(2))
        found.append(_verdict(ComparedPair(one, other, left, right, texts), calls))
    return found


def _signs(pair: Sequence[Function], calls: BatchCalls) -> str:
    """The signs in the strings of two functions and of all that they need, such as a pattern at the top of the file."""
    return signs_of(running(calls.on.parsed, [function.name for function in pair]))


def _inputs(one: Function, other: Function, limit: int, kin: Kin, signs: str) -> dict[str, bool]:
    """Inputs for both functions, each with whether it was made for one of them and so is meant to work."""
    family = [one, other, *(relative for function in (one, other) for relative in _told_kin(function, kin))]
    made = [text for function in family for text in made_for(function.source, function.name, function.doc, limit)]
    marked = with_signs(made, signs)
    least = max(1, signature_of(one.signature).arity[0], signature_of(other.signature).arity[0])
    inputs = dict.fromkeys([*marked, *made], any(map(is_typed, family)))
    for text in fixed(least):
        inputs.setdefault(text, False)
    texts = list(inputs)
    both = set(fitting(one, texts)) & set(fitting(other, texts))
    arities = [signature_of(function.signature).arity for function in (one, other)]
    fits = (at for at in sorted(both) if all(low <= count_of(texts[at]) <= high for low, high in arities))
    return {texts[at]: inputs[texts[at]] for at in islice(fits, limit * len(family) + len(marked) + 80)}


def _told_kin(function: Function, kin: Kin) -> list[Function]:
    """At most two others that are the same and have a docstring, which may have examples that this one lacks."""
    return [other for other in kin.get(function.name, ()) if other.doc and other.doc != function.doc][:2]


@dataclass(frozen=True)
class ComparedPair:
    """Two functions, the marks of all inputs for each, and which inputs are meant to work."""

    one: Function
    other: Function
    left: Marks
    right: Marks
    meant: dict[str, bool]

    def equal(self) -> list[str]:
        """Inputs for which both give the same result."""
        return [text for text, mark in self.left.items() if mark[:1] == RESULT and mark == self.right[text]]

    def differing(self) -> list[str]:
        """Inputs for which they give different results, or one gives a result and the other raises."""
        return [text for text in self.left if self._differs(text)]

    def uneven(self) -> list[str]:
        """Inputs for which one gives a result and the other has taken too long, the shortest first."""
        found = [text for text in self.left if {self.left[text][:1], self.right[text][:1]} == {RESULT, SLOW}]
        return sorted(found, key=lambda text: (len(text), text))

    def _differs(self, text: str) -> bool:
        one, other = self.left[text], self.right[text]
        if one[0] == other[0] == RESULT:
            return one != other
        if {one[0], other[0]} != {RESULT, RAISED}:
            return False
        return self.meant[text] or not {one, other} & _NOT_MEANT


def _verdict(couple: ComparedPair, calls: BatchCalls) -> Pair | None:
    """What the marks on all inputs say."""
    one, other, equal = couple.one, couple.other, couple.equal()
    differing = couple.differing() or _hanging(couple, calls)
    alike = likeness(one.source, other.source)
    results = {couple.left[text] for text in equal}
    if not _enough(len(equal), len(results), alike) and not (differing and alike >= SLIP):
        return None
    pair = Pair(one.name, other.name, "near", len(equal) + len(differing), len(equal))
    if not differing:
        if signature_of(one.signature).arity == signature_of(other.signature).arity:
            return replace(pair, kind="same behaviour", why="equal on every input tried")
        return replace(pair, why="equal where both can be called; they take different arguments")
    if len(equal) < (AGREE if len(results) > 3 else FEW_RESULTS_AGREE) * pair.tried and alike < ALIKE:
        return None
    shown = sorted(differing, key=lambda text: (len(text), text))[:SHOWN]
    why = f"differ on {len(differing)} of {pair.tried} inputs"
    return replace(pair, differences=_told(one, other, shown, calls), why=why)


def _enough(equal: int, results: int, alike: float) -> bool:
    """Whether so much agreement says anything: several inputs, more than one result, unless the texts are alike too."""
    return (equal >= ENOUGH and results >= 2) or (alike >= ALIKE and equal > 0)


def _hanging(couple: ComparedPair, calls: BatchCalls) -> list[str]:
    """Small inputs on which one gives a result at once and the other none even with patience."""
    found: list[str] = []
    for text in couple.uneven()[:2]:
        slow, known = (
            (couple.one, couple.right[text]) if couple.left[text] == SLOW else (couple.other, couple.left[text])
        )
        marks = calls.marks([(slow.name, [0])], [text], _PATIENT)[0]
        if marks != [known] and (not marks or marks[0][0] in (SLOW, RESULT)):
            found.append(text)
    return found


def _told(one: Function, other: Function, inputs: Sequence[str], calls: BatchCalls) -> tuple[Difference, ...]:
    tasks = [(function.name, [number]) for function in (one, other) for number in range(len(inputs))]
    said = [_said(mark[0] if mark else SLOW) for mark in calls.marks(tasks, inputs, PACE, texts=True)]
    left, right = said[: len(inputs)], said[len(inputs) :]
    return tuple(Difference(text, a, b) for text, a, b in zip(inputs, left, right, strict=True))


def _said(mark: str) -> str:
    if mark.startswith(RESULT):
        return mark[1:]
    return f"raises {mark[1:]}" if mark.startswith(RAISED) else "takes too long"
