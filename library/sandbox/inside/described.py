"""What a value is, told as data: by its real type and its real content, never by what its class says of itself.

A draft may give its classes any `__repr__`, `__eq__`, `__len__` or `__class__`. So a value is told by `type(value)`,
which is looked up by identity among the types that were there before the draft ran, and read by the methods that those
types had then. A subclass of `int` whose `repr` says 2 and whose value is 999 is told as 999. `judge_inside.restore`
makes values of it again, in a process in which the draft has not run.

    null, true, false, "text", 12      themselves (whole numbers up to 2 ** 53)
    ["int", "0x…"], ["float", "0x1.8p+1"], ["complex", float, float], ["bytes", "00ff"], ["ellipsis"]
    ["range", 0, 3, 1]
    ["list", […]], ["tuple", […]], ["set", […]], ["frozenset", […]], ["keys", […]], ["dict", [[key, value], …]]
    ["iterator", [items], "" or the exception that came after them, whether there are more]
    ["type", "builtins", "int"]        a type that was there before
    ["made", "decimal.Decimal", […]]   an object of the standard library: what its class is called with
    ["named", "Point", ["x", "y"], […]]             a named tuple
    ["enum", "http", "HTTPStatus", "OK", value]     "" as module: an enumeration of the draft's own
    ["object", "Point", [["x", 1]], whether its class is a dataclass]   an object of the draft's own
    ["opaque", "function"]             what cannot be told
"""

import builtins
import contextlib
import importlib
import itertools
import json
import sys
from collections.abc import Callable
from typing import Any, cast

# What builtins hold now is what the functions below are to use, whatever a draft puts into the module later.
globals()["__builtins__"] = dict(vars(builtins))

MOST_CHARS, MOST_ITEMS, DEEPEST = 400_000, 10_000, 150  # what is longer the agent does not read
SAFE_INTEGER = 2**53
Told = Any
Reader = Callable[[Any], list[Any]]


class TooMuch(Exception):
    """There is more to tell than is allowed."""


class KnownTypes:
    """Types of the standard library that are loaded now, before the draft runs, with the means to read their values.

    They are kept by identity: a metaclass of a draft may have any `__eq__` and `__hash__`.
    """

    def __init__(self, text: str = "") -> None:
        """Of the modules that a text mentions the known ones are loaded first."""
        for module in dict.fromkeys([*(module for module, _, _ in _READ), "enum", "http"]):
            if module in text and module not in sys.modules:
                importlib.import_module(module)
        self.types: dict[int, list[str]] = {}
        self.readers: dict[int, tuple[str, Reader]] = {}
        self.enums: dict[int, str] = {}
        self.as_they_were: dict[int, dict[str, Any]] = {}
        for name, kind in vars(builtins).items():
            if isinstance(kind, type) and kind.__name__ == name:
                self.types[id(kind)] = ["builtins", name]
        for module, names, read in _READ:
            for name in names.split():
                kind = getattr(sys.modules.get(module), name, None)
                if isinstance(kind, type):
                    self.types[id(kind)] = [module, name]
                    self.readers[id(kind)] = (f"{module}.{name}", read(kind))
                    self.as_they_were[id(kind)] = _own(kind)
        enum = sys.modules.get("enum")
        for kind in _below(enum.Enum) if enum else ():
            self.enums[id(kind)] = kind.__module__
            self.as_they_were[id(kind)] = _own(kind)
        errors = _below(BaseException)
        self.errors, self.error_names = {id(kind) for kind in errors}, {kind.__name__ for kind in errors}

    def reader(self, kind: Any) -> tuple[str, Reader] | None:
        """How to read a value of this type, or of the type of the standard library that it derives from."""
        for base in _mro(kind):
            if id(base) in self.readers:
                return self.readers[id(base)] if self.untouched(base) else None
        return None

    def untouched(self, kind: Any) -> bool:
        """Whether a class and its bases are as they were: a draft may have put methods of its own into one."""
        for base in _mro(kind):
            before, now = self.as_they_were.get(id(base)), _own(base)
            if before is not None and (
                len(before) != len(now) or any(now.get(name) is not value for name, value in before.items())
            ):
                return False
        return True

    def names(self, kind: Any) -> list[str]:
        """The names that an exception of this class may be expected by.

        One of the standard library stands for itself and all its bases. One of the draft's own stands for itself, and
        for its base as long as it has a single one: a class that derives from six errors is none of them.
        """
        found: list[str] = []
        while id(kind) not in self.errors:
            name, bases = _name(kind), type.__dict__["__bases__"].__get__(kind)
            found += [name] if name not in self.error_names else []
            if len(bases) != 1:
                return found
            kind = bases[0]
        return [*found, *(_name(base) for base in _mro(kind) if base is not object)]


