"""What it costs to take one type for another, and whether values fit a type: generous where people are. Pure."""

from functools import lru_cache
from itertools import islice
from typing import Any, cast

from library.source.types import NONE, Type, compared

_NUMBERS = frozenset({"int", "float", "complex", "Decimal", "Fraction", "bool", "Integral", "Rational", "SupportsInt"})
_LISTS = frozenset({"list", "tuple", "set", "frozenset"})
_MANY = frozenset({"Sequence", "Iterable", "Collection", "Iterator", "Reversible", "Container", "Sized"})
_TABLES = frozenset({"dict", "Mapping"})
_NEVER_LITERAL = frozenset({"Callable", "Pattern", "type", "Match", "date", "datetime", "timedelta"})
_EXACT = {
    "float": {"float", "int"},
    "Sequence": {"list", "tuple", "str"},
    "Iterable": {"list", "tuple", "set", "str", "dict"},
    "Collection": {"list", "tuple", "set", "str", "dict"},
    "Mapping": {"dict"},
    "None": {"NoneType"},
}
_LOOK_AT = 3  # items of a collection
NEVER = 99.0
# What a value of the one (left) costs where the other (right) is wanted; the other way round it costs _TURNED as much.
_NEAR = {
    ("bool", "int"): 0.5, ("int", "float"): 0.4, ("bool", "float"): 0.8, ("float", "Decimal"): 0.8,
    ("int", "Decimal"): 0.6, ("float", "complex"): 0.6, ("float", "Fraction"): 0.8, ("int", "Fraction"): 0.6,
    ("list", "Sequence"): 0.2, ("tuple", "Sequence"): 0.2, ("str", "Sequence"): 1.0, ("list", "Iterable"): 0.2,
    ("tuple", "Iterable"): 0.2, ("set", "Iterable"): 0.2, ("frozenset", "Iterable"): 0.2, ("dict", "Iterable"): 0.8,
    ("str", "Iterable"): 1.0, ("Sequence", "Iterable"): 0.2, ("Iterator", "Iterable"): 0.2, ("list", "Iterator"): 0.6,
    ("list", "Collection"): 0.2, ("tuple", "Collection"): 0.2, ("set", "Collection"): 0.2, ("list", "tuple"): 0.8,
    ("set", "frozenset"): 0.3, ("list", "set"): 1.2, ("dict", "Mapping"): 0.2, ("bytes", "bytearray"): 0.4,
    ("str", "bytes"): 1.5, ("str", "Path"): 1.0, ("date", "datetime"): 0.8, ("Sequence", "Collection"): 0.2,
    ("tuple", "set"): 1.2, ("Iterable", "Collection"): 0.2, ("Iterator", "Collection"): 0.4,
}  # fmt: skip
_TURNED = 1.5
_OF_LETTERS = ("Sequence", "Iterable", "Collection", "Iterator")  # of which a text is one
_UNKNOWN = 0.8  # Any, a type variable, or no annotation, against a type that is known


def cost(given: Type, wanted: Type) -> float:
    """What it costs to use a value of one type where another is wanted: 0 for the same, NEVER if it makes no sense."""
    return _cost(compared(given), compared(wanted))


@lru_cache(maxsize=65536)
def _cost(given: Type, wanted: Type) -> float:
    if given == wanted:
        return 0.0
    if given.name == "Any" or wanted.name == "Any":
        return _UNKNOWN
    if "|" in (given.name, wanted.name):
        return _union_cost(given, wanted)
    if given.name == wanted.name:
        return _parts_cost(given, wanted)
    near = _NEAR.get((given.name, wanted.name))
    if near is None:
        turned = _NEAR.get((wanted.name, given.name))
        near = NEVER if turned is None else turned * _TURNED
    if given.name == "str" and wanted.name in _OF_LETTERS:
        given = Type("str", (given,))
    return near if near == NEVER else min(NEVER, near + _parts_cost(given, wanted))


def _union_cost(given: Type, wanted: Type) -> float:
    """None beside a type costs little, as `Maybe a ~> a` does in Hoogle; other choices a little more."""
    best = min(_cost(one, other) for one in given.options for other in wanted.options)
    extra = set(given.options) ^ set(wanted.options)
    return best if best >= NEVER else best + min(1.0, sum(0.3 if option == NONE else 0.4 for option in extra) / 1.5)


def _parts_cost(given: Type, wanted: Type) -> float:
    if not given.parts or not wanted.parts:
        return 0.15 if given.parts or wanted.parts else 0.0
    if given.name == wanted.name == "tuple" and len(given.parts) != len(wanted.parts):
        return 1.5
    costs = [_cost(one, other) for one, other in zip(given.parts, wanted.parts, strict=False)]
    return NEVER if max(costs) >= NEVER else sum(costs) * 0.8


