"""MCP server over stdin and stdout: the library's functions as tools; the one file that knows the protocol's package.

Why that package and not a hundred lines of our own: the protocol has two eras at once, one that begins with a handshake
and one in which each request carries its own version, each with a way of its own to tell of changes.
"""

import asyncio
import os
import signal
import sys
from concurrent.futures import Future
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.session import ServerSession
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from coder.errors import RefusedInput, SandboxError, Terminated
from coder.integrations.mcp_errors import AnsweringStream
from coder.version import VERSION
from library.serve.result import CallResult
from library.serve.service import LibraryService, Offer

LOOK_S = 0.5
PAGE = 500  # tools in one reply; a client asks for the next page by the number at which it begins
Context = ServerRequestContext[Any, Any]
# What holds for every function, because the sandbox makes it so: no network, no files but a scratch folder.
_HINTS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def serve(served: LibraryService) -> None:
    """Serve until the client closes our stdin. While it runs, stdout belongs to the protocol alone.

    Args:
        served: the functions; it is looked at again when library.py changes.
    """
    try:
        anyio.run(_Service(served).run)
    except (Terminated, KeyboardInterrupt) as end:  # before the loop could take the signals over
        _leave(served, end.exit_code if isinstance(end, Terminated) else 130)


def _leave(served: LibraryService, code: int) -> None:
    """End at once: a thread still reads stdin and would keep the process until the client closes it; nothing is left to
    be saved."""
    served.close()
    sys.stderr.flush()
    os._exit(code)


class _Service:
    """One client's connection."""

    def __init__(self, served: LibraryService) -> None:
        self.served = served
        self.bus = InMemorySubscriptionBus()
        self.session: ServerSession | None = None
        self.server: Server[dict[str, Any]] = Server(
            "coder-library",
            version=VERSION,
            title=f"The library in {served.library.path.parent}",
            instructions="Tested functions; each call runs in a sandbox and cannot change anything outside.",
            on_list_tools=self.list_tools,
            on_call_tool=self.call_tool,
            on_subscriptions_listen=ListenHandler(self.bus),
        )
        self.server.middleware.append(self.remember)

    async def run(self) -> None:
        """Read requests until the end of stdin."""
        # An exception out of a signal handler could end up as one task's result, and the rest would wait for stdin.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup's SIG_IGN stays
                asyncio.get_running_loop().add_signal_handler(number, _leave, self.served, 128 + number)
        _say(self.served)
        self.served.warm().add_done_callback(_say_problem)
        options = self.server.create_initialization_options(NotificationOptions(tools_changed=True))
        async with stdio_server() as (incoming, outgoing), anyio.create_task_group() as tasks:
            tasks.start_soon(self.look)
            heard: Any = AnsweringStream(incoming, outgoing)
            await self.server.run(heard, outgoing, options)
            tasks.cancel_scope.cancel()

    async def remember(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Keep the way to the client, by which changes are told in the older era."""
        self.session = ctx.session
        return await call_next(ctx)

    async def list_tools(self, _context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        """A page of tools."""
        await self.refresh()
        cursor = (params.cursor if params else None) or "0"
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10) or (
            int(cursor) and int(cursor) >= len(self.served.offers)
        ):
            raise MCPError(INVALID_PARAMS, f"There is no page at {cursor[:40]!r}; begin again without a cursor.")
        start = int(cursor)
        offers = list(self.served.offers.values())
        following = str(start + PAGE) if start + PAGE < len(offers) else None
        return ListToolsResult(tools=[_tool(offer) for offer in offers[start : start + PAGE]], next_cursor=following)

    async def call_tool(self, _context: Context, params: CallToolRequestParams) -> CallToolResult:
        """Run one function; several at a time, each in a process of its own."""
        await self.refresh()
        try:
            running = self.served.submit(params.name, params.arguments or {})
        except RefusedInput as problem:
            raise MCPError(INVALID_PARAMS, str(problem)[:500]) from None
        except (ValueError, RecursionError):  # a number or a depth that cannot be written down as Python
            raise MCPError(INVALID_PARAMS, f"{params.name[:100]}: the arguments are too deep or too long.") from None
        try:
            return _result(await asyncio.wrap_future(running))
        except SandboxError as problem:
            return CallToolResult(content=[TextContent(text=str(problem))], is_error=True)

    async def look(self) -> None:
        """Look at library.py now and then."""
        while True:
            await anyio.sleep(LOOK_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Take over what has changed, and tell the client."""
        if self.served.refresh():
            _say(self.served)
            await self.bus.publish(ToolsListChanged())
            if self.session is not None:
                await self.session.send_tool_list_changed()


def _tool(offer: Offer) -> Tool:
    return Tool(
        name=offer.name,
        title=offer.title,
        description=offer.description,
        input_schema=offer.schema.input,
        output_schema=offer.schema.output,
        annotations=_HINTS,
    )


def _result(answer: CallResult) -> CallToolResult:
    content = [TextContent(text=answer.text)]
    if answer.printed.strip():
        content.append(TextContent(text=f"It printed:\n{answer.printed.strip()}"))
    structured = {"result": answer.value} if answer.ok and answer.whole else None
    return CallToolResult(content=list(content), structured_content=structured, is_error=not answer.ok)


def _say(served: LibraryService) -> None:
    """For whoever reads our stderr: how many functions, and which are left out and why."""
    count = len(served.offers)
    print(f"coder: {count} function{'' if count == 1 else 's'} of {served.library.path}", file=sys.stderr)
    for name, why in served.left_out.items():
        print(f"coder: left out: {name}: {why}", file=sys.stderr)
    sys.stderr.flush()


def _say_problem(warmed: Future[str]) -> None:
    if (problem := warmed.exception()) is not None:
        print(f"coder: {problem}", file=sys.stderr, flush=True)
