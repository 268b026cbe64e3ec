"""What is asked about a draft: telling results of the person, leave for what it uses, checks of its text."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from coder import app
from coder.drafting.questions import left_open
from coder.model.model import Reply, ScriptedModel, Turn, calls, says
from coder.people.question import Answer, Choose, DraftReview, PlanReview, Question, Text
from coder.people.unattended import Unattended
from coder.run.events import Event
from coder.run.journal import Journal
from coder.settings import Settings
from library.examples.example import Example
from library.gate.choose_questions import CallQuestion

PLAN = """1. [ ] clamp(number: int, low: int, high: int) -> int
   Return the number, but at least low and at most high.
   - clamp(5, 0, 10) == 5
   - clamp(-5, 0, 10) == 0
"""
GOOD = '''```python
def clamp(number: int, low: int, high: int) -> int:
    """Return the number kept between low and high."""
    return max(low, min(number, high))
```
'''
FORGOT_HIGH = GOOD.replace("max(low, min(number, high))", "max(low, number)")


class Knowing:
    """A person who knows what clamp should give, and says it when asked."""

    present = True

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.cards: list[DraftReview] = []

    def ask(self, question: Question) -> Answer:
        match question:
            case PlanReview():
                return Answer("accept")
            case DraftReview():
                self.cards.append(question)
                return self.review(question)
            case Text():
                return self.say(question.title)
            case Choose():
                self.questions.append(question.title)
                return self.choose(question)

    def review(self, card: DraftReview) -> Answer:
        return Answer("accept" if card.verdict.green else "reject")

    def say(self, title: str) -> Answer:
        return Answer("feedback", str(self.right(title.removesuffix(" == "))))

    def choose(self, question: Choose) -> Answer:
        if not question.title.startswith("Question"):
            return Answer("choice", question.default)
        wanted = str(self.right(question.title.partition("what should ")[2].partition(" be?")[0]))
        fits = [option.key for option in question.options if option.label == wanted]
        return Answer("choice", fits[0] if fits else "o")

    def interrupted(self, doing: str) -> Answer:
        return Answer("quit")

    @staticmethod
    def right(call: str) -> int:
        number, low, high = (int(word) for word in call.removeprefix("clamp(").removesuffix(")").split(","))
        return max(low, min(number, high))


def run(folder: Path, replies: list[object], person: object) -> tuple[app.Ending, list[Event], ScriptedModel]:
    events: list[Event] = []
    model = ScriptedModel(replies)  # type: ignore[arg-type]
    parts = app.parts(Settings(library=str(folder)), model, person, events.append)  # type: ignore[arg-type]
    return app.start("keep numbers within limits", parts), events, model


def test_the_questions_find_what_the_examples_missed_and_the_model_mends_it(tmp_path: Path) -> None:
    person = Knowing()
    ending, _, model = run(tmp_path, [PLAN, FORGOT_HIGH, said_by_the_model, GOOD], person)
    assert ending.status == "done"
    assert 1 <= len(person.questions) <= 5
    assert model.purposes == ["plan", "code", "examples", "code"]
    assert "max(low, min(number, high))" in (tmp_path / "library.py").read_text()


def test_answers_become_examples_of_the_persons_and_are_kept_as_tests(tmp_path: Path) -> None:
    person = Knowing()
    run(tmp_path, [PLAN, FORGOT_HIGH, said_by_the_model, GOOD], person)
    rows = person.cards[-1].verdict.rows
    assert sum(row.source == "person" for row in rows) >= 1
    assert "# from: person" in (tmp_path / "test_library.py").read_text()


def test_whoever_writes_anew_is_told_what_was_answered(tmp_path: Path) -> None:
    person = Knowing()
    _, _, model = run(tmp_path, [PLAN, FORGOT_HIGH, said_by_the_model, GOOD], person)
    answered = [row.call for row in person.cards[-1].verdict.rows if row.source == "person" and row.call not in PLAN]
    asked = str(model.chats[-1])
    assert any(call in asked for call in answered)


def test_the_card_says_how_many_small_changes_the_examples_notice(tmp_path: Path) -> None:
    person = Knowing()
    run(tmp_path, [PLAN, GOOD, said_by_the_model], person)
    names = {name for name, _, _ in person.cards[-1].verdict.checks}
    assert {"typed signature", "small changes"} <= names


@pytest.mark.parametrize("first", [GOOD, None], ids=["then mended", "and again"])
def test_an_equal_result_of_a_type_that_the_signature_does_not_name_is_refused(
    first: str | None, tmp_path: Path
) -> None:
    long = "max(low, min(number, high)) * (1.0 if number > 50 else 1)"  # as the examples do not show
    floats = GOOD.replace("max(low, min(number, high))", long)
    person = Knowing()
    give_up = calls(("manual_finish", {"reason": "no way", "why": "rejected"}))
    rest = [GOOD] if first else [floats, floats, floats, floats, give_up]
    ending, events, _ = run(tmp_path, [PLAN, floats, said_by_the_model, *rest], person)
    problems = [line for event in events if event.kind == "verdict" for line in event.data["problems"]]
    assert any(".0 is no int, as " in line for line in problems)
    assert ending.status == ("done" if first else "unfinished")
    assert "1.0" not in ((tmp_path / "library.py").read_text() if first else "")


def test_nobody_is_asked_anything_unattended(tmp_path: Path) -> None:
    ending, events, _ = run(tmp_path, [PLAN, GOOD, said_by_the_model], Unattended())
    assert ending.status == "done"
    assert not [event for event in events if event.kind == "answer" and event.data["verdict"] == "choice"]


class Asking(Knowing):
    """A person who stops the questions and lets the model say what should come out."""

    def choose(self, question: Choose) -> Answer:
        return Answer("choice", "s")

    def review(self, card: DraftReview) -> Answer:
        if len(self.cards) == 1:
            return Answer("more")
        return Answer("accept") if card.verdict.green else Answer("feedback", "see the red examples")


def said_by_the_model(chat: Sequence[Turn], _tools: object) -> Reply:
    asked = [line.partition(". ") for line in str(chat[-1]["content"]).partition("Calls:")[2].split("\n") if line]
    return says(json.dumps({number: str(Knowing.right(call)) for number, _, call in asked}))


def test_the_model_can_be_asked_for_the_examples_that_notice_small_changes_to_a_draft(tmp_path: Path) -> None:
    person = Asking()
    ending, _, model = run(tmp_path, [PLAN, GOOD, "no idea", said_by_the_model], person)
    assert ending.status == "done"
    assert person.cards[0].telling
    assert not person.cards[1].telling, "no small change is left"
    assert len(person.cards[1].verdict.rows) > 2
    assert {row.source for row in person.cards[1].verdict.rows} == {"model"}
    assert "def clamp" not in str(model.chats[2:4]), "it is not shown the draft"


def test_what_the_model_says_of_a_call_may_turn_the_draft_red(tmp_path: Path) -> None:
    def wrong(chat: Sequence[Turn], tools: object) -> Reply:
        return says(json.dumps({**json.loads(said_by_the_model(chat, tools).text), "1": "99"}))

    person = Asking()
    run(tmp_path, [PLAN, GOOD, "no idea", wrong, *[GOOD] * 4], person)
    assert person.cards[0].verdict.green
    assert not person.cards[1].verdict.green
    assert "99" in next(row.expected for row in person.cards[1].verdict.rows if not row.ok)


def test_a_model_that_has_nothing_to_say_of_the_calls_changes_nothing(tmp_path: Path) -> None:
    person = Asking()
    ending, events, _ = run(tmp_path, [PLAN, GOOD, "no idea", "no idea"], person)
    assert ending.status == "done"
    assert len(person.cards[1].verdict.rows) == 2
    assert any("says nothing of use" in str(event.data.get("text")) for event in events)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("Return the number kept between low and high.", ""), "docstring"),
        (
            GOOD.replace("```python\n", "```python\n_SEEN = list(map(print, 'ab'))\n").replace(
                "    return", "    len(_SEEN)\n    return"
            ),
            "import",
        ),
        (
            GOOD.replace("```python\n", "```python\nimport time\n").replace(
                "    return", "    time.time()\n    return"
            ),
            "clock",
        ),
    ],
    ids=["empty docstring", "works at import", "reads the clock"],
)
def test_a_draft_that_fails_a_check_of_its_text_goes_back_to_the_model(text: str, says: str, tmp_path: Path) -> None:
    ending, events, model = run(tmp_path, [PLAN, text, GOOD, said_by_the_model], Unattended())
    assert ending.status == "done"
    assert len([event for event in events if event.kind == "repair"]) == 1
    assert says in str(model.chats[2][-1]["content"])


def test_a_run_with_questions_is_resumed_without_asking_them_again(tmp_path: Path) -> None:
    class Leaving(Knowing):
        def review(self, card: DraftReview) -> Answer:
            return Answer("quit")

    ending, _, _ = run(tmp_path, [PLAN, GOOD, said_by_the_model], Leaving())
    assert ending.exit_code == 130
    person = Knowing()
    parts = app.parts(Settings(library=str(tmp_path)), ScriptedModel([]), person, lambda event: None)
    again = app.resume(Journal.open(tmp_path / ".coder" / app.JOURNAL), parts)
    assert again.status == "done"
    assert person.questions == []


class Slipping(Knowing):
    """A person who first types the key again where a result is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.typed: list[str] = []

    def choose(self, question: Choose) -> Answer:
        return Answer("choice", "o" if question.title.startswith("Question") else question.default)

    def say(self, title: str) -> Answer:
        slip = not self.typed
        self.typed.append(title)
        return Answer("feedback", "o") if slip else super().say(title)


