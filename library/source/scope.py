"""Which names a top-level statement binds and which global names it reads, by Python's own scope rules; pure."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from library.source.signature import parameter_names, parameter_nodes
from library.source.syntax_tree import FunctionNode, expression, names_within

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass
class Scope:
    """One block of names. `reads` holds what it reads from outside once it is closed."""

    kind: str  # "module", "class", "function", "comprehension"
    outer: "Scope | None" = None
    bound: set[str] = field(default_factory=set[str])
    globals: set[str] = field(default_factory=set[str])
    reads: list[ast.Name] = field(default_factory=list[ast.Name])
    writes: list[ast.Name] = field(default_factory=list[ast.Name])

    def bind(self, name: str) -> None:
        if name not in self.globals:
            self.bound.add(name)

    def close(self) -> None:
        """Hand what is not bound here to the block outside."""
        if self.outer is None:
            return
        if self.kind == "class":  # a class hides its names from the functions in it
            self.outer.reads += self.reads
        else:
            self.outer.reads += [node for node in self.reads if node.id not in self.bound]


def names_of(statement: ast.stmt) -> tuple[set[str], list[ast.Name]]:
    """The names that a top-level statement binds in its module, and the nodes that read names of the module.

    Names inside text annotations (`x: "Duration"`) count as read; a `global` inside a function counts as both.
    """
    module = Scope("module")
    _visit(statement, module)
    return module.bound, module.reads


def name_nodes(statement: ast.stmt) -> list[ast.Name]:
    """The nodes that read or assign names of the module. Where the column is negative (-1 minus it), the name
    stands somewhere between there and the node's end: in a text, or after `global`."""
    module = Scope("module")
    _visit(statement, module)
    return module.reads + module.writes


def _visit(node: ast.AST, scope: Scope) -> None:
    handle = _HANDLERS.get(node.__class__)
    if handle is not None:
        handle(node, scope)
        return
    for name in node._fields:
        value: Any = getattr(node, name, None)
        if isinstance(value, list):
            for item in cast(list[Any], value):
                if isinstance(item, ast.AST):
                    _visit(item, scope)
        elif isinstance(value, ast.AST):
            _visit(value, scope)


def _visit_all(nodes: Sequence[ast.AST], scope: Scope) -> None:
    for node in nodes:
        _visit(node, scope)


def _name(node: ast.Name, scope: Scope) -> None:
    if isinstance(node.ctx, ast.Load) or node.id in scope.globals:
        scope.reads.append(node)
    else:
        scope.bind(node.id)
        scope.writes.append(node)


def _nothing(node: ast.AST, scope: Scope) -> None:
    """Constants and contexts hold no names."""


def _annotation(node: ast.expr | None, scope: Scope) -> None:
    if node is None:
        return
    _visit(node, scope)
    for text in ast.walk(node):
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            inner = expression(text.value)
            scope.reads += _somewhere_in(text, sorted(names_within(inner))) if inner is not None else []


def _type_params(node: ast.AST, scope: Scope) -> Scope:
    """A block for `def f[T]`, where Python has it; else the same block."""
    params = getattr(node, "type_params", None)
    if not params:
        return scope
    inner = Scope("function", scope)
    for param in params:
        inner.bind(param.name)
        if getattr(param, "bound", None) is not None:
            _visit(param.bound, inner)
    return inner


def _function(node: FunctionNode, scope: Scope) -> None:
    scope.bind(node.name)
    _visit_all(node.decorator_list, scope)
    parameters = parameter_nodes(node)
    _visit_all([one.default for one in parameters if one.default is not None], scope)
    outer = _type_params(node, scope)
    inner = Scope("function", outer)
    for one in parameters:
        inner.bound.add(one.node.arg)
        _annotation(one.node.annotation, outer)
    _annotation(node.returns, outer)
    _visit_all(node.body, inner)
    inner.close()
    if outer is not scope:
        outer.close()


