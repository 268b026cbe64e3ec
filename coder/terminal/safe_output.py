"""Safe output: standard output and error, through which no control character, hidden mark or direction mark gets.

Whatever a command prints (docstrings, sources, commit titles, test output, messages) may come from a model or from
somebody else's folder. What draws on the terminal with codes of its own asks for the stream behind it: `raw`.
"""

import io
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO, cast

from coder.terminal.text import clean, encodable


class SafeOutput(io.TextIOBase):
    """A text stream that makes everything visible which a terminal would act on; line breaks and tabs stay.

    Args:
        stream: where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str, /) -> int:
        """Write `text`, made safe; returns how many characters were given."""
        safe = "\t".join(map(clean, text.split("\t")))
        self.stream.write(encodable(safe, self.stream.encoding or "utf-8"))
        return len(text)

    def flush(self) -> None:
        """Flush the stream behind."""
        self.stream.flush()

    def isatty(self) -> bool:
        """Whether a terminal is behind it."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """The descriptor of the stream behind."""
        return self.stream.fileno()

    def writable(self) -> bool:
        """It can be written to."""
        return True

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride, reportIncompatibleVariableOverride]
        """The encoding of the stream behind."""
        return self.stream.encoding or "utf-8"

    @property
    def buffer(self) -> io.BufferedIOBase:
        """The bytes behind, for protocols that are no text for a person."""
        return cast(io.BufferedIOBase, self.stream.buffer)


def raw(stream: TextIO) -> TextIO:
    """The stream itself, for what cleans its texts and adds codes of its own."""
    behind = cast(object, stream)
    return behind.stream if isinstance(behind, SafeOutput) else stream


@contextmanager
def safe_output() -> Generator[None]:
    """Standard output and error are safe while the block runs."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, SafeOutput(raw(stream))) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def indented(text: str, margin: str) -> str:
    """`text` with its further lines behind a margin, so that none of them looks like a line of ours."""
    return text.replace("\n", f"\n{margin}")
