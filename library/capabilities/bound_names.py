"""Bound names: what each name of a text can stand for: something imported, something of its own, or a builtin. Pure.

The ground of both scans: what code could reach (scan.py) and what it does when imported (import_time_calls.py).
"""

import ast
import builtins
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from library.capabilities.reexports import real_place
from library.source.signature import POSITIONAL, parameter_nodes
from library.source.syntax_tree import Definition, FunctionNode, every_node


def _sets() -> dict[str, set[str]]:
    return defaultdict(set)


@dataclass
class Bound:
    """The names of one module's text.

    Attributes:
        places: for each name that some import binds, wherever it stands, all that it may stand for ("os.path").
        own: names that the module's top binds otherwise, and nothing takes away again.
        sure: of these, those that are bound at the top itself and not under a condition, so that a builtin of that name
            cannot be meant.
    """

    places: dict[str, set[str]] = field(default_factory=_sets)
    own: set[str] = field(default_factory=set[str])
    sure: set[str] = field(default_factory=set[str])

    def of(self, node: ast.expr, hidden: Collection[str] = ()) -> set[str]:
        """The dotted names that `a.b.c` may stand for, when `a` was imported; none for anything else.

        Args:
            node: a name or an attribute.
            hidden: names that mean something else where the node stands.
        """
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in hidden:
            return set()
        return {".".join([root, *reversed(names)]) for root in self.places.get(node.id, ())}

    def is_builtin(self, name: str) -> bool:
        """Whether a name can only mean Python's builtin."""
        return hasattr(builtins, name) and name not in self.places and name not in self.own


def bound_names(tree: ast.Module) -> Bound:
    """What the names of a module's text stand for."""
    bound = Bound()
    taken = set[str]()
    bound.own = names_in(tree)
    for node in every_node(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                bound.places[alias.asname or whole].add(whole)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                if alias.name != "*":
                    bound.places[alias.asname or alias.name].add(f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Delete):
            taken |= _names(node)
        elif isinstance(node, ast.Global):
            bound.own.update(node.names)
    for node in tree.body:
        if isinstance(node, Definition):
            bound.sure.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and getattr(node, "value", None) is not None:
            bound.sure |= _names(node)
    bound.sure -= taken | bound.places.keys()
    return bound


def in_block(scope: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a block, what lies in inner blocks left out."""
    queue = list(ast.iter_child_nodes(scope))
    while queue:
        node = queue.pop()
        yield node
        if not isinstance(node, Definition | ast.Lambda):
            queue += ast.iter_child_nodes(node)


def names_in(scope: ast.AST) -> set[str]:
    """Names that are assigned or defined in a block, inner blocks left out."""
    found: set[str] = set()
    for node in in_block(scope):
        if isinstance(node, Definition):
            found.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        if isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
    return found


def in_comprehensions(scope: ast.AST) -> set[str]:
    """Names that only comprehensions bind: outside of them they mean what they meant before."""
    nodes = every_node(scope)
    targets = [inner for node in nodes if isinstance(node, ast.comprehension) for inner in every_node(node.target)]
    inside = {inner for inner in targets if isinstance(inner, ast.Name)}
    stored = {node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return {node.id for node in inside} - {node.id for node in stored - inside}


def handed_in(tree: ast.Module) -> set[str]:
    """Names that are only arguments without a default, and for which no None is handed in by name."""
    nodes = every_node(tree)
    found, other = set[str](), {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    for node in nodes:
        if isinstance(node, FunctionNode | ast.Lambda):
            for one in parameter_nodes(node):
                (found if one.passed in POSITIONAL and one.default is None else other).add(one.node.arg)
        elif isinstance(node, ast.Call):
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            if any(isinstance(value, ast.Constant) and value.value is None for value in values):
                return set()
    return found - other


def listed(places: Collection[str]) -> set[str]:
    """The places and what they really are."""
    return {*places, *map(real_place, places)}


def _names(node: ast.AST) -> set[str]:
    return {
        inner.id
        for inner in every_node(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store | ast.Del)
    }
