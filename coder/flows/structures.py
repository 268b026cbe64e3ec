"""Flow, and the three structures made of flows that are flows again: Sequential, Decision, Loop.

A flow is a callable `Message -> Message` that declares every key that it reads and writes. The vocabulary comes from
aiflows (composite flows) and from the Agent framework in HEBO (sequential, decision and loop flows).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from coder.errors import WiringError
from coder.flows.message import Keys, Message


class Flow(Protocol):
    """Anything that turns a message into a message."""

    @property
    def name(self) -> str: ...
    @property
    def keys(self) -> Keys: ...
    def __call__(self, message: Message) -> Message: ...


@dataclass(frozen=True)
class Sequential:
    """One step after the other."""

    name: str
    steps: tuple[Flow, ...]

    @property
    def keys(self) -> Keys:
        needed, written = set[str](), set[str]()
        for step in self.steps:
            needed |= step.keys.reads - written
            written |= step.keys.writes
        return _all_of(self.steps, frozenset(needed), frozenset(written))

    def __call__(self, message: Message) -> Message:
        for step in self.steps:
            message = _hand(step, message)
        return message


@dataclass(frozen=True)
class Decision:
    """The branch whose name stands under `key`. Never the nearest name: an unknown one is an error."""

    name: str
    key: str
    branches: Mapping[str, Flow]

    @property
    def keys(self) -> Keys:
        """For certain only what every branch writes, since any of them may run."""
        flows = tuple(self.branches.values())
        sets = [flow.keys.writes for flow in flows]
        reads = frozenset({self.key}).union(*(flow.keys.reads for flow in flows))
        return _all_of(flows, reads, sets[0].intersection(*sets[1:]) if sets else frozenset())

    def __call__(self, message: Message) -> Message:
        choice = message[self.key]
        if choice not in self.branches:
            raise WiringError(f"{self.name}: no branch {choice!r}, only {sorted(self.branches)}.")
        return _hand(self.branches[choice], message)


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
    def keys(self) -> Keys:
        found = _all_of(
            (self.body, self.ending),
            self.body.keys.reads | self.ending.keys.reads - self.body.keys.writes,
            self.body.keys.writes | {self.until},
        )
        return replace(found, reads=found.reads - ROUND, may_read=found.may_read - ROUND)

    def __call__(self, message: Message) -> Message:
        for number in range(1, self.rounds + 1):
            message = _hand(self.body, message.with_data(round=number, rounds=self.rounds))
            if message.get(self.until):
                return message
        return _hand(self.ending, message)


ROUND = frozenset({"round", "rounds"})  # what a loop tells its body


def _all_of(flows: Sequence[Flow], reads: frozenset[str], writes: frozenset[str]) -> Keys:
    """The keys of several flows together, of which it is known what they need and leave for certain."""
    none = frozenset[str]()
    given = none.union(*(flow.keys.given for flow in flows))
    return Keys(
        reads,
        none.union(*(flow.keys.may_read for flow in flows)),
        writes,
        given - writes,
        none.union(*(flow.keys.rewrites for flow in flows)),
    )


def _hand(flow: Flow, message: Message) -> Message:
    """Hand the message to a flow: one that is made of flows gets all of it, any other what it declared."""
    if isinstance(flow, Sequential | Decision | Loop):
        return flow(message)
    return flow(message.seen_by(flow.keys)).whole()
