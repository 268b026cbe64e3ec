"""LangChainModel: any LangChain chat model, named as "package:Class". The only file that imports langchain_core."""

import importlib
import json
import queue
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from coder.errors import NoModel, RefusedInput, Unreachable, WrongKey, WrongModel
from coder.model.model import Call, Reply, ReplyOptions, Tool, Turn, Watch
from coder.model.reasoning import without_thoughts
from coder.model.repetition import ENDED, RepetitionWatch, said_of
from coder.model.streaming import new_call_id, shortened
from coder.model.text_tool_calls import ProseFilter, calls_of, with_tools_as_text
from coder.model.tokens import TokenCounter, texts_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage


_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict")  # as classes name it


@dataclass(frozen=True)
class Bounds:
    """In seconds: how long a model may be silent, and how long one reply may take, LangChain's own retries included."""

    silence_s: float = 120.0
    reply_s: float = 600.0


class LangChainModel:
    """A chat model of LangChain behind our `complete`.

    Args:
        place: "package:Class" as the person set it, such as "langchain_ollama:ChatOllama". The package is imported, so
            this must never come from a model, a library or a file that came with one.
        options: keyword arguments for the class, such as {"model": "qwen3"}.
        bounds: how long to wait. LangChain retries by itself (`max_retries` of most classes); nothing is added to that.

    Raises:
        RefusedInput: `place` is not of the form package:Class.
    """

    def __init__(self, place: str, options: Mapping[str, Any] | None = None, *, bounds: Bounds | None = None) -> None:
        package, _, name = place.partition(":")
        if not name.isidentifier() or not all(part.isidentifier() for part in package.split(".")):
            raise RefusedInput(
                f"{place!r} does not name a LangChain class.",
                'Write "package:Class", as in "langchain_ollama:ChatOllama".',
            )
        self._place = (package, name)
        self._options = dict(options or {})
        self._bounds = bounds or Bounds()
        self._model: BaseChatModel | None = None
        self._has_tools = True
        self._takes_wishes = True
        self._tokens = TokenCounter(prefer_exact=True)
        self.name = str(self._options.get("model") or self._options.get("model_name") or name)

    def prepare(self) -> None:
        """Import the class and make the model, which takes a second or more; otherwise `complete` does it.

        Raises:
            RefusedInput: no such package or class, or it does not take these options.
            WrongKey: the class misses its key.
        """
        if self._model is None:
            self._model = _made(*self._place, self._options)

    def complete(
        self,
        purpose: str,
        chat: Sequence[Turn],
        tools: Sequence[Tool],
        watch: Watch,
        options: ReplyOptions = ReplyOptions(),
    ) -> Reply:
        """Return the reply to `chat`; text is streamed to `watch.on_text` where the class can stream.

        `purpose` is not told to the class, and of the `options` temperature and limit only where the class has a field
        for them that the person has not set; no more once such a request was refused, or a limit left no room for an
        answer. KeyboardInterrupt passes through at once; the class's own request is given up in its thread.

        Raises:
            WrongKey, WrongModel, Unreachable, NoModel: as sorted from whatever the class raised.
            RefusedInput: as for `prepare`.
        """
        self.prepare()
        model, empty = self._wishing(options), Reply()
        if model is not self._model:
            try:
                reply = self._asked(model, chat, tools, watch)
            except WrongModel:
                reply = empty
            if reply.text or reply.calls:
                return reply
            self._takes_wishes, empty = False, reply
        reply = self._asked(self._model, chat, tools, watch)
        paid = empty.tokens_in + reply.tokens_in, empty.tokens_out + reply.tokens_out
        return replace(reply, tokens_in=paid[0], tokens_out=paid[1], seconds=round(empty.seconds + reply.seconds, 3))

    def _wishing(self, options: ReplyOptions) -> Any:
        """The model with what is wished in its fields; the model itself if it takes nothing of it."""
        model = cast("BaseChatModel", self._model)
        fields = list(type(model).model_fields) if self._takes_wishes else []
        wishes: dict[str, Any] = {}
        if options.temperature is not None and "temperature" in fields and "temperature" not in self._options:
            wishes["temperature"] = options.temperature
        limit = next((name for name in _LIMITS if name in fields), "")
        if options.max_tokens and limit and not any(name in self._options for name in _LIMITS):
            wishes[limit] = options.max_tokens
        return model.model_copy(update=wishes) if wishes else model

    def _asked(self, model: Any, chat: Sequence[Turn], tools: Sequence[Tool], watch: Watch) -> Reply:
        started = time.monotonic()
        bound, turns, as_text = self._bound(model, tools, chat)
        prose = ProseFilter(watch.on_text)
        repetition = RepetitionWatch()
        message = self._streamed(bound, _messages(turns), prose.take if as_text else watch.on_text, repetition)
        reply = self._reply(message, chat, tools, time.monotonic() - started)
        if not reply.calls:
            prose.release()
        return replace(reply, ended=ENDED, note=said_of(repetition.cycle)) if repetition.cycle else reply

    def _bound(self, model: Any, tools: Sequence[Tool], chat: Sequence[Turn]) -> tuple[Any, Sequence[Turn], bool]:
        """The model with the tools bound to it, or the chat with the tools in its text where it has none."""
        if tools and self._has_tools:
            try:
                return model.bind_tools([tool.to_json() for tool in tools]), chat, False
            except NotImplementedError:
                self._has_tools = False
        return (model, chat, False) if self._has_tools else (model, with_tools_as_text(chat, tools), bool(tools))

    def _streamed(
        self, bound: Any, messages: "list[BaseMessage]", on_text: Any, repetition: RepetitionWatch
    ) -> "AIMessage":
        """Run the class's stream in a thread of its own, since nothing else can bound what it does."""
        arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
        stop = threading.Event()
        threading.Thread(target=_pour, args=(bound, messages, arrived, stop), daemon=True).start()
        ends, whole = time.monotonic() + self._bounds.reply_s, cast(Any, None)
        try:
            while (chunk := self._next(arrived, ends)) is not None:
                if isinstance(chunk, Exception):
                    raise self._meaning(chunk) from chunk
                if text := str(chunk.text):
                    on_text(text)
                whole = chunk if whole is None else whole + chunk
                if repetition.take(text):
                    break
        finally:
            stop.set()
        if whole is None:
            raise Unreachable(f"{self._said} gave no reply at all.", "Resume the run, or set another model.")
        return whole

    def _next(self, arrived: "queue.SimpleQueue[Any]", ends: float) -> Any:
        try:
            return arrived.get(timeout=max(0.0, min(self._bounds.silence_s, ends - time.monotonic())))
        except queue.Empty:
            over = time.monotonic() >= ends
            why = (
                f"was not done after {self._bounds.reply_s:g} s"
                if over
                else f"was silent for {self._bounds.silence_s:g} s"
            )
            raise Unreachable(f"{self._said} {why}.", "Nothing is lost: resume the run when it answers.") from None

    def _reply(self, message: "AIMessage", chat: Sequence[Turn], tools: Sequence[Tool], seconds: float) -> Reply:
        written = str(message.text)
        text, calls = without_thoughts(written), _calls(message)
        usage: dict[str, Any] = cast(dict[str, Any], message.usage_metadata or {})
        told = bool(usage.get("input_tokens"))
        if tools and not calls:
            calls = calls_of(text, tools)
        sent = [written, *(f"{call.name}{call.arguments}" for call in _calls(message))]
        facts = cast(dict[str, Any], message.response_metadata)
        return Reply(
            text=text,
            calls=calls,
            tokens_in=int(usage["input_tokens"])
            if told
            else self._tokens.count_texts(texts_of(chat, tools), self.name),
            tokens_cached=int(cast(dict[str, Any], usage.get("input_token_details") or {}).get("cache_read") or 0),
            tokens_out=int(usage.get("output_tokens") or 0) if told else self._tokens.count_texts(sent, self.name),
            seconds=round(seconds, 3),
            model=str(facts.get("model_name") or facts.get("model") or self.name),
            counted="usage" if told else "estimate",
            ended=str(facts.get("finish_reason") or facts.get("stop_reason") or facts.get("done_reason") or ""),
        )

    @property
    def _said(self) -> str:
        return f"{self._place[1]} ({self.name})"

    def _meaning(self, error: Exception) -> NoModel:
        """Sort an error of whatever library by its HTTP status, or else by the name of its class."""
        answer = getattr(error, "response", None)
        found = getattr(error, "status_code", None) or getattr(answer, "status_code", None)
        status = found if isinstance(found, int) else 0
        kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
        said = f"{self._said}: {type(error).__name__}: {shortened(str(error))}"
        if status in (401, 403) or "Authentication" in kinds or "PermissionDenied" in kinds:
            return WrongKey(said, "Set the key that this class reads, or give it in its options.")
        if status in (408, 409, 429) or status >= 500 or _is_any(kinds, "Timeout", "Connect", "RateLimit", "Network"):
            return Unreachable(said, "Nothing is lost: resume the run when it answers.")
        if status in (400, 404, 422) or "NotFound" in kinds or "BadRequest" in kinds:
            return WrongModel(said, "Check the model's name in the options.")
        return NoModel(said, "Try the class alone to see whether it works outside of this program.")


