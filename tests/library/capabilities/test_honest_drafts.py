"""Honest code is not refused by the scans for what it could reach and for what it does at import."""

import pytest
from places import rows

from library.draft.draft import Draft
from library.examples.example import parse_example
from library.gate.gate import Gate
from library.gate.static_checks import check

CASES = rows("honest_drafts")


def draft_of(case: dict[str, str]) -> Draft:
    """The case's code with the docstring that every function has."""
    head, found, body = case["code"].rpartition("def f(")
    signature, _, rest = body.partition(":\n")
    return Draft("f", f'{head}{found}{signature}:\n    """Do what is asked."""\n{rest}\n')


def test_there_are_fifty_of_them() -> None:
    assert len(CASES) >= 50


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_no_check_that_must_hold_refuses_honest_code(case: dict[str, str]) -> None:
    assert [f"{one.name}: {one.detail}" for one in check(draft_of(case)) if one.must and not one.ok] == []


def test_all_of_them_are_green_in_the_gate(gate: Gate) -> None:
    verdicts = {case["name"]: gate.judge(draft_of(case), [parse_example(case["example"])], "") for case in CASES}
    assert {name: verdict.failures() for name, verdict in verdicts.items() if not verdict.green} == {}
