"""The capability scan: everything planted is found, pure code raises no alarm."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.capabilities.scan import capabilities
from library.errors import SourceError

PLANTED = {
    "files": [
        "def f(p):\n    return open(p).read()",
        "def f(p):\n    with open(p, 'w') as out:\n        out.write('x')",
        "from pathlib import Path\ndef f(p):\n    return Path(p).read_text()",
        "import pathlib\ndef f(p: pathlib.Path):\n    return p",
        "def f(p):\n    return p.read_bytes()",
        "import os\ndef f(p):\n    os.remove(p)",
        "from os import listdir as names\ndef f(p):\n    return names(p)",
        "import os as system\ndef f(p):\n    return system.path.exists(p)",
        "import shutil\ndef f(p):\n    shutil.rmtree(p)",
        "import tempfile\ndef f():\n    return tempfile.mkdtemp()",
        "import io\ndef f(p):\n    return io.open(p)",
        "import sqlite3\ndef f(p):\n    return sqlite3.connect(p)",
        "import zipfile\ndef f(p):\n    return zipfile.ZipFile(p)",
        "def f(p):\n    import glob\n    return glob.glob(p)",
        "from os import *\ndef f(p):\n    return listdir(p)",
        "import builtins\ndef f(p):\n    return builtins.open(p)",
        "def f(p, opener=open):\n    return opener(p)",
        "class _A:\n    path = open('x')\ndef f():\n    return _A.path",
    ],
    "network": [
        "import socket\ndef f():\n    return socket.socket()",
        "import urllib.request\ndef f(u):\n    return urllib.request.urlopen(u)",
        "from urllib.request import urlopen\ndef f(u):\n    return urlopen(u)",
        "import http.client\ndef f(h):\n    return http.client.HTTPSConnection(h)",
        "import smtplib\ndef f(h):\n    return smtplib.SMTP(h)",
        "import ftplib, webbrowser\ndef f(u):\n    webbrowser.open(u)",
        "import asyncio\nasync def f(h):\n    return await asyncio.open_connection(h, 1)",
        "from xmlrpc.client import ServerProxy\ndef f(h):\n    return ServerProxy(h)",
    ],
    "processes": [
        "import subprocess\ndef f(c):\n    return subprocess.run(c)",
        "from subprocess import Popen\ndef f(c):\n    return Popen(c)",
        "import os\ndef f(c):\n    os.system(c)",
        "import os\ndef f(c):\n    os.execvp(c, [c])",
        "import multiprocessing\ndef f():\n    return multiprocessing.Pool()",
        "import threading\ndef f(g):\n    threading.Thread(target=g).start()",
        "import signal, os\ndef f():\n    os.kill(1, signal.SIGKILL)",
        "import ctypes\ndef f():\n    return ctypes.CDLL(None)",
        "from concurrent.futures import ThreadPoolExecutor\ndef f():\n    return ThreadPoolExecutor()",
        "import os\ndef f():\n    return os.fork()",
        "def f():\n    exit(1)",
        "import os\ndef f(n, c):\n    return getattr(os, n)(c)",
    ],
    "eval": [
        "def f(x):\n    return eval(x)",
        "def f(x):\n    exec(x)",
        "def f(x):\n    return compile(x, '', 'eval')",
        "def f(x):\n    return __import__(x)",
        "import importlib\ndef f(x):\n    return importlib.import_module(x)",
        "from importlib import import_module as load\ndef f(x):\n    return load(x)",
        "import pickle\ndef f(x):\n    return pickle.loads(x)",
        "import marshal\ndef f(x):\n    return marshal.loads(x)",
        "def f():\n    return ().__class__.__base__.__subclasses__()",
        "def f(g):\n    return g.__globals__['__builtins__']",
        "def f(g):\n    return getattr(g, '__globals__')",
        "def f(x):\n    return '{0.__globals__}'.format(x)",
        "def f():\n    return globals()['f']",
        "import sys\ndef f():\n    return sys.modules['os']",
        "import sys\ndef f():\n    return sys._getframe(1).f_locals",
        "import inspect\ndef f():\n    return inspect.currentframe()",
        "import gc\ndef f():\n    return gc.get_objects()",
        "def f():\n    run = eval\n    return run('1')",
        "import builtins\ndef f(n):\n    return getattr(builtins, n)",
        "import runpy\ndef f(p):\n    runpy.run_path(p)",
        "def f():\n    breakpoint()",
        "def f(g):\n    return g.gi_frame.f_builtins",
    ],
    "environment": [
        "import os\ndef f():\n    return os.environ['HOME']",
        "from os import environ\ndef f():\n    return environ.get('A')",
        "import os\ndef f():\n    return os.getenv('A')",
        "import sys\ndef f():\n    return sys.argv[1]",
        "import platform\ndef f():\n    return platform.node()",
        "import getpass\ndef f():\n    return getpass.getuser()",
        "import os\ndef f():\n    return os.getcwd()",
        "import locale\ndef f():\n    return locale.getlocale()",
        "def f():\n    return input()",
    ],
    "clock": [
        "import time\ndef f():\n    return time.time()",
        "from time import perf_counter\ndef f():\n    return perf_counter()",
        "import time\ndef f():\n    time.sleep(1)",
        "import datetime\ndef f():\n    return datetime.datetime.now()",
        "from datetime import datetime\ndef f():\n    return datetime.utcnow()",
        "from datetime import date\ndef f():\n    return date.today()",
        "import datetime as dt\ndef f():\n    return dt.date.today().year",
        "from datetime import datetime\ndef f(kind=datetime):\n    return kind.now()",
    ],
    "randomness": [
        "import random\ndef f():\n    return random.random()",
        "from random import choice\ndef f(x):\n    return choice(x)",
        "import secrets\ndef f():\n    return secrets.token_hex()",
        "import uuid\ndef f():\n    return uuid.uuid4()",
        "import os\ndef f():\n    return os.urandom(4)",
        "import random\ndef f():\n    return random.Random().random()",
    ],
    "packages": [
        "import numpy\ndef f(x):\n    return numpy.array(x)",
        "from requests import get\ndef f(u):\n    return get(u)",
    ],
}
PURE = [
    "import os\ndef f(a: str, b: str) -> str:\n    return os.path.join(a, b) + os.sep",
    "from urllib.parse import urlsplit\ndef f(u):\n    return urlsplit(u).netloc",
    "def f(input, open, eval):\n    return input + open + eval",
    "def f(xs):\n    open = [x for x in xs if x]\n    return open",
    "import random\ndef f(n: int, seed: int):\n    return random.Random(seed).randint(0, n)",
    "from datetime import datetime, timedelta\ndef f(d: datetime):\n    return d + timedelta(days=1)",
    "import re, math, json, itertools, functools, collections, string, decimal, fractions, statistics, heapq, bisect\n"
    "def f(x):\n    return re.sub('a', 'b', json.dumps(math.floor(x)))",
    "from pathlib import PurePosixPath\ndef f(p):\n    return PurePosixPath(p).suffix",
    "import io\ndef f(x):\n    return io.StringIO(x).getvalue()",
    "import sys\ndef f():\n    return sys.maxsize",
    "class A:\n    def now(self):\n        return 1\ndef f(a: A):\n    return a.now()",
    "def f(x):\n    '''Like __globals__, but not.'''\n    return type(x).__name__",
    "import uuid\ndef f(x):\n    return uuid.UUID(x)",
    "import time\ndef f(x):\n    return time.strptime(x)",
    "from library import other\ndef f(x):\n    return other(x)",
]
# Modules of Python's own library whose functions only compute; what they do beyond that is named below.
MODULES = """
    bisect heapq textwrap statistics fractions colorsys difflib string graphlib keyword operator html/__init__
    html/parser json/encoder json/decoder ipaddress stringprep base64 numbers urllib/parse email/quoprimime
    email/base64mime email/_header_value_parser email/_parseaddr fnmatch re/_parser csv collections/__init__
    reprlib pprint calendar quopri copy sre_parse contextlib
