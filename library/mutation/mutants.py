"""Mutants: the small slips a body might have, one at a time, as text; those unnoticed are worth a question. Pure."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from library.mutation.operators import slips
from library.source.syntax_tree import Definition, FunctionNode, read_tree

LIMIT = 160


@dataclass(frozen=True)
class Mutant:
    """A draft's code with one slip in it.

    Attributes:
        kind: which sort of slip: "boundary", "arithmetic", "constant", ...
        line: line of the slip in the code that was given, from 1.
        before: the piece of code as it was, on one line.
        after: the piece as it is in the mutant; "" if it was taken out.
        function: the whole top-level function with the slip; put after the other code it replaces the one before.
    """

    kind: str
    line: int
    before: str
    after: str
    function: str

    @property
    def text(self) -> str:
        """The mutant on one line, for people and for the model."""
        change = f"{self.before} -> {self.after}" if self.after else f"without {self.before}"
        return f"line {self.line}: {change}"


def mutants(code: str, limit: int = LIMIT) -> tuple[Mutant, ...]:
    """First-order mutants of every function in a text, the same ones for the same text, no two alike.

    The idea is DeMillo's, Lipton's and Sayward's (1978): tests that tell a program from its near neighbours tell most
    wrong programs from right ones too.

    Args:
        code: Python text; its top-level functions are mutated, their docstrings, annotations and decorators are not.
        limit: how many at most; with more to be had, each kind of slip gets its turn before one gets a second.

    Raises:
        SourceError: the text does not parse.
    """
    tree = read_tree(code, "the draft")
    seen: set[str] = set()
    found: list[Mutant] = []
    for top in tree.body:
        if isinstance(top, FunctionNode):
            bare = _without_docstrings(top)
            seen.add(ast.unparse(bare))
            found += [mutant for mutant in _of(bare) if mutant.function not in seen and not seen.add(mutant.function)]
    return tuple(_take_turns(found, limit))


def _of(function: FunctionNode) -> Iterator[Mutant]:
    for slip in slips(function):
        before = _short(slip.node)
        with slip.made():
            try:
                text = ast.unparse(function)
                after = _short(slip.replacement) if slip.replacement is not None else ""
            except (ValueError, TypeError, RecursionError):
                continue  # a tree that has no text
        yield Mutant(slip.kind, slip.line, before, after, text)


def _short(node: ast.AST) -> str:
    text = ast.unparse(node)
    if isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
        text = text.split("\n")[0] + " ..." + (" else ..." if getattr(node, "orelse", []) else "")
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


def _without_docstrings(function: FunctionNode) -> FunctionNode:
    for node in ast.walk(function):
        if isinstance(node, Definition) and ast.get_docstring(node, False):
            node.body = node.body[1:] or [ast.Pass(lineno=node.lineno, col_offset=0)]
    return function


def _take_turns(found: list[Mutant], limit: int) -> list[Mutant]:
    """At most `limit` of them: kinds in turn, and within a kind spread over the text; in the order of the text."""
    if len(found) <= limit:
        return found
    kinds: dict[str, list[int]] = {}
    for number, mutant in enumerate(found):
        kinds.setdefault(mutant.kind, []).append(number)
    queues = [_spread(numbers) for numbers in kinds.values()]
    chosen: list[int] = []
    while len(chosen) < limit:
        queues = [queue for queue in queues if queue]
        chosen += [queue.pop(0) for queue in queues][: limit - len(chosen)]
    return [found[number] for number in sorted(chosen)]


def _spread(numbers: list[int]) -> list[int]:
    """Reordered so that every beginning of the list covers all of it evenly (van der Corput's sequence)."""
    bits = max(1, (len(numbers) - 1).bit_length())
    order = [int(f"{number:0{bits}b}"[::-1], 2) for number in range(1 << bits)]
    return [numbers[place] for place in order if place < len(numbers)]
