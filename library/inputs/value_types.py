"""Values of a type: the type in their words, by annotation or examples; values at its borders and new ones. Pure."""

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from library.source.literals import items_of, literal
from library.source.types import ANY, BUILT_IN, DOTS, UNSAID, Type

_PIECES = re.compile(r"[ ,;\n/-]+")
_SAID = re.compile(r"(?<![\w.])-?\d{1,6}(?:\.\d{1,4})?(?!\w|\.\d)")
_TOKEN = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]")
_NAMES = {
    "int": "int", "float": "float", "bool": "bool", "str": "str", "bytes": "bytes", "None": "None", "NoneType": "None",
    "complex": "complex", "Number": "float", "Real": "float", "list": "list", "tuple": "tuple", "set": "set",
    "frozenset": "set", "dict": "dict",
}  # fmt: skip
_OF_ANYTHING = {"": UNSAID, "Hashable": UNSAID, "Any": ANY}
_TEXTS = ("", " ", "a", "A", "aa", "aB", "abc", "hello", "abcba", "ab ba")
_WORLD = ("é", "ß", "İ", "漢字", "😀", "e\u0301")


@dataclass(frozen=True)
class Raw:
    """A value that is no literal, such as `date(2024, 2, 29)`: only its text is known."""

    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Vocabulary:
    """What the values of one task are made of: numbers, strings and letters seen in examples, code and docstring."""

    numbers: tuple[int | float, ...] = ()
    strings: tuple[str, ...] = ()
    letters: str = field(default="ab")


def value_type(found: Type) -> Type:
    """The type in the words of values, which are few: "other" for one of which none can be made here.

    A collection of which nothing more is said holds what nobody knows.
    """
    if found.name in _OF_ANYTHING:
        return _OF_ANYTHING[found.name]
    if found.name in ("|", "Literal"):
        parts = found.parts if found.name == "Literal" else tuple(map(value_type, found.parts))
        return Type(found.name, parts)
    name = _NAMES.get(BUILT_IN.get(found.name, found.name), "other")
    if name == "tuple" and not found.parts:
        return Type(name, (UNSAID, DOTS))
    counts = {"list": 1, "set": 1, "dict": 2}
    parts = tuple(part if part == DOTS else value_type(part) for part in found.parts if part.name != "()")
    return Type(name, parts or (UNSAID,) * counts.get(name, 0))


def type_of_value(value: Any) -> Type:
    """The type of a value from an example, in the words of values."""
    if isinstance(value, list | tuple | set | frozenset):
        inside = _common(items_of(value))
        if isinstance(value, tuple):
            return Type("tuple", (inside, DOTS))
        return Type("list" if isinstance(value, list) else "set", (inside,))
    if isinstance(value, dict):
        held = cast("dict[Any, Any]", value)
        return Type("dict", (_common(list(held)), _common(list(held.values()))))
    return Type(_NAMES.get(type(value).__name__, "other"))


def _common(values: list[Any]) -> Type:
    types = tuple(dict.fromkeys(type_of_value(value) for value in values))
    return types[0] if len(types) == 1 else Type("|", types) if types else UNSAID


def words_of(values: list[Any], code: ast.AST, doc: str) -> Vocabulary:
    """What a task's values are made of.

    Args:
        values: arguments and results seen in examples.
        code: the draft's tree; its constants stand at the borders between its cases.
        doc: its docstring.
    """
    atoms = [atom for value in values for atom in _atoms(value)]
    # Not the docstring itself: it is one huge constant.
    constants = [n.value for n in ast.walk(code) if isinstance(n, ast.Constant) and _is_short(n.value)]
    numbers = [a for a in [*atoms, *constants] if isinstance(a, int | float) and not isinstance(a, bool)]
    numbers += [float(text) if "." in text else int(text) for text in _SAID.findall(doc)]
    strings = [a for a in [*atoms, *constants] if isinstance(a, str) and a]
    strings += [quoted for _, quoted in re.findall(r"(['\"`])([^'\"`\n]{1,12})\1", doc)]
    letters = "".join(dict.fromkeys("".join(a for a in atoms if isinstance(a, str))))
    return Vocabulary(
        tuple(dict.fromkeys(n for n in numbers if abs(n) < 1e9 and math.isfinite(n))),
        tuple(dict.fromkeys(strings)),
        letters or "abcABC xyz019.,",
    )


def _is_short(value: object) -> bool:
    """Nothing of thousands of digits, which Python does not even write out."""
    return not (isinstance(value, int) and value.bit_length() > 128) and len(str(value)) < 40


