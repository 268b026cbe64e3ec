"""Calls that a model wrote as text are found, and nothing else is taken for one."""

import json

import pytest

from coder.model.model import Tool, Turn, calls
from coder.model.text_tool_calls import ProseFilter, calls_in, with_tools_as_text

NAMES = ["write_code", "finish"]
ONE = '{"command": "write_code", "arguments": {"step": 1}}'


@pytest.mark.parametrize(
    "text",
    [
        f"[{ONE}]",
        ONE,
        f"```json\n[{ONE}]\n```",
        f"Sure! I will start.\n\n```\n{ONE}\n```\nDone.",
        f"First the code: [{ONE}] and that is all [1].",
        '[{"command": "write_code", "arguments": {"step": 1,},},]',
        '[\n  {"command": "write_code",\n   "arguments": {"step": 1}}\n  ,\n]',
        '<tool_call>\n{"name": "write_code", "arguments": {"step": 1}}\n</tool_call>',
        '<tool_call>{"name": "write_code", "arguments": {"step": 1}}',
        '{"tool_calls": [{"function": {"name": "write_code", "arguments": "{\\"step\\": 1}"}}]}',
        '{"commands": [{"tool": "write_code", "args": {"step": 1}}]}',
        '{"name": "write_code", "parameters": {"step": 1}}',
        f'A 5" pipe, f("a") and {{"x": 2}} first. Then {ONE}',
    ],
)
def test_a_call_is_found_in_the_ways_models_write_it(text: str) -> None:
    (call,) = calls_in(text, NAMES)
    assert (call.name, json.loads(call.arguments)) == ("write_code", {"step": 1})


def test_several_calls_keep_their_order() -> None:
    finish = '{"command": "finish"}'
    for text in (
        f"[{ONE}, {finish}]",
        f"{ONE}\n{finish}",
        f"<tool_call>{ONE}</tool_call>\n<tool_call>{finish}</tool_call>",
    ):
        assert [call.name for call in calls_in(text, NAMES)] == ["write_code", "finish"]


def test_an_unknown_command_is_a_call_all_the_same_so_that_it_can_be_answered() -> None:
    assert calls_in('{"command": "sing", "arguments": {}}', NAMES)[0].name == "sing"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I would write the code now.",
        '```python\ndata = {"name": "Ann", "input": 3}\n```',
        "[1, 2, 3]",
        '{"name": "Ann"}',
        'see ["a", "b"] and {\'x\': 1}',
        "[" * 5000 + '"',
    ],
)
def test_what_is_no_call_is_not_taken_for_one(text: str) -> None:
    assert calls_in(text, NAMES) == ()


@pytest.mark.parametrize("cut", range(1, len(ONE)))
def test_a_reply_that_was_cut_off_is_not_carried_out_in_part(cut: int) -> None:
    outer = '[{"command": "write_code", "arguments": {"name": "finish", "arguments": {}}}'
    assert calls_in(f"[{ONE[:cut]}", NAMES) == ()
    assert calls_in(outer[: len(outer) - 1 - cut % 20], NAMES) == ()


def test_code_in_an_argument_may_hold_line_breaks_commas_and_brackets() -> None:
    code = 'def f():\n    return {"a": [1, 2,],}'
    raw = json.dumps([{"command": "write_code", "arguments": {"code": code}}]).replace("\\n", "\n")
    (call,) = calls_in(raw, NAMES)
    assert json.loads(call.arguments)["code"] == code


def test_tools_are_told_in_the_system_turn_and_earlier_calls_become_text() -> None:
    chat: list[Turn] = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Go."},
        calls(("write_code", {"step": 1})).turn(),
        {"role": "tool", "tool_call_id": "call_1", "content": "3 tests passed"},
        {"role": "user", "content": "Next?"},
    ]
    turns = with_tools_as_text(chat, [Tool("write_code", "Writes it.", {"type": "object"})])
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert turns[0]["content"].startswith("Be short.\n\n")
    assert '- write_code: Writes it. Arguments: {"type":"object"}' in turns[0]["content"]
    assert turns[2]["content"] == '[{"command": "write_code", "arguments": {"step": 1}}]'
    assert turns[3]["content"] == "Result of the command:\n3 tests passed\n\nNext?"


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_prose_is_shown_at_once_and_json_is_held_back(size: int) -> None:
    text = f"Fine.\n\n  I start {{now}} [1].\n{ONE}\nBye"
    heard: list[str] = []
    prose = ProseFilter(heard.append)
    for at in range(0, len(text), size):
        prose.take(text[at : at + size])
    assert "".join(heard) == "Fine.\n\n  I start {now} [1].\n"
    prose.release()
    assert "".join(heard) == text
