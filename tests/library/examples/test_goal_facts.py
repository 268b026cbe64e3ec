"""What a goal spells out is read as it stands: signatures, examples, words; nothing is guessed where it is unclear."""

import pytest

from library.examples.goal_facts import stated_functions, type_text, words_of

FORMS = {
    "f(2) == 4": "f(2) == 4",
    "f(2) -> 4": "f(2) == 4",
    "f(2) → 4": "f(2) == 4",
    "f(2) ➞ 4": "f(2) == 4",
    "f(2) => 4": "f(2) == 4",
    "f(2) = 4": "f(2) == 4",
    "f(2) returns 4": "f(2) == 4",
    "f(2) should be 4": "f(2) == 4",
    "f(2) gives 4, always": "f(2) == 4",
    ">>> f(2) 4": "f(2) == 4",
    ">>> f(2)\n4": "f(2) == 4",
    "f(-1) raises ValueError": "f(-1) raises ValueError",
    ">>> f(-1) Traceback (most recent call last): ... ValueError: negative": "f(-1) raises ValueError('negative')",
    "f(2) -> 10 - 3 - 3 = 4 and so on": "f(2) == 4",
}


@pytest.mark.parametrize("form", FORMS)
def test_an_example_is_read_in_every_form_that_people_type(form: str) -> None:
    (found,) = stated_functions(f"f(x: int) -> int: twice the number. {form}")
    assert [one.text for one in found.examples] == [FORMS[form]]
    assert found.examples[0].source == "goal"


@pytest.mark.parametrize(
    ("goal", "signature"),
    [
        ("slug(text: str) -> str: make slugs", "slug(text: str) -> str"),
        ("def slug(text: str) -> str that makes slugs", "slug(text: str) -> str"),
        (
            "write slug(text: str, sep: str = '-') -> str | None, for URLs",
            "slug(text: str, sep: str='-') -> str | None",
        ),
        ("slug(text): make slugs. slug('A b') == 'a-b'", "slug(text: str) -> str"),
        ("total(prices): add. total([1, 2]) == 3, total([0.5]) == 0.5", "total(prices: list[int | float]) -> float"),
        ("pair(n): (a, b). pair(2) == (1, 'x')", "pair(n: int) -> tuple[int, str]"),
    ],
)
def test_a_signature_is_read_with_the_types_that_the_goal_or_its_examples_give(goal: str, signature: str) -> None:
    (found,) = stated_functions(goal)
    assert found.complete
    assert found.signature.replace("int | float", "float") == signature.replace("int | float", "float")


@pytest.mark.parametrize(
    "goal",
    [
        "parse durations such as P3DT4H30M",
        "double numbers, so that double(2) == 4",  # a call, and what it gives; nobody says what the argument is called
        "what does f(2) give?",
        "f(a) is the first letter of f(b)",
    ],
)
def test_a_mere_call_is_no_signature(goal: str) -> None:
    assert stated_functions(goal) == ()


def test_texts_that_somebody_left_without_quotes_are_texts() -> None:
    (found,) = stated_functions("happy(s): a string is happy if ... happy(aa) => False happy(abcd) => True")
    assert found.signature == "happy(s: str) -> bool"
    assert [one.text for one in found.examples] == ["happy('aa') is False", "happy('abcd') is True"]
    (vague,) = stated_functions("f(x: int) -> int: f(n) = f(m) for all")
    assert vague.examples == ()


def test_results_of_two_types_leave_the_type_open() -> None:
    (found,) = stated_functions("tri(n): the sequence tri(1) = 3 up to n. tri(3) = [1, 3, 2]")
    assert not found.complete


def test_a_remark_between_call_and_result_is_not_taken_for_the_result() -> None:
    (found,) = stated_functions("root(xs: list[int]) -> float: zero. >>> round(root([1, 2]), 2) # f(x) = 1 + 2x -0.5")
    assert [one.text for one in found.examples] == ["round(root([1, 2]), 2) == -0.5"]


def test_the_words_are_the_goals_without_its_signature_and_its_list_of_examples() -> None:
    goal = "f(x: int) -> int: Return twice the number, 0 for 0. For example: >>> f(2) 4 >>> f(0) 0"
    assert words_of(goal, stated_functions(goal)) == "Return twice the number, 0 for 0."


def test_words_beside_the_examples_stay() -> None:
    goal = "f(x: int) -> int: Twice. f(2) == 4 because two and two make four, as everybody knows"
    assert "as everybody knows" in words_of(goal, stated_functions(goal))


VALUES: dict[str, list[object]] = {
    "": [],
    "None": [None],
    "int | None": [1, None],
    "list[int]": [[], [1]],
    "tuple": [(None, 1)],
    "dict": [{}],
}


@pytest.mark.parametrize("text", VALUES)
def test_a_type_is_only_said_as_far_as_values_show_it(text: str) -> None:
    assert type_text(VALUES[text]) == text
