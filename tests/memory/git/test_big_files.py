"""Big files: kept whole by git, and their names, texts and bytes right though they are remembered."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from memory.recent import BIG, blob_sha, data_of, text_of
from memory.store import Memory

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
        "x" * (2 * BIG),
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


def test_names_texts_and_bytes_are_right_though_they_are_remembered() -> None:
    for text in edited() * 2:
        data = text.encode()
        assert data_of(text) == data
        assert text_of(bytes(bytearray(data))) == text
        assert blob_sha(data) == hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def test_half_a_character_is_refused_in_a_big_text_too() -> None:
    with pytest.raises(UnicodeEncodeError):
        data_of("x" * BIG + "\ud800")
    with pytest.raises(UnicodeDecodeError):
        text_of(b"x" * BIG + b"\xff")
    with pytest.raises(UnicodeDecodeError):
        text_of(b"x" * BIG + b"\xff")


def test_a_commit_just_made_is_told_as_git_tells_it_later(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "library")
    for number in range(3):
        made = memory.write({"library.py": os.urandom(20).hex() + "\n"}, f"write {number}", kind="save")
        assert made == memory.history()[0]
