"""What a newcomer touches first: one set of commands everywhere, forms and workflows that are read as meant."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from places import ROOT
from test_docs import DOCUMENTS, FENCED

CI = (ROOT / ".ci" / "run").read_text("utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
GITHUB = ROOT / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


def data(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def recipes() -> dict[str, list[str]]:
    """What each recipe of the justfile runs, its arguments left out."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in (ROOT / "justfile").read_text("utf-8").splitlines():
        if head := re.fullmatch(r"(\w+)[^:]*:(.*)", line):
            name = head[1]
            found[name] = [f"just {other}" for other in head[2].split()]
        elif line.startswith("    "):
            found[name].append(re.sub(r" *\{\{ [A-Z]+ \}\}", "", line.strip()))
    return found


def test_just_and_the_script_of_ci_run_the_same_commands() -> None:
    just = recipes()
    assert just["default"] == ["just check", "just test"]
    assert re.findall(r"^uv run .+$", CI, re.MULTILINE) == [*just["check"], *just["test"]]
    assert {"format", "check", "pyright", "pytest"} <= set(CI.split())


def test_the_last_command_of_ci_is_the_test_command_of_the_readme() -> None:
    blocks = [block.strip() for _, block in FENCED.findall((ROOT / "README.md").read_text("utf-8"))]
    assert CI.splitlines()[-1] in blocks


def test_contributing_names_every_command_that_has_to_hold() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    missing = [command for name in ("check", "test", "bench") for command in recipes()[name] if command not in text]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_recipe_that_a_document_names_is_there(document: Path) -> None:
    named = re.findall(r"(?:`|^)just ([a-z]+)", document.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= recipes().keys()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_benchmark_that_a_document_names_is_there(document: Path) -> None:
    named = set(re.findall(r"\bbenchmarks\.(?!md\b)([a-z_]+)", document.read_text("utf-8")))
    assert named <= {path.stem for path in (ROOT / "benchmarks").glob("*.py")}


def test_ci_runs_the_script_on_every_python_that_is_allowed_and_on_both_systems() -> None:
    (job,) = data(GITHUB / "workflows" / "ci.yml")["jobs"].values()
    matrix = job["strategy"]["matrix"]
    first = PROJECT["project"]["requires-python"].removeprefix(">=")
    minor = int(first.partition(".")[2])
    assert matrix["python"] == [f"3.{minor + i}" for i in range(4)]
    assert {system.partition("-")[0] for system in matrix["os"]} == {"ubuntu", "macos"}
    assert [step["run"] for step in job["steps"] if "run" in step][-2:] == ["uv sync", ".ci/run"]
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert [name for name in used if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+", name)] == []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_an_issue_form_asks_for_what_it_says(path: Path) -> None:
    form = data(path)
    assert form["name"] and form["description"] and form["labels"]
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} <= {"textarea", "input", "dropdown", "checkboxes"}
    names = [field["id"] for field in fields]
    assert len(set(names)) == len(names)
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields), "an empty form says nothing"


def test_what_runs_before_a_commit_has_the_versions_of_the_project() -> None:
    hooks = [hook for repo in data(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    checks = recipes()["check"]
    tools = [hook["entry"].partition(" --")[0] for hook in hooks if hook["language"] == "system"]
    assert tools == [re.sub(r" (--check )?\.$", "", command) for command in checks]


def test_every_package_says_that_it_has_types() -> None:
    folders = [
        name for name in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"] if "." not in name
    ]
    assert len(folders) == 4
    assert [name for name in folders if not (ROOT / name / "py.typed").is_file()] == []


def test_the_readme_installs_and_removes_what_the_project_is() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert re.findall(r"uv tool uninstall ([\w-]+)", text) == [PROJECT["project"]["name"]]
    extras = re.findall(r'uv tool install "\.\[(\w+)\]"', text)
    assert extras and set(extras) <= PROJECT["project"]["optional-dependencies"].keys()
