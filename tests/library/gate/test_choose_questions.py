"""Questions: few, telling, answerable; in the real sandbox they find out a wrong draft that its examples do not."""

import ast
from dataclasses import asdict
from pathlib import Path

import pytest

from library.draft.draft import Draft
from library.errors import SourceError
from library.evidence.evidence import Stamp, read_evidence
from library.examples.docstring_examples import examples_in
from library.examples.example import Example, parse_example
from library.execution.marks import of_result, shown
from library.execution.variant_calls import VariantResults
from library.gate.admission import Admission, Report, evidence
from library.gate.askable import LARGEST, decided, effort
from library.gate.choose_questions import DONT_CARE, CallQuestion, answer, choose, question
from library.gate.gate import Gate
from library.gate.plain_words import tells_apart
from library.gate.table import Table, Variant
from library.inputs.features import looks
from library.inputs.generate import Input, inputs_for
from library.mutation.mutants import mutants
from library.sandbox import Job, Sandbox
from memory.json_values import from_json

RIGHT = '''
def below(numbers: list[int], limit: int) -> bool:
    """Whether all numbers are below the limit.

    >>> below([1, 2, 4, 10], 100)
    True
    >>> below([1, 20, 4, 10], 5)
    False
    """
    for number in numbers:
        if number >= limit:
            return False
    return True
'''
EXAMPLES = examples_in(RIGHT, "below")
WRONG = {
    "a border": RIGHT.replace("number >= limit", "number > limit"),
    "the last one": RIGHT.replace("in numbers", "in numbers[:-1]"),
    "negative ones": RIGHT.replace("number >= limit", "abs(number) >= limit"),
    "another reading": RIGHT.replace("number >= limit", "number >= limit and numbers.index(number) < 3"),
}


def answered(admission: Admission, draft: Draft, asked: list[CallQuestion], truth: str) -> list[Example]:
    """What somebody says who knows the right function."""
    outcomes = admission.sandbox.run([Job(setup=truth, expression=one.call) for one in asked])
    said = [one.value if one.ok else f"raises {one.error}" for one in outcomes]
    found = [admission.answer(one, text, "2026-01-01T00:00:00+00:00") for one, text in zip(asked, said, strict=True)]
    return [example for example in found if example is not None]


@pytest.mark.parametrize("what", WRONG)
def test_five_questions_find_out_what_two_examples_do_not(sandbox: Sandbox, what: str) -> None:
    draft, gate, admission = Draft("below", WRONG[what]), Gate(sandbox), Admission(sandbox)
    assert gate.judge(draft, EXAMPLES, "").green
    asked = admission.questions(draft, EXAMPLES)
    assert 0 < len(asked) <= 5
    assert not gate.judge(draft, answered(admission, draft, asked, RIGHT), "").green


def test_the_right_function_stands_all_its_questions(sandbox: Sandbox) -> None:
    draft, admission = Draft("below", RIGHT), Admission(sandbox)
    asked = admission.questions(draft, EXAMPLES)
    examples = answered(admission, draft, asked, RIGHT)
    assert Gate(sandbox).judge(draft, examples, "").green
    assert {example.source for example in examples} == {"person"}


def test_a_question_is_a_call_that_nobody_has_answered_with_the_draft_s_own_result_first(sandbox: Sandbox) -> None:
    draft = Draft("below", RIGHT)
    asked = Admission(sandbox).questions(draft, EXAMPLES)
    assert {one.call for one in asked}.isdisjoint(example.call for example in EXAMPLES)
    assert len({one.call for one in asked}) == len(asked)
    for one in asked:
        assert sandbox.run([Job(setup=RIGHT, expression=one.call)])[0].value == one.answers[0]
        assert len(one.answers) >= 2
        assert effort(one.call) <= LARGEST, "it can be worked out in the head"
        assert "\n" not in one.why
        assert len(one.why) < 100


def test_the_same_draft_is_asked_about_in_the_same_way(sandbox: Sandbox) -> None:
    draft = Draft("below", RIGHT)
    first, second = (Admission(sandbox).questions(draft, EXAMPLES) for _ in range(2))
    assert first == second
    assert [from_json(CallQuestion, asdict(one)) for one in first] == first


def test_of_two_odd_calls_the_second_comes_after_a_usual_one_that_tells_a_little_less() -> None:
    calls, weights = ("f(5)", "f(-7)", "f(-9)", "f(6)"), {"f(-7)": 2.0, "f(-9)": 2.0, "f(6)": 1.3}
    draft = VariantResults(("=a", "=b", "=c", "=d"), ("1", "2", "3", "4"))
    variants = tuple(
        Variant(
            "",
            weight,
            VariantResults(
                tuple("=z" if call == other else mark for other, mark in zip(calls, draft.marks, strict=True))
            ),
        )
        for call, weight in weights.items()
    )
    table = Table(tuple(Input(call, near=True) for call in calls), draft, variants)
    assert [calls[number] for number in choose(table, known=[0])] == ["f(-7)", "f(6)", "f(-9)"]


