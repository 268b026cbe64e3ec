"""Signatures: what a function takes and gives, read from its text or its tree; the one walk over parameters. Pure."""

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from library.errors import SourceError
from library.source.syntax_tree import FunctionNode
from library.source.types import Type, type_of

Passed = Literal["positional-only", "positional-or-keyword", "var-positional", "keyword-only", "var-keyword"]


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
        return self.passed in ("positional-only", "positional-or-keyword")

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
        for argument, passed, default in _walk(node.args)
    ]
    extra = found.pop() if found and found[-1].passed == "var-keyword" else None
    waits = isinstance(node, ast.AsyncFunctionDef)
    return Signature(tuple(found), type_of(node.returns, own), node.name, extra, waits)


def _walk(arguments: ast.arguments) -> Iterator[tuple[ast.arg, Passed, ast.expr | None]]:
    plain = positional_arguments(arguments)
    first = len(plain) - len(arguments.defaults)
    for at, one in enumerate(plain):
        passed: Passed = "positional-only" if at < len(arguments.posonlyargs) else "positional-or-keyword"
        yield one, passed, arguments.defaults[at - first] if at >= first else None
    if arguments.vararg:
        yield arguments.vararg, "var-positional", None
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield one, "keyword-only", default
    if arguments.kwarg:
        yield arguments.kwarg, "var-keyword", None


def defaults_of(arguments: ast.arguments) -> list[tuple[ast.arg, ast.expr]]:
    """The parameters that have a default, each with it."""
    return [(one, default) for one, _, default in _walk(arguments) if default is not None]


def positional_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """The parameters whose argument may be given by its place, one each."""
    return [*arguments.posonlyargs, *arguments.args]


def named_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters but `*args` and `**kwargs`."""
    return [*positional_arguments(arguments), *arguments.kwonlyargs]


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters, `*args` and `**kwargs` last."""
    return named_arguments(arguments) + [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
