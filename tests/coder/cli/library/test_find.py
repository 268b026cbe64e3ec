"""`coder library find` by examples: what a function gives decides, whatever part of Python it uses for that."""

from pathlib import Path

import pytest

from coder.cli.main import main
from library.store import Library
from memory.store import Memory

HEAD = "import time\nimport xml.etree.ElementTree as tree\n\n\n"
YEAR = '''def year_of(text: str) -> int:
    """The year that a text says."""
    return time.strptime(text, "%Y").tm_year
'''
ROOT = '''def root_of(text: str) -> str:
    """The outermost element's name."""
    return tree.fromstring(text).tag
'''
NOW = '''def since(text: str) -> int:
    """Twelve, at whatever time."""
    return 12 if time.time() else 0
'''


@pytest.mark.parametrize(
    ("code", "question", "found"),
    [
        (YEAR, 'f("2024") == 2024', "year_of"),
        (ROOT, 'f("<a><b/></a>") == "a"', "root_of"),
        (NOW, 'f("x") == 12', ""),
    ],
)
def test_functions_that_only_compute_are_called_whatever_they_import(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, question: str, found: str
) -> None:
    library = Library(Memory(tmp_path / "lib"))
    library.save(library.plan_save(HEAD + code), "save")
    assert main(["library", "find", question, "--library", str(tmp_path / "lib")]) == (0 if found else 3)
    assert found in capsys.readouterr().out
