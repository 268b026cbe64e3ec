"""Inputs for a draft: calls made from its signature, its docstring and the examples; always the same ones. Pure."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, permutations, product, zip_longest
from random import Random
from typing import Any, cast

from library.examples.example import Example
from library.inputs.docstring_values import mentioned
from library.inputs.manner import Manner, manner_of
from library.inputs.perturb import exchanged, nearby, renumbered
from library.inputs.preconditions import Preconditions, contract_of, fits, is_meant
from library.inputs.short import short_values
from library.inputs.value_types import Raw, Vocabulary, borders, fitted, fresh, type_of_value, value_type, words_of
from library.source.literals import literal, written
from library.source.signature import Parameter, read_signature
from library.source.syntax_tree import FunctionNode, calls_of, expression, find_function, read_tree
from library.source.types import ANY, NONE, Type

LIMIT = 280
LONGEST = 140  # letters of a call; nobody answers a longer question
SMALL = 4  # whole numbers from 0 that are tried beside each other
ORDERS = 24  # in which arguments of one type are tried
_NUMBERS = re.compile(r"\d+\D+\d+")
_REST = "var-positional"
_STEPS: tuple[Callable[[Any], Any], ...] = (
    lambda items: items[:-1],
    lambda items: items[1:],
    lambda items: items[::-1],
    lambda items: items[: len(items) // 2 + 1],
    lambda items: items[-2:],
    lambda items: items + items[-1:],
    lambda items: items[:1] + items,
    lambda items: items + items,
)
_LAZY = ("Iterator", "Iterable", "Generator")
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Input:
    """A call of the draft.

    Attributes:
        call: a Python expression, "parse('P1D')".
        near: made by small steps from an example; else from the signature alone, so that nobody may care for it.
        apt: of the sort that the function is for, as far as its docstring and the examples tell: no ranges left, texts
            of the same words, letters and outline where the examples have those in common.
        said: the docstring mentions these very values, though not as an example.
        fits: every argument is of the type that the signature names for it.
    """

    call: str
    near: bool
    apt: bool = True
    said: bool = False
    fits: bool = True


@dataclass(frozen=True)
class Absent:
    """A parameter left to its default."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True)
class Shape:
    """How a function is called: parameters, what stands around the call, values that make sense, and what is
    known of those that do."""

    name: str
    parameters: tuple[Parameter, ...]
    before: str
    after: str
    seeds: tuple[Values, ...]
    said: tuple[Values, ...]
    words: Vocabulary
    manner: Manner
    contract: Preconditions

    def call(self, values: Sequence[Any]) -> str:
        """The expression for these values, one for each parameter; one that is left out before what can only be given
        by its place is written as its default."""
        pairs = list(zip(self.parameters, values, strict=True))
        placed = [at for at, (parameter, value) in enumerate(pairs) if _only_by_place(parameter, value)]
        last = max(placed, default=-1)
        arguments: list[str] = []
        skipped = False
        for at, (parameter, value) in enumerate(pairs):
            if isinstance(value, Absent):
                skipped = at > last
                arguments += [parameter.default] if at < last else []
            elif parameter.passed == _REST:
                arguments += [written(item) for item in cast("Sequence[Any]", value)]
            elif parameter.passed == "keyword-only" or skipped:
                arguments.append(f"{parameter.name}={written(value)}")
            else:
                arguments.append(written(value))
        return f"{self.before}{self.name}({', '.join(arguments)}){self.after}"


def _only_by_place(parameter: Parameter, value: Any) -> bool:
    """It is given, and by its place alone."""
    return not isinstance(value, Absent) and (
        parameter.passed == "positional-only" or (parameter.passed == _REST and value != [])
    )


