"""Texts taken apart: what the functions of a library are, what each needs, what counts as the same."""

import ast
import textwrap

import pytest

from library.errors import SourceError
from library.source.closure import closure
from library.source.function import Function, digest, parse
from library.source.incremental import reparse

TEXT = '''#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""A library."""

from __future__ import annotations
import os, sys
from typing import overload

try:
    import numpy as np
except ImportError:
    np = None

# how much is too much
LIMIT: int = 3
TABLE = {}
TABLE["x"] = LIMIT

# a remark by itself

# about area
# in two lines
@overload
def area(x: int) -> int: ...
@overload
def area(x: str) -> str: ...
def area(x, *, unit="m:"):
    """Size of it.

    In square metres.
    """
    LIMIT = 2  # hides the constant
    return _double(x)
    # the end

def _double(x): return 2 * x
async def fetch(path: "Place") -> bytes:
    return TABLE[os.path.join(path)]
class Place:
    @property
    def name(self): return fetch
'''


def names(text: str) -> list[str]:
    return [function.name for function in parse(text).functions]


def function(text: str, name: str) -> Function:
    found = parse(textwrap.dedent(text)).get(name)
    assert found is not None
    return found


def test_functions_are_listed_in_order_with_overloads_as_one() -> None:
    assert names(TEXT) == ["area", "_double", "fetch"]


def test_a_function_has_its_signature_docstring_and_exact_source() -> None:
    area = function(TEXT, "area")
    assert area.signature == "area(x, *, unit='m:')"
    assert area.summary == "Size of it."
    assert area.doc == "Size of it.\n\nIn square metres."
    assert area.source.startswith("# about area\n# in two lines\n@overload\n")
    assert area.source.endswith("    # the end\n")
    lines = TEXT.splitlines(keepends=True)
    assert "".join(lines[area.line - 1 : area.end_line]) == area.source


def test_a_remark_by_itself_and_the_coding_line_belong_to_nobody() -> None:
    assert "a remark by itself" not in function(TEXT, "area").source
    assert function("# -*- coding: utf-8 -*-\ndef f(): pass\n", "f").source == "def f(): pass\n"


def test_calls_are_what_it_refers_to_and_not_what_it_hides() -> None:
    assert function(TEXT, "area").calls == ("_double",)
    assert function(TEXT, "fetch").calls == ("Place", "TABLE")


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ("def g(f): return f(1)", ()),
        ("def g(): return [f for f in range(3)]", ()),
        ("def g(): return [f(x) for x in range(3)]", ("f",)),
        ("def g(x=f(1)): return x", ("f",)),
        ("def g():\n    def h(): return f(1)\n    return h", ("f",)),
        ("def g():\n    f = 1\n    def h(): return f\n    return h", ()),
        ("def g():\n    global f\n    f = 1", ("f",)),
        ("def g(x): return x.f", ()),
        ("def g(x): return x(f=1)", ()),
        ("def g(x): return f'{f(x)}'", ("f",)),
        ("def g(x: 'f'): return x", ("f",)),
        ("def g():\n    import f\n    return f", ()),
        ("def g():\n    try: pass\n    except E as f: return f", ()),
        ("def g(x):\n    match x:\n        case [f, *_]: return f", ()),
        ("def g(): return (lambda f: f)(1)", ()),
        ("@f\ndef g(): pass", ("f",)),
        ("class K:\n    f = 1\n    def m(self): return f\ndef g(): return K", ("K",)),
    ],
)
def test_calls_follow_pythons_own_scopes(body: str, calls: tuple[str, ...]) -> None:
    assert function(f"def f(x): return x\n{body}\n", "g").calls == calls


def test_asynchronous_functions_say_so() -> None:
    assert function(TEXT, "fetch").signature.startswith("async fetch(")


def test_signatures_over_several_lines_are_written_on_one() -> None:
    arguments = "    a: int,  # first\n    /,\n    b: str = 'x)',\n    *rest: int,\n    **more: str,\n"
    text = f"def f(\n{arguments}) -> None:\n    pass\n"
    assert function(text, "f").signature == "f(a: int, /, b: str='x)', *rest: int, **more: str) -> None"


def test_imports_come_one_for_each_name() -> None:
    assert parse(TEXT).imports[1:] == ("import os", "import sys", "from typing import overload")


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("    ", "\t"),
        TEXT.rstrip(),
        "\f\ndef f():\n    return '\f'\n\f\ndef g(): pass",
        "x = 'ä€𝄞'\ndef ünïcode(): return x\n",
        "def f():\n    return '''\ndef g():\n    pass\n'''\ndef h(): pass\n",
        "x = (\n# comment at the margin\ndef_ := 1)\n",
        "a = 1; b = 2\nif a: pass\n",
        "\ufeff'''doc'''\nimport os\n",
        "",
        "\n\n",
        "# only a comment",
        "def f(): pass\r\rdef g(): pass\r",
        "x = 1 \\\n  + 2\n@d\n\n# between\ndef f(): pass\n",
    ],
)
def test_taking_a_text_apart_loses_not_a_byte(text: str) -> None:
    parsed = parse(text)
    assert parsed.source == text
    inside = [node for piece in parsed.pieces for node in piece.nodes]
    assert [ast.dump(node) for node in inside] == [ast.dump(node) for node in ast.parse(text.lstrip("\ufeff")).body]


