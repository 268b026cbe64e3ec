"""Functions brought in from elsewhere: found as text, gathered with what they need, judged, marked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coder.cli.main import main
from library.errors import SourceError
from library.exchange import licence
from library.exchange.dependencies import Sources
from library.exchange.importing import candidates, with_tests
from library.exchange.origin import find_origin
from library.exchange.test_selection import carried

TRAP = "import os\nos.environ['IMPORTED'] = 'yes'\nraise SystemExit('imported')\n"
MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy"
MINE = '''"""Mine."""

import re
from helpers import squeeze

LIMIT = 3


class Trouble(ValueError):
    """No good."""


def shorten(text: str, size: int = LIMIT) -> str:
    """Cut a text to its first letters.

    >>> shorten("abcdef")
    'abc'
    >>> shorten("", -1)
    Traceback (most recent call last):
    mine.Trouble: no
    """
    if size < 0:
        raise Trouble("no")
    return squeeze(text)[:size]


def shout(text: str) -> str:
    """Say it aloud.

    >>> shout("abcdef")
    'ABC!'
    """
    return shorten(text).upper() + "!"


def wrong(number: int) -> int:
    """One more.

    >>> wrong(1)
    3
    """
    return number + 1


def needy(number: int) -> int:
    """Two more.

    >>> needy(1)
    3
    """
    return wrong(number) + 1


def bare(n):
    return n


def double(number: int) -> int:
    """Twice as many."""
    return 2 * number


def reads(path: str) -> str:
    """What a file holds.

    >>> reads("/dev/null")
    ''
    """
    return open(path).read()
'''
HELPERS = "import re\n\n\ndef squeeze(text: str) -> str:\n    return re.sub(r'\\s+', ' ', text)\n"
TESTS = """import pytest
from mine import bare, double, shout


@pytest.fixture
def four():
    return 4


@pytest.mark.parametrize("number", [1, 2])
def test_double(number, four):
    assert double(number) == 2 * number
    assert double(four) == 8


def test_both():
    assert shout("abc") == "ABC!" and double(1) == 2


def test_other():
    assert bare(1) == double(1) - 1
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "tests").mkdir(parents=True)
    (folder / "mine.py").write_text(MINE)
    (folder / "helpers.py").write_text(HELPERS)
    (folder / "tests" / "test_mine.py").write_text(TESTS)
    (folder / "LICENSE").write_text(f"Copyright me\n\n{MIT}")
    return folder


def test_green_functions_come_in_with_what_they_need_their_tests_and_a_mark(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = tmp_path / "library"
    words = ["library", "import", str(project / "mine.py"), "--yes", "--library", str(library)]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "licence: MIT" in told
    assert "+  shorten: 2 examples" in told
    assert "Trouble becomes _Trouble" in told
    assert "-  wrong: refused: wrong(1): expected 3, got 2" in told
    assert "-  needy: refused: it needs wrong, which is refused" in told
    assert "-  bare: refused: There is neither an example nor a test." in told
    assert "-  reads: refused: capabilities: it reaches for files" in told
    assert "test left behind: test_other: it needs bare as well" in told
    source = (library / "library.py").read_text()
    assert "# from: mine.py; licence: MIT\ndef shorten(" in source
    assert "def _squeeze(" in source and "class _Trouble(" in source and "LIMIT = 3" in source
    assert "def wrong(" not in source and "def bare(" not in source
    tests = (library / "test_library.py").read_text()
    assert "# from: origin" in tests
    assert "def test_double__works(number, four)" in tests
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=library, capture_output=True, text=True
    )
    assert "6 passed" in ran.stdout
    log = subprocess.run(["git", "log", "--format=%s"], cwd=library, capture_output=True, text=True).stdout
    assert "import shout from mine.py" in log

    assert main(words) == 3  # once more: nothing new, the same ones refused
    told = capsys.readouterr().out
    assert "=  shorten: is in the library already" in told
    assert "Nothing to take." in told


def test_nobody_there_to_agree_means_yes_must_be_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["library", "import", str(project), "--library", str(project / "library")]) == 2
    assert "--yes" in capsys.readouterr().err
    assert not (project / "library").exists()


