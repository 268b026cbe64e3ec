"""A form: how one type is written in JSON and read into a Python expression; the types that stand alone. Pure."""

import base64
import binascii
import datetime
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from library.errors import SourceError
from library.source.types import DOTS, UNSAID

_DEEP = 40  # Python's own parser gives up at about a hundred brackets


class NotInJson(SourceError):
    """A type has no form in JSON: a function, an open file, a class with work in it."""


class Misfit(SourceError):
    """A value is not of the form wanted; the message says where, what is wanted and what there is."""


@dataclass(frozen=True)
class Form:
    """One type in JSON.

    Attributes:
        schema: JSON Schema of it.
        read: takes a value out of JSON and what to call it in an error; returns the Python expression of the value.
            Raises Misfit.
        whole: says the type exactly; False where only "anything" could be said.
    """

    schema: dict[str, Any]
    read: Callable[[Any, str], str]
    whole: bool = True


def shown(value: Any) -> str:
    """A JSON value for an error message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def misfit(where: str, wanted: str, value: Any) -> Misfit:
    """The error for a value that is not of its form."""
    return Misfit(f"{where}: {wanted} is wanted, not {shown(value)}")


def plain(value: Any, where: str = "", depth: int = 0) -> str:
    """Any JSON value as a Python expression."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if isinstance(value, list | dict) and depth >= _DEEP:
        return f"__import__('json').loads({json.dumps(value)!r})"
    if isinstance(value, list):
        return f"[{', '.join(plain(item, where, depth + 1) for item in cast(list[Any], value))}]"
    if isinstance(value, dict):
        items = cast(dict[str, Any], value).items()
        return "{" + ", ".join(f"{key!r}: {plain(item, where, depth + 1)}" for key, item in items) + "}"
    return repr(value)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise misfit(where, "a string", value)
    return repr(value)


def _integer(value: Any, where: str) -> str:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if not whole or isinstance(value, bool):
        raise misfit(where, "a whole number", value)
    return repr(int(value))


def _number(value: Any, where: str) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise misfit(where, "a number", value)
    # JavaScript writes 1.0 as 1; what is too big for a float stays as it is.
    return plain(float(value)) if abs(value) < 1e300 or isinstance(value, float) else repr(value)


def _boolean(value: Any, where: str) -> str:
    if not isinstance(value, bool):
        raise misfit(where, "true or false", value)
    return repr(value)


def _null(value: Any, where: str) -> str:
    if value is not None:
        raise misfit(where, "null", value)
    return "None"


def _made(module: str, maker: str, wanted: str, check: Callable[[Any], object]) -> Callable[[Any, str], str]:
    """A reader of texts that a class of Python's own library reads; `check` raises ValueError for others."""

    def read(value: Any, where: str) -> str:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        text: Any = repr(value) if number else value
        try:
            check(text)
        except (ValueError, TypeError, ArithmeticError):
            raise misfit(where, wanted, value) from None
        return f"__import__({module!r}).{maker}({text!r})"

    return read


def _amount(value: str) -> object:
    parts = str(value).split("/")
    if len(parts) > 2:
        raise ValueError
    return [float(part) for part in parts]


def _path(value: object) -> None:
    if not isinstance(value, str):
        raise TypeError


def _bytes(value: Any, where: str) -> str:
    try:
        return repr(base64.b64decode(value, validate=True))
    except (ValueError, TypeError, binascii.Error):
        raise misfit(where, "bytes in base64", value) from None


def _seconds(value: Any, where: str) -> str:
    return f"__import__('datetime').timedelta(seconds={_number(value, where)})"


ANY = Form({}, plain, whole=False)
_AMOUNT = {"anyOf": [{"type": "string"}, {"type": "number"}]}
SIMPLE: dict[str, Form] = {
    "str": Form({"type": "string"}, _text),
    "int": Form({"type": "integer"}, _integer),
    "float": Form({"type": "number"}, _number),
    "bool": Form({"type": "boolean"}, _boolean),
    "None": Form({"type": "null"}, _null),
    "Any": ANY,
    UNSAID.name: ANY,
    DOTS.name: ANY,
    "bytes": Form({"type": "string", "contentEncoding": "base64"}, _bytes),
    "date": Form(
        {"type": "string", "format": "date"},
        _made("datetime", "date.fromisoformat", "a date such as 2026-11-21", datetime.date.fromisoformat),
    ),
    "datetime": Form(
        {"type": "string", "format": "date-time"},
        _made("datetime", "datetime.fromisoformat", "a date and time (ISO 8601)", datetime.datetime.fromisoformat),
    ),
    "time": Form(
        {"type": "string", "format": "time"},
        _made("datetime", "time.fromisoformat", "a time such as 09:30:00", datetime.time.fromisoformat),
    ),
    "timedelta": Form({"type": "number", "description": "seconds"}, _seconds),
    "Decimal": Form(_AMOUNT, _made("decimal", "Decimal", "a number", float)),
    "Fraction": Form(_AMOUNT, _made("fractions", "Fraction", "a number or a fraction such as 1/3", _amount)),
    "Path": Form({"type": "string"}, _made("pathlib", "Path", "a path", _path)),
}
