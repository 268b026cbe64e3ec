"""Budget: what a run may use at most, what it has used, and what that cost if the price is known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from coder.errors import OverBudget
from coder.model.model import Reply


@dataclass(frozen=True)
class Price:
    """What a model costs, in any currency per million tokens."""

    input: float
    cached: float
    output: float

    def of(self, used: "Used") -> float:
        """The cost of what was used."""
        fresh = used.tokens_in - used.tokens_cached
        return (fresh * self.input + used.tokens_cached * self.cached + used.tokens_out * self.output) / 1e6

    @staticmethod
    def from_settings(prices: Mapping[str, Any], model: str) -> "Price | None":
        """The price in the settings for `model`, or None: `{model: [input, cached, output]}`."""
        row = prices.get(model)
        return Price(*(float(value) for value in row)) if row else None


@dataclass(frozen=True)
class Used:
    """Model calls, tokens (the cached ones are part of tokens_in) and seconds spent in them."""

    calls: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def plus(self, reply: Reply) -> "Used":
        """This and one more reply."""
        return replace(
            self,
            calls=self.calls + 1,
            tokens_in=self.tokens_in + reply.tokens_in,
            tokens_cached=self.tokens_cached + reply.tokens_cached,
            tokens_out=self.tokens_out + reply.tokens_out,
            seconds=self.seconds + reply.seconds,
        )


@dataclass(frozen=True)
class Budget:
    """Limits of a run; None means none. `tokens` counts input and output; `seconds` is wall time of this process."""

    tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None

    def check(self, used: Used, price: Price | None, elapsed: float) -> None:
        """Refuse the next model call when something is used up.

        Raises:
            OverBudget: says which limit, what was used, and how to go on.
        """
        tokens = used.tokens_in + used.tokens_out
        if self.tokens is not None and tokens >= self.tokens:
            raise _over("tokens", f"{tokens:,}", f"{self.tokens:,}", "--max-tokens")
        if self.cost is not None and price is not None and price.of(used) >= self.cost:
            raise _over("cost", f"{price.of(used):.4f}", f"{self.cost:.4f}", "--max-cost")
        if self.seconds is not None and elapsed >= self.seconds:
            raise _over("time", f"{elapsed:.0f} s", f"{self.seconds:.0f} s", "--max-time")


def _over(what: str, used: str, limit: str, option: str) -> OverBudget:
    return OverBudget(
        f"The {what} allowed for this run is used up: {used} of {limit}.",
        f"Go on with: coder resume {option} MORE",
    )