def test_only_the_named_ones_come_with_what_they_need(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    origin = find_origin(str(project / "mine.py"))
    assert [one.name for one in candidates(origin, ["shout"])] == ["shorten", "shout"]
    with pytest.raises(SourceError, match="no public function absent"):
        candidates(origin, ["absent"])
    words = ["--names", "reads", "--allow", "files", "--licence", "my own", "--yes"]
    assert main(["library", "import", str(project / "mine.py"), *words, "--library", str(tmp_path / "library")]) == 0
    assert "licence: my own" in capsys.readouterr().out
    assert "licence: my own\ndef reads(" in (tmp_path / "library" / "library.py").read_text()


def test_an_installed_package_is_found_without_being_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "active" / "lib" / "python3.11" / "site-packages"
    (site / "trapped" / "inner").mkdir(parents=True)
    (site / "trapped" / "__init__.py").write_text(TRAP)
    (site / "trapped" / "inner" / "__init__.py").write_text(TRAP)
    (site / "trapped" / "inner" / "words.py").write_text(
        TRAP + "from ..base import _low\n\ndef low(text: str) -> str:\n    return _low(text)\n"
    )
    (site / "trapped" / "base.py").write_text("def _low(text: str) -> str:\n    return text.lower()\n")
    info = site / "trapped-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: trapped\nVersion: 1.2\nLicense-Expression: ISC\n\nText.\n"
    )
    (info / "RECORD").write_text("trapped/__init__.py,,\ntrapped-1.2.dist-info/METADATA,,\n")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    origin = find_origin("trapped.inner")
    assert (origin.name, origin.licence) == ("trapped 1.2", "ISC")
    [one] = candidates(origin)
    assert one.draft is not None
    assert one.draft.code.count("def ") == 2
    assert "# from: trapped 1.2, trapped/inner/words.py; licence: ISC\ndef low(" in one.draft.code
    assert "IMPORTED" not in os.environ
    assert "trapped" not in sys.modules


def test_a_single_file_brings_its_package_but_not_what_lies_around_it(tmp_path: Path) -> None:
    (tmp_path / "pack" / "inner").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "far.py").write_text("def far() -> int:\n    return 1\n")
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "inner" / "__init__.py").write_text("")
    (tmp_path / "pack" / "base.py").write_text("ONE = 1\n")
    inner = tmp_path / "pack" / "inner" / "words.py"
    inner.write_text("# SPDX-License-Identifier: ISC\nfrom ..base import ONE\n\ndef one() -> int:\n    return ONE\n")
    origin = find_origin(str(inner))
    assert sorted(origin.modules) == ["pack", "pack.base", "pack.inner", "pack.inner.words"]
    assert (origin.licence, origin.wanted) == ("ISC", ("pack.inner.words",))
    [one] = candidates(origin)
    assert one.draft is not None and "ONE = 1" in one.draft.code
    (tmp_path / "alone.py").write_text("def alone() -> int:\n    return 1\n")
    assert list(find_origin(str(tmp_path / "alone.py")).modules) == ["alone"]


def test_pythons_own_modules_can_be_taken_too() -> None:
    origin = find_origin("textwrap")
    assert origin.licence == "PSF-2.0"
    assert {"dedent", "indent"} <= {one.name for one in candidates(origin)}


@pytest.mark.parametrize("what", ["no_such_package_at_all", "./nowhere.py", "math"])
def test_what_is_not_there_as_source_is_refused(what: str) -> None:
    with pytest.raises(SourceError):
        find_origin(what)


def test_a_broken_file_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("def good(n: int) -> int:\n    return n\n")
    (tmp_path / "bad.py").write_text("def bad(:\n")
    found = {one.name: one.problem for one in candidates(find_origin(str(tmp_path)))}
    assert found["good"] == ""
    assert "bad, line 1" in found["bad (the whole file)"]


