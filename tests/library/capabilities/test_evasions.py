"""Ways around the two scans, each told all the same: what code reaches, and what runs at import."""

import ast

import pytest

from library.capabilities.import_time_calls import import_work
from library.capabilities.scan import capabilities, may_reach
from library.draft.draft import Draft
from library.gate.static_checks import check, reached

REACHES = {
    "randomness": [
        "from random import Random\ndef f():\n    return Random(None)",
    ],
    "processes": [
        "def f():\n    class A:\n        import subprocess as s\n    A.s.run(['x'])",
        "import os.path\ndef f():\n    os.path.os.system('x')",
        "import os\ndef f():\n    os.path.genericpath.os.system('x')",
        "import asyncio\nasync def f():\n    return asyncio.create_task(g()).get_loop()",
        "from contextlib import os\ndef f():\n    os.system('true')",
        "import argparse\ndef f():\n    argparse._os.system('true')",
        "import inspect\ndef f():\n    inspect.os.system('true')",
        "import logging\ndef f():\n    logging.os.system('true')",
        "from contextlib import os as computer\ndef f():\n    computer.system('true')",
        "import random\ndef f():\n    random._os.system('true')",
        "import shlex, tempfile\ndef f():\n    tempfile._os.fork()",
        "def f():\n    import os as m\n    m.system('true')\ndef g():\n    import math as m\n    return m.pi",
    ],
    "files": [
        "import argparse\ndef f(x):\n    return argparse.ArgumentParser(fromfile_prefix_chars='@').parse_args(x)",
        "import xml.etree.ElementTree as E\ndef f(p):\n    E.ElementTree(E.Element('a')).write(p)",
        "import xml.etree.ElementInclude as I\ndef f(p):\n    I.default_loader(p, 'text')",
        "from xml.etree import ElementInclude\ndef f(p):\n    ElementInclude.default_loader(p, 'text')",
        "import mimetypes\ndef f(p):\n    mimetypes.read_mime_types(p)",
        "import contextlib\ndef f(p):\n    contextlib.chdir(p)",
        "from zoneinfo import ZoneInfo\ndef f(p):\n    return ZoneInfo.from_file(p)",
        "import zoneinfo\ndef f():\n    return zoneinfo.available_timezones()",
        "from zoneinfo import reset_tzpath\ndef f(p):\n    reset_tzpath([p])",
        "import enum\ndef f(p):\n    return enum.bltns.open(p)",
        "import json\ndef f(p):\n    return json.codecs.open(p)",
        "import collections\nif False:\n    open = None\ndef f(p):\n    return open(p)",
        "def f(p):\n    names = [open for open in ()]\n    return open(p)",
        "open = print\ndel open\ndef f(p):\n    return open(p)",
        "def f(p):\n    global open\n    if p is None:\n        open = None\n    return open(p)",
        "class _A:\n    open = 1\n    def f(self, p):\n        return open(p)",
        "import xml.etree.ElementTree as tree\ndef f(p):\n    return tree.parse(p)",
        "import configparser\ndef f(p):\n    c = configparser.ConfigParser()\n    c.read(p)\n    return c",
        "def f(p):\n    return getattr(p, 'read_' + 'text')()",
    ],
    "eval": [
        "class _A:\n    import os\ndef f():\n    _A.os.system('x')",
        "class _A:\n    from contextlib import sys as q\ndef f():\n    return _A.q.modules",
        "class _A:\n    if True:\n        import os\ndef f(self):\n    return self.os",
        "import urllib.parse\ndef f():\n    urllib.parse.warnings.sys.modules['os'].system('x')",
        "from urllib.parse import warnings as q\ndef f():\n    q.sys.modules['os'].system('x')",
        "import http.cookies\ndef f():\n    http.cookies.re._compiler",
        "import typing\ndef f(p):\n    typing.ForwardRef(p)._evaluate({}, {}, frozenset())",
        "import inspect\ndef f(g):\n    return inspect.signature(g, eval_str=True)",
        "import inspect\ndef f(g, y):\n    return inspect.get_annotations(g, eval_str=y)",
        "import asyncio\nasync def f():"
        "\n    await asyncio.get_running_loop().subprocess_shell(asyncio.SubprocessProtocol, 'x')",
        "import http.cookiejar\ndef f(p):\n    http.cookiejar.MozillaCookieJar(p).save()",
        "import xml.sax\ndef f(p):\n    xml.sax.make_parser([p])",
        "import unittest\ndef f(p):\n    unittest.defaultTestLoader.loadTestsFromName(p)",
        "import dataclasses\ndef f(p):\n    return dataclasses.make_dataclass('A', [('x', p)])",
        "import operator\ndef f(n, x):\n    return list(map(operator.attrgetter, [n]))[0](x)",
        "from operator import attrgetter\ndef f(n, x):\n    return list(map(attrgetter, [n]))[0](x)",
        "import traceback\ndef f():\n    return traceback.format_stack()",
        "import traceback\ndef f(x):\n    return traceback.StackSummary.extract(x, capture_locals=True)",
        "import logging\ndef f():\n    return logging.getLogger().findCaller()",
        "import warnings\ndef f():\n    with warnings.catch_warnings(record=True) as w:"
        "\n        warnings.warn('a', stacklevel=3)\n    return w[0].filename",
        "import pytest\ndef test():\n    pytest.importorskip('os').system('x')",
        "from json.tool import *\ndef f():\n    return sys.modules",
        "import asyncio\ndef f():\n    return asyncio.new_event_loop()",
        "import unittest.case\ndef f():\n    return unittest.case.sys",
        "import email\ndef f():\n    return email.os",
        "import enum\ndef f(x):\n    enum.bltns.exec(x)",
        "import typing\ndef f():\n    return typing.sys.modules['os']",
        "from contextlib import sys\ndef f():\n    return getattr(sys, '_get' + 'frame')()",
        "import string\ndef f():\n    return vars(string)['__buil' + 'tins__']",
        "import string\ndef f():\n    return string.__dict__",
        "import math\ndef f():\n    m = math\n    return m",
        "import os\ndef f():\n    return [os.path][0]\ndef g():\n    return [os]",
        "def f(g):\n    return getattr(g, '__glo' + 'bals__')",
        "def f(g):\n    return getattr(g, ''.join(['__glo', 'bals__']))",
        "def f(g):\n    return getattr(g, f'__glo{\"bals__\"}')",
        "def f(g, name):\n    return getattr(g, name)",
        "def f(g):\n    return getattr(object, '__subcl' + 'asses__')()",
        "def f(g):\n    return getattr(g, chr(95) * 2 + 'globals' + chr(95) * 2)",
        "def f(g):\n    get = getattr\n    return get(g, 'x')",
        "import operator\ndef f(g, n):\n    return operator.attrgetter(n)(g)",
        "from operator import attrgetter as get\ndef f(g):\n    return get('__glo' 'bals__')(g)",
        "import operator\ndef f(g, n):\n    return operator.methodcaller(n)(g)",
        "import traceback\ndef f():\n    return list(traceback.walk_stack(None))",
        "def f():\n    try:\n        raise ValueError\n    except ValueError as e:\n"
        "        return e.__traceback__.tb_frame",
        "def f(g):\n    match g:\n        case object(__globals__=space):\n            return space",
        "def f():\n    return print.__self__",
        "import json\ndef f():\n    json.dumps = lambda *a: 'no'",
        "import pathlib\npathlib.PurePath.__repr__ = lambda self: 'no'\ndef f():\n    return 1",
        "import antigravity\ndef f():\n    return 1",
        "import string\ndef f(t, g):\n    return string.Formatter().format(t, g)",
        "def f(g):\n    return ('{0.__glo' + 'bals__}').format(g)",
        "def f():\n    return __loader__",
        "def f():\n    return vars()",
        "def f(x):\n    return (lambda e: e(x))(eval)",
        "import types\ndef f(c):\n    return types.FunctionType(c, {})",
        "from unittest.mock import patch\ndef f(n):\n    return patch(n)",
        "from unittest.mock import Mock\ndef f(n):\n    return Mock.__init__.__globals__[n]",
        "from unittest import mock\ndef f(n):\n    return mock._importer(n)",
    ],
    "clock": [
        "import email.utils\ndef f():\n    return email.utils.formatdate()",
        "import time\ndef f(t):\n    return time.strftime('%Y')",
        "import time\ndef f(t=None):\n    return time.gmtime(t).tm_year",
        "import time\ndef f():\n    return time.gmtime()",
        "import time\ndef f(*t):\n    return time.strftime('%Y', *t)",
        "from time import gmtime\ndef f():\n    return list(map(gmtime, [None]))",
        "import time\ndef f(t):\n    return time.localtime(t)",
    ],
    "environment": [
        "def f():\n    return __file__",
        "import argparse\ndef f():\n    return argparse.ArgumentParser().parse_args()",
        "import argparse\ndef f(words=None):\n    return argparse.ArgumentParser().parse_args(words)",
        "import argparse\ndef f(words):\n    words = {}.get(1)\n    return argparse.ArgumentParser().parse_args(words)",
        "import argparse\ndef _g(w):\n    argparse.ArgumentParser().parse_args(w)\ndef f():\n    return _g(None)",
        "import argparse\ndef f(n):\n    return argparse.ArgumentParser().parse_args(namespace=n)",
        "import argparse\ndef f(n):\n    return argparse.ArgumentParser().parse_args(*n)",
        "from contextlib import sys\ndef f():\n    return sys.argv",
    ],
}


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in REACHES.items() for code in codes])
def test_a_way_around_is_told_by_the_name_of_what_it_reaches(name: str, code: str) -> None:
    assert name in {found.name for found in capabilities(code)}


