"""Reasoning: what a model thinks aloud before its answer, cut off, in whatever marks its makers have chosen."""

import re

_NAMES = "think|thinking|thought|thoughts|reason|reasoning|reflection|analysis|seed:think"
_OPEN = re.compile(rf"<(?:{_NAMES})>|\[THINK\]|<\|begin_of_thought\|>|◁think▷", re.IGNORECASE)
# A closing mark ends thoughts only at the end of its line: inside a line it may well be a text in the code.
_CLOSE = re.compile(
    rf"(?:</(?:{_NAMES})>|\[/THINK\]|<\|end_of_thought\|>|◁/think▷)(?=[ \t]*(?:\r?\n|\Z))", re.IGNORECASE
)
_ANY_CLOSE = re.compile(rf"</(?:{_NAMES})>|\[/THINK\]|<\|end_of_thought\|>|◁/think▷", re.IGNORECASE)
_CHANNEL = re.compile(r"<\|channel\|>\s*(?P<name>analysis|final|commentary)(?P<to>[^<]*)")
_MESSAGE, _ENDS = "<|message|>", re.compile(r"<\|(?:end|return|start|call|channel)\|>")


def without_thoughts(text: str) -> str:
    """Return `text` without what stands up to the last mark that ends thoughts; "" if it is nothing but thoughts.

    Known are <think>, <thinking>, <thought> and their like in any case, opened or not (some templates open them in the
    prompt), several one after the other, [THINK] of Mistral, ◁think▷ of Kimi, and the channels of Harmony.
    """
    text = _final(text)
    while opened := _OPEN.match(text.lstrip()):
        text = text.lstrip()
        closed = _ANY_CLOSE.search(text, opened.end())
        if closed is None:
            return ""  # it thought until it was cut
        text = text[closed.end() :].lstrip()
    ends = [mark.end() for mark in _CLOSE.finditer(text)]
    return text[ends[-1] :].lstrip() if ends else text


def _final(text: str) -> str:
    """Of a text with Harmony's channels what is meant for others: the final message, or the calls as they stand."""
    channels = list(_CHANNEL.finditer(text)) if "<|channel|>" in text else []
    if not any(channel["name"] in ("analysis", "final") for channel in channels):
        return text
    kept: list[str] = []
    for channel in channels:
        start = text.find(_MESSAGE, channel.end())
        ended = _ENDS.search(text, start + len(_MESSAGE)) if start >= 0 else None
        end = ended.start() if ended else len(text)
        if start >= 0 and channel["name"] == "final":
            kept.append(text[start + len(_MESSAGE) : end])
        elif start >= 0 and channel["name"] == "commentary":
            kept.append(text[channel.start() : end])
    return "\n".join(kept).strip()
