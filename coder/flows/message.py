"""Message: frozen JSON data under one id for the life of a goal; the only thing that flows hand to each other."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from coder.errors import WiringError


def _new_id() -> str:
    return uuid.uuid4().hex[:8]


@dataclass(frozen=True)
class Message:
    """Data (JSON values under string keys) and the id of the goal that they belong to; a change is a new Message."""

    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    id: str = field(default_factory=_new_id)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))

    def __getitem__(self, key: str) -> Any:
        """The value under `key`.

        Raises:
            WiringError: nothing wrote that key; says which keys there are.
        """
        try:
            return self.data[key]
        except KeyError:
            raise WiringError(f"A flow asked for {key!r}; the message has {sorted(self.data)}.") from None

    def get(self, key: str, default: Any = None) -> Any:
        """The value under `key`, or `default`."""
        return self.data.get(key, default)

    def with_data(self, **data: Any) -> "Message":
        """A new message with the same id and `data` laid over what there was."""
        return Message({**self.data, **data}, self.id)

    def to_json(self) -> str:
        """The message as one line of JSON.

        Raises:
            TypeError: a value is not JSON.
        """
        return json.dumps({"id": self.id, "data": dict(self.data)}, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "Message":
        """The message that `to_json` wrote."""
        raw = json.loads(text)
        return Message(raw["data"], raw["id"])
