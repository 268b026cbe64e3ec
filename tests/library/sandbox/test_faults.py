"""The sandbox when something dies: the zygote, the agent, a terminal's Ctrl-C; and that nothing is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from boxes import BWRAP, one
from places import ROOT

from library.sandbox import Job, Limits, Sandbox, scratch


@pytest.fixture
def best(cache: Path) -> Iterator[Sandbox]:
    """A sandbox of a test's own, at the best level."""
    with Sandbox(Limits(wall_s=30.0), cache=cache) as made:
        yield made


def zygotes_of(pid: int) -> list[int]:
    """All processes below a process."""
    found: list[int] = []
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:  # it has ended meanwhile
        return []
    for child in children.split():
        found += [int(child), *zygotes_of(int(child))]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids: Iterable[int]) -> bool:
    ends = time.monotonic() + 60
    while any(alive(pid) for pid in pids):
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def test_a_zygote_that_is_killed_between_jobs_is_replaced_without_a_word(best: Sandbox) -> None:
    before = set(zygotes_of(os.getpid()))
    assert best.run([Job(expression="1")])[0].ok
    killed = set(zygotes_of(os.getpid())) - before
    for pid in killed:
        with suppress(ProcessLookupError):  # the first one's end takes those below it along
            os.kill(pid, signal.SIGKILL)
    assert wait_until_gone(killed)
    assert best.run([Job(expression="2")])[0].value == "2"


KILLER = """
import os, signal, subprocess, sys, threading, time
from pathlib import Path
from library.sandbox import Job, Limits, Sandbox
def below(pid):
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended meanwhile
        return []
    return [found for child in children for found in [int(child), *below(int(child))]]
sandbox = Sandbox(Limits(wall_s=60), level=sys.argv[1], cache=Path(sys.argv[2]))
sandbox.run([Job(expression="1")])
idle = len(below(os.getpid()))
def kill():
    while len(below(os.getpid())) < idle + 4:  # the second job, and only that one, is four processes
        time.sleep(0.01)
    for pid in below(os.getpid()):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
threading.Thread(target=kill).start()
forks = "import os, time; os.fork(); os.fork(); time.sleep(50)"
jobs = [Job(expression="1"), Job(code=forks), Job(expression="3"), Job(expression="4")]
print([o.error or o.value for o in sandbox.run(jobs)])
"""


@pytest.mark.parametrize("level", [pytest.param("L3", marks=BWRAP), "L2"])
def test_a_zygote_that_is_killed_during_a_job_costs_that_job_only(level: str, cache: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", KILLER, level, str(cache)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.stdout == "['1', 'Died', '3', '4']\n", run.stderr


HOST = """
import sys
from pathlib import Path
from library.sandbox import Job, Limits, Sandbox
sandbox = Sandbox(Limits(cpu_s=200, wall_s=200), level=sys.argv[1], cache=Path(sys.argv[2]))
sandbox.run([Job(expression="1")])
print("ready", flush=True)
loop = "import os\\nfor _ in range(3):\\n    if os.fork() == 0: break\\nwhile True: pass"
try:
    sandbox.run([Job(code=loop)])
except KeyboardInterrupt:
    print(sandbox.run([Job(expression="6 * 7")])[0].value, flush=True)
"""


AT_WORK = 5  # at most three of them are the sandbox itself, the others the job


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
    ends = time.monotonic() + 60
    while len(zygotes_of(started.pid)) < AT_WORK:
        assert started.poll() is None and time.monotonic() < ends
        time.sleep(0.01)
    return started


@pytest.mark.parametrize("level", [pytest.param("L3", marks=BWRAP), "L2"])
def test_an_agent_that_is_killed_takes_zygote_and_jobs_with_it(level: str, cache: Path) -> None:
    agent = host(level, cache)
    below = zygotes_of(agent.pid)
    assert len(below) >= AT_WORK
    agent.kill()
    agent.communicate()
    assert wait_until_gone(below), [Path(f"/proc/{pid}/cmdline").read_text() for pid in below if alive(pid)]


def test_ctrl_c_reaches_the_agent_only_and_the_sandbox_can_be_used_again(cache: Path) -> None:
    agent = host("best", cache)
    os.killpg(agent.pid, signal.SIGINT)  # as the terminal does it
    out, _ = agent.communicate(timeout=120)
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


def test_a_folder_that_agent_and_zygote_have_left_behind_is_removed_by_the_next_one(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("library.sandbox.scratch.YOUNG_S", 0.0)
    tmp_path.chmod(0o755)
    left, used, foreign = (tmp_path / f"coder-{name}" for name in ("sandbox-left", "sandbox-used", "of-others"))
    for folder in (left, used, foreign):
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "file").write_text("x")
    claim = scratch.folder.claim(str(used))
    with Sandbox(level="L2", cache=cache) as sandbox:
        assert one(sandbox, "", "1").ok
    assert sorted(tmp_path.iterdir()) == sorted([used, foreign])
    os.close(claim)


@pytest.mark.parametrize("level", [pytest.param("L3", marks=BWRAP), "L2"])
def test_a_job_that_makes_folders_without_end_is_stopped_and_the_next_one_finds_none(level: str, cache: Path) -> None:
    with Sandbox(Limits(wall_s=100.0, cpu_s=60), level=level, cache=cache) as sandbox:
        outcome = one(sandbox, "import os, itertools\nfor n in itertools.count(): os.mkdir(str(n))")
        assert outcome.error in ("ScratchLimit", "OSError"), outcome
        assert one(sandbox, "import os", "os.listdir('.')").value == "[]"
