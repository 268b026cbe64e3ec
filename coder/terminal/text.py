"""Terminal text: what may come from anywhere made safe to show, measured, cut, wrapped, coloured with ANSI codes.

A line is a tuple of spans, a span is (text, style); a style is a few words such as "bold red". Widths are rich's, whose
tables are loaded when a text has signs that are not ours; nothing here needs rich to draw.
"""

import re

Span = tuple[str, str]
Line = tuple[Span, ...]

_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
CODES: dict[str, str] = {
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "underline": "4",
    **{name: f"3{number}" for number, name in enumerate(_COLOURS)},
    **{f"bright_{name}": f"9{number}" for number, name in enumerate(_COLOURS)},
}

# Direction marks can show code in another order than it runs (CVE-2021-42574); the rest have no width and hide.
_HIDDEN = [*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xAD, 0x61C, 0x180E]
_VISIBLE: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code != 0x0A},
    **{code: f"\\x{code:02x}" for code in range(0x80, 0xA0)},
    **{code: f"\\u{code:04x}" for code in _HIDDEN},
    0x7F: "␡",
    0x09: "    ",
}
_SURROGATE = re.compile("[\ud800-\udfff]|[\U000e0000-\U000e0fff]")

# What an output that knows no Unicode gets in place of our own signs.
_ASCII = str.maketrans({"✓": "+", "✗": "x", "…": "~", "·": "-", "─": "-", "│": "|", "–": "-", "→": ">", "⏎": "\\n"})


# Our own signs take a column each: what a run writes into a file needs no table of widths.
_OURS = re.compile(f"[\x00-\x7f×↳{''.join(map(chr, _ASCII))}]*")


def clean(text: str) -> str:
    """`text` with every control character and hidden mark made visible; line breaks stay, a tab becomes four blanks."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").translate(_VISIBLE)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def inline(text: str) -> str:
    """`text`, safe, on one line: its line breaks become a sign."""
    return clean(text.strip()).replace("\n", " ⏎ ")


def width(text: str) -> int:
    """How many columns `text` takes on a terminal."""
    if text.isascii() or _OURS.fullmatch(text):
        return len(text)
    from rich.cells import cell_len  # tables of widths alone, 6 small modules

    return cell_len(text)


def _beginning(text: str, columns: int) -> str:
    """As much of `text` as `columns` columns hold; no sign is torn from what is joined to it."""
    if text.isascii() or columns <= 0:
        return text[: max(columns, 0)]
    from rich.cells import chop_cells

    return chop_cells(text, columns)[0]


def cut(text: str, columns: int) -> str:
    """`text` in at most `columns` columns; what is missing is shown as "…"."""
    if width(text) <= columns:
        return text
    return _beginning(text, columns - 1) + "…" if columns > 0 else ""


def pad(text: str, columns: int) -> str:
    """`text` cut or filled with blanks to exactly `columns` columns."""
    text = cut(text, columns)
    return text + " " * (columns - width(text))


# A text in quotes with a run of blanks in it is one word: where a line ends, the blanks would not be seen.
_WORDS = re.compile(r"\s+|(?:\"(?=[^\"]* {2})[^\"]*\"|'(?=[^']* {2})[^']*'|\S)+")


def wrap(text: str, columns: int) -> list[str]:
    """`text` broken between words into lines of at most `columns` columns; a word that is too long is broken too."""
    lines: list[str] = []
    for whole in text.split("\n"):
        lines.extend(_wrap_line(whole, max(columns, 8)))
    return lines


def _wrap_line(text: str, columns: int) -> list[str]:
    lines, line = list[str](), ""
    for word in _WORDS.findall(text):
        while width(line) + width(word) > columns and not word.isspace():
            if line.strip():
                lines.append(line.rstrip())
                line = ""
            else:
                piece = _beginning(line + word, columns)
                lines.append(piece)
                word, line = (line + word)[len(piece) :], ""
        if lines and not line and word.isspace():
            continue
        line += word
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def indented(text: str, columns: int) -> list[str]:
    """A line broken between words into lines that all begin where it begins; whole if `columns` is 0."""
    indent = text[: len(text) - len(text.lstrip())][: max(columns // 2, 0)]
    if not columns or width(text) <= columns:
        return [text]
    return [indent + part for part in wrap(text.lstrip(), columns - len(indent))]


def row(*parts: str | Span) -> Line:
    """A line of plain texts and spans."""
    return tuple((part, "") if isinstance(part, str) else part for part in parts)


def fit(line: Line, columns: int) -> Line:
    """`line` in at most `columns` columns."""
    spans, left = list[Span](), columns
    for text, style in line:
        if width(text) > left:
            spans.append((cut(text, left), style))
            break
        spans.append((text, style))
        left -= width(text)
    return tuple(spans)


def split(line: Line, columns: int) -> list[Line]:
    """`line` as one or more of at most `columns` columns, broken where they end."""
    parts: list[list[Span]] = [[]]
    left = columns = max(columns, 8)
    for text, style in line:
        while width(text) > left:
            piece = _beginning(text, left)
            if piece:
                parts[-1].append((piece, style))
            text, left = text[len(piece) :], columns
            parts.append([])
        if text:
            parts[-1].append((text, style))
            left -= width(text)
    return [tuple(part) for part in parts if part] or [()]


def plain(line: Line) -> str:
    """The line without colours; safe, whatever is in it."""
    return "".join(inline(text) if "\n" in text else clean(text) for text, _ in line)


def paint(line: Line) -> str:
    """The line with ANSI codes; safe, whatever is in it."""
    return "".join(_painted(plain(((text, ""),)), style) for text, style in line)


def _painted(text: str, style: str) -> str:
    codes = ";".join(CODES[word] for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text


def encodable(text: str, encoding: str) -> str:
    """`text` as an output with this encoding can write it."""
    if encoding.lower().replace("-", "") == "utf8":
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text
