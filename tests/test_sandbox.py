"""The sandbox from the agent's side: what legitimate code may do, how jobs end, what survives when something dies."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from library.errors import SandboxError
from library.sandbox import Job, Level, Limits, Outcome, PytestReport, Sandbox

ROOT = Path(__file__).parent.parent
ROOMY = Limits(cpu_s=5, wall_s=10.0)
BWRAP = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed on this machine")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox-cache")


@pytest.fixture(scope="module", params=[pytest.param("L3", marks=BWRAP), "L2"])
def sandbox(request: pytest.FixtureRequest, cache: Path) -> Iterator[Sandbox]:
    """One sandbox for many tests, at each of the two levels that hold everything."""
    with Sandbox(ROOMY, level=request.param, cache=cache) as made:
        yield made


@pytest.fixture
def best(cache: Path) -> Iterator[Sandbox]:
    """A sandbox of a test's own, short of time, at the best level."""
    with Sandbox(Limits(cpu_s=1, wall_s=2.0), cache=cache) as made:
        yield made


def one(sandbox: Sandbox, code: str, expression: str = "") -> Outcome:
    return sandbox.run([Job(code=code, expression=expression)])[0]


HONEST: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "cases" / "honest.yaml").read_text("utf-8"))


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


def zygotes_of(pid: int) -> list[int]:
    """All processes below a process."""
    found: list[int] = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(child), *zygotes_of(int(child))]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids: list[int]) -> bool:
    for _ in range(200):
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def test_a_zygote_that_is_killed_between_jobs_is_replaced_without_a_word(best: Sandbox) -> None:
    before = set(zygotes_of(os.getpid()))
    assert best.run([Job(expression="1")])[0].ok
    for pid in set(zygotes_of(os.getpid())) - before:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.05)
    assert best.run([Job(expression="2")])[0].value == "2"


KILLER = """
import os, signal, subprocess, sys, threading, time
from pathlib import Path
from library.sandbox import Job, Limits, Sandbox
def below(pid):
    return [p for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split() for p in [int(c), *below(int(c))]]
sandbox = Sandbox(Limits(cpu_s=1, wall_s=5), level=sys.argv[1], cache=Path(sys.argv[2]))
sandbox.run([Job(expression="1")])
def kill():
    time.sleep(0.3)
    for pid in below(os.getpid()):
        os.kill(pid, signal.SIGKILL)
threading.Thread(target=kill).start()
jobs = [Job(expression="1"), Job(code="import time; time.sleep(3)"), Job(expression="3"), Job(expression="4")]
print([o.error or o.value for o in sandbox.run(jobs)])
"""