def test_a_result_with_a_name_that_nobody_knows_is_asked_for_again(tmp_path: Path) -> None:
    person = Slipping()
    ending, events, _ = run(tmp_path, [PLAN, GOOD, "no idea"], person)
    assert ending.status == "done"
    assert person.typed[0] == person.typed[1]
    notes = [event.data["text"] for event in events if event.kind == "note"]
    assert sum("o is neither in the library nor in Python's own" in text for text in notes) == 1


def off_by_ninety(chat: Sequence[Turn], tools: object) -> Reply:
    return says(
        json.dumps({n: str(int(said) + 90) for n, said in json.loads(said_by_the_model(chat, tools).text).items()})
    )


def test_the_person_is_not_asked_where_a_model_that_was_not_shown_the_draft_agrees_with_it(tmp_path: Path) -> None:
    person = Knowing()
    ending, _, model = run(tmp_path, [PLAN, GOOD, said_by_the_model], person)
    assert ending.status == "done"
    assert person.questions == []
    assert len(person.cards[-1].verdict.rows) > 2
    assert (model.purposes[2], model.options[2].temperature) == ("examples", 0)
    assert "said by a model" in (tmp_path / "evidence" / "clamp.json").read_text()


def last_off_by_ninety(chat: Sequence[Turn], tools: object) -> Reply:
    said = json.loads(said_by_the_model(chat, tools).text)
    last = max(said, key=int)
    return says(json.dumps({**said, last: str(int(said[last]) + 90)}))


