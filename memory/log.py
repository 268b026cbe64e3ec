"""The log: one line a branch, for people and for the next run; values on one line, read back tolerantly. Pure.

2026-11-21T02:20:31Z  run 3f2a  round 2  write_code  green  parse_duration: 6 tests, 1 repair
"""

import re
from dataclasses import dataclass

END = "boss"  # the flow whose line ends a run
LONGEST = 300  # characters of a line's text; the whole story is in the journal
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?|-(?=  )")


@dataclass(frozen=True)
class Line:
    """What one branch did.

    Args:
        time: UTC, "2026-11-21T02:20:31Z"; "" when a person wrote the line without one.
        run: id of the run; "" when unknown.
        round: 1-based round of the loop; 0 when outside of it.
        flow: name of the branch, one word.
        result: one word, such as "ok", "green", "failed", "done".
        text: what happened, in words.
    """

    time: str
    run: str
    round: int
    flow: str
    result: str
    text: str = ""


def render(line: Line) -> str:
    """One line without its end; no value can break it, a long text is cut."""
    text = " ".join(line.text.split())
    if len(text) > LONGEST:
        text = text[: LONGEST - 1].rstrip() + "…"
    parts = [_word(line.time), f"run {_word(line.run)}", f"round {line.round}", _word(line.flow), _word(line.result)]
    return "  ".join([*parts, text] if text else parts)


def _word(value: str) -> str:
    """A value as one word of at most 60 characters: it stands between two blanks that separate."""
    return re.sub(r"\s+", "_", value.strip())[:60] or "-"


def parse(text: str) -> list[Line]:
    """The lines of a log file. What a person wrote in a way of their own becomes a Line that has only a text."""
    return [_line(raw) for raw in text.splitlines() if raw.strip() and not raw.lstrip().startswith("#")]


def _line(raw: str) -> Line:
    rest = raw.strip()
    time = _TIME.match(rest)
    parts = re.split(r"\s{2,}|\t+", rest[time.end() :].strip() if time else rest, maxsplit=4)
    run = re.fullmatch(r"run\s+(\S+)", parts[0])
    number = re.fullmatch(r"round\s+(\d+)", parts[1]) if len(parts) > 1 else None
    when = time.group().strip("-") if time else ""
    if run is None or number is None or len(parts) < 4:
        return Line(when, "", 0, "", "", " ".join(rest[time.end() :].split() if time else rest.split()))
    values = ["" if value == "-" else value for value in (run[1], *parts[2:4])]
    words = " ".join(parts[4].split()) if len(parts) > 4 else ""
    return Line(when, values[0], int(number[1]), values[1], values[2], words)


def digest(text: str, count: int) -> list[str]:
    """What the next run needs to know, oldest first: a line a run that ended, all lines of the last if it did not.

    Args:
        text: of a log file.
        count: at most so many lines.
    """
    lines = parse(text)
    last = lines[-1].run if lines else ""
    open_run = last if last and lines[-1].flow != END else None
    kept = [line for line in lines if not line.run or line.flow == END or line.run == open_run]
    return [_told(line) for line in kept[-count:]] if count > 0 else []


def _told(line: Line) -> str:
    said = " ".join(part for part in ("" if line.flow == END else line.flow, line.result) if part)
    return " ".join([line.time[:10], said + ":" if said else "", line.text]).strip()
