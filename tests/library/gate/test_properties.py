"""Properties: what must hold on every input tried, in the real sandbox; and the laws that a name promises."""

import pytest

from library.draft.draft import Draft
from library.examples.docstring_examples import examples_in
from library.gate.admission import Admission
from library.gate.properties import fits
from library.gate.static_checks import Check
from library.inputs.value_types import type_of_value
from library.sandbox import Sandbox


def held(sandbox: Sandbox, code: str, library: str = "", accepted: tuple[str, ...] = ()) -> dict[str, Check]:
    name = code.split("def ")[1].split("(")[0]
    report = Admission(sandbox).examine(Draft(name, code), examples_in(code, name), library, accepted=accepted)
    return {one.name: one for one in report.checks}


def function(signature: str, *body: str) -> str:
    return f'def {signature}:\n    """Something."""\n' + "".join(f"    {line}\n" for line in body)


def test_a_sound_function_holds_in_everything(sandbox: Sandbox) -> None:
    found = held(sandbox, function("total(numbers: list[int]) -> int", "return sum(numbers)"))
    wanted = ["same result each time", "no undefined names", "result of its type", "ends", "arguments left alone"]
    assert [name for name in wanted if not found[name].ok] == []


def test_a_result_that_changes_is_refused_unless_chance_was_accepted(sandbox: Sandbox) -> None:
    code = "_n = [0]\n\n\n" + function("pick(numbers: list[int]) -> int", "_n[0] += 1", "return _n[0]")
    refused = held(sandbox, code, accepted=("state",))["same result each time"]
    assert (refused.ok, refused.must) == (False, True)
    code = "import random\n\n\n" + function("pick(numbers: list[int]) -> float", "return random.random()")
    assert held(sandbox, code, accepted=("randomness",))["same result each time"].ok


def test_what_reaches_out_is_not_tried_before_somebody_allows_it(sandbox: Sandbox) -> None:
    code = "import random\n\n\n" + function("pick(numbers: list[int]) -> float", "return random.random()")
    refused = held(sandbox, code)
    assert not refused["capabilities"].ok
    assert "same result each time" not in refused


def test_a_misspelt_name_on_a_rare_way_is_refused(sandbox: Sandbox) -> None:
    code = function("f(n: int) -> int", "if n < 0:", "    return nn", "return n")
    found = held(sandbox, code)["no undefined names"]
    assert (found.ok, found.must) == (False, True)
    assert "NameError" in found.detail


def test_recursion_that_never_ends_for_a_senseless_input_refuses_nothing(sandbox: Sandbox) -> None:
    code = function("factorial(n: int) -> int", "return 1 if n == 0 else n * factorial(n - 1)")
    assert held(sandbox, code)["no undefined names"].ok


def test_a_name_in_a_text_that_is_evaluated_is_no_slip_of_the_draft(sandbox: Sandbox) -> None:
    code = function("worth(text: str) -> object", "return eval(text)")
    assert held(sandbox, code, accepted=("eval",))["no undefined names"].ok


def test_a_changed_argument_is_remarked_on_unless_it_is_meant(sandbox: Sandbox) -> None:
    code = function("ordered(numbers: list[int]) -> list[int]", "numbers.sort()", "return numbers")
    assert not held(sandbox, code)["arguments left alone"].ok
    meant = code.replace("Something.", "Sort in place.")
    assert held(sandbox, meant)["arguments left alone"].ok


def test_a_result_of_another_type_is_remarked_on_with_the_input(sandbox: Sandbox) -> None:
    code = function("first(numbers: list[int]) -> int", "for number in numbers:", "    return number")
    found = held(sandbox, code)["result of its type"]
    assert not found.ok
    assert "first([]) gives None" in found.detail


def test_a_call_that_never_ends_is_remarked_on(sandbox: Sandbox) -> None:
    code = function("f(n: int) -> int", "while n != 1:", "    n //= 2", "return n")
    assert not held(sandbox, code)["ends"].ok


def test_inputs_that_the_docstring_rules_out_are_neither_held_to_a_type_nor_to_an_end(sandbox: Sandbox) -> None:
    code = function("first(numbers: list[int]) -> int", "for number in numbers:", "    return number")
    assert held(sandbox, code.replace("Something.", "The first of a non-empty list."))["result of its type"].ok
    code = function("f(n: int) -> int", "while n != 1:", "    n //= 2", "return n")
    assert held(sandbox, code.replace("Something.", "Halve a positive integer down to 1."))["ends"].ok


def test_a_name_that_promises_to_settle_is_held_to_it(sandbox: Sandbox) -> None:
    good = function("normalise_spaces(text: str) -> str", 'return " ".join(text.split())')
    assert held(sandbox, good)["doing it twice"].ok
    bad = function("normalise_spaces(text: str) -> str", 'return text.replace("  ", " ") + " "')
    assert not held(sandbox, bad)["doing it twice"].ok


def test_settling_is_tried_with_the_other_arguments_as_they_were(sandbox: Sandbox) -> None:
    code = (
        'def slugify(text: str, sign: str = "-") -> str:\n    """Words joined by a sign.\n\n'
        "    >>> slugify('a b', '_')\n    'a_b'\n    >>> slugify('a  b')\n    'a-b'\n    \"\"\"\n"
        '    return sign.join(text.replace(sign, " ").split())\n'
    )
    assert held(sandbox, code)["doing it twice"].ok
    found = held(sandbox, code.replace("split())", "split()) + sign"))["doing it twice"]
    assert not found.ok
    inner = found.detail.removeprefix("not for slugify(")
    assert inner.startswith("slugify(")


def test_a_part_of_a_result_is_not_held_to_the_type_of_the_whole(sandbox: Sandbox) -> None:
    code = (
        "def read(line: str) -> dict[str, str]:\n"
        '    """A level and a text.\n\n    >>> read("INFO all well")["level"]\n    \'INFO\'\n    """\n'
        '    level, _, text = line.partition(" ")\n    return {"level": level, "text": text}\n'
    )
    assert held(sandbox, code)["result of its type"].ok


def test_the_way_there_and_back_ends_where_it_began(sandbox: Sandbox) -> None:
    library = "def encode_pairs(text: str) -> str:\n    return text[::-1]\n"
    good = function("decode_pairs(text: str) -> str", "return encode_pairs(text)")
    assert "there and back with encode_pairs" in held(sandbox, good, library)
    bad = function("decode_pairs(text: str) -> str", "return encode_pairs(text)[1:]")
    assert not held(sandbox, bad, library)["there and back with encode_pairs"].ok


def test_no_law_is_asked_of_a_name_that_promises_none(sandbox: Sandbox) -> None:
    found = held(sandbox, function("double(n: int) -> int", "return n * 2"))
    assert "doing it twice" not in found
    assert not any(name.startswith("there and back") for name in found)


@pytest.mark.parametrize("value", [1, "a", 2.5, True, None, [1, 2], {"a": [1]}, (1, "b"), {1, 2}, []])
def test_a_value_fits_its_own_kind(value: object) -> None:
    assert fits(value, type_of_value(value))


def test_a_value_does_not_fit_another_kind() -> None:
    assert not fits("1", type_of_value(1))
    assert not fits([1, "a"], type_of_value([1]))
