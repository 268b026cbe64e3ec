"""The documents held against the program: commands, files, exit codes, and the transcript of the demo."""

import re
import shlex
from pathlib import Path

import pytest
from places import ROOT
from program import Program

from coder import errors
from coder.cli import main as cli
from coder.cli.parser import EPILOG

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)")


def commands(document: Path) -> list[str]:
    """Every command line of ours in a document: in fenced blocks, in spans, and inside $(...)."""
    text = document.read_text("utf-8")
    fenced = [line for _, block in FENCED.findall(text) for line in block.splitlines()]
    found = [line.removeprefix("$ ").strip() for line in fenced]
    found += SPAN.findall(FENCED.sub("", text))
    found += [inner for line in found for inner in re.findall(r"\$\(([^)]*)\)", line)]
    start = re.compile(r"(?:[A-Z_]+=\S+ +)*(?:uv run +(?:--no-dev +)?)?(?:echo [^|]*\| *)?(?=coder (?!/))")
    return [line[match.end() :] for line in found if (match := start.match(line))]


CASES = [(document.name, line) for document in DOCUMENTS for line in commands(document)]


@pytest.mark.parametrize(("document", "line"), CASES, ids=lambda value: str(value)[:60])
def test_every_command_in_the_documents_can_be_given(document: str, line: str) -> None:
    words = shlex.shlex(line, posix=True, punctuation_chars="|<>;&")
    words.whitespace_split = True
    words.commenters = "#"
    given: list[str] = []
    for word in words:
        if set(word) <= set("|<>;&"):
            break
        given.append(word)
    assert given[0] == "coder"
    try:
        assert cli.parse(given[1:]).command
    except errors.RefusedInput as error:
        assert "arguments are required" in error.message, "only what the text leaves out may be missing"
    except SystemExit as help_was_shown:
        assert help_was_shown.code == 0


def test_there_are_commands_to_look_at() -> None:
    assert len([line for name, line in CASES if name == "README.md"]) >= 10


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_and_folder_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text("utf-8")
    linked = [name for name in LINK.findall(text) if "://" not in name]
    missing = [name for name in linked if not (document.parent / name).exists()]
    kinds = r"[\w-]+(/[\w-]+)*/[\w-]+\.(py|md|yaml|yml|txt|toml|jsonl?|svg|sh)"
    named = [span for span in SPAN.findall(text) if re.fullmatch(kinds, span) and not re.search(r"\b[A-Z]+\b", span)]
    places = [ROOT, *(ROOT / name for name in ("coder", "library", "memory", "tests"))]
    missing += [name for name in named if not any((place / name).exists() for place in places)]
    folders = r"(coder|library|memory|prompts|tests|benchmarks|docs)/[a-z_/]*"
    missing += [span for span in SPAN.findall(text) if re.fullmatch(folders, span) and not (ROOT / span).is_dir()]
    assert missing == []


def test_the_exit_codes_are_those_of_the_errors() -> None:
    table = (ROOT / "docs" / "exit_codes.md").read_text("utf-8")
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    kinds = [getattr(errors, name) for name in errors.__all__]
    own = {kind.exit_code for kind in kinds if issubclass(kind, errors.CoderError)}
    assert told == {0, *own, 128 + 1, 128 + 13, 128 + 15}
    drawn = {int(code) for code in re.findall(r"^[├└C].*?\s(\d+)\s{2,}", str(errors.__doc__), re.MULTILINE)}
    assert drawn == own
    short = {int(code) for code in re.findall(r"\b(\d+) [a-z]", EPILOG.partition("exit codes:")[2])}
    assert short == {0, *own}


def test_the_readmes_transcript_is_what_the_demo_says(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    shown = next(block for _, block in FENCED.findall(text) if block.startswith("── coder"))
    program = Program(tmp_path / "work")
    said = program("demo", "--yes").out.replace(f"{program.folder}/", "")
    whole = bare(said)
    assert [line for line in shown.splitlines() if bare(line) not in whole] == []


def bare(text: str) -> str:
    """Without what differs from run to run: times, commits, the width of the screen, the level of this machine."""
    text = re.sub(r"commit \w+|\d+\.\d+ s|sandbox.*", "", text)
    return re.sub(r"[\s─]", "", text)
