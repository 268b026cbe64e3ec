"""`coder library serve`: the functions as tools for other programs."""

import argparse

from coder.errors import RefusedInput
from coder.settings import Settings
from library.serve.service import LibraryService
from library.store import Library


def serve(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """An MCP server over stdin and stdout."""
    try:
        from coder.integrations import mcp_server  # 0.6 s, and an extra that not everybody has
    except ModuleNotFoundError as error:
        raise RefusedInput(
            f"The server needs the package {error.name!r}.", f"Install it beside coder: pip install {error.name}"
        ) from None
    served = LibraryService(library, options.names, level=settings.sandbox)
    try:
        mcp_server.serve(served)
    finally:
        served.close()
    return 0
