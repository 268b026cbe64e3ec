"""An exported library: built as a wheel, installed in a fresh environment, its own tests run there."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from coder.cli.main import main
from library.exchange.export import Package, check_name, listed, oldest, packages, reimported
from library.source.function import parse
from memory.errors import CoderError

LIBRARY = '''"""Words and sizes."""

from dataclasses import dataclass

LIMIT = 3


@dataclass(frozen=True)
class Size:
    """A size."""

    width: int


# from: inflection 0.5.1, inflection.py; licence: MIT
def cut(text: str, limit: int = LIMIT) -> str:
    """Cut a text to its first letters.

    >>> cut("abcdef")
    'abc'
    """
    return _trim(text)[:limit]


def area(size: Size) -> int:
    """The square of the width."""
    return size.width**2


def _trim(text: str) -> str:
    return text.strip()
'''
TESTS = '''"""Tests of library.py."""

import library
from library import Size, _trim, cut


def test_cut__example_1() -> None:
    assert cut("abcdef") == "abc"


def test_area__works() -> None:
    assert library.area(Size(3)) == 9


def test_cut__trims() -> None:
    assert _trim(" a ") == "a"
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "library.py").write_text(LIBRARY)
    (tmp_path / "lib" / "test_library.py").write_text(TESTS)
    return tmp_path / "lib"


def run(*words: object, cwd: Path) -> str:
    ran = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_an_export_builds_installs_and_passes_its_own_tests_in_a_fresh_environment(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "word_sizes"
    assert main(["library", "export", str(made), "--library", str(folder)]) == 0
    assert "word_sizes 0.0: 2 functions" in capsys.readouterr().out
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", made, cwd=tmp_path)
    wheel = next((made / "dist").glob("*.whl"))
    fresh = tmp_path / "fresh"
    venv.create(fresh, symlinks=True)
    python = fresh / "bin" / "python"
    site = next((fresh / "lib").glob("python*/site-packages"))
    with zipfile.ZipFile(wheel) as packed:
        assert "word_sizes/py.typed" in packed.namelist()
        packed.extractall(site)  # which is all that installing a wheel without programs does
    (site / "pytest_of_this_machine.pth").write_text(sysconfig.get_paths()["purelib"])
    told = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", made / "tests", cwd=fresh)
    assert "3 passed" in told
    told = run(python, "-c", "import word_sizes as w; print(w.__file__, w.__all__, w.cut('xyzzy'))", cwd=fresh)
    assert str(site / "word_sizes" / "__init__.py") in told
    assert "['LIMIT', 'Size', 'area', 'cut'] xyz" in told


def test_the_readme_says_what_each_function_does_and_where_it_comes_from(folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "out"
    assert main(["library", "export", str(made), "--name", "words", "--library", str(folder)]) == 0
    readme = (made / "README.md").read_text()
    assert "from words import cut" in readme
    assert "| [`area`](#area) | The square of the width. |" in readme
    assert "cut(text: str, limit: int = LIMIT) -> str" in readme
    assert "area(Size(3)) == 9" in readme
    assert "- `cut`: from inflection 0.5.1, inflection.py; licence: MIT" in readme


def test_a_former_export_is_replaced_and_no_other_folder_touched(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "again"
    words = ["library", "export", str(made), "--library", str(folder)]
    assert main(words) == main(words) == 0
    own = tmp_path / "own"
    own.mkdir()
    (own / "pyproject.toml").write_text("[project]\n")
    assert main(["library", "export", str(own), "--library", str(folder)]) == 2
    assert "not empty and no former export" in capsys.readouterr().err
    assert (own / "pyproject.toml").read_text() == "[project]\n"


@pytest.mark.parametrize("name", ["json", "library", "two words", "class", "größe", ""])
def test_a_name_that_would_do_harm_is_refused(name: str) -> None:
    with pytest.raises(CoderError):
        check_name(name)


def test_packages_and_versions_of_python_are_found_in_the_text() -> None:
    source = "import os.path\nimport numpy as np\ndef f() -> int:\n    from yaml import load\n    return 1\n"
    assert packages(source) == ["numpy", "yaml"]
    files = Package("words", "0.1", source, requires={"yaml": "PyYAML>=6.0"}).files()
    assert 'dependencies = [\n    "numpy",\n    "PyYAML>=6.0",\n]' in files["pyproject.toml"]
    assert oldest("def f() -> int:\n    return 1\n") == 11
    if sys.version_info >= (3, 12):
        assert oldest("type A = int\n") == 12


def test_only_imports_of_the_library_change_in_the_tests() -> None:
    rest = "from library.x import y\nS = 'from library import f'\n"
    tests = f"import library, os\nfrom library import f  # library\n{rest}"
    changed = f"import words as library, os\nfrom words import f  # library\n{rest}"
    assert reimported(tests, "library", "words") == changed


def test_a_list_of_its_own_stays() -> None:
    source = "__all__ = ['f']\ndef f() -> int:\n    return 1\n"
    assert listed(source, parse(source)) == source
