"""test_library.py as text: tests that belong to functions, put in, taken out, renamed, made ready to run. Pure."""

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from library.editing.edits import EditedText, take_out
from library.editing.import_block import change_imports
from library.editing.rename import rename_names
from library.errors import SourceError
from library.examples.as_test import HELPER
from library.examples.docstring_examples import examples_in
from library.examples.example import Example, outer_name, parse_example
from library.examples.plainest import plainest
from library.source.closure import closure_of
from library.source.function import Parsed, parse
from library.source.imports import cut, imported
from library.source.statements import Piece, is_test

MODULE = "library"
LONGEST = 120  # letters of an example that is shown
_HANDED_ON = r"(?!\s*\.\s*\w)"  # the module's name alone, as in getattr(library, name)
_FOR_ALL = re.compile(
    r"\bautouse\b|^pytestmark\b|^def (?:setup|teardown)_(?:module|function)\b|^pytest_plugins\b", re.M
)
HEADER = '"""Tests of library.py; run them with pytest in this folder."""\n'


@dataclass(frozen=True)
class Suite:
    """The tests' text, taken apart.

    Args:
        parsed: the text.
        module: the name under which it imports the library.
    """

    parsed: Parsed
    module: str = MODULE

    @cached_property
    def imports(self) -> dict[str, str]:
        """Name here -> name in the library; "" for the library itself; "*" -> "*"."""
        found: dict[str, str] = {}
        for piece in self.parsed.importers:
            found.update(_taken(piece, self.module))
        return found

    @cached_property
    def modules(self) -> frozenset[str]:
        """Names here that are the library itself."""
        return frozenset(here for here, there in self.imports.items() if not there)

    @cached_property
    def private(self) -> frozenset[str]:
        """Private names that stand anywhere in the tests, also in strings: the library's own of that name must stay."""
        names = {name for name in self.imports.values() if name[:1] == "_"}
        return frozenset(names | set(re.findall(r"\b_\w+", self.parsed.source)))

    @cached_property
    def roundabout(self) -> frozenset[str]:
        """Definitions that get at the library in a way of their own, such as `import_module("library")` or an import
        inside a function, so that any of its names may be meant."""
        module = re.escape(self.module)
        by_name = re.compile(rf"""\bimport\s+{module}\b|\bfrom\s+{module}\s+import|["']{module}["'.]""")
        found = set[str]()
        for piece in self.parsed.pieces:
            here = self.module in piece.text or self.module in piece.gap  # a search of all of the text takes 90 ms
            if here and piece.kind not in ("import", "future", "docstring") and by_name.search(piece.whole):
                found.update(piece.names)
        return frozenset(found)

    def using(self, names: Collection[str]) -> list[Piece]:
        """Tests that use any of these names of this file, themselves or through others of it."""
        wanted = set(names)
        while True:
            found = self._mentioning(wanted, None)
            grown = wanted.union(*(piece.names for piece in found if not is_test(piece)))
            if grown == wanted:
                return [piece for piece in found if is_test(piece)]
            wanted = grown

    def tests(self, names: Collection[str]) -> list[Piece]:
        """Tests that mention any of these library names, themselves or through what they use of this file."""
        wanted = {here for here, there in self.imports.items() if there in names}
        if names:
            wanted |= self.roundabout
        wanted |= set(names) if "*" in self.imports else set()
        modules = self.modules
        after = rf"(?:\.(?:{'|'.join(map(re.escape, names))})\b|{_HANDED_ON})"
        dotted = re.compile(rf"\b(?:{'|'.join(modules)})\b{after}") if modules else None
        if not wanted and dotted is None:
            return []
        while True:
            found = self._mentioning(wanted, dotted)
            grown = wanted.union(*(piece.names for piece in found if not is_test(piece)))
            if grown == wanted:
                return self._with_roundabout(found) if names else []
            wanted = grown

    def roundabout_tests(self) -> set[str]:
        """Names of the tests that get at the library in a way of their own, themselves or through others."""
        return (
            {piece.name for piece in self._with_roundabout(self.using(self.roundabout))} if self.roundabout else set()
        )

    def _with_roundabout(self, found: list[Piece]) -> list[Piece]:
        tests = {id(piece): piece for piece in found if is_test(piece)}
        for name in self.roundabout:
            tests |= {id(piece): piece for piece in self.parsed.by_name.get(name, ()) if is_test(piece)}
        return sorted(tests.values(), key=self.parsed.number)

    def _mentioning(self, wanted: set[str], dotted: re.Pattern[str] | None) -> list[Piece]:
        """Pieces that mention any of these names of this file; with a pattern for `library.name` each is looked at."""
        parsed = self.parsed
        if dotted is not None:
            return [piece for piece in parsed.pieces if _mentions(piece, wanted, dotted)]
        found = {id(piece): piece for piece in (*parsed.using(wanted), *parsed.with_arguments)}.values()
        return sorted((piece for piece in found if _mentions(piece, wanted, None)), key=parsed.number)

    def own(self, function: str) -> list[Piece]:
        """Tests written for this function: named `test_<function>__...`, classes `Test_<function>__...`."""
        every = self.parsed.all_names
        names: list[str] = []
        for prefix in own_prefixes(function):
            place = every.find(f"\n{prefix}")
            while place >= 0:
                end = every.index("\n", place + 1)
                names.append(every[place + 1 : end])
                place = every.find(f"\n{prefix}", end)
        found = [piece for name in names for piece in self.parsed.by_name[name] if is_test(piece)]
        return sorted(found, key=self.parsed.number)

    def needs(self, tests: Iterable[Piece]) -> set[str]:
        """Names of this file that tests need, themselves or through what they need: constants, helpers, fixtures."""
        found: set[str] = set()
        queue = [*tests]
        while queue:
            piece = queue.pop()
            for name in (piece.uses | piece.touches | piece.asks) & self.parsed.by_name.keys() - found:
                found.add(name)
                queue += [other for other in self.parsed.by_name[name] if not is_test(other)]
                changing = [p for p in self.parsed.using([name]) if name in p.touches and p.names and not is_test(p)]
                found |= {other for p in changing for other in p.names}
                queue += changing
        return found

    def with_needs(self, tests: Sequence[Piece]) -> str:
        """Tests with what they need of this file, as a text of its own."""
        return closure_of(self.parsed, [*self.needs(tests), *(piece.name for piece in tests)])

    def speaks_of(self, test: Piece, name: str) -> bool:
        """Whether the name stands in a test or what it needs; one that hands the library on may mean any."""
        pieces = [test, *(piece for one in self.needs([test]) for piece in self.parsed.by_name[one])]
        return any(re.search(rf"\b{re.escape(name)}\b", piece.text) for piece in pieces if piece.kind != "import")

    def only_for(self, tests: Collection[str]) -> set[str]:
        """Constants, helpers and fixtures that only these tests need."""
        leaving = [piece for name in tests for piece in self.parsed.by_name.get(name, ())]
        found = {name for name in self.needs(leaving) if self._is_helper(name)}
        while found:
            staying = [p for p in self.parsed.pieces if found.isdisjoint(p.names) and tests_apart(p, tests)]
            used = {name for name in found for p in staying if name in p.text and name in p.uses | p.touches | p.asks}
            if not used:
                break
            found -= used
        return found

    def _is_helper(self, name: str) -> bool:
        pieces = self.parsed.by_name[name]
        return not any(is_test(piece) or piece.kind == "import" or len(piece.names) != 1 for piece in pieces)

    @cached_property
    def together(self) -> bool:
        """Something in it holds for all its tests, so that pytest must run the file as it is."""
        return bool(_FOR_ALL.search(self.parsed.source))

    def whole(self, pieces: Iterable[Piece]) -> bool:
        """Whether these pieces hand the library on as a whole, so that any of its names may be meant."""
        modules = self.modules
        handed_on = re.compile(rf"\b(?:{'|'.join(modules)})\b{_HANDED_ON}")
        return bool(modules) and any(modules & piece.uses and handed_on.search(piece.text) for piece in pieces)

    def mentioned(self, pieces: Iterable[Piece]) -> set[str]:
        """Library names that these pieces mention."""
        found: set[str] = set()
        for piece in pieces:
            found |= piece.uses if "*" in self.imports else set()
            for here in piece.uses & self.imports.keys():
                there = self.imports[here]
                found |= {there} if there else set(re.findall(rf"\b{re.escape(here)}\.(\w+)", piece.text))
        return found