def _members(*names: str) -> Callable[[Any], Reader]:
    """Reads by the descriptors that the class has now, which nothing that comes later can stand in for."""

    def make(kind: Any) -> Reader:
        members = [getattr(kind, name) for name in names]
        return lambda value: [member.__get__(value) for member in members]

    return make


def _text(kind: Any) -> Reader:
    text = kind.__str__
    return lambda value: [text(value)]


def _pairs(kind: Any) -> Reader:
    items = kind.items
    return lambda value: [[list(pair) for pair in items(value)]]


def _deque(kind: Any) -> Reader:
    every, most = kind.__iter__, kind.maxlen
    return lambda value: [[*every(value)], most.__get__(value)]


def _zone(kind: Any) -> Reader:
    arguments = kind.__getinitargs__
    return lambda value: list(arguments(value))


def _namespace(_kind: Any) -> Reader:
    return lambda value: [[[name, held] for name, held in object.__getattribute__(value, "__dict__").items()]]


_DAY, _TIME = ("year", "month", "day"), ("hour", "minute", "second", "microsecond", "tzinfo")
_READ: tuple[tuple[str, str, Callable[[Any], Reader]], ...] = (
    ("decimal", "Decimal", _text),
    ("fractions", "Fraction", _members("_numerator", "_denominator")),
    ("datetime", "date", _members(*_DAY)),
    ("datetime", "time", _members(*_TIME)),
    ("datetime", "datetime", _members(*_DAY, *_TIME)),
    ("datetime", "timedelta", _members("days", "seconds", "microseconds")),
    ("datetime", "timezone", _zone),
    ("zoneinfo", "ZoneInfo", _members("key")),
    ("uuid", "UUID", _members("int")),
    ("pathlib", "PurePath PurePosixPath PureWindowsPath PosixPath", _text),
    ("ipaddress", "IPv4Address IPv6Address IPv4Network IPv6Network IPv4Interface IPv6Interface", _text),
    ("re", "Pattern", _members("pattern", "flags")),
    ("collections", "deque", _deque),
    ("collections", "OrderedDict Counter defaultdict", _pairs),
    ("types", "SimpleNamespace", _namespace),
)


def _below(kind: Any) -> list[type]:
    found, left = dict[type, None](), [kind]
    while left:
        kind = left.pop()
        if kind not in found:
            found[kind] = None
            left += type.__subclasses__(kind)
    return list(found)


def _mro(kind: Any) -> tuple[type, ...]:
    return type.__dict__["__mro__"].__get__(kind)


def _name(kind: Any) -> str:
    return type.__dict__["__name__"].__get__(kind)


def _own(kind: Any) -> dict[str, Any]:
    return dict(type.__dict__["__dict__"].__get__(kind))


