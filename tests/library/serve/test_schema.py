"""Schemas out of signatures: what JSON Schema says of each type, and which call a JSON object becomes."""

import ast
import json
from typing import Any

import pytest

from library.serve.json_type import Misfit, NotInJson
from library.serve.schema import Schema, parameter_docs, schema_of
from library.source.function import parse

HEAD = """
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, NamedTuple, NewType, Optional, TypedDict, TypeVar, Union

T = TypeVar("T")
Money = Decimal
Tree = dict[str, "Tree"] | int
UserId = NewType("UserId", int)

class Color(Enum):
    RED = "red"
    BLUE = "blue"

@dataclass
class Point:
    x: int
    y: int = 0

class Pair(NamedTuple):
    left: str
    right: int

class Options(TypedDict, total=False):
    deep: bool

class Machine:
    def run(self) -> None: ...

"""


def schema(signature: str, doc: str = "") -> Schema:
    parsed = parse(f'{HEAD}def {signature}:\n    """{doc}"""\n')
    function = parsed.functions[-1]
    return schema_of(function, parsed)


@pytest.mark.parametrize(
    ("annotation", "expected", "value", "expression"),
    [
        ("str", {"type": "string"}, "it's", '"it\'s"'),
        ("int", {"type": "integer"}, 3.0, "3"),
        ("float", {"type": "number"}, 1, "1.0"),
        ("bool", {"type": "boolean"}, True, "True"),
        ("None", {"type": "null"}, None, "None"),
        ("list[int]", {"type": "array", "items": {"type": "integer"}}, [1, 2], "[1, 2]"),
        ("Iterator[str]", {"type": "array", "items": {"type": "string"}}, ["a"], "iter(['a'])"),
        ("set[str]", {"type": "array", "items": {"type": "string"}, "uniqueItems": True}, ["a"], "set(['a'])"),
        (
            "tuple[int, str]",
            {
                "type": "array",
                "prefixItems": [{"type": "integer"}, {"type": "string"}],
                "minItems": 2,
                "maxItems": 2,
            },
            [1, "a"],
            "(1, 'a',)",
        ),
        ("tuple[int, ...]", {"type": "array", "items": {"type": "integer"}}, [1], "tuple([1])"),
        ("tuple[()]", {"type": "array", "minItems": 0, "maxItems": 0}, [], "()"),
        ("datetime.date | None", {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, None, "None"),
        ("dict[str, float]", {"type": "object", "additionalProperties": {"type": "number"}}, {"a": 1}, "{'a': 1.0}"),
        (
            "dict[int, str]",
            {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "propertyNames": {"pattern": "^-?[0-9]+$"},
            },
            {"-1": "a"},
            "{-1: 'a'}",
        ),
        ("Optional[int]", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, "None"),
        ("int | str", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "1", "'1'"),
        ("Union[int, str, None]", {"anyOf": [{"type": n} for n in ("integer", "string", "null")]}, 1, "1"),
        ("Literal['a', 'b']", {"type": "string", "enum": ["a", "b"]}, "b", "'b'"),
        ("date", {"type": "string", "format": "date"}, "2026-11-21", None),
        ("bytes", {"type": "string", "contentEncoding": "base64"}, "aGk=", "b'hi'"),
        ("Money", {"anyOf": [{"type": "string"}, {"type": "number"}]}, 0.1, "__import__('decimal').Decimal('0.1')"),
        ("UserId", {"type": "integer"}, 7, "7"),
        ("Color", {"type": "string", "enum": ["red", "blue"]}, "blue", "Color.BLUE"),
        ("Any", {}, {"a": [None, 1.5]}, "{'a': [None, 1.5]}"),
        ("T", {}, [True], "[True]"),
        ("'list[str]'", {"type": "array", "items": {"type": "string"}}, [], "[]"),
    ],
)
def test_a_type_has_a_schema_and_its_json_becomes_python(
    annotation: str, expected: dict[str, Any], value: Any, expression: str | None
) -> None:
    made = schema(f"f(x: {annotation}) -> None")
    assert made.input["properties"]["x"] == expected
    call = made.call({"x": value})
    assert expression is None or call == f"f(x={expression})"
    ast.parse(call, mode="eval")


def test_what_has_no_annotation_takes_and_gives_any_json() -> None:
    bare = schema("f(x, y=1, *rest, **more)")
    assert bare.call({"x": [1, "a"], "y": None, "rest": [{}], "z": 2}) == "f([1, 'a'], None, {}, z=2)"


def test_a_union_of_hundreds_is_one_type_after_all() -> None:
    assert schema(f"f(x: {' | '.join(['int'] * 400)})").arguments[0].form.schema == {"type": "integer"}


def test_classes_that_only_hold_values_are_objects() -> None:
    made = schema("f(p: Point, q: Pair, o: Options) -> Point")
    point = made.input["properties"]["p"]
    assert (point["title"], point["required"]) == ("Point", ["x"])
    call = made.call({"p": {"x": 1}, "q": {"left": "a", "right": 2}, "o": {"deep": True}})
    assert call == "f(p=Point(x=1), q=Pair(left='a', right=2), o={'deep': True})"
    with pytest.raises(Misfit, match="Point has no 'z', only x, y"):
        made.call({"p": {"x": 1, "z": 1}, "q": {"left": "a", "right": 2}, "o": {}})


def test_a_type_that_contains_itself_comes_to_an_end() -> None:
    made = schema("f(tree: Tree) -> Tree")
    assert made.call({"tree": {"a": {"b": 1}}}) == "f(tree={'a': {'b': 1}})"


@pytest.mark.parametrize(
    ("signature", "says"),
    [
        ("f(work: Callable[[int], int]) -> int", r"its work: Callable\[\[int\], int\] cannot be said in JSON"),
        ("f(text: 'no type') -> int", "its text: 'no type' cannot be said"),
        ("f(machine: Machine) -> int", "its machine: the class Machine cannot be said"),
        ("f(table: dict[tuple[int, int], str]) -> int", "its table: a dictionary whose keys"),
        ("f(kind: Literal) -> int", "a Literal of an enumeration, or of nothing, cannot be said"),
    ],
)
def test_what_cannot_be_said_in_json_is_named(signature: str, says: str) -> None:
    with pytest.raises(NotInJson, match=says):
        schema(signature)


def test_an_argument_that_cannot_be_said_is_left_out_if_it_has_a_default() -> None:
    made = schema("f(items: list[int], key: Callable[[int], int] | None = None) -> list[int]")
    assert list(made.input["properties"]) == ["items"]
    assert made.call({"items": [1]}) == "f(items=[1])"


def test_defaults_and_words_of_the_docstring_are_in_the_schema() -> None:
    doc = "Cut.\n\n    Args:\n        size: how many\n            letters.\n        mark (str): what stands there.\n"
    made = schema("f(text: str, size: int = 3, mark: str = '…', *, deep: bool = False) -> str", doc)
    assert made.input["properties"]["size"] == {"type": "integer", "default": 3, "description": "how many letters."}
    assert made.input["properties"]["mark"]["description"] == "what stands there."
    assert made.input["required"] == ["text"]
    assert made.output == {"type": "object", "properties": {"result": {"type": "string"}}, "required": ["result"]}
    json.dumps(made.input)


def test_every_kind_of_parameter_becomes_a_call() -> None:
    made = schema("f(a: int, /, b: int = 1, *rest: int, c: int = 2, **more: int) -> int")
    assert made.input["properties"]["rest"] == {"type": "array", "items": {"type": "integer"}}
    assert made.input["additionalProperties"] == {"type": "integer"}
    assert made.call({"a": 1, "b": 2, "rest": [3, 4], "c": 5, "d": 6}) == "f(1, 2, 3, 4, c=5, d=6)"
    assert made.call({"a": 1, "c": 5}) == "f(1, c=5)"
    with pytest.raises(Misfit, match="rest can only be given together with b"):
        made.call({"a": 1, "rest": [3]})
    with pytest.raises(Misfit, match="no name for an argument"):
        made.call({"a": 1, "x=1)#": 6})


def test_a_name_that_python_reads_otherwise_is_passed_as_it_is() -> None:
    def given(**more: int) -> dict[str, int]:
        return more

    call = schema("f(**more: int) -> int").call({"if": 1, "\ufb01": 2, "fi": 3})
    assert eval(call, {"f": given}) == {"if": 1, "\ufb01": 2, "fi": 3}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "missing: n, names"),
        ({"n": True, "names": []}, "n: a whole number is wanted, not true"),
        ({"n": 1, "names": "ab"}, 'names: a list is wanted, not "ab"'),
        ({"n": 1, "names": ["a", 2]}, r"names\[1\]: a string is wanted, not 2"),
        ({"n": 1, "names": [], "other": 1}, "no argument 'other'; it takes n, names"),
    ],
)
def test_arguments_that_do_not_fit_are_told_apart(given: dict[str, Any], says: str) -> None:
    with pytest.raises(Misfit, match=says):
        schema("f(n: int, names: list[str]) -> int").call(given)


