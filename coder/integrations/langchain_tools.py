"""LangChain tools: a library's functions for any agent made with LangChain, each call in the sandbox.

import coder_app
coder_app.enter()
from coder.integrations.langchain_tools import tools
agent = create_agent(model, tools("~/library"))
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from langchain_core.tools import StructuredTool, ToolException

from coder.errors import RefusedInput
from library.serve.service import LibraryService, Offer
from library.store import Library
from memory.store import Memory

# Names that LangChain passes to a tool itself; an argument of such a name gets an underscore behind it.
_TAKEN = ("config", "run_manager", "callbacks", "self")


def tools(library: str | Path, names: Collection[str] = (), *, level: str = "best") -> list[StructuredTool]:
    """The public functions of a library as tools.

    A tool returns text for the model and, as the artifact, the result as data. What goes wrong in a function, and
    arguments of the wrong type, are told to the model as the tool's result. The functions are those of this moment: a
    library that changes is asked again. The sandboxes end with the program.

    Args:
        library: its folder.
        names: only these functions; all public ones if empty.
        level: of the sandbox.

    Raises:
        RefusedInput: there is no library.py in that folder, or a name of `names` is not there.
    """
    folder = Path(library).expanduser().resolve()
    found = Library(Memory(folder))
    if not found.path.is_file():
        raise RefusedInput(f"There is no {found.path.name} in {folder}.", "Name the folder of a library.")
    served = LibraryService(found, names, level=level)
    if missing := sorted(set(names) - served.offers.keys()):
        raise RefusedInput(f"{missing[0]} cannot be a tool: {served.left_out.get(missing[0], 'it is private')}.")
    served.warm()
    return [_tool(offer, served) for offer in served.offers.values()]


def _tool(offer: Offer, served: LibraryService) -> StructuredTool:
    schema = offer.schema.input
    new = {name: f"{name}_" for name in schema["properties"] if name in _TAKEN}
    schema["properties"] = {new.get(name, name): one for name, one in schema["properties"].items()}
    if "required" in schema:
        schema["required"] = [new.get(name, name) for name in schema["required"]]
    return StructuredTool(
        name=offer.name,
        description=offer.description,
        args_schema={"title": offer.name, "description": offer.description, **schema},
        func=_function(offer.name, served, {fresh: old for old, fresh in new.items()}),
        response_format="content_and_artifact",
        handle_tool_error=True,
        tags=["coder-library"],
    )


def _function(name: str, served: LibraryService, old: Mapping[str, str]) -> Callable[..., tuple[str, Any]]:
    def call(**arguments: Any) -> tuple[str, Any]:
        answer = served.call(name, {old.get(key, key): value for key, value in arguments.items()})
        printed = f"\nIt printed:\n{answer.printed.strip()}" if answer.printed.strip() else ""
        if not answer.ok:
            raise ToolException(answer.text + printed)
        return answer.text + printed, answer.value

    return call