def inputs_for(code: str, name: str, examples: Sequence[Example], limit: int = LIMIT) -> tuple[Input, ...]:
    """Calls that may show what a draft does: those of the examples first, then ones near them, then others.

    Near ones change one thing of an example (an item more, swapped words, one number off); the others are borders of
    the parameters' types (empty, zero, negative, what the code compares with) and values put together from the task's
    own numbers, words and letters. Chance has a fixed seed, so the same text gives the same calls.

    Args:
        code: Python text with the function.
        name: the function.
        examples: what is known of it already.
        limit: how many calls at most.

    Raises:
        SourceError: the code does not parse.
    """
    shape = shape_of(code, name, examples)
    if shape is None:
        return ()
    known = [(example.call, Input(example.call, True)) for example in examples]
    groups = [_near(shape), _crossed(shape), _at_borders(shape), _exchanged(shape), _new(shape)]
    made: dict[str, Input] = dict(known)
    for values in shape.said:
        spoken = replace(_input(shape, values, True), said=True)
        if len(spoken.call) <= LONGEST:
            made.setdefault(spoken.call, spoken)
    # As the groups take turns, a limit cuts all of them evenly; small steps come twice as they tell most.
    turns = zip_longest(*groups, islice(_far_walks(shape), limit))
    for turn in turns:
        for item in turn:
            if item is not None and len(made) < limit and len(item.call) <= LONGEST:
                made.setdefault(item.call, item)
        if len(made) >= limit:
            break
    return tuple(made.values())


def shape_of(code: str, name: str, examples: Sequence[Example]) -> Shape | None:
    """How the function called `name` is called; None if there is no such function, or nothing can be passed to it."""
    function = find_function(read_tree(code, "the draft"), name)
    if function is None:
        return None
    parameters = _parameters(function)
    bound = [(example, found) for example in examples if (found := _bind(example.call, name, parameters)) is not None]
    seeds = list({written(values): values for _, (values, *_rest) in bound}.values())
    results = [found for example in examples if (found := literal(example.expected)) is not None]
    doc = ast.get_docstring(function) or ""
    shown = seeds[:]
    said = mentioned(doc, name, [p.type for p in parameters]) if len(seeds) < 2 else []
    seeds += said
    atoms = [value for values in seeds for value in values] + [value for (value,) in results]
    words = words_of(atoms, function, doc)
    parameters = tuple(_narrowed(p, [values[at] for values in seeds]) for at, p in enumerate(parameters))
    around = [(before, after) for example, (_, before, after) in bound if not example.condition]
    before, after = max(around, key=around.count) if around else ("list(", ")") if _is_lazy(function) else ("", "")
    if any(p.type.name == "other" and not p.optional for p in parameters) and not seeds:
        return None
    random = Random(0)
    while len(seeds) < 3:
        first: Values = seeds[0] if seeds else (ABSENT,) * len(parameters)
        seeds.append(
            tuple(
                old if isinstance(old, Raw) else ABSENT if p.optional else _value(p, words, random)
                for p, old in zip(parameters, first, strict=True)
            )
        )
    manner = manner_of(shown or said, words.strings)
    contract = contract_of(doc, [p.name for p in parameters], shown)
    return Shape(name, parameters, before, after, tuple(seeds), tuple(said), words, manner, contract)


def _parameters(function: FunctionNode) -> tuple[Parameter, ...]:
    """With types in the words of values; of `*args` the type of the list of them."""
    found = ((one, value_type(one.type)) for one in read_signature(function).parameters)
    return tuple(replace(one, type=Type("list", (of,)) if one.passed == _REST else of) for one, of in found)


def _is_lazy(function: FunctionNode) -> bool:
    named = ast.unparse(function.returns).split("[")[0].split(".")[-1] in _LAZY if function.returns else False
    return named or any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def _bind(call: str, name: str, parameters: Sequence[Parameter]) -> tuple[Values, str, str] | None:
    """The values an example passes, and the text around its call."""
    calls = calls_of(expression(call), name)
    if len(calls) != 1 or any(isinstance(a, ast.Starred) for a in calls[0].args):
        return None
    node = calls[0]
    positional = [_value_of(argument) for argument in node.args]
    keywords = {keyword.arg: _value_of(keyword.value) for keyword in node.keywords}
    values: list[Any] = []
    for parameter in parameters:
        if parameter.passed == _REST:
            values.append(positional)
            positional = []
        elif parameter.positional and positional:
            values.append(positional.pop(0))
        elif parameter.name in keywords:
            values.append(keywords[parameter.name])
        elif parameter.optional:
            values.append(ABSENT)
        else:
            return None
    text = ast.get_source_segment(call.strip(), node) or ""
    before, _, after = call.strip().partition(text)
    return tuple(values), before, after


