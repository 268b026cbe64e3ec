"""A goal from its words to the saved function, with a scripted model and person and everything else real."""

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from stage import BAD, BADS, END, FINISH, GOOD, PLAN, QUADRUPLE, SAVE, TICK, TWO_STEPS, WRITE, Stage

from coder import app
from coder.errors import Unreachable
from coder.model.model import ScriptedModel, calls, says
from coder.people.question import Answer, Choose, DraftReview, PlanReview, Question
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended


def test_a_simple_goal_takes_two_model_calls_and_is_saved_tested_and_committed(stage: Stage) -> None:
    ending = stage.run([PLAN, GOOD], ScriptedPerson(["accept", "accept"]))
    assert (ending.status, ending.exit_code, ending.saved, ending.open) == ("done", 0, ("double",), ())
    assert stage.model.purposes == ["plan", "code"]
    assert "def double(number: int) -> int:" in stage.text()
    assert "assert double(2) == 4" in stage.text("test_library.py")
    assert "1. [x] double" in stage.text("plan_extlib.txt")
    assert [line.split("  ")[3] for line in stage.text("logs_extlib.txt").splitlines()] == [
        "write_code",
        "save_code",
        "update_plan",
        "finish",
        "boss",
    ]
    assert stage.log() == ["log: done: double numbers", "save double: double numbers"], "a function, and how it ended"
    status = ["git", "-C", str(stage.folder / "lib"), "status", "--short"]
    assert subprocess.run(status, capture_output=True, check=True).stdout == b"", "nothing is left over"


def test_the_line_that_shows_how_to_use_it_can_be_pasted_and_shows_something(tmp_path: Path) -> None:
    (folder := tmp_path / "it's a folder").mkdir()
    stage = Stage(folder)
    stage.run([PLAN, WRITE, GOOD, END], Unattended())
    usage = stage.told("finish")[0]["usage"]
    assert subprocess.run(["sh", "-c", usage], capture_output=True, text=True, check=True).stdout == "4\n"


def test_a_repository_made_inside_another_one_is_told_once(stage: Stage) -> None:
    subprocess.run(["git", "init", "-q", str(stage.folder)], check=True)
    replies = [PLAN, GOOD]
    stage.run(replies, ScriptedPerson(["accept", "accept"]))
    told = f"becomes a repository of its own inside {stage.folder}"
    assert [told in note["text"] for note in stage.told("note")].count(True) == 1
    stage.events.clear()
    stage.run(replies, ScriptedPerson(["accept", "accept"]), "double them again")
    assert not any(told in note["text"] for note in stage.told("note"))


