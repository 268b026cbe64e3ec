"""What a model is, in values: Call, Reply, ReplyOptions, Tool, Wait, Watch; and ScriptedModel. No vendor here."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from coder.errors import NoAnswer

Turn = dict[str, Any]
"""One message of an OpenAI chat: role, content, and tool_calls or tool_call_id where they belong."""


@dataclass(frozen=True)
class Call:
    """One command that the model wants carried out; `arguments` is its JSON text, exactly as it came."""

    name: str
    arguments: str = "{}"
    id: str = ""


@dataclass(frozen=True)
class Reply:
    """One whole answer of a model.

    `tokens_in` counts the cached ones too; `counted` says where the counts are from: "usage" (the endpoint told them)
    or "estimate". `ended` is the endpoint's own word for why it stopped: "stop", "tool_calls", "length", or "".
    `note` is what is odd about it, for whoever is told why it cannot be used: cut, nothing but thoughts; "" for most.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    model: str = ""
    counted: str = "estimate"
    ended: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """As data for the journal; `note` is there only if there is one."""
        return {key: value for key, value in asdict(self).items() if key != "note" or value}

    def turn(self) -> Turn:
        """Return this reply as the assistant's turn, to be put into the chat."""
        turn: Turn = {"role": "assistant", "content": self.text or (None if self.calls else "(no answer)")}
        if self.calls:
            turn["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in self.calls
            ]
        return turn


@dataclass(frozen=True)
class Tool:
    """A command offered to the model; `parameters` is the JSON schema of its arguments, an object."""

    name: str
    description: str
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})

    def to_json(self) -> dict[str, Any]:
        """Return the tool in the form of the OpenAI chat protocol."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}


@dataclass(frozen=True)
class Wait:
    """Told about once a second while a retry is waited for.

    `seconds` are left of this wait, `attempt` numbers the next try, from 2 on, and `total_left_s` is left of
    the time for retries.
    """

    reason: str
    seconds: float
    attempt: int
    total_left_s: float


def _no_text(text: str) -> None:
    del text


def _no_wait(wait: Wait) -> None:
    del wait


def _no_note(text: str) -> None:
    del text


def _no_restart(why: str) -> None:
    del why


@dataclass(frozen=True)
class Watch:
    """Who is told while a reply is on its way; `Watch()` tells nobody.

    `on_restart` is told why, when the text that came so far is void and the reply is asked for again;
    `on_note` a sentence for the person.
    """

    on_text: Callable[[str], None] = _no_text
    on_wait: Callable[[Wait], None] = _no_wait
    on_restart: Callable[[str], None] = _no_restart
    on_note: Callable[[str], None] = _no_note


@dataclass(frozen=True)
class ReplyOptions:
    """What one purpose wishes of its reply; what the person has set goes before, and what an endpoint refuses is left.

    Attributes:
        temperature: None for the endpoint's own.
        max_tokens: how long the answer may get; what a model thinks before it is not counted against this.
        schema: a JSON schema that the reply's text should have; its `title` names it. The prompt must ask for the same
            in words, as not every endpoint takes a schema, and not every one that takes it keeps to it.
    """

    temperature: float | None = None
    max_tokens: int | None = None
    schema: Mapping[str, Any] | None = None


class Model(Protocol):
    """Anything that answers a chat."""

    @property
    def name(self) -> str:
        """What the model is called at its endpoint."""
        ...

    def complete(
        self,
        purpose: str,
        chat: Sequence[Turn],
        tools: Sequence[Tool],
        watch: Watch,
        options: ReplyOptions = ReplyOptions(),
    ) -> Reply:
        """Return the reply to `chat`, telling `watch` on the way.

        Args:
            purpose: what the reply is for ("plan", "control", "code", ...); one who answers may go by it.
            chat: the turns so far.
            tools: what may be called.
            watch: who is told.
            options: what is wished of the reply.

        Raises:
            NoModel: and its kinds WrongKey, WrongModel, Unreachable, when there is no reply to be had.
        """
        ...


def says(text: str, tokens_in: int = 0, tokens_out: int = 0) -> Reply:
    """Return a reply of text alone."""
    return Reply(text=text, tokens_in=tokens_in, tokens_out=tokens_out, ended="stop")


def calls(*wanted: tuple[str, Mapping[str, Any]], text: str = "") -> Reply:
    """Return a reply that calls commands: `calls(("write_code", {"step": 1}), ("finish", {}))`."""
    made = [Call(name, json.dumps(dict(given)), f"call_{number}") for number, (name, given) in enumerate(wanted, 1)]
    return Reply(text=text, calls=tuple(made), ended="tool_calls")


Scripted = Reply | str | Exception | Callable[[Sequence[Turn], Sequence[Tool]], Reply]


class ScriptedModel:
    """A model whose replies are given in advance, for tests and for the demo.

    A text is a reply of that text; an exception is raised; a callable is given chat and tools and makes the reply.
    `chats` keeps a copy of each chat it was asked with, `purposes` what for, `options` what was wished.
    """

    def __init__(self, replies: Sequence[Scripted], name: str = "scripted") -> None:
        self.name = name
        self.chats: list[list[Turn]] = []
        self.purposes: list[str] = []
        self.options: list[ReplyOptions] = []
        self._replies = tuple(replies)

    @property
    def left(self) -> int:
        """How many replies have not been given yet."""
        return max(0, len(self._replies) - len(self.chats))

    def complete(
        self,
        purpose: str,
        chat: Sequence[Turn],
        tools: Sequence[Tool],
        watch: Watch,
        options: ReplyOptions = ReplyOptions(),
    ) -> Reply:
        """Return the next reply; its text goes to `watch.on_text` first.

        Raises:
            NoAnswer: all replies have been given.
        """
        number = len(self.chats)
        self.chats.append(copy.deepcopy(list(chat)))
        self.purposes.append(purpose)
        self.options.append(options)
        if number >= len(self._replies):
            raise NoAnswer(
                f"The scripted model {self.name!r} was asked {number + 1} times and has {len(self._replies)} replies.",
                "Give it more replies, or find out why it is asked again.",
            )
        reply = _reply_of(self._replies[number], chat, tools)
        if reply.text:
            watch.on_text(reply.text)
        return reply


def _reply_of(scripted: Scripted, chat: Sequence[Turn], tools: Sequence[Tool]) -> Reply:
    if isinstance(scripted, Exception):
        raise scripted
    if isinstance(scripted, str):
        return says(scripted)
    return scripted if isinstance(scripted, Reply) else scripted(chat, tools)
