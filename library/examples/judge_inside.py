"""Runs inside the sandbox only, in a process in which no draft has run: whether what came out is what is expected.

Plain standard library, and nothing of ours but `same_value`: `library.examples.judging` sends both as text. `decide` is
what it calls there.
"""

import importlib
import json
from collections.abc import Callable
from typing import Any, cast

SHOWN = 4000
SINGLE = ("True", "False", "None")
NEXT = "_coder_next"  # stands in an example in the place of each call of the function
Space = dict[str, Any]


class Open(Exception):
    """It cannot be said here: the value is of a class of the draft's own, or cannot be told as data."""


class Stand:
    """Stands for an object that cannot be made here; it has attributes, and no behaviour."""

    def __init__(self, kind: str, state: dict[str, Any], dataclass: bool = False) -> None:
        self.__dict__.update(_kind=kind, _state=state, _dataclass=dataclass)

    def __getattr__(self, name: str) -> Any:
        state = cast("dict[str, Any]", self.__dict__["_state"])
        if name in state:
            return state[name]
        raise Open(name)

    def _open(self, *_: Any) -> Any:
        raise Open

    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __hash__ = __bool__ = __len__ = __iter__ = __contains__ = (
        _open
    )
    __str__ = __format__ = __getitem__ = __call__ = __add__ = __sub__ = __abs__ = __int__ = __float__ = _open

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={value!r}" for name, value in self.__dict__["_state"].items())
        return f"{self.__dict__['_kind']}({inner})"


class Approx:
    """What `pytest.approx` means: relative 1e-6 and absolute 1e-12 unless said otherwise; `abs` alone counts alone."""

    def __init__(self, expected: Any, rel: Any = None, abs: Any = None, nan_ok: bool = False) -> None:
        self.expected, self.rel, self.abs, self.nan_ok = expected, rel, abs, nan_ok

    def __eq__(self, got: object) -> bool:
        return self._fits(got, self.expected)

    def __repr__(self) -> str:
        return f"about {self.expected!r}"

    __hash__ = None  # type: ignore[assignment]

    def _fits(self, got: Any, expected: Any) -> bool:
        if isinstance(expected, dict):
            wanted, given = cast("dict[Any, Any]", expected), cast("dict[Any, Any]", got)
            return (
                isinstance(got, dict)
                and given.keys() == wanted.keys()
                and all(self._fits(given[key], wanted[key]) for key in wanted)
            )
        if isinstance(expected, (list, tuple)):
            ours, theirs = cast("list[Any]", expected), cast("list[Any]", got)
            return isinstance(got, (list, tuple)) and len(ours) == len(theirs) and all(map(self._fits, theirs, ours))
        if got == expected:
            return True
        if got != got or expected != expected:
            return bool(self.nan_ok and got != got and expected != expected)
        distance = abs(got - expected)
        absolute = 1e-12 if self.abs is None else self.abs
        if self.rel is None and self.abs is not None:
            return bool(distance <= absolute)
        relative = (1e-6 if self.rel is None else self.rel) * abs(expected)
        return bool(distance != float("inf") and distance <= max(relative, absolute))


class Pytest:
    """What examples use of pytest."""

    approx = Approx


