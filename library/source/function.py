"""Functions as text: what a library offers, what each needs, and its content hash. Pure, nothing is ever run."""

import ast
import builtins
import hashlib
import re
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import cast

from library.source.import_effects import quiet_names
from library.source.imports import Import, imported
from library.source.statements import Piece, read_pieces
from library.source.syntax_tree import Definition, read_tree

_DEFINING = ("function", "class", "other")
_WORD = re.compile(r"\w+")
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


@dataclass(frozen=True)
class Function:
    """One top-level function.

    Args:
        name: its name.
        signature: "parse(text: str, *, strict: bool = False) -> int", with "async " before it where it is one.
        doc: its whole docstring; "" if it has none.
        source: exact text with overloads, decorators and the comment block right above.
        calls: names of other functions, classes and constants of the same text that it refers to, sorted.
        line: first line of `source`, 1-based, in the text that it was parsed from.
        end_line: last line of `source`.
    """

    name: str
    signature: str
    doc: str
    source: str
    calls: tuple[str, ...]
    line: int
    end_line: int

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return self.doc.strip().split("\n")[0].strip()

    @property
    def public(self) -> bool:
        return not self.name.startswith("_")

    @cached_property
    def digest(self) -> str:
        """Content hash, 12 hex digits: layout, comments and docstrings do not count, names do."""
        return digest(self.source)


