"""Drafts until one is green: one repair, then fresh samples; doubtful examples; a second draft for a run alone."""

import pytest
from stage import BAD, BADS, GOOD, PLAN, Stage

from coder.people.question import Answer, Choose, DraftReview
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended

GOAL = "double(number: int) -> int: Return twice the number. double(2) == 4"
WRONG = PLAN.replace("double(-1) == -2", "double(-1) == 2").replace("double(2) == 4", "double(3) == 6")
HALF_WRONG = GOOD.replace("number * 2", "number * 2 if number < 50 else 0")


def test_a_red_draft_is_told_what_is_wrong_once_and_then_written_anew_from_the_opening(stage: Stage) -> None:
    assert stage.run([PLAN, *BADS[:2], GOOD], Unattended()).status == "done"
    first, repair, fresh = stage.model.chats[1:]
    assert [turn["role"] for turn in repair] == ["system", "user", "assistant", "user"]
    assert "It is wrong:" in repair[-1]["content"]
    assert fresh == first, "a fresh sample knows nothing of what went wrong"


def test_a_reply_that_is_no_draft_counts_as_one_and_ends_in_a_sentence(stage: Stage) -> None:
    ending = stage.run([PLAN, *["I cannot."] * 6], Unattended())
    assert (ending.exit_code, len(stage.model.chats)) == (3, 7)
    assert "no usable code in 6 tries" in ending.summary


@pytest.mark.parametrize(
    "reply",
    [
        GOOD.replace("def double", "def twice"),
        GOOD.replace("(number: int) -> int", "(number)"),
        GOOD.replace("```python\ndef double", "```python\nprint('hello')\n\n\ndef double", 1),
        GOOD.replace("return number * 2", "return _add(number)")
        + "```python\ndef _add(n: int) -> int:\n    return n + n\n```\n",
        GOOD.replace("return number * 2", "return int(math.fsum([number, number]))"),
        GOOD.replace("def double", "from typing import *\nfrom math import *\n\n\ndef double").replace(
            "return number * 2", "return int(fsum(List([number, number]) if False else [number, number]))"
        ),
    ],
    ids=["misnamed", "untyped", "prints", "helper in another block", "without its import", "imports all there is"],
)
def test_what_was_plainly_meant_is_put_right_without_another_call(reply: str, stage: Stage) -> None:
    assert stage.run([PLAN, reply], Unattended()).saved == ("double",)
    assert "def double(number: int) -> int:" in stage.text()
    assert "print" not in stage.text()
    assert "import *" not in stage.text()


def test_an_example_of_the_models_that_two_drafts_contradict_alike_is_dropped_with_a_note(stage: Stage) -> None:
    stage.settings = {"questions": 0}
    goal = "double numbers, so that double(2) == 4"
    with_doctest = GOOD.replace('number."""', 'number.\n\n    >>> double(-1)\n    2\n    """')
    ending = stage.run([WRONG, with_doctest, with_doctest, with_doctest], Unattended(), goal)
    assert ending.saved == ("double",)
    assert "double(-1) == 2" not in stage.text("test_library.py")
    assert ">>> double(-1)" not in stage.text()
    assert any("Doubtful" in note["text"] and "double(-1)" in note["text"] for note in stage.told("note"))


def test_a_docstring_says_of_an_examples_call_what_the_example_says(stage: Stage) -> None:
    shown = ">>> double(2)\n    5\n    >>> double(3)\n    6\n    >>> double(-1)\n    -2"
    reply = GOOD.replace('number."""', f'number.\n\n    {shown}\n    """')
    assert stage.run([PLAN, reply], Unattended()).saved == ("double",)
    assert shown.replace("5", "4") in stage.text()


def test_what_was_on_offer_and_is_not_called_is_not_imported(stage: Stage) -> None:
    assert stage.run([PLAN, GOOD], Unattended()).saved == ("double",)
    goal = "triple(number: int) -> int: Return three times the number. triple(2) == 6 and triple(-1) == -3"
    idle = "from library import (\n    double,\n)\nfrom library import double\n\ndef triple"
    reply = GOOD.partition("```\n")[0].replace("def double", idle).replace("number * 2", "number * 3") + "```\n"
    person = ScriptedPerson(["accept"] * 2)
    assert stage.run([reply], person, goal).saved == ("triple",)
    card = person.asked[-1]
    assert isinstance(card, DraftReview)
    assert card.draft.code.startswith("def triple")


def test_a_doctest_with_a_value_where_an_example_has_an_error_goes(stage: Stage) -> None:
    plan = PLAN + "   - double(None) raises TypeError\n"
    reply = GOOD.replace('number."""', 'number.\n\n    >>> double(None)\n    0\n    >>> double(2)\n    4\n    """')
    strict = reply.replace("number * 2", "number + number")
    assert stage.run([plan, strict], Unattended()).saved == ("double",)
    assert "double(None)" not in stage.text()
    assert ">>> double(2)" in stage.text()


def test_a_person_says_what_holds_when_drafts_and_example_disagree(stage: Stage) -> None:
    person = ScriptedPerson(["accept", Answer("choice", "1"), "accept"])
    ending = stage.run([WRONG, GOOD, GOOD, GOOD], person, "double numbers, so that double(2) == 4")
    assert ending.status == "done"
    asked = next(one for one in person.asked if isinstance(one, Choose))
    assert "double(-1)" in asked.title
    assert "assert double(-1) == -2\n    # from: person" in stage.text("test_library.py")


