"""Screen: draws a run's events, line after line and never over what stands there; the last line alone may live."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

from coder.run.events import Event
from coder.terminal import event_lines
from coder.terminal.safe_output import raw
from coder.terminal.status_line import StatusLine
from coder.terminal.text import Line, clean, encodable, paint, plain, row, width

Data = Mapping[str, Any]
PLAIN_COLUMNS = 100
DOING = {
    "plan": "writing the plan",
    "control": "deciding what comes next",
    "code": "writing code",
    "examples": "saying results",
}
QUIET_S = 5.0  # whoever pressed a key within this time needs no bell

_LINES: dict[str, Callable[[Data, int], list[Line]]] = {
    "start": event_lines.start,
    "memory": event_lines.memory,
    "restart": event_lines.restart,
    "wait": event_lines.wait,
    "reply": event_lines.reply,
    "bad_reply": event_lines.bad_reply,
    "round": event_lines.turn,
    "verdict": event_lines.verdict,
    "repair": event_lines.repair,
    "answer": event_lines.answer,
    "result": event_lines.result,
    "note": event_lines.note,
    "finish": event_lines.finish,
    "error": event_lines.error,
}


class Screen:
    """A listener that draws; on anything but a terminal it writes plain lines without control codes.

    Args:
        stream: where to; standard output if None.
        environ: NO_COLOR, TERM and COLUMNS count; the process's own if None.
    """

    def __init__(self, stream: TextIO | None = None, environ: Mapping[str, str] | None = None) -> None:
        self._stream = stream if stream is not None else raw(sys.stdout)  # every line is cleaned here
        self._environ = environ if environ is not None else os.environ
        self.live = self._stream.isatty() and self._environ.get("TERM", "dumb") not in ("", "dumb")
        self.colour = self.live and not self._environ.get("NO_COLOR")
        self._line = StatusLine(self._stream.fileno()) if self.live else None
        self._words = WordWriter(self._text, lambda: self.columns if self.live else 0)
        self._purpose = ""
        self._written = ""
        self._plan = ""
        self._library = ""
        self._wait: tuple[object, object] | None = None
        self._retry_at = 0.0
        self._pressed = 0.0
        self._answered = False
        self._prompted = False

    @property
    def columns(self) -> int:
        """How wide the terminal is now."""
        return max(self._size()[0], 20)

    @property
    def rows(self) -> int:
        """How high the terminal is now."""
        return self._size()[1]

    def _size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError, AttributeError):
            asked = self._environ.get("COLUMNS", "")
            return int(asked) if asked.isdigit() and int(asked) else PLAIN_COLUMNS, 40
        return size.columns or 80, size.lines or 24

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        data = event.data
        match event.kind:
            case "asking":
                self._asking(str(data.get("purpose", "")))
            case "text":
                self._delta(str(data.get("delta", "")))
            case "wait" if self._line:
                self._countdown(data)
            case "testing":
                self._busy(f"testing {data.get('what', '')}")
            case _:
                self._quiet()
                self.show(self._told(event))
                if event.kind == "restart":
                    self._asking(self._purpose)

    def _told(self, event: Event) -> list[Line]:
        data = event.data
        match event.kind:
            case "wait":
                if not self._is_new_wait(data):
                    return []
            case "start":
                self._library = str(event_lines.part(data, "library").get("path", ""))
            case "answer" if self._answered:
                self._answered = False
                return []
            case "plan":
                return self._accepted_plan(data)
            case "saved":
                return event_lines.saved(data, self.columns, self._library)
            case _:
                pass
        return _LINES[event.kind](data, self.columns)

    def _accepted_plan(self, data: Data) -> list[Line]:
        text = str(data.get("text", ""))
        lines = [] if self.has_shown(text) else [((part, ""),) for part in clean(text.rstrip()).split("\n")]
        return [*lines, *event_lines.plan(data, self.columns)]

    def _asking(self, purpose: str) -> None:
        self._quiet()
        self._purpose, self._written = purpose, ""
        self._wait = None
        self._busy(DOING.get(purpose, "asking the model"))

    def _delta(self, delta: str) -> None:
        """A plan is shown as it comes; code is counted, its card shows it."""
        self._written += delta
        if self._purpose == "plan":
            if self._line:
                self._line.end()
            self._words.feed(delta)

    def _busy(self, what: str) -> None:
        self._quiet()
        if self._line:
            self._line.begin(lambda past: f"{what}{self._amount()} · {event_lines.clock(past)}")

    def _amount(self) -> str:
        if self._purpose != "code" or not self._written:
            return ""
        return f" · {event_lines.many(self._written.count(chr(10)) + 1, 'line')}"

    def _is_new_wait(self, data: Data) -> bool:
        """One wait may be told again and again, with less and less time left."""
        wait, self._wait = self._wait, (data.get("reason"), data.get("attempt"))
        return wait != self._wait

    def _countdown(self, data: Data) -> None:
        self._retry_at = time.monotonic() + float(data.get("seconds", 0))
        if self._line and self._is_new_wait(data):
            self._quiet()
            self._line.begin(lambda past: event_lines.waiting(data, self._retry_at - time.monotonic()), patience=0)

    def _quiet(self) -> None:
        """End whatever lives or streams, so that a whole line can follow."""
        if self._line:
            self._line.end()
        self._words.end()
        if self._purpose == "plan" and self._written:
            self._plan = self._written
        self._written = ""

    def has_shown(self, plan: str) -> bool:
        """Whether every line of this plan has just streamed by; headings may have been added since."""
        streamed = {" ".join(line.split()) for line in self._plan.split("\n")}
        lines = (" ".join(line.split()) for line in plan.split("\n") if not line.startswith(("#", "Goal:")))
        return bool(self._plan) and all(line in streamed for line in lines if line)

    def seen(self, plan: str) -> None:
        """A plan is on the screen now."""
        self._plan = plan

    def show(self, lines: Sequence[Line]) -> None:
        """Write whole lines."""
        self._quiet()
        if lines:
            if self._prompted:
                self.end_line()
            self._text("".join(self._drawn(line).rstrip() + "\n" for line in lines))

    def prompt(self, line: Line) -> None:
        """Write a line that waits for what is typed behind it."""
        self._quiet()
        if self._prompted:
            self.end_line()
        self._text(self._drawn(line))
        self._prompted = True

    def echo(self, word: str) -> None:
        """Write what was answered behind the prompt."""
        self._text(self._drawn(row((clean(word), "cyan"))))
        self.end_line()

    def end_line(self) -> None:
        """End a prompt's line."""
        self._prompted = False
        self._text("\n")

    def ring(self) -> None:
        """One bell when a person is waited for, unless they are plainly there."""
        if self.live and time.monotonic() - self._pressed > QUIET_S:
            self._text("\a")

    def pressed(self) -> None:
        """The person is there."""
        self._pressed = time.monotonic()

    def answered(self, answered: bool) -> None:
        """Whether the person's answer stands on the screen already, typed there, so that it need not be told again."""
        self._answered = answered

    def close(self) -> None:
        """Wipe what lives; nothing more will come."""
        self._quiet()

    def _drawn(self, line: Line) -> str:
        return paint(line) if self.colour else plain(line)

    def _text(self, text: str) -> None:
        self._stream.write(encodable(text, getattr(self._stream, "encoding", None) or "utf-8"))
        self._stream.flush()


