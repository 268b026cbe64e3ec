"""test_library.py as text: tests that belong to functions, put in, taken out, renamed, made ready to run. Pure."""

import ast
import builtins
import re
import sys
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from library.edits import Sheet, take_out
from library.errors import SourceError
from library.example import Example, as_test, parse_example
from library.function import Parsed, digest, parse
from library.head import change_imports
from library.imports import Import, cut, imported
from library.lazy import lazy
from library.pieces import Piece, is_guard
from library.rename import rename_names
from library.splice import splice_parsed

MODULE = "library"
_HANDED_ON = r"(?!\s*\.\s*\w)"  # the module's name alone, as in getattr(library, name)
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

    @lazy
    def imports(self) -> dict[str, str]:
        """Name here -> name in the library; "" for the library itself; "*" -> "*"."""
        found: dict[str, str] = {}
        for piece in self.parsed.importers:
            found.update(_taken(piece, self.module))
        return found

    @lazy
    def modules(self) -> frozenset[str]:
        """Names here that are the library itself."""
        return frozenset(here for here, there in self.imports.items() if not there)

    @lazy
    def private(self) -> frozenset[str]:
        """Private names that stand anywhere in the tests, also in strings: the library's own of that name must stay."""
        names = {name for name in self.imports.values() if name[:1] == "_"}
        return frozenset(names | set(re.findall(r"\b_\w+", self.parsed.source)))

    @lazy
    def roundabout(self) -> frozenset[str]:
        """Definitions that get at the library in a way of their own, such as `import_module("library")` or an import
        inside a function, so that any of its names may be meant."""
        module = re.escape(self.module)
        by_name = re.compile(rf"""\bimport\s+{module}\b|\bfrom\s+{module}\s+import|["']{module}["'.]""")
        parsed, found = self.parsed, set[str]()
        source, place = parsed.source, 0
        starts = list(accumulate((len(piece.whole) for piece in parsed.pieces), initial=0))
        for match in by_name.finditer(source):
            if match.start() >= place and (number := bisect_right(starts, match.start()) - 1) < len(parsed.pieces):
                place = starts[number + 1]
                if parsed.pieces[number].kind not in ("import", "future", "docstring"):
                    found.update(parsed.pieces[number].names)
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
        """Tests written for this function: named `test_<function>__...`."""
        every, start = self.parsed.all_names, f"\ntest_{function}__"
        names: list[str] = []
        place = every.find(start)
        while place >= 0:
            end = every.index("\n", place + 1)
            names.append(every[place + 1 : end])
            place = every.find(start, end)
        found = [piece for name in names for piece in self.parsed.by_name[name] if is_test(piece)]
        return sorted(found, key=self.parsed.number)

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


def is_test(piece: Piece) -> bool:
    """pytest would collect it."""
    return (piece.kind == "function" and piece.name.startswith("test")) or (
        piece.kind == "class" and piece.name.startswith("Test")
    )


def add_tests(
    suite: Suite, tests: str, examples: Sequence[Example], function: str, library: Parsed
) -> tuple[Suite, tuple[str, ...]]:
    """Put a function's new tests in; those that are there already, whatever their layout, are left out.

    Args:
        suite: the tests that there are.
        tests: the new ones, as a model or a person wrote them.
        examples: each becomes a test that says where it comes from.
        function: they are named `test_<function>__...`.
        library: the library that they test; what they use and do not import is taken from it or imported as it does.

    Returns:
        The suite with them, and their names.

    Raises:
        SourceError: the tests do not parse.
    """
    there = {_shape(piece) for piece in suite.own(function)}
    draft = _draft(tests, suite, function, library.definitions)
    blocks = [piece.text for piece in draft.pieces if not is_test(piece) and piece.kind not in ("import", "future")]
    added: list[str] = []
    for piece in draft.pieces:
        if is_test(piece) and (shape := _shape(piece)) not in there:
            there.add(shape)
            blocks.append(piece.text)
            added.append(piece.name)
    number = _last_number(suite, function)
    for example in examples:
        piece = parse(as_test(example, function, number + 1)).pieces[0]
        if (shape := _shape(piece)) not in there:
            there.add(shape)
            number += 1
            blocks.append(piece.text)
            added.append(piece.name)
    if not blocks:
        return suite, ()
    body = "\n\n".join(block.rstrip() + "\n" for block in blocks)
    new = parse(body, "the tests")
    uses = {name for piece in new.pieces for name in piece.uses} - set(new.names)
    head = [item.line for piece in draft.importers for item in imported(piece) if piece.kind != "other"]
    head += _needed_imports(uses - {line.split()[-1] for line in head}, suite, library)
    old = suite.parsed if suite.parsed.source.strip() else parse(HEADER)
    spliced = splice_parsed(old, "\n".join(head) + "\n\n" + body, where="the tests", module="")
    return Suite(spliced.parsed, suite.module), tuple(added)


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
        names[piece.name] = f"test_{new}__{piece.name.removeprefix(f'test_{old}__')}"
    return Suite(rename_parsed(suite.parsed, names, imported=True), suite.module)


