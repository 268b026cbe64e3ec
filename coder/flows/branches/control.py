"""control: asks the model for the next commands and hands them out one a round."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import prompts
from coder.errors import FormatError
from coder.flows.command import Command
from coder.flows.message import Keys, Message, keys
from coder.model.model import Reply, Tool, Turn
from coder.run.chat import from_user, opening, results_of
from coder.run.journal import Stopped
from coder.run.run import Run

MAX_TURNS = 40  # then the chat starts anew from the files, which hold all that counts


@dataclass(frozen=True)
class Control:
    """Several commands in one reply run in order; the first that fails drops the rest, and the model is told."""

    commands: Mapping[str, Command]
    name: str = "control"
    keys: Keys = keys(
        "goal plan memory round rounds",
        may_read="queue done result chat ok news edited",
        writes="branch arguments why queue chat done",
        rewrites="result news",
    )

    def __call__(self, message: Message, run: Run) -> Message:
        queue: list[dict[str, Any]] = message.get("queue") or []
        done: list[str] = [*message.get("done", []), *([message["result"]] if message.get("result") else [])]
        chat: list[Turn] = message.get("chat") or []
        if not queue or not message.get("ok", True):
            queue, chat = self._ask(message, chat, done, run)
            done, message = [], message.with_data(news=[])
        first, rest = queue[0], queue[1:]
        why = first["arguments"].get("why", "")
        run.tell("round", number=message["round"], of=message["rounds"], branch=first["name"], why=why)
        return message.with_data(
            branch=first["name"], arguments=first["arguments"], why=why, queue=rest, chat=chat, done=done, result=""
        )

    def _ask(
        self, message: Message, chat: list[Turn], done: list[str], run: Run
    ) -> tuple[list[dict[str, Any]], list[Turn]]:
        turns = self._opening(message) if not chat or len(chat) > MAX_TURNS else self._continued(message, chat, done)
        tools = [Tool(c.name, c.description, c.schema()) for c in self.commands.values()]
        while True:
            try:
                return run.ask_model("control", turns, lambda reply: self.read(self.commands, reply), tools)
            except Stopped as stopped:
                turns = [*turns, from_user(f"The person says: {stopped.words}")]

    def _opening(self, message: Message) -> list[Turn]:
        memory = [message["memory"]["problem"]] if message["memory"]["problem"] else []
        if message.get("edited"):
            memory.append(f"The person edited the plan:\n{message['edited']}")
        memory += message.get("news", [])
        if message.get("result"):
            memory.append(f"Last result: {message['result']}")
        goal = message["goal"]
        plan = _without_goal(message["plan"], goal)
        return opening("control", goal=goal, plan=plan, memory="\n".join(["", *memory]))

    def _continued(self, message: Message, chat: list[Turn], done: list[str]) -> list[Turn]:
        note = "\n".join([text for text in (message["memory"]["problem"], *message.get("news", [])) if text])
        fresh = prompts.render("control", "fresh", note=note, plan=_short(message["plan"]))
        return [*chat, *results_of(chat[-1], done), from_user(fresh)]

    @staticmethod
    def read(commands: Mapping[str, Command], reply: Reply) -> list[dict[str, Any]]:
        """The commands in a reply, checked.

        Raises:
            FormatError: no command, an unknown one, or arguments that are not the command's.
        """
        if not reply.calls:
            raise FormatError("there was no command in it")
        read: list[dict[str, Any]] = []
        for call in reply.calls:
            if call.name not in commands:
                raise FormatError(f"there is no command {call.name!r}")
            read.append({"name": call.name, "arguments": commands[call.name].read(call.arguments)})
        return read


def _without_goal(plan: str, goal: str) -> str:
    """The plan without its heading: the goal stands right above it, unless the person wrote another."""
    first, _, rest = plan.partition("\n")
    same = first.lower().startswith("goal:") and " ".join(first[5:].split()) == " ".join(goal.split())
    return rest.strip() if same else plan


def _short(plan: str) -> str:
    """The plan's step lines only: the controller has read the rest."""
    return "\n".join(line for line in plan.splitlines() if line[:1].isdigit())
