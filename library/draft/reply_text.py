"""Python out of what replies put around it and into it: prose, prompts, line numbers, escapes. Pure."""

import ast
import html
import re
import warnings
from collections.abc import Iterator

from library.draft.code_blocks import dedent, is_python
from library.errors import SourceError
from library.source.syntax_tree import Definition, read_tree

_CODE = ("def ", "class ", "async def ", "@")
_BEGINS = re.compile(r"(async )?def |class |@|import |from |_|[A-Za-z]\w*(: [^=]+)? = ")
_BLANKS = {**dict.fromkeys("\u00a0\u202f\u2007\u2009", " "), "\u3000": "  ", **dict.fromkeys("\u200b\u200c\u2060", "")}
_BLANK = str.maketrans(_BLANKS)
# No-break blanks and quotation marks of print, as pages and word processors have them; for a text that is no Python.
_TYPESET = str.maketrans({**_BLANKS, **dict.fromkeys("\u201c\u201d\u201e", '"'), **dict.fromkeys("\u2018\u2019", "'")})
_MARGIN = re.compile(rf"^[ \t{''.join(_BLANKS)}]+", re.MULTILINE)
_TAG = re.compile(r"[ \t]*</?[\w-]+>[ \t]*")
_MARKUP = re.compile(r"</?(?:pre|code)\b[^<>\n]*>|<!\[CDATA\[|\]\]>")
_DIFF_HEAD = ("+++", "---", "-", "@@", "diff ", "index ")
_NUMBER = re.compile(r"[ \t]*(\d+)(?:[ \t]*[|:\u2502][ \t]?|\t|[ \t]*\Z)")
_QUOTED = re.compile(r"[ \t]*>(?!>) ?")
_HEREDOC = re.compile(r"\s*(?:cat|tee)\b[^\n]*<<-?\s*(['\"]?)(\w+)\1[^\n]*\n(.*?)^\2[ \t]*$", re.DOTALL | re.MULTILINE)
_MAGIC = re.compile(r"(%%?[a-z]|![a-z])")
_PROSE = re.compile(r"[^\w\s@+=<>|]*[ \t]*(?P<first>[^\W\d_])[^\n]*")
_SAID = re.compile(r"[^\W\d_][\w'\u2019-]*[^\w\s=(\[{]* +[^\s=+*/%&|^<>.-]")
_TRIES = 30  # ends that are looked at for code with prose below it


def typeset(text: str) -> str:
    """The text with the blanks and quotation marks that Python has, for one that is no Python without.

    The margin alone if that is enough, for a blank inside quotes may be meant.
    """
    if is_python(text):
        return text
    margins = _MARGIN.sub(lambda found: found[0].translate(_BLANK), text)
    return margins if is_python(margins) else text.translate(_TYPESET)


def unwrapped(text: str) -> str:
    """A text as Python: without what stands around and in it that is none; unchanged if it is no code even so.

    What is read holds a definition, and parses: calls that show a function, or prose, are never made into code.
    """
    if written := _HEREDOC.match(text):  # which may even parse
        text = written[3]
    if is_python(text):
        return text
    for found in _ways(text):
        for code in (typeset(dedent(found)), without_prose(typeset(dedent(found)))):
            if is_python(code) and defined(code):
                return code
    return text


def defined(text: str) -> set[str]:
    """Functions and classes at the top of a text; none of one that does not parse."""
    try:
        tree = read_tree(text, "the text")
    except SourceError:
        return set()
    return {n.name for n in tree.body if isinstance(n, Definition)}


def added(text: str) -> str:
    """What stands after a change that is shown as a diff."""
    lines = [line for line in dedent(text).split("\n") if not line.startswith(_DIFF_HEAD)]
    return "\n".join(line[1:] if line[:1] in ("+", " ") else line for line in lines)


def unquoted(text: str) -> str:
    """A text that is quoted as in a letter, "> " before each line, without that; else unchanged."""
    lines = text.split("\n")
    quoted = [line for line in lines if _QUOTED.match(line)]
    if not any(re.match(r"\s*>\s*(```|(async )?def )", line) for line in quoted):
        return text
    return "\n".join(_QUOTED.sub("", line, count=1) for line in lines)


def _ways(text: str) -> Iterator[str]:
    """The text as it is, and as it would be if it were wrapped in one way or another."""
    yield text
    lines = text.split("\n")
    if any(line.lstrip().startswith(">>> ") for line in lines):
        yield _session(lines)
    numbers = [(line, _NUMBER.match(line)) for line in lines if line.strip()]
    counted = [int(found[1]) for _, found in numbers if found]
    if len(counted) == len(numbers) and counted == list(range(counted[0], counted[0] + len(counted))):
        yield "\n".join(line[found.end() :] for line, found in numbers if found)
    if any(line.startswith("+") for line in lines):
        yield added(text)
    if re.search(r"&(gt|lt|quot|amp|#\d+|#x\w+);|<(pre|code)\b|<!\[CDATA\[", text):
        yield html.unescape(_MARKUP.sub("\n", text))
    if any(_MAGIC.match(line) for line in lines):
        yield "\n".join(line for line in lines if not _MAGIC.match(line))


def _session(lines: list[str]) -> str:
    """What was typed in a session of Python; what it printed is left out."""
    typed = [line.lstrip() for line in lines]
    typed = [line for line in typed if line.startswith((">>>", "..."))]
    return "\n".join(line[4:] if line[3:4] == " " else line[3:] for line in typed)


def without_prose(text: str) -> str:
    """Code without tags, the words above it, and sentences between and below; the text itself if that is no Python."""
    if is_python(text):
        return text
    lines = [line for line in text.split("\n") if not _TAG.fullmatch(line)]
    parts: list[str] = []
    number, tries = 0, [_TRIES]
    while number < len(lines):
        if not _BEGINS.match(lines[number]):
            number += 1
            continue
        end = _end_of_code(lines, number, tries)
        if end == number:
            if lines[number].startswith(_CODE):
                return text  # code that is no Python: its error is told
            number += 1
            continue
        parts.append("\n".join(lines[number:end]).rstrip() + "\n")
        number = end
    found = "\n\n".join(parts)
    return found if any(line.startswith(_CODE) for line in found.split("\n")) and is_python(found) else text


def _end_of_code(lines: list[str], first: int, tries: list[int]) -> int:
    """Before which line the code that begins at one ends: the end of the text, or a sentence, the last that fits."""
    end = len(lines)
    while end > first and tries[0] > 0:
        tries[0] -= 1
        wrong = _wrong_line("\n".join(lines[first:end]))
        if not wrong:
            return end
        last = min(end - 1, first + wrong - 1)
        end = next((number for number in range(last, first, -1) if _is_said(lines, number)), first)
    return first


def _wrong_line(text: str) -> int:
    """The line from which a text is no Python, or a later one; 0 if it parses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return 1
    return 0


def _is_said(lines: list[str], number: int) -> bool:
    """Whether a line at the margin begins as sentences do, with a letter that is not small, and more than one word.

    It follows a blank line or ends as sentences do, for `Else return 2` is code gone wrong.
    """
    line = lines[number]
    found = _PROSE.fullmatch(line)
    if found is None or line[:1] in (" ", "\t") or found["first"].islower():
        return False
    if lines[number - 1].strip() and not line.rstrip(" *_`)").endswith((".", ":", "!", "?", "\u3002", "\uff1a")):
        return False
    words = line[found.start("first") :]
    return not words.isascii() or bool(_SAID.match(words)) or words.rstrip(" *_").endswith(":")
