"""Search by example: the functions of a library that give the expected results, tried in the sandbox.

The way of Smalltalk's method finder: whatever fits by its number of arguments and their types is called; those that
give the results are the answer: as they are, with the arguments in another order, or one function on the result of
another. The results come back as data, and are compared by the one comparison of the gate (`library.examples.judging`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Literal

from library.examples.example import Example
from library.examples.judging import NEXT, decide, needed_of
from library.execution.batch_calls import Stage, call_roll, stage
from library.execution.pace import Pace
from library.sandbox import Sandbox
from library.search.example_query import RESULT, ExampleQuery, read_wanted
from library.search.stemming import near_words, query_words, stems
from library.search.type_match import accepts, gives, kinds_of, shape_of
from library.source.function import Function
from library.source.literals import literal
from library.source.signature import Parameter, Signature, signature_of

Way = Literal["direct", "permuted", "composed"]
Places = tuple[list[int], dict[str, int]]  # which arguments are handed over by position, and which by name

_WAYS: tuple[Way, ...] = ("direct", "permuted", "composed")
_MOST_ARGUMENTS = 4  # whose order is tried
_ALIKE = 40  # compositions kept of those that give the same
_NAMELESS = frozenset({"func", "function", "fun", "foo", "bar", "what", "unknown", "this", "solve", "solution", "some"})
_QUICK = Pace()
_SLOW = Pace(call=300_000, process=6_000_000, total=12_000_000)


@dataclass(frozen=True)
class Found:
    """An answer.

    Attributes:
        way: the function as it is, with its arguments in another order, or one function on the result of another.
        names: the function; of a composition the outer one first.
        expression: what to write for the first example, "wrap('a b', 3)" or "len(words('a b'))".
        why: what speaks for it, in words.
        score: smaller is better; only to compare answers of one search.
    """

    way: Way
    names: tuple[str, ...]
    expression: str
    why: str = ""
    score: float = 0.0


@dataclass(frozen=True)
class Fit:
    """A function that may fit, with the ways to hand over the arguments; the first is the plain one if `direct`."""

    function: Function
    signature: Signature
    ways: tuple[Places, ...]
    direct: bool


def find(
    examples: Sequence[Example], functions: Sequence[Function], source: str, sandbox: Sandbox, *, limit: int = 20
) -> list[Found]:
    """As `Finder.find`, for one search."""
    return Finder(sandbox).find(examples, functions, source, limit=limit)


class Finder:
    """Searches in the sandbox and remembers which functions were too slow, so that they are tried last from then on.

    Args:
        sandbox: where functions run; best started already.
        slow: what `slow` of an earlier one held: for the digest of each slow function the weight of the lightest input
            (letters and numbers together) that was too much for it. A search with lighter ones tries it as any other.
        pace: how much each call and a whole search may cost.
    """

    def __init__(self, sandbox: Sandbox, slow: Mapping[str, int] | None = None, pace: Pace = _QUICK) -> None:
        self.sandbox, self.slow, self.pace = sandbox, dict(slow or {}), pace

    def find(
        self,
        examples: Sequence[Example],
        functions: Sequence[Function],
        source: str,
        *,
        limit: int = 20,
        compositions: bool | None = None,
    ) -> list[Found]:
        """The functions that fit all examples, best first.

        Args:
            examples: calls of one function, whatever its name, with what should come out.
            functions: where to look; those that touch files, network, processes and the like are passed over.
            source: text of the library that they are from.
            limit: at most so many answers.
            compositions: also one function on the result of another; None: if nothing else fits.

        Raises:
            SourceError: the examples do not call one function, or the library does not parse.
        """
        wanted = read_wanted(examples, {function.name for function in functions})
        on = stage(source)
        wanted = self._with_values(wanted, on)
        usable = [function for function in functions if on.runs(function.name)]
        candidates = [fit for function in usable if (fit := candidate(function, wanted)) is not None]
        slow = [fit for fit in candidates if self.is_slow(fit.function, wanted.weight)]
        quick = [fit for fit in candidates if fit not in slow] if slow else candidates
        found = self._tried(quick, wanted, on, self.pace)
        slow = [fit for fit in candidates if self.is_slow(fit.function, wanted.weight)]  # and those just found out
        if not found and slow:
            found = self._tried(slow, wanted, on, _SLOW)
        if compositions or (compositions is None and not found):
            found += self._composed(usable, wanted, on)
        return sorted(found, key=lambda one: (one.score, one.names, one.expression))[:limit]

    def is_slow(self, function: Function, weight: int) -> bool:
        """Whether an input of this weight is known to be too much for a function."""
        return bool(self.slow) and self.slow.get(function.digest, weight + 1) <= weight

    def _with_values(self, wanted: ExampleQuery, on: Stage) -> ExampleQuery:
        """What is wanted, with expected results that are no literals worked out: `date(2024, 2, 29)`, `2 ** 10`."""
        open_ones = [at for at, text in enumerate(wanted.expected) if not wanted.raises[at] and literal(text) is None]
        if not open_ones:
            return wanted
        expected = list(wanted.expected)
        cases = [{"values": [None], "call": f"{NEXT}()", "expected": expected[at]} for at in open_ones]
        for at, said in zip(open_ones, self._decided(cases, on), strict=True):
            expected[at] = said[2] if literal(said[2]) is not None else expected[at]
        return wanted.expecting(expected)

    def _decided(self, cases: Sequence[dict[str, Any]], on: Stage) -> list[list[str]]:
        """What the one comparison says, with the library's own names for what is expected."""
        texts = [str(case["expected"]) for case in cases]
        return decide(self.sandbox, cases, needed_of(on.parsed.source, texts)) if cases else []

    def _right(self, fits: Sequence[Sequence[str]], wanted: ExampleQuery, on: Stage) -> list[bool]:
        """Which of these, each a result for each example, are what is expected."""
        cases: list[dict[str, Any]] = []
        owners: list[int] = []
        right = [True] * len(fits)
        for number, texts in enumerate(fits):
            for got, expected, raises in zip(texts, wanted.expected, wanted.raises, strict=True):
                value = None if raises else _data(got)
                if raises:
                    right[number] &= got.startswith("raises ") and expected.rsplit(".", 1)[-1] in got.split()[1:]
                elif value is None:
                    right[number] = False
                else:
                    cases.append({"values": value, "call": f"{NEXT}()", "expected": expected})
                    owners.append(number)
        for number, said in zip(owners, self._decided(cases, on), strict=True):
            right[number] &= said[0] == "yes"
        return right

    def _tried(self, candidates: Sequence[Fit], wanted: ExampleQuery, on: Stage, pace: Pace) -> list[Found]:
        order: dict[str, Any] = {
            "what": "find",
            "tasks": [[candidate.function.name, candidate.ways] for candidate in candidates],
            "inputs": wanted.inputs,
            "imports": wanted.imports,
            "shapes": _shapes(wanted),
        }
        roll = call_roll(self.sandbox, on, [candidate.function.name for candidate in candidates], order, pace)
        for at in roll.slow:
            digest = candidates[at].function.digest
            self.slow[digest] = min(wanted.weight, self.slow.get(digest, wanted.weight))
        every = [(at, number, texts) for at, fits in sorted(roll.got.items()) for number, texts in fits]
        first: dict[int, int] = {}
        for (at, number, _), right in zip(every, self._right([texts for *_, texts in every], wanted, on), strict=True):
            if right:
                first.setdefault(at, number)
        return [_answer(candidates[at], number, wanted) for at, number in first.items()]

    def _composed(self, functions: Sequence[Function], wanted: ExampleQuery, on: Stage) -> list[Found]:
        """Outer functions take one argument; inner ones take all that the examples give."""
        if any(wanted.raises) or any(wanted.arounds) or wanted.keywords:
            return []
        usable = [function for function in functions if not self.is_slow(function, wanted.weight)]
        fitting = [candidate(function, wanted, result=False) for function in usable]
        inner = [fit.function for fit in fitting if fit is not None and fit.direct]
        inner.sort(key=lambda function: (len(function.source), function.name))
        outer = [function for function in usable if _may_be_outer(signature_of(function.signature), wanted)]
        order: dict[str, Any] = {
            "what": "compose",
            "tasks": [[function.name, _first_kinds(signature_of(function.signature))] for function in outer],
            "inner": [function.name for function in inner],
            "inputs": wanted.inputs,
            "imports": wanted.imports,
            "shapes": _shapes(wanted),
            "most": _ALIKE,
        }
        names = [function.name for function in (*inner, *outer)]
        roll = call_roll(self.sandbox, on, names, order, self.pace)
        every = [(at, number, texts) for at, fits in sorted(roll.got.items()) for number, texts in fits]
        right = self._right([texts for *_, texts in every], wanted, on)
        pairs = [(outer[at], inner[int(number)]) for (at, number, _), fits in zip(every, right, strict=True) if fits]
        return [_composition(one, other, wanted) for one, other in pairs]