def test_no_text_in_json_becomes_code() -> None:
    hostile = "'); __import__('os').system('x'); ('"
    made = schema("f(x: Any, when: date | str, table: dict[str, Any]) -> int")
    call = made.call({"x": [hostile], "when": hostile, "table": {hostile: hostile}})
    tree = ast.parse(call, mode="eval").body
    assert isinstance(tree, ast.Call)
    assert [ast.literal_eval(word.value) for word in tree.keywords] == [[hostile], hostile, {hostile: hostile}]


def test_json_of_any_depth_and_odd_numbers_can_be_passed() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    call = schema("f(x: Any) -> int").call({"x": deep})
    ast.parse(call, mode="eval")
    assert schema("f(x: float) -> int").call({"x": float("inf")}) == "f(x=float('inf'))"


def test_a_result_is_held_against_the_signature() -> None:
    made = schema("f() -> dict[str, list[int]]")
    assert made.misfit({"a": [1]}) == ""
    assert "a whole number is wanted" in made.misfit({"a": ["1"]})
    assert schema("f() -> Machine").output is None


@pytest.mark.parametrize(
    "doc",
    [
        "D.\n\n  Args:\n      size (int): how many\n        there are\n      *mark: a sign\n\n  Returns:\n      x: no",
        "D.\n\n  Parameters\n  ----------\n  size : int\n      how many\n      there are\n  *mark\n      a sign\n",
        "Do.\n\n:param int size: how many\n    there are\n:param mark: a sign\n:returns: no",
    ],
    ids=["Google", "NumPy", "Sphinx"],
)
def test_parameters_are_told_of_in_every_usual_style(doc: str) -> None:
    assert parameter_docs(doc) == {"size": "how many there are", "mark": "a sign"}


@pytest.mark.parametrize("doc", ["", "Do.", "Args: are none.", "Do.\n\n    Args:\n        nothing of that form\n"])
def test_a_docstring_that_tells_of_no_parameter_gives_nothing_and_says_nothing(
    doc: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert parameter_docs(doc) == {}
    assert capfd.readouterr() == ("", "")