"""
# The last three belong to calendar, which sets the locale.
NOT_PURE = """
    samples _test main _perfcheck namedtuple mktime_tz _get_default_locale __enter__ __exit__
"""


def named(code: str) -> set[str]:
    return {found.name for found in capabilities(code)}


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in PLANTED.items() for code in codes])
def test_what_is_planted_is_found(name: str, code: str) -> None:
    assert name in named(code)


@pytest.mark.parametrize("code", PURE)
def test_code_that_only_computes_raises_no_alarm(code: str) -> None:
    assert named(code) == set()


def standard_functions() -> Iterator[tuple[str, str]]:
    for module in MODULES.split():
        path = Path(os.__file__).parent / f"{module}.py"
        if not path.exists():  # some are laid out otherwise in other versions of Python
            continue
        tree = ast.parse(path.read_text("utf-8"))
        imports = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom) and not getattr(n, "level", 0)]
        bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
        for function in (node for body in bodies for node in body if isinstance(node, ast.FunctionDef)):
            used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            wanted = [
                ast.ImportFrom(node.module, [alias], 0) if isinstance(node, ast.ImportFrom) else ast.Import([alias])
                for node in imports
                for alias in node.names
                if (alias.asname or alias.name.split(".")[0]) in used
            ]
            yield f"{module}.{function.name}", "\n".join(ast.unparse(node) for node in (*wanted, function))


def test_at_most_one_in_a_hundred_pure_functions_of_the_standard_library_raises_an_alarm() -> None:
    pure = [(name, code) for name, code in standard_functions() if name.split(".")[-1] not in NOT_PURE.split()]
    alarms = [name for name, code in pure if capabilities(code)]
    assert len(pure) > 600
    assert len(alarms) <= len(pure) / 100, alarms


def test_the_line_and_the_name_that_give_it_away_are_told() -> None:
    found = capabilities("import os as o\n\ndef f():\n    return o.environ['A']\n")
    assert [one.text for one in found] == ["environment (os.environ, line 4)"]


def test_code_that_does_not_parse_is_said_so() -> None:
    with pytest.raises(SourceError, match="line 1"):
        capabilities("def f(:\n")
