"""Replies as models really send them: the bad ones are answered with what was wrong, the slips are put right."""

import re
from typing import Any

import pytest
from commands import COMMANDS
from places import rows

from coder.drafting.sampling import read_draft
from coder.errors import FormatError
from coder.flows.branches.control import Control
from coder.flows.branches.write_plan import read_plan
from coder.model.model import Call, Reply
from memory.plan import Step

CASES = rows("replies")


def read(case: dict[str, Any]) -> Any:
    """What the reader of this kind makes of the reply."""
    calls = tuple(Call(name, raw, f"call_{n}") for n, (name, raw) in enumerate(case.get("calls", [])))
    reply = Reply(text=case.get("text", ""), calls=calls)
    if case["kind"] == "control":
        return Control.read(COMMANDS, reply)
    return (
        read_draft(Step(1, "slug", "slug(text: str) -> str", "Make a slug.", ()), ())(reply)
        if case["kind"] == "code"
        else read_plan("make slugs")(reply)
    )


def test_there_are_enough_bad_replies() -> None:
    assert sum("problem" in case for case in CASES) >= 60


@pytest.mark.parametrize("case", [c for c in CASES if "problem" in c], ids=lambda c: f"{c['kind']}: {c['name']}")
def test_a_bad_reply_is_answered_with_what_was_wrong(case: dict[str, Any]) -> None:
    with pytest.raises(FormatError) as caught:
        read(case)
    assert re.search(case["problem"], caught.value.message), caught.value.message


@pytest.mark.parametrize("case", [c for c in CASES if "problem" not in c], ids=lambda c: f"{c['kind']}: {c['name']}")
def test_a_harmless_slip_is_put_right(case: dict[str, Any]) -> None:
    assert read(case)


def test_every_schema_says_what_its_reader_checks() -> None:
    for command in COMMANDS.values():
        schema = command.schema()
        assert "why" in schema["required"]
        assert schema["additionalProperties"] is False
        for name in schema["required"]:
            assert name in schema["properties"]
        for argument in schema["properties"].values():
            assert argument.keys() <= {"type", "items", "description"}


@pytest.mark.parametrize(
    ("name", "raw", "arguments"),
    [
        ("write_code", '{"step": " 3 "}', {"step": 3, "note": "", "why": ""}),
        ("update_plan", '{"done": ["3", 4], "why": "x"}', {"done": [3, 4], "note": "", "why": "x"}),
        ("save_code", '{"replace": "true"}', {"replace": True, "why": ""}),
        ("save_code", '{"replace": "false"}', {"replace": False, "why": ""}),
    ],
)
def test_arguments_are_read_with_their_defaults_and_slips_put_right(
    name: str, raw: str, arguments: dict[str, Any]
) -> None:
    assert COMMANDS[name].read(raw) == arguments


@pytest.mark.parametrize(
    ("name", "raw", "argument"),
    [
        ("write_code", '{"step": 3.0}', "step"),
        ("write_code", '{"step": "3.0"}', "step"),
        ("update_plan", '{"done": [true]}', "done"),
        ("save_code", '{"replace": 1}', "replace"),
        ("save_code", '{"replace": "yes"}', "replace"),
        ("save_code", '{"why": 5}', "why"),
    ],
)
def test_what_is_only_like_the_type_is_told_and_not_taken(name: str, raw: str, argument: str) -> None:
    with pytest.raises(FormatError, match=f"^{name}: {argument} must be (integer|boolean|string), it is "):
        COMMANDS[name].read(raw)


@pytest.mark.parametrize(
    ("does", "docstring"),
    [
        ("Make a slug.", '    """Make a slug."""\n'),
        ('Lower case; no "', '    """Lower case; no "\n    """\n'),
        (r"Keep \d.", '    r"""Keep \\d."""\n'),
        ("Make a slug.\nNo blanks.", '    """Make a slug.\n    No blanks.\n    """\n'),
        ("", ""),
    ],
)
@pytest.mark.parametrize("body", ["    return text\n", "    @cache\n    def inner(): ...\n    return inner\n"])
def test_a_function_without_words_gets_those_of_its_step(does: str, docstring: str, body: str) -> None:
    step = Step(1, "slug", "slug(text: str) -> str", does, ())
    draft = read_draft(step, ["cache"])(Reply(f"```python\ndef slug(text):\n{body}```"))
    assert draft.code == f"def slug(text: str) -> str:\n{docstring}{body}"


@pytest.mark.parametrize(
    "code", ['def slug(text: str) -> str:\n    """Mine."""\n', "def slug(text: str) -> str: ...\n"]
)
def test_a_function_with_words_of_its_own_or_no_place_for_any_stays_as_it_is(code: str) -> None:
    step = Step(1, "slug", "slug(text: str) -> str", "Make a slug.", ())
    assert read_draft(step, ())(Reply(f"```python\n{code}```")).code == code
