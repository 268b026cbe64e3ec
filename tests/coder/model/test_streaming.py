"""Streams put together again, however they are cut and whoever wrote them."""

import json
import re
from typing import Any

import pytest

from coder.model.model import Call
from coder.model.retry_policy import Fault
from coder.model.streaming import Assembly, counts, data_of

EVENTS = (
    ': keep-alive\n\ndata: {"choices":[{"delta":{"content":"Grüße\u2028 "}}]}\r\n\r\n'
    'data: {"choices":[{"delta":{"content":"```sh\\nls"}}]}\n\n'
    'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


def assembled(*deltas: dict[str, Any]) -> tuple[Call, ...]:
    assembly = Assembly(lambda text: None)
    for delta in deltas:
        assembly.add({"choices": [{"delta": delta}]})
    return assembly.calls


def piece(name: str = "", arguments: Any = "", **rest: Any) -> dict[str, Any]:
    return {"tool_calls": [{"function": {"name": name, "arguments": arguments}, **rest}]}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_reads_the_same_wherever_it_is_cut_into_packets(size: int) -> None:
    raw = EVENTS.encode()
    heard: list[str] = []
    assembly = Assembly(heard.append)
    assembly.read_stream(data_of((raw[at : at + size] for at in range(0, len(raw), size)), silence_s=9))
    assert assembly.text == "".join(heard) == "Grüße\u2028 ```sh\nls"
    assert assembly.ended == "stop"


def test_a_last_event_without_an_empty_line_after_it_counts() -> None:
    raw = b'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: [DONE]'
    assert list(data_of([raw], 9)) == ['{"choices":[{"delta":{"content":"a"}}]}', "[DONE]"]


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(
    "raw",
    [
        'data: {"a": 1}\r\rdata: {"a": 2}\r\rdata: [DONE]\r\r',
        'data: {"a": 1}\r\n\r\ndata: {"a": 2}\r\n\r\ndata: [DONE]\r\n\r\n',
        'data: {"a": 1}\ndata: {"a": 2}\ndata: [DONE]\n',
        '\ufeffdata: {"a": 1}\n\ndata: {"a": 2}\n\ndata: [DONE]\n\n',
        'data:\n\ndata: {"a": 1}\n\ndata:\n\ndata: {"a": 2}\n\ndata:  [DONE] \n\n',
        ': ping\nevent: message\nid: 3\nretry: 1\ndata: {"a":\ndata: 1}\n\ndata:{"a": 2}\n\ndata:[DONE]',
        '{"a": 1}\n{"a": 2}\n[DONE]',
    ],
)
def test_events_are_read_in_every_framing_that_servers_use(raw: str, size: int) -> None:
    data = raw.encode()
    read = [part.strip() for part in data_of((data[at : at + size] for at in range(0, len(data), size)), 9)]
    assert [json.loads(part) for part in read if part != "[DONE]"] == [{"a": 1}, {"a": 2}]


def test_one_whole_answer_on_several_lines_is_read_where_events_were_promised() -> None:
    whole = json.dumps({"choices": [{"message": {"content": "Hi"}}]}, indent=1)
    assert [json.loads(data) for data in data_of([whole.encode()], 9)] == [json.loads(whole)]


def test_comments_alone_are_silence() -> None:
    with pytest.raises(Fault, match="no word"):
        list(data_of((b": still here\n\n" for _ in range(3)), silence_s=0))


TWO = [("a", "{}", "1"), ("b", "{}", "2")]


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([piece("a", '{"x":', index=0, id="1"), piece("", " 1}", index=0)], [("a", '{"x": 1}', "1")]),
        ([piece("a", "{}", index=0, id="1"), piece("b", "{}", index=0, id="2")], TWO),
        ([piece("a", "{}", id="1"), piece("b", "{", id="2"), piece("", "}")], TWO),
        ([piece("a", '{"x"', id="1"), piece("a", ": 1}", id="1")], [("a", '{"x": 1}', "1")]),
        ([piece("wri", index=0, id="1"), piece("te", "{}", index=0)], [("write", "{}", "1")]),
        ([piece("a", {"x": 1}, index=0, id="1")], [("a", '{"x": 1}', "1")]),
        ([piece("a", "", index=0, id="1")], [("a", "{}", "1")]),
        ([{"function_call": {"name": "a", "arguments": "{}"}}], [("a", "{}", None)]),
        (
            [piece("a", '{"x": 1}', index=0, id=""), piece("b", "{}", index=0, id="")],
            [("a", '{"x": 1}', None), ("b", "{}", None)],
        ),
        (
            [piece("a", '{"x": 1}', index=0, id="1"), piece("b", "{}", index=0, id="1")],
            [("a", '{"x": 1}', "1"), ("b", "{}", "1")],
        ),
        ([piece("a", '{"x"', index=0, id="1"), piece("a", ": 1}", index=0, id="2")], [("a", '{"x": 1}', "1")]),
        ([piece("a", '{"x"', index=0, id="1"), piece("a", '{"x": 1}', index=0, id="1")], [("a", '{"x": 1}', "1")]),
        ([piece("a", json.dumps('{"x": 1}'), index=0, id="1")], [("a", '{"x": 1}', "1")]),
        ([piece("a", "null", index=0, id="1")], [("a", "{}", "1")]),
        ([{"tool_calls": [{"index": 0, "id": "1", "name": "a", "arguments": "{}"}]}], [("a", "{}", "1")]),
        ([{"tool_calls": {"index": 0, "id": "1", "function": {"name": "a", "arguments": "{}"}}}], [("a", "{}", "1")]),
        ([piece("a", "{}", index=0, id=17)], [("a", "{}", "17")]),
        (
            [
                piece("a", "{", index=0, id="1"),
                piece("b", "{", index=1, id="2"),
                piece("", "}", index=0),
                piece("", "}", index=1),
            ],
            TWO,
        ),
    ],
)
def test_calls_are_put_together_as_their_server_meant_them(
    deltas: list[dict[str, Any]], expected: list[tuple[str, str, str | None]]
) -> None:
    found = assembled(*deltas)
    assert [(call.name, call.arguments) for call in found] == [(name, arguments) for name, arguments, _ in expected]
    for call, (_, _, ident) in zip(found, expected, strict=True):
        assert call.id == ident if ident else re.fullmatch("[a-z0-9]{9}", call.id)