def test_a_whole_number_and_the_same_as_a_float_are_one_answer_to_choose() -> None:
    texts = ("0.5", "0", "0.0", "1.0")
    given, drafts = (
        (Input("share('b')", near=True),),
        {text: VariantResults((of_result(shown(float(text))),), (text,)) for text in texts},
    )
    variants = tuple(Variant("", 1.0, drafts[text]) for text in texts[1:])
    asked = question(0, Table(given, drafts["0.5"], variants), [], texts[1:])
    assert asked and asked.answers == ("0.5", "0", "1.0")


def test_one_question_at_a_time_never_comes_back_to_what_was_answered_or_unwanted(sandbox: Sandbox) -> None:
    draft, admission = Draft("below", RIGHT), Admission(sandbox)
    known, unwanted, calls = list(EXAMPLES), list[str](), list[str]()
    while asked := admission.questions(draft, known, most=1, unwanted=unwanted):
        calls.append(asked[0].call)
        if len(calls) % 2:
            unwanted.append(asked[0].call)
        else:
            known += answered(admission, draft, asked, RIGHT)
        assert len(calls) < 12, "it stops by itself when nothing is left that tells more"
    assert len(calls) > 1
    assert len(set(calls)) == len(calls)


def test_two_drafts_that_differ_are_told_apart_by_the_first_question(sandbox: Sandbox) -> None:
    code = 'def half(n: int) -> int:\n    """Half of a number.\n\n    >>> half(4)\n    2\n    """\n    return n // 2\n'
    other = Draft("half", code.replace("n // 2", "int(n / 2)"))
    first = Admission(sandbox).questions(Draft("half", code), [parse_example("half(4) == 2")], [other])[0]
    outcomes = sandbox.run([Job(setup=setup, expression=first.call) for setup in (code, other.code)])
    assert outcomes[0].value != outcomes[1].value
    assert {outcome.value for outcome in outcomes} <= set(first.answers)


def test_two_drafts_are_compared_on_inputs_that_are_too_much_for_a_head(sandbox: Sandbox) -> None:
    code = 'def f(items: list[int]) -> int:\n    """How many there are."""\n    return len(items)\n'
    other = Draft("f", code.replace("len(items)", "len(items) if len(items) < 12 else 9"))
    known = [parse_example("f([1]) == 1"), parse_example("f([1, 2]) == 2")]
    asked = Admission(sandbox).questions(Draft("f", code), known, [other], most=1)
    assert asked[0].answers[:2] == (str(asked[0].call.count(",") + 1), "9")


def test_nobody_is_asked_for_a_result_of_more_digits_than_one_has_in_the_head(sandbox: Sandbox) -> None:
    code = (
        'def share(text: str) -> float:\n    """The share of vowels, 0.0 without letters."""\n    if not text:\n'
        "        return 0.0\n    return sum(c in 'aeiouAEIOU' for c in text) / len(text)\n"
    )
    known = [parse_example("share('abcde') == 0.4"), parse_example("share('') == 0.0")]
    asked = Admission(sandbox).questions(Draft("share", code), known)
    assert asked
    assert all(len(question.answers[0]) < 12 for question in asked)


def test_a_draft_that_fails_where_it_should_not_is_asked_about_that(sandbox: Sandbox) -> None:
    code = (
        "def last_is_y(word: str) -> bool:\n"
        '    """Whether the word ends in y.\n\n    >>> last_is_y("my")\n    True\n    """\n'
        '    return word[-1] == "y"\n'
    )
    asked = Admission(sandbox).questions(Draft("last_is_y", code), examples_in(code, "last_is_y"))
    assert ("last_is_y('')", "raises IndexError") in [(one.call, one.answers[0]) for one in asked]


def test_a_draft_that_never_ends_for_some_input_is_asked_about_that(sandbox: Sandbox) -> None:
    code = (
        "def halvings(n: int) -> int:\n"
        '    """How often a number can be halved.\n\n    >>> halvings(8)\n    3\n    """\n'
        "    count = 0\n    while n != 1:\n        n, count = n // 2, count + 1\n    return count\n"
    )
    asked = Admission(sandbox).questions(Draft("halvings", code), examples_in(code, "halvings"))
    assert "does not end" in [one.answers[0] for one in asked]


