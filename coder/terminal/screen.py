"""Screen: draws a run's events, line after line and never over what stands there; the last line alone may live."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TextIO

from coder.run.events import Event
from coder.terminal import event_lines
from coder.terminal.safe_output import raw
from coder.terminal.status_line import PATIENCE_S, StatusLine
from coder.terminal.text import Line, clean, encodable, indented, paint, plain, row

Data = Mapping[str, Any]
PLAIN_COLUMNS = 100
DOING = {
    "plan": "writing the plan",
    "control": "deciding what comes next",
    "code": "writing code",
    "examples": "saying results",
}
BETWEEN_S = 0.1  # two lines that stream
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


@dataclass(frozen=True)
class Doing:
    """What is being done: how much of it, of how much, since when, and when it is stopped."""

    what: str
    done: int = 0
    of: int = 0
    stops_after: float = 0.0
    waiting: bool = False  # for a model
    since: float = field(default_factory=time.monotonic)


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
        self._purpose = ""
        self._written = ""
        self._under_way = ""  # the last line of what streams, as long as it is not complete
        self._doing = Doing("")
        self._plan = ""
        self._library = ""
        self._wait: tuple[object, object] | None = None
        self._retry_at = 0.0
        self._pressed = 0.0
        self._moved = time.monotonic()  # when the screen last changed for good
        self._answered = False
        self._reviewed = False  # what is saved next was on the screen just now
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
        """Draw one event; until the next one the last line says what is being done, and since when."""
        data = event.data
        match event.kind:
            case "asking":
                self._asking(str(data.get("purpose", "")))
            case "text":
                self._delta(str(data.get("delta", "")))
            case "wait" if self._line:
                self._countdown(data)
            case "working":
                self._work(data)
            case _:
                self._quiet()
                self.show(self._told(event))
                if event.kind == "restart":
                    self._asking(self._purpose)
                elif event.kind not in ("wait", "finish", "error"):
                    self._work({"what": "working"})

    def _told(self, event: Event) -> list[Line]:
        data = event.data
        match event.kind:
            case "wait":
                if not self._is_new_wait(data):
                    return []
            case "start":
                self._library = str(event_lines.part(data, "library").get("path", ""))
            case "answer" if self._answered:
                self._answered, self._reviewed = False, True
                return []
            case "plan":
                return self._accepted_plan(data)
            case "verdict":
                self._reviewed = False  # a draft that nobody has looked at yet
            case "saved":
                whole, self._reviewed = not self._reviewed, False
                return event_lines.saved(data, self.columns, self._library, whole=whole)
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
        self._begin(Doing(DOING.get(purpose, "asking the model"), waiting=True))

    def _work(self, data: Data) -> None:
        """Something takes time; told again with the same words, it has come further."""
        what, stops = str(data.get("what", "")), data.get("stops_after")
        done, of = event_lines.count(data.get("done")), event_lines.count(data.get("of"))
        again = self._line is not None and self._doing.what == what and self._line.lives
        self._purpose = "" if not again else self._purpose
        doing = Doing(what, done, of, float(stops) if stops else 0.0)
        if again:
            self._doing = replace(doing, since=self._doing.since)
        else:
            self._quiet()
            self._begin(doing)

    def _begin(self, doing: "Doing", *, patience: float = PATIENCE_S) -> None:
        self._doing = doing
        if self._line:
            stood = time.monotonic() - self._moved  # short pieces of work, one after the other, are a long one to see
            self._line.begin(lambda _: self._status(), patience=max(BETWEEN_S, patience - stood))

    def _status(self) -> str:
        doing = self._doing
        lines = self._written.count("\n") + 1 if self._written else 0
        told = [doing.what]
        told += ["waiting for the model's first word"] if doing.waiting and not lines else []
        told += [event_lines.many(lines, "line")] if lines else []
        told += [f"{doing.done} of {doing.of}"] if doing.of else []
        told += [event_lines.clock(time.monotonic() - doing.since)]
        told += [f"stops after {event_lines.clock(doing.stops_after)}"] if doing.stops_after else []
        return " · ".join(told) + (f"   {self._under_way}" if self._under_way.strip() else "")

    def _delta(self, delta: str) -> None:
        """A plan and, at a terminal, code are shown line by line as they come; the line under way stands in the last
        one. What is meant for the program alone is counted."""
        self._written += delta
        if not (self._purpose == "plan" or (self._purpose == "code" and self.live)) or self._is_data():
            return
        *whole, self._under_way = (self._under_way + delta).split("\n")
        if whole:
            self._stream_out(whole)
            self._begin(self._doing, patience=BETWEEN_S)

    def _is_data(self) -> bool:
        """Whether it is JSON that streams, or too little to say."""
        return self._written.lstrip()[:1] in ("", "{", "[")

    def _stream_out(self, whole: Sequence[str]) -> None:
        if self._line:
            self._line.end()
        style = "dim" if self._purpose == "code" else ""
        for line in whole:
            if not line.lstrip().startswith("```"):
                for part in indented(clean(line.rstrip()), self.columns if self.live else 0):
                    self._text(self._drawn(row((part, style))).rstrip() + "\n")

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
        if self._under_way.strip():
            self._stream_out([self._under_way])
        if self._purpose == "plan" and self._written:
            self._plan = self._written
        self._written = self._under_way = ""

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
        self._pressed = self._moved = time.monotonic()

    def answered(self, answered: bool) -> None:
        """Whether the person's answer stands on the screen already, typed there, so that it need not be told again."""
        self._answered = answered

    def close(self) -> None:
        """Wipe what lives; nothing more will come."""
        self._quiet()

    def _drawn(self, line: Line) -> str:
        return paint(line) if self.colour else plain(line)

    def _text(self, text: str) -> None:
        self._moved = time.monotonic()
        self._stream.write(encodable(text, getattr(self._stream, "encoding", None) or "utf-8"))
        self._stream.flush()
