"""Naming: whether a name or a literal comes from one task rather than from what a function is for. Pure."""

import ast
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from library.source.syntax_tree import FunctionNode

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Numbers that belong to a word: log2, utf8, sha256, base64, ipv4, iso8601, int32, 2d, mp3, ...
_TECHNICAL = re.compile(
    r"(log|exp|atan|sha|md|utf|latin|base|b|ipv|ip|int|uint|float|f|i|u|x|iso|rfc|crc|fnv|adler|mp|h|v|http|python|py|unicode|ucs"
    r"|murmur|blake|aes|rc|ed|p|s|k|l|to|u|i18n|l10n|ean|isbn|ascii|cp|bcd|hex|punycode|oauth|web|e|k8s|norm|d|a|c|n|q|t|z|y|fp"
    r"|bfloat|round|windows|win|amd|arm|aarch|vec|mat|color|rgb|ansi|xterm|level|expm|log1p|isin)(\d+)(s|[a-z]?|[a-z]+\d*)$|^\d?d$"
)
_COUNTS_WORDS = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million dozen
"""
_COUNTS = frozenset(_COUNTS_WORDS.split())
_TASKS_WORDS = """
    task problem solution answer exercise puzzle question challenge homework kata assignment quiz goal solve
    main todo foo bar my new temp tmp stuff thing myfunction func function
"""
_TASKS = frozenset(_TASKS_WORDS.split())
_ALONE_WORDS = """
    solution solve main func function foo bar temp tmp helper process handle run do test stuff thing
"""
_ALONE = frozenset(_ALONE_WORDS.split())
# Numbers that mean the same everywhere: hours, bits, percent, powers of ten, calendar.
_USUAL_NUMBERS = """
    -1 0 1 2 3 4 5 7 8 9 10 12 16 24 26 28 29 30 31 32 52 60 64 90 100 128 180 255 256 360 365 366 400 1000 1024 3600
    10000 86400 1000000
"""
_USUAL = frozenset(map(int, _USUAL_NUMBERS.split()))
_STOP_WORDS = """
    a an the of to in for and or is are be with that this it its from by on as at if not no return returns given
"""
_STOP = frozenset(_STOP_WORDS.split())


class Neighbour(Protocol):
    """A function that the library has already: a library.function.Function will do."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def signature(self) -> str:
        """ "parse(text: str) -> int"."""
        ...

    @property
    def summary(self) -> str:
        """First line of its docstring."""
        ...


def words(name: str) -> list[str]:
    """The words of an identifier in lower case: "mineThree_logs" -> ["mine", "three", "logs"]."""
    return [word.lower() for word in _WORD.findall(name)]


def quantity_in(name: str) -> str:
    """The part of a name that is a quantity, "34" or "three", else ""; numbers within terms (log2, utf8) are none."""
    parts = [part for part in re.split(r"_|(?<=[a-z])(?=[A-Z])", name) if part]
    for at, part in enumerate(parts):
        lowered = part.lower()
        numbers = re.findall(r"\d+", lowered)
        # One digit after a word counts the versions of a thing (parse2, first_2d) rather than things.
        if (
            numbers
            and not _TECHNICAL.fullmatch(lowered)
            and (max(map(len, numbers)) > 1 or lowered[0].isdigit() or len(parts) > 3)
        ):
            return numbers[0]
        if lowered in _COUNTS and at + 1 < len(parts):
            return lowered
    return ""


def task_noun_in(name: str, goal: str) -> str:
    """The word of a name that speaks of one task: "task", or a proper name or a quoted word of the goal; else ""."""
    own = words(name)
    if len(own) == 1 and own[0] in _ALONE:
        return own[0]
    generic = [word for word in own if word in _TASKS]
    if generic and len(own) > 1 and generic[0] not in ("new", "function", "func", "main", "bar", "goal"):
        return generic[0]
    named = {word.lower() for word in _proper_names(goal)}
    return next((word for word in own if word in named and len(word) > 3), "")


