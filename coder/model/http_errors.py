"""What an endpoint means by an HTTP status and a few words: an error at once, or a fault that may pass."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from coder.errors import NoModel, WrongKey, WrongModel
from coder.model.endpoint_features import EndpointFeatures
from coder.model.retry_policy import Fault, told_wait_s
from coder.model.streaming import shortened


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
        except (ValueError, RecursionError):
            is_page = "<html" in self.body[:500].lower() or "<!doctype" in self.body[:100].lower()
            return "" if is_page else shortened(self.body)
        return shortened(_words(data))

    def about_call(self) -> bool:
        """Whether the endpoint could not read a call that its own model had just written: asked again, it may do."""
        return self.status in (400, 422, 500, 502) and bool(_BAD_CALL.search(self.words))

    def without(
        self, abilities: EndpointFeatures, body: Mapping[str, Any], fixed: Collection[str] = ()
    ) -> EndpointFeatures | None:
        """What to ask for instead when this says that something asked for is not known there; None if it does not.

        Args:
            abilities: what was asked for.
            body: the request that was refused.
            fixed: the fields of it that the person has set: these are not left out.
        """
        if self.status not in (400, 404, 422, 500, 501):
            return None
        said = self.body[:_READ]
        if abilities.usage and "stream_options" in said:
            return replace(abilities, usage=False)
        ours = {name for name in body if name not in fixed}
        if "temperature" in ours and _NO_TEMPERATURE.search(said):
            return replace(abilities, temperature=False)
        if limit := next((body[name] for name in ("max_tokens", "max_completion_tokens") if name in ours), 0):
            if _NO_LIMIT.search(said):
                named = "max_tokens" in ours
                return replace(abilities, max_tokens=False) if named else replace(abilities, limits=False)
            if limit > _LEAST and _TOO_MANY.search(said):
                return replace(abilities, most=limit // 2)
        if "response_format" in ours and _NO_SCHEMA.search(said):
            return replace(abilities, schema=False)
        if abilities.stream and _NO_STREAM.search(said):
            return replace(abilities, stream=False)
        if abilities.empty and _NO_EMPTY.search(said):
            return replace(abilities, empty=False)
        if abilities.system and _NO_SYSTEM.search(said):
            return replace(abilities, system=False)
        if abilities.tools and (_NO_TURNS.search(said) or ("tools" in ours and _NO_TOOLS.search(said))):
            return replace(abilities, tools=False)
        return None

    def lasting(self) -> bool:
        """Whether it says that something is not supported at all, and does not complain of this one request."""
        said = f"{self.words} {self.body}"[:_READ] if "stream_options" in self.body else self.words
        if _THIS_REQUEST.search(said) or self.about_call():
            return False
        return bool(_AT_ALL.search(said))


_READ = 10_000  # characters of a refusal that are looked through
_BAD_CALL = re.compile(
    r"pars\w* (the )?(tool|function)|(tool|function)[ _-]?call\w* .{0,20}(pars|malformed|invalid json)"
    r"|valid (tool|function)[ _-]call|tool_use_failed|malformed[_ ](tool|function)",
    re.IGNORECASE,
)
_NO_STREAM = re.compile(
    r"stream(ed|ing)?\b.{0,60}(not\b|n't\b|unsupported|disabled)|(must|not|n't|unsupported|cannot)\b.{0,60}\bstream",
    re.IGNORECASE | re.DOTALL,
)
_NO_EMPTY = re.compile(r"content\b.{0,40}\b(string|null|none|required)\b|null.{0,20}content", re.IGNORECASE)
_NO_SYSTEM = re.compile(
    r"system['\"]?[ -]*(role|message|prompt|instruction|turn)|roles?\b.{0,30}\bsystem\b|developer instruction"
    r"|only user and assistant",
    re.IGNORECASE,
)
_NO_TURNS = re.compile(
    r"roles?\b.{0,40}(alternat|unknown|unexpected|must)|(unknown|unexpected).{0,10}role", re.IGNORECASE
)
_NO_TEMPERATURE = re.compile(
    r"temperature.{0,80}(\bnot\b|n't\b|unsupported|only|default|invalid|deprecated|extra|fixed)"
    r"|(unsupported|unknown|unrecogni[sz]ed|invalid|extra)\b.{0,80}temperature",
    re.IGNORECASE | re.DOTALL,
)
_NO_LIMIT = re.compile(
    r"use ['\"`]?max_completion_tokens"
    r"|max_(completion_)?tokens\W.{0,40}(not support|unsupported|extra|not permitted|unknown)"
    r"|(unrecogni[sz]ed|unknown|unexpected|extra|unsupported)\b.{0,60}max_(completion_)?tokens",
    re.IGNORECASE | re.DOTALL,
)
_TOO_MANY = re.compile(
    r"max_(completion_|new_|output_)?tokens|maxOutputTokens|(output|completion|new) tokens|in the completion",
    re.IGNORECASE,
)
_LEAST = 256  # tokens: a lower limit would be of no use
_NO_SCHEMA = re.compile(r"response[_ ](format|mime|schema)|json[_ ]schema|schema|structured|grammar", re.IGNORECASE)
_NO_TOOLS = re.compile(r"\btools?\b|tool[_ ](choice|call|use)|function[_ -]?(call|decl)", re.IGNORECASE)
_THIS_REQUEST = re.compile(
    r"tool_call_id|(?<!after )role '?tool|must be followed|context length|in the completion|tool_choice"
    r"|(?<!json_)(?<!response_)schema",
    re.IGNORECASE,
)
_AT_ALL = re.compile(
    r"\bnot\b|n't\b|unsupported|unknown|unrecogni[sz]ed|unexpected|requires?\b|disabled"
    r"|must (be (verified|one of|a string)|alternate)|unavailable|at most|maximum|no endpoints|extra"
    r"|invalid|only the default",
    re.IGNORECASE,
)


class BadCall(Fault):
    """The endpoint could not read a call that its own model wrote."""


def fault_of(refusal: Refusal, now: float) -> Fault | None:
    """Return the fault if trying again may help, else None; `now` is the Unix time."""
    status = refusal.status
    if refusal.about_call():
        return BadCall(f"HTTP {status}: {refusal.words}", "broken")
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
