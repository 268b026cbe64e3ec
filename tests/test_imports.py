"""The import rule: who may import whom, one place per vendor, no circle, nothing relative."""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from places import ROOT

MAY = {
    "prompts": {"prompts"},
    "memory": {"memory"},
    "library": {"library", "memory"},
    "coder": {"coder", "library", "memory", "prompts"},
    "coder_app": {"coder"},
}
OURS = set(MAY)
VENDORS = {
    "pydantic": {"memory.json_values", "coder.integrations.mcp_errors"},
    "griffe": {"library.evidence.api_change", "library.serve.schema"},
    "openai": {"coder.model.openai_connection"},
    "langchain_core": {"coder.model.langchain_model", "coder.integrations.langchain_tools"},
    "mcp": {"coder.integrations.mcp_server", "coder.integrations.mcp_errors"},
    "mcp_types": {"coder.integrations.mcp_server", "coder.integrations.mcp_errors"},
    "tiktoken": {"coder.model.tokens"},
    "rich": {"coder.terminal.highlight", "coder.terminal.text"},
    "shtab": {"coder.cli.completion"},
    "git": {"memory.git.invocation"},
}
MOST_FILES = 22  # in one folder
MOST_LINES = 400  # of one file


def modules() -> dict[str, Path]:
    found = {"coder_app": ROOT / "coder_app.py"}
    for package in ("coder", "library", "memory", "prompts"):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@cache
def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever the import stands; type-checking imports count too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            assert node.module
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            submodules = names & MODULES.keys()
            found |= submodules or {node.module}  # `from package import module` is an import of the module
    return found


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_imports_only_what_its_folder_may(name: str) -> None:
    mine = {module.split(".")[0] for module in imported(MODULES[name])} & OURS
    assert mine <= MAY[name.split(".")[0]] | {name.split(".")[0]}


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_each_vendor_has_one_place(vendor: str) -> None:
    users = {
        name
        for name, path in MODULES.items()
        if not name.startswith("library.sandbox.inside")
        and any(module.split(".")[0] == vendor for module in imported(path))
    }
    assert users <= VENDORS[vendor]


@cache
def uses() -> dict[str, set[str]]:
    """Each module, and which of ours it imports."""
    return {name: {m for m in imported(path) if m in MODULES and m != name} for name, path in MODULES.items()}


def room(name: str) -> str:
    """The folder of a module; one that stands directly in a top-level folder is a room of its own."""
    path = MODULES[name].relative_to(ROOT)
    if path.is_relative_to("library/sandbox"):
        return "library/sandbox"  # what runs inside is no other program
    return str(path.parent if len(path.parts) > 2 or path.name == "__init__.py" else path)


def check_no_circle(graph: dict[str, set[str]]) -> None:
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " > ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for other in sorted(graph[name]):
                visit(other, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_there_is_no_import_circle_of_files() -> None:
    check_no_circle(uses())


def test_there_is_no_import_circle_of_folders() -> None:
    graph: dict[str, set[str]] = {room(name): set() for name in MODULES}
    for name, others in uses().items():
        graph[room(name)] |= {room(other) for other in others} - {room(name)}
    check_no_circle(graph)


SAYS = re.compile(r"(.+?); (?:may import ([a-z_, ]+)|imports nothing of ours)\.")


def said(folder: str) -> list[str]:
    """What the first line of a folder says that it may import."""
    doc = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text("utf-8"))) or ""
    line = SAYS.match(doc)
    assert line, f"{folder}: `What lives there; may import this and that.`, not {doc[:80]!r}"
    return re.findall(r"\b(?!and\b)\w+", line[2] or "")


@cache
def borrowed() -> dict[str, set[str]]:
    """What each room imports from elsewhere: rooms of its own package by their names, other packages as wholes.

    Its own folders and the errors of its package count as its own.
    """
    found: dict[str, set[str]] = {room(name): set() for name in MODULES}
    for name, others in uses().items():
        mine, package = room(name), name.partition(".")[0]
        for other in map(room, others):
            if other.partition("/")[0] != package:
                found[mine].add(other.partition("/")[0])
            elif not other.startswith(f"{mine}/") and other not in (mine, f"{package}/errors.py"):
                found[mine].add(Path(other).stem)
    return found


FOLDERS = sorted({found for name in MODULES if not (found := room(name)).endswith(".py")})


def closed(names: Iterable[str], package: str) -> set[str]:
    """What is named and all that it imports in its turn, as far as it is of the same package or a whole other one."""
    rooms = {Path(room).stem: room for room in borrowed() if room.startswith(f"{package}/")}
    found: set[str] = set()
    todo = set(names)
    while todo:
        found.add(name := todo.pop())
        todo |= set() if name in MAY else borrowed()[rooms[name]] - found
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_what_its_first_line_says_and_what_lies_below_that(folder: str) -> None:
    named = set(said(folder))
    if folder in MAY:
        assert named == MAY[folder] - {folder}
    else:
        assert named <= borrowed()[folder], "it names what it does not import"
        assert borrowed()[folder] <= closed(named, folder.partition("/")[0]), "it imports what it does not name"


def test_no_folder_holds_more_files_than_a_person_can_see_at_once() -> None:
    folders = {path.parent for path in MODULES.values()} | {path.parent for path in (ROOT / "tests").rglob("*.py")}
    counts = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_the_first_line_of_a_file_says_what_lives_there(name: str) -> None:
    doc = ast.get_docstring(ast.parse(MODULES[name].read_text("utf-8")))
    assert doc, name
    assert len(doc.splitlines()[0]) > 20


def test_the_tree_in_contributing_is_the_tree() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (block,) = re.findall(r"^```\n(coder/ .*?)^```", text, re.MULTILINE | re.DOTALL)
    drawn: dict[str, str] = {}
    above: list[str] = []
    for blanks, name, line in re.findall(r"^( *)(\w+)/ +(.*)$", block, re.MULTILINE):
        above[len(blanks) // 2 :] = [name]
        drawn["/".join(above)] = line
    folders = {str(path.parent.relative_to(ROOT)) for path in MODULES.values()} - {"."}
    docs = {folder: ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text())) for folder in folders}
    assert drawn == {folder: str(doc).splitlines()[0] for folder, doc in docs.items()}


def test_tests_lie_in_the_folders_of_what_they_test() -> None:
    folders = {path.parent.relative_to(ROOT) for path in MODULES.values()}
    tests = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    assert tests <= folders


def test_no_file_of_the_product_is_longer_than_a_person_reads_at_once() -> None:
    counts = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: lines for name, lines in counts.items() if lines > MOST_LINES} == {}


def test_hardly_a_function_of_the_product_is_longer_than_a_screen() -> None:
    trees = [ast.parse(path.read_text("utf-8")) for path in MODULES.values()]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 50]
    assert len(long) < len(functions) / 100, long
