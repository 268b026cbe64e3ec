"""Branch: a flow that the controller can order, made of a command, the keys that it touches, and what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

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


@dataclass(frozen=True)
class Branch:
    """`act` under the name of its command, with the keys that it touches itself; always leaves ok, result and log."""

    command: Command
    own: Keys
    act: Callable[[Message, dict[str, Any], Run], Outcome]

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
            words = str(stopped.decision.get("text", ""))
            outcome = Outcome(False, f"The person stopped {self.name} and said: {words}", f"stopped: {words}")
        ended = {"ended": dict(outcome.ended)} if outcome.ended else {}
        log = outcome.log or outcome.result
        return message.with_data(**outcome.data, **ended, ok=outcome.ok, result=outcome.result, log=log)