def accepts(wanted: Type, value: tuple[Any] | None, *, exactly: bool = False) -> bool:
    """Whether a parameter of this type may be given the value; True where nobody can tell.

    int, float and bool are taken for one another, lists for tuples: annotations are often narrower than the code.
    Not so with `exactly`.

    Args:
        wanted: the parameter's type.
        value: a literal's value in a tuple of one, or None if it is no literal.
    """
    if value is None:
        return True
    if exactly:
        return any(_is_one(option, value[0]) for option in compared(wanted).options)
    return any(_fits(option, value[0]) for option in compared(wanted).options)


def gives(result: Type, value: tuple[Any] | None) -> bool:
    """Whether a function with this result type may give the value. As `accepts`, but bool is no number."""
    if value is None:
        return True
    for option in compared(result).options:
        boolean = isinstance(value[0], bool)
        if boolean != (option.name == "bool") and option.name in _NUMBERS:
            continue
        if _fits(option, value[0]):
            return True
    return False


def kinds_of(wanted: Type) -> list[str] | None:
    """Names of the built-in types that a parameter of this type may be given; None for any."""
    found: set[str] = set()
    for option in compared(wanted).options:
        if option.name in _NUMBERS:
            found |= {"int", "float", "bool"}
        elif option.name in ("str", "bytes"):
            found.add(option.name)
        elif option.name in _LISTS:
            found |= {"list", "tuple"} if option.name in ("list", "tuple") else {"list", "set", "frozenset"}
        elif option.name in _MANY:
            found |= {"list", "tuple", "set", "frozenset", "str", "dict"}
        elif option.name in _TABLES:
            found |= {"dict", "Counter", "defaultdict", "OrderedDict"}
        elif option.name == "None":
            found.add("NoneType")
        else:
            return None
    return sorted(found)


def shape_of(text: str, value: tuple[Any] | None) -> list[Any] | None:
    """Kind and length of an expected result, by which results that cannot be equal are passed over: ["list", 3].

    Args:
        text: the result as text.
        value: its value, if it is a literal.
    """
    if value is None:
        return None
    held = value[0]
    if isinstance(held, bool) or held is None:
        return [type(held).__name__, None]
    if isinstance(held, int | float):
        return ["number", None]
    if isinstance(held, complex) or held is ...:
        return None
    return [type(held).__name__, len(held)] if text else None


def _fits(wanted: Type, value: Any) -> bool:
    name = wanted.name
    if name in _NEVER_LITERAL:
        return False
    if name in _NUMBERS:
        return isinstance(value, int | float | complex)
    if name == "str":
        return isinstance(value, str)
    if name in ("bytes", "bytearray"):
        return isinstance(value, bytes)
    if name == "None":
        return value is None
    if name in _LISTS:
        kinds = (list, tuple) if name in ("list", "tuple") else (list, set, frozenset)
        return type(value) in kinds and _items_fit(wanted, value)
    if name in _MANY:
        return isinstance(value, list | tuple | set | frozenset | str | dict | bytes) and _items_fit(wanted, value)
    if name in _TABLES:
        return isinstance(value, dict)
    return True


def _is_one(wanted: Type, value: Any) -> bool:
    """Whether the value is of the type in the narrow sense; whole numbers are floats too."""
    name, kind = wanted.name, type(value).__name__
    if name == "Any" or (name not in _EXACT and not name.islower()):
        return True
    if kind not in _EXACT.get(name, {name}):
        return False
    if not wanted.parts or not isinstance(value, list | tuple | set | frozenset | dict):
        return True
    if isinstance(value, dict):
        held = cast("dict[Any, Any]", value)
        sides = zip(wanted.parts, (held.keys(), held.values()), strict=False)
        return all(accepts(part, (item,), exactly=True) for part, items in sides for item in items)
    items = cast("list[Any]", list(value))  # type: ignore[redundant-cast]
    if name == "tuple":
        fits = zip(wanted.parts, items, strict=False)
        return len(items) == len(wanted.parts) and all(accepts(part, (one,), exactly=True) for part, one in fits)
    return all(accepts(wanted.parts[0], (item,), exactly=True) for item in items)


def _items_fit(wanted: Type, value: Any) -> bool:
    if len(wanted.parts) < 1 or (wanted.name == "tuple" and len(wanted.parts) > 1):
        return True
    return all(accepts(wanted.parts[0], (item,)) for item in islice(cast("list[Any]", value), _LOOK_AT))
