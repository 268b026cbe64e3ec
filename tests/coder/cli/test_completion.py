"""Completion scripts, driven in the shells themselves where these are installed."""

import argparse
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from coder.cli import parser as command_line
from coder.cli.completion import script
from coder.errors import RefusedInput


def parser() -> argparse.ArgumentParser:
    """A command line with everything that completion must cope with."""
    top = command_line.Parser(prog="coder", description="Coder.")
    top.add_argument("--version", action="version", version="1")
    subs = top.add_subparsers(dest="command")
    run = subs.add_parser("run", help="it's a goal: work on it", description="it's a goal: work on it")
    run.add_argument("-y", "--yes", action="store_true", help="don't ask")
    run.add_argument("--library", metavar="DIR", help="folder")
    run.add_argument("--level", choices=["best", "L1"], help="of the sandbox")
    run.add_argument("--max-cost", metavar="X")
    run.add_argument("goal", nargs="*")
    subs.add_parser("replay", help="again").add_argument("file")
    subs.add_parser("completion", help="this").add_argument("shell", choices=["bash", "fish"])
    actions = subs.add_parser("library", help="functions").add_subparsers(dest="action")
    actions.add_parser("list", help="all").add_argument("--json", action="store_true")
    actions.add_parser("show", help="one").add_argument("name")
    return top


def in_bash(folder: Path, *words: str, of: argparse.ArgumentParser | None = None) -> set[str]:
    (folder / "script").write_text(script("bash", of or parser()))
    ask = 'source ./script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _coder; printf "%s\\n" "${COMPREPLY[@]}"'
    ran = subprocess.run(
        ["bash", "--norc", "-c", ask, "bash", *words], cwd=folder, capture_output=True, text=True, check=True
    )
    assert not ran.stderr
    return set(ran.stdout.split("\n")) - {""}


def in_fish(folder: Path, *words: str, of: argparse.ArgumentParser | None = None) -> set[str]:
    (folder / "script").write_text(script("fish", of or parser()))
    line = " ".join(words)
    ran = subprocess.run(
        ["fish", "--no-config", "-c", f"source script; complete -C '{line}'"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.split("\t")[0] for line in ran.stdout.splitlines()}


Ask = Callable[..., set[str]]
SHELLS = [
    in_bash,
    pytest.param(in_fish, marks=pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")),
]


@pytest.mark.parametrize("ask", SHELLS)
def test_commands_options_and_values_are_offered_where_they_may_stand(ask: Ask, tmp_path: Path) -> None:
    assert ask(tmp_path, "coder", "li") == {"library"}
    assert ask(tmp_path, "coder", "library", "") >= {"list", "show"}
    assert ask(tmp_path, "coder", "library", "list", "--j") == {"--json"}
    assert ask(tmp_path, "coder", "completion", "f") == {"fish"}
    assert ask(tmp_path, "coder", "run", "--level", "b") == {"best"}
    assert ask(tmp_path, "coder", "run", "--max-cost", "") == set()


@pytest.mark.parametrize("ask", SHELLS)
def test_the_options_of_run_are_offered_where_its_name_is_left_out(ask: Ask, tmp_path: Path) -> None:
    whole = command_line.parser(implied=True)
    assert ask(tmp_path, "coder", "--y", of=whole) == {"--yes"}
    assert ask(tmp_path, "coder", "--yes", "--max-r", of=whole) == {"--max-rounds"}
    assert ask(tmp_path, "coder", "--yes", "li", of=whole) == {"library"}


@pytest.mark.parametrize("ask", SHELLS)
def test_folders_and_files_are_offered_where_they_are_wanted(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "with space").mkdir()
    (tmp_path / "with.file").write_text("")
    folders = {name.rstrip("/").replace("\\", "") for name in ask(tmp_path, "coder", "run", "--library", "wi")}
    assert folders == {"with space"}
    assert "with.file" in ask(tmp_path, "coder", "replay", "wi")


def test_bash_understands_a_value_behind_an_equals_sign(tmp_path: Path) -> None:
    assert in_bash(tmp_path, "coder", "run", "--level", "=") == {"best", "L1"}
    assert in_bash(tmp_path, "coder", "run", "--level", "=", "L") == {"L1"}
    assert in_bash(tmp_path, "coder", "run", "--level", "=", "L1", "--max-c") == {"--max-cost"}


@pytest.mark.parametrize("ask", SHELLS)
def test_no_program_is_run_to_complete(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = shutil.which("bash" if ask is in_bash else "fish")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / Path(shell or "").name).symlink_to(shell or "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))  # nothing else can be found
    assert ask(tmp_path, "coder", "library", "s") == {"show"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_is_sound_and_names_everything(shell: str, tmp_path: Path) -> None:
    text = script(shell, parser())
    for word in ("library", "show", "max-cost", "yes", "best"):
        assert word in text
    (tmp_path / "script").write_text(text)
    if shutil.which(shell):
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True, capture_output=True)


def test_another_shell_is_refused_with_those_there_are() -> None:
    with pytest.raises(RefusedInput, match="bash, zsh, fish"):
        script("tcsh", parser())
