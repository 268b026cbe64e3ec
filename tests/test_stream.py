"""Streams put together again, however they are cut and whoever wrote them."""

import json
from typing import Any

import pytest

from coder.model import Call
from coder.retry import Fault
from coder.stream import Assembly, counts, data_of, without_thinking

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
        assert call.id == ident if ident else call.id.startswith("call_")


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
        ({}, None),
    ],
)
def test_usage_is_read_in_the_forms_that_exist(usage: dict[str, Any], expected: object) -> None:
    assert counts(usage) == expected


def test_an_error_in_the_middle_of_a_stream_is_a_fault_with_its_words() -> None:
    error = json.dumps({"error": {"message": "Overloaded, sorry", "code": 529}})
    with pytest.raises(Fault, match="Overloaded, sorry"):
        Assembly(lambda text: None).read_stream([error])


def test_the_thinking_of_a_local_model_is_not_part_of_its_answer() -> None:
    assert without_thinking("<think>\nhm [1]\n</think>\n\nYes.") == "Yes."
    assert without_thinking("<think> for ever") == "<think> for ever"
