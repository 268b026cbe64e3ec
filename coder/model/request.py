"""One request to an endpoint: its body as that endpoint takes it, out of what is asked and what the person has set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from coder.model.endpoint_features import EndpointFeatures
from coder.model.model import Call, ReplyOptions, Tool, Turn
from coder.model.text_tool_calls import with_tools_as_text, without_system
from coder.model.tokens import TokenCounter

_LIMITS = ("max_tokens", "max_completion_tokens")
_HERE, _ELSEWHERE = 4_000, 16_000  # tokens of a reply, if nobody has set how many
_MORE = 4  # times as many for a reply whose thoughts took them all


@dataclass(frozen=True)
class Options:
    """What is set for a model once.

    Attributes:
        window: tokens that a request may have, 0 if unknown.
        reply_tokens: tokens that a reply may have, 0 for the usual number.
        extra: more fields for each request, sent as they are.
        headers: more headers for each request.
        stream: whether replies are asked for piece by piece.
        abilities: the file in which is remembered what endpoints cannot do.
        tokens: counts what no endpoint counted.
    """

    window: int = 0
    reply_tokens: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    stream: bool = True
    abilities: Path | None = None
    tokens: TokenCounter = field(default_factory=lambda: TokenCounter(prefer_exact=True))


@dataclass(frozen=True)
class Request:
    """What is asked of the model `name`.

    Attributes:
        wishes: of the purpose; what the person has set goes before.
        own: what the person has set.
        here: the endpoint is on this machine.
        purpose: names the schema that has no title.
        limit: tokens of the reply, instead of what purpose and person say.
        as_text: the tools are told in words, whatever the endpoint can do.
    """

    name: str
    chat: Sequence[Turn]
    tools: Sequence[Tool]
    wishes: ReplyOptions
    own: Options
    here: bool
    purpose: str
    limit: int = 0
    as_text: bool = False

    def body(self, features: EndpointFeatures) -> dict[str, Any]:
        """The request as an endpoint of these features can take it."""
        turns, native, stream = list(self.chat), self.native(features), features.stream and self.own.stream
        if not native:
            turns = with_tools_as_text(turns, self.tools)
        if not features.system:
            turns = without_system(turns)
        if not features.empty:
            turns = [{**turn, "content": turn.get("content") or ""} for turn in turns]
        body: dict[str, Any] = {"model": self.name, "messages": turns, "stream": stream}
        if native and (offered := [*self.tools, *self._schema_tool(features)]):
            body["tools"] = [tool.to_json() for tool in offered]
        if features.usage and stream:
            body["stream_options"] = {"include_usage": True}
        return {**body, **self._wishes(features), **self.own.extra}

    def native(self, features: EndpointFeatures) -> bool:
        """Whether tools are sent as tools."""
        return features.tools and not self.as_text

    def limit_at(self, features: EndpointFeatures) -> int:
        """How many tokens the reply may have; 0 if the person has said so in a field of their own, or none is taken."""
        if not features.limits or any(name in self.own.extra for name in _LIMITS):
            return 0
        limit = self.limit or self._usual
        if self.wishes.max_tokens and features.at_once and not self.limit:
            limit = min(limit, self.wishes.max_tokens)
        bounds = [bound for bound in (features.most, self.own.window // 2) if bound]
        return min([limit, *bounds])

    @property
    def _usual(self) -> int:
        return self.own.reply_tokens or (_HERE if self.here else _ELSEWHERE)

    def with_room_for_thoughts(self, features: EndpointFeatures) -> "Request | None":
        """The same with a higher limit, for a model whose thoughts took all of it; None if there is none.

        First what the purpose wished does not count any more; then it is several times the usual, unless the person
        has said how many there may be.
        """
        former = self.limit_at(features)
        for limit in (self._usual, _MORE * self._usual):
            if (more := replace(self, limit=limit)).limit_at(features) > former > 0:
                return None if self.own.reply_tokens and limit > self._usual else more
        return None

    def _wishes(self, features: EndpointFeatures) -> dict[str, Any]:
        wishes: dict[str, Any] = {}
        if self.wishes.temperature is not None and features.temperature:
            wishes["temperature"] = self.wishes.temperature
        if limit := self.limit_at(features):
            wishes[_LIMITS[0] if features.max_tokens else _LIMITS[1]] = limit
        if self._schema and features.schema:
            form = {"name": self.schema_name, "strict": True, "schema": self._schema}
            wishes["response_format"] = {"type": "json_schema", "json_schema": form}
        return wishes

    @property
    def _schema(self) -> dict[str, Any]:
        """The schema that the reply should have; none where calls are wanted of it or the person has set a form."""
        return {} if self.tools or "response_format" in self.own.extra else dict(self.wishes.schema or {})

    @property
    def schema_name(self) -> str:
        """A name for the schema, as endpoints want one: its title, else what it is for."""
        name = str((self.wishes.schema or {}).get("title") or self.purpose)
        return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)[:64]

    def _schema_tool(self, features: EndpointFeatures) -> list[Tool]:
        """For an endpoint without schemas: a tool whose arguments are what is wanted."""
        if not self._schema or features.schema:
            return []
        return [Tool(self.schema_name, "Call this once; its arguments are your whole answer.", self._schema)]

    def answer_of(self, text: str, calls: tuple[Call, ...]) -> tuple[str, tuple[Call, ...]]:
        """Text and calls of a reply, where a call of the schema's tool is the text that was asked for."""
        answer = next((call.arguments for call in calls if self._schema and call.name == self.schema_name), None)
        return (text, calls) if answer is None else (answer, ())
