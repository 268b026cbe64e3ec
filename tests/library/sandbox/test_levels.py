"""Which level of the sandbox is chosen: where bubblewrap is old, broken or refused, and what is remembered."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from boxes import BWRAP, one
from places import ROOT

from library.errors import SandboxError
from library.sandbox import Job, Limits, Sandbox


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
    with Sandbox(Limits(wall_s=30.0), level="L0", cache=cache) as sandbox:
        assert one(sandbox, "import os", "'HOME' in os.environ").ok
        sandbox.limits = Limits(wall_s=0.3)
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
        timeout=120,
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
