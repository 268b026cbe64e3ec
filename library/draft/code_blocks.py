"""Blocks of code in a reply, by the rules of CommonMark for fences; each line is looked at once. Pure."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from library.errors import SourceError

LONGEST = 30_000  # characters of code in a reply; a function with its tests has a few thousand
_MOST = 100  # blocks
_TRIES = 6  # ends that are looked at for a block that does not parse up to the first
_OPENING = re.compile(r"([ \t]*)(`{3,}|~{3,})(.*)\Z", re.DOTALL)
PYTHON = frozenset({"", "python", "py", "python3", "py3", "pycon", "text"})
_INFO = re.compile(r"[ \t]*\{?[ \t]*\.?([\w+-]*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language in lower case, "" for none, and what is between the fences."""

    language: str
    text: str


def plain(text: str) -> str:
    """A text with the line ends of Unix and without byte order marks, which are no part of any code."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


def parted(text: str) -> tuple[list[Block], str]:
    """The fenced blocks of a reply in order, and the prose around them.

    A fence may be indented by any amount, as in a list. The closing one is at least as long and stands at most three
    blanks further in, so that a fence inside an indented docstring closes nothing. Where what stands before the first
    closing fence is no Python but up to a later one it is (a fence at the margin inside quotes), the later one counts.

    Raises:
        SourceError: there is more code in it than any function has.
    """
    lines = text.split("\n")
    blocks: list[Block] = []
    prose: list[str] = []
    patience = [2 * LONGEST]
    size = number = 0
    while number < len(lines):
        opening = _opening(lines[number])
        number += 1
        if opening is None:
            prose.append(lines[number - 1])
            continue
        margin, mark, language = opening
        after, text = _end(lines, number, margin, mark, patience if language in PYTHON else [0])
        blocks.append(Block(language, text))
        size += len(text)
        if size > LONGEST:
            raise SourceError(f"There are more than {LONGEST:,} characters of code in it: be shorter.")
        if len(blocks) > _MOST:
            raise SourceError(f"There are more than {_MOST} blocks in it: be shorter.")
        number = after
    return blocks, "\n".join(prose)


def prose(text: str) -> str:
    """What a reply says beside its blocks; "" of one that is too long to be read."""
    try:
        return parted(plain(text))[1]
    except SourceError:
        return ""


def _opening(line: str) -> tuple[int, str, str] | None:
    """Indent, fence and language of a line that opens a block."""
    found = _OPENING.match(line)
    if found is None or (found[2][0] == "`" and "`" in found[3]):
        return None
    info = _INFO.match(found[3])
    return _indent(found[1]), found[2], info[1].lower() if info else ""


def _end(lines: list[str], first: int, margin: int, mark: str, patience: list[int]) -> tuple[int, str]:
    """Where the text goes on after the block, and the block; one that is never closed goes to the end."""
    ends = list(_ends(lines, first, margin, mark))
    if not ends:
        return len(lines), "\n".join(lines[first:])
    for last, after, rest in ends:
        text = "\n".join([*lines[first:last], *rest])
        patience[0] -= len(text)
        if patience[0] < 0:
            break
        if text.strip() and is_python(dedent(text)):
            return after, text
    last, after, rest = next((end for end in ends if not end[2]), ends[0])
    return after, "\n".join([*lines[first:last], *rest])


def _ends(lines: list[str], first: int, margin: int, mark: str) -> Iterator[tuple[int, int, list[str]]]:
    """Lines at which a block may end: where its text ends, where the reply goes on, what of the last line is text.

    A fence right behind the last line of code is no closing one by the rules, yet meant as one.
    """
    found = 0
    for number in range(first, len(lines)):
        line = lines[number]
        if found == _TRIES:
            return
        if mark[0] * 3 not in line:
            continue
        bare = line.strip(" \t")
        if len(bare) >= len(mark) and not bare.strip(mark[0]):
            if _indent(line[: len(line) - len(line.lstrip(" \t"))]) - margin <= 3:
                found += 1
                yield number, number + 1, []
        elif bare.endswith(mark) and bare[:1] != mark[0]:
            found += 1
            yield number, number + 1, [line.rstrip(" \t").rstrip(mark[0])]
    if found:
        yield len(lines), len(lines), []


def _indent(blanks: str) -> int:
    return len(blanks.expandtabs(4))


def dedent(text: str) -> str:
    """The text without the margin that all its lines share."""
    lines = text.split("\n")
    margin = min((len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines) if margin else text


@lru_cache(maxsize=32)
def is_python(text: str) -> bool:
    """Whether it parses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
