"""Search by signature: functions whose types fit, arguments in any order, one missing or extra. Pure.

The way of Hoogle (Neil Mitchell): no unification, but a cost for turning the signature that is asked for into the one
that is there, and a cheap look at the number of arguments before that.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

from library.errors import SourceError
from library.search.stemming import query_words
from library.search.type_match import NEVER, cost
from library.source.function import Function
from library.source.signature import Parameter, Signature, signature_of
from library.source.syntax_tree import expression
from library.source.types import ANY, NONE, Type, compared, read_type

MISSING, EXTRA, REORDERED, DEFAULT, STAR = 2.0, 2.0, 0.3, 0.15, 0.5
_MOST = 6  # arguments whose order is tried
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class SignatureHit:
    """A function whose signature fits.

    Attributes:
        function: the function.
        cost: 0 fits exactly; each step away adds to it.
        why: the steps, in words.
        order: for each parameter asked for, the position of the function's parameter that takes it; -1 for none.
    """

    function: Function
    cost: float
    why: tuple[str, ...]
    order: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.function.name,
            "signature": self.function.signature,
            "cost": self.cost,
            "why": list(self.why),
            "order": list(self.order),
        }


def find(query: str, functions: Iterable[Function], limit: int = 10) -> list[SignatureHit]:
    """The functions whose signature comes nearest, best first; equal ones by the words of the name, then by name.

    Args:
        query: "(str, int) -> list[str]", "str -> int", "a, b -> a", or a whole def line.
        functions: where to look.
        limit: at most so many.

    Raises:
        SourceError: the query cannot be read.
    """
    asked = read_query(query)
    words = set(query_words(asked.name))
    hits = [hit for function in functions if (hit := match(asked, function)) is not None]
    hits.sort(key=lambda hit: (hit.cost, -len(words & set(query_words(hit.function.name))), hit.function.name))
    return hits[:limit]


def match(asked: Signature, function: Function) -> SignatureHit | None:
    """How a function fits what is asked for; None if it does not."""
    there = signature_of(function.signature)
    least, most = there.arity
    count = len(asked.parameters)
    if count < least - 1 or count > most + 1:
        return None
    result = cost(there.result, asked.result)
    if result >= NEVER:
        return None
    best = _best_order(asked.parameters, there)
    if best is None:
        return None
    total, order = best
    why = _reasons(asked, there, order, result)
    return SignatureHit(function, round(total + result, 3), why, order)


def read_query(text: str) -> Signature:
    """What is asked for: "(str, int) -> list[str]", "str -> int", "-> int", "name(text: str) -> int" or a def line.

    Raises:
        SourceError: it is none of these.
    """
    line = " ".join(text.split()).replace("→", "->").replace("=>", "->")
    if line.startswith(("def ", "async def ")) or re.match(r"[A-Za-z_]\w*\(", line):
        return signature_of(line)
    left, arrow, right = line.rpartition("->")
    if not arrow:
        raise SourceError(f"{text!r} is not a signature: it has no '->'.", "Write (str, int) -> list[str].")
    left = left.strip()
    if left.startswith("(") and _closes_at(left) == len(left) - 1:
        left = left[1:-1]
    parts = [part for part in split_top(left.replace(" -> ", ", ")) if part]
    parameters = tuple(_asked(part) for part in parts if part != "None" or len(parts) > 1)
    return Signature(parameters, _checked(right))


def split_top(text: str) -> list[str]:
    """Parts of a text between the commas that stand in no bracket."""
    parts, depth, start = list[str](), 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def _closes_at(text: str) -> int:
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return at
    return -1


def _asked(part: str) -> Parameter:
    """`text: str = ""`, `str`, or `str = ""`."""
    part, _, default = part.partition("=")
    name, colon, annotation = part.strip().partition(":")
    if colon and _NAME.fullmatch(name.strip()):
        return Parameter(name.strip(), _checked(annotation), default=default)
    return Parameter("", _checked(part), default=default)


def _checked(text: str) -> Type:
    if expression(text) is None:
        raise SourceError(f"{text.strip()!r} is not a type.", "Write a type such as str, list[int] or a for any.")
    return read_type(text)


def _best_order(asked: Sequence[Parameter], there: Signature) -> tuple[float, tuple[int, ...]] | None:
    """The cheapest way to hand over what is asked for, as (cost, which parameter takes each)."""
    slots = [at for at, parameter in enumerate(there.parameters) if parameter.passed != "var-positional"]
    star = next((at for at, parameter in enumerate(there.parameters) if parameter.passed == "var-positional"), -1)
    if star >= 0:
        slots += [star] * max(1, len(asked) - len(slots))
    if len(asked) > _MOST or len(slots) > _MOST + 2:
        slots = slots[: len(asked)]
        orders: Iterable[tuple[int, ...]] = [tuple(slots) + (-1,) * (len(asked) - len(slots))]
    else:
        orders = _orders(len(asked), slots)
    best: tuple[float, tuple[int, ...]] | None = None
    for order in orders:
        total = _order_cost(asked, there, order, NEVER if best is None else best[0])
        if total < (NEVER if best is None else best[0]):
            best = (total, order)
    return best


def _orders(count: int, slots: list[int]) -> Iterable[tuple[int, ...]]:
    """Each way to give `count` arguments to the slots; and those that leave one argument out."""
    if count <= len(slots):
        yield from permutations(slots, count)
    if count:
        for kept in combinations(range(count), count - 1):
            if len(kept) <= len(slots):
                for order in permutations(slots, len(kept)):
                    places = iter(order)
                    yield tuple(next(places) if at in kept else -1 for at in range(count))


def _order_cost(asked: Sequence[Parameter], there: Signature, order: tuple[int, ...], limit: float) -> float:
    total = 0.0
    for parameter, slot in zip(asked, order, strict=True):
        if slot < 0:
            total += EXTRA
        else:
            total += cost(parameter.type, there.parameters[slot].type)
            total += STAR if there.parameters[slot].passed == "var-positional" else 0.0
        if total >= limit:
            return NEVER
    missing = 0
    for at, parameter in enumerate(there.parameters):
        if at not in order:
            missing += not parameter.optional
            total += DEFAULT if parameter.optional else MISSING
    given = [slot for slot in order if slot >= 0]
    total += REORDERED if given != sorted(given) else 0.0
    return NEVER if missing > 1 or (missing and -1 in order) else total


def _reasons(asked: Signature, there: Signature, order: tuple[int, ...], result: float) -> tuple[str, ...]:
    reasons: list[str] = []
    given = [slot for slot in order if slot >= 0]
    if given != sorted(given):
        reasons.append("arguments in another order")
    for parameter, slot in zip(asked.parameters, order, strict=True):
        if slot < 0:
            reasons.append(f"takes no {compared(parameter.type).text}")
        elif cost(parameter.type, there.parameters[slot].type) > 0:
            reasons.append(f"{there.parameters[slot].name} is {_said(there.parameters[slot].type)}")
    for at, parameter in enumerate(there.parameters):
        if at not in order:
            reasons.append(f"{parameter.name} {'may be left out' if parameter.optional else 'is needed too'}")
    if result > 0:
        reasons.append(f"gives {_said(there.result)}")
    return tuple(reasons)


def _said(found: Type) -> str:
    found = compared(found)
    return "of any type" if found == ANY else "nothing" if found == NONE else found.text
