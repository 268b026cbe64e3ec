"""Folders from somebody else: nothing is written outside, nothing of theirs runs, no key is sent; it is told."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer
from places import CASES as DATA
from places import ROOT, rows
from program import COMMAND, healthy

from coder.cli import run_commands as commands
from coder.cli.main import parse
from coder.errors import CoderError
from library.exchange.export import MARK

CASES = rows("hostile_folders")
KEY = "sk-decoy-of-mine-7731"
WRITING = [["undo", "--yes"], ["resume", "--yes"], ["--yes", "a goal"], ["library", "rename", "alpha", "beta"]]
USUAL = [*WRITING, ["library", "list"], ["library", "show", "alpha"], ["plan"], ["log"]]
USER, PARTS = 54321, 4
PRELUDE = (DATA / "hostile_folders.sh").read_text("utf-8")


@dataclass
class Place:
    """Where a folder was built: what is outside of it, and what would tell that an attack went through."""

    area: Path
    evil: OpenAIServer

    @property
    def outside(self) -> Path:
        return self.area / "outside"

    @property
    def mark(self) -> Path:
        return self.area / "mark"

    def build(self, case: dict[str, Any]) -> None:
        """Make the outside and run the steps."""
        self.outside.mkdir(parents=True)
        (self.outside / "file").write_text("mine\n")
        (self.outside / "secret.yaml").write_text("password: [hunter2-very-secret\n")
        (self.outside / "former.toml").write_text(f"# {MARK}\n")
        journal = f"{shlex.quote(sys.executable)} {shlex.quote(str(DATA / 'hostile_journal.py'))}"
        names = {"D": str(self.area / "lib"), "OUT": str(self.outside), "MARK": str(self.mark), "EVIL": self.evil.url}
        environment = {**os.environ, **names, "JOURNAL": journal, "NAME": case["name"]}
        done = subprocess.run(
            ["bash", "-c", PRELUDE + case["build"]],
            cwd=self.area,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def all_outside(self) -> dict[str, bytes | str]:
        """What stands outside, git's own noise of a repository there included."""
        found: dict[str, bytes | str] = {}
        for path in sorted(self.outside.rglob("*")):
            name = str(path.relative_to(self.outside))
            found[name] = (
                str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else "folder"
            )
        return found


@pytest.fixture(scope="module")
def mine() -> Iterator[OpenAIServer]:
    """The person's own endpoint."""
    with healthy() as server:
        yield server


@pytest.fixture
def place(tmp_path: Path, mine: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An empty place; key, model and endpoint are set as the person would."""
    for name, value in (("API_KEY", KEY), ("MODEL", "test"), ("BASE_URL", mine.url)):
        monkeypatch.setenv(f"CODER_{name}", value)
    with healthy() as evil:
        yield Place(tmp_path / "area", evil)


def carry_out(words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One command line in `folder`, in this process; what it refuses with, "" if it does not. Any other end fails."""
    monkeypatch.chdir(folder)
    if not (folder / "coder.yaml").exists():
        monkeypatch.setenv("CODER_LIBRARY", str(folder))
    else:
        monkeypatch.delenv("CODER_LIBRARY", raising=False)
    try:
        commands.run(parse(words))
    except CoderError as error:
        assert error.message and "\n" not in error.message.strip(), error.message
        return str(error)
    except OSError as error:  # so does the command line tell it
        return f"{error.filename}: {error.strerror}"
    return ""


def try_all(case: dict[str, Any], place: Place, monkeypatch: pytest.MonkeyPatch) -> str:
    """Build the folder and run the commands; what was said in refusal."""
    if case.get("root") and os.geteuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    place.area.mkdir()
    place.build(case)
    before, folder = place.all_outside(), place.area / "lib" / case.get("inside", "")
    said: list[str] = []
    for words in case.get("commands", USUAL):
        said.append(carry_out([word.replace("$D", str(folder)) for word in words], folder, monkeypatch))
        assert place.all_outside() == before, f"{words} changed something outside"
        assert not place.mark.exists(), f"{words} ran a program of theirs"
        assert not place.evil.asked, f"{words} asked their endpoint"
    return "\n".join(said)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_hostile_folder_does_no_harm(
    case: dict[str, Any], place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = try_all(case, place, monkeypatch)
    out, err = capsys.readouterr()
    assert case.get("says", "") in refused + out + err
    assert KEY not in out + err and "Traceback" not in out + err
    assert not case.get("never") or case["never"] not in refused + out + err


def test_there_are_at_least_forty_of_them() -> None:
    assert len({case["name"] for case in CASES}) >= 40


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("part", range(PARTS))
def test_all_of_them_do_no_harm_to_an_ordinary_user_either(part: int) -> None:
    if not shutil.which("setpriv"):
        pytest.skip("there is no setpriv to become an ordinary user with")
    switch = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    with tempfile.TemporaryDirectory(prefix="coder-copy-") as name:
        folder = Path(name)
        python = _python_for(switch, folder)
        for inner in ("coder", "library", "memory", "prompts", "tests", "pyproject.toml", "coder_app.py"):
            copy = shutil.copytree if (ROOT / inner).is_dir() else shutil.copy
            copy(ROOT / inner, folder / inner)
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, USER, USER)
        tests = [
            f"{Path(__file__).relative_to(ROOT)}::test_a_hostile_folder_does_no_harm[{case['name']}]" for case in CASES
        ]
        done = subprocess.run(
            [*switch, *python, *["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"], *tests[part::PARTS]],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": name, "PYTHONPATH": _site_packages(), "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def _site_packages() -> str:
    return str(Path(pytest.__file__).parent.parent)


def _python_for(switch: list[str], folder: Path) -> list[str]:
    """A Python that an ordinary user can start, with the packages that are here."""
    folder.chmod(0o755)
    for python in (sys.executable, "/usr/bin/python3"):
        check = [
            *switch,
            python,
            "-c",
            "import os, sys, pytest, git, openai; "
            "sys.exit(sys.version_info < (3, 11) or not os.access(os.path.realpath(sys.executable), os.X_OK))",
        ]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": _site_packages(), "HOME": str(folder)}
        if Path(python).exists() and not subprocess.run(check, capture_output=True, env=environment).returncode:
            return [python]
    return pytest.skip("no Python with our packages that an ordinary user can start here")


# -- the same through the installed command, a handful


@pytest.mark.parametrize(
    "name",
    [
        "a tracked pending that leads out by a link",
        "a tracked journal that turns the sandbox off and brings the replies",
        "a library that is a device",
        "a partial clone that fetches by a program",
    ],
)
def test_the_installed_command_ends_in_one_sentence(
    name: str, place: Place, mine: OpenAIServer, own_home: Path
) -> None:
    case = next(case for case in CASES if case["name"] == name)
    place.area.mkdir()
    place.build(case)
    before, folder = place.all_outside(), place.area / "lib"
    environment = {**os.environ, "CODER_LIBRARY": str(folder)}
    for words in (["undo", "--yes"], ["--yes", "a goal"], ["library", "show", "alpha"]):
        done = subprocess.run(
            [COMMAND, *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "Traceback" not in done.stderr and KEY not in done.stdout + done.stderr
        assert done.returncode == 0 or done.stderr.startswith("coder: ")
        assert place.all_outside() == before and not place.mark.exists() and not place.evil.asked
