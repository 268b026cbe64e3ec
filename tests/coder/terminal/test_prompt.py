"""The question of a command that is no run: one typed line, and what the end of the input means."""

import io

import pytest

from coder.people.person import confirm
from coder.people.question import Answer, Choose, Option, PlanReview, Text
from coder.terminal.prompt import Prompt


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    lines = io.StringIO()
    monkeypatch.setattr("sys.stdin", lines)
    return lines


@pytest.mark.parametrize(
    ("line", "agreed"),
    [("y\n", True), ("YES \n", True), ("n\n", False), ("\n", False), ("", False), ("sure\n", False)],
)
def test_only_a_plain_yes_agrees(
    line: str, agreed: bool, typed: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    typed.write(line)
    typed.seek(0)
    assert confirm(Prompt(), "Take it back?") is agreed
    assert capsys.readouterr().out == "Take it back? [y/N] " + ("" if line else "\n")


def test_an_option_is_typed_and_anything_else_is_the_default(typed: io.StringIO) -> None:
    typed.write("b\nred\n9\n")
    typed.seek(0)
    question = Choose("Which?", (Option("r", "red"), Option("b", "blue"), Option("g", "green")), "g")
    assert [Prompt().ask(question).text for _ in range(4)] == ["b", "r", "g", "g"]


def test_a_line_answers_a_text_and_the_end_of_the_input_is_an_empty_one(typed: io.StringIO) -> None:
    typed.write(" 1,3 \n")
    typed.seek(0)
    assert [Prompt().ask(Text("Which? ")) for _ in range(2)] == [Answer("feedback", "1,3"), Answer("feedback")]


def test_a_review_is_not_for_one_line() -> None:
    assert Prompt().ask(PlanReview("1. [ ] f() -> int\n")) == Answer("quit")
