"""What is asked about a draft: telling results of the person, leave for what it uses, checks of its text."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from coder import app
from coder.events import Event
from coder.journal import Journal
from coder.model import ScriptedModel, calls
from coder.person import Answer, CodeCard, Option, PlanCard, Unattended
from coder.settings import Settings

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
WRITE = calls(("write_code", {"step": 1, "why": "first"}))
END = calls(
    ("save_code", {"why": "accepted"}),
    ("update_plan", {"done": [1], "why": "saved"}),
    ("finish", {"summary": "Numbers can be clamped.", "why": "done"}),
)


class Knowing:
    """A person who knows what clamp should give, and says it when asked."""

    present = True

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.cards: list[CodeCard] = []

    def review_plan(self, card: PlanCard) -> Answer:
        return Answer("accept")

    def review_code(self, card: CodeCard) -> Answer:
        self.cards.append(card)
        return Answer("accept" if card.green else "reject")

    def ask(self, question: str) -> Answer:
        call = question.removesuffix(" == ")
        return Answer("feedback", str(self.right(call)))

    def choose(self, question: str, options: Sequence[Option], default: str) -> Answer:
        self.questions.append(question)
        if not question.startswith("Question"):
            return Answer("choice", default)
        wanted = str(self.right(question.partition("what should ")[2].removesuffix(" be?")))
        fits = [option.key for option in options if option.label == wanted]
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
    ending, _, model = run(tmp_path, [PLAN, WRITE, FORGOT_HIGH, GOOD, END], person)
    assert ending.status == "done"
    assert 1 <= len(person.questions) <= 5
    assert "expected" in str(model.chats[3][-1]["content"])
    assert "max(low, min(number, high))" in (tmp_path / "library.py").read_text()


def test_answers_become_examples_of_the_persons_and_are_kept_as_tests(tmp_path: Path) -> None:
    person = Knowing()
    run(tmp_path, [PLAN, WRITE, FORGOT_HIGH, GOOD, END], person)
    rows = person.cards[-1].rows
    assert sum(row.source == "person" for row in rows) >= 1
    assert "# from: person" in (tmp_path / "test_library.py").read_text()


def test_the_card_says_how_many_slips_the_examples_notice(tmp_path: Path) -> None:
    person = Knowing()
    run(tmp_path, [PLAN, WRITE, GOOD, END], person)
    names = {name for name, _, _ in person.cards[-1].checks}
    assert {"typed signature", "slips"} <= names or any("signature" in name for name in names)


def test_nobody_is_asked_anything_unattended(tmp_path: Path) -> None:
    ending, events, _ = run(tmp_path, [PLAN, WRITE, GOOD, END], Unattended())
    assert ending.status == "done"
    assert not [event for event in events if event.kind == "answer" and event.data["verdict"] == "choice"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("number: int", "number"), "signature"),
        (GOOD.replace('    """Return the number kept between low and high."""\n', ""), "docstring"),
        (GOOD.replace("```python\n", "```python\nprint('loaded')\n"), "import"),
        (
            GOOD.replace("```python\n", "```python\nimport time\n").replace(
                "    return", "    time.time()\n    return"
            ),
            "clock",
        ),
    ],
    ids=["untyped", "no docstring", "works at import", "reads the clock"],
)
def test_a_draft_that_fails_a_check_of_its_text_goes_back_to_the_model(text: str, says: str, tmp_path: Path) -> None:
    ending, events, model = run(tmp_path, [PLAN, WRITE, text, GOOD, END], Unattended())
    assert ending.status == "done"
    assert len([event for event in events if event.kind == "repair"]) == 1
    assert says in str(model.chats[3][-1]["content"])


def test_a_run_with_questions_is_resumed_without_asking_them_again(tmp_path: Path) -> None:
    class Leaving(Knowing):
        def review_code(self, card: CodeCard) -> Answer:
            return Answer("quit")

    ending, _, _ = run(tmp_path, [PLAN, WRITE, GOOD], Leaving())
    assert ending.exit_code == 130
    person = Knowing()
    parts = app.parts(Settings(library=str(tmp_path)), ScriptedModel([END]), person, lambda event: None)
    again = app.resume(Journal.open(tmp_path / ".coder" / app.JOURNAL), parts)
    assert again.status == "done"
    assert person.questions == []
