"""The index beside a library: right after every edit, rebuilt when damaged, done without when it must be."""

import sqlite3
from pathlib import Path

import pytest

from library.errors import SourceError
from library.search.index import Index
from library.search.stemming import stem
from library.source.function import parse

FILE = "library.py"
TEXT = '''"""Mine."""

import os

LIMIT = 3


# on area
@overload
def area(x: int) -> int: ...
@overload
def area(x: str) -> str: ...
def area(x):
    """Size of it."""
    return _double(x) * LIMIT


def _double(x):
    return 2 * x


async def fetchPage(path):
    return area(os.path.join(path))
'''


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / ".coder" / "index.db", FILE)


def words(index: Index, query: str) -> list[str]:
    found = index.find(query, (1.0, 1.0, 1.0, 1.0), 10)
    functions = index.functions([id for id, _ in found])
    return [functions[id].name for id, _ in found]


def test_what_is_read_from_the_index_is_what_the_text_says(index: Index) -> None:
    index.read(FILE, TEXT)
    other = Index(index.path, FILE)
    loaded = other.load(FILE)
    assert loaded is not None
    assert loaded.source == TEXT
    assert loaded.functions == parse(TEXT).functions
    assert other.fresh(FILE, TEXT)
    assert not other.fresh(FILE, TEXT + "\n")


@pytest.mark.parametrize("name", ["area", "_double", "fetchPage"])
def test_one_function_can_be_had_without_the_rest(index: Index, name: str) -> None:
    index.read(FILE, TEXT)
    assert Index(index.path, FILE).get(name) == parse(TEXT).get(name)


def test_unknown_names_and_texts_are_none(index: Index) -> None:
    assert index.get("area") is None
    assert index.load(FILE) is None
    index.read(FILE, TEXT)
    assert index.get("nobody") is None
    assert index.get("LIMIT") is None
    assert index.load("other.py") is None


def test_identifiers_are_found_by_their_parts_and_stems(index: Index) -> None:
    index.read(FILE, TEXT)
    assert words(index, stem("fetching")) == ["fetchPage"]
    assert words(index, stem("pages")) == ["fetchPage"]
    assert words(index, stem("doubled")) == ["area"]
    assert words(index, "name : int") == []


EDITS = [
    ("LIMIT = 3", "LIMIT = 4"),
    ("import os\n", "import os\nimport re\n"),
    ("# on area\n", "# on the area\n"),
    ("def _double(x):\n    return 2 * x\n", ""),
    ("return _double(x) * LIMIT\n", "return x * LIMIT\n\n\ndef between(y):\n    return y\n"),
    ("async def fetchPage", "async def fetchBook"),
    ('"""Mine."""\n', ""),
]


def test_after_every_edit_the_index_is_as_if_made_anew(index: Index) -> None:
    text = TEXT
    index.read(FILE, text)
    for old, new in EDITS:
        assert old in text
        text = text.replace(old, new)
        index.read(FILE, text)
        loaded = index.load(FILE)
        assert loaded is not None
        assert loaded.functions == parse(text).functions
        assert [index.get(function.name) for function in loaded.functions] == list(loaded.functions)
    assert words(index, "book") == ["fetchBook"]
    assert words(index, stem("page")) == []
    assert words(index, stem("between")) == ["between"]


def test_an_edit_writes_only_the_pieces_that_changed(index: Index) -> None:
    text = "\n\n".join(f"def f{number}():\n    return {number}" for number in range(200)) + "\n"
    index.read(FILE, text)
    connection = sqlite3.connect(index.path or "")
    before = set(connection.execute("SELECT id FROM pieces"))
    index.read(FILE, "import os\n" + text.replace("return 50\n", "return 'fifty'\n") + "\n\ndef last(): pass\n")
    assert len(before & set(connection.execute("SELECT id FROM pieces"))) >= 190


def test_two_hundred_insertions_at_one_place_keep_their_order(index: Index) -> None:
    text = "def first(): pass\n\n\ndef last(): pass\n"
    for number in range(200):
        text = text.replace("def last", f"def f{number}(): pass\n\n\ndef last")
        index.read(FILE, text)
    loaded = Index(index.path, FILE).load(FILE)
    assert loaded is not None
    assert loaded.source == text


def test_two_processes_that_take_turns_stay_right(index: Index) -> None:
    other = Index(index.path, FILE)
    text = TEXT
    for number in range(6):
        text += f"\n\ndef f{number}(): pass\n"
        (index if number % 2 else other).keep(FILE, parse(text))
    loaded = index.load(FILE)
    assert loaded is not None
    assert loaded.source == text
    assert set(words(index, "f3 OR f4")) == set(words(other, "f3 OR f4")) == {"f3", "f4"}


def test_a_text_that_does_not_parse_leaves_the_last_good_one(index: Index) -> None:
    index.read(FILE, TEXT)
    with pytest.raises(SourceError, match="line"):
        index.read(FILE, TEXT + "\ndef broken(:\n")
    loaded = index.load(FILE)
    assert loaded is not None
    assert loaded.source == TEXT


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 50, None])
def test_a_damaged_index_is_made_anew(index: Index, damage: bytes | None) -> None:
    index.read(FILE, TEXT)
    index.close()
    assert index.path is not None
    if damage is None:
        data = bytearray(index.path.read_bytes())
        data[200 : len(data) // 2] = b"\xff" * (len(data) // 2 - 200)
        index.path.write_bytes(bytes(data))
    else:
        index.path.write_bytes(damage)
    other = Index(index.path, FILE)
    for _ in range(3):
        assert other.read(FILE, TEXT).source == TEXT
    assert other.get("area") == parse(TEXT).get("area")


def test_an_index_of_another_version_is_made_anew(index: Index) -> None:
    index.read(FILE, TEXT)
    index.close()
    connection = sqlite3.connect(index.path or "")
    connection.execute("PRAGMA user_version=999")
    connection.close()
    other = Index(index.path, FILE)
    for _ in range(2):
        other.read(FILE, TEXT)
    assert other.fresh(FILE, TEXT)


def test_an_index_that_lies_is_not_believed(index: Index) -> None:
    index.read(FILE, TEXT)
    connection = sqlite3.connect(index.path or "")
    connection.execute("UPDATE pieces SET text='def area(): pass' WHERE names='area' AND overload=0")
    connection.commit()
    connection.close()
    assert Index(index.path, FILE).read(FILE, TEXT).functions == parse(TEXT).functions


def test_a_locked_index_is_read_and_not_waited_for_in_vain(index: Index) -> None:
    index.read(FILE, TEXT)
    holder = sqlite3.connect(index.path or "", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    other = Index(index.path, FILE)
    assert other.get("area") is not None
    assert other.read(FILE, TEXT + "\n\ndef new(): pass\n").get("new") is not None
    holder.execute("ROLLBACK")
    assert other.read(FILE, TEXT).source == TEXT


def test_an_index_in_memory_needs_no_folder() -> None:
    index = Index(None, FILE)
    index.read(FILE, TEXT)
    assert index.get("area") is not None
    assert words(index, stem("size")) == ["area"]
