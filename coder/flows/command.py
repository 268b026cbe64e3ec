"""Command: what the controller may order, with a JSON schema made from the branch's own argument type.

Because the schema, the check of a reply, and the branch all read the same dataclass, prompt and tree cannot disagree.
"""

import json
import re
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, cast, get_type_hints

from coder.errors import FormatError
from memory.json_values import mended

_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    list[int]: {"type": "array", "items": {"type": "integer"}},
    list[str]: {"type": "array", "items": {"type": "string"}},
}


def argument(description: str, default: Any = MISSING) -> Any:
    """A field of an argument type, with the words that the model reads about it."""
    if isinstance(default, list):
        return field(default_factory=lambda: list(cast(list[Any], default)), metadata={"description": description})
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True)
class Command:
    """A branch as the model sees it: `name`, one line, and a frozen dataclass of its arguments."""

    name: str
    description: str
    arguments: type

    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments; every command also has `why`."""
        hints = get_type_hints(self.arguments)
        properties = {
            f.name: {**_TYPES[hints[f.name]], **({"description": d} if (d := f.metadata.get("description")) else {})}
            for f in fields(self.arguments)
        }
        required = [f.name for f in fields(self.arguments) if f.default is MISSING and f.default_factory is MISSING]
        return {
            "type": "object",
            "properties": {**properties, "why": {"type": "string"}},
            "required": [*required, "why"],
            "additionalProperties": False,
        }

    def read(self, raw: str) -> dict[str, Any]:
        """Check the arguments of a call and return them with their defaults, `why` included ("" if it was left out).

        Raises:
            FormatError: not a JSON object, a missing, unknown or wrongly typed argument; told to the model.
        """
        data = _object(self.name, raw)
        hints = {**get_type_hints(self.arguments), "why": str}
        if unknown := sorted(set(data) - set(hints)):
            raise FormatError(f"{self.name} has no argument {unknown}; it takes {sorted(hints)}.")
        values = {name: _value(self.name, name, hints[name], value) for name, value in data.items()}
        for f in fields(self.arguments):
            if f.name not in values:
                if f.default is MISSING and f.default_factory is MISSING:
                    raise FormatError(
                        f"{self.name} needs the argument {f.name!r}: {f.metadata.get('description', '')}."
                    )
                values[f.name] = f.default if f.default_factory is MISSING else f.default_factory()
        return {"why": "", **values}


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


def _value(command: str, name: str, kind: Any, value: Any) -> Any:
    """The value if it is of `kind`; harmless slips ("3" for 3, 3 for [3]) are put right."""
    if kind is int and isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,18}\s*", value):
        return int(value)
    if kind is bool and value in ("true", "false"):
        return value == "true"
    if kind == list[int]:
        items: list[Any] = cast(list[Any], value) if isinstance(value, list) else [value]
        return [_value(command, name, int, item) for item in items]
    if kind == list[str]:
        items = cast(list[Any], value) if isinstance(value, list) else [value]
        return [_value(command, name, str, item) for item in items]
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return mended(value) if isinstance(value, str) else value
    raise FormatError(f"{command}: {name} must be {_TYPES[kind]['type']}, it is {json.dumps(value)[:80]}.")
