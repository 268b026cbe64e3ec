"""The one comparison: floats in their last digits, order of sets, lists and tuples apart."""

import pytest

from library.examples.same_value import same_value


@pytest.mark.parametrize(
    ("expected", "got", "fits"),
    [
        ("0.3", "0.30000000000000004", True),
        ("0.3", "0.31", False),
        ("[0.3, 1]", "[0.30000000000000004, 1]", True),
        ("None", "None", True),
        ("{1, 2}", "{2, 1}", True),
        ("{'a': 0.3}", "{'a': 0.30000000000000004}", True),
        ("(1, 2)", "[1, 2]", False),
        ("4", "4.0", True),
        ("'a'", '"a"', True),
        ("float('nan')", "float('nan')", True),
    ],
)
def test_two_results_are_the_same_value_or_not(expected: str, got: str, fits: bool) -> None:
    assert same_value(eval(got), eval(expected)) is fits
