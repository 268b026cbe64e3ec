"""What is carried from a text to its next version (who uses what, imports) is what a fresh look finds."""

import random
import re
from pathlib import Path

from library.change import reach
from library.source.function import Parsed, parse
from library.source.imports import extended, imported
from library.source.incremental import differing, reparse
from library.source.statements import read_pieces
from library.store import Library
from library.suite.suite import Suite
from memory.store import Memory

LIBRARY = ["import re\n", "from os import path, sep\n", "TABLE = {}\n", "if sep:\n    import json\n"] + [
    f"def f{n}(x):\n    return f{n // 2}(x) + len(TABLE) if x else {n}\n" for n in range(12)
]
TESTS = [
    "from library import f1, f2, f3\n",
    "from library import f4 as four, f5\n",
    "import pytest\n",
    "@pytest.fixture\ndef ready(tmp_path):\n    return four(1)\n",
    "@pytest.fixture\ndef readier(ready):\n    return ready\n",
    "def _double(x):\n    return f2(x) * 2\n",
    "def test_f1__a():\n    assert f1(1)\n",
    "def test_f1__b():\n    assert _double(1)\n",
    "def test_f4__c(readier):\n    assert readier\n",
    "def test_f1__b__d():\n    assert f5(1) or 'f1'\n",
    "class TestAll:\n    def test_it(self):\n        assert f3(1)\n",
]
MORE = [
    "def test_f2__new(ready):\n    assert f2(2)\n",
    "def f20(x):\n    return f3(x)\n",
    "TABLE['x'] = 1\n",
    "from library import f1, f20\n",
    "from os import path as way\n",
    "try:\n    import re\nexcept ImportError:\n    re = None\n",
]


def edited(parts: list[str], chance: random.Random) -> list[str]:
    """Some statements moved, doubled, taken out, put in or changed, as by hand."""
    found = list(parts)
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = chance.randrange(len(found))
        kind = chance.choice(("out", "in", "twice", "move", "change"))
        if kind == "out" and len(found) > 3:
            del found[place]
        elif kind == "in":
            found.insert(place, chance.choice(MORE))
        elif kind == "twice":
            found.insert(chance.randrange(len(found)), found[place])
        elif kind == "move":
            found.insert(chance.randrange(len(found)), found.pop(place))
        else:
            found[place] = re.sub(r"f\d", f"f{chance.randrange(6)}", found[place])
    return found


def looked_at(parsed: Parsed) -> list[object]:
    """All that is carried on, with numbers in the place of identities."""
    numbers = {id(piece): number for number, piece in enumerate(parsed.pieces)}
    users = {name: sorted(numbers[one] for one in ones) for name, ones in parsed.users.items()}
    importers = [parsed.number(piece) for piece in parsed.importers]
    arguments = [parsed.number(piece) for piece in parsed.with_arguments]
    lines = {name: [item.line for item in parsed.importing(name)] for name in ("re", "f1", "path", "way", "json")}
    reached = {name: reach(parsed, {name}) for name in ("f0", "f3", "TABLE")}
    return [users, importers, arguments, lines, reached, parsed.lines, dict.fromkeys(sorted(parsed.names))]


def test_after_any_edits_what_was_carried_on_is_what_a_fresh_look_finds() -> None:
    for seed in range(60):
        chance = random.Random(seed)
        for begin in (LIBRARY, TESTS):
            parts, known = begin, parse("\n\n".join(begin))
            for _ in range(6):
                looked_at(known)
                parts = edited(parts, chance)
                text = "\n\n".join(parts)
                known = reparse(known, text)
                assert known.source == text
                assert looked_at(known) == looked_at(parse(text)), text


def test_after_any_edits_the_same_tests_are_found_as_by_looking_at_each() -> None:
    for seed in range(60):
        chance = random.Random(seed)
        parts, known = TESTS, parse("\n\n".join(TESTS))
        for _ in range(6):
            parts = edited(parts, chance)
            known = reparse(known, "\n\n".join(parts))
            suite, fresh = Suite(known), Suite(parse(known.source))
            for name in ("f1", "f2", "f3", "f4", "f5", "f20"):
                assert [piece.name for piece in suite.tests({name})] == by_hand(known, name), known.source
                own = [piece.name for piece in known.pieces if piece.name.startswith(f"test_{name}__")]
                assert [piece.name for piece in suite.own(name)] == own
            assert suite.imports == fresh.imports