def test_what_stands_in_several_modules_is_gathered_and_what_cannot_be_is_said() -> None:
    modules = {
        "p": "from .a import f\n",
        "p.a": "from __future__ import annotations\nfrom .b import _half as half, SIZE\nfrom p.c import g\n"
        "import math\ndef f(n: int) -> int:\n    return half(n) + SIZE + g(math.floor(n))\n",
        "p.b": "SIZE = 1\ndef _half(n: int) -> int:\n    return n // 2\n",
        "p.c": "def g(n: int) -> int:\n    return n\ndef h() -> int:\n    return 0\n",
        "p.d": "from . import b\nimport p.c\ndef whole(n: int) -> int:\n    return b._half(n)\n",
        "p.e": "from .b import _half\nfrom .f import twice\ndef both(n: int) -> int:\n    return _half(n) + twice(n)\n",
        "p.f": "def _half(n: float) -> float:\n    return n / 2\ndef twice(n: int) -> int:\n    return int(_half(n))\n",
    }
    sources = Sources(modules)
    gathered = sources.gather("p.a", "f", [("p.c", "g")])
    assert gathered.needs == ("g",)
    assert gathered.code.startswith("from __future__ import annotations\nimport math\n")
    assert "half = _half" in gathered.code and "def g(" not in gathered.code and "def h(" not in gathered.code
    assert gathered.code.index("def _half") < gathered.code.index("def f(")
    assert "def g(" in sources.gather("p.a", "f", []).code
    with pytest.raises(SourceError, match=r"a module of its package as a whole: from \. import b"):
        sources.gather("p.d", "whole", [])
    with pytest.raises(SourceError, match=r"p\.b and p\.f both define '_half'"):
        sources.gather("p.e", "both", [])


def test_tests_come_along_only_if_all_they_need_does(project: Path) -> None:
    taken = carried(TESTS, "double", {"mine": "", "helpers": ""}, {"double"})
    assert taken.names == ("test_double",)
    assert "def four()" in taken.text and "from mine" not in taken.text
    assert taken.left == ("test_both: it needs shout as well", "test_other: it needs bare as well")
    [one] = candidates(find_origin(str(project / "mine.py")), ["double"])
    with_both = with_tests(one, find_origin(str(project / "mine.py")), ["shout"])
    assert with_both.tests == ("test_double", "test_both")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MIT, "MIT"),
        ("Apache License\nVersion 2.0, January 2004", "Apache-2.0"),
        ("GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007", "GPL-3.0"),
        ("Redistribution and use in source and binary forms ... Neither the name of the", "BSD-3-Clause"),
        ("Redistribution and use in source and binary forms, with or without", "BSD-2-Clause"),
        ("My own terms\nbe kind", "My own terms"),
        ("", ""),
    ],
)
def test_a_licence_is_told_by_its_words(text: str, name: str) -> None:
    assert licence.of_text(text) == name


def test_a_licence_is_found_wherever_it_is_said() -> None:
    assert licence.in_header("# SPDX-License-Identifier: MIT OR Apache-2.0\n") == "MIT OR Apache-2.0"
    assert licence.of_project('[project]\nname = "x"\nlicense = {text = "BSD"}\n') == "BSD"
    assert licence.of_metadata([("Classifier", "License :: OSI Approved :: MIT License")]) == "MIT License"
    assert licence.of_metadata([("License", "UNKNOWN")]) == ""


def brought(library: Path, *what: str) -> int:
    """The exit code of bringing one file or folder after the other into a library, the last one's."""
    codes = [main(["library", "import", one, "--yes", "--library", str(library)]) for one in what]
    return codes[-1]


def function(name: str, argument: str, result: str, body: str, *doctests: str) -> str:
    shown = "\n".join(f"    >>> {call}\n    {gives}" for call, gives in (one.split(" -> ") for one in doctests))
    return f'def {name}({argument}) -> {result}:\n    """Work it out.\n\n{shown}\n    """\n    return {body}\n'


TIMES = function("times", "n: int", "str", "str(pow(n, 3))", "times(2) -> '8'")
ROOT_OF = "from math import pow\n\n\n" + function("root_of", "a: float", "float", "pow(a, 0.5)", "root_of(4.0) -> 2.0")
TOTAL = function("total", "xs: list[int]", "int", "sum(scaled(x) for x in xs)", "total([]) -> 0", "total([0, 0]) -> 0")
RATE = "RATE = {}\n\n\n"


