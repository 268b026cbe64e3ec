"""The MCP server, asked by the mcp package's own client over stdio: both eras, hostile functions, calls at once."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent
from places import ROOT

from memory.disk import put

SECRET = "not-for-anybody"
FUNCTIONS = '''"""Functions for the tests."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal


def add(a: int, b: int = 2) -> int:
    """Add two whole numbers.

    Args:
        a: the first.
        b: the second.
    """
    return a + b


def share(total: float, parts: int) -> float:
    """What each gets.

    >>> share(9.0, 3)
    3.0
    """
    return total / parts


def week(day: date, style: Literal["iso", "us"] = "iso") -> tuple[int, int]:
    """Year and week of a day."""
    return day.isocalendar()[:2]


def letters(text: str) -> dict[str, int]:
    """How often each letter is there."""
    print("counting", text)
    return {letter: text.count(letter) for letter in sorted(set(text))}


def each(f: Callable[[int], int], items: list[int]) -> list[int]:
    """A function that takes a function."""
    return [f(item) for item in items]


def large(size: int) -> str:
    """A long text."""
    return "x" * size


def rest(seconds: float) -> float:
    """Wait."""
    time.sleep(seconds)
    return seconds


def shout(line: str) -> str:
    """Writes into every descriptor there is."""
    print(line, flush=True)
    for number in range(64):
        try:
            os.write(number, (line + "\\n").encode())
        except OSError:
            pass
    for process in [str(os.getppid()), "1", "self"]:
        for number in (1, 2, 3, 4, 5, 6):
            try:
                Path(f"/proc/{process}/fd/{number}").write_text(line + "\\n")
            except OSError:
                pass
    return "done"


def leave() -> int:
    """Ends its process."""
    os._exit(0)


def kill() -> int:
    """Ends every process that it may."""
    os.kill(-1, 9)
    return 1


def spy(path: str) -> str:
    """Reads a file."""
    return Path(path).read_text()


def plant(path: str) -> str:
    """Writes a file."""
    Path(path).write_text("was here")
    return "done"


def environment() -> dict[str, str]:
    """What the environment tells."""
    return dict(os.environ)


def phone(port: int) -> str:
    """Calls somebody."""
    socket.create_connection(("127.0.0.1", port), 1)
    return "connected"


def spawn() -> str:
    """Starts a program."""
    return subprocess.check_output(["/bin/ls", "/"], text=True)


def endless() -> int:
    """Prints without end."""
    while True:
        sys.stdout.write("x" * 100_000)


def lies() -> int:
    """Does not keep what its signature says."""
    return "three"
