"""What calls in the sandbox may cost."""

from dataclasses import dataclass


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
