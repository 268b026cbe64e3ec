"""Capabilities: what a piece of code could reach beyond its arguments, found in its text without running it. Pure."""

import ast
import builtins
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from library.capabilities.bound_names import bound_names, handed_in, in_block, in_comprehensions, names_in
from library.capabilities.categories import category_of, everything_in, is_unknown
from library.capabilities.reexports import exported, is_module, real_place
from library.capabilities.tables import (
    BACK_DOORS,
    BUILTINS,
    BY_NAME,
    CHECKED_WHERE_CALLED,
    EVAL,
    GIVEN,
    METHODS,
    PACKAGES,
    READS_ARGV,
    WITH_ARGUMENT,
    WITH_MODULE,
)
from library.source.signature import parameter_names
from library.source.syntax_tree import FunctionNode, every_node, read_tree

COMPUTED_NAME = "with a name that is made when it runs"


@dataclass(frozen=True)
class Capability:
    """One thing that the code could do.

    Attributes:
        name: "files", "network", "processes", "eval" (other code, imports by name, ways around), "environment",
            "clock", "randomness", "packages" (not part of Python) or "state" (kept for the next call).
        line: in the code, from 1.
        what: the name that gives it away, "os.environ".
        sure: whether the text says it; else it only cannot be ruled out.
        where: "" in the code; " of the tests" in them.
    """

    name: str
    line: int
    what: str
    sure: bool = True
    where: str = ""

    @property
    def text(self) -> str:
        """On one line: "environment (os.environ, line 4)"."""
        return f"{self.name} ({self.what}, line {self.line}{self.where})"


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
    return tuple(found for found in scanned(read_tree(code, "the draft"), ours) if found.sure)


def may_reach(code: str, ours: Collection[str] = ("library",)) -> tuple[Capability, ...]:
    """What the text neither says nor rules out, such as a template that is only made when it runs.

    Raises:
        SourceError: the code does not parse.
    """
    return tuple(found for found in scanned(read_tree(code, "the draft"), ours) if not found.sure)


def scanned(tree: ast.Module, ours: Collection[str] = ("library",), beside: Collection[str] = ()) -> list[Capability]:
    """All that is found in a text, and what cannot be ruled out.

    Args:
        tree: of the text.
        ours: modules that may be imported without being called a package.
        beside: names that are defined around the text, so that no builtin of that name is meant.
    """
    scan = _Scan(tree, frozenset(ours), beside)
    scan.visit(tree)
    unique = {(found.name, found.what): found for found in reversed(scan.found)}
    return sorted(unique.values(), key=lambda found: (found.line, found.name, found.what))


