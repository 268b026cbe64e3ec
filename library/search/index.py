"""The index: a library's pieces and words in SQLite, brought up to date in milliseconds, always rebuildable."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Generator, Sequence, Sized
from pathlib import Path
from typing import Any, NamedTuple

from library.search.stemming import stems
from library.source.function import Function, Parsed, parse
from library.source.incremental import differing, reparse
from library.source.statements import Piece
from library.source.syntax_tree import quickly
from memory.errors import CoderError
from memory.git.blob import blob_name
from memory.git.trust import prepare

_VERSION = 6
_SCHEMA = """
CREATE TABLE IF NOT EXISTS texts(file TEXT PRIMARY KEY, digest TEXT, tail TEXT, stamp TEXT);
CREATE TABLE IF NOT EXISTS pieces(id INTEGER PRIMARY KEY, file TEXT, place REAL, height INT, top INT, kind TEXT,
    names TEXT, gap TEXT, text TEXT, above INT, signature TEXT, doc TEXT, overload INT, uses TEXT, touches TEXT);
CREATE INDEX IF NOT EXISTS pieces_place ON pieces(file, place, height);
CREATE TABLE IF NOT EXISTS names(name TEXT, id INT, kind TEXT);
CREATE INDEX IF NOT EXISTS names_name ON names(name);
CREATE INDEX IF NOT EXISTS names_id ON names(id);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING
    fts5(name, summary, rest, body, tokenize='unicode61 remove_diacritics 0');
