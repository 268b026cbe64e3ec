"""OpenAIModel: any endpoint that speaks the OpenAI chat protocol. The only file that imports openai, and that late."""

import gc
import json
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, urlsplit

from coder.errors import NoModel, RefusedInput, Unreachable, WrongKey, WrongModel
from coder.model.endpoint_features import Abilities, recall, remember
from coder.model.http_errors import BadCall, Refusal, error_of, fault_of
from coder.model.local_servers import is_loopback
from coder.model.model import Call, Reply, Tool, Turn, Watch
from coder.model.reasoning import without_thoughts
from coder.model.retry import Fault, Patience, Retries
from coder.model.streaming import Assembly, Unexplained, counts, data_of, parsed, shortened
from coder.model.text_tool_calls import Prose, calls_in, with_tools_as_text, without_system
from coder.model.tokens import TokenCounter, texts_of

if TYPE_CHECKING:
    import httpx
    import openai

SWITCH = "CODER_NO_MODEL"  # in the environment: only servers on this machine may be asked
LISTING_S = 3.0
GRACE_S = 3.0  # after the last word, for the counts of tokens and the end of the stream


@dataclass(frozen=True)
class Options:
    """What is set for a model once.

    `window`: tokens that a request may have, 0 if unknown; `extra`: more fields for each request, such as temperature;
    `abilities`: the file in which is remembered what endpoints cannot do; `tokens`: counts what no endpoint counted.
    """

    window: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    abilities: Path | None = None
    tokens: TokenCounter = field(default_factory=lambda: TokenCounter(prefer_exact=True))


