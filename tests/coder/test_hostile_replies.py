"""Replies of any size and form are answered as bad ones, at every kind of question, and also when a run is resumed."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from commands import COMMANDS
from stage import END, GOOD, PLAN, WRITE, Stage

from coder.drafting import source_reading
from coder.drafting.sampling import read_draft
from coder.errors import FormatError
from coder.flows.branches.control import Control
from coder.flows.branches.write_plan import read_plan
from coder.model.model import Call, Reply
from coder.model.reasoning import without_thoughts
from coder.model.text_tool_calls import calls_in
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended
from memory.plan import Step

DIGITS, BRACKETS = "9" * 6_000, "[" * 100_000
ARGUMENTS = {
    "an integer of 6,000 digits": f'{{"step": {DIGITS}, "why": "x"}}',
    "the same as text": f'{{"step": "{DIGITS}", "why": "x"}}',
    "100,000 brackets": f'{{"step": {BRACKETS}',
    "closed brackets": f'{{"step": {"[" * 50_000}{"]" * 50_000}}}',
    "infinity": '{"step": Infinity, "why": "x"}',
    "more than a float holds": '{"step": 1e999, "why": "x"}',
    "half a character": '{"step": 1, "why": "\\ud800", "note": "\\udfff"}',
    "control characters": '{"step": 1, "why": "\\u001b]0;x\\u0007", "nope": 1}',
    "a key twice, deep": '{"step": {"a": {"a": {"a": 1}}}}',
}
TEXTS = {
    "blanks and a wish": " " * 300_000 + "READ",
    "ticks": "`" * 900_000,
    "fences": "```python\n" * 60_000,
    "tildes": "~~~\n" * 100_000,
    "brackets": "```python\ndef double(number: int) -> int:\n    return " + "(" * 100_000 + "\n```",
    "a long sum": "```python\ndef double(number: int) -> int:\n    return " + "+".join(["1"] * 50_000) + "\n```",
    "a sum of signs": "```python\ndef double(number: int) -> int:\n    return " + "-" * 100_000 + "1\n```",
    "an integer of 6,000 digits": f"```python\ndef double(number: int) -> int:\n    return {DIGITS}\n```",
    "a null character": "```python\ndef double(number: int) -> int:\n    return 1\x00\n```",
    "half a character": "```python\ndef double(number: int) -> int:\n    return '\ud800'\n```",
    "one line of 2 MB": "1. [ ] double(number: int) -> int " + "word " * 400_000,
    "many steps": "\n".join(f"{n}. [ ] f{n}(x: int) -> int\n   - f{n}({n}) == 1" for n in range(20_000)),
    "signature without end": "1. [ ] double(" + "a: int, " * 50_000,
    "example of brackets": "1. [ ] double(number: int) -> int\n   - double(" + "(" * 100_000 + " == 1\n",
    "example of a long number": f"1. [ ] double(number: int) -> int\n   - double({DIGITS}) == {DIGITS}\n",
    "nothing": "",
    "no-break blanks": "\u00a0" * 100_000 + "x",
    "arrows": "1. [ ] double(number: int) -> int\n   - double(1) " + "-> " * 50_000,
}


@pytest.mark.parametrize("odd", ARGUMENTS)
def test_arguments_that_cannot_be_used_are_answered_and_the_run_goes_on(odd: str, stage: Stage) -> None:
    stage.settings = {"control": "model"}
    hostile = Reply(calls=(Call("write_code", ARGUMENTS[odd], "call_1"),))
    ending = stage.run([PLAN, hostile, WRITE, GOOD, END], ScriptedPerson(["accept", "accept"]))
    if odd == "half a character":
        assert ending.status in ("done", "unfinished")  # it is a note that can be read, with a mark in it
    else:
        assert ending.status == "done"
        assert len(stage.told("bad_reply")) == 1
        assert len(stage.told("bad_reply")[0]["problem"]) < 500


READERS: dict[str, Callable[[Reply], object]] = {
    "plan": read_plan("double numbers"),
    "code": source_reading.reader(
        read_draft(Step(1, "double", "double(number: int) -> int", "Return twice the number.", ()), ()), 0
    ),
    "control": lambda reply: Control.read(COMMANDS, replace(reply, calls=calls_in(reply.text, list(COMMANDS)))),
    "thoughts": lambda reply: without_thoughts(reply.text),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("odd", TEXTS)
def test_a_text_of_any_form_is_read_or_refused_with_a_short_reason(odd: str, reader: str) -> None:
    try:
        READERS[reader](Reply(text=TEXTS[odd]))
    except FormatError as error:
        assert len(error.message) < 1_000


@pytest.mark.parametrize("odd", ["ticks", "brackets", "half a character"])
def test_a_model_that_sends_nothing_else_ends_the_run_in_a_sentence(odd: str, stage: Stage) -> None:
    ending = stage.run([PLAN, *[TEXTS[odd]] * 12], Unattended())
    assert ending.exit_code in (3, 4)
    assert len(ending.summary) < 3_000
    json.dumps([dict(event.data) for event in stage.events])  # what is told can be told as JSON


def test_a_reply_in_the_journal_that_cannot_be_used_is_answered_when_the_run_is_resumed(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    hostile = Reply(calls=(Call("write_code", ARGUMENTS["100,000 brackets"], "call_1"),))
    first = stage.run([PLAN, hostile], ScriptedPerson(["accept"]))
    assert first.exit_code != 0
    ending = stage.resume([WRITE, GOOD, END], ScriptedPerson(["accept"]))
    assert (ending.status, ending.saved) == ("done", ("double",))
