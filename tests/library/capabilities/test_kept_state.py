"""What a draft keeps from one call to the next is found in its text, and asked about like everything it reaches."""

import ast

import pytest

from library.capabilities.kept_state import kept_between_calls
from library.draft.draft import Draft
from library.examples.example import parse_example
from library.gate.admission import Admission
from library.gate.static_checks import reached
from library.sandbox import Sandbox


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)", "seen"),
        ("seen: dict[int, int] = {}\ndef f(x):\n    seen[x] = 1\n    return len(seen)", "seen"),
        ("n = 0\ndef f(x):\n    global n\n    n += 1\n    return n", "n"),
        ("def f(x, seen=[]):\n    seen.append(x)\n    return len(seen)", "seen"),
        ("def f(x):\n    f.calls = getattr(f, 'calls', 0) + 1\n    return f.calls", "f"),
        ("class _C:\n    n = 0\ndef f(x):\n    _C.n += 1\n    return _C.n", "_C"),
        ("import itertools\n_numbers = itertools.count()\ndef f(x):\n    return next(_numbers)", "_numbers"),
        (
            "from functools import cache\n_n = [0]\n@cache\ndef _g(x):\n    _n[0] += 1\n    return _n[0]\n"
            "def f(x):\n    return _g(x)",
            "_n",
        ),
        ("def f(x, seen=set()):\n    seen.add(x)\n    seen = set(seen)\n    return len(seen)", "seen"),
        ("def f(x, seen=set()):\n    if x:\n        seen = set(seen)\n    seen.add(x)\n    return len(seen)", "seen"),
        ("def f(x, seen=set()):\n    seen = seen or set()\n    seen.add(x)\n    return len(seen)", "seen"),
        ("def f(x, t={'a': []}):\n    t = dict(t)\n    t['a'].append(x)\n    return len(t['a'])", "t"),
        ("def set(x):\n    return x\ndef f(x, s=[]):\n    s = set(s)\n    s.append(x)\n    return len(s)", "s"),
    ],
)
def test_what_outlives_a_call_is_found(text: str, name: str) -> None:
    assert name in {found for _, found in kept_between_calls(ast.parse(text))}


@pytest.mark.parametrize(
    "text",
    [
        "TABLE = {'a': 1}\ndef f(x):\n    return TABLE.get(x, 0)",
        "def f(x):\n    seen = []\n    seen.append(x)\n    return seen",
        "seen = []\ndef f(x):\n    seen = []\n    seen.append(x)\n    return seen",
        "def f(x):\n    x.append(1)\n    return x",
        "class _Node:\n    def __init__(self, n):\n        self.n = n\ndef f(x):\n    return _Node(x).n",
        "def f(x):\n    seen = []\n    def g(y):\n        seen.append(y)\n    g(x)\n    return seen",
        "from functools import lru_cache\n@lru_cache\ndef f(x):\n    return x * 2",
        "def f(x):\n    numbers = iter(x)\n    return next(numbers)",
        "def f(x, seen=set()):\n    seen = set(seen)\n    seen.add(x)\n    return len(seen)",
        "TABLE = {}\ndef f(**TABLE):\n    TABLE.pop('a', 0)\n    return TABLE",
        "def f(x, *, t={}):\n    t = {**t}\n    for n in x:\n        t[n] = 1\n    return t",
    ],
)
def test_what_ends_with_the_call_is_not(text: str) -> None:
    assert kept_between_calls(ast.parse(text)) == []


COUNTING = '_n = [0]\n\n\ndef count(x: int) -> int:\n    """Count."""\n    _n[0] += 1\n    return x\n'


def test_it_is_refused_until_somebody_allows_it_and_not_tried_before_that(sandbox: Sandbox) -> None:
    draft, examples = Draft("count", COUNTING), [parse_example("count(1) == 1")]
    assert [one.text for one in reached(draft)] == ["state (_n lives on between calls, line 6)"]
    admission = Admission(sandbox)
    refused = admission.examine(draft, examples)
    assert "state (_n lives on between calls, line 6)" in refused.problems[0]
    assert refused.inputs == 0
    allowed = admission.examine(draft, examples, accepted=("state",))
    assert allowed.inputs > 0
    assert not any(problem.startswith("capabilities") for problem in allowed.problems)