@dataclass(frozen=True)
class Parsed:
    """A library's text, taken apart.

    Args:
        pieces: every top-level statement in order.
        tail: what stands below the last one.
    """

    pieces: tuple[Piece, ...]
    tail: str = ""

    @cached_property
    def source(self) -> str:
        """The text."""
        parts = [part for piece in self.pieces for part in (piece.gap, piece.text)]
        return "".join(parts) + self.tail

    @cached_property
    def lines(self) -> list[int]:
        """First line of each piece, 1-based; at the end one more for what follows the last piece."""
        heights = [piece.heights for piece in self.pieces]
        ends = list(accumulate([gap + text for gap, text in heights], initial=1))
        firsts = [end + gap for (gap, _), end in zip(heights, ends, strict=False)]
        return [*firsts, ends[-1]]

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """One for each function name, in the order of the text; of several definitions the last, which counts."""
        last = {piece.name: number for number, piece in enumerate(self.pieces) if piece.kind == "function"}
        return tuple(self._function(number) for number in sorted(last.values()))

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """Imports of the module, one for each name, as source lines."""
        lines = [item.line for piece in self.importers if piece.kind != "other" for item in imported(piece)]
        return tuple(dict.fromkeys(lines))

    @cached_property
    def importers(self) -> tuple[Piece, ...]:
        """Pieces that import something, perhaps under a condition."""
        return tuple(piece for piece in self.pieces if imported(piece))

    @cached_property
    def users(self) -> dict[str, frozenset[int]]:
        """For each name the pieces (their `id`) that use it or touch it; imports and docstrings are left out."""
        found: dict[str, set[int]] = {}
        for piece in self.pieces:
            for name in _used(piece):
                found.setdefault(name, set()).add(id(piece))
        return {name: frozenset(pieces) for name, pieces in found.items()}

    def importing(self, name: str, *, typing: bool = True) -> list[Import]:
        """What imports this name, in the order of the text; see `imported`."""
        pieces = [piece for piece in self.by_name.get(name, ()) if piece.kind == "import"]
        if self._odd_importers:
            pieces = sorted([*pieces, *self._odd_importers], key=self.number)
        return [item for piece in pieces for item in imported(piece, typing=typing) if item.bound == name]

    @cached_property
    def _odd_importers(self) -> list[Piece]:
        """`from __future__`, and imports under a condition."""
        return [piece for piece in self.importers if piece.kind != "import"]

    def using(self, names: Iterable[str]) -> list[Piece]:
        """Pieces that use or touch any of these names, in the order of the text; see `users`."""
        found = {one for name in names for one in self.users.get(name, ())}
        return [self.pieces[number] for number in sorted(self._numbers[one] for one in found)]

    @cached_property
    def with_arguments(self) -> tuple[Piece, ...]:
        """Functions that take arguments, in the order of the text: tests and fixtures get fixtures by their names."""
        return tuple(filter(_takes_arguments, self.pieces))

    @cached_property
    def all_names(self) -> str:
        """All names bound at the top level, each in a line of its own: to find those that begin alike."""
        return "\n" + "\n".join(self.by_name) + "\n"

    @cached_property
    def definitions(self) -> frozenset[str]:
        """Names that the text defines itself: functions, classes, constants; imports are not among them."""
        return frozenset(name for piece in self.pieces if piece.kind in _DEFINING for name in piece.names)

    @cached_property
    def by_name(self) -> dict[str, tuple[Piece, ...]]:
        """For every name bound at the top level, imported ones too, the pieces that bind it, in order."""
        found: dict[str, tuple[Piece, ...]] = {}
        for piece in self.pieces:
            for name in piece.names:
                found[name] = (*found[name], piece) if name in found else (piece,)
        return found

    @cached_property
    def acting(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """Statements that may do something to others at import, as numbers, each with all names that it reaches.

        A name such as `globals` among them says that it may reach any.
        """
        found = [number for number, piece in enumerate(self.pieces) if self._acts(piece)]
        return tuple((number, self._reached(number)) for number in found)

    def _acts(self, piece: Piece) -> bool:
        effect = piece.effect
        return effect.acts or not all(self._quiet(name, brought) for name, brought in quiet_names(effect.relies))

    def _quiet(self, name: str, brought: bool, deep: int = 20) -> bool:
        """Reading this name does nothing: it is imported or Python's own (`brought`), or stands for plain data."""
        pieces = self.by_name.get(name, ())
        if brought:
            return all(piece.kind == "import" for piece in pieces)
        if not deep or not pieces or any(piece.kind != "other" for piece in pieces):
            return not pieces and name in _BUILTINS
        effects = [piece.effect for piece in pieces]
        return all(
            effect.data
            and all(one == name or self._quiet(one, sure, deep - 1) for one, sure in quiet_names(effect.relies))
            for effect in effects
        )

    def _reached(self, number: int) -> frozenset[str]:
        piece = self.pieces[number]
        names = {*piece.names, *piece.uses, *piece.touches}
        for one, wanted in needed(self, names).items():
            names |= wanted | (self.pieces[one].uses if self.pieces[one].kind != "import" else set())
        return frozenset(names)

    @property
    def names(self) -> Collection[str]:
        """Every name bound at the top level, imported ones too."""
        return self.by_name.keys()

    def number(self, piece: Piece) -> int:
        """Where in `pieces` this very object is."""
        return self._numbers[id(piece)]

    def get(self, name: str) -> Function | None:
        """The function of this name; of several definitions the last."""
        found = [piece for piece in self.by_name.get(name, ()) if piece.kind == "function"]
        return self._function(self.number(found[-1])) if found else None

    def definition(self, name: str) -> Piece | None:
        """The statement that binds this name last, whatever it is."""
        return self.by_name.get(name, (None,))[-1]

    def with_pieces(self, pieces: tuple[Piece, ...], tail: str, changed: Sequence[Piece]) -> "Parsed":
        """Another text that shares most pieces with this one; what is known of names is carried over.

        Args:
            pieces: all of its pieces.
            tail: what stands below them.
            changed: those of this text that it no longer has, and those that are new.
        """
        new = Parsed(pieces, tail)
        touched: dict[str, list[Piece]] = {}
        for piece in changed:
            for name in piece.names:
                touched.setdefault(name, []).append(piece)
        by_name, numbers = dict(self.by_name), new._numbers
        for name, pieces_of in touched.items():
            known = {id(piece): piece for piece in (*by_name.pop(name, ()), *pieces_of)}
            found = sorted((piece for piece in known.values() if id(piece) in numbers), key=new.number)
            if found:
                by_name[name] = tuple(found)
        defined = {name for name in touched if any(piece.kind in _DEFINING for piece in by_name.get(name, ()))}
        new.__dict__["by_name"] = by_name
        new.__dict__["definitions"] = (self.definitions - touched.keys()) | defined
        if "users" in self.__dict__:
            new.__dict__["users"] = _users_after(self.users, changed, numbers)
        if "importers" in self.__dict__:
            new.__dict__["importers"] = self.importers
            if any(imported(piece) for piece in changed):
                there = {id(piece): piece for piece in (*self.importers, *changed) if imported(piece)}
                found = [piece for one, piece in there.items() if one in numbers]
                new.__dict__["importers"] = tuple(sorted(found, key=new.number))
        if "with_arguments" in self.__dict__ and not any(map(_takes_arguments, changed)):
            new.__dict__["with_arguments"] = self.with_arguments
        return new

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return dict(zip(map(id, self.pieces), range(len(self.pieces)), strict=True))

    def _function(self, number: int) -> Function:
        piece, first = self.pieces[number], number
        while first > 0 and self.pieces[first - 1].names == piece.names and self.pieces[first - 1].overload:
            first -= 1
        parts = self.pieces[first : number + 1] if first < number else (piece,)
        calls: set[str] = set()
        for part in parts:
            # Nearly free, and spares the walk through most bodies of a library whose functions stand alone.
            if part.known is not None or not self.definitions.isdisjoint(_WORD.findall(part.text)):
                calls |= part.used(self.definitions)
        return Function(
            name=piece.name,
            signature=piece.signature,
            doc=piece.doc,
            source=piece.text if first == number else parts[0].text + "".join(part.whole for part in parts[1:]),
            calls=tuple(sorted(calls - {piece.name})) if calls else (),
            line=self.lines[first],
            end_line=self.lines[number] + piece.heights[1] - 1,
        )


def _takes_arguments(piece: Piece) -> bool:
    return piece.kind == "function" and "()" not in piece.signature


def _used(piece: Piece) -> frozenset[str]:
    return frozenset() if piece.kind in ("import", "future", "docstring") else piece.uses | piece.touches


def _users_after(
    users: dict[str, frozenset[int]], changed: Sequence[Piece], numbers: Mapping[int, int]
) -> dict[str, frozenset[int]]:
    """`Parsed.users` of a text in which these pieces are new or gone."""
    gone: dict[str, set[int]] = {}
    come: dict[str, set[int]] = {}
    for piece in changed:
        side = come if id(piece) in numbers else gone
        for name in _used(piece):
            side.setdefault(name, set()).add(id(piece))
    found = dict(users)
    for name in gone.keys() | come.keys():
        left = (found.pop(name, frozenset()) - gone.get(name, set())) | come.get(name, set())
        if left:
            found[name] = left
    return found


def parse(source: str, where: str = "library.py", *, deep: bool = False) -> Parsed:
    """Take a module's text apart.

    Args:
        source: the text of a Python module.
        where: what to call it in an error.
        deep: find out at once what each piece uses, which costs less now than later.

    Raises:
        SourceError: it does not parse; names file and line.
    """
    return Parsed(*read_pieces(source, where, deep=deep))


def digest(source: str) -> str:
    """Content hash of a text, 12 hex digits: layout, comments and docstrings do not count, names do."""
    tree = read_tree(source, "function")
    for node in ast.walk(tree):
        if isinstance(node, Definition) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return hashlib.blake2b(_dump(tree).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _dump(value: object) -> str:
    """As ast.dump, but alike in every version of Python: what is empty or absent is left out."""
    if isinstance(value, ast.AST):
        fields = (
            (name, getattr(value, name, None)) for name in value._fields if name not in ("ctx", "kind", "type_comment")
        )
        inner = ",".join(f"{name}={_dump(item)}" for name, item in fields if item is not None and item != [])
        return f"{value.__class__.__name__}({inner})"
    if isinstance(value, list):
        return "[" + ",".join(_dump(item) for item in cast(list[object], value)) + "]"
    return repr(value)


def needed(parsed: Parsed, names: Iterable[str]) -> dict[int, set[str]]:
    """Numbers of the pieces that the named definitions need, each with the names wanted of it."""
    touchers: dict[str, list[int]] = {}
    wanted: dict[int, set[str]] = {}
    for number, piece in enumerate(parsed.pieces):
        if piece.kind == "future":
            wanted[number] = set()
        elif piece.kind not in ("import", "docstring"):
            for name in piece.touches:
                touchers.setdefault(name, []).append(number)
    stars = parsed.by_name.get("*", ())
    queue, seen = deque(names), set[str]()
    while queue:
        name = queue.popleft()
        if name in seen:
            continue
        seen.add(name)
        if name == "__doc__" and parsed.pieces and parsed.pieces[0].kind == "docstring":
            wanted[0] = {name}
        found = parsed.by_name.get(name) or (() if name in _BUILTINS else stars)
        for number in [*map(parsed.number, found), *touchers.get(name, ())]:
            if number not in wanted:
                wanted[number] = set()
                queue.extend(parsed.pieces[number].uses)
                if parsed.pieces[number].kind != "import":
                    queue.extend(parsed.pieces[number].names)
            wanted[number].add(name)
    return wanted