def test_what_the_scan_cannot_rule_out_is_told_as_such_and_refuses_nothing() -> None:
    code = 'def f(template: str, value: int) -> str:\n    """Fill a template."""\n    return template.format(value)\n'
    assert capabilities(code) == ()
    assert [found.what for found in may_reach(code)] == ["a template that is made when it runs"]
    (told,) = [one for one in check(Draft("f", code)) if one.name == "capabilities"]
    assert told.ok
    assert told.detail.startswith("may reach: ")


EVIL = "def _evil(*_: object) -> int:\n    return 1\n\n\n"
WORKS = [
    "_x = _evil()",
    "_x = list(map(_evil, [1]))",
    "_x = sorted([2, 1], key=_evil)",
    "_x = max([1], key=_evil)",
    "_x = min([1, 2], key=lambda n: _evil(n))",
    "_x = list(filter(_evil, [1]))",
    "len = _evil\n_x = len()",
    "_x: _evil() = 1",
    "def _g(x: _evil() = 1) -> int:\n    return 1",
    "def _g() -> _evil():\n    return 1",
    "def _g(x: int = _evil()) -> int:\n    return 1",
    "_g = lambda x=_evil(): x",
    "class _A(_evil() and object):\n    pass",
    "class _M(type):\n    pass\n\n\nclass _A(metaclass=_M):\n    pass",
    "class _B:\n    def __init_subclass__(cls) -> None:\n        _evil()\n\n\nclass _A(_B):\n    pass",
    "class _A:\n    __class_getitem__ = _evil\n\n\n_x = _A[1]",
    "cache = _evil\n\n\n@cache\ndef _g() -> int:\n    return 1",
    "@_evil\ndef _g() -> int:\n    return 1",
    "@_evil()\ndef _g() -> int:\n    return 1",
    "_x = [y for y in map(_evil, [1])]",
    "_x = [_evil(y) for y in (1, 2)]",
    "_x = (y := _evil())",
    "class _T(type):\n    __delitem__ = _evil\n\n\nclass _A(metaclass=_T):\n    pass\n\n\ndel _A[0]",
    "class _T(type):\n    __or__ = _evil\n\n\nclass _A(metaclass=_T):\n    pass\n\n\n_x = _A | 1",
    "if _evil:\n    _x = max([1], key=_evil)",
    "if _evil():\n    pass",
    "try:\n    _x = _evil()\nexcept ValueError:\n    pass",
    "try:\n    pass\nexcept _evil():\n    pass",
    "try:\n    pass\nfinally:\n    _evil()",
    "import enum\n\n\nclass _E(enum.Enum):\n    def _generate_next_value_(name, *_: object) -> int:\n"
    "        return _evil()\n\n    A = enum.auto()",
    "import enum\n\n\nclass _E(enum.Enum):\n    A = 1\n\n    def __init__(self, n: int) -> None:\n        _evil()",
    "class _A:\n    x = _evil()",
    "class _A:\n    len = _evil\n    x = len()",
    "class _R:\n    def register(self, f: object) -> object:\n        return f\n"
    "\n\n_r = _R()\n\n\n@_r.register\ndef _g() -> int:\n    return 1",
    "from functools import reduce\n_x = reduce(_evil, [1, 2])",
    "_x = iter(_evil, 1)",
    "with open('x') as _x:\n    pass",
    "for _x in (1, 2):\n    _evil()",
    "while _evil():\n    break",
    "assert _evil()",
    "import enum\n\n\nclass _E(enum.Enum):\n    A = 1\n\n    def __init__(self, n: int) -> None:\n"
    "        self.n = _evil()",
    "def _g(x: object) -> object:\n    y = _evil()\n    return x\n\n\n@_g\ndef _h() -> int:\n    return 1",
    "_x = f'{_evil()}'",
    "_x = {1: _evil()}",
    "_x = (_evil)()",
    "_x = [_evil][0]()",
    "_x = str.join.__call__(',', [])",
    "_x = type('A', (object,), {'__init_subclass__': _evil})",
    "import sys\nsys.x = 1",
    "def _outer(f: object) -> object:\n    _evil()\n    return f\n\n\n@_outer\ndef _g() -> int:\n    return 1",
]


