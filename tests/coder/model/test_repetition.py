"""A reply that says the same over and over is stopped; code, tables and pictures that repeat themselves are not."""

import itertools
import json

import pytest
from openai_server import Answer, OpenAIServer

from coder.model.model import Reply, Tool, Turn, Watch
from coder.model.openai_model import OpenAIModel
from coder.model.repetition import RepetitionWatch

CHAT: list[Turn] = [{"role": "user", "content": "Go on."}]

BEGIN = "```python\ndef f(grid: list[list[int]]) -> int:\n    "
ENDLESS = {
    "a number without end": ("assert parse('P3DT4H') == 275400.", "0"),
    "line breaks": ("1. [ ] double(x: int) -> int\n", "\n"),
    "blanks between the values of a JSON object": ('{"steps": [', "\n  \t  "),
    "one assertion again and again": ("def test_f() -> None:\n", "    assert f([1, 2, 3]) == [3, 2, 1]\n"),
    "a JSON string that never ends": ('{"does": "', "the list of the numbers of "),
    "a signature that never ends": ('{"signature": "f(x: ', "list["),
    "the same test as a whole": (
        "",
        "def test_f_empty() -> None:\n    with pytest.raises(ValueError):\n        f([])\n\n\n",
    ),
    "a thought that goes round": (
        "Hmm. ",
        "Wait, let me check the example again. It says that f(2) is 4. So it is twice. ",
    ),
    "import after import": (BEGIN, "import numpy as np\n"),
    "a mark of a template": ("ok", "<|im_end|>"),
    "zeros in a list": (BEGIN + "return [", "0, "),
    "a board of numbers that does not end": (BEGIN + "return [\n", "    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],\n"),
}


@pytest.mark.parametrize("begin, cycle", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("piece", [1, 7, 300])
def test_what_has_no_end_is_stopped_soon(begin: str, cycle: str, piece: int) -> None:
    watch, written = RepetitionWatch(), 0
    text = begin + cycle * (4_000 // len(cycle) + 1)
    for start in range(0, len(text), piece):
        written = start + piece
        if watch.take(text[start : start + piece]):
            break
    assert watch.cycle, "it was never noticed"
    assert written <= len(begin) + max(1_000, 45 * len(cycle)) + piece


def tables() -> dict[str, str]:
    rows = [[n, n * n, f"{n:b}"] for n in range(200)]
    return {
        "a sudoku without a number": BEGIN + "grid = [\n" + "    [0, 0, 0, 0, 0, 0, 0, 0, 0],\n" * 9 + "]\n",
        "a dead board of life": BEGIN + "grid = [\n" + f"    [{', '.join('0' * 25)}],\n" * 25 + "]\n",
        "256 zeros": BEGIN + "return [" + "0, " * 256 + "]\n",
        "256 zeros in rows": BEGIN + "return [\n" + ("    " + "0, " * 16 + "\n") * 16 + "]\n",
        "a list of tests": "".join(
            f"def test_{n}() -> None:\n    assert double({n}) == {2 * n}\n\n\n" for n in range(60)
        ),
        "assertions that count": "".join(f"    assert double({n}) == {2 * n}\n" for n in range(300)),
        "a table": json.dumps(rows, indent=1),
        "a table on one line": json.dumps(rows * 3),
        "a line of dashes": ("# " + "-" * 118 + "\n# Part\n") * 4,
        "a wide Markdown table": "| " + " | ".join(["---"] * 30) + " |\n" + "| a " * 30 + "|\n",
        "a picture": "+" + "-" * 78 + "+\n" + ("|" + " " * 78 + "|\n") * 12 + "+" + "-" * 78 + "+\n",
        "a maze": ("#" * 40 + "\n" + ("#" + "." * 38 + "#\n") * 20 + "#" * 40 + "\n"),
        "deep brackets": "[" * 150 + "]" * 150,
        "the same word often": '"' + "na " * 60 + 'batman"',
        "fifty lines of None": BEGIN + "return (\n" + "        None,\n" * 50 + ")\n",
        "a chain of cases": "".join(f"    if n == {n}:\n        return 'number {n}'\n" for n in range(80)),
        "the same return in many branches": "".join(
            f"    elif kind == '{a}{b}':\n        return False\n" for a, b in itertools.product("abcdefgh", "abcdefgh")
        ),
        "a long text in a literal": "x" * 300,
        "a deep indentation": "\n".join(" " * 4 * n + "if a:" for n in range(25)),
    }


@pytest.mark.parametrize("text", tables().values(), ids=tables())
def test_what_repeats_itself_for_a_reason_is_not_stopped(text: str) -> None:
    for piece in (1, 9, 400):
        watch = RepetitionWatch()
        for start in range(0, len(text), piece):
            assert not watch.take(text[start : start + piece]), watch.cycle


LINE = "    assert f([1, 2, 3]) == [3, 2, 1]\n"


def test_a_stream_that_repeats_itself_is_hung_up_and_what_was_written_comes_back() -> None:
    heard: list[str] = []
    with OpenAIServer([Answer("def test_f():\n" + LINE * 5_000, pause_s=0.0002)]) as server:
        reply = OpenAIModel("test", server.url).complete("code", CHAT, [], Watch(on_text=heard.append))
        assert server.closed_early.wait(60)
    assert (reply.ended, reply.note) == (
        "repetition",
        f"it was stopped, because it said {reply_cycle(reply)} over and over",
    )
    assert reply.text.startswith("def test_f():\n" + LINE * 10)
    assert reply.text == "".join(heard)
    assert len(reply.text) < 3_000


def reply_cycle(reply: Reply) -> str:
    """The line, from wherever in it the stream was stopped."""
    return repr(reply.text[-len(LINE) :])


@pytest.mark.parametrize("field", ["reasoning_content", "arguments"])
def test_thoughts_and_arguments_without_an_end_are_stopped_too(field: str) -> None:
    piece = "Wait, let me check the example again. "
    call = {"tool_calls": [{"index": 0, "function": {"name": "", "arguments": piece}}]}
    delta = {"choices": [{"index": 0, "delta": call if field == "arguments" else {field: piece}}]}
    begin = {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "finish", "arguments": '{"why": "'}}]}
    rows = [{"choices": [{"index": 0, "delta": begin if field == "arguments" else {}}]}, *[delta] * 5_000]
    raw = "".join(f"data: {json.dumps(row)}\n\n" for row in rows)
    with OpenAIServer([Answer(raw=raw)]) as server:
        reply = OpenAIModel("test", server.url).complete("code", CHAT, [Tool("finish", "Ends it.")], Watch())
    assert reply.ended == "repetition"
    assert "over and over" in reply.note
    assert reply.tokens_out < 1_000
