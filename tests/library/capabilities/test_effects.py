"""Which functions reach beyond their arguments, as far as their text tells."""

import pytest

from library.capabilities.effects import effects_of
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
