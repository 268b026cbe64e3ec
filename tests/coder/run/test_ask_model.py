"""Asking the model until its reply can be used: how often, and with how much room."""

from pathlib import Path

import pytest

from coder.errors import FormatError, NoAnswer
from coder.model.model import Reply, ReplyOptions, ScriptedModel
from coder.people.unattended import Unattended
from coder.run.chat import from_user
from coder.run.events import Event
from coder.run.journal import JOURNAL, Journal
from coder.run.run import Run

CUT = Reply("1. [ ] double(", ended="length")
BAD = Reply("no plan", ended="stop")


def longer_than_twenty(reply: Reply) -> str:
    if len(reply.text) < 20:
        raise FormatError("too short")
    return reply.text


def run_of(journal: Journal, model: ScriptedModel, events: list[Event]) -> Run:
    return Run(journal, model, Unattended(), events.append)


def test_a_reply_that_was_cut_at_the_limit_of_its_purpose_gets_twice_the_room_the_next_time(tmp_path: Path) -> None:
    model, events = ScriptedModel([CUT, BAD, CUT, "1. [ ] double(x: int) -> int"]), list[Event]()
    with Journal.create(tmp_path / JOURNAL, "a goal", {}) as journal:
        wished = ReplyOptions(temperature=0.0, max_tokens=300)
        text, _ = run_of(journal, model, events).ask_model(
            "plan", [from_user("Plan.")], longer_than_twenty, options=wished, tries=4
        )
    assert text == "1. [ ] double(x: int) -> int"
    assert [(options.temperature, options.max_tokens) for options in model.options] == [
        (0.0, 300),
        (0.0, 600),
        (0.0, 600),
        (0.0, 1200),
    ]


def test_it_is_asked_as_often_as_is_said(tmp_path: Path) -> None:
    model, events = ScriptedModel([BAD, BAD]), list[Event]()
    with (
        Journal.create(tmp_path / JOURNAL, "a goal", {}) as journal,
        pytest.raises(NoAnswer, match=r"no usable plan in 1 try\."),
    ):
        run_of(journal, model, events).ask_model("plan", [from_user("Plan.")], longer_than_twenty, tries=1)
    assert model.left == 1
    assert [event.data["of"] for event in events if event.kind == "bad_reply"] == [1]