@pytest.mark.parametrize(
    ("code", "examples"),
    [
        (
            "import datetime\n\n\ndef f(day: datetime.date) -> datetime.date:\n"
            "    return day + datetime.timedelta(days=1)\n",
            ["f(datetime.date(2024, 1, 31)) == datetime.date(2024, 2, 1)"],
        ),
        (
            "async def f(numbers: list[int]) -> int:\n    total = 0\n    for n in numbers:\n        total += n\n"
            "    return total\n",
            ["await f([1, 2]) == 3", "f([]) == 0"],
        ),
    ],
    ids=["with the name of a module", "of a coroutine"],
)
def test_an_example_counts_however_its_call_is_written(sandbox: Sandbox, code: str, examples: list[str]) -> None:
    draft, known = Draft("f", code), [parse_example(text) for text in examples]
    admission = Admission(sandbox)
    report = admission.examine(draft, known)
    assert report.killed >= report.mutants / 2
    asked = [question.call for question in admission.questions(draft, known)]
    assert not {"f(date(2024, 1, 31))", "asyncio.run(f([1, 2]))", "asyncio.run(f([]))"} & set(asked)


def test_a_draft_that_takes_its_process_with_it_is_survived(sandbox: Sandbox) -> None:
    code = (
        "import os\n\ndef f(n: int) -> int:\n"
        '    """Same.\n\n    >>> f(4)\n    4\n    """\n    if n == 0:\n        os._exit(3)\n    return n\n'
    )
    asked = Admission(sandbox).questions(Draft("f", code), examples_in(code, "f"))
    assert asked
    assert "f(0)" not in [one.call for one in asked] or len(asked) > 1


def test_nothing_is_asked_when_the_examples_notice_every_small_change(sandbox: Sandbox) -> None:
    code = 'def flip(on: bool) -> bool:\n    """The opposite."""\n    return not on\n'
    known = [parse_example("flip(True) is False"), parse_example("flip(False) is True")]
    assert Admission(sandbox).questions(Draft("flip", code), known) == []


def test_an_input_with_one_answer_alone_is_no_question(sandbox: Sandbox) -> None:
    code = 'def first(items: list[int]) -> int:\n    """The first item, or 0."""\n    return items[0] if items else 0\n'
    asked = Admission(sandbox).questions(Draft("first", code), [parse_example("first([7, 8]) == 7")])
    assert asked
    assert all(len(set(one.answers)) > 1 for one in asked)
    assert not {"None", "raises IndexError"} & {text for one in asked for text in one.answers}, "of no use to anybody"


def test_a_parameter_that_the_draft_never_reads_is_asked_about_though_no_change_of_its_code_shows_it(
    sandbox: Sandbox,
) -> None:
    code = (
        'def clamp(number: int, low: int, high: int) -> int:\n    """Keep it between low and high."""\n'
        "    return max(low, number)\n"
    )
    known = [parse_example("clamp(5, 0, 10) == 5"), parse_example("clamp(-5, 0, 10) == 0")]
    found = Admission(sandbox).questions(Draft("clamp", code), known)
    assert found[0].why == "whether high matters"
    number, low, high = ast.literal_eval(found[0].call.removeprefix("clamp"))
    assert high < max(number, low)
    reading = Draft("clamp", code.replace("max(low, number)", "max(low, min(number, high))"))
    assert "whether high matters" not in [one.why for one in Admission(sandbox).questions(reading, known)]


@pytest.mark.parametrize(
    ("doc", "look", "result", "is_decided"),
    [
        ("Total of all. An empty list gives 0.", "1 empty", "0", True),
        ("Total of all. An empty list gives 0.", "1 empty", "1", False),
        ("Total of all. An empty list gives 0.", "1 negative", "0", False),
        ("Reads it; raises ValueError if the text is empty.", "1 empty", "raises ValueError", True),
        ("Reads it, or raises ValueError.", "1 empty", "raises ValueError", False),
        ("All parts of an empty text: an empty list.", "1 empty", "[]", True),
        ("True if it is empty, False otherwise.", "1 empty", "True", True),
        ("True if two of them sum to zero, and False otherwise.", "1 item zero", "False", False),
        ("Whether two of them cancel out.\n>>> cancel([1, 0])\nFalse", "1 item zero", "False", False),
    ],
)
def test_what_the_docstring_says_of_an_input_is_decided(doc: str, look: str, result: str, *, is_decided: bool) -> None:
    assert decided(doc, {look}, result) is is_decided


