"""What of a written text is code, what belongs to its tests, and what nothing needs; told by use. Pure."""

import ast
import re
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from library.capabilities.import_time_calls import import_work
from library.capabilities.scan import capabilities
from library.draft.self_imports import from_the_library
from library.errors import SourceError
from library.examples.implied_imports import is_known
from library.source.import_effects import FAR
from library.source.imports import imported
from library.source.statements import Piece, is_guard, is_test, read_pieces
from library.source.syntax_tree import read_tree

_XUNIT = re.compile(r"(setup|teardown)_(module|function|method)|(setUp|tearDown)Module|pytest_\w+|collect_ignore\w*")
_ONLY_TESTS = frozenset({"pytest", "unittest", "library", "doctest"})
_HIDDEN = re.compile(r"[\"'](_[A-Za-z]\w*)[\"']")  # a private name in quotes, as for getattr or globals()


@dataclass(frozen=True)
class CodeAndTests:
    """A text taken apart.

    Args:
        code: the function, and what it needs.
        tests: tests with what only they need: imports, constants, helpers, fixtures.
        left_out: first lines of what nothing needs, which is neither run nor saved.
        public: public names that would be saved, in order.
    """

    code: str
    tests: str
    left_out: tuple[str, ...] = ()
    public: tuple[str, ...] = ()


@dataclass(eq=False)
class _One:
    """A piece with its place."""

    piece: Piece
    block: int
    tests: bool = False  # needed by tests
    code: bool = False  # needed by the function

    @cached_property
    def uses(self) -> frozenset[str]:
        found = self.piece.uses | self.piece.touches
        return found | frozenset(_HIDDEN.findall(self.piece.text))


@dataclass
class _Text:
    """All pieces of all blocks, and who binds which name."""

    name: str
    ones: list[_One]
    by_name: dict[str, list[_One]] = field(default_factory=dict[str, list[_One]])
    touchers: dict[str, list[_One]] = field(default_factory=dict[str, list[_One]])

    def __post_init__(self) -> None:
        for one in self.ones:
            for name in one.piece.names:
                self.by_name.setdefault(name, []).append(one)
            if one.piece.kind in ("import", "future", "docstring") or _only_as_script(one.piece):
                continue
            for name in one.piece.touches:
                self.touchers.setdefault(name, []).append(one)

    def binding(self, name: str, block: int) -> list[_One]:
        """Who binds a name for a piece of this block: its own block first, for each is a text of its own."""
        found = self.by_name.get(name) or self.by_name.get("*", [])
        own = [one for one in found if one.block == block]
        return own or found

    def reach(self, roots: Collection[_One], *, tests: bool) -> list[_One]:
        """The roots and all that they need, directly or not."""
        queue, found = deque(roots), dict.fromkeys(roots)
        while queue:
            one = queue.popleft()
            names = one.uses | one.piece.asks if tests else one.uses
            others = [other for name in names for other in self.binding(name, one.block)]
            others += [other for name in one.piece.names for other in self.touchers.get(name, ())]
            for other in others:
                if other not in found and not is_test(other.piece):
                    found[other] = None
                    queue.append(other)
        return list(found)


