"""A text that says the same over and over: noticed while it is written, so that nobody waits and pays for its end."""

from dataclasses import dataclass

ENDED = "repetition"  # what such a reply has for why it ended

_SUFFIX = 200  # characters at the end that must have stood there before; no rule below asks for fewer
_WINDOW = 8_000  # characters that are looked back
_SHOWN = 60  # characters of a cycle that are told
_STEP = 50  # new characters before it is looked again


@dataclass(frozen=True)
class _Rule:
    """From when on a cycle is no table, no board and no line of dashes any more."""

    characters: int
    times: int


_BLANK = _Rule(200, 1)
_ONE_CHARACTER = _Rule(400, 1)
_SHORT = _Rule(900, 1)  # up to _SHORT_CYCLE characters: a list of 256 zeros has 768
_WORDS = _Rule(900, 15)  # a line or a sentence
_FIGURES = _Rule(900, 40)  # a line of numbers and marks: boards and matrices have many that are alike
_BLOCK = _Rule(1_200, 6)  # several lines
_SHORT_CYCLE, _BLOCK_LINES = 12, 3


class RepetitionWatch:
    """Looks at a text while it grows.

    Attributes:
        cycle: what is said over and over at its end; "" as long as nothing is.
    """

    def __init__(self) -> None:
        self.cycle = ""
        self._tail = ""
        self._new = 0

    def take(self, text: str) -> bool:
        """Take the next piece of text; return whether it says the same over and over."""
        self._tail = (self._tail + text)[-_WINDOW:]
        self._new += len(text)
        if self._new >= _STEP:
            self._new = 0
            self.cycle = self.cycle or cycle_at_end(self._tail)
        return bool(self.cycle)


def said_of(cycle: str) -> str:
    """Say what happened, in words for the model and the person."""
    shown = repr(cycle if len(cycle) <= _SHOWN else f"{cycle[:_SHOWN]}…")
    return f"it was stopped, because it said {shown} over and over"


def cycle_at_end(text: str) -> str:
    """Return what the end of `text` repeats too often to be meant, "" if nothing."""
    suffix = text[-_SUFFIX:]
    if len(suffix) < _SUFFIX:
        return ""
    if suffix.isspace():
        return suffix[-1]
    before = text.rfind(suffix, 0, len(text) - 1)
    if before < 0:
        return ""
    cycle = text[before + _SUFFIX :]
    times = 1
    while text.endswith(cycle, 0, len(text) - times * len(cycle)):
        times += 1
    rule = _rule(cycle)
    return cycle if times >= rule.times and times * len(cycle) >= rule.characters else ""


def _rule(cycle: str) -> _Rule:
    if len(set(cycle)) == 1:
        return _ONE_CHARACTER
    if len(cycle) <= _SHORT_CYCLE:
        return _SHORT
    if cycle.count("\n") >= _BLOCK_LINES:
        return _BLOCK
    return _WORDS if 2 * sum(map(str.isalpha, cycle)) > len(cycle) else _FIGURES