class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint.

    Args:
        name: the model's name there.
        base_url: "https://host/v1", as in the endpoint's own documentation.
        key: the key; "" for servers that ask for none. It is sent to this URL and shown nowhere.
        patience: time-outs and the bound for retries.
        options: window, further request fields, file of abilities.

    Raises:
        RefusedInput: `base_url` is no http or https URL.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        key: str = "",
        *,
        patience: Patience | None = None,
        options: Options | None = None,
    ) -> None:
        self.name = name
        self.base_url = base_url.strip().rstrip("/")
        self.options = options or Options()
        self._patience = patience or Patience()
        self._wire = _Wire(self.base_url, key.strip(), self._patience)
        self._abilities: Abilities | None = None
        self._tokens = self.options.tokens

    def prepare(self) -> None:
        """Import the client and set it up, which takes about half a second; otherwise `complete` does it."""
        self._wire.client()

    def list_models(self) -> tuple[str, ...]:
        """Return the names of the models that the endpoint lists, () if it lists none.

        Raises:
            NoModel: nobody answers within 3 s, or the endpoint refuses to tell.
        """
        self._check_switch()
        try:
            return self._wire.models()
        except Fault as fault:
            raise Unreachable(f"{self._wire.where} does not answer: {fault.reason}.", "Check the URL.") from None
        except Refusal as refusal:
            raise error_of(refusal, self._wire.where, self.name, ()) from None

    def complete(self, purpose: str, chat: Sequence[Turn], tools: Sequence[Tool], watch: Watch) -> Reply:
        """Return the reply to `chat`; its text is streamed to `watch.on_text`, waits are told to `watch.on_wait`.

        `purpose` is not told to the endpoint. KeyboardInterrupt closes the connection and passes through.

        Raises:
            WrongKey, WrongModel: at once, with the endpoint's own words.
            Unreachable: refused, silent or broken until the time for retries was over.
            NoModel: quota used up, or the switch CODER_NO_MODEL is set and the endpoint is not on this machine.
        """
        self._check_switch()
        self._check_window(chat, tools)
        retries = Retries(self._patience, self._wire.where)
        faults: list[Fault] = []
        while True:
            told: list[str] = []

            def tell(text: str, told: list[str] = told) -> None:
                told.append(text)
                watch.on_text(text)

            try:
                return self._try(chat, tools, replace(watch, on_text=tell), (retries.read_s, faults))
            except Fault as fault:
                if told:
                    watch.on_restart()
                faults.append(fault)
                retries.pause(fault, watch)

    def _try(
        self, chat: Sequence[Turn], tools: Sequence[Tool], watch: Watch, terms: tuple[float, Sequence[Fault]]
    ) -> Reply:
        """One try, with parameters left out that the endpoint turns out not to know; that is not counted as a fault."""
        read_s, faults = terms
        place = f"{self.base_url} {self.name}"
        self._abilities = known = self._abilities or recall(self.options.abilities, place)
        abilities, lasting = known, True
        if any(isinstance(fault, Unexplained) for fault in faults):  # twice in a row is its manner and no accident
            abilities = replace(abilities, ends=False)
        if sum(isinstance(fault, BadCall) for fault in faults) > 1:
            abilities, lasting = replace(abilities, tools=False), False
        while True:
            try:
                reply = self._ask(chat, tools, watch, (abilities, read_s))
            except Refusal as refusal:
                reduced = None if refusal.about_call() else refusal.without(abilities, bool(tools))
                if reduced is None:
                    raise self._meaning(refusal) from None
                lasting, abilities = lasting and refusal.lasting(), reduced
                continue
            if lasting and abilities != known:
                self._abilities = abilities
                remember(self.options.abilities, place, abilities)
            return reply

    def _ask(self, chat: Sequence[Turn], tools: Sequence[Tool], watch: Watch, terms: tuple[Abilities, float]) -> Reply:
        abilities, read_s = terms
        prose, started = Prose(watch.on_text), time.monotonic()
        as_text = bool(tools) and not abilities.tools
        with self._wire.answer({**_body(self.name, chat, tools, abilities), **self.options.extra}, read_s) as answer:
            assembly = Assembly(prose.take if as_text else watch.on_text, answer.hang_up_soon)
            if "json" in answer.kind and "ndjson" not in answer.kind:
                whole = parsed(b"".join(answer.chunks).decode("utf-8", "replace"))
                assembly.add_whole(whole)
            elif "html" in answer.kind or "xml" in answer.kind:
                raise Fault(f"an answer of type {answer.kind!r} and not a chat", "broken")
            else:
                assembly.read_stream(data_of(answer.chunks, read_s), framed=answer.framed and not abilities.ends)
        reply = self._reply(assembly, chat, tools, time.monotonic() - started)
        if not reply.calls:
            prose.release()
        return reply

    def _reply(self, assembly: Assembly, chat: Sequence[Turn], tools: Sequence[Tool], seconds: float) -> Reply:
        names = [tool.name for tool in tools]
        text, calls = without_thoughts(assembly.text), tuple(_named(call, names) for call in assembly.calls)
        if tools and not calls:
            calls = calls_in(text, names)
        told = counts(assembly.usage)
        if told is None:
            written = [assembly.text, *(f"{call.name}{call.arguments}" for call in assembly.calls)]
            count = self._tokens
            tokens = (count.count_texts(texts_of(chat, tools), self.name), 0, count.count_texts(written, self.name))
        else:
            tokens = told
            if self._near_window(chat, tools):
                self._tokens.calibrate(self.name, self._tokens.count(chat, tools, self.name), told[0])
        return Reply(
            text=text,
            calls=calls,
            tokens_in=tokens[0],
            tokens_cached=tokens[1],
            tokens_out=tokens[2],
            seconds=round(seconds, 3),
            model=assembly.model or self.name,
            counted="usage" if told else "estimate",
            ended=assembly.ended,
            note=_note(assembly, text, calls),
        )

    def _meaning(self, refusal: Refusal) -> Fault | NoModel:
        fault = fault_of(refusal, time.time())
        if fault is not None:
            fault.reason = self._wire.without_key(fault.reason)
            return fault
        listed: tuple[str, ...] = ()
        if refusal.status == 404 or "model" in refusal.body:
            try:
                listed = self._wire.models()
            except (Fault, Refusal, NoModel):
                listed = ()  # the error itself is what counts; the list is an extra
        refusal.body = self._wire.without_key(refusal.body)
        return error_of(refusal, self._wire.where, self.name, listed)

    def _check_switch(self) -> None:
        if os.environ.get(SWITCH, "") not in ("", "0") and not self._wire.here:
            raise NoModel(
                f"{SWITCH} is set, so {self._wire.where} is not asked.", "Unset it, or use a server on this machine."
            )

    def _near_window(self, chat: Sequence[Turn], tools: Sequence[Tool]) -> bool:
        """Whether the request must be counted: it hardly ever has more tokens than characters."""
        return bool(self.options.window) and sum(map(len, texts_of(chat, tools))) > self.options.window

    def _check_window(self, chat: Sequence[Turn], tools: Sequence[Tool]) -> None:
        if not self._near_window(chat, tools):
            return
        if (tokens := self._tokens.count(chat, tools, self.name)) > self.options.window:
            raise WrongModel(
                f"The chat is about {tokens} tokens, and the window of model {self.name!r} is set to "
                f"{self.options.window}.",
                "Set a larger window if the model has one, or send less.",
            )


