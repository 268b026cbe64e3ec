"""What an annotation says: one tree whoever asks, and what cannot be read is no error."""

import pytest

from library.inputs.generate import inputs_for
from library.inputs.value_types import value_type
from library.source.types import compared, read_type


@pytest.mark.parametrize(
    ("text", "says", "is_compared_as", "has_values_of"),
    [
        ("Optional[List[int]]", "list[int] | None", "list[int] | None", "list[int] | None"),
        ("typing.Tuple[int, ...]", "tuple[int, ...]", "Sequence[int]", "tuple[int, ...]"),
        ("Counter[str]", "Counter[str]", "dict[str]", "other[str]"),
        ("Callable[[int], str]", "Callable[[int], str]", "Callable", "other[other[int], str]"),
        ("Annotated['Sequence[str]', 5]", "Sequence[str]", "Sequence[str]", "list[str]"),
        ("Literal[-1, 'a']", "Literal[-1, 'a']", "int | str", "Literal[-1, 'a']"),
        ("T", "T", "Any", "other"),
    ],
)
def test_an_annotation_is_read_once_for_all(text: str, says: str, is_compared_as: str, has_values_of: str) -> None:
    found = read_type(text)
    assert found.text == says
    assert compared(found).text == is_compared_as
    assert value_type(found).text == has_values_of


@pytest.mark.parametrize("annotation", ["tuple[()]", "5", "'not a type'"])
def test_inputs_are_made_whatever_stands_as_an_annotation(annotation: str) -> None:
    inputs_for(f"def first(given: {annotation} = None, count: int = 1) -> int:\n    return count\n", "first", ())