@pytest.mark.parametrize("twice", [True, False], ids=["said twice", "said once"])
def test_of_calls_that_are_no_question_by_themselves_the_person_settles_what_the_model_contradicts_twice(
    twice: bool, tmp_path: Path
) -> None:
    again = last_off_by_ninety if twice else said_by_the_model
    person = Knowing()
    ending, _, model = run(tmp_path, [PLAN, GOOD, last_off_by_ninety, again], person)
    assert ending.status == "done"
    assert model.purposes == ["plan", "code", "examples", "examples"]
    first, second = (str(chat[-1]["content"]).partition("Calls:")[2].strip() for chat in model.chats[2:4])
    assert second == "1. " + first.splitlines()[-1].partition(". ")[2]
    assert len(person.questions) == int(twice)
    assert all("1 of at most 1" in question for question in person.questions)


def test_what_the_model_says_of_calls_that_are_no_question_is_in_the_evidence_and_not_on_the_card(
    tmp_path: Path,
) -> None:
    person = Knowing()
    run(tmp_path, [PLAN, GOOD, said_by_the_model], person)
    evidence = json.loads((tmp_path / "evidence" / "clamp.json").read_text())
    said = [line.partition(":")[0] for line in evidence["asked"] if "said by a model" in line]
    assert len(said) > len(person.cards[-1].verdict.rows) - 2
    shown = {row.call for row in person.cards[-1].verdict.rows}
    assert [line for line in said if line.partition(" == ")[0] not in shown], "the others stay in the evidence"


def test_a_question_says_what_it_decides_and_does_not_mark_what_the_draft_gives(tmp_path: Path) -> None:
    class Reading(Knowing):
        offered: list[str]

        def choose(self, question: Choose) -> Answer:
            self.offered = [option.label for option in question.options]
            assert not any("draft" in option.help for option in question.options)
            return super().choose(question)

    person = Reading()
    run(tmp_path, [PLAN, GOOD, off_by_ninety], person)
    assert "\nDecides: " in person.questions[0]
    assert any(label.isdigit() and int(label) >= 80 for label in person.offered), "what the model says is offered"
    numbers = [int(label) for label in person.offered if label.lstrip("-").isdigit()]
    assert numbers == sorted(numbers)


