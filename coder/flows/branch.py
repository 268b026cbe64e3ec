"""Branch: a flow that the controller can order, made of a command, the keys that it touches, and what it does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from coder.flows.command import Command
from coder.flows.message import Keys, Message
from coder.run.journal import Stopped
from coder.run.run import Run


@dataclass(frozen=True)
class Outcome:
    """How a branch ended.

    Args:
        ok: a branch that is not ok stops the commands that were to follow it.
        result: what the controller is told.
        log: what the log line says; `result` if empty.
        data: what else the message should hold from now on.
        ended: status and summary, when this ends the loop.
    """

    ok: bool
    result: str
    log: str = ""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ended: Mapping[str, str] | None = None


class Branch(ABC):
    """`act` under the name of its `command`, with its `own` keys; it always leaves ok, result and log."""

    command: ClassVar[Command]
    own: ClassVar[Keys]

    @abstractmethod
    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
        """Do what was ordered; it raises Stopped where the person stops it."""

    @property
    def name(self) -> str:
        """The command's name."""
        return self.command.name

    @property
    def keys(self) -> Keys:
        """Its own, and those of every branch."""
        return replace(self.own, reads=self.own.reads | {"arguments"}, writes=self.own.writes | {"ok", "result", "log"})

    def __call__(self, message: Message, run: Run) -> Message:
        try:
            outcome = self.act(message, message["arguments"], run)
        except Stopped as stopped:
            told = f"The person stopped {self.name} and said: {stopped.words}"
            outcome = Outcome(False, told, f"stopped: {stopped.words}")
        ended = {"ended": dict(outcome.ended)} if outcome.ended else {}
        log = outcome.log or outcome.result
        return message.with_data(**outcome.data, **ended, ok=outcome.ok, result=outcome.result, log=log)