def rename_parsed(parsed: Parsed, names: Mapping[str, str], *, imported: bool = False) -> Parsed:
    """As `rename_names`, for a text taken apart; only pieces that hold one of the names are read."""
    sheet = Sheet(parsed)
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


def example_of(suite: Suite, function: str) -> str:
    """One example of the function out of its tests, "" if there is none; a person's is taken first."""
    tests = [piece for piece in suite.own(function) if "()" in piece.signature]  # the others speak of parameters
    tests.sort(key=lambda piece: ("# from: person" not in piece.text, "__example_" not in piece.name))
    for piece in tests:
        for node in ast.walk(piece.nodes[0]):
            text = _as_example(node)
            if re.search(rf"\b{re.escape(function)}\(", text) and len(text) < 120:
                return text
    return ""


def _as_example(node: ast.AST) -> str:
    try:
        if isinstance(node, ast.Assert):
            return parse_example(ast.unparse(node.test)).text
        if isinstance(node, ast.With) and isinstance(node.items[0].context_expr, ast.Call):
            raised = node.items[0].context_expr.args[0]
            return f"{ast.unparse(node.body[0])} raises {ast.unparse(raised)}"
    except (SourceError, IndexError):
        pass
    return ""


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


def _draft(tests: str, suite: Suite, function: str, library: Collection[str]) -> Parsed:
    """The new tests without what is of no use here, under names that are free."""
    draft = parse(tests, "the tests")
    sheet = Sheet(draft)
    for number, piece in enumerate(draft.pieces):
        items = imported(piece) if piece.kind == "import" else ()
        kept = [item for item in items if not (item.bound in library and item.name == item.bound)]
        if len(kept) < len(items):
            sheet.over(number, "".join(item.line + "\n" for item in kept))
        elif piece.kind == "docstring" or all(is_guard(node) for node in piece.nodes):
            sheet.drop(number)
    draft = sheet.result("the tests")
    names = _new_names(draft, suite, function)
    return parse(rename_names(draft.source, names), "the tests") if names else draft


def _new_names(draft: Parsed, suite: Suite, function: str) -> dict[str, str]:
    taken, there = set(draft.names), suite.parsed.names
    shapes = {_shape(piece): name for name in draft.names for piece in suite.parsed.by_name.get(name, ())}
    own = {_shape(piece): piece.name for piece in suite.own(function)}
    names: dict[str, str] = {}
    for piece in draft.pieces:
        for name in piece.names if piece.kind in ("function", "class", "other") else ():
            wanted = name
            if piece.kind == "function" and is_test(piece):
                wanted = own.get(_shape(piece)) or _own_name(name, function)
                if wanted == own.get(_shape(piece)):
                    names[name] = wanted  # it is there; it will be left out
                    continue
            elif shapes.get(_shape(piece)) == name:
                continue
            number = 2
            free = wanted
            while (free != name and (free in taken or free in there)) or (free == name and name in there):
                free, number = f"{wanted}_{number}", number + 1
            taken.add(free)
            names[name] = free
    return {old: new for old, new in names.items() if old != new}


def _own_name(name: str, function: str) -> str:
    if name.startswith(f"test_{function}__"):
        return name
    rest = name.removeprefix("test").strip("_")
    if rest == function or rest.startswith(f"{function}_"):
        rest = rest.removeprefix(function).strip("_")
    return f"test_{function}__{rest or 'works'}"


def _shape(piece: Piece) -> str:
    """The same for tests that differ in name, layout and comments only."""
    if piece.kind != "function":
        return digest(piece.text)
    text = re.sub(rf"\bdef\s+{re.escape(piece.name)}\b", "def test", piece.text, count=1)
    return digest(text)


def _last_number(suite: Suite, function: str) -> int:
    numbers = [re.fullmatch(rf"test_{re.escape(function)}__example_(\d+)", piece.name) for piece in suite.own(function)]
    return max((int(match[1]) for match in numbers if match), default=0)


def _needed_imports(uses: set[str], suite: Suite, library: Parsed) -> list[str]:
    """Import lines for what the tests use: the library's own names, what it imports, pytest, standard modules."""
    lines = [Import(suite.module, name).line for name in sorted(uses & library.definitions)]
    for name in sorted(uses - library.definitions - suite.parsed.definitions):
        if theirs := [item.line for item in library.importing(name) if item.name != "*"]:
            lines.append(theirs[-1])
        elif name == "pytest" or (name in sys.stdlib_module_names and name not in dir(builtins)):
            lines.append(f"import {name}")
    return lines


def _without(suite: Suite, tests: set[str], functions: set[str]) -> Suite:
    sheet = Sheet(suite.parsed)
    change_imports(sheet, None, tests, frozenset())
    for piece in suite.parsed.importers:
        number = suite.parsed.number(piece)
        items = imported(piece) if piece.kind == "import" else ()
        names = {item.bound for item in items if item.module == suite.module and item.name in functions}
        if names and sheet.text(number) == piece.text:
            sheet.over(number, cut(piece, names))
    take_out(sheet, tests)
    return Suite(sheet.result(), suite.module)
