"""`/model` among the words of the person: another model for the rest of the run, at any question, also when resumed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from coder.errors import Interrupted
from coder.model.model import Model, Reply, Scripted, ScriptedModel, Tool, Turn
from coder.model.named_models import NamedModels
from coder.people.question import Answer, PlanReview, Text
from coder.people.scripted import ScriptedPerson
from coder.run.events import Event
from coder.run.journal import Journal, Stopped
from coder.run.run import Run

PLAN = PlanReview("1. [ ] f() -> int")


def pressed(chat: Sequence[Turn], tools: Sequence[Tool]) -> Reply:
    raise KeyboardInterrupt


def words(text: str) -> Answer:
    return Answer("feedback", text)


def models(small: Sequence[Scripted] = (), strong: Sequence[Scripted] = ()) -> NamedModels:
    made = {"small": ScriptedModel(small), "strong": ScriptedModel(strong)}
    return NamedModels(["small"], ["small", "strong"], made.__getitem__)


class Goal:
    """A run that can be resumed, with what it told the person."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "journal"
        self.journal = Journal.create(self._file, "a goal", {})
        self.told: list[str] = []

    def run(self, model: Model, *answers: Answer | str) -> Run:
        return Run(self.journal, model, ScriptedPerson(answers), self._hear)

    def resume(self, model: Model, *answers: Answer | str) -> Run:
        self.journal.close()
        self.journal = Journal.open(self._file)
        return self.run(model, *answers)

    def _hear(self, event: Event) -> None:
        if event.kind == "note":
            self.told.append(event.data["text"])


@pytest.mark.parametrize("question", [PLAN, Text("Which unit?")])
def test_words_that_name_a_model_choose_it_and_the_question_is_put_again(
    tmp_path: Path, question: PlanReview | Text
) -> None:
    goal = Goal(tmp_path)
    run = goal.run(models(strong=["from the strong one"]), words(" /model  strong "), words("in metres"))
    assert run.ask("ask", question) == words("in metres")
    assert run.reply("code", []).text == "from the strong one"
    assert goal.told == ["strong is asked from now on."]


def test_the_choice_holds_when_the_run_is_resumed(tmp_path: Path) -> None:
    goal = Goal(tmp_path)
    goal.run(models(), words("/model strong"), "accept").ask("plan", PLAN)
    resumed = goal.resume(models(strong=["from the strong one"]))
    assert resumed.ask("plan", PLAN) == Answer("accept")
    assert resumed.reply("code", []).text == "from the strong one"


def test_alone_or_with_a_wrong_name_it_tells_which_there_are(tmp_path: Path) -> None:
    goal = Goal(tmp_path)
    run = goal.run(models(["from the small one"]), words("/model"), words("/model large"), "accept")
    assert run.ask("plan", PLAN) == Answer("accept")
    there = "There are: small (asked now), strong. Choose with /model NAME."
    assert goal.told == [there, f"There is no model 'large'. {there}"]
    assert run.reply("code", []).text == "from the small one"


def test_where_no_models_are_named_it_says_so(tmp_path: Path) -> None:
    goal = Goal(tmp_path)
    assert goal.run(ScriptedModel([]), words("/model strong"), "accept").ask("plan", PLAN) == Answer("accept")
    assert goal.told == ["There is one model, scripted; the setting `models` names others to choose from."]


def test_words_that_only_begin_like_it_are_words_for_the_model(tmp_path: Path) -> None:
    assert Goal(tmp_path).run(models(), words("/models of cars")).ask("plan", PLAN) == words("/models of cars")


@pytest.mark.parametrize("left", [False, True])
def test_a_model_that_takes_too_long_is_stopped_and_another_one_asked(tmp_path: Path, left: bool) -> None:
    goal = Goal(tmp_path)
    slow, there = models([pressed], ["from the strong one"]), models(strong=["from the strong one"])
    run = goal.run(slow, words("/model strong"), "quit" if left else "go_on").at("code")
    if left:
        with pytest.raises(Interrupted):
            run.reply("code", [])
        run = goal.resume(there).at("code")
    assert run.reply("code", []).text == "from the strong one"
    assert goal.resume(models()).at("code").reply("code", []).text == "from the strong one"


def test_what_is_said_to_the_model_after_the_choice_reaches_it(tmp_path: Path) -> None:
    goal = Goal(tmp_path)
    with pytest.raises(Stopped):
        goal.run(models([pressed]), words("/model strong"), words("use a loop")).reply("code", [])
    run = goal.resume(models(strong=["with a loop"]))
    with pytest.raises(Stopped) as stopped:
        run.reply("code", [])
    assert stopped.value.words == "use a loop"
    assert run.reply("code", []).text == "with a loop"