def _value_of(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return Raw(ast.unparse(node))


def _narrowed(parameter: Parameter, values: list[Any]) -> Parameter:
    """With no annotation, or one such as a bare `list`, the examples say what the values are."""
    real = [value for value in values if not isinstance(value, Absent)]
    if not real or not _is_vague(parameter.type):
        return parameter
    types = list(dict.fromkeys(wanted for value in real if not _is_vague(wanted := type_of_value(value))))
    if not types:
        return parameter
    if _takes_anything(parameter.type):
        # True is an int for Python, and None is forgotten most.
        types = [_widened(wanted) for wanted in types]
    return replace(parameter, type=types[0] if len(types) == 1 else Type("|", tuple(types)))


def _takes_anything(wanted: Type) -> bool:
    return wanted == ANY or any(map(_takes_anything, wanted.parts))


def _widened(wanted: Type) -> Type:
    odd = (Type("bool"), NONE)
    if wanted.name in ("list", "tuple", "set") and wanted.parts:
        inner = wanted.parts[0].parts if wanted.parts[0].name == "|" else wanted.parts[:1]
        return Type(wanted.name, (Type("|", (*inner, *odd)), *wanted.parts[1:]))
    return wanted if wanted.parts else Type("|", (wanted, *odd))


def _is_vague(wanted: Type) -> bool:
    return wanted.name in ("", "Any", "other") or any(_is_vague(part) for part in wanted.parts)


def _value(parameter: Parameter, words: Vocabulary, random: Random) -> Any:
    return fresh(parameter.type, words, random)


def _input(shape: Shape, values: Sequence[Any], near: bool) -> Input:
    given = [fitted(value, p.type) for value, p in zip(values, shape.parameters, strict=True)]
    apt = shape.manner.has(given) and shape.contract.allows(given)
    typed = all(
        is_meant(value, p.type) for value, p in zip(given, shape.parameters, strict=True) if value is not ABSENT
    )
    return Input(shape.call(given), near, apt, fits=typed)


def _near(shape: Shape) -> Iterator[Input]:
    """One step from an example, the examples and the parameters taking turns."""
    steps = [
        [(*seed[:at], other, *seed[at + 1 :]) for other in nearby(seed[at], shape.words)]
        for seed in shape.seeds[:8]
        for at in range(len(seed))
        if not isinstance(seed[at], Absent | Raw)
    ]
    # Where a number may be either, the same number as the other.
    steps += [
        [(*seed[:at], float(seed[at]), *seed[at + 1 :])]
        for seed in shape.seeds[:3]
        for at, parameter in enumerate(shape.parameters)
        if type(seed[at]) is int and Type("float") in parameter.type.parts
    ]
    for turn in zip_longest(*steps):
        for values in turn:
            if values is not None:
                yield _input(shape, values, True)


def _crossed(shape: Shape) -> Iterator[Input]:
    """Values of different parameters set against one another: alike, swapped, a length, an item."""
    yield from _alongside(shape)
    count = len(shape.parameters)
    for seed in shape.seeds[:6]:
        for one in range(count):
            for other in range(count):
                if one != other:
                    for value in _related(seed[one], seed[other]):
                        if fits(value, shape.parameters[other].type):
                            yield _input(shape, (*seed[:other], value, *seed[other + 1 :]), True)
            for another in shape.seeds[:6]:
                yield _input(shape, (*seed[:one], another[one], *seed[one + 1 :]), True)
        for order in islice(permutations(range(count)), 1, ORDERS):
            moved = [seed[at] for at in order]
            alike = all(type(new) is type(old) for new, old in zip(moved, seed, strict=True))
            if alike and all(fits(new, p.type) for new, p in zip(moved, shape.parameters, strict=True)):
                yield _input(shape, moved, True)


def _alongside(shape: Shape) -> Iterator[Input]:
    """Lists and texts that belong together cut, turned and doubled in the same way."""
    for seed in shape.seeds[:4]:
        sized = [at for at, value in enumerate(seed) if isinstance(value, list | str | tuple)]
        for step in _STEPS if len(sized) > 1 else ():
            yield _input(shape, [step(value) if at in sized else value for at, value in enumerate(seed)], True)


def _related(source: Any, target: Any) -> Iterator[Any]:
    """Values for one parameter that have to do with another's value."""
    if type(source) is type(target) and not isinstance(source, Absent | Raw):
        yield source
        yield from nearby(source, Vocabulary(), 6)
    if isinstance(source, list | str | tuple) and isinstance(target, int) and not isinstance(target, bool):
        length = len(cast("Sequence[Any]", source))
        yield from (length, length - 1, length + 1)
    if isinstance(source, list | tuple) and source:
        items = cast("Sequence[Any]", source)
        yield from (item for item in (items[0], items[-1], items[len(items) // 2]) if type(item) is type(target))
    if isinstance(source, str) and isinstance(target, str) and source:
        yield from (source[0], source[-1], source[:2])


def _at_borders(shape: Shape) -> Iterator[Input]:
    """Each parameter at its borders while the others keep an example's values; then all at theirs."""
    choices = [borders(parameter.type, shape.words) for parameter in shape.parameters]
    steps = [
        [(*seed[:at], value, *seed[at + 1 :]) for value in choices[at]]
        for seed in shape.seeds[:2]
        for at in range(len(shape.parameters))
    ]
    for turn in zip_longest(*steps):
        yield from (_input(shape, values, False) for values in turn if values is not None)
    random = Random(1)
    if len(choices) > 1 and all(choices):
        first = [options[:3] for options in choices]
        yield from (_input(shape, values, False) for values in islice(product(*first), 9))
        for _ in range(40):
            yield _input(shape, [random.choice(options) for options in choices], False)


def _exchanged(shape: Shape) -> Iterator[Input]:
    """What the task mentions in place of what the examples have, and all short texts where there are few; then small
    whole numbers beside each other."""
    steps = [
        [(*seed[:at], other, *seed[at + 1 :]) for other in islice(exchanged(seed[at], shape.words), 60)]
        for seed in shape.seeds[:2]
        for at in range(len(seed))
    ]
    short = [short_values(parameter.type, shape.manner, shape.words) for parameter in shape.parameters]
    steps.append(list(islice(product(*short), LIMIT)))
    for turn in zip_longest(*steps):
        yield from (_input(shape, values, True) for values in turn if values is not None)
    if 1 < len(shape.parameters) < 4 and all(p.type.name == "int" for p in shape.parameters):
        for values in product(range(SMALL), repeat=len(shape.parameters)):
            yield _input(shape, values, True)


def _new(shape: Shape) -> Iterator[Input]:
    """Values put together afresh."""
    random = Random(2)
    for number in range(LIMIT):
        seed = shape.seeds[number % len(shape.seeds)]
        values = [
            value
            if isinstance(value, Raw) or (p.optional and random.random() < 0.4)
            else _value(p, shape.words, random)
            for p, value in zip(shape.parameters, seed, strict=True)
        ]
        yield _input(shape, values, True)


def _far_walks(shape: Shape) -> Iterator[Input]:
    """Two to four steps from an example, every parameter moving: long, uneven values that mix several cases."""
    random = Random(3)
    for number in range(LIMIT * 2):
        values = list(shape.seeds[number % len(shape.seeds)])
        for at in range(len(values)):
            if isinstance(values[at], str) and number % 2 and _NUMBERS.search(values[at]):
                values[at] = renumbered(values[at], shape.words, random)
                continue
            for _ in range(random.randint(1, 3)):
                options = nearby(values[at], shape.words, 40) if not isinstance(values[at], Absent | Raw) else []
                values[at] = random.choice(options) if options else values[at]
        yield _input(shape, values, True)
