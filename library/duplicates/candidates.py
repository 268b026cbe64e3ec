"""A first look for duplicates: pairs that agree on most of a fixed set of inputs, or whose texts are alike."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from library.duplicates.budget import ComparisonBudget
from library.duplicates.comparison_inputs import fitting, fixed, probes
from library.duplicates.normalize import likeness, shingles
from library.execution.batch_calls import BatchResults, Stage, call_roll
from library.execution.marks import UNKNOWN
from library.execution.pace import Pace
from library.sandbox import Sandbox
from library.search.type_match import NEVER, cost
from library.source.function import Function
from library.source.signature import signature_of

ENOUGH = 6  # inputs for which both must give a result before anything is said
AGREE, FEW_RESULTS_AGREE, ALIKE = 0.6, 0.85, 0.6
PACE = Pace(call=80_000, process=8_000_000, total=300_000_000, total_s=600.0)
_EVERY_COUPLE = 1500  # in larger groups only those are looked at that have something rare in common
_RARE = 30
PROBES = 400  # inputs from docstrings
PORTION = 60  # inputs of one task, so that a call that takes the process with it costs no more than its portion

FunctionPair = tuple[Function, Function]


@dataclass(frozen=True)
class BatchCalls:
    """A library and the sandbox in which its functions are called; with an effort, on each input once."""

    on: Stage
    sandbox: Sandbox
    effort: ComparisonBudget | None = None

    def marks(
        self, tasks: Sequence[tuple[str, list[int]]], inputs: Sequence[str], pace: Pace, *, texts: bool = False
    ) -> list[list[str]]:
        """For each task, a function and numbers of inputs, the marks of these; none if it took its process with it."""
        if self.effort is None or texts:
            return [[mark or UNKNOWN for mark in marks] for marks in self._called(tasks, inputs, pace, texts)]
        known, patience = self.effort.known, pace.call
        asked: dict[str, list[int]] = {}
        for name, numbers in tasks:
            if not self.effort.is_slow(name):
                new = asked.setdefault(name, [])
                new += [number for number in numbers if (patience, name, inputs[number]) not in known]
        self._learn(asked, inputs, pace, self.effort)
        return [[known.get((patience, name, inputs[number]), UNKNOWN) for number in numbers] for name, numbers in tasks]

    def _learn(
        self, asked: Mapping[str, list[int]], inputs: Sequence[str], pace: Pace, effort: ComparisonBudget
    ) -> None:
        """Call functions on inputs on which they were not called yet, the first portions of all before the second."""
        rows = {name: list(dict.fromkeys(numbers)) for name, numbers in asked.items()}
        longest = max(map(len, rows.values()), default=0)
        tasks = [
            (name, numbers[at : at + PORTION])
            for name, numbers in rows.items()
            for at in range(0, longest, PORTION)
            if at < len(numbers)
        ]
        if not tasks or effort.over:
            return
        used = sorted({number for _, numbers in tasks for number in numbers})
        place = {number: at for at, number in enumerate(used)}
        orders = [(name, [place[number] for number in numbers]) for name, numbers in tasks]
        texts = [inputs[number] for number in used]
        pace = replace(pace, total_s=min(pace.total_s, effort.left_s))
        roll = self._roll(orders, texts, pace)
        for at, (name, numbers) in enumerate(orders):
            if at in roll.got or at in roll.slow:
                effort.learn(
                    pace.call, name, [texts[number] for number in numbers], list(map(str, roll.got.get(at, ())))
                )

    def _called(
        self, tasks: Sequence[tuple[str, list[int]]], inputs: Sequence[str], pace: Pace, texts: bool
    ) -> list[list[str]]:
        roll = self._roll(tasks, inputs, pace, texts=texts)
        return [[str(mark) for mark in roll.got.get(at, ())] for at in range(len(tasks))]

    def _roll(
        self, tasks: Sequence[tuple[str, list[int]]], inputs: Sequence[str], pace: Pace, *, texts: bool = False
    ) -> BatchResults:
        order = {"what": "compare", "tasks": list(tasks), "inputs": [[text, ""] for text in inputs], "texts": texts}
        return call_roll(self.sandbox, self.on, sorted({name for name, _ in tasks}), order, pace)


def suspects(functions: Sequence[Function], calls: BatchCalls, wanted: set[str] | None = None) -> list[FunctionPair]:
    """Pairs worth a close look, in the order of the functions.

    Args:
        functions: those that may be run.
        calls: where they run.
        wanted: names; then only pairs with one of these.
    """
    found: set[tuple[str, str]] = set()
    named = {function.name: function for function in functions}
    for count, group in sorted(_by_count(functions).items()):
        if calls.effort is not None:
            calls.effort.tell(f"calling {len(group)} functions of {count} argument{'' if count == 1 else 's'}")
        if wanted is not None:
            group = _comparable(group, wanted)
        examples = group if wanted is None else [function for function in group if function.name in wanted]
        profiles = _profiles(group, count, examples, calls)
        for one, other in _couples(group, profiles, wanted):
            if _agree(profiles[one.name], profiles[other.name]) or look_alike(one, other):
                found.add((one.name, other.name))
    order = {name: at for at, name in enumerate(named)}
    return [
        (named[one], named[other]) for one, other in sorted(found, key=lambda pair: (order[pair[0]], order[pair[1]]))
    ]


def look_alike(one: Function, other: Function) -> bool:
    """Whether two functions' texts have most in common."""
    left, right = len(shingles(one.source)), len(shingles(other.source))
    return min(left, right) >= ALIKE * max(left, right) and likeness(one.source, other.source) >= ALIKE