'''
TESTS = """from library import add


def test_add__example_1() -> None:
    assert add(2, 3) == 5
"""


def server(folder: Path, home: Path, *more: str) -> StdioServerParameters:
    environment = {"HOME": str(home), "CODER_TEST_SECRET": SECRET, "PATH": os.environ["PATH"]}
    words = [str(ROOT / "coder_app.py"), "library", "serve", "--library", str(folder), *more]
    return StdioServerParameters(command=sys.executable, args=words, env=environment)


@dataclass
class Talk:
    """A client in a thread of its own, so that one server serves many tests."""

    client: Client
    portal: anyio.from_thread.BlockingPortal
    heard: list[Any] = field(default_factory=list[Any])

    def do(self, function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        return self.portal.call(function, *arguments)

    def call(self, name: str, **arguments: Any) -> CallToolResult:
        return self.do(self.client.call_tool, name, arguments)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    folder, home = tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("home")
    (folder / "library.py").write_text(FUNCTIONS)
    (folder / "test_library.py").write_text(TESTS)
    heard: list[Any] = []

    async def hear(message: Any) -> None:
        heard.append(message)

    with anyio.from_thread.start_blocking_portal() as portal:
        client = Client(server(folder, home), message_handler=hear)
        with portal.wrap_async_context_manager(client):
            yield Talk(client, portal, heard)


def text(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def test_every_function_is_a_tool_with_its_schema_and_an_example(talk: Talk) -> None:
    tools = {tool.name: tool for tool in talk.do(talk.client.list_tools).tools}
    assert tools["add"].input_schema == {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "description": "the first."},
            "b": {"type": "integer", "description": "the second.", "default": 2},
        },
        "additionalProperties": False,
        "required": ["a"],
    }
    assert tools["add"].output_schema["properties"] == {"result": {"type": "integer"}}
    assert "Add two whole numbers." in tools["add"].description
    assert "Example: add(2, 3) == 5" in tools["add"].description
    assert "Example" not in tools["share"].description  # it shows one itself
    assert tools["add"].annotations.read_only_hint is True
    assert tools["add"].annotations.open_world_hint is False
    assert "each" not in tools


def test_a_result_comes_as_text_and_as_data(talk: Talk) -> None:
    result = talk.call("add", a=40)
    assert (text(result), result.structured_content, result.is_error) == ("42", {"result": 42}, False)
    result = talk.call("week", day="2026-01-01")
    assert result.structured_content == {"result": [2026, 1]}
    result = talk.call("letters", text="aba")
    assert result.structured_content == {"result": {"a": 2, "b": 1}}
    assert "It printed:\ncounting aba" in text(result)
    assert len(text(talk.call("large", size=300_000))) == 300_000


def test_the_sandbox_is_the_one_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text(FUNCTIONS)
    started = server(tmp_path, tmp_path)
    with anyio.from_thread.start_blocking_portal() as portal:
        for level, planted in (("best", False), ("L0", True)):
            client = Client(started.model_copy(update={"env": {**(started.env or {}), "CODER_SANDBOX": level}}))
            with portal.wrap_async_context_manager(client):
                Talk(client, portal).call("plant", path=str(tmp_path / "planted"))
            assert (tmp_path / "planted").exists() == planted


def test_an_error_of_the_function_is_a_result(talk: Talk) -> None:
    result = talk.call("share", total=1, parts=0)
    assert result.is_error
    assert text(result) == "ZeroDivisionError: float division by zero"
    result = talk.call("lies")
    assert result.is_error
    assert 'a whole number is wanted, not "three"' in text(result)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "missing: a"),
        ({"a": "1"}, 'a: a whole number is wanted, not "1"'),
        ({"a": 1, "c": 2}, "there is no argument 'c'; it takes a, b"),
    ],
)
def test_wrong_arguments_are_told_in_words_that_help(talk: Talk, arguments: dict[str, Any], says: str) -> None:
    result = talk.call("add", **arguments)
    assert result.is_error
    assert says in text(result)


def test_an_unknown_tool_is_an_error_of_the_protocol_that_says_why(talk: Talk) -> None:
    with pytest.raises(MCPError, match="no function 'nothing'"):
        talk.call("nothing")
    with pytest.raises(MCPError, match=r"its f: Callable.* cannot be said in JSON"):
        talk.call("each", items=[])


def test_calls_run_beside_each_other_and_none_waits_for_a_slow_one(talk: Talk) -> None:
    order: list[str] = []

    async def one(name: str, arguments: dict[str, Any], results: list[CallToolResult]) -> None:
        results.append(await talk.client.call_tool(name, arguments))
        order.append(name)

    async def many() -> list[CallToolResult]:
        results: list[CallToolResult] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one, "rest", {"seconds": 8.0}, results)
            await anyio.sleep(0.1)
            for number in range(12):
                tasks.start_soon(one, "add", {"a": number, "b": 0}, results)
        return results

    results = talk.do(many)
    assert order[-1] == "rest"
    assert sorted(result.structured_content["result"] for result in results[:-1]) == list(range(12))


def test_a_hostile_function_cannot_write_into_the_protocol(talk: Talk) -> None:
    lie = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"content": [], "isError": False}})
    before = len(talk.heard)
    result = talk.call("shout", line=lie)
    assert result.structured_content == {"result": "done"} or result.is_error
    assert talk.call("add", a=1).structured_content == {"result": 3}
    assert [message for message in talk.heard[before:] if isinstance(message, Exception)] == []


def test_a_hostile_function_cannot_get_out(talk: Talk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    assert talk.call("spy", path=str(secret)).is_error
    assert SECRET not in text(talk.call("environment"))
    talk.call("plant", path=str(tmp_path / "planted"))
    talk.call("plant", path=str(ROOT / "planted"))
    assert not (tmp_path / "planted").exists()
    assert not (ROOT / "planted").exists()
    assert talk.call("phone", port=9).is_error
    assert talk.call("spawn").is_error
    assert "Died" in text(talk.call("leave"))
    talk.call("kill")
    assert "OutputLimit" in text(talk.call("endless"))
    assert talk.call("add", a=1).structured_content == {"result": 3}


@pytest.mark.parametrize("era", ["legacy", "auto"])
def test_a_client_hears_of_a_changed_library_in_either_era(tmp_path: Path, own_home: Path, era: str) -> None:
    library = tmp_path / "library.py"
    one, two = (f'def {name}() -> int:\n    """{name}."""\n    return {n}\n' for name, n in (("one", 1), ("two", 2)))

    def write(text: str) -> None:  # by rename: a file that is half written is a library of nothing
        put(library, text.encode())

    write(one)

    async def talk_about_it() -> list[str]:
        changed = anyio.Event()

        async def hear(message: Any) -> None:
            if "tools/list_changed" in str(getattr(message, "method", "")):
                changed.set()

        async with Client(server(tmp_path, own_home), message_handler=hear, mode=era) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["one"]
            with anyio.fail_after(120):
                if era == "legacy":
                    write(f"{one}\n\n{two}")
                    await changed.wait()
                else:
                    async with client.listen(tools_list_changed=True) as events:
                        write(f"{one}\n\n{two}")
                        await anext(aiter(events))
            assert (await client.call_tool("two", {})).structured_content == {"result": 2}
            write("def broken(:\n")  # a slip of the person's editor: what was good stays served
            assert (await client.call_tool("one", {})).structured_content == {"result": 1}
            return [tool.name for tool in (await client.list_tools()).tools]

    assert anyio.run(talk_about_it) == ["one", "two"]


@pytest.mark.parametrize(("how", "code"), [("stdin closes", 0), ("SIGTERM", 143)])
def test_stdout_holds_the_protocol_alone_and_stderr_says_what_is_left_out(
    tmp_path: Path, own_home: Path, how: str, code: int
) -> None:
    (tmp_path / "library.py").write_text(FUNCTIONS)
    ask = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "by hand", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    found = server(tmp_path, own_home, "--names", "add,each")
    with subprocess.Popen(
        [found.command, *found.args],
        env=found.env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        deadline = threading.Timer(120, process.kill)
        deadline.start()
        process.stdin.write("this is no message\n" + "".join(json.dumps(one) + "\n" for one in ask))
        process.stdin.flush()
        lines = [process.stdout.readline() for _ in range(3)]
        process.stdin.close() if how == "stdin closes" else process.terminate()
        said, complaint = process.stdout.read(), process.stderr.read()
        process.wait()
        deadline.cancel()
    replies = {reply.get("id"): reply for reply in map(json.loads, lines)}
    assert "cannot be read" in replies[None]["error"]["message"]
    assert replies[1]["result"]["protocolVersion"] == "2025-06-18"
    assert replies[1]["result"]["capabilities"]["tools"] == {"listChanged": True}
    assert [tool["name"] for tool in replies[2]["result"]["tools"]] == ["add"]
    assert "left out: each: its f: Callable[[int], int] cannot be said in JSON" in complaint
    assert said == ""
    assert process.returncode == code


HELLO = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
}
UNREADABLE = {
    "a number of 5,000 digits": ('{"jsonrpc":"2.0","id":7,"method":"x","params":{"n":' + "9" * 5000 + "}}", 7),
    "100,000 brackets": ('{"jsonrpc":"2.0","id":"a","method":"x","params":' + "[" * 100_000 + "]" * 100_000 + "}", "a"),
    "half a character": ('{"jsonrpc":"2.0","id":8,"method":"x","params":{"x":"\\ud800"}}', 8),
    "its id last": ('{"params":{"n":' + "9" * 5000 + '},"jsonrpc":"2.0","method":"x","id":9}', 9),
    "an id of 5,000 digits": ('{"jsonrpc":"2.0","id":' + "9" * 5000 + ',"method":"tools/list"}', None),
    "no JSON": ("hello", None),
    "a list": ("[]", None),
    "half a message": ('{"jsonrpc":"2.0","id":10,"meth', 10),
    "no message": ('{"id":11}', 11),
    "a cursor of 5,000 digits": (
        '{"jsonrpc":"2.0","id":12,"method":"tools/list","params":{"cursor":"' + "9" * 5000 + '"}}',
        12,
    ),
    "a cursor in other digits": ('{"jsonrpc":"2.0","id":13,"method":"tools/list","params":{"cursor":"\u0663"}}', 13),
}


def test_every_line_is_answered_also_one_that_is_no_message(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text(FUNCTIONS, "utf-8")
    command = [sys.executable, "-m", "coder_app", "library", "serve", "--library", str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as server:
        assert server.stdin is not None and server.stdout is not None

        def ask(line: str) -> dict[str, Any]:
            assert server.stdin is not None and server.stdout is not None
            server.stdin.write(line.encode() + b"\n")
            server.stdin.flush()
            return json.loads(server.stdout.readline())

        assert "result" in ask(json.dumps(HELLO))
        server.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n\n')
        for name, (line, ident) in UNREADABLE.items():
            answer = ask(line)
            assert (answer["id"], "error" in answer, len(str(answer)) < 1_000) == (ident, True, True), name
        call = {"name": "add", "arguments": {"a": 1}}
        answer = ask(json.dumps({"jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": call}))
        assert answer["result"]["structuredContent"] == {"result": 3}
        server.stdin.close()
