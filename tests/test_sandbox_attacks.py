"""The attacks of cases/attacks.yaml, as root and as an ordinary user, at the best level and at lower ones."""

import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ATTACKS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "attacks.yaml").read_text("utf-8"))
HONEST: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "cases" / "honest.yaml").read_text("utf-8"))
REFUSED = {"PermissionError", "FileNotFoundError", "ProcessLookupError", "OSError", "KeyError", "NotADirectoryError"}
PASSES = [("root", "best"), ("user", "best"), ("root", "L2"), ("user", "L2"), ("user", "L1")]
FIRST_USER = 65_520  # each pass has a user of its own, so that none counts among another's processes


def python_of(who: str, level: str) -> list[str]:
    """The start of a command that runs Python as this user; skips the test, with the reason, where that cannot be."""
    root = os.geteuid() == 0
    if who == "root":
        return [sys.executable] if root else pytest.skip("these tests run as an ordinary user: nothing to try as root")
    if not root:
        return [sys.executable]
    user = FIRST_USER + PASSES.index((who, level))
    switch = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    for python in (sys.executable, "/usr/bin/python3"):
        readable = "os.access(os.path.realpath(sys.executable), os.R_OK)"
        check = [*switch, python, "-c", f"import os, sys; sys.exit(sys.version_info < (3, 11) or not {readable})"]
        if (
            shutil.which("setpriv")
            and Path(python).exists()
            and not subprocess.run(check, capture_output=True).returncode
        ):
            return [*switch, python]
    return pytest.skip("no Python from 3.11 on that an ordinary user can start here")


@functools.cache
def copy_of_ours() -> Path:
    """Our code where every user can read it."""
    folder = Path(tempfile.mkdtemp(prefix="coder-copy-"))
    for name in ("library", "memory"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests" / "attack_driver.py", folder)
    (folder / "cache").mkdir()
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / "cache").chmod(0o777)
    return folder


@functools.cache
def begin(who: str, level: str) -> "subprocess.Popen[str]":
    """Start one pass; it goes on beside the others."""
    folder = copy_of_ours()
    chosen = [attack for attack in ATTACKS if level == "best" or not attack.get("brisk")]
    (folder / f"{who}-{level}.json").write_text(
        json.dumps({"level": level, "cache": str(folder / "cache"), "attacks": chosen, "honest": HONEST})
    )
    with (folder / f"{who}-{level}.json").open() as asked:
        return subprocess.Popen(
            [*python_of(who, level), str(folder / "attack_driver.py")],
            stdin=asked,
            env={"PYTHONPATH": str(folder), "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@functools.cache
def run_pass(who: str, level: str) -> dict[str, Any]:
    """One pass over all attacks: {"level", "parts", "gaps", "attacks": {name: what came of it}}."""
    for both in PASSES:
        with contextlib.suppress(pytest.skip.Exception):
            begin(*both)
    run = begin(who, level)
    out, complaints = run.communicate(timeout=150)
    assert run.returncode == 0, complaints
    told = json.loads(out)
    return told | {"attacks": {attack["name"]: attack for attack in told["attacks"]}}


def cases() -> list[Any]:
    found: list[Any] = []
    for who, level in PASSES:
        for attack in ATTACKS:
            if level == "best" or not attack.get("brisk"):
                group = pytest.mark.xdist_group("attacks")
                found.append(pytest.param(who, level, attack, marks=group, id=f"{who}-{level}-{attack['name']}"))
    return found


@pytest.mark.parametrize(("who", "level", "attack"), cases())
def test_an_attack_is_stopped_or_is_a_gap_that_was_told(who: str, level: str, attack: dict[str, Any]) -> None:
    told = run_pass(who, level)
    if level == "best" and told["level"] != "L3":
        pytest.skip(f"bubblewrap does not work here, the best level is {told['level']}; the passes at L2 cover that")
    gaps = {gap.split(":")[0] for gap in told["gaps"]} if told["level"] == "L1" else set[str]()
    came = told["attacks"][attack["name"]]
    if attack["gap"] in gaps:
        return
    assert not came["through"], came
    assert came["ended"] in (attack.get("error") or REFUSED), came


@pytest.mark.xdist_group("attacks")
@pytest.mark.parametrize(("who", "level"), PASSES)
def test_honest_code_works_for_every_user_at_every_level(who: str, level: str) -> None:
    assert run_pass(who, level)["broken"] == []


def test_there_are_at_least_forty_attacks_with_names_of_their_own() -> None:
    names = [attack["name"] for attack in ATTACKS]
    assert len(names) == len(set(names)) >= 40


@pytest.mark.xdist_group("attacks")
def test_each_gap_that_the_lowest_level_tells_is_a_true_one() -> None:
    told = run_pass("user", "L1")
    open_gaps = {gap.split(":")[0] for gap in told["gaps"]} & {attack["gap"] for attack in ATTACKS} - {"scratch total"}
    assert open_gaps, "a level without own mounts and without Landlock must have gaps"
    for gap in open_gaps:
        through = [told["attacks"][a["name"]]["through"] for a in ATTACKS if a["gap"] == gap and not a.get("brisk")]
        assert any(through), f"{gap} is said to be open and nothing got through it"
