"""Settings: which of option, environment, project file, own file and default wins, and what a project may not set."""

from pathlib import Path

import pytest

from coder.cli.build_parts import model_of
from coder.errors import RefusedInput, WrongModel
from coder.model.model import Watch
from coder.settings import settle


def test_the_nearer_source_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("model: own\nmax_rounds: 5\nsilence: 7\n")
    monkeypatch.setenv("CODER_CONFIG", str(own))
    (tmp_path / "coder.yaml").write_text("model: project\nmax_rounds: 6\n")
    monkeypatch.setenv("CODER_MODEL", "environment")
    settings = settle({"max_rounds": 9, "max_cost": None}, tmp_path)
    assert (settings.model, settings.max_rounds, settings.silence, settings.max_cost) == ("environment", 9, 7, None)
    assert settings.sources["model"] == "environment"
    assert settings.sources["max_rounds"] == "option"
    assert settings.sources["silence"] == str(own)


def test_a_chat_longer_than_the_window_that_is_set_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "coder.yaml").write_text("window: 4\nbase_url: http://127.0.0.1:9/v1\n")
    model = model_of(settle({}, tmp_path))
    with pytest.raises(WrongModel, match="is set to 4"):
        model.complete(
            "plan", [{"role": "user", "content": "double each of these numbers, and all others"}], [], Watch()
        )


def test_the_library_is_where_the_nearest_project_file_is(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "coder.yaml").write_text("library: mine\n")
    assert settle({}, inner).root == tmp_path / "mine"
    assert settle({"library": "here"}, inner).root == inner / "here"


def test_without_a_project_the_library_is_in_the_persons_data_folder(tmp_path: Path, own_home: Path) -> None:
    assert settle({}, tmp_path).root.is_relative_to(own_home)


@pytest.mark.parametrize(
    "line",
    ["base_url: https://example.org/v1", "langchain: a:B", "langchain_options: {a: 1}", "editor: rm", "sandbox: L0"],
)
def test_a_project_cannot_say_where_the_key_goes_or_what_is_run(line: str, tmp_path: Path) -> None:
    (tmp_path / "coder.yaml").write_text(line + "\n")
    with pytest.raises(RefusedInput, match="so a project's file may not set it"):
        settle({}, tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("modle: x\n", "no setting 'modle'"),
        ("max_rounds: many\n", "max_rounds must be"),
        ("max_rounds: 0\n", "more than 0"),
        ("- a\n", "mapping|name: value|list"),
        ("a: [1\n", "cannot be read|line"),
        ('model: m\nquestions: !!bool "abc"\n', "this is no bool that can be used in line 2"),
        ('model: m\nquestions: !!timestamp "abc"\n', "this is no timestamp that can be used in line 2"),
        ("max_time: 2026-13-45\n", "this is no timestamp that can be used in line 1"),
        (f"questions: {'9' * 5000}\n", "this is no int that can be used in line 1"),
        ("? {a: b}\n: c\n", "unhashable key in line 1"),
        ("library_off: 1\n", "true or false"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "coder.yaml").write_text(text)
    with pytest.raises(RefusedInput, match=says):
        settle({}, tmp_path)