def candidate(function: Function, wanted: ExampleQuery, *, result: bool = True) -> Fit | None:
    """How a function could be called with the wanted arguments; None if it cannot.

    Args:
        function: the function.
        wanted: what is looked for.
        result: its annotated result has to fit too.
    """
    signature = signature_of(function.signature)
    if result and not all(gives(signature.result, value) for value in wanted.results):
        return None
    plain = _plain_way(signature, wanted)
    orders = _other_orders(signature, wanted)
    ways = [*plain, *(way for way in orders if way not in plain)]
    return Fit(function, signature, tuple(ways), bool(plain)) if ways else None


def _plain_way(signature: Signature, wanted: ExampleQuery) -> list[Places]:
    """Arguments as they stand in the examples, if the function can be called so."""
    count = len(wanted.columns) - len(wanted.keywords)
    slots = [*signature.positional]
    slots += [one for one in signature.parameters if one.passed == "var-positional"] * max(0, count - len(slots))
    by_name = {one.name: one for one in signature.parameters if one.passed != "var-positional"}
    if count > len(slots) or not all(name in by_name for name in wanted.keywords):
        return []
    given = [*slots[:count], *(by_name[name] for name in wanted.keywords)]
    twice = {parameter.name for parameter in slots[:count]} & set(wanted.keywords)
    if twice or not _needed(signature) <= {parameter.name for parameter in given}:
        return []
    named = {name: count + at for at, name in enumerate(wanted.keywords)}
    return [(list(range(count)), named)] if _take(given, range(len(given)), wanted) else []


