"""Message: frozen JSON data under one id for the life of a goal; the only thing that flows hand to each other."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from coder.errors import WiringError


def _new_id() -> str:
    return uuid.uuid4().hex[:8]


@dataclass(frozen=True)
class Keys:
    """Every key of the message that a flow touches.

    Attributes:
        reads: what it needs.
        may_read: what it looks at where it is there.
        writes: what it leaves for certain.
        may_write: what it leaves at times.
        rewrites: what it takes up, empties or cuts down, so that others must have written it.
    """

    reads: frozenset[str] = frozenset()
    may_read: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    may_write: frozenset[str] = frozenset()
    rewrites: frozenset[str] = frozenset()

    @property
    def given(self) -> frozenset[str]:
        """What comes from this flow, for certain or at times."""
        return self.writes | self.may_write


def keys(reads: str = "", *, may_read: str = "", writes: str = "", may_write: str = "", rewrites: str = "") -> Keys:
    """The keys of a flow, each kind as names with blanks between them."""
    return Keys(*(frozenset(names.split()) for names in (reads, may_read, writes, may_write, rewrites)))


@dataclass(frozen=True)
class Message:
    """Data (JSON values under string keys) and the id of the goal that they belong to; a change is a new Message.

    `keys`: a flow that declared them sees and changes no other; None for whoever puts flows together.
    """

    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    id: str = field(default_factory=_new_id)
    keys: Keys | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))

    def __getitem__(self, key: str) -> Any:
        """The value under `key`.

        Raises:
            WiringError: nothing wrote that key, or it was not declared; says which keys there are.
        """
        self._check_read(key)
        try:
            return self.data[key]
        except KeyError:
            raise WiringError(f"A flow asked for {key!r}; the message has {sorted(self.data)}.") from None

    def get(self, key: str, default: Any = None) -> Any:
        """The value under `key`, or `default`.

        Raises:
            WiringError: the key was not declared.
        """
        self._check_read(key)
        return self.data.get(key, default)

    def seen_by(self, keys: Keys) -> "Message":
        """The same for a flow that declared these keys."""
        return replace(self, keys=keys)

    def whole(self) -> "Message":
        """The same for whoever puts flows together: every key."""
        return replace(self, keys=None)

    def _check_read(self, key: str) -> None:
        if self.keys is not None and key not in self.keys.reads | self.keys.may_read:
            raise WiringError(f"A flow asked for {key!r}, which it does not say that it reads.")

    def with_data(self, **data: Any) -> "Message":
        """A new message with the same id and `data` laid over what there was; what a flow wrote it may read.

        Raises:
            WiringError: a key was not declared.
        """
        mine = self.keys
        if mine is not None:
            if undeclared := sorted(data.keys() - mine.given - mine.rewrites):
                raise WiringError(f"A flow wrote {undeclared}, which it does not say that it writes.")
            mine = replace(mine, may_read=mine.may_read | data.keys())
        return Message({**self.data, **data}, self.id, mine)

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