def _lambda(node: ast.Lambda, scope: Scope) -> None:
    _visit_all([one.default for one in parameter_nodes(node) if one.default is not None], scope)
    inner = Scope("function", scope)
    inner.bound.update(parameter_names(node))
    _visit(node.body, inner)
    inner.close()


def _class(node: ast.ClassDef, scope: Scope) -> None:
    scope.bind(node.name)
    _visit_all(node.decorator_list, scope)
    outer = _type_params(node, scope)
    _visit_all(node.bases, outer)
    _visit_all(node.keywords, outer)
    inner = Scope("class", outer)
    _visit_all(node.body, inner)
    inner.close()
    if outer is not scope:
        outer.close()


def _comprehension(node: Comprehension, scope: Scope) -> None:
    inner = Scope("comprehension", scope)
    for number, part in enumerate(node.generators):
        _visit(part.iter, scope if number == 0 else inner)
        _visit(part.target, inner)
        _visit_all(part.ifs, inner)
    if isinstance(node, ast.DictComp):
        _visit(node.key, inner)
        _visit(node.value, inner)
    else:
        _visit(node.elt, inner)
    inner.close()


def _walrus(node: ast.NamedExpr, scope: Scope) -> None:
    holder = scope
    while holder.kind == "comprehension" and holder.outer is not None:
        holder = holder.outer
    holder.bind(node.target.id)
    _visit(node.value, scope)


def _import(node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
    for alias in node.names:
        name = alias.asname or (alias.name.split(".")[0] if isinstance(node, ast.Import) else alias.name)
        scope.bind(name)


def _except(node: ast.ExceptHandler, scope: Scope) -> None:
    if node.type is not None:
        _visit(node.type, scope)
    if node.name:
        scope.bind(node.name)
    _visit_all(node.body, scope)


def _global(node: ast.Global, scope: Scope) -> None:
    scope.globals.update(node.names)
    scope.bound.difference_update(node.names)
    scope.reads += _somewhere_in(node, node.names)


def _somewhere_in(node: ast.expr | ast.stmt, names: list[str]) -> list[ast.Name]:
    place = {"lineno": node.lineno, "end_lineno": node.end_lineno or node.lineno}
    columns = {"col_offset": -1 - node.col_offset, "end_col_offset": node.end_col_offset or 0}
    return [ast.Name(id=name, ctx=ast.Load(), **place, **columns) for name in names]


def _nonlocal(node: ast.Nonlocal, scope: Scope) -> None:
    scope.globals.update(node.names)  # bound further out, not here


def _annotated(node: ast.AnnAssign, scope: Scope) -> None:
    _visit(node.target, scope)
    _annotation(node.annotation, scope)
    if node.value is not None:
        _visit(node.value, scope)


def _match_name(node: ast.MatchAs | ast.MatchStar, scope: Scope) -> None:
    if node.name:
        scope.bind(node.name)
    pattern = getattr(node, "pattern", None)
    if pattern is not None:
        _visit(pattern, scope)


def _match_mapping(node: ast.MatchMapping, scope: Scope) -> None:
    _visit_all(node.keys, scope)
    for pattern in node.patterns:
        _visit(pattern, scope)
    if node.rest:
        scope.bind(node.rest)


def _augmented(node: ast.AugAssign, scope: Scope) -> None:
    _visit(node.target, scope)
    if isinstance(node.target, ast.Name) and scope.kind == "module":
        scope.reads.append(node.target)
    _visit(node.value, scope)


_HANDLERS: dict[type[ast.AST], Callable[[Any, Scope], None]] = {
    ast.Name: _name,
    ast.Constant: _nothing,
    ast.Load: _nothing,
    ast.Store: _nothing,
    ast.Pass: _nothing,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Lambda: _lambda,
    ast.ClassDef: _class,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.NamedExpr: _walrus,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.ExceptHandler: _except,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.MatchAs: _match_name,
    ast.MatchStar: _match_name,
    ast.MatchMapping: _match_mapping,
}