def _proper_names(goal: str) -> Iterable[str]:
    """Words with a capital inside a sentence, that are nowhere in small letters."""
    for match in re.finditer(r"(?<=[a-z,] )([A-Z][a-z]{3,})\b", goal):
        if not re.search(rf"\b{match[1].lower()}", goal) and match[1] not in (
            "Python",
            "True",
            "False",
            "None",
            "Unicode",
        ):
            yield match[1]


def task_literals(function: FunctionNode, goal: str) -> list[str]:
    """Literals in a function's body that its goal mentions as well, so that they may be better parameters.

    Numbers that are usual everywhere and one-letter texts are left out, and so is what is a default already; and texts
    that belong to what is asked for: keys under which something is found, names of fields, results.
    """
    asked_for = _asked_for(function)
    numbers = {float(text) for text in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*\w)", _without_code(goal))}
    quoted = {text for _, text in re.findall(r"(['\"`])([^'\"`\n]{3,40})\1", _without_code(goal))}
    found: list[str] = []
    for statement in function.body:
        for node in ast.walk(statement):
            if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
                continue
            value = node.value
            special = isinstance(value, int | float) and value not in _USUAL and float(value) in numbers
            if special or (isinstance(value, str) and value in quoted and value not in asked_for):
                found.append(repr(value))
    return list(dict.fromkeys(found))


def _asked_for(function: FunctionNode) -> set[str]:
    """Texts of a function that stand for a key, a field or a result; another one of them would be another function."""
    found: set[str] = set()
    for node in ast.walk(function):
        places: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            places = list(node.keys)
        elif isinstance(node, ast.Subscript):
            places = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _BY_KEY:
            places = list(node.args[:1] if node.func.attr != "group" else node.args)
        elif isinstance(node, ast.Return | ast.Yield):
            places = _results(node.value)
        elif isinstance(node, ast.DictComp | ast.For | ast.comprehension):
            places = _keys_in_turn(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip":
            places = [item for argument in node.args for item in _items(argument)]
        found |= {place.value for place in places if isinstance(place, ast.Constant) and isinstance(place.value, str)}
    return found


_BY_KEY = frozenset({"get", "pop", "setdefault", "group", "itemgetter", "getlist"})


def _results(value: ast.expr | None) -> list[ast.expr | None]:
    """What may come out: either side of a choice."""
    if isinstance(value, ast.IfExp):
        return [*_results(value.body), *_results(value.orelse)]
    if isinstance(value, ast.BoolOp):
        return [one for part in value.values for one in _results(part)]
    return [value]


def _keys_in_turn(node: ast.DictComp | ast.For | ast.comprehension) -> list[ast.expr | None]:
    """Names that are gone through one after the other: `for key in ("time", "level")`."""
    if isinstance(node, ast.DictComp):
        return [node.key]
    return _items(node.iter)


def _items(node: ast.expr) -> list[ast.expr | None]:
    return list(node.elts) if isinstance(node, ast.Tuple | ast.List | ast.Set) else []


def _without_code(goal: str) -> str:
    """The goal's prose: what stands in its examples are arguments already."""
    lines = [line for line in goal.splitlines() if not line.strip().startswith(">>>")]
    return re.sub(r"\w+\([^()\n]*\)\s*(?:==|=>|->|➞)\s*\S+", " ", "\n".join(lines))


def likeness(name: str, summary: str, other: Neighbour) -> float:
    """How hard it is to tell two functions apart by name and first line: 0 nothing in common, 1 the same words."""
    mine, theirs = _stems(words(name) + _plain(summary)), _stems(words(other.name) + _plain(other.summary))
    both = len(mine & theirs)
    return both / len(mine | theirs) if mine and theirs else 0.0


def nearest(
    name: str, summary: str, neighbours: Sequence[Neighbour], limit: float = 0.7
) -> list[tuple[float, Neighbour]]:
    """Neighbours that are hard to tell from it, the nearest first; `limit` is the likeness from which they count."""
    found = [(likeness(name, summary, other), other) for other in neighbours if other.name != name]
    return sorted([pair for pair in found if pair[0] >= limit], key=lambda pair: (-pair[0], pair[1].name))


def _plain(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _stems(given: Iterable[str]) -> set[str]:
    return {re.sub(r"(?<=\w{3})(ing|ed|es|s)$", "", word) for word in given if word not in _STOP}
