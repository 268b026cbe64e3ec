"""Signatures: what a function takes and gives, read from its text or its tree; the one walk over parameters. Pure."""

import ast
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from library.errors import SourceError
from library.source.syntax_tree import FunctionNode
from library.source.types import Type, type_of

Passed = Literal["positional-only", "positional-or-keyword", "var-positional", "keyword-only", "var-keyword"]
POSITIONAL: tuple[Passed, ...] = ("positional-only", "positional-or-keyword")
BY_NAME: tuple[Passed, ...] = ("positional-or-keyword", "keyword-only")
EVERY: tuple[Passed, ...] = get_args(Passed)
SignatureNode = ast.arguments | ast.arg  # what the tree of a signature is made of, beside expressions


class ParameterNode(NamedTuple):
    """A parameter in the tree."""

    node: ast.arg
    passed: Passed
    default: ast.expr | None = None


@dataclass(frozen=True)
class Parameter:
    """One parameter. `passed` is how its argument is; `default` is Python text, "" if there is none."""

    name: str
    type: Type
    passed: Passed = "positional-or-keyword"
    default: str = ""

    @property
    def positional(self) -> bool:
        """It takes one argument, which may be given by its place."""
        return self.passed in POSITIONAL

    @property
    def optional(self) -> bool:
        return bool(self.default) or self.passed.startswith("var-")


@dataclass(frozen=True)
class Signature:
    """What a function takes and gives; `extra` is its `**kwargs`, all others are among the parameters."""

    parameters: tuple[Parameter, ...]
    result: Type
    name: str = ""
    extra: Parameter | None = None
    waits: bool = False

    @property
    def positional(self) -> tuple[Parameter, ...]:
        """Those whose argument may be given by its place, one each."""
        return tuple(parameter for parameter in self.parameters if parameter.positional)

    @property
    def arity(self) -> tuple[int, int]:
        """Least and most arguments that it can be given by position."""
        least = sum(not parameter.optional for parameter in self.positional)
        endless = any(parameter.passed == "var-positional" for parameter in self.parameters)
        return least, 99 if endless else len(self.positional)

    @property
    def needs_names(self) -> bool:
        """It cannot be called without naming an argument."""
        return any(one.passed == "keyword-only" and not one.optional for one in self.parameters)


@lru_cache(maxsize=32768)
def signature_of(text: str) -> Signature:
    """The signature in the text of one, as `Function.signature` has it.

    Raises:
        SourceError: it is none.
    """
    return read_signature(signature_node(text))


def signature_node(text: str) -> FunctionNode:
    """The tree of a function with this signature and no body.

    Raises:
        SourceError: it is none.
    """
    line = text.strip().removesuffix(":").strip()
    if line.startswith("async ") and not line.startswith("async def "):
        line = line.replace("async ", "async def ", 1)
    elif not line.startswith(("def ", "async def ")):
        line = f"def {line}"
    try:
        node = ast.parse(f"{line}: ...").body[0]
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
        node = None
    if not isinstance(node, FunctionNode):
        raise SourceError(f"{text!r} is not a signature.", "Write (str, int) -> list[str], or a def line.")
    return node


def read_signature(node: FunctionNode, own: Container[str] = ()) -> Signature:
    """The signature of a function's tree.

    Args:
        node: the function.
        own: names that its text defines, which are not read as those of `typing`.
    """
    found = [
        Parameter(argument.arg, type_of(argument.annotation, own), passed, ast.unparse(default) if default else "")
        for argument, passed, default in parameter_nodes(node)
    ]
    extra = found.pop() if found and found[-1].passed == "var-keyword" else None
    waits = isinstance(node, ast.AsyncFunctionDef)
    return Signature(tuple(found), type_of(node.returns, own), node.name, extra, waits)


def parameter_nodes(function: FunctionNode | ast.Lambda) -> list[ParameterNode]:
    """The parameters in their order, as they stand in the tree."""
    every = function.args
    plain = [*every.posonlyargs, *every.args]
    defaults = [*[None] * (len(plain) - len(every.defaults)), *every.defaults]
    by_place = enumerate(zip(plain, defaults, strict=True))
    found = [ParameterNode(one, POSITIONAL[at >= len(every.posonlyargs)], default) for at, (one, default) in by_place]
    if every.vararg:
        found.append(ParameterNode(every.vararg, "var-positional"))
    by_name = zip(every.kwonlyargs, every.kw_defaults, strict=True)
    found += [ParameterNode(one, "keyword-only", default) for one, default in by_name]
    if every.kwarg:
        found.append(ParameterNode(every.kwarg, "var-keyword"))
    return found


def parameter_names(function: FunctionNode | ast.Lambda, passed: Container[Passed] = EVERY) -> list[str]:
    """The names of the parameters that are passed so, in their order."""
    return [one.node.arg for one in parameter_nodes(function) if one.passed in passed]
