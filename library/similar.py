"""Near duplicates: functions that say the same, do the same, or nearly do, and where they differ. Merges nothing.

Three steps. What has the same normal form says the same. The others are called on a fixed set of inputs, and those that
mostly agree there, or whose texts are alike, are compared closely: on inputs made from the signatures, docstrings and
constants of both. Only agreement on all of a large set counts as the same behaviour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any, Literal

from library.battery import CONFIRM, MADE, fitting, fixed, is_typed, made_for
from library.by_signature import signature_of
from library.function import Function
from library.normal import likeness, normal_digest, shingles
from library.roll_call import Pace, Stage, call_roll, stage
from library.sandbox import Sandbox

Kind = Literal["same text", "same behaviour", "near"]

SHOWN = 5  # differing inputs that are shown
ENOUGH = 6  # inputs for which both must give a result before anything is said
AGREE, FEW_RESULTS_AGREE, ALIKE = 0.6, 0.85, 0.6
GROUP = 12  # pairs compared in one order
_PACE = Pace(call_s=0.03, process_s=1.5, total_s=60.0)
_PATIENT = Pace(call_s=0.8, process_s=1.6, total_s=20.0)
_NOT_MEANT = frozenset({"!TypeError", "!AttributeError", "?"})

Marks = dict[str, str]  # input -> mark of the result (roll_call_inside.compare)


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

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "differences": [asdict(difference) for difference in self.differences]}


def find_pairs(
    functions: Sequence[Function], source: str, sandbox: Sandbox, *, only: Iterable[str] | None = None
) -> list[Pair]:
    """Every pair of functions that are the same or nearly so.

    Args:
        functions: the functions to look at, public or not; those that reach outside are compared by text alone.
        source: text of the library that they are from.
        sandbox: where they run.
        only: names; then only pairs with one of these, such as a draft's.
    """
    on = stage(source)
    wanted = None if only is None else set(only)
    found = same_texts(functions, wanted)
    known = {(pair.a, pair.b) for pair in found}
    runnable = [function for function in functions if on.runs(function.name)]
    suspects = [pair for pair in _suspects(runnable, on, sandbox, wanted) if (pair[0].name, pair[1].name) not in known]
    found += compare(suspects, source, sandbox)
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


def compare(pairs: Sequence[tuple[Function, Function]], source: str, sandbox: Sandbox) -> list[Pair]:
    """Compare pairs closely; those that turn out to be neither the same nor near are left out."""
    on = stage(source)
    found: list[Pair] = []
    for at in range(0, len(pairs), GROUP):
        group = pairs[at : at + GROUP]
        first = _judged(group, on, sandbox, MADE)
        same = [pair for pair, judged in zip(group, first, strict=True) if judged and judged.kind == "same behaviour"]
        second = iter(_judged(same, on, sandbox, CONFIRM))
        for judged in first:
            judged = next(second) if judged is not None and judged.kind == "same behaviour" else judged
            if judged is not None:
                found.append(judged)
    return found


def _suspects(
    functions: Sequence[Function], on: Stage, sandbox: Sandbox, wanted: set[str] | None
) -> list[tuple[Function, Function]]:
    """Pairs that agree on most of the fixed inputs, or whose texts are alike."""
    found: list[tuple[Function, Function]] = []
    seen: set[tuple[str, str]] = set()
    for count, group in sorted(_by_count(functions).items()):
        profiles = _profiles(group, count, on, sandbox)
        for one, other in _couples(group, wanted):
            key = (one.name, other.name)
            if key not in seen and (_agree(profiles[one.name], profiles[other.name]) or _look_alike(one, other)):
                seen.add(key)
                found.append((one, other))
    order = {function.name: at for at, function in enumerate(functions)}
    return sorted(found, key=lambda pair: (order[pair[0].name], order[pair[1].name]))


def _by_count(functions: Sequence[Function]) -> dict[int, list[Function]]:
    """Functions by the numbers of arguments with which they can be called: the least, and the most if it is small."""
    groups: dict[int, list[Function]] = {}
    for function in functions:
        least, most = signature_of(function.signature).arity
        keyword = any(p.how == "keyword" and not p.optional for p in signature_of(function.signature).parameters)
        for count in {max(1, least), min(most, 3)} if not keyword else set[int]():
            if least <= count <= most:
                groups.setdefault(count, []).append(function)
    return groups


def _couples(group: Sequence[Function], wanted: set[str] | None) -> Iterable[tuple[Function, Function]]:
    if wanted is None:
        return combinations(group, 2)
    return ((one, other) for one, other in combinations(group, 2) if one.name in wanted or other.name in wanted)


@dataclass(frozen=True)
class Profile:
    """What a function gives on the fixed inputs: those with a result, and input and result together."""

    inputs: frozenset[int]
    results: frozenset[tuple[int, str]]


def _profiles(group: Sequence[Function], count: int, on: Stage, sandbox: Sandbox) -> dict[str, Profile]:
    inputs = fixed(count)
    wanted = [fitting(function, inputs) for function in group]
    tasks = [[function.name, numbers] for function, numbers in zip(group, wanted, strict=True)]
    marks = _marks([function.name for function in group], tasks, inputs, on, sandbox, _PACE)
    found: dict[str, Profile] = {}
    for at, function in enumerate(group):
        pairs = [(number, mark) for number, mark in zip(wanted[at], marks[at], strict=False) if mark.startswith("=")]
        found[function.name] = Profile(frozenset(number for number, _ in pairs), frozenset(pairs))
    return found


def _agree(one: Profile, other: Profile) -> bool:
    both = len(one.inputs & other.inputs)
    if both < ENOUGH:
        return False
    equal = one.results & other.results
    few = len({mark for _, mark in equal}) <= 3  # True and False agree by chance
    return len(equal) >= both * (FEW_RESULTS_AGREE if few else AGREE)


def _look_alike(one: Function, other: Function) -> bool:
    left, right = len(shingles(one.source)), len(shingles(other.source))
    return min(left, right) >= ALIKE * max(left, right) and likeness(one.source, other.source) >= ALIKE


def _marks(
    names: Sequence[str], tasks: Sequence[Any], inputs: Sequence[str], on: Stage, sandbox: Sandbox, pace: Pace,
    *, texts: bool = False,
) -> list[list[str]]:  # fmt: skip
    """For each task the marks of its inputs; none for a function that took its process with it."""
    order = {"what": "compare", "tasks": list(tasks), "inputs": [[text, ""] for text in inputs], "texts": texts}
    roll = call_roll(sandbox, on, names, order, pace)
    return [[str(mark) for mark in roll.got.get(at, ())] for at in range(len(tasks))]


def _judged(pairs: Sequence[tuple[Function, Function]], on: Stage, sandbox: Sandbox, limit: int) -> list[Pair | None]:
    """The verdict on each pair, from inputs made for both."""
    inputs: dict[str, int] = {}
    tasks: list[list[Any]] = []
    made = [_inputs(one, other, limit) for one, other in pairs]
    for (one, other), texts in zip(pairs, made, strict=True):
        numbers = [inputs.setdefault(text, len(inputs)) for text in texts]
        # In portions, so that one call that takes the process with it costs no more than its portion.
        for function in (one, other):
            tasks += [[function.name, numbers[at : at + 60]] for at in range(0, len(numbers), 60)]
    names = sorted({function.name for pair in pairs for function in pair})
    marks = iter(_marks(names, tasks, list(inputs), on, sandbox, _PACE))
    found: list[Pair | None] = []
    for (one, other), texts in zip(pairs, made, strict=True):
        left = _collect(marks, texts)
        right = _collect(marks, texts)
        found.append(_verdict(one, other, left, right, on, sandbox))
    return found


def _inputs(one: Function, other: Function, limit: int) -> list[str]:
    made = [made_for(function.source, function.name, function.doc, limit) for function in (one, other)]
    least = max(1, signature_of(one.signature).arity[0], signature_of(other.signature).arity[0])
    texts = fixed(least)
    both = set(fitting(one, texts)) & set(fitting(other, texts))
    inputs = list(dict.fromkeys([*made[0], *made[1], *(texts[at] for at in sorted(both)[:80])]))
    meant = set(fitting(one, inputs)) & set(fitting(other, inputs))
    return [inputs[at] for at in sorted(meant)]


def _collect(marks: Iterable[list[str]], texts: Sequence[str]) -> Marks:
    found: Marks = {}
    portions = iter(marks)
    for at in range(0, len(texts), 60):
        portion = texts[at : at + 60]
        got = next(portions)
        found |= dict(zip(portion, [*got, *["~"] * (len(portion) - len(got))], strict=True))
    return found


def _verdict(one: Function, other: Function, left: Marks, right: Marks, on: Stage, sandbox: Sandbox) -> Pair | None:
    both = [text for text in left if left[text].startswith("=") and right[text].startswith("=")]
    equal = [text for text in both if left[text] == right[text]]
    differing = [text for text in both if left[text] != right[text]]
    typed = is_typed(one) or is_typed(other)
    for text in left:
        marks = {left[text][:1], right[text][:1]}
        worse = left[text] if left[text][:1] != "=" else right[text]
        if marks == {"=", "!"} and typed and worse not in _NOT_MEANT:
            differing.append(text)
    if not differing:
        differing = _hanging(one, other, left, right, on, sandbox)
    alike = likeness(one.source, other.source)
    if not _enough(equal, left, alike):
        return None
    pair = Pair(one.name, other.name, "near", len(equal) + len(differing), len(equal))
    if not differing:
        same_arity = signature_of(one.signature).arity == signature_of(other.signature).arity
        same = replace(pair, kind="same behaviour", why="equal on every input tried")
        return (
            same if same_arity else replace(pair, why="equal where both can be called; they take different arguments")
        )
    if (
        len(equal) < (AGREE if len({left[text] for text in equal}) > 3 else FEW_RESULTS_AGREE) * pair.tried
        and alike < ALIKE
    ):
        return None
    shown = sorted(differing, key=lambda text: (len(text), text))[:SHOWN]
    why = f"differ on {len(differing)} of {pair.tried} inputs"
    return replace(pair, differences=_told(one, other, shown, on, sandbox), why=why)


def _enough(equal: Sequence[str], marks: Marks, alike: float) -> bool:
    """Whether so much agreement says anything: several inputs, more than one result, unless the texts are alike too."""
    results = {marks[text] for text in equal}
    return (len(equal) >= ENOUGH and len(results) >= 2) or (alike >= ALIKE and bool(equal))


def _hanging(one: Function, other: Function, left: Marks, right: Marks, on: Stage, sandbox: Sandbox) -> list[str]:
    """Small inputs on which one gives a result at once and the other none even with patience."""
    uneven = [text for text in left if {left[text][:1], right[text][:1]} == {"=", "~"}]
    tried = sorted(uneven, key=lambda text: (len(text), text))[:2]
    found: list[str] = []
    for text in tried:
        slow = one if left[text][:1] == "~" else other
        marks = _marks([slow.name], [[slow.name, [0]]], [text], on, sandbox, _PATIENT)
        known = right[text] if slow is one else left[text]
        if marks[0] != [known] and (marks[0] or ["~"])[0][:1] in ("~", "="):
            found.append(text)
    return found


def _told(one: Function, other: Function, inputs: Sequence[str], on: Stage, sandbox: Sandbox) -> tuple[Difference, ...]:
    numbers = list(range(len(inputs)))
    tasks = [[function.name, [number]] for function in (one, other) for number in numbers]
    marks = _marks([one.name, other.name], tasks, inputs, on, sandbox, _PACE, texts=True)
    said = [_said(mark[0] if mark else "~") for mark in marks]
    left, right = said[: len(inputs)], said[len(inputs) :]
    return tuple(Difference(text, a, b) for text, a, b in zip(inputs, left, right, strict=True))


def _said(mark: str) -> str:
    if mark.startswith("="):
        return mark[1:]
    return f"raises {mark[1:]}" if mark.startswith("!") else "takes too long"
