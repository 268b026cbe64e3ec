"""JSON values: dataclasses read from data, checked by pydantic, which is loaded when the first is read."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from memory.errors import RefusedInput

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def adapter(kind: type) -> "TypeAdapter[Any]":
    """What reads a type and knows its JSON schema; made once, at the first use."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def from_json(kind: type[T], data: object) -> T:
    """The value that `dataclasses.asdict` made these data of; a key that it does not know is passed over.

    Raises:
        RefusedInput: the data are none of that type; says where.
    """
    return from_text(kind, json.dumps(data, ensure_ascii=False), f"What was recorded is no {kind.__name__}")


def from_text(
    kind: type[T], text: str, wrong: str | Callable[[Sequence[str | int], Any], str], *, strict: bool = False
) -> T:
    """The same from JSON text.

    Args:
        kind: the dataclass.
        text: its JSON.
        wrong: how the error begins; or makes all of it, of where the first mistake is and of what stands there.
        strict: no "3" for 3 and no true for 1.

    Raises:
        RefusedInput: the text is no JSON, or none of that type; says where.
    """
    from pydantic import ValidationError

    try:
        return adapter(kind).validate_json(mended(text), strict=strict)
    except ValidationError as error:
        if not isinstance(wrong, str):
            raise RefusedInput(wrong(error.errors()[0]["loc"], error.errors()[0]["input"])) from None
        places = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}".removeprefix(": ") for one in error.errors()]
        raise RefusedInput(f"{wrong}: {'; '.join(places[:3])}.") from None


def mended(text: str) -> str:
    """`text` with halves of characters put together, and a mark in the place of a half left alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
