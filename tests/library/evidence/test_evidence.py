"""Evidence: kept beside the library in git, readable, and the same after a round trip."""

from dataclasses import replace
from pathlib import Path

import pytest

from library.errors import SourceError
from library.evidence.evidence import Evidence, Shown, evidence_file, read_evidence
from memory.store import Memory

WHEN = "2026-11-21T09:30:00+00:00"
FULL = Evidence(
    name="parse",
    digest="0123456789ab",
    when=WHEN,
    results=(
        Shown("parse('P1D')", "86400", "86400", True, "person", WHEN),
        Shown("parse('')", "raises ValueError", "raises ValueError: empty", True, "person", WHEN),
        Shown("parse('PT1S')", "1", "1", True, "model", WHEN),
    ),
    asked=("parse('') -> raises ValueError", "parse(' ') -> don't care"),
    checks=({"name": "name", "ok": False, "detail": "'two' belongs into a parameter", "must": False},),
    mutants=40,
    killed=37,
    surviving=("line 4: a < b -> a <= b   (noticed by parse('P0D'))",),
    capabilities=("clock (time.time, line 3)",),
    tests=("test_parse__example_1",),
    seconds=0.41,
    versions={"python": "3.11", "coder": "0.1.0", "sandbox": "L3"},
    characterisation=("test_parse__now",),
)


def test_what_is_written_is_read_back() -> None:
    assert read_evidence(FULL.text) == FULL
    assert read_evidence("") is None


def test_the_file_is_text_that_a_diff_can_show() -> None:
    lines = FULL.text.splitlines()
    assert len(lines) > 30
    assert '   "call": "parse(\'P1D\')",' in lines
    assert FULL.text == FULL.text.encode("utf-8").decode()


def test_people_see_who_said_what_and_what_would_go_unnoticed() -> None:
    shown = "\n".join(FULL.lines)
    assert "parse('P1D') -> 86400   (said by person, 2026-11-21)" in shown
    assert "37 of 40 small changes to the code would be noticed" in shown
    assert "not noticed: line 4: a < b -> a <= b" in shown
    assert "asked parse(' ') -> don't care" in shown
    assert "may use: clock" in shown
    assert "prove nothing: test_parse__now" in shown


def test_a_check_that_somebody_wrote_without_its_name_is_shown_all_the_same() -> None:
    assert "  remark: : " in replace(FULL, checks=({"ok": False},)).lines


def test_what_people_said_is_asked_of_the_next_version_too() -> None:
    texts = [(example.text, example.source) for example in FULL.examples]
    assert texts == [("parse('P1D') == 86400", "person"), ("parse('') raises ValueError", "person")]


def test_unknown_sources_in_stored_data_count_as_the_models() -> None:
    found = Evidence("f", "0", WHEN, (Shown("f()", "1", "1", True, "oracle"),))
    assert [example.source for example in found.shown_examples] == ["model"]


def test_the_score_is_the_share_of_slips_noticed() -> None:
    assert FULL.score == 37 / 40
    assert Evidence("f", "0", WHEN).score == 1.0


def test_it_lies_in_git_beside_the_library(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.create()
    memory.write({"library.py": "def parse(): ...\n", evidence_file("parse"): FULL.text}, "save parse", kind="save")
    assert read_evidence(memory.read(evidence_file("parse"))) == FULL
    assert [commit.why for commit in memory.history(evidence_file("parse"))] == ["save parse"]


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"name": "f", "digest": "0", "when": "x", "results": [{"call": 1}]}']
)
def test_a_file_that_is_no_evidence_is_named(text: str) -> None:
    with pytest.raises(SourceError, match=r"evidence/f\.json"):
        read_evidence(text, "f")


def test_fields_of_a_later_version_are_passed_over() -> None:
    assert read_evidence(FULL.text.replace('"version": 1', '"version": 2, "colour": "red"')) == FULL
