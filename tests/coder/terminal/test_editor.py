"""Editing a text outside: which editor, where the file lies, what comes back."""

from pathlib import Path

import pytest

from coder.errors import RefusedInput
from coder.terminal.editor import edit_file, editor_command, read_edited, run_editor, write_for_edit


def program(folder: Path, name: str) -> str:
    file = folder / name
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return str(file)


def test_the_setting_comes_before_visual_and_visual_before_editor(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        program(tmp_path, name)
    environ = {"PATH": str(tmp_path), "VISUAL": "two --wait", "EDITOR": "three"}
    assert editor_command("one -x 'a b'", environ) == ["one", "-x", "a b"]
    assert editor_command(None, environ) == ["two", "--wait"]
    assert editor_command("", {**environ, "VISUAL": " "}) == ["three"]


def test_without_a_setting_the_first_usual_editor_is_taken(tmp_path: Path) -> None:
    assert editor_command(None, {"PATH": str(tmp_path)}) == []
    vi = program(tmp_path, "vi")
    assert editor_command(None, {"PATH": str(tmp_path)}) == [vi]
    nano = program(tmp_path, "nano")
    assert editor_command(None, {"PATH": str(tmp_path)}) == [nano]


@pytest.mark.parametrize(("words", "said"), [("vim 'x", "cannot be split"), ("no-such", "is not there")])
def test_an_editor_that_cannot_be_is_named_with_its_origin(words: str, said: str) -> None:
    with pytest.raises(RefusedInput, match=said) as caught:
        editor_command(None, {"PATH": "", "EDITOR": words})
    assert "$EDITOR" in caught.value.message


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", ".", "", "a\x00b\n", "x" * 500, "~/.bashrc"])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    file = edit_file(tmp_path, f"{name}.py")
    assert file.parent == tmp_path and file.suffix == ".py" and len(file.name) < 80
    write_for_edit(file, "text")
    assert list(tmp_path.iterdir()) == [file]


def test_an_ordinary_name_is_kept(tmp_path: Path) -> None:
    assert edit_file(tmp_path, "parse_duration.py").name == "parse_duration.py"
    assert edit_file(tmp_path, "plan.txt").name == "plan.txt"


@pytest.mark.parametrize(
    "data",
    [
        "grün\nb\n".encode(),
        b"\xef\xbb\xbfgr\xc3\xbcn\nb\n",
        "grün\r\nb\r\n".encode(),
        "\ufeffgrün\r\nb\r".encode("utf-16-le"),
    ],
)
def test_every_editor_s_line_ends_and_marks_are_understood(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "text"
    file.write_bytes(data)
    assert read_edited(file) == "grün\nb\n"


def test_bytes_that_are_no_text_are_named_by_line(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_bytes(b"one\ntwo \xff\n")
    with pytest.raises(RefusedInput, match=r"Line 2 .* not UTF-8"):
        read_edited(file)
    file.unlink()
    with pytest.raises(RefusedInput, match="cannot be read"):
        read_edited(file)


def test_a_text_goes_out_as_it_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "edit" / "text"
    write_for_edit(file, "a\r\nb\ud83d")
    assert file.read_bytes() == b"a\r\nb\\ud83d"
    assert file.stat().st_mode & 0o077 == 0


def test_the_editor_s_exit_code_comes_back(tmp_path: Path) -> None:
    assert run_editor(["sh", "-c", "exit 3"], tmp_path / "text") == 3
    with pytest.raises(RefusedInput, match="cannot be started"):
        run_editor([str(tmp_path)], tmp_path / "text")
