"""Commands in the forms that models are trained on are read when a server hands them on as text."""

import json

import pytest

from coder.model.model import Tool
from coder.model.text_tool_calls import calls_in, calls_of

NAMES = ["write_code", "save_code", "finish"]
WANTED = [("write_code", {"step": 1, "why": "first"}), ("save_code", {"why": "green"})]
ONE, TWO = (json.dumps(arguments) for _, arguments in WANTED)

FORMS = {
    "Qwen": "<tool_call>\n<function=write_code>\n<parameter=step>\n1\n</parameter>\n<parameter=why>\nfirst\n"
    "</parameter>\n</function>\n</tool_call>\n<tool_call>\n<function=save_code>\n<parameter=why>\ngreen\n</parameter>\n</function>\n"
    "</tool_call>",
    "Qwen without its outer mark": "<function=write_code>\n<parameter=step>\n1\n</parameter>\n<parameter=why>\nfirst\n"
    "</parameter>\n</function>\n</tool_call>\n<function=save_code>\n<parameter=why>\ngreen\n</parameter>\n</function>",
    "Llama": f"<function=write_code>{ONE}</function>\n<function=save_code>{TWO}</function>",
    "GLM": "<tool_call>write_code\n<arg_key>step</arg_key>\n<arg_value>1</arg_value>\n<arg_key>why</arg_key>\n"
    "<arg_value>first</arg_value>\n</tool_call>\n<tool_call>save_code\n<arg_key>why</arg_key>\n"
    "<arg_value>green</arg_value>\n</tool_call>",
    "MiniMax": '<minimax:tool_call>\n<invoke name="write_code">\n<parameter name="step">1</parameter>\n'
    '<parameter name="why">first</parameter>\n</invoke>\n<invoke name="save_code">\n'
    '<parameter name="why">green</parameter>\n</invoke>\n</minimax:tool_call>',
    "DeepSeek": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>write_code\n```json\n"
    f"{ONE}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>save_code\n```json\n{TWO}\n```"
    "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "newer DeepSeek": f"<｜tool▁call▁begin｜>write_code<｜tool▁sep｜>{ONE}<｜tool▁call▁end｜>"
    f"<｜tool▁call▁begin｜>save_code<｜tool▁sep｜>{TWO}<｜tool▁call▁end｜>",
    "Harmony": f"<|channel|>commentary to=functions.write_code <|constrain|>json<|message|>{ONE}<|call|>"
    f"<|start|>assistant to=functions.save_code<|channel|>commentary json<|message|>{TWO}<|call|>",
    "Mistral": f"[TOOL_CALLS]write_code[ARGS]{ONE}[TOOL_CALLS]save_code[ARGS]{TWO}",
    "Python": "[write_code(step=1, why='first'), save_code(why='green')]",
    "Python in a fence": "```python\nwrite_code(step=1, why='first')\nsave_code(why='green')\n```",
    "Python's quotes": str([{"name": name, "arguments": arguments} for name, arguments in WANTED]),
}


@pytest.mark.parametrize("form", FORMS)
def test_commands_are_read_in_the_form_of(form: str) -> None:
    assert [(call.name, json.loads(call.arguments)) for call in calls_in(FORMS[form], NAMES)] == WANTED


def test_a_text_that_is_nothing_but_a_name_is_a_command_without_arguments() -> None:
    assert [(call.name, call.arguments) for call in calls_in("`save_code`\n", NAMES)] == [("save_code", "{}")]


@pytest.mark.parametrize(
    "text",
    [
        "I would call write_code(step=1) next, and then save_code().",
        "print(write_code(step=1))",
        "[os.system(x=1)]",
        "<function=unknown>{}</function>",
        "write_code(step=1)\nx = 2",
        '<invoke name="write_code">',
        "",
    ],
)
def test_what_only_speaks_of_a_command_is_none(text: str) -> None:
    assert calls_in(text, NAMES) == ()


def test_a_value_that_is_no_literal_stays_text_and_is_never_run() -> None:
    (call,) = calls_in("write_code(step=__import__('os').getpid())", NAMES)
    assert json.loads(call.arguments) == {"step": "__import__('os').getpid()"}


COMMANDS = [
    Tool("write_code", "", {"type": "object", "properties": {"step": {"type": "integer"}, "why": {"type": "string"}}}),
    Tool("save_code", "", {"type": "object", "properties": {"why": {"type": "string"}}}),
    Tool("finish", "", {"type": "object", "properties": {"summary": {"type": "string"}}}),
]


@pytest.mark.parametrize(
    "text",
    [
        'write_code(1, "first")',
        '```python\nwrite_code(1, "first")\n```',
        'write_code(1, why="first")',
        'The first step is open, so a coder writes it:\n\nwrite_code(1, "first")\n\nThen its tests run.',
        'The next command is `write_code(1, "first")`.',
        '1. write_code(1, "first")',
    ],
)
def test_arguments_without_names_go_by_their_place(text: str) -> None:
    assert [(call.name, json.loads(call.arguments)) for call in calls_of(text, COMMANDS)] == [WANTED[0]]


def test_several_calls_with_arguments_by_place_are_read_where_nothing_else_is_said() -> None:
    found = calls_of('write_code(1, "first")\nsave_code("green")', COMMANDS)
    assert [(call.name, json.loads(call.arguments)) for call in found] == WANTED


@pytest.mark.parametrize(
    "text",
    [
        'write_code(1, "first", "and more than it takes")',
        'I would call write_code(1, "first") next.',
        "First `write_code(1)` writes it, then `save_code()` saves it.",
        "`write_code(1)` is the command that writes the code; write_code needs a number.",
        "The command is `write_code`.",
        'def run():\n    return write_code(1, "first")',
        "Never use `print(write_code(1))`.",
    ],
)
def test_no_call_is_read_out_of_an_explanation(text: str) -> None:
    assert calls_of(text, COMMANDS) == ()


HOSTILE = {
    "brackets": "[" * 100_000,
    "braces with quotes": '{"a":' * 50_000,
    "objects that do not end well": '[ "a" x ' * 100_000,
    "escaped quotes without an end": '{"' + '\\"' * 400_000,
    "commas and blanks": "{" + ", " * 400_000,
    "a number that is too long": '{"command": "finish", "arguments": {"a": ' + "9" * 6_000 + "}}",
    "marks": "<tool_call>" * 80_000,
    "parameters": "<function=finish><parameter=a>" * 30_000,
    "ticks": "`" * 900_000,
    "blanks": "[" + " " * 900_000,
    "names": "[TOOL_CALLS]" + "a" * 900_000,
}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_made_to_be_slow_or_too_deep_gives_no_command_and_no_error(text: str) -> None:
    assert calls_in(HOSTILE[text], NAMES) == ()