def _taken(piece: Piece, module: str) -> dict[str, str]:
    """What a piece imports from a module: name here -> name there."""
    kept = piece.__dict__.get("taken")
    if kept is None or kept[0] != module:
        found = {item.bound: item.name for item in imported(piece) if item.module == module}
        kept = piece.__dict__["taken"] = (module, found)
    return kept[1]


def own_prefixes(function: str) -> tuple[str, str]:
    """How the names of a function's own tests begin, and of its classes of tests."""
    return f"test_{function}__", f"Test_{function}__"


def tests_apart(piece: Piece, names: Collection[str]) -> bool:
    """It is none of these, nor a statement that only changes one of them."""
    return not any(name in names for name in piece.names)


def drop_own(suite: Suite, function: str) -> Suite:
    """The suite without the function's own tests."""
    return _without(suite, {piece.name for piece in suite.own(function)}, set())


def drop_function(suite: Suite, function: str) -> Suite:
    """The suite without the function's own tests and its import."""
    return _without(suite, {piece.name for piece in suite.own(function)}, {function})


def rename_in(suite: Suite, old: str, new: str) -> Suite:
    """The suite with a library function under its new name, its own tests too."""
    names = {old: new}
    for piece in suite.own(old):
        names[piece.name] = renamed(piece.name, old, new)
    return Suite(rename_parsed(suite.parsed, names, imported=True), suite.module)