def test_two_calls_without_ids_get_different_ones() -> None:
    first, second = assembled(piece("a", "{}"), piece("a", "{}"))
    assert first.id != second.id


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}, (9, 4, 2)),
        ({"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": None}, (9, 0, 2)),
        ({"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 8}, (9, 8, 2)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, None),
        ({"prompt_tokens": 50.0, "completion_tokens": 20.0}, (50, 0, 20)),
        ({"prompt_tokens": float("inf"), "completion_tokens": 2}, None),
        ({"prompt_tokens": True, "completion_tokens": 2}, None),
        ({"prompt_tokens": None, "completion_tokens": None}, None),
        ({}, None),
    ],
)
def test_usage_is_read_in_the_forms_that_exist(usage: dict[str, Any], expected: object) -> None:
    assert counts(usage) == expected


def test_an_error_in_the_middle_of_a_stream_is_a_fault_with_its_words() -> None:
    error = json.dumps({"error": {"message": "Overloaded, sorry", "code": 529}})
    with pytest.raises(Fault, match="Overloaded, sorry"):
        Assembly(lambda text: None).read_stream([error])


def test_a_message_that_is_said_once_more_at_the_end_counts_once() -> None:
    message = {"content": "Hi", "tool_calls": [{"index": 0, "id": "1", "function": {"name": "a", "arguments": "{}"}}]}
    assembly = Assembly(lambda text: None)
    assembly.add({"choices": [{"delta": message}]})
    assembly.add({"choices": [{"delta": {}, "message": message, "finish_reason": "stop"}]})
    assert (assembly.text, [call.name for call in assembly.calls]) == ("Hi", ["a"])


def test_halves_of_a_character_in_two_pieces_are_one_and_a_half_alone_is_marked() -> None:
    assembly = Assembly(lambda text: None)
    for text in ("a\ud83d", "\ude00b", "\udc00"):
        assembly.add({"choices": [{"delta": {"content": text}}]})
    assert assembly.text == "a\U0001f600b\ufffd"


def test_a_stream_without_end_is_left_at_a_bound_and_counts_as_cut() -> None:
    counting = " ".join(map(str, range(50_000)))  # what says the same over and over is stopped long before
    endless = (json.dumps({"choices": [{"delta": {"content": f"{n}: {counting}"}}]}) for n in range(1_000))
    assembly = Assembly(lambda text: None)
    assembly.read_stream(endless)
    assert assembly.ended == "length"
    assert len(assembly.text) < 5_000_000


@pytest.mark.parametrize("data", ["[" * 100_000, '{"a": ' + "9" * 6_000 + "}", "[]", "null", "{half"])
def test_an_event_that_cannot_be_read_is_a_fault_and_no_crash(data: str) -> None:
    with pytest.raises(Fault, match="no JSON"):
        Assembly(lambda text: None).read_stream([data])


ODD: list[dict[str, Any]] = [
    {"choices": ["x"]},
    {"choices": [{"delta": [1]}]},
    {"choices": [{"delta": {"content": [{"text": 5}, 7], "tool_calls": [3, {"function": 4}]}}]},
    {"choices": [{"delta": {"tool_calls": {"index": [], "id": {}, "function": {"name": [], "arguments": 5}}}}]},
    {"choices": [{"finish_reason": {"a": 1}}], "usage": [], "model": ["m"]},
]


@pytest.mark.parametrize("chunk", ODD)
def test_fields_of_odd_types_are_no_crash(chunk: dict[str, Any]) -> None:
    assembly = Assembly(lambda text: None)
    assembly.add(chunk)
    assert isinstance(assembly.text, str)
    assert all(isinstance(call.arguments, str) for call in assembly.calls)
