"""One request to an endpoint: its body as that endpoint takes it, out of what is asked and what the person has set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coder.model.endpoint_features import EndpointFeatures
from coder.model.model import Call, ReplyOptions, Tool, Turn
from coder.model.text_tool_calls import with_tools_as_text, without_system

_LIMITS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True)
class Request:
    """What is asked of the model `name`.

    `extra` are fields that the person has set: they go before those of `options`, and are sent as they are.
    """

    name: str
    chat: Sequence[Turn]
    tools: Sequence[Tool]
    options: ReplyOptions
    extra: Mapping[str, Any]
    schema_name: str

    def body(self, features: EndpointFeatures) -> dict[str, Any]:
        """The request as an endpoint of these features can take it."""
        turns = list(self.chat)
        if not features.tools:
            turns = with_tools_as_text(turns, self.tools)
        if not features.system:
            turns = without_system(turns)
        if not features.empty:
            turns = [{**turn, "content": turn.get("content") or ""} for turn in turns]
        body: dict[str, Any] = {"model": self.name, "messages": turns, "stream": features.stream}
        if features.tools and (offered := [*self.tools, *self._schema_tool(features)]):
            body["tools"] = [tool.to_json() for tool in offered]
        if features.usage and features.stream:
            body["stream_options"] = {"include_usage": True}
        return {**body, **self._wishes(features), **self.extra}

    def _wishes(self, features: EndpointFeatures) -> dict[str, Any]:
        wishes: dict[str, Any] = {}
        if self.options.temperature is not None and features.temperature:
            wishes["temperature"] = self.options.temperature
        if self.options.max_tokens and not any(name in self.extra for name in _LIMITS):
            wishes[_LIMITS[0] if features.max_tokens else _LIMITS[1]] = self.options.max_tokens
        if self._schema and features.schema:
            form = {"name": self.schema_name, "strict": True, "schema": self._schema}
            wishes["response_format"] = {"type": "json_schema", "json_schema": form}
        return wishes

    @property
    def _schema(self) -> dict[str, Any]:
        """The schema that the reply should have; none where calls are wanted of it or the person has set a form."""
        return {} if self.tools or "response_format" in self.extra else dict(self.options.schema or {})

    def _schema_tool(self, features: EndpointFeatures) -> list[Tool]:
        """For an endpoint without schemas: a tool whose arguments are what is wanted."""
        if not self._schema or features.schema:
            return []
        return [Tool(self.schema_name, "Call this once; its arguments are your whole answer.", self._schema)]

    def answer_of(self, text: str, calls: tuple[Call, ...]) -> tuple[str, tuple[Call, ...]]:
        """Text and calls of a reply, where a call of the schema's tool is the text that was asked for."""
        answer = next((call.arguments for call in calls if self._schema and call.name == self.schema_name), None)
        return (text, calls) if answer is None else (answer, ())


def schema_name(options: ReplyOptions, purpose: str) -> str:
    """A name for the schema, as endpoints want one: its title, else what it is for."""
    name = str((options.schema or {}).get("title") or purpose)
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)[:64]