class Teller:
    """Tells one value, and all that is in it."""

    def __init__(self, known: KnownTypes, most: int = MOST_CHARS) -> None:
        self.known, self.left = known, most
        self.inside: list[int] = []

    def tell(self, value: Any) -> Told:
        """The value as data.

        Raises:
            TooMuch: it is too long.
        """
        self.left -= 8
        kind = cast(Any, type(value))
        if value is None or value is True or value is False:
            return value
        for base, way in _SCALARS:
            if kind is base:
                return self._spend(way(value))
        if self.left < 0 or len(self.inside) > DEEPEST or id(value) in self.inside:
            raise TooMuch
        self.inside.append(id(value))
        try:
            return self._told(value, kind)
        finally:
            self.inside.pop()

    def _spend(self, told: Told) -> Told:
        told_text: Any = cast("list[Any]", told)[-1] if isinstance(told, list) else told
        self.left -= len(told_text) if isinstance(told_text, str) else 0
        if self.left < 0:
            raise TooMuch
        return cast(Told, told)

    def _told(self, value: Any, kind: Any) -> Told:
        if value is ...:
            return ["ellipsis"]
        if self._is_enum(kind):
            return self._enum(value, kind)
        if reader := self.known.reader(kind):
            name, read = reader
            return ["made", name, [self.tell(one) for one in read(value)]]
        for base, name in _CONTAINERS:
            if base in _mro(kind):
                return self._container(value, kind, base, name)
        if type in _mro(kind):
            module, name = self.known.types.get(id(value), ("", ""))
            return ["type", module, name] if name else ["opaque", _name(kind)]
        if any("__next__" in _own(base) for base in _mro(kind)):
            return self._iterator(value)
        return self._object(value, kind)

    def _is_enum(self, kind: Any) -> bool:
        return any(id(base) in self.known.enums for base in _mro(kind))

    def _enum(self, value: Any, kind: Any) -> Told:
        state = object.__getattribute__(value, "__dict__")
        theirs = self.known.enums.get(id(kind), "") if self.known.untouched(kind) else ""
        base = next((way(value) for base, way in _SCALARS if base in _mro(kind)), None)
        return ["enum", theirs, _name(kind), str(state.get("_name_", "")), base]

    def _container(self, value: Any, kind: Any, base: Any, name: str) -> Told:
        """Of a subclass too the content only: what `list(value)` would give if the class had left it alone."""
        if base is dict:
            every: list[tuple[Any, Any]] = cast("Any", dict).items(value)
            pairs = [[self.tell(key), self.tell(item)] for key, item in every]
            return ["dict", pairs]
        if base in _SIMPLE:
            return self._spend(_SIMPLE[base](value))
        items = [self.tell(item) for item in base.__iter__(value)]
        fields: Any = _own(kind).get("_fields")
        if base is tuple and kind is not tuple and isinstance(fields, tuple):
            names = [str(field) for field in cast("tuple[Any, ...]", fields)]
            return ["named", _name(kind), names, items] if len(names) == len(items) else [name, items]
        return [name, items]

    def _iterator(self, value: Any) -> Told:
        items: list[Told] = []
        end = ""
        try:
            for item in itertools.islice(value, MOST_ITEMS + 1):
                items.append(self.tell(item))
        except TooMuch:
            raise
        except Exception as error:
            end = _name(type(error))
        return ["iterator", items[:MOST_ITEMS], end, len(items) > MOST_ITEMS]

    def _object(self, value: Any, kind: Any) -> Told:
        mine = _own(kind)
        if mine.get("__module__") != "library":  # a function, a module, a match: nothing that has a value
            return ["opaque", _name(kind)]
        state: dict[str, Any] = {}
        with contextlib.suppress(AttributeError):
            state |= object.__getattribute__(value, "__dict__")
        for base in _mro(kind):
            slots = _own(base).get("__slots__", ())
            for slot in (slots,) if type(slots) is str else tuple(slots):
                member = _own(base).get(slot)
                if member is not None and type(member).__name__ == "member_descriptor":
                    try:
                        state[slot] = member.__get__(value)
                    except AttributeError:
                        continue
        pairs = [[str(key), self.tell(item)] for key, item in state.items()]
        return ["object", _name(kind), pairs, "__dataclass_fields__" in mine]


def _integer(value: Any) -> Told:
    number = int.__index__(value)
    return number if -SAFE_INTEGER < number < SAFE_INTEGER else ["int", hex(number)]


_SCALARS: tuple[tuple[type, Callable[[Any], Told]], ...] = (
    (int, _integer),
    (str, str.__str__),
    (float, lambda value: ["float", float.hex(value)]),
    (bytes, lambda value: ["bytes", bytes.hex(value)]),
)
_SIMPLE: dict[type, Callable[[Any], Told]] = {
    **dict(_SCALARS),
    complex: lambda value: [
        "complex",
        float.hex(complex.real.__get__(value)),  # type: ignore[attr-defined]
        float.hex(complex.imag.__get__(value)),  # type: ignore[attr-defined]
    ],
    bytearray: lambda value: ["bytearray", bytearray.hex(value)],
    range: lambda value: ["range", *(_integer(part) for part in (value.start, value.stop, value.step))],
}
_CONTAINERS: Any = (
    (list, "list"),
    (tuple, "tuple"),
    (set, "set"),
    (frozenset, "frozenset"),
    (dict, "dict"),
    (type(cast("dict[Any, Any]", {}).keys()), "keys"),
    *((kind, "") for kind in _SIMPLE),
)


def describe(value: Any, known: KnownTypes) -> Told:
    """The value as data, by what was known before the draft ran."""
    try:
        told = Teller(known).tell(value)
        if len(json.dumps(told)) > MOST_CHARS:
            raise TooMuch
        return told
    except TooMuch:
        return ["opaque", f"{_name(type(value))} too long or too deep to be told"]
    except BaseException as error:  # a property, an iterator, a class of the draft may raise anything
        if _name(type(error)) == "TimeLimit":
            raise
        return ["opaque", _name(type(value))]