@pytest.mark.parametrize("level", [pytest.param("L3", marks=BWRAP), "L2"])
def test_a_zygote_that_is_killed_during_a_job_costs_that_job_only(level: str, cache: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", KILLER, level, str(cache)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout == "['1', 'Died', '3', '4']\n", run.stderr


HOST = """
import sys
from pathlib import Path
from library.sandbox import Job, Limits, Sandbox
sandbox = Sandbox(Limits(cpu_s=30, wall_s=60), level=sys.argv[1], cache=Path(sys.argv[2]))
sandbox.run([Job(expression="1")])
print("ready", flush=True)
loop = "import os\\nfor _ in range(3):\\n    if os.fork() == 0: break\\nwhile True: pass"
try:
    sandbox.run([Job(code=loop)])
except KeyboardInterrupt:
    print(sandbox.run([Job(expression="6 * 7")])[0].value, flush=True)
"""


def host(level: str, cache: Path) -> "subprocess.Popen[str]":
    """An agent of its own in the middle of a job."""
    started = subprocess.Popen(
        [sys.executable, "-c", HOST, level, str(cache)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    time.sleep(0.3)
    return started


@pytest.mark.parametrize("level", [pytest.param("L3", marks=BWRAP), "L2"])
def test_an_agent_that_is_killed_takes_zygote_and_jobs_with_it(level: str, cache: Path) -> None:
    agent = host(level, cache)
    below = zygotes_of(agent.pid)
    assert len(below) >= 3
    agent.kill()
    agent.communicate()
    assert wait_until_gone(below), [Path(f"/proc/{pid}/cmdline").read_text() for pid in below if alive(pid)]


def test_ctrl_c_reaches_the_agent_only_and_the_sandbox_can_be_used_again(cache: Path) -> None:
    agent = host("best", cache)
    os.killpg(agent.pid, signal.SIGINT)  # as the terminal does it
    out, _ = agent.communicate(timeout=30)
    assert out == "42\n"
    assert agent.returncode == 0


def test_a_closed_sandbox_leaves_no_process_and_no_folder(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tmp_path.chmod(0o755)
    before = set(zygotes_of(os.getpid()))
    with Sandbox(level="L2", cache=cache) as sandbox:
        assert one(sandbox, "open('x', 'w').write('y')").ok
        started = [pid for pid in zygotes_of(os.getpid()) if pid not in before]
        assert started
        assert list(tmp_path.iterdir())
    assert wait_until_gone(started)
    assert not list(tmp_path.iterdir())


def test_a_level_is_told_with_what_held(sandbox: Sandbox) -> None:
    level = sandbox.level
    assert len(level.canaries) >= 10
    assert all(canary.held for canary in level.canaries), level.canaries
    assert {"landlock", "seccomp", "rlimits"} <= set(level.parts)
    assert f"{len(level.canaries)}/{len(level.canaries)} canaries held" in level.text


def test_the_best_level_is_remembered_and_tried_anew_for_other_circumstances(tmp_path: Path) -> None:
    with Sandbox(cache=tmp_path) as first:
        level = first.level
    (file,) = tmp_path.iterdir()
    with Sandbox(cache=tmp_path) as second:
        assert second.level == level
    told = json.loads(file.read_text())
    told["best"]["canaries"][0][1] = False
    file.write_text(json.dumps(told))
    with Sandbox(cache=tmp_path) as third:
        assert not third.level.canaries[0].held  # taken from the file, not tried again
    file.write_text("{ broken")
    with Sandbox(cache=tmp_path) as fourth:
        assert fourth.level == level


def test_a_level_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(SandboxError, match=r"'L7'.*L3"):
        Sandbox(level="L7")


def test_the_level_without_protection_is_there_only_by_name_and_says_so(cache: Path) -> None:
    with Sandbox(Limits(wall_s=0.3), level="L0", cache=cache) as sandbox:
        assert one(sandbox, "import os", "'HOME' in os.environ").ok
        assert one(sandbox, "while True: pass").error == "TimeLimit"
        assert sandbox.level.name == "L0"
        assert "everything" in sandbox.level.gaps[0]


# A container without user namespaces: the calls with which bubblewrap makes its rooms are refused.
CONTAINER = """
import sys
sys.path.insert(0, sys.argv[1])
import filters, kernel
numbers = [pair[filters.machine()] for pair in ((165, 40), (272, 97), (308, 268))]
refused = {str(number): (number, number) for number in numbers}
clone = filters.CLONE[filters.machine()]
line, no = filters.line, filters.line(filters.RETURN, filters.ERRNO | 1)
lines = filters.guard() + filters.refuse(refused, 0)
lines += [line(filters.EQUAL, filters.CLONE3[0], no=1), line(filters.RETURN, filters.ERRNO | 38)]
lines += [line(filters.EQUAL, clone, no=4), line(filters.LOAD, filters.ARGUMENTS_AT)]
lines += [line(filters.ANYBIT, filters.NEW_NAMESPACES, no=1), no, line(filters.RETURN, filters.ALLOW)]
if sys.argv[3] == "no landlock":
    lines += [line(filters.EQUAL, kernel.LANDLOCK_CREATE, no=1), line(filters.RETURN, filters.ERRNO | 38)]
kernel.prctl(kernel.NO_NEW_PRIVS, 1)
filters.install(filters.program(lines))
from pathlib import Path
from library.errors import SandboxError
from library.sandbox import Job, Sandbox
with Sandbox(cache=Path(sys.argv[2])) as sandbox:
    try:
        print(sandbox.level.name, *sandbox.level.gaps, sandbox.run([Job(expression="6 * 7")])[0].value, sep="|")
    except SandboxError as error:
        print("refused", error.exit_code, error, sep="|")
"""


def in_a_container(tmp_path: Path, kind: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", CONTAINER, str(ROOT / "library" / "sandbox" / "inside"), str(tmp_path), kind],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_in_a_container_without_namespaces_the_kernel_filters_hold_alone(tmp_path: Path) -> None:
    told = in_a_container(tmp_path, "")
    assert told.startswith("L2|scratch total:")
    assert told.endswith("|42\n")


def test_without_bubblewrap_and_landlock_it_is_limits_with_gaps_or_a_refusal(tmp_path: Path) -> None:
    told = in_a_container(tmp_path, "no landlock")
    assert told.startswith(("L1|reading:", "refused|5|There is no safe way to run code here."))


def fake_bwrap(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a bubblewrap of our own first on the path."""
    real = shutil.which("bwrap") or "bwrap"
    (folder / "bwrap").write_text(f"#!/bin/sh\n{script.format(real=real)}\n")
    (folder / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@BWRAP
def test_an_old_bubblewrap_that_cannot_size_a_folder_is_used_with_that_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = 'case "$*" in *--size*) echo "bwrap: Unknown option --size" >&2; exit 1;; esac\nexec {real} "$@"'
    fake_bwrap(tmp_path, monkeypatch, old)
    for _ in range(2):  # found out, then remembered
        with Sandbox(cache=tmp_path / "cache") as sandbox:
            assert sandbox.level.name == "L3"
            assert "tmpfs" not in sandbox.level.parts
            assert sandbox.level.gaps[0].startswith("scratch total")
            assert one(sandbox, "", "1").ok


def test_a_bubblewrap_that_does_not_work_is_not_counted_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_bwrap(tmp_path, monkeypatch, "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1")
    with Sandbox(cache=tmp_path / "cache") as sandbox:
        assert sandbox.level.name == "L2"
    with pytest.raises(SandboxError, match="uid map"), Sandbox(level="L3", cache=tmp_path / "cache") as sandbox:
        sandbox.run([Job(expression="1")])


@BWRAP
def test_a_level_that_is_remembered_and_no_longer_works_is_chosen_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_bwrap(tmp_path, monkeypatch, f'test -e {tmp_path}/broken && exit 1\nexec {{real}} "$@"')
    with Sandbox(cache=tmp_path / "cache") as sandbox:
        assert sandbox.level.name == "L3"
    (tmp_path / "broken").touch()
    with Sandbox(cache=tmp_path / "cache") as sandbox:
        assert one(sandbox, "", "1").ok
        assert sandbox.level.name == "L2"


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
    with Sandbox(Limits(wall_s=0.5), cache=cache) as sandbox:
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