def renamed(test: str, old: str, new: str) -> str:
    """The name of a test of one function as that of another."""
    for before, after in zip(own_prefixes(old), own_prefixes(new), strict=True):
        if test.startswith(before):
            return after + test.removeprefix(before)
    return test


def rename_parsed(parsed: Parsed, names: Mapping[str, str], *, imported: bool = False) -> Parsed:
    """As `rename_names`, for a text taken apart; only pieces that hold one of the names are read."""
    sheet = EditedText(parsed)
    for number, piece in enumerate(parsed.pieces):
        if any(old in piece.text for old in names):
            sheet.over(number, rename_names(piece.text, names, imported=imported))
    return sheet.result()


def rename_function(code: str, tests: str, old: str, new: str) -> tuple[str, str]:
    """A draft's code and tests with its function under another name.

    Raises:
        SourceError: one of them does not parse, or uses the name in a way that cannot be followed.
    """
    return rename_names(code, {old: new}), rename_in(Suite(parse(tests, "the tests")), old, new).parsed.source


def example_of(suite: Suite, function: str, doc: str = "") -> str:
    """The plainest example of a function that its tests and its docstring give, "" if there is none.

    Args:
        suite: of the library.
        function: its name.
        doc: its docstring.
    """
    tests = [piece for piece in suite.own(function) if "()" in piece.signature]  # the others speak of parameters
    tests.sort(key=lambda piece: ("# from: person" not in piece.text, "__example_" not in piece.name))
    said = [example for piece in tests for node in ast.walk(piece.nodes[0]) if (example := _as_example(node))]
    about = [example for example in said if re.search(rf"\b{re.escape(function)}\(", example.call)]
    best = plainest([*about, *examples_in(doc, function)], function)
    text = best.text.replace(f"{suite.module}.{function}(", f"{function}(") if best else ""
    return text if len(text) < LONGEST else ""


def _as_example(node: ast.AST) -> Example | None:
    try:
        if isinstance(node, ast.Assert):
            test = node.test
            if isinstance(test, ast.Call) and outer_name(test) == HELPER:
                return parse_example(f"{ast.unparse(test.args[0])} == {ast.unparse(test.args[1])}")
            return parse_example(ast.unparse(test))
        if isinstance(node, ast.With) and isinstance(node.items[0].context_expr, ast.Call):
            raised = node.items[0].context_expr
            said = [word.value for word in raised.keywords if word.arg == "match"]
            text = said[0].args[0] if said and isinstance(said[0], ast.Call) else said[0] if said else None
            message = f"({ast.unparse(text)})" if text is not None else ""
            return parse_example(f"{ast.unparse(node.body[0])} raises {ast.unparse(raised.args[0])}{message}")
    except (SourceError, IndexError):
        pass
    return None


def _mentions(piece: Piece, names: set[str], dotted: re.Pattern[str] | None) -> bool:
    if piece.kind in ("import", "future", "docstring"):
        return False
    if not names.isdisjoint(piece.uses):
        return True
    if piece.kind == "function" and "()" not in piece.signature:  # a fixture comes in by the name of an argument
        arguments = piece.signature.partition("(")[2]
        if any(name in arguments for name in names) and not names.isdisjoint(re.findall(r"\w+", arguments)):
            return True
    return dotted is not None and dotted.search(piece.text) is not None


def _without(suite: Suite, tests: set[str], functions: set[str]) -> Suite:
    sheet = EditedText(suite.parsed)
    tests = tests | suite.only_for(tests)
    change_imports(sheet, None, tests, frozenset())
    for piece in suite.parsed.importers:
        number = suite.parsed.number(piece)
        items = imported(piece) if piece.kind == "import" else ()
        names = {item.bound for item in items if item.module == suite.module and item.name in functions}
        if names and sheet.text(number) == piece.text:
            sheet.over(number, cut(piece, names))
    take_out(sheet, tests)
    return Suite(sheet.result(), suite.module)
