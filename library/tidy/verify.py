"""Whether functions still give what they gave: recorded calls and made inputs, before and after, in the sandbox.

Recorded are the calls in docstrings, in the tests, and in evidence/NAME.json. To those come the inputs on which
functions are compared for duplicates.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from library.duplicates.candidates import BatchCalls
from library.duplicates.comparison_inputs import fitting, fixed, made_for
from library.errors import SourceError
from library.evidence.evidence import evidence_file, read_evidence
from library.examples.docstring_examples import examples_in
from library.execution.batch_calls import stage
from library.execution.marks import RAISED, RESULT, UNKNOWN
from library.execution.pace import Pace
from library.sandbox import Sandbox
from library.source.closure import running
from library.source.function import Function, Parsed
from library.source.signature import signature_of
from library.source.syntax_tree import expression
from library.store import Library
from library.suite.suite import Suite

MADE, FIXED = 60, 30  # inputs of one function beside the recorded calls
RECORDED = 200
PORTION = 60
_PACE = Pace(call=150_000, process=8_000_000, total=200_000_000, total_s=300.0)
_PATIENT = Pace(call=2_000_000, process=10_000_000, total=200_000_000, total_s=300.0)

Calls = Mapping[str, Sequence[str]]  # function -> argument tuples as text


@dataclass(frozen=True)
class Comparison:
    """What a comparison says.

    Attributes:
        equal: for each function how many calls gave the same, results and errors.
        differing: calls that did not, in words; at most a few.
    """

    equal: Mapping[str, int]
    differing: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return sum(self.equal.values())


def recorded(library: Library, suite: Suite, functions: Sequence[Function]) -> dict[str, list[str]]:
    """Argument tuples, as text, of every call that is written down for these functions.

    Args:
        library: where their evidence lies.
        suite: the tests.
        functions: which.
    """
    named = {function.name: function for function in functions}
    found: dict[str, dict[str, None]] = {name: {} for name in named}
    here = {name: there for name, there in suite.imports.items() if there in named}
    for piece in suite.tests(set(named)):
        for top in piece.nodes:
            _collect(top, here, named, found)
    for function in functions:
        texts = [example.call for example in examples_in(function.doc, function.name)]
        texts += _evidence(library, function.name)
        for text in texts:
            if tree := expression(text):
                _collect(tree, {}, named, found)
    return {name: list(rows)[:RECORDED] for name, rows in found.items()}


def _evidence(library: Library, name: str) -> list[str]:
    try:
        evidence = read_evidence(library.memory.read(evidence_file(name)), name)
    except SourceError:
        return []
    return [shown.call for shown in evidence.results] if evidence else []


def _collect(
    top: ast.AST, here: Mapping[str, str], named: Mapping[str, Function], found: dict[str, dict[str, None]]
) -> None:
    for node in ast.walk(top):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            function = named.get(here.get(str(called), str(called)))
            text = _arguments(node, function) if function is not None else ""
            if function is not None and text:
                found[function.name].setdefault(text)


def _arguments(call: ast.Call, function: Function) -> str:
    """The arguments as the text of a tuple, those by name in their places; "" if that cannot be."""
    names = [parameter.name for parameter in signature_of(function.signature).positional]
    values = dict(enumerate(call.args))
    for keyword in call.keywords:
        if keyword.arg not in names:
            return ""
        values[names.index(keyword.arg)] = keyword.value
    if sorted(values) != list(range(len(values))) or any(isinstance(value, ast.Starred) for value in values.values()):
        return ""
    return ast.unparse(ast.Tuple([values[number] for number in range(len(values))], ast.Load()))


def made(function: Function) -> list[str]:
    """Inputs that nobody wrote down: made for the function, and some of those that are tried on all."""
    found = list(made_for(function.source, function.name, function.doc, MADE))
    least, most = signature_of(function.signature).arity
    if most and 1 <= max(1, least) <= 3:
        texts = fixed(max(1, least))
        fits = fitting(function, texts)
        found += [texts[at] for at in fits[:: max(1, len(fits) // FIXED)][:FIXED]]
    return list(dict.fromkeys(found))


def compare(old: Parsed, new: Parsed, calls: Calls, sandbox: Sandbox) -> Comparison:
    """Make the same calls in the library as it is and as it would be.

    What takes too long in both, or is not the same twice in the old one, says nothing.

    Args:
        old: the library as it is.
        new: as it would be.
        calls: the calls; functions that are not in both, and those that reach outside, are passed over.
        sandbox: where they are made.
    """
    before = BatchCalls(stage(running(old, calls)), sandbox)
    after = BatchCalls(stage(running(new, calls)), sandbox)
    names = [name for name in calls if before.on.runs(name) and after.on.runs(name)]
    left, right = _marks(before, names, calls, _PACE), _marks(after, names, calls, _PACE)
    unlike = {
        call: mark for call, mark in left.items() if mark[0] in (RESULT, RAISED) and right.get(call, UNKNOWN) != mark
    }
    if unlike:  # once more with patience: perhaps it was slow, or is not the same twice
        rows = {name: [text for owner, text in unlike if owner == name] for name in names}
        first, second = _marks(before, names, rows, _PATIENT), _marks(before, names, rows, _PATIENT)
        right |= _marks(after, names, rows, _PATIENT)
        steady = {call for call in unlike if first.get(call) == second.get(call) == unlike[call]}
        left = {call: mark for call, mark in left.items() if call not in unlike or call in steady}
    counted = {call: mark for call, mark in left.items() if mark[0] in "=!"}
    equal = {name: sum(right.get(call) == mark for call, mark in counted.items() if call[0] == name) for name in names}
    differing = [f"{name}{_shown(text)}" for name, text in counted if right.get((name, text)) != counted[name, text]]
    return Comparison(equal, tuple(differing[:5]))


def _shown(text: str) -> str:
    return text[:-2] + ")" if text.endswith(",)") else text


def _marks(on: BatchCalls, names: Iterable[str], calls: Calls, pace: Pace) -> dict[tuple[str, str], str]:
    inputs: dict[str, int] = {}
    tasks: list[tuple[str, list[int]]] = []
    for name in names:
        numbers = [inputs.setdefault(text, len(inputs)) for text in calls[name]]
        tasks += [(name, numbers[at : at + PORTION]) for at in range(0, len(numbers), PORTION)]
    texts = list(inputs)
    rows = on.marks(tasks, texts, pace)
    return {
        (name, texts[number]): mark
        for (name, numbers), marks in zip(tasks, rows, strict=True)
        for number, mark in zip(numbers, marks, strict=False)
    }
