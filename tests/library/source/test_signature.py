"""Signatures: every parameter is read once, with how its argument is passed and what it is when left out."""

import ast

import pytest

from library.errors import SourceError
from library.source.signature import BY_NAME, POSITIONAL, parameter_names, parameter_nodes, signature_node, signature_of

EVERY_KIND = "async f(a, /, b: int = 1, *rest: str, c, d='x', **more: float) -> bool"


def test_each_parameter_has_its_place_its_default_and_how_it_is_passed() -> None:
    found = parameter_nodes(signature_node(EVERY_KIND))
    assert [(one.node.arg, one.passed, ast.unparse(one.default) if one.default else "") for one in found] == [
        ("a", "positional-only", ""),
        ("b", "positional-or-keyword", "1"),
        ("rest", "var-positional", ""),
        ("c", "keyword-only", ""),
        ("d", "keyword-only", "'x'"),
        ("more", "var-keyword", ""),
    ]


def test_names_are_those_of_the_parameters_that_are_passed_so() -> None:
    node = signature_node(EVERY_KIND)
    assert parameter_names(node) == ["a", "b", "rest", "c", "d", "more"]
    assert parameter_names(node, POSITIONAL) == ["a", "b"]
    assert parameter_names(node, BY_NAME) == ["b", "c", "d"]


def test_the_parameters_of_a_lambda_are_read_as_well() -> None:
    found = ast.parse("lambda a, *, b=2: a", mode="eval").body
    assert isinstance(found, ast.Lambda)
    assert parameter_names(found) == ["a", "b"]


def test_a_signature_tells_how_its_function_can_be_called() -> None:
    signature = signature_of(EVERY_KIND)
    assert (signature.name, signature.waits, signature.result.text) == ("f", True, "bool")
    assert (signature.arity, signature.needs_names) == ((1, 99), True)
    assert signature.extra is not None and signature.extra.type.text == "float"


@pytest.mark.parametrize("text", ["", "class A", "f(", "f(a=1, b)"])
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="is not a signature"):
        signature_of(text)
