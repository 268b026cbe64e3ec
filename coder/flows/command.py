"""Command: what the controller may order, with a JSON schema made from the branch's own argument type.

Because the schema, the check of a reply, and the branch all read the same dataclass, prompt and tree cannot disagree.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, field, make_dataclass
from functools import cache
from typing import Any, cast

from coder.errors import FormatError, RefusedInput
from memory.json_values import adapter, from_text


def argument(description: str, default: Any = MISSING) -> Any:
    """A field of an argument type, with the words that the model reads about it."""
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True)
class Command:
    """A branch as the model sees it: `name`, one line, and a frozen dataclass of its arguments."""

    name: str
    description: str
    arguments: type

    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments; every command also has `why`."""
        return _schema(self.arguments)

    def read(self, raw: str) -> dict[str, Any]:
        """Check the arguments of a call and return them with their defaults, `why` included ("" if it was left out).

        Raises:
            FormatError: not a JSON object, a missing, unknown or wrongly typed argument; told to the model.
        """
        data, schema = _object(self.name, raw), self.schema()
        known = schema["properties"]
        if unknown := sorted(data.keys() - known.keys()):
            raise FormatError(f"{self.name} has no argument {unknown}; it takes {sorted(known)}.")
        for name in schema["required"]:
            if name not in data and name != "why":
                raise FormatError(f"{self.name} needs the argument {name!r}: {known[name].get('description', '')}.")
        given = json.dumps({name: _put_right(known[name], value) for name, value in data.items()}, ensure_ascii=False)

        def wrong(where: Sequence[str | int], value: object) -> str:
            kind = known[where[0]] if len(where) == 1 else known[where[0]]["items"]
            return f"{self.name}: {where[0]} must be {kind['type']}, it is {json.dumps(value)[:80]}."

        try:
            return asdict(from_text(_with_why(self.arguments), given, wrong, strict=True))
        except RefusedInput as error:
            raise FormatError(error.message) from None


@cache
def _with_why(arguments: type) -> type[Any]:
    return make_dataclass("Arguments", [("why", str, "")], bases=(arguments,), frozen=True, kw_only=True)


@cache
def _schema(arguments: type) -> dict[str, Any]:
    made = adapter(_with_why(arguments)).json_schema()
    for one in made["properties"].values():
        one.pop("title")
        one.pop("default", None)
    required = [*made.get("required", ()), "why"]
    return {"type": "object", "properties": made["properties"], "required": required, "additionalProperties": False}


def _object(name: str, raw: str) -> dict[str, Any]:
    try:
        data: Any = json.loads(raw or "{}")
    except json.JSONDecodeError as error:
        raise FormatError(f"The arguments of {name} are not JSON ({error.msg} at character {error.pos}).") from None
    except (ValueError, RecursionError):
        raise FormatError(f"The arguments of {name} hold a number that is too long, or too many brackets.") from None
    if not isinstance(data, dict):
        raise FormatError(f"The arguments of {name} must be a JSON object, not {type(data).__name__}.")
    return cast(dict[str, Any], data)


def _put_right(schema: dict[str, Any], value: Any) -> Any:
    """The value with harmless slips ("3" for 3, 3 for [3]) put right, as far as its schema shows them."""
    kind = schema.get("type")
    if kind == "array":
        items = cast(list[Any], value) if isinstance(value, list) else [value]
        return [_put_right(schema["items"], item) for item in items]
    if kind == "integer" and isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,18}\s*", value):
        return int(value)
    return value == "true" if kind == "boolean" and value in ("true", "false") else value