def part(blocks: Sequence[str], name: str, others: Collection[int] = ()) -> CodeAndTests:
    """Tell a function's code from its tests.

    What the function needs is code, wherever it stands; what else tests need stays with the tests; what both need is
    code. A statement that could change what the function does is code as well, so that it is judged and seen. What
    nothing needs is left out. Bare asserts become a test.

    Args:
        blocks: Python texts that belong together; each parses.
        name: the function that was asked for.
        others: numbers of blocks with another version of it, of which at most the tests are of use.

    Raises:
        SourceError: the tests hold what would change the tests of other functions.
    """
    every = [_pieces(block) for block in blocks]
    anywhere = {name} | {n for pieces in every for piece in pieces if piece.kind != "import" for n in piece.names}
    meant = [from_the_library(block, name, anywhere) for block in blocks]
    every = [p if new == old else _pieces(new) for p, new, old in zip(every, meant, blocks, strict=True)]
    ones = [_One(p, number) for number, pieces in enumerate(every) for p in _without_itself(pieces, name, anywhere)]
    tested = any(is_test(one.piece) for one in ones if one.block not in others)
    ones = [one for one in ones if one.block not in others or not (tested or name in one.piece.names)]
    text = _Text(name, ones)
    roots = [one for one in text.by_name.get(name, []) if one.piece.kind != "import"]
    homes = {one.block for one in roots}
    for one in text.reach(roots, tests=False):
        one.code = True
    checks = [one for one in ones if one not in roots and _for_pytest(one.piece)]
    asserts = [one for one in ones if _asserts(one, name)]
    for one in text.reach([*checks, *asserts], tests=True):
        one.tests = True
    left = [one for one in ones if not (one.code or one.tests)]
    docs = [one for one in left if one.piece.kind == "docstring" and one.block not in homes and ">>>" in one.piece.text]
    for one in docs:
        one.tests = True
    _place_the_rest(text, [one for one in left if one not in docs], homes)
    saved = [one.piece.name for one in ones if _is_public(one.piece) and one.code]
    out = [one for one in left if not (one.code or one.tests or one.piece.kind in ("import", "docstring", "future"))]
    told = [_first_line(one.piece) for one in out if not all(map(is_guard, one.piece.nodes))]
    tests = [one for one in ones if one.tests and not (one.code and one.piece.kind != "import")]
    return CodeAndTests(
        _code([one for one in ones if one.code]),
        _tests(tests, {id(one) for one in asserts}, name),
        tuple(told),
        tuple(dict.fromkeys(saved)),
    )


def _pieces(block: str) -> list[Piece]:
    """The pieces of one block; comments below the last one stay with it."""
    pieces, tail = read_pieces(block, "the draft", deep=True)
    if tail.strip() and pieces and pieces[-1].kind in ("function", "class"):
        last = pieces[-1]
        text = last.text if last.text.endswith("\n") else last.text + "\n"
        return [*pieces[:-1], replace(last, text=text + tail)]
    return list(pieces)


def _without_itself(pieces: Sequence[Piece], name: str, anywhere: Collection[str]) -> list[Piece]:
    """The pieces without imports of what the draft defines itself, as tests have them."""
    own = {name} | {n for piece in pieces if piece.kind != "import" for n in piece.names}
    found: list[Piece] = []
    for piece in pieces:
        items = imported(piece) if piece.kind == "import" else ()
        kept = [i for i in items if i.bound not in own and (i.bound not in anywhere or is_known(i.module))]
        if len(kept) < len(items):
            names = tuple(sorted({item.bound for item in kept}))
            text = "".join(f"{item.line}\n" for item in kept)
            found += [Piece("import", names, piece.gap, text)] if kept else []
        else:
            found.append(piece)
    return found


def _only_as_script(piece: Piece) -> bool:
    """`if __name__ == "__main__":` and nothing else."""
    return piece.kind == "other" and all(map(is_guard, piece.nodes))


def _for_pytest(piece: Piece) -> bool:
    """A test, a fixture, or a mark for all tests of the file.

    Raises:
        SourceError: it is for all tests of the file and cannot be made to hold for some.
    """
    if is_test(piece):
        return True
    if any(_XUNIT.fullmatch(name) for name in piece.names) or "pytest_plugins" in piece.names:
        raise SourceError(f"{piece.names[0]} would hold for the tests of other functions too: use a fixture instead.")
    if piece.kind == "function":
        head = piece.text.partition("def ")[0]
        return bool(re.search(r"@\s*(\w+\.)*fixture\b", head))
    return "pytestmark" in piece.names


def _is_public(piece: Piece) -> bool:
    return piece.kind in ("function", "class") and not piece.name.startswith("_") and not is_test(piece)


def _asserts(one: _One, name: str) -> bool:
    """A statement at the top that tests the function: an assert, or a loop or block with one in it."""
    piece = one.piece
    if piece.kind != "other" or name not in piece.uses:
        return False
    nodes = piece.nodes
    loose = (ast.Assert, ast.For, ast.With, ast.Try, ast.If, ast.While)
    return all(isinstance(node, loose) and not is_guard(node) for node in nodes) and any(
        isinstance(part, ast.Assert) for node in nodes for part in ast.walk(node)
    )


