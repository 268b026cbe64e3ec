"""`coder library serve | export | import`: the library used by other programs, and functions brought in from them."""

import argparse
from collections.abc import Callable, Mapping

from coder.errors import RefusedInput
from coder.settings import settle
from library.served import Served
from library.store import Library


def serve(options: argparse.Namespace, library: Library) -> int:
    """An MCP server over stdin and stdout."""
    try:
        from coder import mcp_server  # 0.6 s, and an extra that not everybody has
    except ModuleNotFoundError as error:
        raise RefusedInput(f"The server needs the package {error.name!r}.", "Install coder-app[mcp].") from None
    served = Served(library, options.names, level=settle({}).sandbox)
    try:
        mcp_server.serve(served)
    finally:
        served.close()
    return 0


ELSEWHERE: Mapping[str, Callable[[argparse.Namespace, Library], int]] = {"serve": serve}