def _body(name: str, chat: Sequence[Turn], tools: Sequence[Tool], abilities: Abilities) -> dict[str, Any]:
    """A request as the endpoint can take it."""
    turns = list(chat)
    if not abilities.tools:
        turns = with_tools_as_text(turns, tools)
    if not abilities.system:
        turns = without_system(turns)
    if not abilities.empty:
        turns = [{**turn, "content": turn.get("content") or ""} for turn in turns]
    body: dict[str, Any] = {"model": name, "messages": turns, "stream": abilities.stream}
    if tools and abilities.tools:
        body["tools"] = [tool.to_json() for tool in tools]
    if abilities.usage and abilities.stream:
        body["stream_options"] = {"include_usage": True}
    return body


def _named(call: Call, names: Sequence[str]) -> Call:
    """The call under the name that was offered, where marks of a template stick to it."""
    name = call.name.partition("<|")[0].strip()
    last = name.rpartition(".")[2]
    return replace(call, name=last if name not in names and last in names else name)


def _note(assembly: Assembly, text: str, calls: Sequence[Call]) -> str:
    """What is odd about a reply, in words for the model and the person; "" if nothing is."""
    thoughts = not text.strip() and not calls and (assembly.thoughts or bool(assembly.text.strip()))
    found = ["it holds nothing but thoughts, and no answer"] if thoughts else []
    found += ["it was cut: the limit of tokens was reached"] if assembly.ended == "length" else []
    return "; ".join(found)


@dataclass(frozen=True)
class _Answer:
    """An HTTP answer as it comes.

    `kind` is its content type in lower case; `framed`: the transport tells a whole answer from one that was cut.
    """

    kind: str
    framed: bool
    chunks: Iterator[bytes]
    hang_up_soon: Callable[[], None]


