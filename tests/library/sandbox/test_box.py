"""The sandbox from the agent's side: what honest code may do, and how jobs and pytest runs end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from boxes import BWRAP, one
from places import rows

from library.sandbox import Job, Level, Limits, PytestReport, Sandbox

ROOMY = Limits(cpu_s=10, wall_s=60.0)


@pytest.fixture(scope="module", params=[pytest.param("L3", marks=BWRAP), "L2"])
def sandbox(request: pytest.FixtureRequest, cache: Path) -> Iterator[Sandbox]:
    """One sandbox for many tests, at each of the two levels that hold everything."""
    with Sandbox(ROOMY, level=request.param, cache=cache) as made:
        yield made


@pytest.fixture
def best(cache: Path) -> Iterator[Sandbox]:
    """A sandbox of a test's own, short of processor time, at the best level."""
    with Sandbox(Limits(cpu_s=1, wall_s=30.0), cache=cache) as made:
        yield made


HONEST = rows("honest")


@pytest.mark.parametrize("case", HONEST, ids=[case["name"] for case in HONEST])
def test_honest_code_works(sandbox: Sandbox, case: dict[str, str]) -> None:
    outcome = one(sandbox, case.get("code", ""), case["expression"])
    assert (outcome.ok, outcome.value) == (True, case["value"]), outcome


def test_setup_code_and_expression_share_one_fresh_module(sandbox: Sandbox) -> None:
    first, second = sandbox.run(
        [Job("def f(x): return x + 1", "y = f(1)", "f(y), __name__"), Job(expression="'f' in globals()")]
    )
    assert first.value == "(3, 'library')"
    assert second.value == "False"


NAMES = "('library.py', 'library', '', 'library', True)"


def test_code_finds_the_names_that_the_saved_library_has(sandbox: Sandbox) -> None:
    code = "import os, sys\nhere = os.path.basename(__file__)"
    looks = "here, __name__, __package__, __spec__.name, sys.modules[__name__].__file__ == __file__"
    assert one(sandbox, code, looks).value == NAMES
    test = f"import library\ndef test_it():\n    assert str(eval({looks!r}, vars(library))) == {NAMES!r}\n"
    report = sandbox.pytest({"library.py": code, "test_it.py": test})
    assert report.ok, report  # as it is when Python itself imports it


def test_outcomes_come_in_the_order_of_the_jobs(sandbox: Sandbox) -> None:
    outcomes = sandbox.run([Job(expression=str(number)) for number in range(100)])
    assert [outcome.value for outcome in outcomes] == [str(number) for number in range(100)]


def test_an_exception_is_told_with_its_line_and_all_its_bases(sandbox: Sandbox) -> None:
    code = "class Mine(ValueError):\n    pass\ndef f():\n    raise Mine('so it is')\nf()"
    outcome = one(sandbox, code)
    assert (outcome.ok, outcome.error, outcome.message) == (False, "Mine", "so it is")
    assert outcome.bases == ("Mine", "ValueError", "Exception", "BaseException")
    assert "line 4, in f\n    raise Mine('so it is')" in outcome.traceback
    assert "job.py" not in outcome.traceback


def test_text_that_is_no_python_is_told_with_its_line(sandbox: Sandbox) -> None:
    outcome = one(sandbox, "x = 1\ny = (\n")
    assert outcome.error == "SyntaxError"
    assert "y = (" in outcome.traceback


@pytest.mark.parametrize("level", [pytest.param("L3", marks=BWRAP), "L2"])
def test_a_hash_seed_decides_the_order_of_a_set_and_is_not_seen_by_the_job(level: str, cache: Path) -> None:
    job = Job(expression="list({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'})")
    seen = Job(expression="[name for name in os.environ if name.startswith('PYTHON')]", setup="import os")
    orders: list[str] = []
    for seed in (1, 1, 2):
        with Sandbox(ROOMY, level=level, cache=cache, hash_seed=seed) as seeded:
            order, names = seeded.run([job, seen])
            orders.append(order.value)
            assert names.value == "[]"
    assert orders[0] == orders[1] != orders[2]


def test_a_job_holds_no_descriptor_but_its_own(sandbox: Sandbox) -> None:
    code = """
import os
found = []
for number in range(64):
    try:
        os.fstat(number)
        found.append(number)
    except OSError:
        pass
"""
    outcome = one(sandbox, code, "len(found)")
    assert outcome.value == "4"  # input, output twice, and the verdict's


def test_what_is_printed_comes_back_and_is_no_verdict(sandbox: Sandbox) -> None:
    outcome = one(sandbox, "import sys\nprint('a')\nprint('b', file=sys.stderr)\nassert False")
    assert outcome.error == "AssertionError"
    assert sorted(outcome.output.split()) == ["a", "b"]


def test_output_that_is_no_utf8_and_odd_characters_do_no_harm(sandbox: Sandbox) -> None:
    outcome = one(sandbox, "import os\nos.write(1, b'\\xff\\xfe')", "'\\ud800' + chr(0) + 'é'")
    assert outcome.ok
    json.dumps([outcome.output, outcome.value]).encode()
    outcome.value.encode()


