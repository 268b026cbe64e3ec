"""The library's functions as LangChain tools: called as an agent calls them, with errors that a model can read."""

import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

from coder.errors import RefusedInput
from coder.integrations.langchain_tools import tools

FUNCTIONS = '''import os


def count(words: list[str], config: int = 0) -> dict[str, int]:
    """How often each word is there, from a number on.

    Args:
        words: what to count.
        config: where to begin.
    """
    return {word: words.count(word) + config for word in words}


def divide(a: float, b: float) -> float:
    """One by the other."""
    return a / b


def leave(code: int) -> int:
    """Ends the process."""
    os._exit(code)


def _private() -> None: ...
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "library.py").write_text(FUNCTIONS)
    return tmp_path


def test_functions_become_tools_that_an_agent_can_call(folder: Path) -> None:
    made = {tool.name: tool for tool in tools(folder)}
    assert list(made) == ["count", "divide", "leave"]
    count = made["count"]
    assert count.description.startswith("How often each word is there")
    assert count.args["words"] == {"type": "array", "items": {"type": "string"}, "description": "what to count."}
    message = count.invoke(
        {"type": "tool_call", "name": "count", "id": "1", "args": {"words": ["a", "b", "a"], "config_": 1}}
    )
    assert message.content == '{"a": 3, "b": 2}'
    assert message.artifact == {"a": 3, "b": 2}
    assert made["divide"].invoke({"a": 1, "b": 4}) == "0.25"
    assert made["divide"].invoke({"a": 1, "b": 0}) == "ZeroDivisionError: float division by zero"
    assert made["divide"].invoke({"a": "x", "b": 1}) == 'divide: a: a number is wanted, not "x"'
    failed = made["leave"].invoke({"type": "tool_call", "name": "leave", "id": "2", "args": {"code": 0}})
    assert failed.status == "error"
    assert "Died" in failed.content


def test_what_is_not_there_is_said(folder: Path) -> None:
    with pytest.raises(RefusedInput, match="'absent'"):
        tools(folder, ["absent"])
    with pytest.raises(RefusedInput, match=r"no library\.py"):
        tools(folder / "nowhere")


def test_a_program_outside_gets_the_tools_by_entering_the_app(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "memory.py").write_text("raise SystemExit('a module of the program was taken for ours')")
    program = tmp_path / "program.py"
    program.write_text(
        f"import sys\nsys.path.append({str(ROOT)!r})\nimport coder_app\ncoder_app.enter()\n"
        "from coder.integrations.langchain_tools import tools\n"
        f"[one] = tools({str(folder)!r}, ['divide'])\nprint(one.invoke({{'a': 1, 'b': 2}}))\n"
    )
    ran = subprocess.run([sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (ran.stdout, ran.returncode) == ("0.5\n", 0), ran.stderr