def _atoms(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple | set | frozenset):
        for item in items_of(value):
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


def borders(wanted: Type, words: Vocabulary) -> list[Any]:
    """Values at the borders of a type: empty, zero, one, negative, and one below and above what the task mentions."""
    match wanted.name:
        case "bool":
            return [True, False]
        case "None":
            return [None]
        case "Literal":
            return [value[0] for part in wanted.parts if (value := literal(part.name))]
        case "int":
            near = [number + step for n in words.numbers for number in [int(n)] for step in (0, 1, -1)]
            return list(dict.fromkeys([0, 1, 2, -1, 3, 10, *near, 7, 12, 100, -10]))
        case "float":
            return [0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -0.5, 3.7, *(float(n) for n in words.numbers)]
        case "complex":
            return [*borders(Type("float"), words), 1j, -2j, 1 + 2j]
        case "str":
            return [*_TEXTS, *words.strings, "Hello, World 12!", "0", *_WORLD]
        case "bytes":
            return [b"", b"a", b"\x00\xff"]
        case "|":
            return [value for part in wanted.parts for value in borders(part, words)]
        case "list" | "set" | "tuple" | "dict":
            return _border_collections(wanted, words)
        case "" | "Any":
            return [0, 1, -1, "", "a", [], None]
        case _:
            return []


def _border_collections(wanted: Type, words: Vocabulary) -> list[Any]:
    if wanted.name == "tuple" and not wanted.endless:
        return []
    parts = [borders(part, words) for part in wanted.parts] or [[]]
    if wanted.name == "dict":
        values = parts[-1][:3]
        return [{}, *({key: value} for key in parts[0][:2] for value in values if _hashable(key))]
    made: list[list[Any]] = [[], *([item] for item in parts[0][:6]), *([item, item] for item in parts[0][:3])]
    return [built(wanted.name, items) for items in made]


def fitted(value: Any, wanted: Type) -> Any:
    """A value with whole numbers made floats wherever the type asks for floats."""
    if wanted.name == "float" and type(value) is int:
        return float(value)
    if isinstance(value, list | tuple) and wanted.name in ("list", "tuple") and wanted.parts:
        items = items_of(value)
        alike = wanted.endless or len(wanted.parts) != len(items)
        parts = wanted.parts[:1] * len(items) if alike else wanted.parts
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


def fresh(wanted: Type, words: Vocabulary, random: Random, size: int = 6) -> Any:
    """A new value of a type, made of the task's own numbers, strings and letters where there are any."""
    match wanted.name:
        case "int":
            return _integer(words, random)
        case "float":
            return round(_integer(words, random) + random.choice([0.0, 0.5, 0.25, -0.1, 0.7]), 3)
        case "str":
            return _string(words, random, size)
        case "bytes":
            return bytes(random.choice(b"ab01\x00\xff") for _ in range(random.randint(0, size)))
        case "|":
            return fresh(random.choice(wanted.parts), words, random, size)
        case "list" | "set":
            return built(wanted.name, _items(wanted.parts[0], words, random, size))
        case "tuple":
            if wanted.endless:
                return tuple(_items(wanted.parts[0], words, random, size))
            return tuple(fresh(part, words, random, size // 2) for part in wanted.parts)
        case "dict":
            key, value = wanted.parts if len(wanted.parts) == 2 else (Type("str"), Type("int"))
            count = random.randint(0, max(1, size // 2))
            pairs = [(fresh(key, words, random, 3), fresh(value, words, random, 3)) for _ in range(count)]
            return {made: value for made, value in pairs if _hashable(made)}
        case "" | "Any":
            return fresh(
                Type(random.choice(["int", "int", "str", "str", "float", "bool", "None"])), words, random, size
            )
        case _:
            options = borders(wanted, words)
            return random.choice(options) if options else None


def _integer(words: Vocabulary, random: Random) -> int:
    whole = [int(n) for n in words.numbers] or [0, 10]
    roll = random.random()
    if roll < 0.3:
        return random.choice(whole) + random.choice([-1, 0, 0, 1])
    if roll < 0.75:
        low, high = min(*whole, 0), max(*whole, 10)
        return random.randint(low, high)
    return random.randint(-12, 30)


def _string(words: Vocabulary, random: Random, size: int) -> str:
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


def _items(part: Type, words: Vocabulary, random: Random, size: int) -> list[Any]:
    made = [fresh(part, words, random, max(2, size // 2)) for _ in range(_length(random, size))]
    if made and random.random() < 0.4:
        made.insert(random.randint(0, len(made)), random.choice(made))
    return made
