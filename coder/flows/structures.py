"""Flow, and the three structures made of flows that are flows again: Sequential, Decision, Loop.

A flow is a callable `Message -> Message` that says by name what it reads and writes. The vocabulary comes from
aiflows (composite flows) and from the Agent framework in HEBO (sequential, decision and loop flows).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from coder.errors import WiringError
from coder.flows.message import Message

Keys = frozenset[str]


class Flow(Protocol):
    """Anything that turns a message into a message. `reads`: keys it needs; `writes`: keys it leaves for certain."""

    @property
    def name(self) -> str: ...
    @property
    def reads(self) -> Keys: ...
    @property
    def writes(self) -> Keys: ...
    def __call__(self, message: Message) -> Message: ...


@dataclass(frozen=True)
class Sequential:
    """One step after the other."""

    name: str
    steps: tuple[Flow, ...]

    @property
    def reads(self) -> Keys:
        needed, written = set[str](), set[str]()
        for step in self.steps:
            needed |= step.reads - written
            written |= step.writes
        return frozenset(needed)

    @property
    def writes(self) -> Keys:
        return frozenset[str]().union(*(step.writes for step in self.steps))

    def __call__(self, message: Message) -> Message:
        for step in self.steps:
            message = step(message)
        return message


@dataclass(frozen=True)
class Decision:
    """The branch whose name stands under `key`. Never the nearest name: an unknown one is an error."""

    name: str
    key: str
    branches: Mapping[str, Flow]

    @property
    def reads(self) -> Keys:
        return frozenset({self.key}).union(*(flow.reads for flow in self.branches.values()))

    @property
    def writes(self) -> Keys:
        """What every branch writes, since any of them may run."""
        sets = [flow.writes for flow in self.branches.values()]
        return sets[0].intersection(*sets[1:]) if sets else frozenset()

    def __call__(self, message: Message) -> Message:
        choice = message[self.key]
        if choice not in self.branches:
            raise WiringError(f"{self.name}: no branch {choice!r}, only {sorted(self.branches)}.")
        return self.branches[choice](message)


@dataclass(frozen=True)
class Loop:
    """`body` again and again until `until` holds a true value; after `rounds` rounds, `ending` has the last word.

    The body finds the number of its round under "round" and the maximum under "rounds".
    """

    name: str
    body: Flow
    until: str
    rounds: int
    ending: Flow

    @property
    def reads(self) -> Keys:
        return self.body.reads - {"round", "rounds"}

    @property
    def writes(self) -> Keys:
        return self.body.writes | {self.until}

    def __call__(self, message: Message) -> Message:
        for number in range(1, self.rounds + 1):
            message = self.body(message.with_data(round=number, rounds=self.rounds))
            if message.get(self.until):
                return message
        return self.ending(message)