def _by_count(functions: Sequence[Function]) -> dict[int, list[Function]]:
    """Functions by the numbers of arguments with which they can be called: the least, and the most if it is small."""
    groups: dict[int, list[Function]] = {}
    for function in functions:
        signature = signature_of(function.signature)
        least, most = signature.arity
        for count in {max(1, least), min(most, 3)} if not signature.needs_names else set[int]():
            if least <= count <= most:
                groups.setdefault(count, []).append(function)
    return groups


def _comparable(group: Sequence[Function], wanted: set[str]) -> list[Function]:
    """The wanted ones and those whose types do not forbid that they are alike."""
    mine = [function for function in group if function.name in wanted]
    return [one for one in group if one.name in wanted or any(_types_fit(one, other) for other in mine)]


def _types_fit(one: Function, other: Function) -> bool:
    left, right = signature_of(one.signature), signature_of(other.signature)
    pairs = [(a.type, b.type) for a, b in zip(left.parameters, right.parameters, strict=False)]
    return all(cost(a, b) < NEVER for a, b in [*pairs, (left.result, right.result)])


@dataclass(frozen=True)
class Profile:
    """What a function gives on the fixed inputs: those with a result, and input and result together."""

    inputs: frozenset[int]
    results: frozenset[tuple[int, str]]


def _profiles(group: Sequence[Function], count: int, of: Sequence[Function], calls: BatchCalls) -> dict[str, Profile]:
    """What each function of the group gives on fixed inputs and on examples of some of them."""
    inputs = list(dict.fromkeys([*fixed(count), *probes(of, count, PROBES)]))
    wanted = [fitting(function, inputs) for function in group]
    tasks = [(function.name, numbers) for function, numbers in zip(group, wanted, strict=True)]
    marks = calls.marks(tasks, inputs, PACE)
    found: dict[str, Profile] = {}
    for at, function in enumerate(group):
        pairs = [(number, mark) for number, mark in zip(wanted[at], marks[at], strict=False) if mark.startswith("=")]
        found[function.name] = Profile(frozenset(number for number, _ in pairs), frozenset(pairs))
    return found


def _couples(
    group: Sequence[Function], profiles: Mapping[str, Profile], wanted: set[str] | None
) -> Iterable[FunctionPair]:
    if wanted is not None:
        mine = {at for at, function in enumerate(group) if function.name in wanted}
        pairs = {(min(at, other), max(at, other)) for at in mine for other in range(len(group)) if at != other}
        return ((group[at], group[other]) for at, other in sorted(pairs))
    if len(group) <= _EVERY_COUPLE:
        return combinations(group, 2)
    texts = [shingles(function.source) for function in group]
    results = [profiles[function.name].results for function in group]
    found = {*_with_rare_parts(texts), *_with_rare_parts(results), *_equal_ones(results)}
    return ((group[at], group[other]) for at, other in sorted(found))


def _with_rare_parts(whole: Sequence[frozenset[Hashable]]) -> Iterator[tuple[int, int]]:
    """Pairs of sets that share several members which few others have."""
    holders: dict[Hashable, list[int]] = {}
    for at, parts in enumerate(whole):
        for part in parts:
            holders.setdefault(part, []).append(at)
    votes: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        if 1 < len(numbers) <= _RARE:
            votes.update(combinations(numbers, 2))
    return (pair for pair, count in votes.items() if count >= 3)


def _equal_ones(whole: Sequence[frozenset[Hashable]]) -> Iterator[tuple[int, int]]:
    groups: dict[frozenset[Hashable], list[int]] = {}
    for at, parts in enumerate(whole):
        if len(parts) >= ENOUGH:
            groups.setdefault(parts, []).append(at)
    return (pair for group in groups.values() for pair in combinations(group, 2))


def _agree(one: Profile, other: Profile) -> bool:
    both = len(one.inputs & other.inputs)
    equal = one.results & other.results
    if both < ENOUGH:  # a narrow domain, such as texts in some notation: then all must be equal, and tell something
        return both >= 2 and len(equal) == both and len({mark for _, mark in equal}) >= 2
    few = len({mark for _, mark in equal}) <= 3  # True and False agree by chance
    return len(equal) >= both * (FEW_RESULTS_AGREE if few else AGREE)
