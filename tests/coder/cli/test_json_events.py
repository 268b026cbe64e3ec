"""Events for programs: one line of JSON each, and the schema in docs/events.md."""

import io
import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

from coder.cli.json_events import JsonLines
from coder.run import events
from coder.run.events import KINDS, Event

DOCS = (ROOT / "docs" / "events.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", DOCS, re.MULTILINE))


def written(*told: Event) -> list[Any]:
    stream = io.StringIO()
    listen = JsonLines(stream)
    for event in told:
        listen(event)
    text = stream.getvalue()
    assert text.isascii() and text.count("\n") == len(told)
    return [json.loads(line) for line in text.splitlines()]


def test_an_event_is_one_line_with_its_kind_and_time() -> None:
    text = {"text": "two\nlines\r\u2028and \x1b more", "level": "info"}
    (record,) = written(Event("note", text))
    assert record.pop("event") == "note"
    assert datetime.fromisoformat(record.pop("at")).tzinfo is not None
    assert record == text


def test_what_json_has_no_word_for_still_comes_through() -> None:
    data = {"cost": float("inf"), "seconds": float("nan"), "path": Path("a"), "pair": (1, {2}), "text": "\ud83d"}
    (record,) = written(Event("finish", data))
    assert record["cost"] is None and record["seconds"] is None
    assert record["path"] == "a" and record["pair"] == [1, [2]] and record["text"] == "\ud83d"


def test_a_line_is_there_as_soon_as_it_is_told() -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream:
        JsonLines(stream)(Event("note", {"text": "now"}))
        assert b'"now"' in os.read(read, 4096)
    os.close(read)


def test_the_schema_knows_every_kind_and_no_other() -> None:
    assert set(ROWS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_names_every_field(kind: str) -> None:
    source = Path(events.__file__).read_text("utf-8").partition("Kind = ")[2].partition("\n]")[0]
    comment = re.search(rf'((?:^ *#.*\n)*)^ *"{kind}",(?:  # (.*))?$', source, re.MULTILINE)
    assert comment
    said = re.sub(r"\([^)]*\)|:.*", "", (comment[1] or "") + (comment[2] or ""))
    fields = set(re.findall(r"[a-z_]+", said))
    assert fields and fields <= set(re.findall(r"`([a-z_]+)(?:\[\])?`", ROWS[kind]))
