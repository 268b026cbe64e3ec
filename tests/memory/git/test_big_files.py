"""Big files: kept whole by git, and named as git names them."""

import os
import subprocess
from pathlib import Path

import pytest

from memory.disk import decoded, encoded
from memory.errors import MemoryFault
from memory.git.blob import blob_name
from memory.store import Memory

BIG = 200_000
TEXT = "".join(f'def f{n}(x: int) -> int:\n    """Return {n * n} ö."""\n    return x + {n}\n\n\n' for n in range(6000))


def edited() -> list[str]:
    """A big text, then with something new at its end, top, both, its middle twice, and without its middle."""
    middle = TEXT.index("def f3000(")
    return [
        TEXT,
        TEXT + "def new(): ...\n",
        "import re\n" + TEXT,
        "import re\n\n" + TEXT + "def other(): ...\n",
        TEXT[:middle] + "def between(): ...\n\n\n" + TEXT[middle:],
        TEXT[: middle - 70_000] + TEXT[middle:],
        TEXT.replace("ö", "ü"),
        "x" * BIG,
    ]


def test_git_reads_big_files_and_finds_nothing_wrong(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "library")
    for text in edited():
        commit = memory.write({"library.py": text}, "big", kind="save")
        assert commit is not None
        assert memory.at("library.py", commit.sha) == text == memory.read("library.py")
        shown = subprocess.run(
            ["git", "-C", str(memory.root), "show", f"{commit.sha}:library.py"], capture_output=True, check=True
        )
        assert shown.stdout.decode() == text
    fsck = subprocess.run(["git", "-C", str(memory.root), "fsck", "--strict"], capture_output=True, text=True)
    assert (fsck.returncode, fsck.stdout) == (0, "")


@pytest.mark.parametrize(("form", "length"), [("sha1", 40), ("sha256", 64)])
def test_a_content_has_the_name_that_git_gives_it(form: str, length: int, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", f"--object-format={form}", str(tmp_path)], check=True)
    for text in ("", *edited()):
        asked = ["git", "-C", str(tmp_path), "hash-object", "--stdin"]
        said = subprocess.run(asked, input=text.encode(), capture_output=True, check=True)
        assert blob_name(text.encode(), length) == said.stdout.decode().strip()


def test_half_a_character_is_refused_in_a_big_text_too() -> None:
    with pytest.raises(MemoryFault, match="half a character at position 200000"):
        encoded("x" * BIG + "\ud800", "library.py")
    with pytest.raises(MemoryFault, match="byte 0xff is not UTF-8"):
        decoded(b"x" * BIG + b"\xff", "library.py")


def test_a_commit_just_made_is_told_as_git_tells_it_later(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "library")
    for number in range(3):
        made = memory.write({"library.py": os.urandom(20).hex() + "\n"}, f"write {number}", kind="save")
        assert made == memory.history()[0]