def test_an_example_of_the_goal_is_never_voted_out(stage: Stage) -> None:
    ending = stage.run([BAD, *BADS[:5]], Unattended(), GOAL)
    assert ending.exit_code == 3
    assert "double(2): expected 4" in ending.summary


def test_a_goal_with_signature_and_examples_needs_no_plan_call(stage: Stage) -> None:
    assert stage.run([GOOD], Unattended(), GOAL).saved == ("double",)
    assert stage.model.purposes == ["code"]
    assert "# from: goal" in stage.text("test_library.py")


def test_unattended_a_second_draft_decides_where_the_goals_examples_do_not(stage: Stage) -> None:
    stage.settings = {"questions": 5}
    goal = GOAL + " and double(0) == 0 and double(100) == 200"
    wrong = GOOD.replace("number * 2", "number * 2 if number >= 0 else number")
    assert stage.run([wrong, GOOD, GOOD], Unattended(), goal).saved == ("double",)
    assert stage.model.purposes == ["code"] * 3
    assert "return number * 2\n" in stage.text()
    assert "a second draft, written apart, gives the same" in stage.text("evidence/double.json")


def test_unattended_nothing_is_saved_where_every_draft_says_something_else(stage: Stage) -> None:
    stage.settings = {"questions": 5}
    goal = GOAL + " and double(0) == 0 and double(100) == 200"
    drafts = [GOOD.replace("number * 2", f"number * 2 if number >= 0 else number - {by}") for by in range(6)]
    ending = stage.run(drafts, Unattended(), goal)
    assert (ending.exit_code, ending.saved) == (3, ())
    assert "drafts written apart differ, and nobody decided: double(-" in ending.summary


def test_drafts_that_are_red_do_not_use_up_the_chances_of_those_that_differ(stage: Stage) -> None:
    stage.settings = {"questions": 5}
    wrong = GOOD.replace("number * 2", "number * 2 if number >= 0 else number")
    assert stage.run([wrong, GOOD, BAD, BADS[0], GOOD], Unattended(), GOAL).saved == ("double",)
    assert "return number * 2\n" in stage.text()


def test_where_no_draft_differs_no_more_are_paid_for_than_four(stage: Stage) -> None:
    stage.settings = {"questions": 5}
    assert stage.run([GOOD, BAD, *BADS[:4]], Unattended(), GOAL).saved == ("double",)
    assert stage.model.purposes == ["code"] * 4
    assert "not confirmed: no other draft" in stage.text("evidence/double.json")


def test_every_example_of_the_goal_is_shown_to_whoever_writes(stage: Stage) -> None:
    goal = GOAL + " and double(0) == 0 and double(3) == 6 and double(4) == 8 and double(5) == 10"
    assert stage.run([GOOD], Unattended(), goal).status == "done"
    assert all(f">>> double({number})" in stage.said(0) for number in (2, 0, 3, 4, 5))


EACH = "doubles(numbers: list[int]) -> list[int]: double every number. doubles([1, 2]) == [2, 4] and doubles([]) == []"
DOUBLES = GOOD.replace("def double(number: int) -> int:", "def doubles(numbers: list[int]) -> list[int]:").replace(
    "return number * 2", "return [number * 2 for number in numbers]"
)


def test_what_a_function_of_the_library_gives_for_each_item_is_a_draft_that_costs_no_request(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    person = ScriptedPerson(["accept", "accept"])
    assert stage.run([], person, EACH).saved == ("doubles",)
    assert "return [double(x) for x in numbers]" in stage.text()


def test_unattended_such_a_draft_is_compared_with_one_that_knows_nothing_of_the_library(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    stage.settings = {"questions": 5}
    assert stage.run([DOUBLES], Unattended(), EACH).saved == ("doubles",)
    assert stage.model.purposes == ["code"]
    assert "library import" not in stage.said(0)
    assert "[double(x) for x in numbers]" in stage.text()


def test_such_a_draft_gives_way_where_two_others_agree_against_it(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    stage.settings = {"questions": 5}
    other = DOUBLES.replace("number * 2 for", "number * 2 if number >= 0 else 0 for")
    assert stage.run([other, other], Unattended(), EACH).saved == ("doubles",)
    assert "double(x)" not in stage.text()


def test_such_a_draft_holds_against_others_that_agree_on_nothing(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    stage.settings = {"questions": 5}
    others = [DOUBLES.replace("number * 2 for", f"number * 2 if number >= 0 else {by} for") for by in (0, 1)]
    assert stage.run(others, Unattended(), EACH).saved == ("doubles",)
    assert "double(x)" in stage.text()
    assert "differ from it and from each other" in stage.text("evidence/doubles.json")


def test_a_draft_that_only_fails_somewhere_has_a_say_where_others_differ(stage: Stage) -> None:
    stage.settings = {"questions": 5}
    goal = GOAL + " and double(0) == 0"
    wrong = GOOD.replace("number * 2", "number * 2 if number >= 0 else number")
    fails = GOOD.replace("number * 2", "number * 2 if number else 1 // number")
    assert stage.run([wrong, fails, GOOD], Unattended(), goal).saved == ("double",)
    assert "if number" not in stage.text()
    assert "decided by one that fails elsewhere" in stage.text("evidence/double.json")
