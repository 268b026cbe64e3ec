"""A LangChain chat model behind our `complete`; the classes here are small real ones of LangChain's own kind."""

import json
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from coder.errors import CoderError, NoModel, RefusedInput, Unreachable, WrongKey, WrongModel
from coder.model.langchain_model import Bounds, LangChainModel
from coder.model.model import Reply, ReplyOptions, Tool, Turn, Watch, calls

HERE = __name__
CHAT: list[Turn] = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello?"}]
TOOLS = [Tool("write_code", "Writes it.", {"type": "object", "properties": {"step": {"type": "integer"}}})]
USAGE: UsageMetadata = {
    "input_tokens": 20,
    "output_tokens": 4,
    "total_tokens": 24,
    "input_token_details": {"cache_read": 15},
}
SEEN: list[list[BaseMessage]] = []
BOUND: list[Any] = []
FIELDS: list[tuple[float | None, int | None]] = []
HOLD = threading.Event()


class Streaming(BaseChatModel):
    """Streams text, then a call in pieces, with usage at the end."""

    model: str = "streaming-1"

    @property
    def _llm_type(self) -> str:
        return "streaming"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any) -> Any:
        BOUND.append(tools)
        return self

    def _generate(self, messages: list[BaseMessage], *rest: Any, **kwargs: Any) -> ChatResult:
        raise AssertionError("it can stream")

    def _stream(self, messages: list[BaseMessage], *rest: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        SEEN.append(messages)
        pieces = [
            AIMessageChunk(content="Hel"),
            AIMessageChunk(content=[{"type": "text", "text": "lo"}]),
            AIMessageChunk(
                content="", tool_call_chunks=[tool_call_chunk(name="write_code", args='{"st', id="c1", index=0)]
            ),
            AIMessageChunk(content="", tool_call_chunks=[tool_call_chunk(args='ep": 1}', index=0)]),
            AIMessageChunk(content="", usage_metadata=USAGE, response_metadata={"finish_reason": "tool_calls"}),
        ]
        for piece in pieces:
            yield ChatGenerationChunk(message=piece)


class Whole(BaseChatModel):
    """Answers in one piece and has no tools."""

    answer: str = "Hello there"

    @property
    def _llm_type(self) -> str:
        return "whole"

    def _generate(self, messages: list[BaseMessage], *rest: Any, **kwargs: Any) -> ChatResult:
        SEEN.append(messages)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self.answer))])


class Wishing(Whole):
    """Keeps what was in its fields when it was asked; refuses every temperature but 1, and thinks 300 tokens first."""

    temperature: float | None = None
    max_output_tokens: int | None = None

    def _generate(self, messages: list[BaseMessage], *rest: Any, **kwargs: Any) -> ChatResult:
        FIELDS.append((self.temperature, self.max_output_tokens))
        if self.temperature not in (None, 1):
            raise StatusError(400)
        answer = "" if (self.max_output_tokens or 1000) < 300 else self.answer
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=answer))])


class StatusError(Exception):
    """What clients of HTTP raise: it knows the status."""

    def __init__(self, status_code: int) -> None:
        super().__init__(f"Error code: {status_code}")
        self.status_code = status_code


class ReadTimeout(Exception):
    """Known by its name alone."""


class Failing(Whole):
    """Raises; `status` 0 raises an error without a status, -1 a time-out."""

    status: int = 0

    def _generate(self, messages: list[BaseMessage], *rest: Any, **kwargs: Any) -> ChatResult:
        if self.status > 0:
            raise StatusError(self.status)
        raise ReadTimeout("timed out") if self.status else KeyError("odd")


class Hanging(Whole):
    """Does not answer before HOLD is set."""

    def _generate(self, messages: list[BaseMessage], *rest: Any, **kwargs: Any) -> ChatResult:
        HOLD.wait(120)
        return super()._generate(messages)