@pytest.mark.parametrize("work", WORKS)
def test_what_runs_at_import_is_told(work: str) -> None:
    assert import_work(ast.parse(f"{EVIL}{work}\n"))


def test_annotations_that_are_not_evaluated_are_no_work() -> None:
    assert not import_work(ast.parse("from __future__ import annotations\nx: f() = 1\ndef g(a: f()) -> f(): ...\n"))


def test_a_signature_without_defaults_does_nothing_at_import_however_its_arguments_are_passed() -> None:
    wrapper = "def _same(g):\n    def inner(n, /, *, k):\n        return g(n, k=k)\n    return inner\n"
    keeper = "import enum\nclass _E(enum.Enum):\n    A = 1\n    def __init__(self, n, /):\n        self.n = n\n"
    assert not import_work(ast.parse(f"{wrapper}@_same\ndef f(n, *, k): ...\n{keeper}"))
    assert import_work(ast.parse(f"{wrapper.replace('*, k', '*, k=g(1)')}@_same\ndef f(n, *, k): ...\n"))


@pytest.mark.parametrize(
    ("tests", "name"),
    [
        ("def test_it() -> None:\n    __import__('os').system('true')\n", "eval"),
        ("import os\n\n\ndef test_it() -> None:\n    os.system('true')\n", "processes"),
        (
            "class TestIt:\n    x = open('/etc/passwd').read()\n\n    def test_it(self) -> None:\n"
            "        assert f(1)\n",
            "files",
        ),
        ("import subprocess\n\n\ndef test_it() -> None:\n    subprocess.run(['true'])\n", "processes"),
        (
            "from contextlib import os\n_X = os.system('true')\n\n\ndef test_it() -> None:\n    assert f(1)\n",
            "processes",
        ),
    ],
)
def test_tests_are_looked_through_as_well(tests: str, name: str) -> None:
    draft = Draft("f", "def f(x: int) -> int:\n    return x\n", tests)
    assert name in {found.name for found in reached(draft)}
    assert any("of the tests" in found.text for found in reached(draft))


@pytest.mark.parametrize(
    "tests",
    [
        "import pytest\nfrom library import f\n\n\n@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_it(n: int) -> None:\n    assert f(n) == n\n",
        "def test_it(tmp_path) -> None:\n    (tmp_path / 'a').write_text('x')\n    assert f(1)\n",
        "import random\n\n\ndef test_it() -> None:\n    n = random.randint(1, 9)\n    assert f(n) == n\n",
        "import datetime\n\n\ndef test_it() -> None:\n    assert f(datetime.datetime.now().year)\n",
        "import math\n\n\ndef test_it() -> None:\n    assert math.isclose(f(1), 1.0)\n",
    ],
)
def test_what_every_test_may_do_is_no_reach(tests: str) -> None:
    assert reached(Draft("f", "def f(x: int) -> int:\n    return x\n", tests)) == ()
