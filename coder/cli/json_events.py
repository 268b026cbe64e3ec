"""JsonLines: a listener that writes each event as one line of JSON; docs/events.md is the schema."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO, cast

from coder.run.events import Event


class JsonLines:
    """One event a line, written at once, in ASCII: no line end inside a text can break a line.

    Args:
        stream: where to; standard output if None.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout

    def __call__(self, event: Event) -> None:
        """Write the event: `event` is its kind, `at` the time (UTC), and its data beside them."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {"event": event.kind, "at": at, **event.data}
        try:
            line = json.dumps(record, allow_nan=False)
        except (TypeError, ValueError):
            line = json.dumps(_plain(record), allow_nan=False)
        self._stream.write(line + "\n")
        self._stream.flush()


def _plain(value: Any) -> Any:
    """`value` with whatever JSON has no word for as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part) for part in cast(Sequence[Any], value)]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (str, int)) or value is None else str(value)
