"""Chat: the turns of a conversation with the model, out of the texts in prompts/ and of its own replies."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import prompts
from coder.model.model import Reply, Tool, Turn


def opening(purpose: str, part: str = "user", **values: str) -> list[Turn]:
    """The two turns that a chat begins with: the prompt's `system`, and `part` of it with its values."""
    return [
        {"role": "system", "content": prompts.render(purpose, "system")},
        from_user(prompts.render(purpose, part, **values)),
    ]


def from_user(words: str) -> Turn:
    """What the model is told."""
    return {"role": "user", "content": words}


def results_of(reply_turn: Turn, results: Sequence[str]) -> list[Turn]:
    """The turns that answer the calls of a reply, one a call; calls without a result were not run."""
    calls: list[dict[str, Any]] = reply_turn.get("tool_calls", [])
    texts = [*results, *["not run"] * (len(calls) - len(results))]
    return [
        {"role": "tool", "tool_call_id": call["id"], "content": text} for call, text in zip(calls, texts, strict=False)
    ]


def correction(purpose: str, reply: Reply, problem: str, tools: Sequence[Tool]) -> list[Turn]:
    """A bad reply and what is said to it: its calls need answers of their own before words may follow."""
    commands = {"commands": ", ".join(tool.name for tool in tools)} if tools else {}
    words = prompts.render(purpose, "bad", problem=problem, **commands)
    return [reply.turn(), *results_of(reply.turn(), ["refused"] * len(reply.calls)), from_user(words)]


def digest(chat: Sequence[Turn], tools: Sequence[Tool]) -> str:
    """A hash of what the model is asked, by which a replay knows whether it is asked the same."""
    text = json.dumps([list(chat), [tool.name for tool in tools]], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
