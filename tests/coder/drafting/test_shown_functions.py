"""What the model is shown of a library: what fits strongly and nothing else, a plain example each."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from places import CASES

from coder.drafting.shown_functions import offers, offers_text, stubs
from library.examples.example import Example, parse_example
from library.examples.plainest import plainest
from library.source.function import parse
from library.store import Library
from memory.store import Memory

CLOSE = '''def has_close_elements(numbers: list[float], threshold: float) -> bool:
    """Check if in given list of numbers, are any two numbers closer to each other than
    given threshold. Raises nothing of its own.

    >>> has_close_elements([], 0.5)
    False
    >>> has_close_elements([1.0, 2.8, 3.0, 4.0], 0.3)
    True
    """
    return any(abs(a - b) < threshold for i, a in enumerate(numbers) for b in numbers[i + 1 :])
'''
VOWEL = '''def get_closest_vowel(word: str) -> str:
    """Find the closest vowel that stands between two consonants from the right side of the word."""
    return word
'''
COUNT = '''def count_letters(text: str) -> dict[str, int]:
    """Count how often each letter occurs in a text.

    >>> count_letters("aab")
    {'a': 2, 'b': 1}
    """
    return {letter: text.count(letter) for letter in text}
'''
GOAL = (
    "find_close_elements_lists(list_of_lists, threshold): Given a list of lists of floats, determine if there exists "
    "any list where at least two numbers are closer to each other than a given threshold. Return the indices of those."
)
Shelf = Callable[..., Library]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A library of functions and so many others about dates, with tests of the functions' own."""

    def make(*functions: str, others: int = 40, tests: str = "") -> Library:
        memory = Memory(tmp_path)
        texts = [
            f'def day_{n}(date: str) -> int:\n    """Part {n} of a date in a calendar."""\n    return {n}\n'
            for n in range(others)
        ]
        memory.write(
            {"library.py": "\n\n".join([*functions, *texts]), "test_library.py": tests}, "library", kind="save"
        )
        return Library(memory)

    return make


def test_what_fits_a_little_is_not_shown_and_nothing_fills_up(shelf: Shelf) -> None:
    shown = offers(shelf(CLOSE, VOWEL), GOAL, 5)
    assert [one["signature"].partition("(")[0] for one in shown] == ["has_close_elements"]
    assert offers(shelf(VOWEL), "parse an ISO 8601 duration", 5) == []


def test_in_a_library_of_two_functions_where_words_say_little_a_shared_word_is_enough(shelf: Shelf) -> None:
    shown = offers(shelf(COUNT, others=0), "the most frequent letter of a text", 5)
    assert len(shown) == 1


def test_a_function_that_the_goal_names_is_shown_however_little_else_fits(shelf: Shelf) -> None:
    shown = offers(shelf(VOWEL, CLOSE), "split a file at each line, as `get_closest_vowel` would", 5)
    assert shown[0]["signature"].startswith("get_closest_vowel(")


def test_what_a_step_is_built_on_is_shown_before_what_fits(shelf: Shelf) -> None:
    shown = offers(shelf(VOWEL, CLOSE, COUNT), GOAL, 2, "day_1", named=["count_letters", "day_1"])
    assert [one["signature"].partition("(")[0] for one in shown] == ["count_letters", "has_close_elements"]


def test_the_function_that_is_to_be_written_is_not_shown(shelf: Shelf) -> None:
    assert offers(shelf(CLOSE), GOAL, 5, "has_close_elements") == []


