"""The attacks of cases/attacks.yaml, as root and as an ordinary user, at the best level and at lower ones."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from places import ROOT, rows

ATTACKS = rows("attacks")
HONEST = rows("honest")
REFUSED = {"PermissionError", "FileNotFoundError", "ProcessLookupError", "OSError", "KeyError", "NotADirectoryError"}
PASSES = [
    ("root", "best"),
    ("user", "best"),
    ("root", "L2"),
    ("user", "L2"),
    ("user", "L1"),
    ("root in a container", "best"),
    ("user in a container", "best"),
]
# How long it takes until somebody looks, and where Python lies, decides whether anything gets through these two.
SOMETIMES = {"scratch total", "account"}
FIRST_USER = 65_520  # each pass has a user of its own, so that none counts among another's processes


def python_of(who: str, level: str) -> list[str]:
    """The start of a command that runs Python as this user; skips the test, with the reason, where that cannot be."""
    root = os.geteuid() == 0
    if who.startswith("root"):
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


@contextlib.contextmanager
def copy_of_ours() -> Generator[Path]:
    """Our code where every user can read it."""
    folder = Path(tempfile.mkdtemp(prefix="coder-copy-"))
    for name in ("library", "memory"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests" / "attack_driver.py", folder)
    (folder / "cache").mkdir()
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / "cache").chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def begin(who: str, level: str, python: list[str], folder: Path) -> "subprocess.Popen[str]":
    """Start one pass over the attacks; it goes on beside the others."""
    container = who.endswith("container")
    chosen = [attack for attack in ATTACKS if (level == "best" and not container) or not attack.get("brisk")]
    asked = folder / f"{who}-{level}.json"
    told = {"level": level, "cache": str(folder / "cache"), "container": container}
    asked.write_text(json.dumps(told | {"attacks": chosen, "honest": HONEST}))
    with asked.open() as file:
        return subprocess.Popen(
            [*python, str(folder / "attack_driver.py")],
            stdin=file,
            env={"PYTHONPATH": str(folder), "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def end(run: "subprocess.Popen[str]") -> dict[str, Any]:
    """What a pass tells: {"level", "parts", "gaps", "broken", "attacks": {name: what came of it}}."""
    out, complaints = run.communicate(timeout=280)
    assert run.returncode == 0, complaints
    told = json.loads(out)
    return told | {"attacks": {attack["name"]: attack for attack in told["attacks"]}}


def wrong_in(told: dict[str, Any]) -> list[Any]:
    """What a pass must not have: attacks that got through, gaps that are none, honest code that did not work."""
    gaps = {gap.split(":")[0] for gap in told["gaps"]}
    wrong: list[Any] = [*told["broken"]]
    opened: set[str] = set()
    for attack in ATTACKS:
        came = told["attacks"].get(attack["name"])
        if came is None:
            continue
        if came["through"]:
            opened.add(attack["gap"])
        if attack["gap"] not in gaps and (came["through"] or came["ended"] not in (attack.get("error") or REFUSED)):
            wrong.append(came)
    untrue = gaps & {attack["gap"] for attack in ATTACKS} - opened - SOMETIMES
    return [*wrong, *(f"{gap} is said to be open and nothing got through" for gap in untrue)]


@pytest.mark.long
@pytest.mark.parametrize("who", ["root", "user"])
def test_every_attack_is_stopped_or_is_a_gap_that_was_told_and_honest_code_works(who: str) -> None:
    passes = [both for both in PASSES if both[0] == who]
    pythons = [python_of(*both) for both in passes]
    with copy_of_ours() as folder:
        runs = [begin(*both, python, folder) for both, python in zip(passes, pythons, strict=True)]
        told = {level: end(run) for (_, level), run in zip(passes, runs, strict=True)}
    assert {level: wrong for level, what in told.items() if (wrong := wrong_in(what))} == {}
    assert all(told[level]["level"] == level for level in told if level != "best")
    if shutil.which("bwrap") and told["best"]["level"] != "L3":
        pytest.skip(f"bubblewrap does not work here, the best level is {told['best']['level']}; all passed at that one")


@pytest.mark.long
def test_in_a_container_without_user_namespaces_it_is_the_same_at_the_level_below() -> None:
    passes = [both for both in PASSES if both[0].endswith("container")]
    with copy_of_ours() as folder:
        runs = {both: begin(*both, python_of(*both), folder) for both in passes}
        told = {both: end(run) for both, run in runs.items()}
    assert {both: wrong for both, what in told.items() if (wrong := wrong_in(what))} == {}
    assert {what["level"] for what in told.values()} == {"L2"}


def test_a_gap_that_is_told_and_that_nothing_got_through_would_be_found() -> None:
    stopped = {"name": "", "ended": "PermissionError", "through": ""}
    told: dict[str, Any] = {"level": "L1", "gaps": ["reading: it can"], "broken": [], "attacks": {}}
    attacks = {attack["name"]: stopped for attack in ATTACKS if attack["gap"] == "reading"}
    assert wrong_in(told | {"attacks": attacks}) == ["reading is said to be open and nothing got through"]


def test_there_are_at_least_forty_attacks_with_names_of_their_own() -> None:
    names = [attack["name"] for attack in ATTACKS]
    assert len(names) == len(set(names)) >= 40
