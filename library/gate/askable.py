"""Askable: which calls a person may be asked about, and what there is to choose from. Pure."""

import ast
import re
from collections.abc import Collection

from library.execution.marks import RAISED, RESULT, of_result
from library.inputs.preconditions import fits
from library.source.literals import literal
from library.source.syntax_tree import expression
from library.source.types import Type

LARGEST = 12.0  # effort of a call that anybody works out in the head; a call may take as much as the examples do
LETTERS = 5  # of a text that are as much work as one number
MEANT_ERRORS = ("ValueError", "KeyError", "ZeroDivisionError")
_NOTHING = of_result("None")
_EMPTY = {"bool": "False", "int": "0", "float": "0.0", "str": "''", "list": "[]", "dict": "{}", "tuple": "()"}
_DOCTESTS = re.compile(r">>>.*?(?=\n\s*\n|\Z)", re.DOTALL)
_SENTENCES = re.compile(
    r"[.;]\s|\n\s*\n|\n\s*[-*]|,?\s+(?:and|or|else)\s+(?=(?:returns?\s+)?(?:true|false)\b)", re.IGNORECASE
)  # "True if they sum to zero, and False otherwise" says two things
# What a docstring calls an input, and what it calls a result.
_INPUTS = {"empty": ("empty", "blank"), "zero": ("zero", "0"), "negative": ("negative",), "None": ("none",)}
_RESULTS = {
    "0": ("0", "zero"), "None": ("none",), "[]": ("[]", "empty list"), "{}": ("{}", "empty dict", "empty dictionary"),
    "''": ("''", '""', "empty string", "empty text"), "()": ("()", "empty tuple"),
}  # fmt: skip


def effort(call: str) -> float:
    """How much there is to look at in a call: its numbers by their digits, its texts by their letters."""
    tree = expression(call)
    return sum(_worth(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)) if tree else 0.0


def _worth(value: object) -> float:
    if isinstance(value, str | bytes):
        return 1 + len(value) / LETTERS
    return max(1.0, sum(letter.isdigit() for letter in repr(value)))


def could_be_wanted(mark: str, returns: Type) -> bool:
    """Whether somebody would want what a variant gives, by its mark: no accident, no None where that is no result."""
    if mark.startswith(RESULT):
        return mark != _NOTHING or fits(None, returns)
    return mark.removeprefix(RAISED) in MEANT_ERRORS


def could_be_said(text: str, returns: Type) -> bool:
    """The same of a result as text: one of the type that the signature names, or an error that is raised on purpose."""
    if text.startswith("raises "):
        return text.removeprefix("raises ") in MEANT_ERRORS
    return " at 0x" not in text and is_of_type(text, returns)


def is_of_type(text: str, returns: Type) -> bool:
    """Whether a result as text is of a type; what is no literal may be."""
    value = literal(text)
    return value is None or fits(value[0], returns)


def other_answer(own: str, returns: Type, *, failed: bool) -> str:
    """What else a call might give, where no variant says: the other of two, or where the draft fails the empty value of
    its type or a proper error; "" if nothing is likely."""
    if own in ("True", "False"):
        return str(own == "False") if returns.name == "bool" else ""
    return _EMPTY.get(returns.name, "raises ValueError") if failed else ""


def decided(doc: str, seen: Collection[str], result: str) -> bool:
    """Whether a sentence of the docstring says that an input with such a look (empty, zero, ...) gives this result; a
    doctest is an example and no sentence."""
    inputs = {word for look in seen for word in _INPUTS.get(look.rsplit(" ", 1)[-1], ())}
    plain = result.removeprefix("raises ")
    results = _RESULTS.get(plain, (plain.lower(),))
    said = _SENTENCES.split(_DOCTESTS.sub("", doc.lower()))
    return any(_has_any(sentence, inputs) and _has_any(sentence, results) for sentence in said)


def _has_any(sentence: str, words: Collection[str]) -> bool:
    return any(re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", sentence) for word in words)