class Restorer:
    """Makes values of what `described` told of them; `whole` says whether all of them are what they were."""

    def __init__(self, space: Space) -> None:
        self.space, self.whole = space, True

    def restore(self, told: Any) -> Any:
        """The value, as near as it can be made here."""
        if not isinstance(told, list):
            return told
        tag, *rest = cast("list[Any]", told)
        return getattr(self, f"_{tag}")(*rest)

    def _all(self, items: list[Any]) -> list[Any]:
        return [self.restore(item) for item in items]

    def _int(self, text: str) -> int:
        return int(text, 16)

    def _float(self, text: str) -> float:
        return float.fromhex(text)

    def _complex(self, real: str, imaginary: str) -> complex:
        return complex(float.fromhex(real), float.fromhex(imaginary))

    def _bytes(self, text: str) -> bytes:
        return bytes.fromhex(text)

    def _bytearray(self, text: str) -> bytearray:
        return bytearray.fromhex(text)

    def _ellipsis(self) -> Any:
        return ...

    def _range(self, *parts: Any) -> range:
        return range(*self._all(list(parts)))

    def _list(self, items: list[Any]) -> list[Any]:
        return self._all(items)

    def _tuple(self, items: list[Any]) -> tuple[Any, ...]:
        return tuple(self._all(items))

    def _set(self, items: list[Any]) -> set[Any]:
        return set(self._all(items))

    def _frozenset(self, items: list[Any]) -> frozenset[Any]:
        return frozenset(self._all(items))

    def _dict(self, pairs: list[Any]) -> dict[Any, Any]:
        return {self.restore(key): self.restore(value) for key, value in pairs}

    def _keys(self, items: list[Any]) -> Any:
        return dict.fromkeys(self._all(items)).keys()

    def _iterator(self, items: list[Any], end: str, more: bool) -> Any:
        return Items(self._all(items), end, more)

    def _type(self, module: str, name: str) -> Any:
        return getattr(importlib.import_module(module), name)

    def _made(self, name: str, arguments: list[Any]) -> Any:
        module, _, last = name.rpartition(".")
        kind, given = getattr(importlib.import_module(module), last), self._all(arguments)
        if last == "defaultdict":
            return kind(None, given[0])
        if last == "Counter":
            return kind(dict(given[0]))
        if last == "SimpleNamespace":
            return kind(**dict(given[0]))
        return kind(int=given[0]) if last == "UUID" else kind(*given)

    def _named(self, name: str, fields: list[str], items: list[Any]) -> Any:
        try:
            from collections import namedtuple

            return namedtuple(name.strip("_") or "named", fields, rename=True)(*self._all(items))  # type: ignore[misc]
        except ValueError:
            return tuple(self._all(items))

    def _enum(self, module: str, name: str, member: str, base: Any) -> Any:
        kind = getattr(importlib.import_module(module), name, None) if module else self.space.get(name)
        if isinstance(kind, type) and member in getattr(kind, "__members__", {}):
            return cast("Any", kind)[member]
        self.whole = False
        return Stand(name, {"name": member}) if base is None else self.restore(base)

    def _object(self, name: str, pairs: list[Any], dataclass: bool) -> Any:
        state = {key: self.restore(value) for key, value in pairs}
        kind = self.space.get(name)
        if isinstance(kind, type):
            made: Any = object.__new__(cast("type[Any]", kind))
            for key, value in state.items():
                object.__setattr__(made, key, value)
            return made
        self.whole = False
        return Stand(name, state, dataclass)

    def _opaque(self, name: str) -> Any:
        self.whole = False
        return Stand(name, {})


class Items:
    """An iterator over what another one gave."""

    def __init__(self, items: list[Any], end: str, more: bool) -> None:
        self.items, self.place, self.end, self.more = items, 0, end, more

    def __iter__(self) -> "Items":
        return self

    def __next__(self) -> Any:
        if self.place < len(self.items):
            self.place += 1
            return self.items[self.place - 1]
        if self.more or self.end:
            raise Open(self.end or "there are more items than are told")
        raise StopIteration

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.items[:5])) + (", …" if len(self.items) > 5 or self.more else "")
        return f"an iterator of {shown or 'nothing'} (a list of it is list(…))"


def decide(cases: str, space: Space) -> list[list[str]]:
    """For each case: "yes", "no", "open" or "unknown"; what came out; what is expected; what went wrong.

    A case is {"values": what the calls gave, "call": the example with `_coder_next()` in the place of the calls,
    "expected": an expression, or null for a call that has to be true}.
    """
    return [_decide(case, space) for case in json.loads(cases)]


def _decide(case: dict[str, Any], space: Space) -> list[str]:
    restorer = Restorer(space)
    values = [restorer.restore(told) for told in case["values"]]
    shown = ", ".join(map(_shown, values))
    left = iter(values)
    space[NEXT] = lambda: next(left)
    try:
        got = _value(case["call"], space)
        if case["expected"] is None:
            return ["yes" if got else "no", shown, "", ""]
    except Exception as error:
        word = "open" if isinstance(error, Open) or not restorer.whole else "no"
        return [word, shown, "", f"{type(error).__name__}: {error}"[:300].strip(": ")]
    try:
        expected = _value(case["expected"], space)
    except Exception as error:
        return ["unknown", _shown(got), "", f"{type(error).__name__}: {error}"[:300].strip(": ")]
    if isinstance(got, Stand):
        return ["open", shown, _shown(expected), ""]
    try:
        same = got is expected if case["expected"] in SINGLE else _same()(got, expected)
    except Open:
        return ["open", shown, _shown(expected), ""]
    except RecursionError:
        same = False
    return ["yes" if same else "no", _shown(got), _shown(expected), ""]


def _same() -> Callable[[Any, Any], bool]:
    return globals()["same_value"]


def _value(text: str, space: Space) -> Any:
    return eval(compile(text.strip(), "<example>", "eval"), space)


def _shown(value: Any) -> str:
    import sys

    sys.set_int_max_str_digits(0)
    try:
        text = repr(value)
    except Exception as error:
        text = f"{type(value).__name__} ({type(error).__name__})"
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