def _other_orders(signature: Signature, wanted: ExampleQuery) -> list[Places]:
    """Every way to hand the arguments over in whatever order: those that must be given by name get theirs so."""
    count = len(wanted.columns)
    named = [one for one in signature.parameters if one.passed == "keyword-only" and not one.optional]
    plain = signature.positional[: max(0, count - len(named))]
    slots = [*plain, *named]
    if count != len(slots) or count > _MOST_ARGUMENTS or not _needed(signature) <= {slot.name for slot in slots}:
        return []
    return [
        (list(places[: len(plain)]), {slot.name: at for slot, at in zip(named, places[len(plain) :], strict=True)})
        for places in permutations(range(count))
        if _take(slots, places, wanted)
    ]


def _needed(signature: Signature) -> set[str]:
    return {parameter.name for parameter in signature.parameters if not parameter.optional}


def _take(slots: Sequence[Parameter], places: Iterable[int], wanted: ExampleQuery) -> bool:
    return all(
        all(accepts(slot.type, value) for value in wanted.columns[at]) for slot, at in zip(slots, places, strict=True)
    )


def _shapes(wanted: ExampleQuery) -> list[Any]:
    return [
        ["raises", None] if raises else shape_of(text, literal(text))
        for text, raises in zip(wanted.expected, wanted.raises, strict=True)
    ]


def _data(text: str) -> list[Any] | None:
    """What a result is, told as data, as the one part of a case; None for what cannot be read."""
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return None


def _may_be_outer(signature: Signature, wanted: ExampleQuery) -> bool:
    least, most = signature.arity
    return (
        least <= 1 <= most
        and not signature.needs_names
        and all(gives(signature.result, value) for value in wanted.results)
    )


def _first_kinds(signature: Signature) -> list[str] | None:
    return kinds_of(signature.parameters[0].type) if signature.parameters else None


def _answer(found: Fit, number: int, wanted: ExampleQuery) -> Found:
    way: Way = "direct" if found.direct and number == 0 else "permuted"
    places, named = found.ways[number]
    values = wanted.values[0]
    given = [*(values[at] for at in places), *(f"{name}={values[at]}" for name, at in named.items())]
    call = f"{found.function.name}({', '.join(given)})"
    unused = len(found.signature.parameters) - len(given)
    near, reason = closeness(wanted.name, found.function)
    why = ["fits all examples", *(["arguments in another order"] if way == "permuted" else []), *reason]
    score = _score(way, near, [found.function]) + 0.2 * max(0, unused)
    return Found(way, (found.function.name,), wanted.arounds[0].replace(RESULT, call, 1) or call, "; ".join(why), score)


def _composition(outer: Function, inner: Function, wanted: ExampleQuery) -> Found:
    expression = f"{outer.name}({inner.name}({', '.join(wanted.values[0])}))"
    found = [closeness(wanted.name, function) for function in (outer, inner)]
    reasons = ["fits all examples", f"{outer.name} of what {inner.name} gives", *(r for _, why in found for r in why)]
    score = _score("composed", sum(near for near, _ in found), [outer, inner])
    return Found("composed", (outer.name, inner.name), expression, "; ".join(dict.fromkeys(reasons)), score)


def _score(way: Way, near: float, functions: Sequence[Function]) -> float:
    """Direct before permuted before composed; then words, then what is shorter."""
    size = sum(len(function.source) - len(function.doc) for function in functions)
    return round(100.0 * _WAYS.index(way) - 4.0 * near + min(size, 9000) / 1000.0, 4)


def closeness(asked: str, function: Function) -> tuple[float, list[str]]:
    """How much a function's name and first line have of the name asked for; `f` and the like ask for nothing."""
    words = set(query_words(asked)) if len(asked) > 2 and asked not in _NAMELESS else set[str]()
    if not words:
        return 0.0, []
    there, told = set(stems(function.name)), set(stems(function.summary))
    exact = words & there
    alike = {word for word in words - exact if near_words(word) & there}
    said = (words - exact - alike) & told
    reasons = [f"named {function.name}"] if exact | alike else []
    if said and not reasons:
        reasons.append(f"its description has {', '.join(sorted(said))}")
    return (3 * len(exact) + 1.5 * len(alike) + len(said)) / len(words) + (5 if asked == function.name else 0), reasons