def by_hand(parsed: Parsed, name: str) -> list[str]:
    """Tests that have to do with a library function, found the long way."""
    items = [item for piece in parsed.pieces for item in imported(piece) if item.module == "library"]
    here = {item.bound: item.name for item in items}
    wanted = {bound for bound, there in here.items() if there == name}
    while True:
        found = [
            piece
            for piece in parsed.pieces
            if piece.kind in ("function", "class", "other")
            and (wanted & piece.uses or wanted & set(re.findall(r"\w+", piece.signature.partition("(")[2])))
        ]
        tests = [piece.name for piece in found if piece.name.lower().startswith("test")]
        more = {name for piece in found if not piece.name.lower().startswith("test") for name in piece.names} - wanted
        if not more or not wanted:
            return tests
        wanted |= more


def test_rows_are_the_same_outside_what_is_told_as_different() -> None:
    for seed in range(400):
        chance = random.Random(seed)
        old = [chance.randrange(chance.choice((5, 1000))) for _ in range(chance.randrange(60))]
        new = list(old)
        for _ in range(chance.randrange(8)):
            place = chance.randrange(len(new) + 1)
            new[place : place + chance.randrange(3)] = [chance.randrange(1000) for _ in range(chance.randrange(12))]
        put, done = list[int](), 0
        for first, last, start, end in differing(old, new):
            assert last > first or end > start
            put += [*old[done:first], *new[start:end]]
            done = last
        assert [*put, *old[done:]] == new


def test_one_line_put_in_and_one_changed_are_all_that_is_told() -> None:
    old = list(range(10_000))
    new = [*old[:1300], 10_001, *old[1301:], 10_002]
    assert differing(old, new) == [(1300, 1301, 1300, 1301), (10_000, 10_000, 10_000, 10_001)]


def test_an_import_line_takes_a_name_exactly_while_it_stays_within_120_letters() -> None:
    (item,) = imported(read_pieces("from library import b\n")[0][0])
    for length in range(90, 125):
        for end in ("\n", "", "  # why\n", "\r\n"):
            (piece,) = read_pieces("from library import " + "a" * (length - 20) + end)[0]
            grown = extended(piece, [item], "\n")
            fits = len(piece.text.rstrip()) + len(", b") <= 120 and "#" not in end  # a comment stays with its name
            assert (grown is not None) == fits
            assert grown is None or "a, b" in grown


def test_an_import_of_all_names_does_not_go_into_a_line_of_single_ones() -> None:
    (every,) = imported(read_pieces("from typing import *\n")[0][0])
    assert extended(read_pieces("from typing import List\n")[0][0], [every], "\n") is None


def test_a_library_kept_open_through_edits_by_hand_plans_as_one_opened_anew(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "library")
    chance = random.Random(1)
    parts = [line for line in TESTS if "import pytest" not in line]
    library, begun = "\n\n".join(LIBRARY), ["import pytest\n", *parts]
    memory.write({"library.py": library, "test_library.py": "\n\n".join(begun)}, "begin")
    kept = Library(memory)
    for number in range(12):
        begun = edited(begun, chance)
        (memory.root / "test_library.py").write_text("\n\n".join(begun))
        code = f"def g{number}(x):\n    return f{number % 6}(x)\n"
        tests = f"def test_it():\n    assert g{number}(1) is not None\n"
        mine, fresh = kept.plan_save(code, tests), Library(memory).plan_save(code, tests)
        assert mine == fresh
        replaced = "def f2(x):\n    return x\n"
        mine, fresh = (one.plan_save(replaced, replace=True) for one in (kept, Library(memory)))
        assert mine == fresh and mine.run == fresh.run
        if number % 3 == 2:
            kept.save(kept.plan_save(code, tests), "save")
            begun = [piece.text for piece in parse(kept.tests()).pieces]
