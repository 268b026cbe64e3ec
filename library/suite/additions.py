"""A function's new tests put into the file of all tests, under free names, with the imports they need. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from library.editing.edits import EditedText
from library.editing.rename import rename_names
from library.editing.splice import splice_parsed
from library.examples.as_test import HELPER, as_test, helper, is_coroutine
from library.examples.example import Example
from library.examples.implied_imports import fits, is_known, obvious, unmixed
from library.source.function import Parsed, digest, parse
from library.source.imports import Import, clash, imported
from library.source.statements import Piece, is_guard, is_test
from library.suite.isolation import fit, rename_fixtures
from library.suite.suite import HEADER, Suite, own_prefixes

_OTHERS = frozenset(["library", "solution", "main", "your_module", "module", "my_module"])


@dataclass(frozen=True)
class Added:
    """The suite with the new tests.

    Args:
        suite: the whole file.
        names: those of the new tests.
        written: for each name in the file the one under which the test was written.
    """

    suite: Suite
    names: tuple[str, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict[str, str])


def add_tests(
    suite: Suite, tests: str, examples: Sequence[Example], function: str, library: Parsed, brought: Parsed | None = None
) -> Added:
    """Put a function's new tests in; those that are there already, whatever their layout, are left out.

    Args:
        suite: the tests that there are.
        tests: the new ones, as a model or a person wrote them, with what they need.
        examples: each becomes a test that says where it comes from.
        function: they are named `test_<function>__...`.
        library: the library that they test; what they use and do not import is taken from it or imported as it does.
        brought: the draft, whose imports the examples may use too.

    Raises:
        SourceError: the tests do not parse.
    """
    there = {_shape(piece) for piece in suite.own(function)}
    draft, written = _draft(tests, suite, function, library.definitions)
    blocks = [piece.text for piece in draft.pieces if not is_test(piece) and piece.kind not in ("import", "future")]
    added: list[str] = []
    for piece in draft.pieces:
        if is_test(piece) and (shape := _shape(piece)) not in there:
            there.add(shape)
            blocks.append(piece.text)
            added.append(piece.name)
    number, tested = _last_number(suite, function), library.get(function)
    awaited = tested is not None and is_coroutine(tested.source, function)
    for example in examples:
        piece = parse(as_test(example, function, number + 1, awaited=awaited)).pieces[0]
        if (shape := _shape(piece)) not in there:
            there.add(shape)
            number += 1
            blocks.append(piece.text)
            added.append(piece.name)
    if not added:
        return Added(suite)
    if HELPER not in suite.parsed.names and any(f"{HELPER}(" in block for block in blocks):
        blocks.insert(0, helper())
    names = _Names(suite, library, draft, brought or parse(""))
    body = "\n\n".join(names.settled(block).rstrip() + "\n" for block in blocks)
    head = [*names.lines, *_kept_imports(draft)]
    old = suite.parsed if suite.parsed.source.strip() else parse(HEADER)
    spliced = splice_parsed(old, "\n".join(head) + "\n\n" + body, where="the tests", module="")
    return Added(Suite(spliced.parsed, suite.module), tuple(added), written)


@dataclass
class _Names:
    """What the new tests mean by each name that they do not define, and the import lines for it."""

    suite: Suite
    library: Parsed
    draft: Parsed
    brought: Parsed
    lines: list[str] = field(default_factory=list[str])
    chosen: dict[str, Import] = field(default_factory=dict[str, Import])

    def settled(self, text: str) -> str:
        """A definition whose names mean in the file what they mean in the draft: another name where one is taken."""
        text = unmixed(text)
        pieces = parse(text, "the tests").pieces
        uses = {name for piece in pieces for name in piece.uses | piece.touches}
        other: dict[str, str] = {}
        for name in sorted(uses - self.draft.definitions):
            item = self._meant(name, text)
            if item is not None and (bound := self._bind(item)) != name:
                other[name] = bound
        return rename_names(text, other) if other else text

    def _meant(self, name: str, text: str) -> Import | None:
        brought = [item for item in self.draft.importing(name) if item.name != "*"]
        if brought:
            return brought[-1]
        if name in self.library.definitions:
            return Import(self.suite.module, name)
        if name in self.suite.parsed.definitions:
            return None
        theirs = [*self.brought.importing(name), *self.library.importing(name)]
        theirs = [item for item in theirs if item.name != "*" and item.module[:1] != "."]
        return theirs[-1] if theirs and fits(theirs[-1], text) else obvious(name, text)

    def _bind(self, item: Import) -> str:
        """Under which name the file has what is meant."""
        number, wanted = 2, item
        while not self._free(wanted):
            if "." in item.module and not item.name:
                break  # `import a.b as c` means another thing
            wanted = Import(item.module, item.name, f"{item.bound}_{number}")
            number += 1
        there = self.suite.parsed.importing(wanted.bound)
        if wanted not in there and self.chosen.get(wanted.bound) != wanted:
            self.lines.append(wanted.line)
        self.chosen[wanted.bound] = wanted
        return wanted.bound

    def _free(self, item: Import) -> bool:
        name = item.bound
        there = [*self.suite.parsed.importing(name), *([self.chosen[name]] if name in self.chosen else [])]
        if any(clash(item, other) for other in there):
            return False
        return bool(there) or (name not in self.suite.parsed.definitions and name not in self.draft.definitions)


def _draft(tests: str, suite: Suite, function: str, library: Collection[str]) -> tuple[Parsed, dict[str, str]]:
    """The new tests without what is of no use here, under names that are free; and the names they had."""
    draft = parse(fit(tests) if tests.strip() else tests, "the tests")
    sheet = EditedText(draft)
    for number, piece in enumerate(draft.pieces):
        items = imported(piece) if piece.kind == "import" else ()
        kept = [new for item in items if (new := _ours(item, draft, suite.module, library)) is not None]
        if kept != list(items):
            sheet.over(number, "".join(item.line + "\n" for item in kept))
        elif piece.kind == "docstring" or all(is_guard(node) for node in piece.nodes):
            sheet.drop(number)
    draft = sheet.result("the tests")
    names = _new_names(draft, suite, function)
    if not names:
        return draft, {}
    fixtures = {old: new for old, new in names.items() if old in draft.definitions and not old.startswith("test")}
    text = rename_fixtures(rename_names(draft.source, names), fixtures)
    return parse(text, "the tests"), {new: old for old, new in names.items()}


def _ours(item: Import, draft: Parsed, module: str, library: Collection[str]) -> Import | None:
    """An import of the tests as it is meant here, where the library goes by one name; None if it is not needed."""
    if item.name in library and (item.module == module or not is_known(item.module)):
        return None if item.bound == item.name else Import(module, item.name, item.alias)
    if item.bound in library and item.bound == item.name:
        return None
    if item.name or item.module == module or is_known(item.module):
        return item
    bound = item.alias or item.module
    taken = re.findall(rf"\b{re.escape(bound)}\.(\w+)", draft.source)
    if item.module in _OTHERS or (taken and set(taken) <= set(library)):
        return Import(module, "", "" if bound == module else item.bound)
    return item


def _kept_imports(draft: Parsed) -> list[str]:
    return [item.line for piece in draft.importers for item in imported(piece) if item.name == "*"]


def _new_names(draft: Parsed, suite: Suite, function: str) -> dict[str, str]:
    taken, there = set(draft.names), suite.parsed.names
    shapes = {_shape(piece): name for name in draft.names for piece in suite.parsed.by_name.get(name, ())}
    own = {_shape(piece): piece.name for piece in suite.own(function)}
    names: dict[str, str] = {}
    for piece in draft.pieces:
        for name in piece.names if piece.kind in ("function", "class", "other") else ():
            wanted = name
            if is_test(piece):
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
    prefix = own_prefixes(function)[0 if name.startswith("test") else 1]
    if name.startswith(prefix):
        return name
    rest = name.removeprefix("test" if name.startswith("test") else "Test").strip("_")
    if rest == function or rest.startswith(f"{function}_"):
        rest = rest.removeprefix(function).strip("_")
    return f"{prefix}{rest or 'works'}"


def _shape(piece: Piece) -> str:
    """The same for tests that differ in name, layout and comments only."""
    if piece.kind not in ("function", "class"):
        return digest(piece.text)
    text = re.sub(rf"\b(def|class)\s+{re.escape(piece.name)}\b", r"\1 test", piece.text, count=1)
    return digest(text)


def _last_number(suite: Suite, function: str) -> int:
    numbers = [re.fullmatch(rf"test_{re.escape(function)}__example_(\d+)", piece.name) for piece in suite.own(function)]
    return max((int(match[1]) for match in numbers if match), default=0)