def _place_the_rest(text: _Text, left: Sequence[_One], homes: Collection[int]) -> None:
    """What neither the function nor a test needs: kept where it could change what they do, else left out."""
    ours = {name for one in text.ones if one.code for name in one.piece.names}
    theirs = {name for one in text.ones if one.tests for name in one.piece.names}
    testing = {one.block for one in text.ones if one.tests}
    script = set(text.reach([one for one in left if _only_as_script(one.piece)], tests=False))
    for one in left:
        piece = one.piece
        if piece.kind == "future":
            one.code = one.block in homes
        elif piece.kind == "import":
            one.code = one.block in homes and not _ONLY_TESTS.issuperset(piece.names)  # for the examples; not saved
        elif piece.kind == "docstring" or _only_as_script(piece):
            continue
        elif _is_public(piece):
            one.code = one.block in homes and one not in script  # the reader refuses it
        elif one.block in homes and _reaches_out(reached := text.reach([one], tests=False)):
            _mark(reached)
        elif piece.effect.acts or piece.effect.relies:
            reached = text.reach([one], tests=False)
            names = {name for other in reached for name in (*other.piece.names, *other.uses)}
            loose = not piece.names and one.block not in homes
            if loose:
                one.tests = one.block in testing and _worth(piece)
            elif text.name in names and not piece.names and not piece.touches & ours:
                continue  # a call of the function to show it
            elif names & theirs and not names & ours and not piece.names:
                one.tests = _worth(piece)
            elif names & ours or not FAR.isdisjoint(names) or not piece.names:
                _mark(reached)


def _reaches_out(ones: Sequence[_One]) -> bool:
    """Whether running these does something beyond the draft: that is seen and refused, and not just left out."""
    text = "\n".join(one.piece.text for one in ones)
    return bool(capabilities(text)) and bool(import_work(read_tree(text, "the draft")))


def _worth(piece: Piece) -> bool:
    """`sys.path.insert(...)` is the habit of finding the module to test, which is found here anyway."""
    return not piece.text.lstrip().startswith(("sys.path.", "print("))


def _mark(ones: Sequence[_One]) -> None:
    for one in ones:
        one.code = True


def _first_line(piece: Piece) -> str:
    return piece.text.strip("\n").split("\n")[piece.above][:120]


def _code(ones: Sequence[_One]) -> str:
    text, before = "", None
    brought: set[str] = set()
    for one in ones:
        if one.piece.kind == "import":
            if one.piece.text.strip() in brought:
                continue
            brought.add(one.piece.text.strip())
        if before is not None and one.block != before.block:
            text = text.rstrip("\n") + "\n\n"
        text += one.piece.whole if one.piece.whole.endswith("\n") else one.piece.whole + "\n"
        before = one
    return text.strip("\n") + "\n"


def _tests(ones: Sequence[_One], asserts: Collection[int], name: str) -> str:
    """The tests, imports first, each once."""
    head: list[str] = []
    body: list[str] = []
    number = 0
    for one in ones:
        text = one.piece.text.strip("\n")
        if one.piece.kind == "import":
            head += [line for line in [text] if line not in head]
            continue
        if id(one) in asserts or one.piece.kind == "docstring":
            number += 1
            kind = "docstring" if one.piece.kind == "docstring" else "assert"
            lines = "\n".join(f"    {line}".rstrip() for line in text.split("\n"))
            text = f"def test_{name}__{kind}_{number}() -> None:\n{lines}"
        loose = one.piece.gap.strip("\n")
        text = f"{loose}\n{text}" if loose.strip() else text
        body.append(text)
    if not body:
        return ""
    joined = "\n\n\n".join(body)
    if "pytest." in joined and not any(re.match(r"import pytest\b", line) for line in head):
        head.insert(0, "import pytest")  # which is often forgotten
    return ("\n".join(head) + "\n\n\n" if head else "") + joined + "\n"