def _is_any(kinds: str, *words: str) -> bool:
    return any(word in kinds for word in words)


def _made(package: str, name: str, options: Mapping[str, Any]) -> "BaseChatModel":
    from langchain_core.language_models import BaseChatModel

    try:
        found = getattr(importlib.import_module(package), name, None)
    except ImportError as error:
        raise RefusedInput(
            f"The package {package!r} of the LangChain class {name!r} cannot be imported: {shortened(str(error))}.",
            f"Install it beside this program: uv pip install {package.split('.')[0].replace('_', '-')}",
        ) from error
    if not isinstance(found, type) or not issubclass(found, BaseChatModel):
        raise RefusedInput(
            f"{package}:{name} is no chat model of LangChain.", "It must be a subclass of BaseChatModel."
        )
    try:
        return found(**options)
    except Exception as error:  # each class has its own ways to refuse its options
        reason = re.sub(r"input_value=.*?, input_type=", "input_type=", str(error), flags=re.DOTALL)  # may be the key
        said = f"{package}:{name} cannot be made with the options {sorted(options)}: {shortened(reason)}"
        if "key" in str(error).lower() or "credential" in str(error).lower():
            raise WrongKey(said, "Set the key that this class reads, or give it in its options.") from error
        raise RefusedInput(said, "Its documentation names the options that it takes.") from error