def value(library: Path, expression: str) -> str:
    run = [sys.executable, "-c", f"from library import *; print(({expression}))"]
    return subprocess.run(run, cwd=library, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("order", [("times.py", "root.py"), ("root.py", "times.py")])
def test_an_import_never_hides_pythons_own_names_from_other_functions(tmp_path: Path, order: tuple[str, str]) -> None:
    (tmp_path / "times.py").write_text(TIMES)
    (tmp_path / "root.py").write_text(ROOT_OF)
    assert brought(tmp_path / "library", *(str(tmp_path / one) for one in order)) == 0
    assert value(tmp_path / "library", "times(2), root_of(4.0)") == "('8', 2.0)"


@pytest.mark.parametrize("apart", [False, True], ids=["one_folder", "file_after_file"])
def test_a_function_calls_the_helper_of_its_own_file_and_no_other_of_that_name(tmp_path: Path, apart: bool) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "a.py").write_text(function("scaled", "n: int", "int", "2 * n", "scaled(2) -> 4"))
    (tmp_path / "m" / "b.py").write_text(
        function("scaled", "n: int", "int", "3 * n", "scaled(2) -> 6") + "\n\n" + TOTAL
    )
    what = [tmp_path / "m" / "a.py", tmp_path / "m" / "b.py"] if apart else [tmp_path / "m"]
    brought(tmp_path / "library", *map(str, what))
    assert value(tmp_path / "library", "scaled(1), total([1, 1])") == "(2, 6)"


def test_two_files_with_one_constant_of_two_values_come_in_apart(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    for name, rate, result in (("gross", "0.19", "119.0"), ("reduced", "0.07", "107.0"), ("third", "0.5", "150.0")):
        body = function(name, "x: float", "float", "x * (1 + RATE)", f"{name}(100.0) -> {result}")
        (tmp_path / "m" / f"{name}.py").write_text(RATE.format(rate) + body)
    assert brought(tmp_path / "library", str(tmp_path / "m")) == 0
    assert value(tmp_path / "library", "gross(100.0), reduced(100.0), third(100.0)") == "(119.0, 107.0, 150.0)"


def test_tests_of_a_function_of_the_same_name_in_another_module_stay_with_it(tmp_path: Path) -> None:
    package = tmp_path / "pk"
    package.mkdir()
    (package / "__init__.py").write_text("from .plain import take\n")
    (package / "plain.py").write_text(function("take", "n: int", "int", "n", "take(1) -> 1"))
    (package / "curried.py").write_text(function("take", "n: int", "int", "-n", "take(1) -> -1"))
    for name, source, result in (("curried", "pk.curried", "-1"), ("handed_on", "pk", "1"), ("plain", "pk.plain", "1")):
        text = f"from {source} import take\n\n\ndef test_{name}():\n    assert take(1) == {result}\n"
        (tmp_path / f"test_{name}.py").write_text(text)
    origin = find_origin(str(tmp_path))
    found = {one.module: one for one in candidates(origin) if one.draft}
    [one] = [with_tests(one, origin, []) for one in found.values()]
    wanted = {"pk.plain": ("test_handed_on", "test_plain"), "pk.curried": ("test_curried",)}
    assert one.tests == wanted[one.module]


def test_results_that_show_a_class_of_the_file_are_still_compared(tmp_path: Path) -> None:
    (tmp_path / "span.py").write_text(
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\n"
        "class Span:\n    start: int\n    end: int\n\n\n"
        + function("widen", "span: Span", "Span", "Span(span.start, span.end + 1)", "widen(Span(1, 2)) -> Span(1, 3)")
    )
    assert brought(tmp_path / "library", str(tmp_path / "span.py")) == 0


def test_the_licences_text_and_whose_it_is_stay_with_what_was_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "times.py").write_text(TIMES)
    (theirs / "LICENSE").write_text(f"MIT License\n\nCopyright (c) 2020 Ann Author\n\n{MIT}\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["remote", "add", "origin", "https://ann:secret@example.org/theirs.git"]):
        subprocess.run([*git, *words], cwd=theirs, check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], cwd=theirs, check=True)
    sha = subprocess.run(["git", "rev-parse", "HEAD"], cwd=theirs, capture_output=True, text=True).stdout[:12]
    library, package = tmp_path / "library", tmp_path / "a package"
    assert brought(library, str(theirs / "times.py")) == 0
    evidence = (library / "evidence" / "times.json").read_text()
    assert f"Copyright (c) 2020 Ann Author; from https://example.org/theirs.git at {sha}" in evidence
    [paper] = (library / "evidence" / "licences").iterdir()
    assert MIT in paper.read_text() and "secret" not in evidence + paper.read_text()
    assert main(["library", "export", str(package), "--library", str(library)]) == 0
    assert f"pip install '{package}'" in capsys.readouterr().out
    assert MIT in (package / "licences" / paper.name).read_text()
    assert "Ann Author" in (package / "README.md").read_text()
