"""Retry policy: when a model call is tried again, and after how long a wait, within one bound for all tries."""

import email.utils
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from coder.errors import Unreachable
from coder.model.model import Wait, Watch

Kind = Literal["refused", "broken", "busy", "silent"]
"""Refused: nobody listens. Broken: an answer that is cut or makes no sense. Busy: 429 or 5xx. Silent: timed out."""


@dataclass(frozen=True)
class RetryPolicy:
    """How long to wait for a model; all in seconds.

    `total_s` bounds waits and retries together, counted from the first fault; a retry that starts within it may still
    be silent for `last_try_s`. `first_wait_s` doubles with each fault. `tick_s`: how often the countdown is told.
    """

    connect_s: float = 5.0
    read_s: float = 120.0
    total_s: float = 60.0
    last_try_s: float = 15.0
    first_wait_s: float = 1.0
    tick_s: float = 1.0


QUICK_WAITS_S = (
    0.5,
    1.5,
)  # a refused connection is reported after three tries and 2 s: nobody will listen later either
BROKEN_RETRIES = 3  # each broken reply may have been paid for
LONGEST_WAIT_S = 16.0


class Fault(Exception):
    """One try that failed in a way that may pass; `told_s` is how long the endpoint itself asked to wait."""

    def __init__(self, reason: str, kind: Kind, told_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind: Kind = kind
        self.told_s = told_s


class Retries:
    """The retries of one model call: counts faults, waits, and ends it when the bound is reached."""

    def __init__(self, patience: RetryPolicy, where: str, jitter: Callable[[], float] = random.random) -> None:
        self._patience = patience
        self._where = where
        self._jitter = jitter
        self._kinds: list[Kind] = []
        self._deadline = 0.0

    @property
    def read_s(self) -> float:
        """How long the next try may be silent."""
        if not self._kinds:
            return self._patience.read_s
        return min(self._patience.read_s, max(self._left(), self._patience.last_try_s))

    def pause(self, fault: Fault, watch: Watch) -> None:
        """Wait as long as `fault` asks for, telling `watch`; KeyboardInterrupt passes through.

        Raises:
            Unreachable: there is no time or no try left, or the endpoint asks for more time than is left.
        """
        if not self._kinds:
            self._deadline = time.monotonic() + self._patience.total_s
        self._kinds.append(fault.kind)
        seconds = self._seconds(fault)
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            watch.on_wait(Wait(fault.reason, left, len(self._kinds) + 1, max(0.0, self._left())))
            time.sleep(min(self._patience.tick_s, left))

    def _seconds(self, fault: Fault) -> float:
        left = self._left()
        if fault.told_s is not None and fault.told_s > left:
            raise Unreachable(
                f"{self._where} asks to wait {_shown(fault.told_s)}, and {_shown(max(0.0, left))} is left for retries: "
                f"{fault.reason}.",
                "Nothing is lost: resume the run after that time, or allow more time for retries.",
            )
        same = self._kinds.count(fault.kind)
        if fault.kind == "refused":
            if same > len(QUICK_WAITS_S):
                raise self._given_up(fault, "Start the server, or correct the URL; then resume the run.")
            return QUICK_WAITS_S[same - 1]
        if left <= 0 or (fault.kind == "broken" and same > BROKEN_RETRIES):
            raise self._given_up(fault, "Nothing is lost: resume the run when it answers, or set another model.")
        backoff = min(LONGEST_WAIT_S, self._patience.first_wait_s * 2 ** (len(self._kinds) - 1))
        if fault.told_s:  # not 0: who says "now" each time would be asked without a pause
            return fault.told_s + min(0.2, left - fault.told_s) * self._jitter()
        return min(left, backoff * (0.8 + 0.4 * self._jitter()))

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def _given_up(self, fault: Fault, hint: str) -> Unreachable:
        spent = self._patience.total_s - self._left()
        tries = f"{len(self._kinds)} {'try' if len(self._kinds) == 1 else 'tries'}"
        return Unreachable(f"{self._where} gave no reply: {fault.reason} ({tries}, {_shown(spent)}).", hint)


def told_wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that an answer's headers ask to wait, or None if they do not say.

    Reads retry-after-ms, Retry-After (seconds, or a date compared with `now`, a Unix time), and then OpenAI's
    x-ratelimit-reset-requests and -tokens ("1s", "6m0s", "20ms") of the limits that have nothing remaining.
    Header names are looked up in lower case.
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return max(0.0, milliseconds / 1000)
    after = headers.get("retry-after", "").strip()
    if (seconds := _number(after)) is not None:
        return max(0.0, seconds)
    if after:
        try:
            return max(0.0, email.utils.parsedate_to_datetime(after).timestamp() - now)
        except ValueError:
            pass
    return _reset_s(headers)


def _reset_s(headers: Mapping[str, str]) -> float | None:
    waits: list[float] = []
    for what in ("requests", "tokens"):
        if headers.get(f"x-ratelimit-remaining-{what}", "0").strip() != "0":
            continue
        if (seconds := _duration(headers.get(f"x-ratelimit-reset-{what}", ""))) is not None:
            waits.append(seconds)
    return max(waits, default=None)


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _duration(text: str) -> float | None:
    """Seconds of "1h2m3.5s" or of a bare number; None for anything else."""
    text = text.strip()
    if (bare := _number(text)) is not None:
        return max(0.0, bare)
    if not re.fullmatch(r"(\d+(\.\d+)?(ms|[smhd]))+", text):
        return None
    return sum(float(number) * _UNITS[unit] for number, _, unit in re.findall(r"(\d+(\.\d+)?)(ms|[smhd])", text))


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\s*\d+(\.\d+)?\s*", text) else None


def _shown(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
