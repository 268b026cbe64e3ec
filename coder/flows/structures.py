"""Flow, and the three structures made of flows that are flows again: Sequential, Decision, Loop.

A flow is a callable `(Message, Run) -> Message` that declares every key that it reads and writes. It holds nothing of a
run: one tree serves many. The vocabulary comes from aiflows (composite flows) and from the Agent framework in HEBO
(sequential, decision and loop flows).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from coder.errors import WiringError
from coder.flows.message import Keys, Message
from coder.run.run import Run


class Flow(Protocol):
    """Anything that turns a message into a message; the run is the one that it serves, at its place in the tree."""

    @property
    def name(self) -> str: ...
    @property
    def keys(self) -> Keys: ...
    def __call__(self, message: Message, run: Run) -> Message: ...


@dataclass(frozen=True)
class Sequential:
    """One step after the other."""

    name: str
    steps: tuple[Flow, ...]

    @property
    def keys(self) -> Keys:
        needed, written = set[str](), set[str]()
        for flow in self.steps:
            needed |= flow.keys.reads - written
            written |= flow.keys.writes
        return _all_of(self.steps, frozenset(needed), frozenset(written))

    def __call__(self, message: Message, run: Run) -> Message:
        for flow in self.steps:
            message = step(flow, message, run)
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

    def __call__(self, message: Message, run: Run) -> Message:
        choice = message[self.key]
        if choice not in self.branches:
            raise WiringError(f"{self.name}: no branch {choice!r}, only {sorted(self.branches)}.")
        return step(self.branches[choice], message, run, choice)


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

    def __call__(self, message: Message, run: Run) -> Message:
        message = message.with_data(**{self.until: None})  # another loop may have ended by the same key before
        for number in range(1, self.rounds + 1):
            message = message.with_data(round=number, rounds=self.rounds)
            message = step(self.body, message, run, f"{self.body.name}[{number}]")
            if message.get(self.until):
                return message
        return step(self.ending, message, run)


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


def step(flow: Flow, message: Message, run: Run, part: str = "") -> Message:
    """Hand the message to a flow: one that is made of flows gets all of it, any other what it declared.

    Args:
        flow: what to call.
        message: whole.
        run: at the place of the flow that this one is a part of.
        part: what it is called there; its name unless given.

    Raises:
        WiringError: it touches a key that it did not declare, or does not leave one that it declared.
    """
    here = run.at(part or flow.name)
    if isinstance(flow, Sequential | Decision | Loop):
        return flow(message, here)
    made = flow(message.seen_by(flow.keys), here).whole()
    if missing := sorted(flow.keys.writes - made.data.keys()):
        raise WiringError(f"{flow.name} has not written {missing}, which it says that it writes.")
    return made