class _Scan(ast.NodeVisitor):
    """Follows names to what was imported, through modules that hand it on; minds names that hide others."""

    def __init__(self, tree: ast.Module, ours: frozenset[str], beside: Collection[str]) -> None:
        self.ours = ours
        self.found: list[Capability] = []
        self.bound = bound_names(tree)
        self.bound.sure |= set(beside) - self.bound.places.keys()
        self.modules = {place.split(".")[0] for places in self.bound.places.values() for place in places}
        self.hidden: list[set[str]] = [self.bound.sure]
        self.tree = tree

    @cached_property
    def handed_in(self) -> set[str]:
        return handed_in(self.tree)

    def visit_Module(self, node: ast.Module) -> None:
        for inner in every_node(node):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                self._import(inner)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """What a class imports is an attribute of it, which is reached by any name: self.os, cls.os, A.os."""
        for inner in in_block(node):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                for alias in inner.names:
                    for place in self.bound.places.get(alias.asname or alias.name.split(".")[0], ()):
                        self._handed_on(inner, place)
        self.generic_visit(node)

    # -- scopes

    def visit_FunctionDef(self, node: FunctionNode | ast.Lambda) -> None:
        outside = {name for inner in every_node(node) if isinstance(inner, ast.Global) for name in inner.names}
        self.hidden.append(set(parameter_names(node)) | (names_in(node) - outside - in_comprehensions(node)))
        self.generic_visit(node)
        self.hidden.pop()

    visit_AsyncFunctionDef = visit_FunctionDef
    visit_Lambda = visit_FunctionDef

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        targets = [inner for part in node.generators for inner in every_node(part.target)]
        self.hidden.append({inner.id for inner in targets if isinstance(inner, ast.Name)})
        self.generic_visit(node)
        self.hidden.pop()

    visit_SetComp = visit_ListComp
    visit_DictComp = visit_ListComp
    visit_GeneratorExp = visit_ListComp

    def _is_hidden(self, name: str) -> bool:
        return any(name in names for names in self.hidden)

    # -- what is named

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) or (self._is_hidden(node.id) and node.id not in self.bound.places):
            return
        for place in self.bound.places.get(node.id, ()):
            self._handed_on(node, place)
        if node.id in self.bound.places:
            return
        if node.id in BUILTINS and (hasattr(builtins, node.id) or node.id.startswith("__")):
            self._note(BUILTINS[node.id], node, node.id)
        elif node.id in BY_NAME:
            self._note(EVAL, node, f"{node.id} as a value")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        places = self._places(node)
        if not isinstance(node.ctx, ast.Load):
            for place in places:
                self._note(EVAL, node, f"changes {place}")
        for place in places:
            self._reach(node, place)
        if places:
            return
        if node.attr in BACK_DOORS:
            self._note(EVAL, node, node.attr)
        elif node.attr in METHODS:
            self._note(METHODS[node.attr], node, f".{node.attr}")
        for module, methods in WITH_MODULE.items():
            if node.attr in methods and module in self.modules:
                self._note(methods[node.attr], node, f".{node.attr}")
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        places = self._places(node.func)
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if places == {"random.Random"} and any(not _is_none(argument) for argument in given):
            for argument in [*node.args, *node.keywords]:
                self.visit(argument)  # seeded: the same numbers each time
            return
        if self._says_what_to_take(node, places):
            parser = [node.func.value] if isinstance(node.func, ast.Attribute) and not places else []
            for part in [*parser, *node.args, *node.keywords]:
                self.visit(part)
            return
        names = places or (
            {node.func.id} if isinstance(node.func, ast.Name) and not self._is_hidden(node.func.id) else set()
        )
        if by_name := names & BY_NAME:
            self._by_name(node, next(iter(by_name)))
            return
        for keyword in node.keywords:
            if keyword.arg in WITH_ARGUMENT and not (
                isinstance(keyword.value, ast.Constant) and not keyword.value.value
            ):
                self._note(WITH_ARGUMENT[keyword.arg], node, f"{keyword.arg}=")
        formats = isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "format_map") and not places
        if formats and isinstance(node.func, ast.Attribute) and _folded(node.func.value) is None:
            self._note(EVAL, node, "a template that is made when it runs", sure=False)
        self.generic_visit(node)

    def _says_what_to_take(self, node: ast.Call, places: set[str]) -> bool:
        """A moment or words are given, so that neither the clock nor the command line is read for them."""
        if any(isinstance(one, ast.Starred) for one in node.args):
            return False
        if places:
            least = max(GIVEN.get(place, len(node.args) + 1) for place in places)
            sure = places <= {"time.strftime", "time.asctime"}  # which take no None
            return len(node.args) >= least and (sure or self._is_given(node.args[0]))
        if not (isinstance(node.func, ast.Attribute) and node.func.attr in READS_ARGV):
            return False
        words = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "args")]
        return len(words) == 1 and self._is_given(words[0])

    def _is_given(self, node: ast.expr) -> bool:
        """What is certainly not None: made on the spot, or an argument that is always handed in."""
        if isinstance(node, ast.Call):
            made = node.func.id if isinstance(node.func, ast.Name) and not self._is_hidden(node.func.id) else ""
            return made in ("list", "sorted", "int", "float", "round") and made not in self.bound.places
        if isinstance(node, ast.Name):
            return node.id in self.handed_in
        values = ast.List | ast.ListComp | ast.BinOp
        return isinstance(node, values) or (isinstance(node, ast.Constant) and node.value is not None)

    def _by_name(self, node: ast.Call, name: str) -> None:
        """getattr and its like: the name of the attribute must be written down."""
        given = node.args[1:2] if name in ("getattr", "setattr", "delattr") else node.args
        texts = [_folded(argument) for argument in given]
        if name == "vars" and not node.args:
            self._note(EVAL, node, "vars")
        elif name != "vars" and (None in texts or not texts or node.keywords):
            self._note(EVAL, node, f"{name} {COMPUTED_NAME}")
        for part in (part for text in texts if text for part in text.split(".")):
            if part in BACK_DOORS:
                self._note(EVAL, node, part)
            elif part in METHODS:
                self._note(METHODS[part], node, f".{part}")
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self.visit(argument)

    def visit_IfExp(self, node: ast.IfExp | ast.If) -> None:
        """A module that is only asked whether it is there is not handed on."""
        for inner in ast.iter_child_nodes(node):
            if not (inner is node.test and _asks_whether_there(node.test)):
                self.visit(inner)

    visit_If = visit_IfExp

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        for name in node.kwd_attrs:
            if name in BACK_DOORS:
                self._note(EVAL, node, name)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._text(node, node.value)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._text(node, _folded(node) or "")
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._text(node, _folded(node) or "")
        self.generic_visit(node)

    def _text(self, node: ast.AST, text: str) -> None:
        """A text that names a back door: getattr(f, "__globals__"), "{0.__globals__}".format(f)."""
        if len(text) < 200:
            for door in BACK_DOORS:
                if door.startswith("__") and door in text:
                    self._note(EVAL, node, door)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # not the docstrings
            self.generic_visit(node)

    # -- imports

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._package(node, alias.name)
            return
        module = node.module or ""
        if node.level:
            return
        self._package(node, module)
        for alias in node.names:
            if alias.name == "*":
                for category in everything_in(module):
                    self._note(category, node, f"from {module} import *")
                for place in exported(module).values():
                    self._handed_on(node, place)
            # Imported from where it is dangerous: noted even if the name is never used.
            elif (place := f"{module}.{alias.name}") not in CHECKED_WHERE_CALLED and (category := category_of(place)):
                self._note(category, node, place)

    def _package(self, node: ast.AST, module: str) -> None:
        top = module.split(".")[0]
        if is_unknown(top):
            self._note(EVAL, node, f"the module {top}")
        elif top and top not in sys.stdlib_module_names and top not in self.ours:
            self._note(PACKAGES, node, top)

    def _places(self, node: ast.expr) -> set[str]:
        """What `a.b` may be, under whatever name `a` was imported."""
        local = set[str]().union(*self.hidden) - self.bound.places.keys()
        return self.bound.of(node, local) if isinstance(node, ast.Attribute | ast.Name) else set()

    def _reach(self, node: ast.expr, place: str) -> None:
        if place in BY_NAME:
            self._note(EVAL, node, f"{place} as a value")
        elif category := category_of(place):
            self._note(category, node, place)
        elif any(part in BACK_DOORS or part == "__dict__" for part in place.split(".")):
            self._note(EVAL, node, place)
        elif is_module(real_place(place)) and real_place(place) != "os.path":
            self._handed_on(node, real_place(place))

    def _handed_on(self, node: ast.AST, place: str) -> None:
        """A bare name: something that was imported, or a module as a value, which opens all there is."""
        if place in BY_NAME:
            self._note(EVAL, node, f"{place} as a value")
        elif category := category_of(place):
            self._note(category, node, place)
        elif is_module(real := real_place(place)):
            for category in [*everything_in(real), EVAL]:
                self._note(category, node, f"{place} as a value")

    def _note(self, category: str, node: ast.AST, what: str, *, sure: bool = True) -> None:
        self.found.append(Capability(category, getattr(node, "lineno", 0), what, sure))


def _folded(node: ast.AST) -> str | None:
    """The text that an expression of constant texts makes; None for what is made of anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    parts: list[str | None] = []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [_folded(node.left), _folded(node.right)]
    elif isinstance(node, ast.JoinedStr):
        parts = [_folded(value.value if isinstance(value, ast.FormattedValue) else value) for value in node.values]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join" and node.args:
        items, between = node.args[0], _folded(node.func.value)
        if isinstance(items, ast.List | ast.Tuple) and between is not None:
            texts = [_folded(item) for item in items.elts]
            parts = [None if None in texts else between.join(text for text in texts if text is not None)]
    if not parts or None in parts:
        return None
    return "".join(part for part in parts if part is not None)


def _asks_whether_there(test: ast.expr) -> bool:
    """`if module`, `if module is None`."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Is | ast.IsNot):
        return isinstance(test.left, ast.Name) and isinstance(test.comparators[0], ast.Constant)
    return isinstance(test, ast.Name)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
