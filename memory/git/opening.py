"""The repository of a folder: made in one rename, whole; git itself is imported when it is first needed."""

from pathlib import Path
from shutil import rmtree

from memory.disk import put
from memory.errors import MemoryFault
from memory.git import trust
from memory.git.notes import Notes

IGNORED = "/.coder/\n__pycache__/\n.pytest_cache/\n"


def git_part():
    """memory/git/repository.py, imported when it is first needed: git takes 90 ms."""
    try:
        from memory.git import repository
    except ImportError as error:
        raise MemoryFault("the program git is not there.", "Install git 2.25 or newer.") from error
    return repository


def make_repository(root: Path, private: Path, notes: Notes) -> None:
    """The repository of a folder that has none; under the lock. The repository appears in one rename, whole."""
    if (root / ".git").exists():
        return
    if not (root / ".gitignore").exists():
        notes.go_along(".gitignore")
        put(root / ".gitignore", IGNORED.encode(), beside=private)
    folder = private / "repository"
    if folder.exists():
        rmtree(folder)
    folder.mkdir()
    git_part().init(folder)
    (folder / ".git").rename(root / ".git")
    trust.note_made(root)
    folder.rmdir()