CREATE TABLE IF NOT EXISTS counts(word TEXT PRIMARY KEY, functions INT) WITHOUT ROWID;
"""
_ROW = "SELECT rowid, name, summary, rest, body FROM words"
_COLUMNS = "id, place, kind, names, gap, text, above, signature, doc, overload, uses, touches, height, top"


class _Spot(NamedTuple):
    """Where a piece stands in the table."""

    id: int
    place: float


class Index:
    """Pieces of the library's and the tests' texts as they were last good.

    Nothing depends on it: a damaged file is made anew, one that cannot be written is done without.

    Args:
        path: the SQLite file; its folder is made when there is something to write. None: in memory.
        searched: the text whose functions are found by words.
    """

    def __init__(self, path: Path | None, searched: str) -> None:
        self.path = path
        self.searched = searched
        self._open: sqlite3.Connection | None = None
        self._spots: dict[str, tuple[str, list[_Spot]]] = {}  # file -> digest of the text, where its pieces stand
        self._parsed: dict[str, Parsed] = {}  # file -> that text

    def fresh(self, file: str, source: str) -> bool:
        """The index holds exactly this text."""
        return self._digest(file) == digest_of(source)

    def holds(self, file: str, parsed: Parsed) -> bool:
        """The index holds exactly this text, which it has loaded or kept before."""
        known = self._spots.get(file)
        return known is not None and self._parsed.get(file) is parsed and self._digest(file) == known[0]

    def stamp(self, file: str) -> str:
        """What `put_stamp` noted since the text was last kept; else ""."""
        return next((row[0] for row in self._rows("SELECT stamp FROM texts WHERE file=?", (file,))), "")

    def put_stamp(self, file: str, stamp: str) -> None:
        """Note how the file looks on disk that holds exactly the text kept."""
        self._rows("UPDATE texts SET stamp=? WHERE file=?", (stamp, file))

    def load(self, file: str, source: str = "") -> Parsed | None:
        """The text as it was last good, None if nothing is known; `source` may be it, which spares a check."""
        with self._tolerant(), quickly():
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                head = connection.execute("SELECT digest, tail FROM texts WHERE file=?", (file,)).fetchone()
                if head is None:
                    return None
                rows = connection.execute(
                    f"SELECT {_COLUMNS} FROM pieces WHERE file=? ORDER BY place", (file,)
                ).fetchall()
            finally:
                connection.execute("COMMIT")
            pieces = tuple(_piece(row) for row in rows)
            kept = [_Spot(row[0], row[1]) for row in rows]
            parsed = Parsed(pieces, head[1])
            if parsed.source != source and digest_of(parsed.source) != head[0]:
                raise sqlite3.DatabaseError("the index does not hold what it says")
            self._spots[file], self._parsed[file] = (head[0], kept), parsed
            return parsed
        return None

    def read(self, file: str, source: str) -> Parsed:
        """Take a text apart with the help of what is known of it, and keep what is new.

        Raises:
            SourceError: it does not parse; the index then goes on holding the last good text.
        """
        known = self.load(file, source)
        if known is not None and known.source == source:
            return known
        parsed = parse(source, file, deep=True) if known is None else reparse(known, source, file)
        self.keep(file, parsed)
        return parsed

    def keep(self, file: str, parsed: Parsed) -> None:
        """Bring the index up to this text; only pieces that differ are written."""
        with self._tolerant():
            connection = self._connection(write=True)
            digest = digest_of(parsed.source)
            connection.execute("BEGIN IMMEDIATE")
            try:
                there = connection.execute("SELECT digest FROM texts WHERE file=?", (file,)).fetchone()
                known = self._spots.get(file)
                if there is not None and known is not None and known[0] == there[0]:
                    spots, spans = known[1], differing(self._parsed[file].pieces, parsed.pieces)
                else:
                    text = "SELECT id, place, gap, text FROM pieces WHERE file=? ORDER BY place"
                    found = connection.execute(text, (file,)).fetchall()
                    spots = [_Spot(row[0], row[1]) for row in found]
                    texts = [(piece.gap, piece.text) for piece in parsed.pieces]
                    spans = differing([(row[2], row[3]) for row in found], texts)
                rows = self._write(connection, file, spots, spans, parsed.pieces)
                connection.execute("INSERT OR REPLACE INTO texts VALUES(?, ?, ?, '')", (file, digest, parsed.tail))
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            self._spots[file], self._parsed[file] = (digest, rows), parsed

    def find(self, query: str, weights: tuple[float, ...], limit: int) -> list[tuple[int, float]]:
        """Row ids and scores (higher is better) of the functions that fit a FTS5 query best.

        Args:
            query: in the language of FTS5.
            weights: of name, summary, rest (signature and remaining docstring) and body.
        """
        marks = ", ".join(map(str, weights))
        text = f"SELECT rowid, bm25(words, {marks}) AS score FROM words WHERE words MATCH ? ORDER BY score LIMIT ?"
        return [(row[0], -row[1]) for row in self._rows(text, (query, limit))]

    def fields(self, ids: list[int]) -> dict[int, tuple[str, str, str, str]]:
        """The stems of name (first the whole name), summary, rest and body of functions."""
        return {row[0]: row[1:] for row in self._rows(f"{_ROW} WHERE rowid IN ({_marks(ids)})", ids)}

    def named(self, names: Sequence[str]) -> list[int]:
        """Row ids of the functions with these very names."""
        text = f"SELECT id FROM names WHERE kind='function' AND name IN ({_marks(names)})"
        return [row[0] for row in self._rows(text, names)]

    def spread(self, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """How many functions there are, and in how many each of these stems occurs."""
        wanted = ["", *words]
        found = dict(self._rows(f"SELECT word, functions FROM counts WHERE word IN ({_marks(wanted)})", wanted))
        return found.pop("", 0), {word: count for word, count in found.items() if count}

    def functions(self, ids: list[int]) -> dict[int, Function]:
        """The functions in these rows."""
        found: dict[int, Function] = {}
        with self._tolerant():
            connection = self._connection()
            text = f"SELECT {_COLUMNS}, file FROM pieces WHERE id IN ({_marks(ids)}) ORDER BY file, place"
            line, file, place = 1, "", 0.0
            between = "SELECT coalesce(sum(height), 0) FROM pieces WHERE file=? AND place>=? AND place<?"
            for row in connection.execute(text, ids).fetchall():
                line, place = (1, 0.0) if file != row[-1] else (line, place)
                file = row[-1]
                line += connection.execute(between, (file, place, row[1])).fetchone()[0]
                place = row[1]
                found[row[0]] = self._function(row, line)
        return found

    def get(self, name: str) -> Function | None:
        """The function of this name."""
        where = "WHERE n.name=? AND n.kind='function' ORDER BY p.place"
        ids = self._rows(f"SELECT n.id FROM names n JOIN pieces p ON p.id = n.id {where}", (name,))
        return self.functions([ids[-1][0]]).get(ids[-1][0]) if ids else None

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    # -- inside

    def _digest(self, file: str) -> str:
        return next((row[0] for row in self._rows("SELECT digest FROM texts WHERE file=?", (file,))), "")

    def _rows(self, text: str, values: Sequence[object]) -> list[Any]:
        """What the index says; nothing where it cannot be asked."""
        with self._tolerant():
            return self._connection().execute(text, values).fetchall()
        return []

    def _function(self, row: tuple[Any, ...], line: int) -> Function:
        """The function in a row of `pieces` whose gap begins in this line."""
        connection, piece, place, file = self._connection(), _piece(row), row[1], row[-1]
        parts, uses = [piece], set(piece.uses)
        text = f"SELECT {_COLUMNS} FROM pieces WHERE file=? AND place<? ORDER BY place DESC"
        for other in connection.execute(text, (file, place)):
            before = _piece(other)
            if not (before.overload and before.names == piece.names):
                break
            parts.insert(0, before)
            uses |= before.uses
            line -= sum(before.heights)
        first = line + parts[0].heights[0]
        known = f"SELECT DISTINCT name FROM names WHERE kind<>'import' AND name IN ({_marks(uses)})"
        calls = {found[0] for found in connection.execute(known, sorted(uses))} - {piece.name}
        source = parts[0].text + "".join(part.whole for part in parts[1:])
        end = first - 1 + parts[0].heights[1] + sum(sum(part.heights) for part in parts[1:])
        return Function(piece.name, piece.signature, piece.doc, source, tuple(sorted(calls)), first, end)

    def _write(
        self,
        connection: sqlite3.Connection,
        file: str,
        old: list[_Spot],
        spans: Sequence[tuple[int, int, int, int]],
        pieces: tuple[Piece, ...],
    ) -> list[_Spot]:
        """Change the rows of a file into these pieces where they differ (`differing`); the other rows stay."""
        top = connection.execute("SELECT coalesce(max(id), 0) FROM pieces").fetchone()[0]
        try:
            spots, new = _placed(old, spans, top)
        except OverflowError:  # between two places there is no room left
            spans = [(0, len(old), 0, len(pieces))]
            spots, new = _placed(old, spans, top)
        gone = [(spot.id,) for first, last, *_ in spans for spot in old[first:last]]
        connection.executemany("DELETE FROM pieces WHERE id=?", gone)
        if file == self.searched:
            _count(connection, [row for id in gone for row in connection.execute(f"{_ROW} WHERE rowid=?", id)], -1)
            connection.executemany("DELETE FROM names WHERE id=?", gone)
            connection.executemany("DELETE FROM words WHERE rowid=?", gone)
        changed = [(spots[number], pieces[number]) for number in new]
        rows = [_values(spot, file, piece) for spot, piece in changed]
        connection.executemany(f"INSERT INTO pieces VALUES({_marks(range(15))})", rows)
        if file == self.searched:
            names = [(name, spot.id, piece.kind) for spot, piece in changed for name in piece.names]
            connection.executemany("INSERT INTO names VALUES(?, ?, ?)", names)
            shown = [_words(spot.id, piece) for spot, piece in changed if _searched(piece)]
            connection.executemany("INSERT INTO words(rowid, name, summary, rest, body) VALUES(?, ?, ?, ?, ?)", shown)
            _count(connection, shown, 1)
        return spots

    def _connection(self, *, write: bool = False) -> sqlite3.Connection:
        if self._open is None:
            if self.path is not None:
                if not (self.path.exists() or write) or not self.path.parent.parent.exists():
                    raise sqlite3.OperationalError("there is no index, or no library folder for one")
                prepare(self.path.parent)
            connection = sqlite3.connect(
                self.path or ":memory:", timeout=0.5, isolation_level=None, check_same_thread=False
            )
            try:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version != _VERSION:
                    if version:
                        raise sqlite3.DatabaseError("an index of another version")
                    connection.execute("PRAGMA journal_mode=WAL")
                    connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={_VERSION}; COMMIT;")
                connection.execute("PRAGMA synchronous=OFF")  # what a crash may damage is made anew
            except BaseException:
                connection.close()
                raise
            self._open = connection
        return self._open

    @contextlib.contextmanager
    def _tolerant(self) -> Generator[None, None, None]:
        """A damaged index is thrown away, a busy or unwritable one left alone; nobody is told, as nothing is lost."""
        try:
            yield
        except sqlite3.OperationalError:
            self._spots.clear()
        except (sqlite3.DatabaseError, ValueError, TypeError):
            self._spots.clear()
            self.close()
            if self.path is not None:
                with contextlib.suppress(OSError):
                    for end in ("", "-wal", "-shm"):
                        self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        except (OSError, CoderError):
            self._spots.clear()


def digest_of(source: str) -> str:
    """A hash of a text, 40 hex digits; half a character, which no file can hold, has one too."""
    return blob_name(source.encode("utf-8", "surrogatepass"))


def _marks(values: Sized) -> str:
    """A question mark for each value, as SQL wants them."""
    return ", ".join("?" * len(values))


def _placed(old: list[_Spot], spans: Sequence[tuple[int, int, int, int]], top: int) -> tuple[list[_Spot], list[int]]:
    """Where all pieces stand then, and the numbers of the new ones, which get ids above `top` and places between."""
    spots: list[_Spot] = []
    new: list[int] = []
    done = 0
    for first, last, start, end in spans:
        spots += old[done:first]
        done = last
        before = spots[-1].place if spots else 0.0
        step = (old[last].place - before) / (end - start + 1) if last < len(old) else 1.0
        if end > start and step < 1e-6:
            raise OverflowError
        spots += [_Spot(top + number + 1, before + step * (number + 1)) for number in range(end - start)]
        new += range(start, end)
        top += end - start
    return spots + old[done:], new


def _piece(row: tuple[Any, ...]) -> Piece:
    piece = object.__new__(Piece)  # a frozen dataclass sets field by field, which is a third of the time of a listing
    piece.__dict__.update(
        kind=row[2],
        names=tuple(row[3].split()),
        gap=row[4],
        text=row[5],
        above=row[6],
        signature=row[7],
        doc=row[8],
        overload=bool(row[9]),
        known=(row[10], row[11]),
        heights=(row[13], row[12] - row[13]),
        height=row[12],
    )
    return piece


def _values(row: _Spot, file: str, piece: Piece) -> tuple[Any, ...]:
    spot = (row.id, file, row.place, piece.height, piece.heights[0])
    text = (piece.kind, " ".join(piece.names), piece.gap, piece.text, piece.above, piece.signature, piece.doc)
    return (*spot, *text, int(piece.overload), " ".join(sorted(piece.uses)), " ".join(sorted(piece.touches)))


def _count(connection: sqlite3.Connection, rows: Sequence[tuple[int, str, str, str, str]], by: int) -> None:
    """Keep count of how many functions have each word; of all functions under ""."""
    found: Counter[str] = Counter()
    for row in rows:
        found.update({word for field in row[1:] for word in field.split()} | {""})
    text = "INSERT INTO counts VALUES(?, ?) ON CONFLICT(word) DO UPDATE SET functions = functions + excluded.functions"
    connection.executemany(text, [(word, by * count) for word, count in found.items()])


def _searched(piece: Piece) -> bool:
    return piece.kind == "function" and not piece.overload and not piece.name.startswith("_")


def _words(id: int, piece: Piece) -> tuple[int, str, str, str, str]:
    first, _, rest = piece.doc.strip().partition("\n")
    body = piece.text.replace(piece.doc, " ") if piece.doc else piece.text
    name = [piece.name.lower(), *stems(piece.name)]
    first, rest, body = (" ".join(stems(text)) for text in (first, f"{piece.signature} {rest}", body))
    return (id, " ".join(name), first, rest, body)
