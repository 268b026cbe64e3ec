"""A plan held against its goal: what the goal says stays, what a model says beside it has to fit."""

import pytest

from coder.drafting.goal_plan import built_on, held_to_goal, lacking, plan_of_goal, sources_of
from coder.errors import FormatError
from coder.flows.branches.write_plan import read_plan
from coder.model.model import Reply
from memory import plan as plans
from memory import plan_data
from memory.plan import Plan

GOAL = "slug(text: str) -> str: make slugs of titles. slug('A b') == 'a-b'"


def drafted(text: str, goal: str = GOAL) -> Plan:
    return plans.parse(text, goal)


def test_a_goal_with_signature_and_examples_is_its_own_plan() -> None:
    plan = plan_of_goal(GOAL)
    assert plan is not None
    (step,) = plan.steps
    assert (step.signature, step.does, step.examples) == (
        "slug(text: str) -> str",
        "make slugs of titles",
        ("slug('A b') == 'a-b'",),
    )
    assert sources_of(plan, {"slug('A b') == 'a-b'"}, GOAL) == {"slug('A b') == 'a-b'": "goal"}


def test_examples_whose_quotes_the_goal_leaves_out_are_the_goals_own() -> None:
    goal = "is_happy(s): three letters in a row differ. Examples: is_happy(a) => False is_happy(abc) => True"
    plan = plan_of_goal(goal)
    assert plan is not None
    assert plan.steps[0].examples == ("is_happy('a') is False", "is_happy('abc') is True")
    assert set(sources_of(plan, plan.steps[0].examples, goal).values()) == {"goal"}


def test_a_goal_without_examples_or_types_or_about_a_function_that_is_there_needs_a_planner() -> None:
    assert plan_of_goal("slug(text: str) -> str: make slugs") is None
    assert plan_of_goal("slug(text): make slugs") is None
    assert plan_of_goal(GOAL, {"slug"}) is None


def test_the_goals_examples_come_first_and_the_models_contradiction_goes() -> None:
    held = held_to_goal(
        drafted("1. [ ] slug(text: str) -> str\n   - slug('A b') == 'A-b'\n   - slug('') == ''\n"), GOAL
    )
    assert held.plan.steps[0].examples == ("slug('A b') == 'a-b'", "slug('') == ''")
    assert held.dropped == ("`slug('A b') == 'A-b'`: the goal says otherwise",)


def test_a_models_example_of_another_type_goes() -> None:
    held = held_to_goal(drafted("1. [ ] slug(text: str) -> str\n   - slug('x') == 1\n   - len(slug('x')) == 1\n"), GOAL)
    assert held.plan.steps[0].examples == ("slug('A b') == 'a-b'", "len(slug('x')) == 1")
    assert held.dropped == ("`slug('x') == 1`: its result is no str",)


def test_a_single_step_has_the_goals_name_signature_and_words_with_what_was_assumed() -> None:
    text = "1. [ ] make_slug(title: str) -> str\n   Turn it. Assumed: ASCII only.\n   - make_slug('x') == 'x'\n"
    (step,) = held_to_goal(drafted(text), GOAL).plan.steps
    assert step.signature == "slug(text: str) -> str"
    assert step.does == "make slugs of titles\nAssumed: ASCII only."
    assert step.examples == ("slug('A b') == 'a-b'", "slug('x') == 'x'")


def test_what_the_planner_builds_on_is_still_said_where_the_goals_words_take_the_place_of_its_own() -> None:
    goal = "make slugs of titles"
    text = "1. [ ] slug(text: str) -> str\n   Split it by words() and join. Assumed: ASCII.\n   - slug('x') == 'x'\n"
    (step,) = held_to_goal(drafted(text, goal), goal, {"words", "join"}).plan.steps
    assert step.does == "make slugs of titles\nAssumed: ASCII.\nBuilds on: words."


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (
            "The n sentences whose words count most; built on sentences, words and word_counts.",
            ["sentences", "words", "word_counts"],
        ),
        ("Builds on `words` and sentences(): the first of each.", ["words", "sentences"]),
        ("Build upon words where sentences are short.", ["words"]),
        ("The n sentences whose words count most, those that built on others last.", []),
    ],
)
def test_a_usual_word_is_a_function_where_it_is_what_a_step_is_built_on(words: str, names: list[str]) -> None:
    found = built_on(words, {"word_counts", "sentences", "words"})
    assert sorted(found) == sorted(names)


def test_several_steps_keep_the_words_that_part_the_goal() -> None:
    text = (
        "1. [ ] parts(a: str) -> list[str]\n   Split.\n   - parts('') == []\n2. [ ] slug(text: str) -> str\n   Join.\n"
    )
    held = held_to_goal(drafted(text), GOAL).plan
    assert [step.does for step in held.steps] == ["Split.", "Join."]
    assert held.steps[1].examples == ("slug('A b') == 'a-b'",)


def test_a_missing_result_type_is_completed_from_examples_else_it_is_told() -> None:
    goal = "make slugs"
    held = held_to_goal(drafted("1. [ ] slug(text: str)\n   - slug('A') == 'a'\n", goal), goal).plan
    assert held.steps[0].signature == "slug(text: str) -> str"
    assert lacking(held) == []
    bare = held_to_goal(drafted("1. [ ] slug(text: str)\n", goal), goal).plan
    assert [text.partition(":")[0] for text in lacking(bare)] == ["slug has no result type", "slug has no example"]


def test_a_plan_is_read_out_of_json_in_every_dress() -> None:
    rows = '[{"signature": "def f(x: int) -> int:", "examples": [{"call": "f(2)", "result": 4}, "f(3) == 6"]}]'
    for text in (
        rows,
        f'{{"steps": {rows}}}',
        f"Here it is:\n```json\n{rows}\n```\nDone.",
        rows.removeprefix("[").removesuffix("]"),
    ):
        plan = plan_data.read(text, "double")
        assert plan is not None
        assert plan.steps[0].signature == "f(x: int) -> int"
        assert plan.steps[0].examples == ("f(2) == 4", "f(3) == 6")
    assert plan_data.read("1. [ ] f(x: int) -> int", "double") is None


def test_errors_and_assumptions_are_read_and_two_steps_of_one_name_become_one() -> None:
    text = (
        '{"steps": [{"signature": "f(x: int) -> int", "does": "Twice.", "assumed": "x is small", "examples":'
        ' [{"call": "f(-1)", "result": "raises ValueError"}, {"call": "f(-2)", "result": "ValueError"}]},'
        ' {"signature": "f(x: int) -> int", "does": "Twice.", "examples": [{"call": "f(1)", "result": "2"}]}]}'
    )
    plan = plan_data.read(text, "double")
    assert plan is not None
    (step,) = plan.steps
    assert step.does == "Twice. Assumed: x is small"
    assert step.examples == ("f(-1) raises ValueError", "f(-2) raises ValueError", "f(1) == 2")


def test_a_plan_that_was_cut_is_asked_for_again_since_steps_may_be_missing() -> None:
    whole = Reply(text='{"steps": [{"signature": "f(x: int) -> int", "examples": ["f(1) == 2"]}', ended="length")
    with pytest.raises(FormatError, match="cut off"):
        read_plan("double")(whole)
