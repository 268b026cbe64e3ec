"""What calls in the sandbox may cost, in steps and in a person's time."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pace:
    """How much calls may cost: steps that are counted decide, and the clock is the last resort.

    Attributes:
        call: steps of one call.
        slow: of one variant of a draft, steps of all those calls together that are not done in time.
        process: of many functions, steps of one process.
        total: of many functions, steps of everything together.
        clock_s: processor seconds of one call, if it takes no steps; far above what its steps take.
        process_s: of variants, processor seconds of one process.
        total_s: of many functions, real seconds of everything together; after that nothing counts.
    """

    call: int = 60_000
    slow: int = 300_000
    process: int = 6_000_000
    total: int = 24_000_000
    clock_s: float = 1.0
    process_s: float = 20.0
    total_s: float = 120.0


def silent(_what: str, _done: int, _of: int) -> None:
    """Tells nobody."""


@dataclass
class TimeBudget:
    """Real seconds for all that is tried of one draft, what has become of them, and how far it is.

    Whoever does not run out of it finds the same as without it.

    Attributes:
        total_s: after which nothing more is begun.
        tell: is told what is being done, how many of it are done, and of how many (0: that is not known).
        left_out: what there was no time for, in words.
    """

    total_s: float = math.inf
    tell: Callable[[str, int, int], None] = silent
    left_out: list[str] = field(default_factory=list[str])
    _began: float = field(default_factory=time.monotonic)

    def left_s(self, share: float = 1.0) -> float:
        """Seconds that are left, but no more than this share of all."""
        return max(0.0, min(self._began + self.total_s - time.monotonic(), share * self.total_s))

    @property
    def note(self) -> str:
        """What there was no time for, in a sentence; "" if there was time for all."""
        return f"stopped after {self.total_s:.0f} s: {' and '.join(self.left_out)}" if self.left_out else ""
