"""What an endpoint was found unable to do, remembered in one small JSON file so that it is found out once."""

import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast

from memory.disk import put
from memory.secrets import masked

KEPT_S = 7 * 24 * 3600.0  # a server that is updated or started with other flags gets another chance after a week


@dataclass(frozen=True)
class EndpointFeatures:
    """What requests to one model at one endpoint may ask for.

    Attributes:
        tools: commands as tools; else they are told and read as text.
        usage: that a stream ends with the counts of tokens.
        stream: an answer piece by piece; else it comes whole.
        system: a turn of the role "system"; else its words stand before the first turn of the user.
        empty: turns with calls and no text at all; else their text is "".
        ends: that a stream says why it ended; else its end is taken as it comes, where the transport tells a whole one.
        temperature: a temperature of our choice; else it is not sent.
        max_tokens: the limit under this name; else it is called max_completion_tokens.
        limits: a limit of tokens at all.
        schema: a JSON schema for the reply; else it is offered as a tool, and without tools asked for in words alone.
        at_once: that the model answers at once; else it thinks before, and gets more tokens than one purpose wishes.
        most: the highest limit of tokens that was not refused; 0 if none was.
    """

    tools: bool = True
    usage: bool = True
    stream: bool = True
    system: bool = True
    empty: bool = True
    ends: bool = True
    temperature: bool = True
    max_tokens: bool = True
    limits: bool = True
    schema: bool = True
    at_once: bool = True
    most: int = 0


def recall(file: Path | None, key: str) -> EndpointFeatures:
    """Return what is remembered under `key`; everything is taken as possible when nothing is known or readable."""
    row = _rows(file).get(masked(key))
    if not isinstance(row, dict):
        return EndpointFeatures()
    known = cast(dict[str, Any], row)
    if not isinstance(known.get("when"), int | float) or time.time() - known["when"] > KEPT_S:
        return EndpointFeatures()
    most = known.get("most")
    found: dict[str, Any] = {
        **{field.name: known.get(field.name) is not False for field in fields(EndpointFeatures)},
        "most": most if type(most) is int and most > 0 else 0,
    }
    return EndpointFeatures(**found)


def remember(file: Path | None, key: str, abilities: EndpointFeatures) -> None:
    """Write `abilities` under `key`, beside what other runs wrote; a file that cannot be written is gone without."""
    if file is None:
        return
    rows = {**_rows(file), masked(key): {**asdict(abilities), "when": round(time.time())}}
    with suppress(OSError):
        put(file, (json.dumps(rows, indent=1) + "\n").encode())


def _rows(file: Path | None) -> dict[str, Any]:
    try:
        rows: Any = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], rows) if isinstance(rows, dict) else {}