class WordWriter:
    """Text that streams in pieces, made safe and broken between words.

    Args:
        write: where whole words go.
        columns: how wide the output is now; 0 for no breaking.
    """

    def __init__(self, write: Callable[[str], None], columns: Callable[[], int]) -> None:
        self._write = write
        self._columns = columns
        self._held = ""
        self._used = 0
        self._indent = ""  # of the line under way; its continuation gets the same
        self._started = False  # whether something stands on it

    def feed(self, delta: str) -> None:
        """Write what is complete of it: a word is complete when a blank follows."""
        text = self._held + delta
        end = max(text.rfind(" "), text.rfind("\n")) + 1
        if len(text) - end > 200:
            end = len(text)
        self._held = text[end:]
        if end:
            self._put(text[:end])

    def end(self) -> None:
        """Write what is left, and end the line."""
        held, self._held = self._held, ""
        if held:
            self._put(held)
        if self._used:
            self._write("\n")
        self._used, self._indent, self._started = 0, "", False

    def _put(self, text: str) -> None:
        columns, out = self._columns(), list[str]()
        for part in clean(text).replace("\n", "\n\0").replace(" ", " \0").split("\0"):
            size = width(part.rstrip())
            if columns and self._started and self._used + size > columns:
                out.append("\n" + self._indent)
                self._used = len(self._indent)
            if not part.strip(" ") and not self._started:
                self._indent = (self._indent + part)[: max(columns // 2, 0)]
            self._started = self._started or bool(part.strip())
            if columns and self._used + width(part) > columns:
                part = part.rstrip(" ")  # a blank after the last column would begin a line of its own
            out.append(part)
            self._used += width(part)
            if part.endswith("\n"):
                self._used, self._indent, self._started = 0, "", False
        self._write("".join(out))