def test_line_numbers_hold_with_form_feeds_and_windows_line_ends() -> None:
    text = "x = '\f'\r\n\f\r\n# on top\r\ndef f():\r\n    pass\r\n"
    assert (function(text, "f").line, function(text, "f").end_line) == (3, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n  pass", "line 1: invalid syntax in 'def f(:'"),
        ("x = 1\n\ndef f():\nreturn 1\n", "line 4: expected an indented block"),
        ("x = 1\n<<<<<<< HEAD\ny = 2\n=======\n", "line 2: a half-finished merge"),
        ("def f():\n    '''never closed\n", "line 2: unterminated"),
        ("def f():\n\tif x:\n        y\n", "line 3: "),
        ("x = '\0'", "library.py"),
        ("(" * 500 + ")" * 500, "library.py"),
    ],
)
def test_a_text_that_does_not_parse_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(text)
    assert said in str(caught.value)
    assert "library.py" in str(caught.value)


def test_the_line_is_right_far_down_in_a_long_text() -> None:
    text = (
        "\n\n".join(f"def f{number}():\n    return {number}" for number in range(2000)) + "\n\ndef broken(:\n    pass\n"
    )
    with pytest.raises(SourceError, match=f"line {text.count(chr(10)) - 1}:"):
        parse(text)


def test_strings_that_look_like_functions_do_not_cut_a_long_text() -> None:
    inner = "\n\n".join(f"def inner{number}():\n    pass" for number in range(1500))
    text = f"def f():\n    '''\n{inner}\n'''\n\ndef g(): pass\n"
    assert names(text) == ["f", "g"]


def test_the_digest_counts_what_a_function_does_and_not_how_it_is_laid_out() -> None:
    one = function("def f(x):\n    '''Doc.'''\n    return x + 1  # plus\n", "f")
    other = function("# hello\ndef f(\n    x,\n):\n    return (x+1)\n", "f")
    assert one.digest == other.digest
    assert len(one.digest) == 12
    assert one.digest != function("def f(x):\n    return x + 2\n", "f").digest
    assert one.digest != function("def g(x):\n    return x + 1\n", "g").digest


def test_a_function_of_nothing_but_a_docstring_has_a_digest() -> None:
    assert digest("def f():\n    'doc'\n") == digest("def f():\n    pass\n")


def test_a_closure_is_what_the_names_need_and_nothing_else() -> None:
    text = closure(TEXT, ["fetch"])
    space: dict[str, object] = {}
    exec(text, space)  # a text of this test's own
    assert {"fetch", "Place", "TABLE", "LIMIT", "os"} <= set(space)
    assert space["TABLE"] == {"x": 3}
    assert not {"area", "_double", "np", "sys"} & set(space)


def test_a_closure_keeps_a_guarded_import_whole() -> None:
    text = closure("try:\n    import numpy as np\nexcept ImportError:\n    np = None\ndef f(): return np\n", ["f"])
    assert "except ImportError" in text


def test_a_closure_brings_what_registers_itself() -> None:
    source = """
from functools import singledispatch

@singledispatch
def show(x): return "?"

@show.register
def _(x: int): return "int"

def other(): pass
"""
    space: dict[str, object] = {}
    exec(closure(source, ["show"]), space)  # a text of this test's own
    show = space["show"]
    assert callable(show)
    assert show(1) == "int"
    assert "other" not in space


def test_a_star_import_comes_along_only_when_a_name_is_unknown() -> None:
    source = "from math import *\ndef f(x): return sqrt(x)\ndef g(x): return len(x)\n"
    assert "import *" in closure(source, ["f"])
    assert "import *" not in closure(source, ["g"])


def test_a_closure_of_unknown_names_is_empty() -> None:
    assert closure(TEXT.replace("from __future__ import annotations\n", ""), ["nobody"]) == ""


def test_of_two_definitions_the_last_counts() -> None:
    assert function("def f(): return 1\n\ndef f(): return 2\n", "f").source == "def f(): return 2\n"


BIG = "import math\n\n\n" + "\n\n\n".join(
    f"# number {number}\ndef f{number}(x):\n    '''Doc {number}.'''\n    return math.sqrt(x) + {number}"
    for number in range(300)
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return math.sqrt(x) + 150\n", "return 0\n"),
        ("import math\n", "import math\nimport os\n"),
        ("# number 77\n", ""),
        ("# number 77\n", "# number 77\n\n"),
        ("def f20(x):\n    '''Doc 20.'''\n    return math.sqrt(x) + 20", "x = '''"),
        ("# number 3\n", "y = '''\n"),
        ("return math.sqrt(x) + 299", "return 1\n    # tail\n\nif __name__ == '__main__':\n    pass\n"),
        ("# number 0\n", "    # number 0\n"),
        ("# number 40\n", "else:\n    pass\n"),
        ("# number 40\n", "@f39\n"),
        ("import math\n", "'''Doc.'''\nimport math\n"),
    ],
)
def test_reading_only_what_was_edited_gives_what_reading_all_gives(old: str, new: str) -> None:
    known, text = parse(BIG), BIG.replace(old, new, 1)
    assert text != BIG
    try:
        whole = parse(text)
    except SourceError as error:
        with pytest.raises(SourceError) as caught:
            reparse(known, text)
        assert str(caught.value) == str(error)
        return
    assert reparse(known, text) == whole
    assert reparse(whole, BIG) == known


def test_edits_far_apart_are_each_read_alone() -> None:
    known = parse(BIG)
    text = BIG.replace("import math\n", "import math\nimport os\n").replace("+ 299", "+ 300") + "\n\ndef last(): pass\n"
    new = reparse(known, text)
    assert new == parse(text)
    assert sum(piece in known.pieces for piece in new.pieces) > 290
    assert [id(piece) for piece in new.pieces[10:290]] == [id(piece) for piece in known.pieces[9:289]]
