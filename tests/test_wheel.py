"""The wheel in an environment of its own, beside a user's files of the same names. Slow: builds and installs it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT
from program import Program

from coder.version import VERSION

BEFORE = dict(os.environ)  # with the home folder where uv keeps what it has downloaded
NAMES = ("coder", "memory", "prompts", "library")
WHEEL = "coder_app-*.whl"
THEIRS = """import pathlib
pathlib.Path(__file__).with_suffix(".imported").touch()
raise SystemExit("this is not for coder")
"""
pytestmark = pytest.mark.skipif(
    not shutil.which("uv") or not (ROOT / "uv.lock").exists(), reason="needs uv and the lock file to install"
)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment with the wheel and what the lock file says, nothing else."""
    base = tmp_path_factory.mktemp("wheel")
    environment = {**BEFORE, "UV_PROJECT_ENVIRONMENT": str(base / "venv"), "VIRTUAL_ENV": ""}
    wanted = ["uv", "sync", "-q", "--frozen", "--no-dev", "--no-install-project", "--no-compile-bytecode"]
    for words in (
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(base)],
        [*wanted, "--python", sys.executable],
        ["uv", "pip", "install", "-q", "--no-deps", "--python", str(base / "venv"), WHEEL],
        ["uv", "pip", "check", "-q", "--python", str(base / "venv")],
    ):
        words = [str(next(base.glob(WHEEL))) if word == WHEEL else word for word in words]
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"
    return base / "venv" / "bin" / "python"


@pytest.fixture
def beside(python: Path, tmp_path: Path) -> Program:
    """The installed command in a folder that holds the user's own coder.py, memory.py, prompts.py and library.py."""
    program = Program(tmp_path / "work", command=(str(python.parent / "coder"),))
    for name in NAMES:
        (program.folder / f"{name}.py").write_text(THEIRS)
    return program


def test_the_demo_runs_beside_a_users_own_files_of_the_same_names(beside: Program, python: Path) -> None:
    beside.environment["PYTHONPATH"] = str(beside.folder)
    done = beside("demo", "--yes", "--json", "--library", "lib")
    assert done.code == 0, done.err
    assert done.told("finish")[0]["saved"] == ["parse_duration"]
    tested = beside("library", "test")
    assert (tested.code, "5 passed" in tested.out) == (0, True)
    look = beside.folder / "editor.py"
    look.write_text("import json, os, sys; print(json.dumps([sys.path, dict(os.environ)]))")
    path, environment = json.loads(beside("plan", "--edit", EDITOR=f"{python} {look}").out.splitlines()[0])
    assert not [folder for folder in path if "coder_app_home" in folder], "children get the user's path, not ours"
    assert "coder_app_home" not in json.dumps(environment)
    assert environment["PYTHONPATH"] == str(beside.folder)
    texts = {(beside.folder / f"{name}.py").read_text() for name in NAMES}
    assert texts == {THEIRS}
    assert not list(beside.folder.glob("*.imported"))


def test_one_name_is_installed_and_has_the_version_of_the_source(beside: Program, python: Path) -> None:
    names = (*NAMES, "tests", "benchmarks", "coder_app")
    look = f"import importlib.util as u; print([name for name in {names!r} if u.find_spec(name)])"
    said = subprocess.run([python, "-c", look], capture_output=True, text=True, check=True, cwd=python.parent)
    assert said.stdout == "['coder_app']\n"
    home = next(python.parent.parent.glob("lib/*/site-packages/coder_app_home"))
    assert sorted(path.parent.name for path in home.glob("*/py.typed")) == sorted(NAMES)
    assert beside("--version").out == f"coder {VERSION}\n"