def _pour(bound: Any, messages: "list[BaseMessage]", arrived: "queue.SimpleQueue[Any]", stop: threading.Event) -> None:
    """In a thread: put each chunk into `arrived`, then an exception if there was one, then None."""
    try:
        for chunk in bound.stream(messages):
            arrived.put(chunk)
            if stop.is_set():
                return
    except Exception as error:  # whatever library this is: who waits must be told
        arrived.put(error)
    finally:
        arrived.put(None)


def _messages(chat: Sequence[Turn]) -> "list[BaseMessage]":
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

    messages: list[BaseMessage] = []
    for turn in chat:
        content = turn.get("content") or ""
        if turn["role"] == "system":
            messages.append(SystemMessage(content))
        elif turn["role"] == "tool":
            messages.append(ToolMessage(content, tool_call_id=turn["tool_call_id"]))
        elif turn["role"] == "assistant":
            calls = [_as_langchain(call) for call in turn.get("tool_calls") or ()]
            messages.append(AIMessage(content, tool_calls=cast(Any, calls)))
        else:
            messages.append(HumanMessage(content))
    return messages


def _as_langchain(call: Mapping[str, Any]) -> dict[str, Any]:
    """LangChain wants the arguments read; what cannot be read is passed on as one text, so that its result fits."""
    function = call["function"]
    try:
        arguments = json.loads(function["arguments"])
    except ValueError:
        arguments = None
    fine = isinstance(arguments, dict)
    return {"name": function["name"], "args": arguments if fine else {"text": function["arguments"]}, "id": call["id"]}


def _calls(message: "AIMessage") -> tuple[Call, ...]:
    """The calls with their arguments as they came; LangChain's own reading would complete what was cut off."""
    pieces = getattr(message, "tool_call_chunks", None)
    if pieces is None:
        read = [{**call, "args": json.dumps(call["args"], ensure_ascii=False)} for call in message.tool_calls]
        pieces = [*read, *message.invalid_tool_calls]
    return tuple(
        Call(piece.get("name") or "", piece.get("args") or "{}", piece.get("id") or new_call_id())
        for piece in cast(list[dict[str, Any]], pieces)
    )