def test_a_coder_sees_imports_with_a_few_sentences_and_an_example_above_its_function_the_best_last(
    shelf: Shelf,
) -> None:
    text = stubs(offers(shelf(CLOSE, COUNT), f"{GOAL} Then count how often each letter occurs in a text.", 3))
    assert text.endswith(
        "from library import has_close_elements\n"
        "# has_close_elements(numbers: list[float], threshold: float) -> bool: Check if in given list of numbers, are "
        "any two numbers closer to each other than given threshold. Raises nothing of its own.\n"
        "# has_close_elements([1.0, 2.8, 3.0, 4.0], 0.3) is True"
    )
    assert "# count_letters('aab') == {'a': 2, 'b': 1}" in text.replace('"', "'")
    assert parse(text + "\n\n\ndef f() -> None:\n    pass\n").get("f"), "it is Python"


def test_a_planner_sees_a_line_of_words_and_an_example_each(shelf: Shelf) -> None:
    text = offers_text(offers(shelf(CLOSE), GOAL, 5), 41)
    assert text.splitlines()[0] == "has_close_elements(numbers: list[float], threshold: float) -> bool"
    assert text.splitlines()[1].endswith("given threshold.  e.g. has_close_elements([1.0, 2.8, 3.0, 4.0], 0.3) is True")
    assert len(text.splitlines()) == 2


def test_every_later_goal_of_the_series_is_shown_the_earlier_functions_that_it_was_solved_with(tmp_path: Path) -> None:
    library = Library(Memory(tmp_path))
    called: set[str] = set()
    for recording in sorted((CASES / "series").glob("*.jsonl")):
        begun, *effects = map(json.loads, recording.read_text("utf-8").splitlines())
        shown = {one["signature"].partition("(")[0] for one in offers(library, begun["goal"], 5)}
        before = {function.name for function in library.functions()}
        for effect in effects:
            if effect["name"] == "model:code":
                library.memory.write({"library.py": library.with_draft(_code(effect["value"]["text"])).source}, "saved")
        used = {name for one in library.functions() if one.name not in before for name in one.calls if name in before}
        assert {name for name in used if not name.startswith("_")} <= shown, begun["goal"]
        called |= used
    assert {"words", "word_counts", "text_similarity"} <= called


def _code(reply: str) -> str:
    return reply.partition("```python\n")[2].partition("```")[0]


def test_an_error_is_no_example(shelf: Shelf) -> None:
    tests = (
        "import pytest\n\n\ndef test_get_closest_vowel__example_1() -> None:\n"
        "    with pytest.raises(ValueError):\n        get_closest_vowel('')\n"
    )
    shown = offers(shelf(VOWEL, tests=tests), "get_closest_vowel", 1)
    assert shown[0]["example"] == ""


@pytest.mark.parametrize(
    ("examples", "best"),
    [
        (["f('') == ''", "f('abc') == 'cba'"], "f('abc') == 'cba'"),
        (["f('') raises ValueError", "f([]) == []"], "f([]) == []"),
        (["f(2)['a'] == 1", "f(2) == {'a': 1, 'b': 2}"], "f(2) == {'a': 1, 'b': 2}"),
        (["f([1]) is None", "f([2, 1]) == 1"], "f([2, 1]) == 1"),
        (["len(f(2)) == 3", "f(2) == [0, 1, 2]"], "f(2) == [0, 1, 2]"),
        ([f"f({list(range(60))}) == 1", "f([1]) == 1"], "f([1]) == 1"),
        (["f(1) == 2", "f(2) == 4"], "f(1) == 2"),
        (["f() == 1"], "f() == 1"),
        (
            [r"f(' O\n') == ['O']", "f('One. Two three.') == ['One.', 'Two three.']"],
            "f('One. Two three.') == ['One.', 'Two three.']",
        ),
        (["f(['a\\x00']) == 'a'", "f(['a', 'bc']) == 'abc'"], "f(['a', 'bc']) == 'abc'"),
    ],
)
def test_the_plainest_example_shows_a_whole_result_that_says_something(examples: list[str], best: str) -> None:
    found = plainest(map(parse_example, examples), "f")
    assert found is not None
    assert found.text == best


def test_there_is_no_plainest_of_none() -> None:
    assert plainest(list[Example](), "f") is None