def test_what_a_person_spells_out_in_words_for_the_model_is_an_example_of_theirs(tmp_path: Path) -> None:
    class Saying(Knowing):
        def review(self, card: DraftReview) -> Answer:
            words = "look at the upper end: clamp(99, 0, 10) == 10, and clamp(-5, 0, 10) == 0"
            return Answer("feedback", words) if len(self.cards) == 1 else super().review(card)

    person = Saying()
    ending, _, _ = run(tmp_path, [PLAN, GOOD, said_by_the_model, FORGOT_HIGH, GOOD], person)
    assert ending.status == "done"
    rows = {row.call: (row.expected, row.source) for row in person.cards[-1].verdict.rows}
    assert rows["clamp(99, 0, 10)"] == ("10", "person")
    assert rows["clamp(-5, 0, 10)"] == ("0", "person"), "a model said it before"
    assert rows["clamp(5, 0, 10)"] == ("5", "model")


def test_unattended_a_contradiction_counts_only_if_it_is_said_twice(tmp_path: Path) -> None:
    ending, _, model = run(tmp_path / "once", [PLAN, GOOD, off_by_ninety, said_by_the_model], Unattended())
    assert ending.status == "done"
    assert model.options[3].temperature == 0.8
    assert "said once by a model" in (tmp_path / "once" / "evidence" / "clamp.json").read_text()
    ending, events, _ = run(tmp_path / "twice", [PLAN, FORGOT_HIGH, *[said_by_the_model] * 2, GOOD], Unattended())
    assert ending.status == "done"
    assert any(not event.data["green"] for event in events if event.kind == "verdict"), "what was said twice was red"
    assert "min(" in (tmp_path / "twice" / "library.py").read_text()


@pytest.mark.parametrize("thrice", [True, False], ids=["said three times", "said twice"])
def test_unattended_a_call_that_is_no_question_by_itself_has_to_be_contradicted_three_times(
    thrice: bool, tmp_path: Path
) -> None:
    third = last_off_by_ninety if thrice else said_by_the_model
    ending, events, model = run(tmp_path, [PLAN, GOOD, *[last_off_by_ninety] * 2, third, *[GOOD] * 4], Unattended())
    assert model.purposes[:5] == ["plan", "code", "examples", "examples", "examples"]
    assert any(not event.data["green"] for event in events if event.kind == "verdict") == thrice
    assert ending.status == ("unfinished" if thrice else "done")
    if not thrice:
        asked = json.loads((tmp_path / "evidence" / "clamp.json").read_text())["asked"]
        assert sum("said twice by a model that was not shown the draft, and not again" in line for line in asked) == 1


def test_unattended_a_function_with_the_models_own_examples_alone_needs_a_second_opinion(tmp_path: Path) -> None:
    give_up = calls(("manual_finish", {"reason": "no way", "why": "rejected"}))
    ending, events, model = run(tmp_path, [PLAN, GOOD, "no idea", give_up], Unattended())
    assert ending.status != "done"
    problems = [line for event in events if event.kind == "verdict" for line in event.data["problems"]]
    assert any("a second opinion was not to be had on clamp(" in line for line in problems)
    assert model.purposes[:3] == ["plan", "code", "examples"]
    assert "code" not in model.purposes[3:], "another draft would not help"


@pytest.mark.parametrize(
    ("calls", "examples", "asked"),
    [(0, 3, True), (1, 2, True), (1, 3, False), (2, 4, True), (2, 5, False), (3, 6, True), (3, 7, False)],
)
def test_unattended_no_request_is_made_for_calls_fewer_than_half_the_examples(
    calls: int, examples: int, *, asked: bool
) -> None:
    questions = [CallQuestion(f"clamp({n}, 0, 9)", (f"{n}", "0"), "") for n in range(calls)]
    known = [Example(f"clamp({n}, 0, 99)", f"{n}") for n in range(10, 10 + examples)]
    assert left_open(questions, known) is not asked
    failing = [*questions[1:], CallQuestion("clamp(0, 9, 0)", ("raises ValueError", "0"), "")]
    assert not left_open(failing, known), "the draft itself may fail there without meaning to"


def test_unattended_no_second_opinion_is_paid_for_where_three_examples_leave_one_call_open(tmp_path: Path) -> None:
    more = "   - clamp(1, 0, 10) == 1\n"
    ending, _, model = run(tmp_path, [PLAN + more, GOOD], Unattended())
    assert ending.status == "done"
    assert model.purposes == ["plan", "code"]
    evidence = json.loads((tmp_path / "evidence" / "clamp.json").read_text())
    assert [line.partition(": ")[2] for line in evidence["asked"]] == [
        "not decided; beside 3 examples nobody was asked"
    ]
