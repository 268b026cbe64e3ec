"""Goal facts: the functions that the words of a goal name, with the signatures and examples spelt out there. Pure.

What the goal says is read by the program and not by a model: it is never lost, and no vote can overrule it.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from library.examples.docstring_examples import closing, examples_in, leading_literal
from library.examples.example import Example
from library.source.literals import items_of, literal
from library.source.signature import parameter_names, parameter_nodes
from library.source.syntax_tree import FunctionNode, expression

_HEAD = re.compile(r"(?<![\w.])(?:def\s+)?(?P<name>[^\W\d]\w*)\(")
_ARROW = re.compile(r"\s*(?:->|→|⇒|=>)\s*")
_INTRODUCED = re.compile(
    r"[\s,;:(-]*(?:\b(?:for\s+|an?\s+)?examples?|e\.g\.|such as|so that|where)?[\s\d.:,*-]*\Z", re.IGNORECASE
)
_BETWEEN = re.compile(
    r"(?i)>>>|==|=>|->|➞|→|[=*,;:.\-\s\d()]+|\b(?:for|an?|examples?|is|gives?|returns?|should|and|be|input|output)\b"
)
_PAIRS = re.compile(r"[ \t]+(?=(?:examples?\s*\d+|input|output|explanation)\s*:)", re.IGNORECASE)
LEFTOVER = 12  # letters beside the examples that are no words of their own
LONGEST_TYPE = 80  # characters
_NOTHING = {"", "None"}  # what examples say of a type when they hold no value of it


@dataclass(frozen=True)
class StatedFunction:
    """A function as a goal states it.

    Attributes:
        name: of it.
        signature: `name(text: str) -> int`, with all types that the goal or its examples give.
        complete: every argument and the result has a type.
        examples: with the goal as their source.
    """

    name: str
    signature: str
    complete: bool
    examples: tuple[Example, ...]


def stated_functions(goal: str, when: str = "") -> tuple[StatedFunction, ...]:
    """The functions whose signature stands in a goal, in order; a mere call such as f(2) is no signature.

    Args:
        goal: what the person typed.
        when: ISO date-time of the examples.
    """
    text = unfolded(goal)
    heads: dict[str, FunctionNode] = {}
    for match in _HEAD.finditer(text):
        name = match["name"]
        if name not in heads and (node := _signature_at(text, match.start("name"), match.end() - 1)) is not None:
            heads[name] = node
    return tuple(_stated(node, _examples(text, node, when)) for node in heads.values())


def _examples(text: str, node: FunctionNode, when: str) -> tuple[Example, ...]:
    """The examples of a function; if there are none, those whose texts somebody left without quotes, `f(abc) => 1`."""
    found = examples_in(text, node.name, "goal", when)
    own = set(parameter_names(node))
    bare = re.compile(rf"(?<![\w.]){re.escape(node.name)}\(([A-Za-z]\w*)\)(?=\s*(?:={{1,2}}>?|->|➞|→))")
    words = set(bare.findall(text))
    if found or len(own) != 1 or len(words) < 2 or words & own:
        return found
    return examples_in(bare.sub(rf"{node.name}('\1')", text), node.name, "goal", when)


def examples_of(goal: str, name: str, when: str = "") -> tuple[Example, ...]:
    """The examples that a goal spells out for a function, whether or not it gives its signature."""
    return examples_in(unfolded(goal), name, "goal", when)


def words_of(goal: str, functions: Iterable[StatedFunction]) -> str:
    """The goal without the signature that it begins with and without the list of examples that it ends with."""
    text = " ".join(goal.split())
    for one in functions:
        if (match := _HEAD.match(text)) and match["name"] == one.name and (end := closing(text, match.end() - 1)):
            head = _typed_end(text, end)
            if text[head : head + 1] in (":", "") or text[head : head + 3].strip() in ("-", "–", "—"):
                text = text[head:].lstrip(" :-–—")
    calls = [example.call for one in functions for example in one.examples]
    places = [at for call in calls if (at := _place(text, call)) >= 0]
    if not places:
        return text
    first = min(places)
    before = text[:first].rstrip().removesuffix(">>>").rstrip()
    cut = _INTRODUCED.search(before)
    words = before[: cut.start()] if cut else before
    rest = text[first:]
    for example in (example for one in functions for example in one.examples):
        for part in (example.call, example.expected):
            rest = _without(rest, part)
    return words.rstrip(" ,;:") if len(re.sub(r"\W", "", _BETWEEN.sub("", rest))) < LEFTOVER and words.strip() else text


def unfolded(goal: str) -> str:
    """The text with each example that was written on one line, as a shell hands it over, on lines of its own."""
    text = _PAIRS.sub("\n", goal)
    if ">>>" not in text:
        return text
    head, *rest = re.split(r"\s*>>>[ \t]*", text)
    return head + "".join(f"\n>>> {part}" if "\n" in part.strip() else _doctest(part) for part in rest)


def _doctest(text: str) -> str:
    """`f(2) 4 and so on` as call, result and what follows; as it is if it cannot be told."""
    if remark := re.match(r"((?:[^#'\"]|'[^']*'|\"[^\"]*\")*?)\s#", text):
        call, last = remark[1].strip(), text.split()[-1]  # the result stands behind the remark
        return f"\n>>> {call}\n{last}\n\n" if literal(last) and expression(call) is not None else ""
    for end in sorted((match.end() for match in re.finditer(r"[)\]]", text)), reverse=True):
        call, rest = text[:end].strip(), text[end:].strip()
        if not rest or "(" not in call or expression(call) is None:
            continue
        if failed := re.match(r"Traceback\b.*?\b((?:\w+\.)*[A-Z]\w*(?:Error|Exception)\b[^>]*)", rest):
            return f"\n>>> {call}\nTraceback (most recent call last):\n{failed[1].strip()}\n\n"
        if (value := leading_literal(rest)) is not None:
            return f"\n>>> {call}\n{value}\n\n{rest.removeprefix(value)}"
    return f"\n>>> {text}"


def _signature_at(text: str, start: int, bracket: int) -> FunctionNode | None:
    """The signature that begins here; None for what can only be a call."""
    end = closing(text, bracket)
    if end is None:
        return None
    typed = _typed_end(text, end)
    head = " ".join(text[start:typed].split())
    try:
        node = ast.parse(f"def {head}: ...").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(node, FunctionNode):
        return None
    told = typed > end or any(one.node.annotation for one in parameter_nodes(node))
    return node if told or (parameter_nodes(node) and text[end : end + 1] == ":") else None


def _typed_end(text: str, end: int) -> int:
    """The place behind the result type, if one follows the brackets; else the place behind these."""
    arrow = _ARROW.match(text, end)
    if arrow is None:
        return end
    rest = text[arrow.end() : arrow.end() + LONGEST_TYPE]
    for length in range(len(rest), 0, -1):
        whole = length == len(rest) or not (rest[length].isalnum() or rest[length] in "_.[")
        if whole and _is_type(rest[:length]):
            return arrow.end() + length
    return end


def _is_type(text: str) -> bool:
    """Whether it reads as the type of a result and not as a value: `list[int] | None`, not `[1, 2]` and not `3`."""
    tree = expression(text) if text == text.strip() and text[-1:] != "." else None
    if tree is None or (isinstance(tree, ast.Constant) and tree.value is not None):
        return False
    if isinstance(tree, ast.List | ast.Tuple | ast.Dict | ast.Set) or text in ("True", "False"):
        return False
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.BitOr, ast.Constant, ast.Tuple, ast.List, ast.Load)
    return all(isinstance(node, kinds) for node in ast.walk(tree))


def _stated(node: FunctionNode, examples: tuple[Example, ...]) -> StatedFunction:
    """The function with the types that are missing put in from the examples."""
    own = [call for one in examples if (call := _own_call(one.call, node.name)) is not None]
    for at, parameter in enumerate(parameter_nodes(node)):
        if parameter.node.annotation is None and parameter.passed != "var-keyword":
            given = [value for call in own for value in _given(call, at, parameter.node.arg)]
            parameter.node.annotation = _annotation(given)
    if node.returns is None:
        direct = [one for one in examples if not one.raises and _own_call(one.call, node.name) is not None]
        values = [value[0] for one in direct if (value := literal(one.expected)) is not None]
        kinds = {_kind(value) for value in values} - {type(None)}
        agree = len(kinds) < 2 or kinds <= {int, float}  # f(1) = 3 may be mathematics beside f(2) == [1, 3]
        node.returns = _annotation(values) if agree else None
    complete = node.returns is not None and all(one.node.annotation for one in parameter_nodes(node))
    return StatedFunction(node.name, head_of(node), complete, examples)


def head_of(node: FunctionNode) -> str:
    """The signature as a plan has it, `name(text: str) -> int`."""
    head = ast.unparse(node).partition("\n")[0].removesuffix(":")
    return re.sub(r"^(async )?def ", r"\1", head)


def _own_call(text: str, name: str) -> ast.Call | None:
    tree = expression(text)
    mine = isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == name
    return cast(ast.Call, tree) if mine else None


def _given(call: ast.Call, at: int, name: str) -> Iterator[Any]:
    """What a call gives for a parameter, if that is a literal."""
    nodes = [*call.args[at : at + 1], *(keyword.value for keyword in call.keywords if keyword.arg == name)]
    for node in nodes[:1]:
        if (value := literal(ast.unparse(node))) is not None:
            yield value[0]


def _annotation(values: list[Any]) -> ast.expr | None:
    """The type of these values as an annotation; None if they do not tell one."""
    text = type_text(values)
    return ast.parse(text, mode="eval").body if text not in ("", "None") else None


def type_text(values: list[Any]) -> str:
    """The one type that all these values have, "list[int]", "int | None"; "" if there is no value."""
    kinds = list(dict.fromkeys(map(_kind, values)))
    if float in kinds and int in kinds:
        kinds.remove(int)
    found = [_of_kind(kind, [value for value in values if type(value) is kind]) for kind in kinds]
    return " | ".join(sorted(found, key=lambda text: text == "None"))


def _kind(value: object) -> type[object]:
    return type(value)


def _of_kind(kind: type[object], values: list[Any]) -> str:
    if kind is type(None):
        return "None"
    if kind is dict:
        keys = type_text([key for value in values for key in value])
        inside = type_text([held for value in values for held in value.values()])
        return f"dict[{keys}, {inside}]" if {keys, inside}.isdisjoint(_NOTHING) else "dict"
    if kind is tuple and len({len(value) for value in values}) == 1 and values[0]:
        parts = [type_text([value[at] for value in values]) for at in range(len(values[0]))]
        return f"tuple[{', '.join(parts)}]" if _NOTHING.isdisjoint(parts) else "tuple"
    if kind in (list, set, frozenset, tuple):
        inside = type_text([item for value in values for item in items_of(value)])
        return (
            f"{kind.__name__}[{inside}{', ...' if kind is tuple else ''}]" if inside not in _NOTHING else kind.__name__
        )
    return kind.__name__


def _place(text: str, call: str) -> int:
    pattern = r"\s*".join(re.escape(sign) for sign in "".join(call.split()))
    match = re.search(pattern, text)
    return match.start() if match else -1


def _without(text: str, part: str) -> str:
    pattern = r"\s*".join(re.escape(sign) for sign in "".join(part.split()))
    return re.sub(pattern, " ", text) if pattern else text
