"""What an expression means by names of Python's own library, by its syntax tree (`supplied` knows the names). Pure."""

import ast
from collections.abc import Container, Iterable

from library.examples.implied_imports import free_names, obvious


def import_of(name: str, text: str) -> str:
    """The import line that brings a name as a text uses it, "" if no part of Python's own library is known by it."""
    found = obvious(name, text)
    return found.line if found else ""


def imports_for(tree: ast.AST, bound: Container[str] = ()) -> list[str]:
    """Import lines for what an expression uses and nobody else has bound; pytest is left out."""
    text = ast.unparse(tree)
    lines = {import_of(name, text) for name in free_names(tree) if name not in bound}
    return sorted(line for line in lines if line and "pytest" not in line)


class _Plain(ast.NodeTransformer):
    def __init__(self, taken: Container[str]) -> None:
        self.taken = taken

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        module = node.value.id if isinstance(node.value, ast.Name) else ""
        if not module or module in self.taken or node.attr in self.taken:
            return node
        found = obvious(node.attr, node.attr)
        plain = found is not None and found.module == module and found.name == node.attr
        return ast.copy_location(ast.Name(node.attr, node.ctx), node) if plain else node


def without_modules(tree: ast.AST, taken: Iterable[str] = ()) -> ast.AST:
    """`datetime.date(2024, 1, 1)` as `date(2024, 1, 1)`, as a module's name may mean something else elsewhere.

    Args:
        tree: an expression; it is changed.
        taken: names that mean something else.
    """
    return _Plain(frozenset(taken)).visit(tree)
