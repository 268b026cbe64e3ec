"""OpenAIModel: any endpoint that speaks the OpenAI chat protocol; what is sent, tried again and made of an answer."""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from coder.errors import NoModel, Unreachable, WrongModel
from coder.model.endpoint_features import EndpointFeatures, recall, remember
from coder.model.http_errors import BadCall, Refusal, error_of, fault_of
from coder.model.model import Call, Reply, ReplyOptions, Tool, Turn, Watch
from coder.model.openai_connection import Connection
from coder.model.reasoning import without_thoughts
from coder.model.repetition import ENDED, said_of
from coder.model.request import Options, Request
from coder.model.retry_policy import Fault, Retries, RetryPolicy
from coder.model.streaming import Assembly, Unexplained, counts, data_of, parsed, thought_tokens
from coder.model.text_tool_calls import ProseFilter, calls_of
from coder.model.tokens import texts_of

_TRIALS = 2  # replies without a call for which it is tried whether the tools were seen
_SPENT = ("tokens_in", "tokens_cached", "tokens_out")
SWITCH = "CODER_NO_MODEL"  # in the environment: only servers on this machine may be asked


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
        patience: RetryPolicy | None = None,
        options: Options | None = None,
    ) -> None:
        self.name = name
        self.base_url = base_url.strip().rstrip("/")
        self.options = options or Options()
        self._patience = patience or RetryPolicy()
        self._server = Connection(self.base_url, key.strip(), self._patience, self.options.headers)
        self._abilities: EndpointFeatures | None = None
        self._tokens = self.options.tokens
        self._unseen = 0  # replies without a call before the first call

    def prepare(self) -> None:
        """Import the client and set it up, which takes about half a second; otherwise `complete` does it."""
        self._server.client()

    def list_models(self) -> tuple[str, ...]:
        """Return the names of the models that the endpoint lists, () if it lists none.

        Raises:
            NoModel: nobody answers within 3 s, or the endpoint refuses to tell.
        """
        self._check_switch()
        try:
            return self._server.models()
        except Fault as fault:
            raise Unreachable(f"{self._server.where} does not answer: {fault.reason}.", "Check the URL.") from None
        except Refusal as refusal:
            raise error_of(refusal, self._server.where, self.name, ()) from None

    def complete(
        self,
        purpose: str,
        chat: Sequence[Turn],
        tools: Sequence[Tool],
        watch: Watch,
        options: ReplyOptions = ReplyOptions(),
    ) -> Reply:
        """Return the reply to `chat`; its text is streamed to `watch.on_text`, waits are told to `watch.on_wait`.

        What the endpoint refuses of `options` is left out. KeyboardInterrupt closes the connection and passes through.

        Raises:
            WrongKey, WrongModel: at once, with the endpoint's own words.
            Unreachable: refused, silent or broken until the time for retries was over.
            NoModel: quota used up, or the switch CODER_NO_MODEL is set and the endpoint is not on this machine.
        """
        self._check_switch()
        self._check_window(chat, tools)
        request = Request(self.name, chat, tools, options, self.options, self._server.here, purpose)
        at_once = self._known.at_once
        reply, thought = self._answered(request, watch)
        while thought and reply.ended == "length":
            if not (more := request.with_room_for_thoughts(replace(self._known, at_once=at_once))):
                break
            request = more
            reply, thought = self._again(reply, request, watch, "its thoughts took all the tokens it had; it gets more")
        return self._seeing_its_tools(reply, request, watch)

    def _seeing_its_tools(self, reply: Reply, request: Request, watch: Watch) -> Reply:
        """The reply; asked for once more with the tools told in words, if it seems that the model was shown none.

        There are servers that take tools, have no place for them in the model's template, and say nothing of it. Who
        has called anything before was shown them, and now answered in words. If telling them does not lead to a call
        either, they were not what was missing.
        """
        if not request.tools or not request.native(self._known):
            return reply
        if reply.calls or any(turn.get("tool_calls") for turn in request.chat):
            self._unseen = _TRIALS
        if self._unseen == _TRIALS:
            return reply
        self._unseen += 1
        told = replace(request, as_text=True)
        second, _ = self._again(reply, told, watch, "it called nothing; the commands are told in words this time")
        if second.calls:
            self._keep(replace(self._known, tools=False))
        return second

    def _again(self, reply: Reply, request: Request, watch: Watch, why: str) -> tuple[Reply, bool]:
        """The reply to another request in place of a first one, which was paid too; and whether it thought.

        The first one, if there is no second.
        """
        watch.on_restart(why)
        try:
            second, thought = self._answered(request, watch)
        except NoModel:
            watch.on_text(reply.text)
            return reply, False
        spent = {name: getattr(reply, name) + getattr(second, name) for name in _SPENT}
        return replace(second, **spent, seconds=round(reply.seconds + second.seconds, 3)), thought

    def _answered(self, request: Request, watch: Watch) -> tuple[Reply, bool]:
        """The reply to one request, tried again where that may help; and whether it thought before."""
        retries = Retries(self._patience, self._server.where)
        faults: list[Fault] = []
        while True:
            told: list[str] = []

            def tell(text: str, told: list[str] = told) -> None:
                told.append(text)
                watch.on_text(text)

            try:
                return self._try(request, replace(watch, on_text=tell), retries.read_s, faults)
            except Fault as fault:
                if told:
                    watch.on_restart("the connection broke")
                faults.append(fault)
                retries.pause(fault, watch)

    @property
    def _known(self) -> EndpointFeatures:
        if self._abilities is None:
            self._abilities = recall(self.options.abilities, self._place)
        return self._abilities

    def _keep(self, abilities: EndpointFeatures) -> None:
        self._abilities = abilities
        remember(self.options.abilities, self._place, abilities)

    @property
    def _place(self) -> str:
        return f"{self.base_url} {self.name}"

    def _try(self, request: Request, watch: Watch, read_s: float, faults: Sequence[Fault]) -> tuple[Reply, bool]:
        """One try, with parameters left out that the endpoint turns out not to know; that is not counted as a fault."""
        abilities, lasting = self._known, True
        if any(isinstance(fault, Unexplained) for fault in faults):  # twice in a row is its manner and no accident
            abilities = replace(abilities, ends=False)
        if sum(isinstance(fault, BadCall) for fault in faults) > 1:
            request = replace(request, as_text=True)
        while True:
            body = request.body(abilities)
            try:
                reply, thought = self._ask(request, body, watch, (abilities, read_s))
            except Refusal as refusal:
                reduced = None if refusal.about_call() else refusal.without(abilities, body, self.options.extra)
                if reduced is None:
                    raise self._meaning(refusal) from None
                lasting, abilities = lasting and refusal.lasting(), reduced
                continue
            found = replace(abilities if lasting else self._known, at_once=abilities.at_once and not thought)
            if found != self._known:
                self._keep(found)
            return reply, thought

    def _ask(
        self, request: Request, body: dict[str, Any], watch: Watch, terms: tuple[EndpointFeatures, float]
    ) -> tuple[Reply, bool]:
        abilities, read_s = terms
        prose, started = ProseFilter(watch.on_text), time.monotonic()
        as_text = bool(request.tools) and not request.native(abilities)
        with self._server.answer(body, read_s) as answer:
            assembly = Assembly(prose.take if as_text else watch.on_text, answer.hang_up_soon)
            if "json" in answer.kind and "ndjson" not in answer.kind:
                whole = parsed(b"".join(answer.chunks).decode("utf-8", "replace"))
                assembly.add_whole(whole)
            elif "html" in answer.kind or "xml" in answer.kind:
                raise Fault(f"an answer of type {answer.kind!r} and not a chat", "broken")
            else:
                assembly.read_stream(data_of(answer.chunks, read_s), framed=answer.framed and not abilities.ends)
        reply = self._reply(assembly, request, time.monotonic() - started)
        if not reply.calls:
            prose.release()
        if reply.text and not assembly.text.strip():
            watch.on_text(reply.text)
        return reply, _thought(assembly, reply)

    def _reply(self, assembly: Assembly, request: Request, seconds: float) -> Reply:
        chat, tools = request.chat, request.tools
        names = [tool.name for tool in tools] or [request.schema_name]
        text, calls = without_thoughts(assembly.text), tuple(_named(call, names) for call in assembly.calls)
        if tools and not calls:
            calls = calls_of(text, tools)
        if not tools and not text:  # a command that it only thought of is not carried out
            text = without_thoughts(assembly.thoughts_alone)
        text, calls = request.answer_of(text, calls)
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
            fault.reason = self._server.without_key(fault.reason)
            return fault
        listed: tuple[str, ...] = ()
        if refusal.status == 404 or "model" in refusal.body:
            try:
                listed = self._server.models()
            except (Fault, Refusal, NoModel):
                listed = ()  # the error itself is what counts; the list is an extra
        refusal.body = self._server.without_key(refusal.body)
        return error_of(refusal, self._server.where, self.name, listed)

    def _check_switch(self) -> None:
        if os.environ.get(SWITCH, "") not in ("", "0") and not self._server.here:
            raise NoModel(
                f"{SWITCH} is set, so {self._server.where} is not asked.",
                "Unset it, or use a server on this machine.",
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


def _thought(assembly: Assembly, reply: Reply) -> bool:
    """Whether the model thought before it answered, as far as that can be seen: some endpoints only count thoughts."""
    cut_before_a_word = reply.ended == "length" and not reply.text.strip() and not reply.calls
    in_text = len(reply.text.strip()) < len(assembly.text.strip()) and not assembly.calls
    return assembly.thoughts or cut_before_a_word or in_text or thought_tokens(assembly.usage) > 0


def _named(call: Call, names: Sequence[str]) -> Call:
    """The call under the name that was offered, where marks of a template stick to it."""
    name = call.name.partition("<|")[0].strip()
    last = name.rpartition(".")[2]
    return replace(call, name=last if name not in names and last in names else name)


def _note(assembly: Assembly, text: str, calls: Sequence[Call]) -> str:
    """What is odd about a reply, in words for the model and the person; "" if nothing is."""
    silent = not text.strip() and not calls and (assembly.thoughts or bool(assembly.text.strip()))
    thoughts = silent or bool(assembly.thoughts_alone)
    found = ["it holds nothing but thoughts, and no answer"] if thoughts else []
    found += ["it was cut: the limit of tokens was reached"] if assembly.ended == "length" else []
    found += [said_of(assembly.cycle)] if assembly.ended == ENDED else []
    return "; ".join(found)
