"""Which functions reach beyond their arguments, as far as their text tells; what may be called without being asked."""

import pytest

from library.capabilities.effects import HARMLESS_IN_BULK, effects_of
from library.draft.draft import Draft
from library.gate.static_checks import reached
from library.source.function import parse

HEAD = """
import os, random, subprocess
import os.path as paths
import numpy as np
import urllib.request
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote
TABLE = {}
"""


@pytest.mark.parametrize(
    ("body", "effects"),
    [
        ("return [y * 2 for y in x]", set[str]()),
        ("return os.path.join(x, 'b')", set[str]()),
        ("return paths.basename(x)", set[str]()),
        ("return quote(x)", set[str]()),
        ("return date(x, 1, 1)", set[str]()),
        ("return os.path.exists(x)", {"files"}),
        ("return open(x).read()", {"files"}),
        ("return Path(x).read_text()", {"files"}),
        ("return urllib.request.urlopen(x)", {"network"}),
        ("import socket\n    return socket.socket()", {"network"}),
        ("return subprocess.run(x)", {"processes"}),
        ("return datetime.now()", {"clock"}),
        ("return random.choice(x)", {"randomness"}),
        ("return eval(x)", {"eval"}),
        ("return __import__(x)", {"eval"}),
        ("print(x)", {"printing"}),
        ("return np.array(x)", {"module numpy"}),
        ("global TABLE\n    TABLE = x", {"state"}),
    ],
)
def test_the_text_tells_what_a_function_reaches(body: str, effects: set[str]) -> None:
    parsed = parse(f"{HEAD}\n\ndef f(x):\n    {body}\n")
    assert effects_of(parsed)["f"] == effects


def test_what_a_function_calls_counts_too_however_far_away() -> None:
    parsed = parse("def a(x):\n    return b(x)\n\n\ndef b(x):\n    return c(x)\n\n\ndef c(x):\n    return open(x)\n")
    assert effects_of(parsed)["a"] == {"files"}


def test_a_function_of_the_library_may_be_called_like_a_built_in() -> None:
    parsed = parse("def open(x):\n    return x\n\n\ndef f(x):\n    return open(x)\n")
    assert effects_of(parsed)["f"] == set()


def saved_unasked(code: str) -> bool:
    return not reached(Draft("f", code))


def called_in_bulk(code: str) -> bool:
    return effects_of(parse(code))["f"] <= HARMLESS_IN_BULK


# Whether both questions are answered with yes.
PROBES = {
    "logging": ("import logging\n\ndef f(x):\n    logging.getLogger('f').info(x)\n    return x\n", True),
    "sys.stdout": ("import sys\n\ndef f(x):\n    sys.stdout.write(x)\n    return x\n", True),
    "zoneinfo": ("from zoneinfo import ZoneInfo\n\ndef f(x):\n    return ZoneInfo(x).key\n", True),
    "email": ("import email\n\ndef f(x):\n    return email.message_from_string(x)['subject']\n", True),
    "seeded Random": ("import random\n\ndef f(n):\n    return random.Random(n).random()\n", True),
    "strptime": ("import time\n\ndef f(x):\n    return time.strptime(x, '%Y').tm_year\n", True),
    "xml": ("import xml.etree.ElementTree as tree\n\ndef f(x):\n    return tree.fromstring(x).tag\n", True),
    "configparser": (
        "import configparser\n\ndef f(x):\n    made = configparser.ConfigParser()\n"
        "    made.read_string(x)\n    return made.sections()\n",
        True,
    ),
    "pickle": ("import pickle\n\ndef f(x):\n    return pickle.loads(x)\n", False),
    "Lock": ("import threading\n\ndef f(x):\n    with threading.Lock():\n        return x\n", True),
    "inspect.cleandoc": ("import inspect\n\ndef f(x):\n    return inspect.cleandoc(x)\n", True),
    "stat": ("import stat\n\ndef f(x):\n    return stat.filemode(x)\n", True),
    "HTTPStatus": ("from http import HTTPStatus\n\ndef f(x):\n    return HTTPStatus(x).phrase\n", True),
    "files": ("def f(x):\n    return open(x).read()\n", False),
    "the clock": ("import time\n\ndef f(x):\n    return time.time() - x\n", False),
    "unseeded randomness": ("import random\n\ndef f(x):\n    return random.choice(x)\n", False),
    "an unseeded Random": ("from random import Random\n\ndef f():\n    return Random().random()\n", False),
    "processes": ("import os\n\ndef f(x):\n    return os.system(x)\n", False),
    "a module of one's own name for another": ("from os import *\n\ndef f(x):\n    return listdir(x)\n", False),
    "an argument with a module's name": ("import string\n\ndef f(string):\n    return string.upper()\n", True),
}


@pytest.mark.parametrize(("code", "yes"), PROBES.values(), ids=PROBES)
def test_what_may_be_saved_unasked_may_be_called_in_bulk_too(code: str, yes: bool) -> None:
    assert (saved_unasked(code), called_in_bulk(code)) == (yes, yes)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("_seen = []\n\ndef f(x):\n    _seen.append(x)\n    return x\n", "the process forgets it"),
        ("_last = 0\n\ndef f(x):\n    global _last\n    _last = x\n    return x\n", "the process forgets it"),
        ("def f(x, name):\n    return getattr(x, name)\n", "the sandbox holds whatever that is"),
    ],
)
def test_what_a_person_is_asked_about_may_be_called_in_bulk_where_that_does_no_harm(code: str, why: str) -> None:
    assert (saved_unasked(code), called_in_bulk(code)) == (False, True), why


def test_a_coroutine_function_may_be_saved_but_is_not_called_in_bulk_as_nobody_awaits_it_there() -> None:
    code = "async def f(x):\n    return x\n"
    assert (saved_unasked(code), called_in_bulk(code)) == (True, False)


def test_a_constant_of_the_library_is_looked_through_with_the_functions_that_use_it() -> None:
    assert not called_in_bulk("import os\n\n_HOME = os.environ\n\n\ndef f(x):\n    return _HOME.get(x)\n")
