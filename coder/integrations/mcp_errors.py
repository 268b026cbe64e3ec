"""MCP refusals: a line that is no message is answered too; the protocol's package only keeps it to itself.

A number of 5,000 digits, 100,000 brackets, half a character: a client that sent it would wait for ever.
"""

import contextvars
import re
from typing import Any, Self

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import ErrorData, JSONRPCError
from pydantic import ValidationError

PARSE_ERROR, INVALID_REQUEST = -32700, -32600  # of JSON-RPC
_ID = re.compile(r'"id"\s*:\s*(?:"((?:[^"\\]|\\["\\/]){0,200})"|(-?\d{1,18})\b)')
_LOOKED_AT = 2000  # characters at either end of a line, in which the id is looked for


class AnsweringStream:
    """What comes in, without what is no message: that is answered, and what follows is given instead.

    Args:
        incoming: the stream of messages and of errors.
        outgoing: where answers go.
    """

    def __init__(self, incoming: Any, outgoing: Any) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    @property
    def last_context(self) -> contextvars.Context | None:
        """The context in which the last message was sent."""
        return self._incoming.last_context

    async def receive(self) -> SessionMessage:
        """The next message."""
        while isinstance(item := await self._incoming.receive(), Exception):
            if (answer := refusal(item)) is not None:
                await self._outgoing.send(SessionMessage(answer))
        return item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        """Close the stream."""
        await self._incoming.aclose()

    def close(self) -> None:
        """Close the stream at once."""
        self._incoming.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def refusal(error: Exception) -> JSONRPCError | None:
    """The answer to a line that could not be read; None for an empty one, which nobody waits for."""
    first: dict[str, Any] = {}
    if isinstance(error, ValidationError):
        first = dict(error.errors(include_url=False, include_context=False)[0])
    line = first.get("input")
    if first.get("type") == "json_invalid":
        if isinstance(line, str) and not line.strip():
            return None
        why = str(first.get("msg", "it is no JSON"))
        return _error(
            PARSE_ERROR, f"This line cannot be read: {why[:200]}.", _id_in(line if isinstance(line, str) else "")
        )
    ident = line.get("id") if isinstance(line, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if isinstance(ident, bool) or not isinstance(ident, str | int) or len(str(ident)) > 200:
        ident = None
    return _error(INVALID_REQUEST, "This line is JSON, and no request of the protocol.", ident)


def _error(code: int, message: str, ident: str | int | None) -> JSONRPCError:
    return JSONRPCError(jsonrpc="2.0", id=ident, error=ErrorData(code=code, message=message))


def _id_in(line: str) -> str | int | None:
    """The request's id as it stands in a text that is no JSON; None if there is none to be found."""
    for part in (line[:_LOOKED_AT], line[-_LOOKED_AT:]):
        if found := _ID.search(part):
            return int(found[2]) if found[2] else found[1]
    return None