def test_every_chat_only_grows(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    stage.run([PLAN, WRITE, BAD, GOOD, END], ScriptedPerson(["accept", "accept"]))
    control = [chat for chat in stage.model.chats if chat[0]["content"].startswith("You lead")]
    code = [chat for chat in stage.model.chats if chat[0]["content"].startswith("You write")]
    for chats in (control, code):
        assert len(chats) == 2
        assert chats[1][: len(chats[0])] == chats[0]


def test_a_red_draft_goes_back_with_what_was_red_before_a_person_is_asked(stage: Stage) -> None:
    person = ScriptedPerson(["accept", "accept"])
    assert stage.run([PLAN, BAD, GOOD], person).status == "done"
    assert "double(2): expected 4, got 6" in stage.said(2)
    assert len([card for card in person.asked if isinstance(card, DraftReview)]) == 1


def test_after_three_repairs_the_person_sees_the_red_draft_and_cannot_accept_it_unawares(stage: Stage) -> None:
    person = ScriptedPerson(["accept", "accept", "reject"])
    replies = [PLAN, *BADS, calls(("manual_finish", {"reason": "no luck", "why": "rejected"}))]
    ending = stage.run(replies, person)
    cards = [card for card in person.asked if isinstance(card, DraftReview)]
    assert (ending.status, ending.exit_code) == ("unfinished", 3)
    assert [card.verdict.green for card in cards] == [False, False]
    assert "only be saved by saying so" in cards[1].note
    assert stage.text() == ""


def test_the_same_draft_that_is_red_for_the_same_reason_is_not_repaired_again(stage: Stage) -> None:
    person = ScriptedPerson(["accept", "reject"])
    stop = calls(("manual_finish", {"reason": "no luck", "why": "rejected"}))
    stage.run([PLAN, BAD, BAD, BAD, stop], person)
    assert len([card for card in person.asked if isinstance(card, DraftReview)]) == 1
    assert "double: the same draft again, red as before." in [note["text"] for note in stage.told("note")]


def test_an_unattended_run_whose_model_gives_the_same_red_draft_for_ever_ends_and_says_so(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    ending = stage.run([PLAN, WRITE, BAD, BAD, BAD, WRITE, BAD, BAD, BAD], Unattended())
    assert (ending.status, ending.exit_code) == ("unfinished", 3)
    assert "the same draft of double again, red for the same reason" in ending.summary


def test_a_red_draft_saved_on_the_persons_word_is_marked(stage: Stage) -> None:
    person = ScriptedPerson(["accept", "accept_red"])
    assert stage.run([PLAN, *BADS], person).status == "done"
    assert "# Saved although red, on the person's word.\ndef double" in stage.text()
    assert stage.told("saved")[0]["marked"] is True


def test_the_persons_edit_is_tested_again_and_saved_as_it_stands(stage: Stage) -> None:
    edited = 'def double(number: int) -> int:\n    """Return twice the number."""\n    return number + number  # mine\n'
    person = ScriptedPerson(["accept", Answer("edit", edited), "accept"])
    assert stage.run([PLAN, GOOD], person).status == "done"
    assert "return number + number  # mine" in stage.text()
    assert len(stage.told("verdict")) == 2


def test_an_edit_that_is_no_python_is_told_and_nothing_is_lost(stage: Stage) -> None:
    person = ScriptedPerson(["accept", Answer("edit", "def double(:"), "accept"])
    assert stage.run([PLAN, GOOD], person).status == "done"
    cards = [card for card in person.asked if isinstance(card, DraftReview)]
    assert "Your edit cannot be used" in cards[1].note
    assert cards[1].draft.code == cards[0].draft.code


def test_edit_and_words_reach_the_model_as_a_diff(stage: Stage) -> None:
    edited = 'def double(number: int) -> int:\n    """Return twice the number."""\n    return number + number\n'
    words = Answer("feedback", "say what happens for floats")
    person = ScriptedPerson(["accept", Answer("edit", edited), words, "accept"])
    assert stage.run([PLAN, GOOD, GOOD], person).status == "done"
    said = stage.said(2)
    assert "-    return number * 2\n" in said
    assert "+    return number + number\n" in said
    assert "They say: say what happens for floats" in said


def test_a_plan_answered_in_words_is_drafted_again(stage: Stage) -> None:
    person = ScriptedPerson([Answer("feedback", "floats too"), "accept", "accept"])
    assert stage.run([PLAN, PLAN, GOOD], person).status == "done"
    assert "Their words: floats too" in stage.said(1)


def test_an_edited_plan_is_what_counts_and_its_examples_are_the_persons(stage: Stage) -> None:
    edited = PLAN + "   - double(100) == 200\n"
    person = ScriptedPerson([Answer("edit", edited), "accept", "accept"])
    assert stage.run([PLAN, GOOD], person).status == "done"
    rows = stage.told("verdict")[0]["rows"]
    assert {row["call"]: row["source"] for row in rows} == {
        "double(2)": "model",
        "double(-1)": "model",
        "double(100)": "person",
    }
    assert ">>> double(100)\n    200" in stage.said(1)
    plans = [card for card in person.asked if isinstance(card, PlanReview)]
    assert "+   - double(100) == 200" in plans[1].diff


def test_an_example_stays_the_persons_when_the_model_writes_the_plan_again(stage: Stage) -> None:
    edited = PLAN + "   - double(100) == 200\n"
    person = ScriptedPerson([Answer("edit", edited), Answer("feedback", "shorter"), "accept", "accept"])
    assert stage.run([PLAN, edited, GOOD], person).status == "done"
    rows = stage.told("verdict")[0]["rows"]
    assert [row["source"] for row in rows if row["call"] == "double(100)"] == ["person"]


def test_an_example_that_stands_in_the_goal_is_said_to_be_from_there(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended(), goal="double numbers, so that double(2) == 4")
    assert [row["source"] for row in stage.told("verdict")[0]["rows"]] == ["goal", "model"]


def test_the_next_step_can_use_what_was_just_saved(stage: Stage) -> None:
    ending = stage.run([TWO_STEPS, GOOD, QUADRUPLE], Unattended())
    assert ending.saved == ("double", "quadruple")
    assert "double(number: int) -> int" in stage.said(2)
    assert list(stage.told("verdict")[1]["uses"]) == ["double"]


def test_the_first_command_that_fails_stops_the_rest_and_the_model_is_told(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    wrong = calls(("write_code", {"step": 7, "why": "x"}), SAVE, FINISH)
    assert stage.run([PLAN, wrong, WRITE, GOOD, END], Unattended()).status == "done"
    tools = [turn["content"] for turn in stage.model.chats[2] if turn["role"] == "tool"]
    assert tools == ["There is no step 7; the plan has 1 to 1.", "not run", "not run"]


def test_finish_is_held_against_the_plan_and_against_unsaved_drafts(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    early = calls(FINISH)
    ending = stage.run([PLAN, early, WRITE, GOOD, early, END], Unattended())
    assert ending.status == "done"
    results = [told["result"] for told in stage.told("result") if told["branch"] == "finish"]
    assert results[0].startswith("Open steps: double")
    assert results[1] == "The accepted draft of double is not saved: save_code first."


def test_an_unfinished_goal_says_what_is_open_and_exits_with_3(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    give_up = calls(("finish", {"summary": "too hard", "unfinished": True, "why": "stuck"}))
    ending = stage.run([PLAN, give_up], Unattended())
    assert (ending.status, ending.exit_code, ending.open) == ("unfinished", 3, ("double",))
    assert stage.told("finish")[0]["open"] == ["double"]


def test_a_step_cannot_be_ticked_before_it_is_saved(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    stage.run([PLAN, calls(TICK), WRITE, GOOD, END], Unattended())
    assert stage.told("result")[0]["result"].startswith("double: not saved in this run")


def test_out_of_rounds_has_a_real_ending(stage: Stage) -> None:
    stage.settings = {"max_rounds": 2, "control": "model"}
    question = calls(("ask_user", {"question": "which?", "why": "unsure"}))
    ending = stage.run([PLAN, question, question], Unattended())
    assert (ending.status, ending.exit_code, ending.open) == ("unfinished", 3, ("double",))
    assert "All 2 rounds are used up" in ending.summary


def test_a_run_out_of_rounds_goes_on_with_more(stage: Stage) -> None:
    stage.settings = {"max_rounds": 1}
    stage.run([PLAN, GOOD], Unattended())
    stage.settings = {"max_rounds": 9}
    ending = stage.resume([], Unattended())
    assert (ending.status, ending.saved) == ("done", ("double",))


def test_a_token_budget_stops_before_the_call_that_would_go_over(stage: Stage) -> None:
    stage.settings = {"max_tokens": 100}
    ending = stage.run([says(PLAN, tokens_in=90, tokens_out=10), WRITE], Unattended())
    assert ending.exit_code == 3
    assert "tokens allowed for this run is used up: 100 of 100" in ending.summary
    assert len(stage.model.chats) == 1


def test_a_cost_budget_needs_a_price_and_then_holds(stage: Stage) -> None:
    stage.settings = {"max_cost": 0.5, "model": "m", "prices": {"m": [1000.0, 100.0, 10000.0]}}
    ending = stage.run([says(PLAN, tokens_in=1000, tokens_out=10), WRITE], Unattended())
    assert "cost allowed for this run is used up: 1.1000 of 0.5000" in ending.summary
    assert stage.told("finish")[0]["cost"] == pytest.approx(1.1)


def test_three_bad_replies_end_an_unattended_run_and_keep_what_was_saved(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    ending = stage.run([PLAN, "let us go", "really", "now"], Unattended())
    assert ending.exit_code == 3
    assert "no usable control in 3 tries" in ending.summary
    assert [told["attempt"] for told in stage.told("bad_reply")] == [1, 2, 3]


def test_after_three_bad_replies_the_person_can_say_something_and_go_on(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    person = ScriptedPerson(
        ["accept", Answer("choice", "w"), Answer("feedback", "use the tools"), "accept"],
    )
    assert stage.run([PLAN, "a", "b", "c", WRITE, GOOD, END], person).status == "done"
    assert "use the tools" in stage.said(4)


def test_a_question_of_the_models_keeps_the_draft(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    person = ScriptedPerson(["accept", "accept", Answer("feedback", "yes")])
    question = ("ask_user", {"question": "Save it?", "why": "to be sure"})
    assert stage.run([PLAN, WRITE, GOOD, calls(question, SAVE, TICK, FINISH)], person).status == "done"
    assert "def double" in stage.text()


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["accept", "accept", Answer("choice", "r")], ("done", "number * 2", "number + number")),
        (["accept", "accept", Answer("choice", "n"), Answer("feedback", "twice")], ("done", "def twice", "")),
    ],
    ids=["replace", "rename"],
)
def test_a_name_that_exists_is_replaced_or_renamed_never_doubled(
    stage: Stage, answers: list[Answer | str], expected: tuple[str, str, str]
) -> None:
    first = GOOD.replace("number * 2", "number + number")
    stage.run([PLAN, first], Unattended())
    ending = stage.run([PLAN, GOOD], ScriptedPerson(answers))
    assert ending.status == expected[0]
    assert expected[1] in stage.text()
    assert not expected[2] or expected[2] not in stage.text()
    assert stage.text().count("def double(") == 1


def test_unattended_a_name_that_exists_is_left_alone(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    before = stage.text()
    stop = calls(("finish", {"summary": "it is there", "unfinished": True, "why": "exists"}))
    ending = stage.run([PLAN, GOOD, END, stop], Unattended())
    assert ending.exit_code == 3
    assert stage.text() == before


def test_a_save_that_would_break_a_caller_is_stopped(stage: Stage) -> None:
    stage.run([TWO_STEPS, GOOD, QUADRUPLE], Unattended())
    before = stage.text()
    stage.settings = {"control": "model"}
    half = GOOD.replace("number * 2", "number / 2")
    plan = PLAN.replace("-> int", "-> float").replace("== 4", "== 1.0").replace("== -2", "== -0.5")
    replacing = calls(("save_code", {"replace": True, "why": "new"}))
    stop = calls(("finish", {"summary": "no", "unfinished": True, "why": "breaks"}))
    stage.run([plan, WRITE, half, replacing, stop], Unattended())
    told = [t["result"] for t in stage.told("result") if t["branch"] == "save_code"]
    assert "would break" in told[-1]
    assert "quadruple" in told[-1]
    assert stage.text() == before


def test_a_new_plan_keeps_what_is_done(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    write2 = ("write_code", {"step": 2, "why": "next"})
    again = ("re_plan", {"problem": "quadruple should be called times_four", "why": "name"})
    new = TWO_STEPS.replace("quadruple", "times_four")
    end2 = calls(SAVE, ("update_plan", {"done": [2], "why": "saved"}), FINISH)
    replies = [TWO_STEPS, WRITE, GOOD, calls(SAVE, TICK, again), new, calls(write2)]
    ending = stage.run([*replies, QUADRUPLE.replace("quadruple", "times_four"), end2], Unattended())
    assert ending.saved == ("double", "times_four")
    assert "1. [x] double" in stage.text("plan_extlib.txt")
    assert "quadruple" not in stage.text("plan_extlib.txt")
    assert "+2. [ ] times_four" in stage.said(5)


def test_whoever_leaves_at_the_review_is_asked_again_only_that(stage: Stage) -> None:
    first = stage.run([PLAN, GOOD], ScriptedPerson(["accept", "quit"]))
    assert (first.status, first.exit_code) == ("interrupted", 130)
    person = ScriptedPerson(["accept"])
    assert stage.resume([], person).status == "done"
    assert [type(question) for question in person.asked] == [DraftReview]


def test_a_run_whose_model_went_away_goes_on_when_it_is_back(stage: Stage) -> None:
    ending = stage.run([PLAN, Unreachable("Nobody listens.", "Start it.")], Unattended())
    assert (ending.status, ending.exit_code) == ("no_model", 4)
    assert stage.resume([GOOD], Unattended()).status == "done"
    assert stage.told("finish")[-1]["calls"] == 2


@dataclass
class Pressing:
    """A model during whose first code reply the person presses Ctrl-C."""

    inner: ScriptedModel
    name: str = "pressing"
    pressed: bool = False

    def complete(self, purpose: str, chat: Any, tools: Any, watch: Any, options: Any = None) -> Any:
        if purpose == "code" and not self.pressed:
            self.pressed = True
            raise KeyboardInterrupt
        return self.inner.complete(purpose, chat, tools, watch, options)


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        (Answer("go_on"), "done"),
        (Answer("feedback", "make it short"), "done"),
        (Answer("finish"), "unfinished"),
        (Answer("quit"), "interrupted"),
    ],
    ids=lambda value: value.verdict if isinstance(value, Answer) else "",
)
def test_ctrl_c_asks_what_to_do(stage: Stage, decision: Answer, status: str) -> None:
    person = ScriptedPerson(["accept", decision, "accept"])
    parts = stage.parts([PLAN, GOOD], person)
    ending = app.start("double numbers", replace(parts, model=Pressing(stage.model)))
    assert ending.status == status
    if decision.verdict == "feedback":
        assert "make it short" in stage.said(1)
    if decision.verdict == "quit":
        assert stage.resume([GOOD], ScriptedPerson(["accept"])).status == "done"


def test_words_given_after_ctrl_c_are_not_asked_again_on_resume(stage: Stage) -> None:
    person = ScriptedPerson(["accept", Answer("feedback", "make it short"), "quit"])
    parts = stage.parts([PLAN, GOOD], person)
    assert app.start("double numbers", replace(parts, model=Pressing(stage.model))).status == "interrupted"
    assert stage.resume([], ScriptedPerson(["accept"])).status == "done"


@pytest.mark.parametrize("file", ["library.py", "test_library.py"])
def test_a_library_that_does_not_parse_ends_an_unattended_run_before_anything_is_paid(stage: Stage, file: str) -> None:
    stage.run([PLAN, GOOD], Unattended())
    path = stage.folder / "lib" / file
    path.write_text(path.read_text() + "\n<<<<<<< mine\n")
    ending = stage.run([], Unattended(), goal="triple numbers")
    assert (ending.status, ending.exit_code) == ("unfinished", 3)
    assert ending.summary.startswith(f"{file}, line ") and "merge" in ending.summary
    assert path.read_text().endswith("<<<<<<< mine\n")


def test_a_library_that_breaks_in_the_middle_of_a_run_stops_it_before_the_next_reply(stage: Stage) -> None:
    class Breaking(Unattended):
        def ask(self, question: Question) -> Answer:
            if isinstance(question, DraftReview):
                (stage.folder / "lib" / "library.py").write_text("def broken(:\n")
            return super().ask(question)

    ending = stage.run([PLAN, GOOD], Breaking())
    assert ending.status == "unfinished" and ending.summary.startswith("library.py, line 1: ")
    (stage.folder / "lib" / "library.py").write_text("")
    assert stage.resume([], Unattended()).saved == ("double",)


def test_a_person_is_asked_to_mend_a_library_that_does_not_parse_and_the_run_goes_on(stage: Stage) -> None:
    path = stage.folder / "lib" / "library.py"
    path.parent.mkdir(parents=True)
    path.write_text("def broken(:\n")

    class Mending(ScriptedPerson):
        def ask(self, question: Question) -> Answer:
            if isinstance(question, Choose):
                assert "library.py, line 1" in question.title
                path.write_text("")
            return super().ask(question)

    ending = stage.run([PLAN, GOOD], Mending([Answer("choice", "t"), "accept", "accept"]))
    assert (ending.status, ending.saved) == ("done", ("double",))


def test_a_function_that_already_gives_the_results_is_offered_before_anything_is_written(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    before = stage.text()
    person = ScriptedPerson(["accept", Answer("choice", "u")])
    ending = stage.run([PLAN.replace("double", "twice")], person, goal="twice a number")
    assert (ending.status, ending.saved) == ("done", ())
    assert "double in the library already gives all 2 expected results of twice" in str(person.asked[1])
    assert ending.summary == "twice: double was there already and does it."
    assert stage.text() == before


def test_whoever_wants_a_second_one_all_the_same_gets_it(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    person = ScriptedPerson(["accept", Answer("choice", "w"), "accept"])
    replies = [PLAN.replace("double", "twice"), GOOD.replace("double", "twice")]
    assert stage.run(replies, person, goal="twice a number").saved == ("twice",)
    assert "def double" in stage.text()
    assert "def twice" in stage.text()


def test_with_the_library_off_the_model_is_shown_nothing_of_it(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    stage.settings = {"library_off": True}
    replies = [PLAN.replace("double", "twice"), GOOD.replace("double", "twice")]
    assert stage.run(replies, Unattended(), goal="twice a number").saved == ("twice",)
    assert all("double" not in stage.said(number) for number in (0, 1))


def test_with_the_library_off_a_later_step_still_sees_what_the_plan_has_made(stage: Stage) -> None:
    stage.settings = {"library_off": True}
    assert stage.run([TWO_STEPS, GOOD, QUADRUPLE], Unattended()).status == "done"
    assert "double(number: int) -> int" in stage.said(2)


FOUR = PLAN + "   - double(5) == 10\n   - double(7) == 14\n"
FITTED = GOOD.replace("return number * 2", "return {2: 4, -1: -2, 5: 10}.get(number, 0)")


def test_one_of_four_examples_is_held_out_from_the_coder_and_judged_all_the_same(stage: Stage) -> None:
    assert stage.run([FOUR, GOOD], Unattended()).status == "done"
    assert ">>> double(5)\n    10" in stage.said(1)
    assert "double(7)" not in stage.said(1)
    checks = stage.told("verdict")[0]["checks"]
    assert ["held-out examples", True, "1 that the coder was not shown: double(7) == 14"] in map(list, checks)
    assert "double(7) == 14" in stage.text("evidence/double.json")


def test_code_that_fits_only_the_examples_shown_is_red(stage: Stage) -> None:
    assert stage.run([FOUR, FITTED, GOOD], Unattended()).status == "done"
    assert "double(7)" in stage.said(2)
    assert stage.told("verdict")[0]["green"] is False
    names = [name for name, *_ in stage.told("verdict")[1]["checks"]]
    assert "held-out examples" not in names, "it was shown in between"


def test_a_coder_may_read_the_code_of_a_function_before_it_writes(stage: Stage) -> None:
    with_constant = GOOD.replace("def double", "_FACTOR = 2\n\n\ndef double", 1).replace(
        "number * 2", "number * _FACTOR"
    )
    stage.run([PLAN, with_constant], Unattended())
    plan = PLAN.replace("double", "triple").replace("== 4", "== 6").replace("== -2", "== -3")
    triple = GOOD.replace("double", "triple").replace("number * 2", "number * 3")
    replies = [plan, "READ: double, halve", triple]
    ending = stage.run(replies, Unattended(), goal="make a number three times as large")
    assert ending.saved == ("triple",)
    assert "READ name, name" in stage.said(1)
    assert "_FACTOR = 2\n" in stage.said(2)
    assert "return number * _FACTOR" in stage.said(2)
    assert "There is no function halve" in stage.said(2)


@pytest.mark.parametrize("wish", ["READ double", '{"steps": [], "read": ["double"]}', '{"read": ["double"]}'])
def test_a_planner_may_read_the_code_of_a_function_that_it_is_shown(wish: str, stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    plan = PLAN.replace("double", "triple").replace("== 4", "== 6").replace("== -2", "== -3")
    triple = GOOD.replace("double", "triple").replace("number * 2", "number * 3")
    replies = [wish, plan, triple]
    assert stage.run(replies, Unattended(), goal="make a number three times as large").saved == ("triple",)
    assert "return number * 2" in stage.said(1)
    schema = stage.model.options[0].schema
    assert schema is not None
    assert schema["required"] == ["steps", "read"]


def test_a_coder_who_only_reads_is_told_to_write(stage: Stage) -> None:
    stage.run([PLAN, GOOD], Unattended())
    replies = [PLAN.replace("double", "twice"), *["READ double"] * 4, GOOD.replace("double", "twice")]
    person = ScriptedPerson(["accept", Answer("choice", "w"), "accept"])
    assert stage.run(replies, person, goal="twice a number").saved == ("twice",)
    assert "That is enough to read" in stage.said(4)
    assert "not usable" in stage.said(5)


def test_a_coder_who_says_that_an_example_is_wrong_is_heard(stage: Stage) -> None:
    wrong = PLAN.replace("double(2) == 4", "double(2) == 5")
    objects = "EXAMPLE WRONG: double(2) is 4.\n" + GOOD
    mend = calls(("re_plan", {"problem": "double(2) is 4", "why": "wrong example"}))
    ending = stage.run([wrong, GOOD, objects, objects, mend, PLAN, GOOD], Unattended())
    assert ending.status == "done"
    assert "The coder says: EXAMPLE WRONG: double(2) is 4." in stage.said(4)
    assert "return number * 2" in stage.said(4), "whoever decides sees the code"


def test_tests_in_a_reply_are_left_and_those_of_the_person_are_kept(stage: Stage) -> None:
    only_code = GOOD.partition("```\n\n")[0].partition("```python\n")[2]
    edited = only_code + "\n\ndef test_hundred() -> None:\n    assert double(100) == 200\n"
    person = ScriptedPerson(["accept", Answer("edit", edited), Answer("feedback", "shorter"), "accept"])
    assert stage.run([PLAN, GOOD, GOOD], person).status == "done"
    assert "assert double(0) == 0" not in stage.text("test_library.py")
    assert "assert double(100) == 200" in stage.text("test_library.py")