class Endless(Streaming):
    """Streams without an end."""

    piece: str = "la "

    def _stream(self, messages: list[BaseMessage], *rest: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        while not HOLD.wait(0.01):
            yield ChatGenerationChunk(message=AIMessageChunk(content=self.piece))


class Keyed(Whole):
    """Refuses to be made without a key."""

    def __init__(self, **data: Any) -> None:
        if "api_key" not in data:
            raise ValueError("Did not find some_api_key")
        super().__init__(answer=f"{len(data)}")


def ask(name: str, tools: list[Tool] | None = None, chat: list[Turn] | None = None, **options: Any) -> Reply:
    return LangChainModel(f"{HERE}:{name}", options).complete("code", chat or CHAT, tools or [], Watch())


def test_text_is_streamed_and_calls_and_usage_arrive_whole() -> None:
    heard: list[str] = []
    model = LangChainModel(f"{HERE}:Streaming", {"model": "streaming-1"})
    reply = model.complete("code", CHAT, TOOLS, Watch(on_text=heard.append))
    assert heard == ["Hel", "lo"]
    assert reply.text == "Hello"
    assert [(call.name, call.arguments, call.id) for call in reply.calls] == [("write_code", '{"step": 1}', "c1")]
    assert (reply.tokens_in, reply.tokens_cached, reply.tokens_out, reply.counted) == (20, 15, 4, "usage")
    assert (reply.model, reply.ended) == ("streaming-1", "tool_calls")
    assert BOUND[-1] == [TOOLS[0].to_json()]


@pytest.mark.parametrize(
    ("own", "wishes", "fields"),
    [
        ({}, ReplyOptions(1, 400), [(1, 400), (1, 400)]),
        ({}, ReplyOptions(), [(None, None)] * 2),
        ({"temperature": 1, "max_output_tokens": 900}, ReplyOptions(0, 400), [(1, 900)] * 2),
        ({}, ReplyOptions(0), [(0, None), (None, None), (None, None)]),  # refused: no more of it
        ({}, ReplyOptions(None, 200), [(None, 200), (None, None), (None, None)]),  # no room for an answer
    ],
)
def test_what_is_wished_stands_in_the_fields_of_a_class_that_has_them(
    own: dict[str, Any], wishes: ReplyOptions, fields: list[tuple[float | None, int | None]]
) -> None:
    FIELDS.clear()
    model = LangChainModel(f"{HERE}:Wishing", own)
    assert [model.complete("code", CHAT, [], Watch(), wishes).text for _ in range(2)] == ["Hello there"] * 2
    assert fields == FIELDS


def test_a_class_without_such_fields_is_asked_without_them() -> None:
    assert LangChainModel(f"{HERE}:Whole").complete("code", CHAT, [], Watch(), ReplyOptions(0, 400)).text


def test_a_chat_with_calls_and_results_becomes_langchains_messages() -> None:
    turn = calls(("write_code", {"step": 1})).turn()
    turn["tool_calls"].append({"id": "bad", "type": "function", "function": {"name": "finish", "arguments": "{oops"}})
    result: Turn = {"role": "tool", "tool_call_id": "call_1", "content": "green"}
    ask("Streaming", TOOLS, [*CHAT, turn, result])
    system, person, assistant, tool = SEEN[-1]
    assert isinstance(system, SystemMessage)
    assert isinstance(person, HumanMessage)
    assert isinstance(tool, ToolMessage)
    assert (tool.content, tool.tool_call_id) == ("green", "call_1")
    assert isinstance(assistant, AIMessage)
    made = [(call["name"], call["args"]) for call in assistant.tool_calls]
    assert made == [("write_code", {"step": 1}), ("finish", {"text": "{oops"})]


def test_a_class_without_tools_is_asked_in_text() -> None:
    heard: list[str] = []
    answer = 'Sure.\n[{"command": "write_code", "arguments": {"step": 1}}]'
    model = LangChainModel(f"{HERE}:Whole", {"answer": answer})
    for _ in range(2):
        (call,) = model.complete("code", CHAT, TOOLS, Watch(on_text=heard.append)).calls
        assert (call.name, json.loads(call.arguments)) == ("write_code", {"step": 1})
    assert heard == ["Sure.\n"] * 2
    assert "- write_code: Writes it." in str(SEEN[-1][0].content)


def test_a_class_that_says_the_same_over_and_over_is_given_up() -> None:
    HOLD.clear()
    try:
        reply = ask("Endless", piece="la " * 100)
    finally:
        HOLD.set()
    assert reply.text.startswith("la la la ")
    assert reply.ended == "repetition"
    assert reply.note == "it was stopped, because it said 'la ' over and over"


def test_without_usage_the_tokens_are_estimated_and_the_reply_says_so() -> None:
    reply = ask("Whole")
    assert (reply.text, reply.counted, reply.model) == ("Hello there", "estimate", "Whole")
    assert reply.tokens_in > 0
    assert reply.tokens_out > 0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, WrongKey),
        (403, WrongKey),
        (404, WrongModel),
        (400, WrongModel),
        (429, Unreachable),
        (503, Unreachable),
        (-1, Unreachable),
        (0, NoModel),
    ],
)
def test_errors_of_any_library_are_sorted_by_who_must_act(status: int, kind: type[CoderError]) -> None:
    with pytest.raises(kind, match=r"Failing \(Failing\): (StatusError|ReadTimeout|KeyError)") as raised:
        ask("Failing", status=status)
    assert type(raised.value) is kind
    assert raised.value.hint


@pytest.mark.parametrize(
    ("name", "bounds", "words"),
    [
        ("Hanging", Bounds(0.05, reply_s=60), "was silent for 0.05 s"),
        ("Endless", Bounds(60, reply_s=0.2), "was not done after 0.2 s"),
    ],
)
def test_a_class_that_does_not_come_to_an_end_is_given_up(name: str, bounds: Bounds, words: str) -> None:
    HOLD.clear()
    model = LangChainModel(f"{HERE}:{name}", bounds=bounds)
    try:
        with pytest.raises(Unreachable, match=words):
            model.complete("code", CHAT, [], Watch())
    finally:
        HOLD.set()


def test_ctrl_c_while_it_streams_passes_through() -> None:
    def press(text: str) -> None:
        raise KeyboardInterrupt

    HOLD.clear()
    try:
        with pytest.raises(KeyboardInterrupt):
            LangChainModel(f"{HERE}:Endless").complete("code", CHAT, [], Watch(on_text=press))
    finally:
        HOLD.set()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("ChatOllama", "does not name a LangChain class"),
        ("os:system()", "does not name a LangChain class"),
        ("no_such_package_here:Chat", "cannot be imported"),
        ("json:JSONDecoder", "is no chat model of LangChain"),
        (f"{HERE}:Nobody", "is no chat model of LangChain"),
        (f"{HERE}:ask", "is no chat model of LangChain"),
    ],
)
def test_what_names_no_chat_model_is_refused(place: str, words: str) -> None:
    with pytest.raises(RefusedInput, match=words):
        LangChainModel(place).prepare()


def test_a_class_that_misses_its_key_says_so_and_its_options_are_not_printed() -> None:
    with pytest.raises(WrongKey, match="some_api_key"):
        ask("Keyed", password="hunter2")
    assert ask("Keyed", api_key="k").text == "1"
    with pytest.raises(RefusedInput, match=r"with the options \['answer', 'password'\]") as raised:
        ask("Whole", answer=["hunter1"], password="hunter2")
    assert "hunter" not in str(raised.value)
