"""OpenAIModel against a real server on loopback: replies in every form, and every fault that a server can make."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from openai_server import Answer, Asked, Nature, OpenAIServer, Style, refuses
from places import ROOT

from coder.errors import NoModel, RefusedInput, Unreachable, WrongKey, WrongModel
from coder.model.model import Reply, Tool, Turn, Wait, Watch
from coder.model.openai_model import OpenAIModel, Options
from coder.model.retry_policy import RetryPolicy

CHAT: list[Turn] = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello?"}]
TOOLS = [
    Tool("write_code", "Writes the code of a step.", {"type": "object", "properties": {"step": {"type": "integer"}}})
]
# Quick to try again, but patient with an answer: the server shares its processor with everything else here.
SHORT = RetryPolicy(read_s=30, total_s=30, last_try_s=30, first_wait_s=0.02, tick_s=0.02)
NATIVE = Answer("ok", calls=[("write_code", {"step": 1})])
TEXT_CALL = '[{"command": "write_code", "arguments": {"step": 1}}]'


def model_at(server: OpenAIServer, patience: RetryPolicy = SHORT, **options: Any) -> OpenAIModel:
    return OpenAIModel("test", server.url, "key-of-mine", patience=patience, options=Options(**options))


def ask(server: OpenAIServer, tools: list[Tool] | None = None, **options: Any) -> Reply:
    return model_at(server, **options).complete("code", CHAT, tools or [], Watch())


# Replies


def test_text_is_streamed_as_it_comes_and_usage_is_the_endpoints_own() -> None:
    heard: list[str] = []
    usage = {"prompt_tokens": 50, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 40}}
    with OpenAIServer([Answer("Hello my friend", usage=usage)]) as server:
        reply = model_at(server).complete("code", CHAT, [], Watch(on_text=heard.append))
    assert heard == ["Hello", " my", " friend"]
    assert (reply.text, reply.calls, reply.ended, reply.model) == ("Hello my friend", (), "stop", "test")
    assert (reply.tokens_in, reply.tokens_cached, reply.tokens_out, reply.counted) == (50, 40, 3, "usage")
    sent = server.asked[0]
    assert sent.headers["authorization"] == "Bearer key-of-mine"
    assert sent.body == {
        "model": "test",
        "messages": CHAT,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 4000,
    }


@pytest.mark.parametrize("style", ["usual", "whole", "no_index", "no_id", "dict", "all_zero", "fragments"])
def test_calls_arrive_whole_from_every_kind_of_server(style: Style) -> None:
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("write_code", {"step": 1, "why": 'é "quoted"'}),
        ("finish", {}),
        ("write_code", {"step": 2}),
    ]
    with OpenAIServer([Answer("Now:", calls=wanted, style=style)]) as server:
        reply = ask(server, TOOLS)
    assert [(call.name, json.loads(call.arguments)) for call in reply.calls] == wanted
    assert len({call.id for call in reply.calls}) == 3
    assert server.asked[0].body["tools"] == [TOOLS[0].to_json()]


def test_a_server_that_answers_in_one_piece_although_asked_to_stream_is_understood() -> None:
    with OpenAIServer([Answer("Hi", calls=[("finish", {"a": 1})], whole=True)]) as server:
        reply = ask(server, TOOLS)
    assert (reply.text, reply.calls[0].name, reply.calls[0].arguments) == ("Hi", "finish", '{"a": 1}')


def test_without_usage_the_tokens_are_estimated_and_the_reply_says_so() -> None:
    with OpenAIServer([Answer("one two three four", usage=None)]) as server:
        reply = ask(server)
    assert reply.counted == "estimate"
    assert reply.tokens_out == 4
    assert 3 <= reply.tokens_in <= 8


def test_further_request_fields_are_sent_along() -> None:
    with OpenAIServer(["ok"]) as server:
        ask(server, extra={"temperature": 0.2})
    assert server.asked[0].body["temperature"] == 0.2


def test_text_that_no_encoding_can_carry_does_not_stop_the_request() -> None:
    with OpenAIServer(["ok"]) as server:
        chat = [{"role": "user", "content": "bad \udcff byte"}]
        assert model_at(server).complete("code", chat, [], Watch()).text == "ok"


def test_a_server_that_does_not_end_its_stream_with_done_is_understood() -> None:
    with OpenAIServer([Answer("Hello", done=False), Answer("Hello", finish=None)]) as server:
        assert [ask(server).text, ask(server).text] == ["Hello", "Hello"]


def test_a_server_that_never_says_why_it_ended_is_taken_at_its_word_from_the_second_time_on(tmp_path: Path) -> None:
    file = tmp_path / "abilities.json"
    silent = Answer("Hello", finish=None, done=False)
    with OpenAIServer([silent] * 3) as server:
        assert [ask(server, abilities=file).text, ask(server, abilities=file).text] == ["Hello", "Hello"]
    assert len(server.asked) == 3  # asked twice once: an end without a word may be a cut


def test_a_connection_that_stays_open_when_all_is_said_is_not_waited_for() -> None:
    end = 'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
    said = 'data: {"choices": [{"delta": {"content": "All."}}]}\n\n'
    with OpenAIServer([Answer(raw=said + end, open_s=600)]) as server:
        assert ask(server).text == "All."
    assert len(server.asked) == 1


def test_the_half_of_an_answer_that_is_cut_after_its_end_mark_is_whole() -> None:
    with OpenAIServer([Answer("one two", cut_after=4)]) as server:
        assert ask(server).text == "one two"


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (Answer("<think>hm", finish="length"), "nothing but thoughts"),
        (Answer("<think>hm", finish="length"), "limit of tokens"),
        (
            Answer(raw='data: {"choices": [{"delta": {"reasoning_content": "hm"}, "finish_reason": "length"}]}\n\n'),
            "nothing but thoughts",
        ),
    ],
)
def test_a_reply_without_an_answer_says_what_it_is_instead(answer: Answer, note: str) -> None:
    with OpenAIServer([answer], Nature(repeat=True)) as server:
        reply = ask(server)
    assert reply.text == ""
    assert note in reply.note


THOUGHT = {"reasoning_content": f"hm</think>\n\n{TEXT_CALL}"}
ALL_THOUGHT = Answer(raw=f"data: {json.dumps({'choices': [{'delta': THOUGHT, 'finish_reason': 'stop'}]})}\n\n")


def test_an_answer_that_a_server_took_for_thoughts_is_the_answer_if_there_is_no_other() -> None:
    heard: list[str] = []
    with OpenAIServer([ALL_THOUGHT]) as server:
        reply = model_at(server).complete("plan", CHAT, [], Watch(on_text=heard.append))
    assert (reply.text, "".join(heard)) == (TEXT_CALL, TEXT_CALL)
    assert "nothing but thoughts" in reply.note  # should it not be of use


def test_a_command_that_a_model_only_thought_of_is_not_carried_out() -> None:
    with OpenAIServer([ALL_THOUGHT], Nature(repeat=True)) as server:
        reply = ask(server, TOOLS)
    assert (reply.text, reply.calls) == ("", ())


# Endpoints that take less than others


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Unsupported value: 'stream' does not support true with this model."),
        (400, "This organization must be verified before the model may be streamed."),
        (400, "streaming is not supported with tool calls"),
    ],
)
def test_an_endpoint_that_does_not_stream_is_asked_for_the_whole_and_keeps_its_tools(
    status: int, words: str, tmp_path: Path
) -> None:
    def script(asked: Asked, number: int) -> Answer:
        if asked.body.get("stream"):
            return refuses(status, words, "invalid_request_error")
        return Answer("Hi", calls=[("write_code", {"step": 1})])

    with OpenAIServer(script) as server:
        for _ in range(2):
            assert ask(server, TOOLS, abilities=tmp_path / "abilities.json").calls[0].name == "write_code"
    assert [asked.body["stream"] for asked in server.asked] == [True, False, False]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "System role not supported"),
        (500, "System role not supported"),
        (400, "Only user and assistant roles are supported!"),
        (422, "messages: role 'system' is not one of ['user', 'assistant']"),
    ],
)
def test_a_model_without_a_system_role_is_told_its_words_by_the_user(status: int, words: str) -> None:
    def script(asked: Asked, number: int) -> Answer:
        system = any(turn["role"] == "system" for turn in asked.body["messages"])
        return refuses(status, words, "invalid_request_error") if system else Answer("Hi")

    with OpenAIServer(script) as server:
        assert ask(server).text == "Hi"
    assert server.asked[-1].body["messages"] == [{"role": "user", "content": "Be short.\n\nHello?"}]
    assert len(server.asked) == 2


CALLED: list[Turn] = [
    *CHAT,
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c12345678", "type": "function", "function": {"name": "write_code", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "c12345678", "content": "done"},
    {"role": "user", "content": "Go on."},
]


def test_turns_that_must_alternate_are_made_to() -> None:
    def script(asked: Asked, number: int) -> Answer:
        roles = [turn["role"] for turn in asked.body["messages"] if turn["role"] != "system"]
        right = all(role == ("user", "assistant")[at % 2] for at, role in enumerate(roles))
        return Answer(TEXT_CALL) if right else refuses(400, "Conversation roles must alternate user/assistant/…")

    with OpenAIServer(script) as server:
        assert model_at(server).complete("code", CALLED, TOOLS, Watch()).calls[0].name == "write_code"


def test_a_template_that_wants_an_answer_after_a_tool_is_found_out_once() -> None:
    def script(asked: Asked, number: int) -> Answer:
        roles = [turn["role"] for turn in asked.body["messages"]]
        return refuses(400, "Unexpected role 'user' after role 'tool'") if "tool" in roles else Answer(TEXT_CALL)

    with OpenAIServer(script) as server:
        model = model_at(server)
        for _ in range(2):
            assert model.complete("code", CALLED, TOOLS, Watch()).calls[0].name == "write_code"
    assert ["tools" in asked.body for asked in server.asked] == [True, False, False]


def test_an_endpoint_that_wants_a_text_in_every_turn_gets_an_empty_one_and_is_found_out_once() -> None:
    def script(asked: Asked, number: int) -> Answer:
        right = all(isinstance(turn["content"], str) for turn in asked.body["messages"])
        return Answer("Hi") if right else refuses(422, "messages: content must be a string")

    with OpenAIServer(script) as server:
        model = model_at(server)
        for _ in range(2):
            assert model.complete("code", CALLED, TOOLS, Watch()).text == "Hi"
    assert len(server.asked) == 3
    assert "tools" in server.asked[-1].body


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "error parsing tool call: raw='{\"step\": 1]', err=invalid character ']' after object key:value pair"),
        (400, "Failed to parse tool call arguments as JSON: unexpected end of input"),
        (400, "Model output is not a valid tool call, please retry"),
        (400, "tool_use_failed: the model wrote a call that could not be read"),
    ],
)
def test_a_call_that_the_endpoint_itself_could_not_read_is_asked_for_again_with_tools(
    status: int, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "abilities.json"
    with OpenAIServer([refuses(status, words, "invalid_request_error"), replace(NATIVE, text="Hi"), NATIVE]) as server:
        assert [ask(server, TOOLS, abilities=file).text, ask(server, TOOLS, abilities=file).text] == ["Hi", "ok"]
    assert ["tools" in asked.body for asked in server.asked] == [True, True, True]


def test_a_model_that_writes_unreadable_calls_again_and_again_is_asked_in_text_for_once(tmp_path: Path) -> None:
    file = tmp_path / "abilities.json"
    bad = refuses(500, "error parsing tool call: raw='{'")
    with OpenAIServer([bad, bad, TEXT_CALL, NATIVE]) as server:
        assert ask(server, TOOLS, abilities=file).calls
        assert ask(server, TOOLS, abilities=file).text == "ok"
    assert ["tools" in asked.body for asked in server.asked] == [True, True, False, True]


@pytest.mark.parametrize(
    "words",
    [
        "This request used a tool more than 128 times.",
        "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.",
        "Function name was functions.write_code; tool names must match ^[a-z_]+$",
    ],
)
def test_the_type_of_an_error_alone_does_not_take_the_tools_away_for_good(words: str, tmp_path: Path) -> None:
    file = tmp_path / "abilities.json"
    with OpenAIServer([refuses(400, words, "invalid_request_error"), TEXT_CALL, NATIVE]) as server:
        assert ask(server, TOOLS, abilities=file).calls
        assert ask(server, TOOLS, abilities=file).text == "ok"
    assert "tools" in server.asked[-1].body


@pytest.mark.parametrize("name", ["write_code<|channel|>commentary", "functions.write_code", " write_code"])
def test_marks_of_a_template_at_the_name_of_a_command_are_taken_off(name: str) -> None:
    with OpenAIServer([Answer("", calls=[(name, {"step": 1})])]) as server:
        assert [call.name for call in ask(server, TOOLS).calls] == ["write_code"]


# Endpoints without tools


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "registry.ollama.ai/library/gemma does not support tools"),
        (404, "No endpoints found that support tool use"),
        (422, '[{"loc": ["body", "tools"], "msg": "Extra inputs are not permitted"}]'),
        (500, "tools param requires --jinja flag"),
    ],
)
def test_an_endpoint_without_tools_is_asked_in_text_and_found_out_once(status: int, words: str, tmp_path: Path) -> None:
    file = tmp_path / "cache" / "abilities.json"
    with OpenAIServer([f"```json\n{TEXT_CALL}\n```"] * 2, Nature(tools=words, tools_status=status)) as server:
        for _ in range(2):  # the second time from the file
            (call,) = ask(server, TOOLS, abilities=file).calls
            assert (call.name, call.arguments) == ("write_code", '{"step": 1}')
    assert ["tools" in asked.body for asked in server.asked] == [True, False, False]
    system = server.asked[1].body["messages"][0]["content"]
    assert system.startswith("Be short.")
    assert "- write_code: Writes the code of a step." in system


def test_json_calls_are_not_shown_as_text_but_prose_is(tmp_path: Path) -> None:
    heard: list[str] = []
    with OpenAIServer([f"I start.\n{TEXT_CALL}", "{no call}"], Nature(tools="tools are not supported")) as server:
        model = model_at(server)
        model.complete("code", CHAT, TOOLS, Watch(on_text=heard.append))
        assert "".join(heard) == "I start.\n"
        reply = model.complete("code", CHAT, TOOLS, Watch(on_text=heard.append))
    assert (reply.calls, "".join(heard)) == ((), "I start.\n{no call}")


def test_a_complaint_about_one_request_does_not_take_the_tools_away_for_good(tmp_path: Path) -> None:
    file = tmp_path / "abilities.json"
    with OpenAIServer([refuses(400, "Invalid schema for tool 'x'"), TEXT_CALL, NATIVE]) as server:
        assert ask(server, TOOLS, abilities=file).calls
        assert ask(server, TOOLS, abilities=file).text == "ok"
    assert ["tools" in asked.body for asked in server.asked] == [True, False, True]


def test_calls_written_as_text_count_although_the_endpoint_has_tools() -> None:
    text = '<tool_call>\n{"name": "write_code", "arguments": {"step": 4}}\n</tool_call>'
    with OpenAIServer([text]) as server:
        (call,) = ask(server, TOOLS).calls
    assert (call.name, call.arguments) == ("write_code", '{"step": 4}')


def test_without_tools_on_offer_json_stays_text() -> None:
    with OpenAIServer([TEXT_CALL]) as server:
        assert ask(server).calls == ()


def test_an_endpoint_that_does_not_know_stream_options_is_asked_without_from_then_on(tmp_path: Path) -> None:
    file = tmp_path / "abilities.json"
    with OpenAIServer(["a", "b"], Nature(stream_options=False)) as server:
        assert [ask(server, abilities=file).text, ask(server, abilities=file).counted] == ["a", "estimate"]
    assert ["stream_options" in asked.body for asked in server.asked] == [True, False, False]


def test_a_broken_file_of_abilities_is_as_good_as_none(tmp_path: Path) -> None:
    file = tmp_path / "abilities.json"
    file.write_text('{"half', encoding="utf-8")
    with OpenAIServer([TEXT_CALL], Nature(tools="tools are not supported")) as server:
        assert ask(server, TOOLS, abilities=file).calls
    assert json.loads(file.read_text(encoding="utf-8"))[f"{server.url} test"]["tools"] is False


# Faults that pass

HTML = Answer(body="<html>hello</html>", content_type="text/html")
PASSING = {
    "429 with Retry-After": refuses(429, "Rate limit reached", "rate_limit", Retry_After="0.1"),
    "429 with a date": refuses(
        429, "Rate limit reached", "rate_limit", Retry_After=formatdate(time.time(), usegmt=True)
    ),
    "429 with retry-after-ms": refuses(429, "slow down", "", retry_after_ms="50"),
    "429 with a reset time": refuses(429, "slow down", "", x_ratelimit_reset_requests="50ms"),
    "429 without": refuses(429, "Rate limit reached"),
    "500": refuses(500, "something broke"),
    "503": Answer(status=503, body="Loading model", content_type="text/plain"),
    "529": refuses(529, "Overloaded"),
    "cut stream": Answer("one two three", cut_after=2),
    "reset connection": Answer("one two three", cut_after=2, reset=True),
    "cut before the first byte": Answer("one", cut_after=0),
    "ended without a reason": Answer("one two", finish=None, done=False),
    "invalid JSON": Answer(raw='data: {"choices": [{"del\n\n'),
    "invalid JSON in one piece": Answer(body="{oops", content_type="application/json"),
    "a list for an answer": Answer(body="[]", content_type="application/json"),
    "empty choices": Answer(body='{"choices": []}', content_type="application/json"),
    "empty choices in a stream": Answer(raw='data: {"choices": []}\n\ndata: [DONE]\n\n'),
    "nothing at all": Answer(raw=""),
    "wrong content type": HTML,
    "error in the stream": Answer(raw='data: {"error": {"message": "boom", "code": 502}}\n\n'),
    "silence": Answer("late", delay_s=60),
    "silence in the middle": Answer("one two", pause_s=60),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_ends_in_the_reply(fault: str) -> None:
    waits: list[Wait] = []
    heard: list[str] = []
    with OpenAIServer([PASSING[fault], "Here I am"]) as server:
        watch = Watch(heard.append, waits.append, lambda why: heard.clear())
        patience = replace(SHORT, read_s=2.5) if fault.startswith("silence") else SHORT
        assert model_at(server, patience).complete("code", CHAT, [], watch).text == "Here I am"
    assert len(server.asked) == 2
    assert "".join(heard) == "Here I am"  # what came before the cut was taken back
    assert waits
    assert all(wait.attempt == 2 and 0 < wait.seconds <= 1 and wait.reason for wait in waits)


def test_a_slow_answer_is_waited_for() -> None:
    with OpenAIServer([Answer("slow and steady", delay_s=0.2, pause_s=0.1)]) as server:
        assert ask(server).text == "slow and steady"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("429 without", r"HTTP 429 \(too many requests\): Rate limit reached"),
        ("500", r"HTTP 500 \(server error\): something broke"),
        ("503", r"HTTP 503 \(busy or loading\): Loading model"),
        ("cut stream", "the (stream|connection) was cut"),
        ("invalid JSON", "no JSON"),
        ("empty choices", "no choices"),
        ("wrong content type", "an answer of type 'text/html'"),
        ("silence", "no word for"),
    ],
)
def test_a_fault_that_does_not_pass_ends_in_one_sentence_within_the_bound(fault: str, words: str) -> None:
    nature = Nature(repeat=True)
    with OpenAIServer([PASSING[fault]], nature) as server, pytest.raises(Unreachable, match=words) as raised:
        silence_s = 0.2 if fault == "silence" else 30
        ask(server, patience=RetryPolicy(read_s=silence_s, total_s=0.4, last_try_s=silence_s, first_wait_s=0.02))
    assert server.url in raised.value.message
    assert raised.value.hint
    assert raised.value.exit_code == 4
    assert 2 <= len(server.asked) <= 12


def test_an_endpoint_that_asks_for_an_hour_is_not_waited_for() -> None:
    with OpenAIServer([refuses(429, "quota per hour", Retry_After="3600")]) as server:
        told: list[Wait] = []
        watch = Watch(on_wait=told.append)
        with pytest.raises(Unreachable, match="asks to wait 60 min"):
            model_at(server).complete("code", CHAT, [], watch)
        assert not told
    assert len(server.asked) == 1


def test_a_refused_connection_is_reported_after_three_quick_tries() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused for sure
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(Unreachable, match=f"{url} gave no reply: no connection .*3 tries, [0-9]") as raised:
            OpenAIModel("test", url).complete("code", CHAT, [], Watch())
    assert "Start the server" in raised.value.hint


# Errors at once


def refused(server: OpenAIServer, kind: type[NoModel]) -> NoModel:
    told: list[Wait] = []
    with pytest.raises(kind) as raised:
        model_at(server).complete("code", CHAT, [], Watch(on_wait=told.append))
    assert len(server.asked) == 1
    assert not told
    return raised.value


def test_a_wrong_key_is_an_error_at_once_that_does_not_print_the_key() -> None:
    with OpenAIServer([], Nature(keys=["another"])) as server:
        error = refused(server, WrongKey)
    assert "refuses the key (HTTP 401): Incorrect API key provided: …" in error.message
    assert "key-of-mine" not in str(error)


def test_a_wrong_model_is_an_error_at_once_that_lists_what_there_is() -> None:
    with OpenAIServer([], Nature(models=["small", "large"], only_these_models=True)) as server:
        error = refused(server, WrongModel)
    assert "model 'test' (HTTP 404): The model `test` does not exist." in error.message
    assert error.hint == "It lists these models: small, large."


def test_a_url_without_its_path_is_recognised() -> None:
    with OpenAIServer([]) as server, pytest.raises(WrongModel, match="usually ends in /v1") as raised:
        OpenAIModel("test", server.url.removesuffix("/v1") + "/api/x/y/").complete("code", CHAT, [], Watch())
    assert "/api/x/y " in raised.value.message


@pytest.mark.parametrize(
    "answer",
    [
        refuses(
            429, "You exceeded your current quota, please check your plan and billing details.", "insufficient_quota"
        ),
        refuses(402, "Insufficient Balance"),
    ],
)
def test_a_quota_that_is_used_up_is_not_waited_for(answer: Answer) -> None:
    with OpenAIServer([answer]) as server:
        error = refused(server, NoModel)
    assert "used up" in error.message
    assert "waiting does not help" in error.hint


def test_a_chat_that_is_too_long_says_what_to_do() -> None:
    words = "This model's maximum context length is 4096 tokens."
    with OpenAIServer([refuses(400, words, "context_length_exceeded")]) as server:
        error = refused(server, WrongModel)
    assert words in error.message
    assert "set its window" in error.hint


def test_a_chat_longer_than_the_window_that_was_set_is_not_sent() -> None:
    with OpenAIServer(["ok"] * 2) as server:
        with pytest.raises(WrongModel, match=r"about \d+ tokens, and the window of model 'test' is set to 4"):
            ask(server, window=4)
        assert ask(server, window=500).text == "ok"
    assert len(server.asked) == 1


def test_a_key_that_no_header_can_carry_is_a_wrong_key() -> None:
    with pytest.raises(WrongKey, match="characters that no key has"):
        OpenAIModel("test", "http://127.0.0.1:9/v1", "clé secrète").complete("code", CHAT, [], Watch())


@pytest.mark.parametrize(
    "url", ["", "localhost:11434", "ftp://x/v1", "http://", "http://[half/v1", "http://host:port/v1"]
)
def test_what_is_no_url_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(RefusedInput, match=r"http://127\.0\.0\.1:11434/v1"):
        OpenAIModel("test", url)


def test_the_models_of_an_endpoint_can_be_listed() -> None:
    with OpenAIServer([], Nature(models=["a", "b"])) as server:
        assert model_at(server).list_models() == ("a", "b")


# What must never happen

INTERRUPTED = """
import sys
from coder.model.model import Watch
from coder.model.openai_model import OpenAIModel
model = OpenAIModel("test", sys.argv[1])
try:
    model.complete("code", [{"role": "user", "content": "?"}], [], Watch(lambda text: print(text, flush=True)))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c_in_the_middle_of_a_stream_closes_the_connection() -> None:
    with OpenAIServer([Answer("word " * 500, pause_s=0.02)]) as server:
        command = [sys.executable, "-c", INTERRUPTED, server.url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "word\n"
            os.kill(child.pid, signal.SIGINT)
            assert child.stdout.read().endswith("interrupted\n")
            assert child.wait() == 0
        assert server.closed_early.wait(60)


def test_with_the_switch_set_only_servers_on_this_machine_are_asked() -> None:
    code = (
        "from coder.model.model import Watch\nfrom coder.model.openai_model import OpenAIModel\nimport sys\n"
        "print(OpenAIModel('test', sys.argv[1]).complete('code', [], [], Watch()).text)\n"
        "OpenAIModel('test', 'https://model.invalid/v1', 'key').complete('code', [], [], Watch())"
    )
    with OpenAIServer(["from here"]) as server:
        done = subprocess.run(
            [sys.executable, "-c", code, server.url],
            env={**os.environ, "CODER_NO_MODEL": "1", "HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": ""},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stdout == "from here\n"  # and not by the proxy that the environment names
    assert "NoModel: CODER_NO_MODEL is set, so https://model.invalid/v1 is not asked." in done.stderr


def test_other_keys_of_the_environment_are_not_sent_along() -> None:
    code = (
        "from coder.model.model import Watch\nfrom coder.model.openai_model import OpenAIModel\nimport sys\n"
        "OpenAIModel('test', sys.argv[1], 'right').complete('code', [], [], Watch())"
    )
    secrets = {"OPENAI_API_KEY": "secret-a", "OPENAI_ADMIN_KEY": "secret-b", "OPENAI_BASE_URL": "http://127.0.0.1:9"}
    with OpenAIServer(["ok"]) as server:
        folder = ROOT
        subprocess.run([sys.executable, "-c", code, server.url], env={**os.environ, **secrets}, cwd=folder, check=True)
    headers = server.asked[0].headers
    assert headers["authorization"] == "Bearer right"
    assert not [name for name, value in headers.items() if "secret" in value]


def test_the_next_request_repeats_the_beginning_of_the_last_one() -> None:
    chat = list(CHAT)

    def answer(asked: Asked, number: int) -> Answer:
        return Answer(f"answer {number}", calls=[("write_code", {"step": number})])

    with OpenAIServer(answer) as server:
        model = model_at(server)
        for _ in range(3):
            chat += [model.complete("code", chat, TOOLS, Watch()).turn(), {"role": "user", "content": "on"}]
    messages = [json.dumps(asked.body["messages"])[:-1] for asked in server.asked]
    assert messages[1].startswith(messages[0])
    assert messages[2].startswith(messages[1])
