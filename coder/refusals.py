"""What an endpoint means by an HTTP status and a few words: an error at once, or a fault that may pass."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from coder.errors import NoModel, WrongKey, WrongModel
from coder.retry import Fault, told_wait_s
from coder.stream import shortened


class Refusal(Exception):
    """An answer with a status of 300 or more.

    Args:
        status: the HTTP status.
        headers: the answer's headers, names in lower case.
        body: the answer's text.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: str) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def words(self) -> str:
        """The endpoint's own words, shortened; "" if it has none that a person would read."""
        try:
            data: Any = json.loads(self.body)
        except ValueError:
            is_page = "<html" in self.body[:500].lower() or "<!doctype" in self.body[:100].lower()
            return "" if is_page else shortened(self.body)
        return shortened(_words(data))

    def about_tools(self) -> bool:
        """Whether it looks as if the endpoint or the model has no tools."""
        if self.status not in (400, 404, 422, 500, 501):
            return False
        return bool(re.search(r"\btools?\b|tool[_ ](choice|call|use)|function[_ -]?call", self.body, re.IGNORECASE))

    def about_usage(self) -> bool:
        """Whether the endpoint does not know the parameter that asks for usage in a stream."""
        return self.status in (400, 404, 422, 500) and "stream_options" in self.body

    def lasting(self) -> bool:
        """Whether it says that something is not supported at all, and does not complain of this one request."""
        if re.search(r"tool_call_id|role '?tool|must be followed|schema|tool_choice", self.body, re.IGNORECASE):
            return False
        return bool(
            re.search(
                r"\bnot\b|n't\b|unsupported|unknown|unrecogni[sz]ed|unexpected|requires?\b|disabled"
                r"|no endpoints|extra|invalid",
                self.body,
                re.IGNORECASE,
            )
        )


def fault_of(refusal: Refusal, now: float) -> Fault | None:
    """Return the fault if trying again may help, else None; `now` is the Unix time."""
    status = refusal.status
    if status not in (408, 409, 425, 429) and (status < 500 or status == 501):
        return None
    if status == 429 and _used_up(refusal):
        return None
    names = {408: "timed out", 429: "too many requests", 500: "server error", 502: "bad gateway"}
    names |= {503: "busy or loading", 504: "timed out", 529: "overloaded"}
    reason = f"HTTP {status}" + (f" ({names[status]})" if status in names else "")
    return Fault(f"{reason}: {refusal.words}" if refusal.words else reason, "busy", told_wait_s(refusal.headers, now))


def error_of(refusal: Refusal, where: str, model: str, listed: Sequence[str]) -> NoModel:
    """Return the error that ends the call.

    Args:
        refusal: what the endpoint answered.
        where: the endpoint's address.
        model: the model that was asked for.
        listed: the models that the endpoint lists, if it was asked.
    """
    said = f": {refusal.words}" if refusal.words else "."
    if refusal.status in (401, 403):
        return WrongKey(
            f"{where} refuses the key (HTTP {refusal.status}){said}",
            "Set the right key for this URL, or another URL; `coder doctor` tells which are in use.",
        )
    if refusal.status == 402 or (refusal.status == 429 and _used_up(refusal)):
        return NoModel(
            f"{where} says that the quota or credit is used up (HTTP {refusal.status}){said}",
            "Top up the account, or set another key or model; waiting does not help. Nothing is lost.",
        )
    return WrongModel(
        f"{where} does not accept the request for model {model!r} (HTTP {refusal.status}){said}", _hint(refusal, listed)
    )


def _hint(refusal: Refusal, listed: Sequence[str]) -> str:
    if re.search(
        r"context.{0,12}(length|window|size)|maximum context|too many tokens|too long", refusal.body, re.IGNORECASE
    ):
        return (
            "The chat is longer than this model can read: set its window, so that less is sent, or take another model."
        )
    if listed:
        shown = ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
        return f"It lists these models: {shown}."
    return "Check the model's name and the URL, which usually ends in /v1."


def _used_up(refusal: Refusal) -> bool:
    pattern = r"insufficient[_ ](quota|balance|credit|fund)|billing|exceeded your current quota|out of credits|payment"
    return bool(re.search(pattern, refusal.body, re.IGNORECASE))


def _words(data: Any) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, list):
        items = cast(list[Any], data)
        return _words(items[0]) if items else ""
    if not isinstance(data, dict):
        return ""
    found = cast(dict[str, Any], data)
    for key in ("error", "message", "detail", "msg"):
        if found.get(key):
            return _words(found[key])
    return json.dumps(found, ensure_ascii=False)
