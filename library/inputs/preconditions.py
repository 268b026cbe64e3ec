"""Preconditions: which arguments a function is for, by its parameters' types and its docstring's words. Pure."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from library.source.literals import items_of, literal, written
from library.source.syntax_tree import expression, names_within
from library.source.types import Type

_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,), "float": (float, int), "complex": (complex, float, int), "str": (str,), "bool": (bool,),
    "bytes": (bytes,), "None": (type(None),),
    "list": (list, tuple), "tuple": (tuple,), "set": (set, frozenset), "dict": (dict,),
}  # fmt: skip
_NUMBERS = r"(?:\w+[ -])?(?:integers?|ints?|numbers?|floats?|floating)"
_POSITIVE = re.compile(
    rf"(?:(?:list|array|sequence|set|pair|lot)s? of|\ban?|two|three|given|takes?|is|are)\s+(?:strictly )?"
    rf"positive\s+{_NUMBERS}|natural numbers?",
    re.IGNORECASE,
)
_NOT_NEGATIVE = re.compile(r"non[- ]?negative|not negative|whole numbers?", re.IGNORECASE)
_NOT_EMPTY = re.compile(r"non[- ]?empty|not empty|never empty", re.IGNORECASE)
_AS_LONG = re.compile(r"(?:same|equal) (?:length|size)|equally long|as long as", re.IGNORECASE)
_THINGS = "(?:elements|items|values|numbers|integers|words)"
_WITHOUT_TWINS = re.compile(
    rf"(?:have|has|of|contains?|with) (?:only )?(?:unique|distinct|different) {_THINGS}"
    rf"|{_THINGS} are (?:all )?(?:unique|distinct|different)"
    r"|(?:not|never) contain (?:any )?duplicate|without duplicates",
    re.IGNORECASE,
)
_LETTERS = re.compile(
    r"\bonly (?:\w+ )?letters(?P<gaps> (?:and|or) (?:spaces|blanks))?(?!\w|\s*,|\s+(?:and|or)\b)|\b\w+ letters? only",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\b(?:only (?:of |contains? )?|of only )digits(?!\s*,|\s+(?:and|or)\b)", re.IGNORECASE)
_NUMERALS = ("none", "one", "two", "three", "four")
_COUNT = re.compile(r"\b(?:list|array|sequence) of (?P<count>two|three|four) \w+s\b(?! \w+s\b)", re.IGNORECASE)
_AT_LEAST = re.compile(
    r"\b(?:list|array|sequence)\b[\w ]{0,20}\(?of length at least (?P<count>one|two|three|four)\b", re.IGNORECASE
)
_SQUARE = re.compile(r"\b(\w+) rows and \1 columns\b", re.IGNORECASE)
_EVEN = re.compile(r"\b(?P<which>even|odd) (?:number of|count|length)", re.IGNORECASE)
_OF_INPUTS = re.compile(
    r"\bassum|\bguarant|\byou (?:are|will be) given\b|\btakes\b|\bwill (?:only|not|never|always|contain|have|be)\b",
    re.IGNORECASE,
)
_OF_RESULTS = re.compile(
    r"return|result|remove|whether|unless|produc"
    r"|\b(?:find|counts?|makes?|gives?|checks?|true|false|if|raises?|keeps?|kept|drops?|splits?|merges?|appends?|reverses?"
    r"|so that|valid|output)\b",
    re.IGNORECASE,
)
_CHAIN = re.compile(r"[\w()\[\].^-]+(?:\s*(?:<=|>=|<|>|≤|≥)\s*[\w()\[\].^-]+)+")
_ASSUMED = re.compile(r"assum|constraint|restrict|guarant|given that|always|knowing", re.IGNORECASE)
_LENGTH = re.compile(r"\b(\w+)\.length\b")
_BOUND = re.compile(
    r"\(?\b(\w+)\)? (?:is|are|will be) (?:always )?"
    r"(?:(?P<below>less|smaller|lower) th[ae]n|(?P<above>greater|larger|bigger|more) th[ae]n|(?P<most>at most)"
    r"|at least)"
    r"(?P<equal> or equal to)? (-?\d+)\b",
    re.IGNORECASE,
)
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
_HIGHEST = 99  # power of a bound: "10^9"
Rule = Callable[[Sequence[Any]], bool]


@dataclass(frozen=True)
class Preconditions:
    """The rules that a docstring gives for the arguments, as far as they are understood here."""

    rules: tuple[Rule, ...] = ()

    def allows(self, values: Sequence[Any]) -> bool:
        """Whether the arguments, one for each parameter, keep all rules; what cannot be judged is allowed."""
        return all(_kept(rule, values) for rule in self.rules)


def contract_of(doc: str, names: Sequence[str], seen: Sequence[Sequence[Any]]) -> Preconditions:
    """What a docstring says of the arguments: "1 <= n <= 100", "a positive integer", "non-empty", "of equal length".

    Args:
        doc: the docstring; prose is only looked at for a few usual phrases.
        names: of the parameters.
        seen: arguments of examples; a rule that one of them breaks was misunderstood and is left out.
    """
    found = [*_phrases(doc), *_chains(doc, names)]
    return Preconditions(tuple(rule for rule in found if all(_kept(rule, values) for values in seen)))


def _kept(rule: Rule, values: Sequence[Any]) -> bool:
    try:
        return rule(values)
    except (TypeError, ValueError, IndexError, ArithmeticError):
        return True


def _phrases(doc: str) -> Iterator[Rule]:
    said = re.split(r"[.;:]\s|\n\s*\n", doc)
    of_inputs = "\n".join(
        " ".join(one.split()) for one in said if _OF_INPUTS.search(one) and not _OF_RESULTS.search(one)
    )
    if _POSITIVE.search(doc):
        yield lambda values: all(number > 0 for number in _numbers(values))
    elif _NOT_NEGATIVE.search(doc):
        yield lambda values: all(number >= 0 for number in _numbers(values))
    if _NOT_EMPTY.search(doc):
        yield lambda values: all(_sized(values))
    if _WITHOUT_TWINS.search(of_inputs):
        yield lambda values: all(map(_differ, values))
    if counted := _COUNT.search(of_inputs):
        count = _NUMERALS.index(counted["count"].lower())
        yield lambda values: all(len(value) == count for value in _lists(values))
    if counted := _AT_LEAST.search(doc):
        least = _NUMERALS.index(counted["count"].lower())
        yield lambda values: all(len(value) >= least for value in _lists(values))
    if even := _EVEN.search(of_inputs):
        rest = int(even["which"].lower() == "odd")
        yield lambda values: all(len(value) % 2 == rest for value in _lists(values))
    if letters := _LETTERS.search(of_inputs):
        gaps = " " if letters["gaps"] else ""
        yield lambda values: all(_of(text, str.isalpha, gaps) for text in texts_in(values))
    if _DIGITS.search(of_inputs):
        yield lambda values: all(_of(text, str.isdigit) for text in texts_in(values))
    if any(_SQUARE.search(one) for one in said if not _OF_RESULTS.search(one)):
        yield lambda values: all(_is_square(rows) for rows in _lists(values))
    if _AS_LONG.search(doc):
        yield lambda values: len({len(value) for value in _sized(values)}) < 2


def _numbers(values: Any) -> Iterator[int | float]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _numbers(cast("list[Any]", value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield value


def _differ(value: Any) -> bool:
    """No two items are alike, if it has an order."""
    items = items_of(value) if isinstance(value, list | tuple) else []
    return len(set(map(written, items))) == len(items)


def _of(text: str, kind: Callable[[str], bool], others: str = "") -> bool:
    """Whether a text is empty or made of one kind of ASCII characters, beside a few others."""
    return all(letter in others or (letter.isascii() and kind(letter)) for letter in text)


def texts_in(values: Iterable[Any]) -> list[str]:
    """The texts among values and in the lists among them."""
    found: list[str] = []
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list | tuple):
            found += texts_in(cast("list[Any]", value))
    return found


def _lists(values: Sequence[Any]) -> list[list[Any]]:
    return [value for value in values if isinstance(value, list)]


def _is_square(rows: list[Any]) -> bool:
    return all(not isinstance(row, list) or len(cast("list[Any]", row)) == len(rows) for row in rows)


def _sized(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, list | tuple | str | dict | set)]


def _chains(doc: str, names: Sequence[str]) -> Iterator[Rule]:
    """Comparisons of parameters; with only one side they may as well say what the function tells apart."""
    for line in doc.splitlines():
        for match in _CHAIN.finditer(_BOUND.sub(_in_signs, line)):
            signs = match[0].replace("≤", "<=").replace("≥", ">=").replace("^", "**").strip(".")
            tree = expression(_LENGTH.sub(r"len(\1)", signs))
            if not isinstance(tree, ast.Compare) or (len(tree.ops) < 2 and not _ASSUMED.search(line)):
                continue
            sides = [tree.left, *tree.comparators]
            known = names_within(*sides) - {"len"}
            places = {name: names.index(name) if name in names else 0 for name in known}
            if known <= set(names) or len(names) == 1:  # with one parameter it is clear who is meant
                yield _rule(sides, tree.ops, places)


def _in_signs(said: re.Match[str]) -> str:
    """ "n is at least 3" as "n >= 3"."""
    sign = "<" if said["below"] or said["most"] else ">"
    strict = (said["below"] or said["above"]) and not said["equal"]
    return f"{said[1]} {sign}{'' if strict else '='} {said[said.re.groups]}"


def _rule(sides: Sequence[ast.expr], ops: Sequence[ast.cmpop], places: dict[str, int]) -> Rule:
    def holds(values: Sequence[Any]) -> bool:
        given = [_worth(side, values, places) for side in sides]
        return all(_ORDER[type(op)](a, b) for op, a, b in zip(ops, given, given[1:], strict=False))

    return holds


def _worth(node: ast.expr, values: Sequence[Any], places: dict[str, int]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return values[places[name]]
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]):
            return len(values[places[name]])
        case ast.BinOp(left=ast.Constant(value=int() as base), op=ast.Pow(), right=ast.Constant(value=int() as power)):
            return base ** min(power, _HIGHEST)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_worth(inner, values, places)
        case _:
            raise ValueError


def fits(value: Any, wanted: Type) -> bool:
    """Whether a value is of a type in the words of values, as far as that is known."""
    if wanted.name in ("", "Any", "other"):
        return True
    if wanted.name == "Literal":
        return value in [found[0] for part in wanted.parts if (found := literal(part.name))]
    if wanted.name == "|":
        return any(fits(value, part) for part in wanted.parts)
    if not isinstance(value, _TYPES[wanted.name]) or (
        isinstance(value, bool) and wanted.name in ("float", "complex", "str")
    ):
        return False
    return all(_parts_fit(value, wanted))


def is_meant(value: Any, wanted: Type) -> bool:
    """Whether a signature means such a value: as `fits`, and True is no number although Python takes it for one."""
    return fits(value, wanted) and not (_has_bool(value) and not _takes_bool(wanted))


def _has_bool(value: Any) -> bool:
    if isinstance(value, dict):
        held = cast("dict[Any, Any]", value)
        return any(map(_has_bool, (*held, *held.values())))
    return any(map(_has_bool, items_of(value))) if isinstance(value, list | tuple | set) else isinstance(value, bool)


def _takes_bool(wanted: Type) -> bool:
    return wanted.name in ("", "Any", "other", "bool", "Literal") or any(map(_takes_bool, wanted.parts))


def _parts_fit(value: Any, wanted: Type) -> Iterator[bool]:
    if wanted.name in ("list", "set") or (wanted.name == "tuple" and wanted.endless):
        for item in items_of(value)[:20]:
            yield fits(item, wanted.parts[0]) if wanted.parts else True
    elif wanted.name == "tuple":
        yield len(value) == len(wanted.parts) and all(map(fits, value, wanted.parts))
    elif wanted.name == "dict" and len(wanted.parts) == 2:
        for key, item in list(cast("dict[Any, Any]", value).items())[:20]:
            yield fits(key, wanted.parts[0]) and fits(item, wanted.parts[1])