def test_a_long_value_is_cut(sandbox: Sandbox) -> None:
    assert len(one(sandbox, "", "'x' * 100_000").value) <= 4097


def test_an_endless_loop_is_told_with_the_line_where_it_was(best: Sandbox) -> None:
    outcome = one(best, "def f():\n    n = 0\n    while True:\n        n += 1\nf()")
    assert outcome.error == "TimeLimit"
    assert "in f" in outcome.traceback


def test_a_job_that_dies_does_not_harm_its_neighbours(best: Sandbox) -> None:
    outcomes = best.run([Job(expression="1"), Job(code="import os\nos._exit(0)"), Job(expression="3")])
    assert [outcome.error for outcome in outcomes] == ["", "Died", ""]
    assert outcomes[2].value == "3"


def test_nothing_of_the_agents_environment_is_inside(best: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODER_API_KEY", "a-secret")
    best.close()
    outcome = one(best, "import os", "sorted(os.environ)")
    assert "CODER" not in outcome.value
    assert set(json.loads(outcome.value.replace("'", '"'))) <= {
        "HOME",
        "LANG",
        "PATH",
        "PWD",
        "TMPDIR",
        "TZ",
        "LC_CTYPE",
    }


def test_a_level_is_told_with_what_held(sandbox: Sandbox) -> None:
    level = sandbox.level
    assert len(level.canaries) >= 10
    assert all(canary.held for canary in level.canaries), level.canaries
    assert {"landlock", "seccomp", "rlimits"} <= set(level.parts)
    assert f"{len(level.canaries)}/{len(level.canaries)} canaries held" in level.text


SUITE = {
    "library.py": "def double(x):\n    return 2 * x\n",
    "test_library.py": """
import pytest
from library import double

def test_right(): assert double(2) == 4
def test_wrong(): assert double(2) == 5
def test_left_out(): pytest.skip("for a reason")
@pytest.mark.parametrize("x", [1, 2])
def test_many(x, tmp_path): assert double(x) == pytest.approx(2.0 * x)
""",
}


def test_pytest_tells_each_test_and_shows_values(sandbox: Sandbox) -> None:
    report = sandbox.pytest(SUITE)
    assert [test.outcome for test in report.tests] == ["passed", "failed", "skipped", "passed", "passed"]
    assert not report.ok
    assert report.error == ""
    assert report.failed[0].name == "test_library.py::test_wrong"
    assert "assert 4 == 5" in report.failed[0].message
    assert "1 failed, 3 passed, 1 skipped" in report.text


def test_pytest_is_green_only_if_everything_is(sandbox: Sandbox) -> None:
    report = sandbox.pytest(SUITE, ["-k", "not wrong"])
    assert report.ok
    assert len(report.tests) == 4


LEAVES: dict[str, str] = {
    "os._exit(0) in a test": "import os\ndef test_a(): pass\ndef test_b(): os._exit(0)\ndef test_c(): pass\n",
    "os._exit(0) at import": "import os\nos._exit(0)\n",
    "sys.exit(0) in a test": "import sys\ndef test_b(): sys.exit(0)\n",
    "sys.exit(0) at import": "import sys\nsys.exit(0)\ndef test_b(): pass\n",
    "pytest.exit with success": "import pytest\ndef test_a(): pass\ndef test_b(): pytest.exit('x', returncode=0)\n",
    "no test at all": "x = 1\n",
    "a missing module": "import there_is_no_such_module\n",
    "no Python": "def (\n",
}


@pytest.mark.parametrize("name", sorted(LEAVES))
def test_a_pytest_run_that_leaves_early_is_no_success(sandbox: Sandbox, name: str) -> None:
    report = sandbox.pytest({"test_it.py": LEAVES[name]})
    assert not report.ok, report
    assert report.error or report.failed


def test_a_test_that_takes_the_process_with_it_is_the_one_that_failed(sandbox: Sandbox) -> None:
    report = sandbox.pytest({"test_it.py": LEAVES["os._exit(0) in a test"]})
    assert [(test.name[-6:], test.outcome) for test in report.tests] == [("test_a", "passed"), ("test_b", "failed")]
    assert report.error.startswith("Died")


def test_one_endless_test_does_not_keep_the_others_from_running(cache: Path) -> None:
    with Sandbox(Limits(wall_s=3.0), cache=cache) as sandbox:
        report = sandbox.pytest({"test_it.py": "def test_a():\n    while True: pass\ndef test_b(): pass\n"})
    assert [test.outcome for test in report.tests] == ["failed", "passed"]
    assert "TimeLimit" in report.tests[0].message


def test_a_job_may_use_pytest_and_no_other_package_of_the_agent(sandbox: Sandbox) -> None:
    outcomes = sandbox.run(
        [
            Job(code="import pytest\nwith pytest.raises(ValueError): int('x')\nassert 0.1 + 0.2 == pytest.approx(0.3)"),
            Job(code="import yaml"),
            Job(code="import memory.errors"),
        ]
    )
    assert [outcome.error for outcome in outcomes] == ["", "ModuleNotFoundError", "ModuleNotFoundError"]


def test_the_values_speak_for_themselves() -> None:
    assert PytestReport(True).failed == ()
    assert Level("L0").text == "L0 (time-outs only), 0/0 canaries held"
