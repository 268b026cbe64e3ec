"""Capabilities: what a piece of code could reach beyond its arguments, found in its text without running it. Pure."""

import ast
import builtins
import sys
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass

from library.reach import (
    BACK_DOORS,
    BUILTINS,
    CLOCK,
    EVAL,
    METHODS,
    NAMES,
    PACKAGES,
    RANDOMNESS,
    REST,
    WHOLE,
)
from library.tree import read_tree

_MODULES = {name.split(".")[0] for name in NAMES if NAMES[name]} | set(WHOLE) | set(REST)


@dataclass(frozen=True)
class Capability:
    """One thing that the code could do.

    Attributes:
        name: "files", "network", "processes", "eval" (other code, imports by name, ways around), "environment",
            "clock", "randomness" or "packages" (not part of Python).
        line: in the code, from 1.
        what: the name that gives it away, "os.environ".
    """

    name: str
    line: int
    what: str

    @property
    def text(self) -> str:
        """On one line: "environment (os.environ, line 4)"."""
        return f"{self.name} ({self.what}, line {self.line})"

    def to_json(self) -> dict[str, object]:
        """As data for the journal."""
        return asdict(self)


def capabilities(code: str, ours: Collection[str] = ("library",)) -> tuple[Capability, ...]:
    """What the code could reach, in the order of its lines, each thing once.

    It errs towards finding: a module that is passed around, or reached by a computed name, counts with all it can do.
    What is found says what the text can do, not that it is bad; what is not found is still held by the sandbox.

    Args:
        code: Python text.
        ours: modules that may be imported without being called a package.

    Raises:
        SourceError: the code does not parse.
    """
    scan = _Scan(frozenset(ours))
    scan.visit(read_tree(code, "the draft"))
    unique = {(found.name, found.what): found for found in reversed(scan.found)}
    return tuple(sorted(unique.values(), key=lambda found: (found.line, found.name, found.what)))


class _Scan(ast.NodeVisitor):
    """Follows names to the modules that they were imported from; minds local names that hide builtins."""

    def __init__(self, ours: frozenset[str]) -> None:
        self.ours = ours
        self.found: list[Capability] = []
        self.places: dict[str, str] = {}  # local name -> "os.path"
        self.hidden: list[set[str]] = [set()]

    def visit_Module(self, node: ast.Module) -> None:
        self.hidden[0] |= _bound(node) - _imported(node)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                self._import(inner)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        self.hidden.append(_arguments(node.args) | _bound(node) - _imported(node))
        self.generic_visit(node)
        self.hidden.pop()

    visit_AsyncFunctionDef = visit_FunctionDef
    visit_Lambda = visit_FunctionDef

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) or any(node.id in names for names in self.hidden):
            return
        if node.id in self.places:
            self._module_passed(node, self.places[node.id])
        elif node.id in BUILTINS and (hasattr(builtins, node.id) or node.id.startswith("__")):
            self._note(BUILTINS[node.id], node, node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        place = self._place(node)
        if place is not None:
            self._reach(node, place)
            return
        if node.attr in BACK_DOORS:
            self._note(EVAL, node, node.attr)
        elif node.attr in METHODS:
            self._note(METHODS[node.attr], node, f".{node.attr}")
        elif node.attr in ("now", "utcnow", "today") and self._knows("datetime"):
            self._note(CLOCK, node, f".{node.attr}")
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        place = self._place(node.func)
        if place == "random.Random" and (node.args or node.keywords):
            for argument in [*node.args, *node.keywords]:
                self.visit(argument)  # seeded: the same numbers each time
            return
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        # getattr(f, "__globals__"), "{0.__globals__}".format(f)
        if isinstance(node.value, str) and len(node.value) < 200:
            for door in BACK_DOORS:
                if door in node.value and door.startswith("__"):
                    self._note(EVAL, node, door)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # not the docstrings
            self.generic_visit(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._package(node, alias.name)
                self.places[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
            return
        module = node.module or ""
        if not node.level:
            self._package(node, module)
        for alias in node.names:
            if alias.name == "*":
                for category in _everything(module):
                    self._note(category, node, f"from {module} import *")
            else:
                self.places[alias.asname or alias.name] = f"{module}.{alias.name}"
                # Imported from where it is dangerous: noted even if the name is never used.
                if (category := _category(f"{module}.{alias.name}")) and f"{module}.{alias.name}" != "random.Random":
                    self._note(category, node, f"{module}.{alias.name}")

    def _package(self, node: ast.AST, module: str) -> None:
        top = module.split(".")[0]
        if top and top not in sys.stdlib_module_names and top not in self.ours:
            self._note(PACKAGES, node, top)

    def _knows(self, module: str) -> bool:
        return any(place.split(".")[0] == module for place in self.places.values())

    def _place(self, node: ast.expr) -> str | None:
        """ "os.environ" for an attribute of an imported module, under whatever name it was imported."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or any(node.id in hidden for hidden in self.hidden):
            return None
        root = self.places.get(node.id)
        return ".".join([root, *reversed(names)]) if root is not None else None

    def _reach(self, node: ast.expr, place: str) -> None:
        if (category := _category(place)) is not None and category:
            self._note(category, node, place)
        elif any(part in BACK_DOORS for part in place.split(".")):
            self._note(EVAL, node, place)

    def _module_passed(self, node: ast.Name, place: str) -> None:
        """A bare name: a function that was imported, or a module that is handed on."""
        if category := _category(place):
            self._note(category, node, place)
        elif place in _MODULES:
            for category in _everything(place):
                self._note(category, node, f"{place} as a value")

    def _note(self, category: str, node: ast.AST, what: str) -> None:
        self.found.append(Capability(category, getattr(node, "lineno", 0), what))


def _category(place: str) -> str | None:
    """The category of a dotted name: that of its longest listed beginning; "" for harmless, None for not listed."""
    parts = place.split(".")
    if parts[0] == "builtins" and len(parts) > 1:
        return BUILTINS.get(parts[1], "")
    for end in range(len(parts), 0, -1):
        if (category := NAMES.get(".".join(parts[:end]))) is not None:
            return category
    if parts[0] in REST and len(parts) > 1:
        if parts[1].startswith(("exec", "spawn")):
            return "processes"
        return None if parts[1][:1].isupper() else REST[parts[0]]
    return None


def _everything(module: str) -> Iterator[str]:
    """All that a module can do."""
    listed = {c for name, c in NAMES.items() if c and (name == module or name.startswith(f"{module}."))}
    yield from sorted(listed | set(WHOLE.get(module, ())) | {c for c in [_category(module)] if c})


def _arguments(arguments: ast.arguments) -> set[str]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {argument.arg for argument in [*found, arguments.vararg, arguments.kwarg] if argument is not None}


def _bound(scope: ast.AST) -> set[str]:
    """Names that are assigned or defined in a block, its inner blocks left out."""
    found: set[str] = set()
    queue = list(ast.iter_child_nodes(scope))
    while queue:
        node = queue.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if not isinstance(node, ast.Lambda):
            queue += ast.iter_child_nodes(node)
    return found


def _imported(scope: ast.AST) -> set[str]:
    nodes = [node for node in ast.walk(scope) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {alias.asname or alias.name.split(".")[0] for node in nodes for alias in node.names}


__all__ = ["RANDOMNESS", "Capability", "capabilities"]