def test_no_input_of_another_type_than_the_signature_names_is_asked_about() -> None:
    code = "def f(a: int, b: list[int]) -> int:\n    return a + len(b) if True else 0\n"
    found = inputs_for(code, "f", [parse_example("f(1, [True]) == 2"), parse_example("f(2.5, [1]) == 3")])
    calls = {given.call: given.fits for given in found if given.call not in ("f(1, [True])", "f(2.5, [1])")}
    assert not any(fits for call, fits in calls.items() if "True" in call or "." in call)
    assert any(calls.values())


def test_what_is_told_apart_is_said_in_plain_words() -> None:
    code = "def f(n: int) -> int:\n    return 1 if n > 3 else 0\n"
    changes = {change.after: change for change in mutants(code)}
    assert tells_apart("f(3)", (), "0", "1", changes["n >= 3"]) == "> or >= at the border, in n > 3"
    assert (
        tells_apart("f('')", ("1 empty",), "0", "raises ValueError", None)
        == "whether it gives 0 or an error for an empty text"
    )
    assert (
        tells_apart("f([])", ("1 empty",), "raises IndexError", "0", None)
        == "whether it gives 0 or an error for an empty list"
    )


def test_a_generator_is_asked_about_as_a_list(sandbox: Sandbox) -> None:
    code = (
        "from collections.abc import Iterator\n\ndef evens(n: int) -> Iterator[int]:\n    yield from range(0, n, 2)\n"
    )
    asked = Admission(sandbox).questions(Draft("evens", code), [])
    assert asked
    assert all(one.call.startswith("list(evens(") for one in asked)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("0", "f('') == 0"),
        ("raises ValueError", "f('') raises ValueError"),
        ("error", "f('') raises KeyError"),
        ("[1, 2]", "f('') == [1, 2]"),
    ],
)
def test_an_answer_becomes_an_example_from_the_person(said: str, text: str) -> None:
    example = answer(CallQuestion("f('')", ("1", "raises KeyError"), ""), said, "2026-01-01T00:00:00+00:00")
    assert example is not None
    assert (example.text, example.source, example.when) == (text, "person", "2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize("said", [DONT_CARE, "", "  ", "does not end"])
def test_no_answer_makes_no_example(said: str) -> None:
    assert answer(CallQuestion("f('')", ("1",), ""), said) is None


def test_an_answer_that_is_no_value_is_refused() -> None:
    with pytest.raises(SourceError, match="is not a Python value"):
        answer(CallQuestion("f('')", ("1",), ""), "two words")


@pytest.mark.parametrize("said", ["o", "hello", "[1, n]", "true"])
def test_an_answer_with_a_name_that_nobody_knows_is_refused(said: str) -> None:
    with pytest.raises(SourceError, match="is neither in the library nor in Python's own"):
        answer(CallQuestion("f('')", ("1",), ""), said)


@pytest.mark.parametrize("said", ["Colour.BLUE", "other(2)", "math.pi", "Path('a')", "_Row(1)", "LIMIT"])
def test_an_answer_may_name_what_there_is(said: str) -> None:
    example = answer(CallQuestion("f('')", ("Colour.RED",), ""), said)
    assert example is not None
    assert example.expected == said


def test_the_examination_tells_what_examples_leave_open(sandbox: Sandbox) -> None:
    draft, admission = Draft("below", RIGHT), Admission(sandbox)
    report = admission.examine(draft, EXAMPLES, goal="all numbers below a limit")
    assert report.ok
    assert 0 < report.killed < report.mutants
    assert any(line.startswith("line 11: number >= limit -> number > limit   (noticed by") for line in report.surviving)
    assert from_json(Report, asdict(report)) == report
    more = answered(admission, draft, admission.questions(draft, EXAMPLES), RIGHT)
    better = admission.examine(draft, [*EXAMPLES, *more])
    assert better.mutants == report.mutants
    assert better.killed > report.killed


def test_what_was_found_is_kept_as_evidence(sandbox: Sandbox) -> None:
    draft, admission = Draft("below", RIGHT), Admission(sandbox)
    report, verdict = admission.examine(draft, EXAMPLES), Gate(sandbox).judge(draft, EXAMPLES, "")
    stamp = Stamp("2026-01-01T00:00:00+00:00", {"python": "3.11"})
    kept = evidence(draft, EXAMPLES, verdict, report, ["below([], 1) -> True"], stamp)
    assert read_evidence(kept.text) == kept
    assert [shown.call for shown in kept.results] == [example.call for example in EXAMPLES]
    assert (kept.killed, kept.mutants) == (report.killed, report.mutants)
    assert 0.5 < kept.score < 1


def test_a_draft_that_cannot_be_loaded_is_told_why(sandbox: Sandbox) -> None:
    report = Admission(sandbox).examine(Draft("f", 'def f(x: Missing) -> int:\n    """Same."""\n    return 1\n'), [])
    assert not report.ok
    assert any("NameError" in line for line in report.problems)


def test_a_draft_may_call_functions_of_the_library(sandbox: Sandbox) -> None:
    library = "def double(x: int) -> int:\n    return x * 2\n"
    code = 'def quadruple(x: int) -> int:\n    """Four times."""\n    return double(double(x))\n'
    draft, admission = Draft("quadruple", code), Admission(sandbox)
    assert admission.examine(draft, [], library).ok
    assert admission.questions(draft, [], library=library)


@pytest.mark.parametrize(
    ("doc", "texts"),
    [
        (">>> f(1)\n2\n>>> f(3)\n4", ["f(1) == 2", "f(3) == 4"]),
        (">>> f([])\n\n>>> f([1])\n1", ["f([]) is None", "f([1]) == 1"]),
        ("f(1) ➞ 2, and f(2) returns 'x'.", ["f(1) == 2", "f(2) == 'x'"]),
        ("f([1, 2]) == 3   f(0) => true", ["f([1, 2]) == 3", "f(0) is True"]),
        ("f('') raises ValueError", ["f('') raises ValueError"]),
        ("Input: [1, 2]\nOutput: 3", ["f([1, 2]) == 3"]),
        ("f(a) is False for every a", []),
        ("f(19) -> 19 - 5 - 6 = 8", ["f(19) == 8"]),
        ("For a = [1, 2], b = 3 the output should be 4", ["f([1, 2], 3) == 4"]),
        ("f('a   b') == 'a-b'", ["f('a   b') == 'a-b'"]),
    ],
)
def test_examples_are_found_in_a_docstring_however_written(doc: str, texts: list[str]) -> None:
    assert [example.text for example in examples_in(doc, "f")] == texts


def test_inputs_are_the_examples_first_then_their_neighbours_and_always_the_same() -> None:
    found = inputs_for(RIGHT, "below", EXAMPLES)
    assert [given.call for given in found[:2]] == [example.call for example in EXAMPLES]
    assert found == inputs_for(RIGHT, "below", EXAMPLES)
    calls = {given.call for given in found}
    assert {"below([], 100)", "below([1, 20, 4], 5)", "below([10, 4, 2, 1], 100)"} <= calls
    assert len(calls) == len(found)


@pytest.mark.parametrize(
    "signature",
    [
        "f(a: int | None, *rest: str, flag: bool = False)",
        "f(a: dict[str, list[int]], b: tuple[int, str])",
        "f(a: 'Literal[1, 2]', b: bytes = b'')",
        "f(a, b=None)",
        "f(*, a: set[int])",
        "f(a: list[tuple[float, ...]])",
    ],
)
def test_inputs_are_made_for_every_sort_of_signature(signature: str) -> None:
    found = inputs_for(f"def {signature}:\n    return 1\n", "f", [])
    assert len(found) > 10
    assert all(given.call.startswith("f(") for given in found)


def test_a_type_that_is_not_known_is_taken_from_the_examples() -> None:
    code = "from datetime import date\n\ndef f(day: date, n: int) -> int:\n    return day.day + n\n"
    assert inputs_for(code, "f", []) == ()
    found = inputs_for(code, "f", [parse_example("f(date(2024, 2, 29), 1) == 30")])
    assert len(found) > 10
    assert all("date(2024, 2, 29)" in given.call for given in found)


def test_what_an_input_looks_like_is_told_without_running_it() -> None:
    assert {"1 empty", "2 negative", "1 2 count beyond"} <= looks("f([], -1)") | looks("f([], 1)")
    assert "1 has twins" in looks("list(f([3, 3]))")
    assert looks("f(x)") == looks("f()") == looks("1 +") == frozenset()


def test_no_home_folder_is_needed(tmp_path: Path) -> None:
    with Sandbox(cache=tmp_path) as sandbox:
        assert Admission(sandbox).questions(Draft("below", RIGHT), EXAMPLES, most=1)


def test_what_only_differs_where_it_is_cut_off_is_told_by_its_results() -> None:
    long = "total_of_all_the_parts_that_were_found + another_part"
    changes = [one for one in mutants(f"def f(n: int) -> int:\n    return {long} + n\n") if one.before.startswith(long)]
    assert changes
    for change in changes:
        told = tells_apart("f(3)", (), "4", "2", change)
        assert told == "whether it gives 2 or 4" or told.partition(" or ")[0] != told.partition(" or ")[2]
