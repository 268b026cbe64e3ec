"""Kinds of values: what a parameter takes, by annotation or examples; values at its borders and new ones. Pure."""

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

_PIECES = re.compile(r"[ ,;\n/-]+")
_TOKEN = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]")
_NAMES = {
    "int": "int", "float": "float", "bool": "bool", "str": "str", "bytes": "bytes", "None": "None", "complex": "float",
    "list": "list", "List": "list", "Sequence": "list", "Iterable": "list", "Collection": "list", "Iterator": "list",
    "MutableSequence": "list", "Reversible": "list", "tuple": "tuple", "Tuple": "tuple", "set": "set", "Set": "set",
    "frozenset": "set", "FrozenSet": "set", "AbstractSet": "set", "dict": "dict", "Dict": "dict", "Mapping": "dict",
    "MutableMapping": "dict", "Any": "any", "object": "any", "Hashable": "any", "Number": "float", "Real": "float",
}  # fmt: skip
_WORLD = ("é", "ß", "İ", "漢字", "😀", "e\u0301")


@dataclass(frozen=True)
class Kind:
    """What a value is: `name` of a type, "union", "literal", "any" or "other"; `parts` are those of its items.

    `open` is for a tuple of any length: `tuple[int, ...]` is ("tuple", (int,), open=True).
    """

    name: str
    parts: tuple["Kind", ...] = ()
    choices: tuple[Any, ...] = ()
    open: bool = False


ANYTHING = Kind("any", open=True)  # said so by the annotation; Kind("any") is not known


@dataclass(frozen=True)
class Raw:
    """A value that is no literal, such as `date(2024, 2, 29)`: only its text is known."""

    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Words:
    """What the values of one task are made of: numbers, strings and letters seen in examples, code and docstring."""

    numbers: tuple[int | float, ...] = ()
    strings: tuple[str, ...] = ()
    letters: str = field(default="ab")


def kind_of(annotation: ast.expr | None) -> Kind:
    """The kind that an annotation names; "other" for a type that is not known here, "any" without an annotation."""
    if annotation is None:
        return Kind("any")
    if isinstance(annotation, ast.Constant):
        return _from_constant(annotation)
    if isinstance(annotation, ast.BinOp):
        return Kind("union", (kind_of(annotation.left), kind_of(annotation.right)))
    if isinstance(annotation, ast.Subscript):
        return _subscript(annotation)
    name = annotation.attr if isinstance(annotation, ast.Attribute) else getattr(annotation, "id", "")
    if name in ("Any", "object"):
        return ANYTHING
    known = _NAMES.get(name, "other")
    open_parts = {"list": (Kind("any"),), "set": (Kind("any"),), "tuple": (Kind("any"),), "dict": (Kind("any"),) * 2}
    return Kind(known, open_parts.get(known, ()), open=known == "tuple")


def _from_constant(annotation: ast.Constant) -> Kind:
    if annotation.value is None:
        return Kind("None")
    try:
        return kind_of(ast.parse(str(annotation.value), mode="eval").body)
    except (SyntaxError, ValueError):
        return Kind("other")


def _subscript(annotation: ast.Subscript) -> Kind:
    outer = (
        annotation.value.attr if isinstance(annotation.value, ast.Attribute) else getattr(annotation.value, "id", "")
    )
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if outer == "Literal":
        return Kind("literal", choices=tuple(node.value for node in inner if isinstance(node, ast.Constant)))
    if outer == "Optional":
        return Kind("union", (kind_of(inner[0]), Kind("None")))
    if outer in ("Union", "Annotated", "Final"):
        return Kind("union", tuple(kind_of(node) for node in (inner if outer == "Union" else inner[:1])))
    name = _NAMES.get(outer, "other")
    ends_open = isinstance(inner[-1], ast.Constant) and inner[-1].value is ...
    return Kind(name, tuple(kind_of(node) for node in (inner[:-1] if ends_open else inner)), open=ends_open)


