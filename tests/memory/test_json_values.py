"""Values read from JSON: whole, from older and newer files, and refused in a sentence where they are damaged."""

from dataclasses import asdict, dataclass, field

import pytest

from memory.errors import RefusedInput
from memory.json_values import from_json, from_text


@dataclass(frozen=True)
class Leaf:
    colour: str
    sound: bool = True


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    height: float = 0.0
    notes: dict[str, str] = field(default_factory=dict[str, str])
    pairs: tuple[tuple[str, int], ...] = ()


OAK = Tree((Leaf("green"), Leaf("brown", False)), 12.5, {"by": "the brook"}, (("a", 1),))


def test_a_value_comes_back_whole() -> None:
    assert from_json(Tree, asdict(OAK)) == OAK


def test_what_an_older_file_lacks_takes_its_default_and_what_a_newer_one_has_more_is_passed_over() -> None:
    assert from_json(Tree, {"leaves": [], "roots": 3}) == Tree(())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"leaves": [{"colour": 1}]}, r"leaves\.0\.colour"),
        ({"height": 2}, "leaves: Field required"),
        ({"leaves": [], "height": "high"}, "height"),
        ({"leaves": [], "pairs": [["a"]]}, r"pairs\.0\.1"),
        ([], "no Tree: Input should be an object"),
        (None, "no Tree: Input should be an object"),
    ],
)
def test_damage_is_told_in_a_sentence_with_its_place(data: object, said: str) -> None:
    with pytest.raises(RefusedInput, match=said) as caught:
        from_json(Tree, data)
    assert "pydantic" not in str(caught.value)
    assert "http" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"leaves": [], "height": 1e', "nothing"])
def test_what_is_no_json_is_refused_too(text: str) -> None:
    with pytest.raises(RefusedInput, match=r"^oak\.json is no tree: Invalid JSON"):
        from_text(Tree, text, "oak.json is no tree")


def test_halves_of_characters_are_put_together_or_marked() -> None:
    assert from_json(Leaf, {"colour": "\ud83c\udf43 \ud83c"}) == Leaf("\N{LEAF FLUTTERING IN WIND} \ufffd")