class _Wire:
    """The openai client: made once, its exceptions turned into ours."""

    def __init__(self, base_url: str, key: str, patience: Patience) -> None:
        parts = _parts(base_url)
        if parts is None:
            raise RefusedInput(
                f"{base_url!r} is no URL of an endpoint.", "Write it in full, as in http://127.0.0.1:11434/v1."
            )
        self.where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self.here = is_loopback(base_url)
        self._plain = parts.scheme == "http"
        self._base_url = base_url
        self._key = key
        self._patience = patience
        self._client: openai.OpenAI | None = None

    def client(self) -> "openai.OpenAI":
        if self._client is None:
            if not all("!" <= letter <= "~" for letter in self._key):
                raise WrongKey(
                    f"The key for {self.where} holds characters that no key has.",
                    "Copy it again, without quotes or blanks.",
                )
            _import_quickly()
            import openai

            self._client = openai.OpenAI(
                api_key=self._key or "none",
                base_url=self._base_url,
                max_retries=0,
                # Certificates take 20 ms to read and plain http needs none; no proxy stands before this machine.
                http_client=openai.DefaultHttpxClient(verify=not self._plain, trust_env=not self.here),
            )
        return self._client

    @contextmanager
    def answer(self, body: dict[str, Any], read_s: float) -> Generator[_Answer]:
        """Send one chat request; yield the answer as it comes."""
        client = self.client()
        with self._translated(read_s), ExitStack() as timers:
            try:
                stream = self._posted(client, body, read_s)
            except UnicodeEncodeError:  # half a character, from a terminal or a file with another encoding
                clean = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
                stream = self._posted(client, json.loads(clean), read_s)
            with stream:
                headers = stream.response.headers
                framed = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower()
                kind = headers.get("content-type", "").lower()

                def chunks() -> Iterator[bytes]:
                    with self._translated(read_s):  # here, so that whoever reads sees our own faults
                        yield from stream.response.iter_bytes()

                def hang_up_soon() -> None:
                    timers.push(_hang_up_soon(stream.response))

                yield _Answer(kind, framed, chunks(), hang_up_soon)

    def _posted(self, client: "openai.OpenAI", body: dict[str, Any], read_s: float) -> "openai.Stream[object]":
        """Use the client's general `post`: `chat.completions` would first import types, for 300 ms and no use."""
        import openai

        return client.post(
            "/chat/completions",
            cast_to=object,
            body=body,
            options={"timeout": self._timeout(read_s)},
            stream=True,
            stream_cls=openai.Stream[object],
        )

    def models(self) -> tuple[str, ...]:
        import httpx

        client = self.client()
        with self._translated(LISTING_S):
            response = client.get("/models", cast_to=httpx.Response, options={"timeout": self._timeout(LISTING_S)})
        rows = parsed(response.text).get("data")
        found = cast(list[Any], rows) if isinstance(rows, list) else []
        return tuple(str(cast(dict[str, Any], row).get("id")) for row in found if isinstance(row, dict))

    def without_key(self, text: str) -> str:
        """Endpoints like to quote the key that they refuse."""
        if self._key:
            text = text.replace(self._key, "…")
        return re.sub(r"\b(sk|pk|gsk|xai)[-_][\w*.-]{6,}", "…", text)

    def _timeout(self, read_s: float) -> "httpx.Timeout":
        import httpx

        return httpx.Timeout(read_s, connect=min(self._patience.connect_s, read_s))

    @contextmanager
    def _translated(self, read_s: float) -> Generator[None]:
        import httpx
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            raise Refusal(error.response.status_code, _lowered(error.response.headers), error.response.text) from None
        except openai.APIConnectionError as error:
            raise self._fault(error.__cause__ or error, read_s) from None
        except httpx.HTTPError as error:
            raise self._fault(error, read_s) from None

    def _fault(self, error: BaseException, read_s: float) -> Fault | NoModel:
        import httpx

        said = shortened(str(error)) or type(error).__name__
        if isinstance(error, httpx.ConnectTimeout):
            return Fault(f"no connection within {self._patience.connect_s:g} s", "silent")
        if isinstance(error, httpx.TimeoutException):
            return Fault(f"no word for {read_s:.0f} s", "silent")
        if isinstance(error, httpx.ConnectError) and "CERTIFICATE" in said:
            return Unreachable(f"{self.where} shows no certificate that can be trusted: {said}.", "Check the URL.")
        if isinstance(error, httpx.ConnectError):
            return Fault(f"no connection ({said})", "refused")
        return Fault(f"the connection was cut ({said})", "broken")


def _hang_up_soon(response: "httpx.Response") -> Callable[..., None]:
    """Close the connection after GRACE_S, as servers exist that keep it open for ever; return what calls that off."""
    line = response.extensions["network_stream"].get_extra_info("socket")

    def close() -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(GRACE_S, close)
    timer.daemon = True
    timer.start()
    return lambda *_: timer.cancel()


def _parts(url: str) -> SplitResult | None:
    """The parts of an http or https URL; None for anything else."""
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else None
    except ValueError:  # half a bracket, a port that is no number
        return None


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _import_quickly() -> None:
    """Import openai without the garbage collector, which would look in vain through a thousand new modules."""
    if "openai" in sys.modules or not gc.isenabled():
        return
    gc.disable()
    try:
        import openai

        del openai
        gc.freeze()  # they stay for good, so later collections need not look at them either
    finally:
        gc.enable()