def kind_of_value(value: Any) -> Kind:
    """The kind of a value from an example."""
    if isinstance(value, list | tuple | set | frozenset):
        items = cast("list[Any]", list(value))  # type: ignore[redundant-cast]
        name = "list" if isinstance(value, list) else "tuple" if isinstance(value, tuple) else "set"
        return Kind(name, (_common(items),), open=True)
    if isinstance(value, dict):
        held = cast("dict[Any, Any]", value)
        return Kind("dict", (_common(list(held)), _common(list(held.values()))))
    name = type(value).__name__
    return Kind({"NoneType": "None", "Raw": "other"}.get(name, name))


def _common(values: list[Any]) -> Kind:
    kinds = list(dict.fromkeys(kind_of_value(value) for value in values))
    return kinds[0] if len(kinds) == 1 else Kind("union", tuple(kinds)) if kinds else Kind("any")


def words_of(values: list[Any], code: ast.AST, doc: str) -> Words:
    """What a task's values are made of.

    Args:
        values: arguments and results seen in examples.
        code: the draft's tree; its constants stand at the borders between its cases.
        doc: its docstring.
    """
    atoms = [atom for value in values for atom in _atoms(value)]
    # Not the docstring itself: it is one huge constant.
    constants = [n.value for n in ast.walk(code) if isinstance(n, ast.Constant) and len(str(n.value)) < 40]
    numbers = [a for a in [*atoms, *constants] if isinstance(a, int | float) and not isinstance(a, bool)]
    numbers += [int(text) for text in re.findall(r"(?<![\w.])-?\d{1,6}(?![\w.])", doc)]
    strings = [a for a in [*atoms, *constants] if isinstance(a, str) and a]
    strings += [quoted for _, quoted in re.findall(r"(['\"`])([^'\"`\n]{1,12})\1", doc)]
    letters = "".join(dict.fromkeys("".join(a for a in atoms if isinstance(a, str))))
    return Words(
        tuple(dict.fromkeys(n for n in numbers if abs(n) < 1e9 and math.isfinite(n))),
        tuple(dict.fromkeys(strings)),
        letters or "abcABC xyz019.,",
    )


def _atoms(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple | set | frozenset):
        for item in cast("list[Any]", value):
            yield from _atoms(item)
    elif isinstance(value, dict):
        for key, item in cast("dict[Any, Any]", value).items():
            yield from _atoms(key)
            yield from _atoms(item)
    else:
        yield value


def tokens(text: str) -> list[str]:
    """Words, numbers and single other characters of a text."""
    return _TOKEN.findall(text)


def borders(kind: Kind, words: Words) -> list[Any]:
    """Values at the borders of a kind: empty, zero, one, negative, and one below and above what the task mentions."""
    match kind.name:
        case "bool":
            return [True, False]
        case "None":
            return [None]
        case "literal":
            return list(kind.choices)
        case "int":
            near = [number + step for n in words.numbers for number in [int(n)] for step in (0, 1, -1)]
            return list(dict.fromkeys([0, 1, 2, -1, 3, 10, *near, 7, 12, 100, -10]))
        case "float":
            return [0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -0.5, 3.7, *(float(n) for n in words.numbers)]
        case "str":
            return [
                "",
                " ",
                "a",
                "A",
                "aa",
                "aB",
                "abc",
                "hello",
                "abcba",
                "ab ba",
                *words.strings,
                "Hello, World 12!",
                "0",
                *_WORLD,
            ]
        case "bytes":
            return [b"", b"a", b"\x00\xff"]
        case "union":
            return [value for part in kind.parts for value in borders(part, words)]
        case "list" | "set" | "tuple" | "dict":
            return _border_collections(kind, words)
        case "any":
            return [0, 1, -1, "", "a", [], None]
        case _:
            return []


def _border_collections(kind: Kind, words: Words) -> list[Any]:
    if kind.name == "tuple" and not kind.open:
        return []
    parts = [borders(part, words) for part in kind.parts] or [[]]
    if kind.name == "dict":
        values = parts[-1][:3]
        return [{}, *({key: value} for key in parts[0][:2] for value in values if _hashable(key))]
    made: list[list[Any]] = [[], *([item] for item in parts[0][:6]), *([item, item] for item in parts[0][:3])]
    return [built(kind.name, items) for items in made]


