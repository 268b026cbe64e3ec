"""Whether a name stands as a word in a text, be it code, a string, a comment or a doctest."""

import re
from collections.abc import Collection, Container, Generator
from dataclasses import dataclass
from pathlib import Path

_BESIDE, _BYTES = 100, 1_000_000  # other files that are looked at, and how large each may be


def occurs(name: str, text: str) -> bool:
    """Whether the name stands there as a word of its own."""
    return name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


@dataclass(frozen=True)
class OtherUses(Container[str]):
    """What else may use a name of the library, so that the name must stay: its tests and the files beside it.

    Args:
        tests: the tests' text.
        taken: names that the tests import from the library.
        beside: texts of the other Python files of the folder.
        made_up: tests hand the library on as a whole, so that any name of it may be meant.
    """

    tests: str = ""
    taken: frozenset[str] = frozenset()
    beside: tuple[str, ...] = ()
    made_up: bool = False

    def __contains__(self, name: object) -> bool:
        """Private names count wherever they stand as a word. Others are too often words of the tests' own, such as a
        module that they import as well: those count behind a dot, in quotes, or taken from the library."""
        if not isinstance(name, str):
            return False
        if self.made_up or name in self.taken or any(occurs(name, text) for text in self.beside):
            return True
        if name.startswith("_"):
            return occurs(name, self.tests)
        return name in self.tests and re.search(rf"[.'\"]{re.escape(name)}\b", self.tests) is not None


def beside(folder: Path, own: Collection[str]) -> Generator[str]:
    """Texts of the other Python files of a folder; links are not followed, and what cannot be read says nothing.

    Args:
        folder: of the library.
        own: names of the files that are not meant.
    """
    try:
        for path in [path for path in sorted(folder.glob("*.py"))[:_BESIDE] if path.name not in own]:
            if not path.is_symlink() and path.is_file() and path.stat().st_size < _BYTES:
                yield path.read_text("utf-8", errors="replace")
    except OSError:
        return
