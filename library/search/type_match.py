"""Whether values fit the types in a signature: a quick look that saves calls, generous where people are. Pure."""

from itertools import islice
from typing import Any, cast

from library.source.types import Type

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
        return any(_is_one(option, value[0]) for option in wanted.options)
    return any(_fits(option, value[0]) for option in wanted.options)


def gives(result: Type, value: tuple[Any] | None) -> bool:
    """Whether a function with this result type may give the value. As `accepts`, but bool is no number."""
    if value is None:
        return True
    for option in result.options:
        boolean = isinstance(value[0], bool)
        if boolean != (option.name == "bool") and option.name in _NUMBERS:
            continue
        if _fits(option, value[0]):
            return True
    return False


def kinds_of(wanted: Type) -> list[str] | None:
    """Names of the built-in types that a parameter of this type may be given; None for any."""
    found: set[str] = set()
    for option in wanted.options:
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