def fitted(value: Any, kind: Kind) -> Any:
    """A value with whole numbers made floats wherever the kind asks for floats."""
    if kind.name == "float" and type(value) is int:
        return float(value)
    if isinstance(value, list | tuple) and kind.name in ("list", "tuple") and kind.parts:
        items = cast("list[Any]", list(value))  # type: ignore[redundant-cast]
        parts = kind.parts if len(kind.parts) == len(items) and not kind.open else (kind.parts[0],) * len(items)
        made = [fitted(item, part) for item, part in zip(items, parts, strict=True)]
        return tuple(made) if isinstance(value, tuple) else made
    return cast("Any", value)


def built(name: str, items: list[Any]) -> Any:
    """A list, tuple or set of the items; a set leaves out what cannot be in one."""
    if name == "set":
        return {item for item in items if _hashable(item)}
    return tuple(items) if name == "tuple" else items


def _hashable(value: Any) -> bool:
    return not isinstance(value, list | dict | set) and (
        not isinstance(value, tuple) or all(_hashable(item) for item in cast("tuple[Any, ...]", value))
    )


def fresh(kind: Kind, words: Words, random: Random, size: int = 6) -> Any:
    """A new value of a kind, made of the task's own numbers, strings and letters where there are any."""
    match kind.name:
        case "int":
            return _integer(words, random)
        case "float":
            return round(_integer(words, random) + random.choice([0.0, 0.5, 0.25, -0.1, 0.7]), 3)
        case "str":
            return _string(words, random, size)
        case "bytes":
            return bytes(random.choice(b"ab01\x00\xff") for _ in range(random.randint(0, size)))
        case "union":
            return fresh(random.choice(kind.parts), words, random, size)
        case "list" | "set":
            part = kind.parts[0] if kind.parts else Kind("any")
            return built(kind.name, _items(part, words, random, size))
        case "tuple":
            if kind.open:
                return tuple(_items(kind.parts[0], words, random, size))
            return tuple(fresh(part, words, random, size // 2) for part in kind.parts)
        case "dict":
            key, value = kind.parts if len(kind.parts) == 2 else (Kind("str"), Kind("int"))
            count = random.randint(0, max(1, size // 2))
            pairs = [(fresh(key, words, random, 3), fresh(value, words, random, 3)) for _ in range(count)]
            return {made: value for made, value in pairs if _hashable(made)}
        case "any":
            return fresh(
                Kind(random.choice(["int", "int", "str", "str", "float", "bool", "None"])), words, random, size
            )
        case _:
            options = borders(kind, words)
            return random.choice(options) if options else None


def _integer(words: Words, random: Random) -> int:
    whole = [int(n) for n in words.numbers] or [0, 10]
    roll = random.random()
    if roll < 0.3:
        return random.choice(whole) + random.choice([-1, 0, 0, 1])
    if roll < 0.75:
        low, high = min(*whole, 0), max(*whole, 10)
        return random.randint(low, high)
    return random.randint(-12, 30)


def _string(words: Words, random: Random, size: int) -> str:
    whole = [token for text in words.strings for token in tokens(text)]
    pieces = [piece for text in words.strings for piece in _PIECES.split(text) if piece]
    if len(pieces) > len(words.strings) and random.random() < 0.35:
        glue = next(found for text in words.strings for found in _PIECES.findall(text))
        return glue.join(random.choice(pieces) for _ in range(random.randint(1, max(2, size // 2))))
    if whole and random.random() < 0.5:
        return "".join(random.choice(whole) for _ in range(random.randint(1, size)))
    letters = words.letters if random.random() < 0.8 else words.letters + "aZ 0.-é"
    return "".join(random.choice(letters) for _ in range(random.randint(1, size * 2)))


def _length(random: Random, size: int) -> int:
    """Mostly a few, now and then twice as many as anybody would write."""
    return random.randint(size + 3, 2 * size + 2) if random.random() < 0.12 else random.randint(0, size + 2)


def _items(part: Kind, words: Words, random: Random, size: int) -> list[Any]:
    made = [fresh(part, words, random, max(2, size // 2)) for _ in range(_length(random, size))]
    if made and random.random() < 0.4:
        made.insert(random.randint(0, len(made)), random.choice(made))
    return made
