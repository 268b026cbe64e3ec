"""The texts for the model: every placeholder is given by the code that renders it, and the texts stay short."""

import ast
from functools import cache

import pytest
from places import ROOT

import prompts

ALL = [(name, part) for name in prompts.names() for part in prompts.parts(name)]


@cache
def rendered() -> dict[tuple[str, str], set[str]]:
    """Each `prompts.render("name", "part", …)` in the code, with the values that it gives.

    `opening("name", …)` renders system and user (or another part), `ask_model("name", …)` what is said to a bad reply.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for path in [*(ROOT / "coder").rglob("*.py"), *(ROOT / "library").rglob("*.py")]:
        if path == ROOT / "coder" / "run" / "chat.py":
            continue  # it renders what the others name
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            caller = ast.unparse(node.func)
            if caller.endswith("run.ask_model"):
                found[ast.literal_eval(node.args[0]), "bad"] = {
                    "problem",
                    *(["commands"] if len(node.args) > 3 else []),
                }
            if caller in ("prompts.render", "opening"):
                name, part = [*(ast.literal_eval(argument) for argument in node.args), "user"][:2]
                values = {keyword.arg for keyword in node.keywords if keyword.arg}
                if any(keyword.arg is None for keyword in node.keywords):
                    values |= prompts.placeholders(name, part)
                found[name, part] = values
                if caller == "opening":
                    found[name, "system"] = set()
    return found


@pytest.mark.parametrize(("name", "part"), ALL)
def test_every_text_is_used_with_exactly_its_placeholders(name: str, part: str) -> None:
    assert rendered()[name, part] == prompts.placeholders(name, part)


@pytest.mark.parametrize(("name", "part"), ALL)
def test_every_text_is_short(name: str, part: str) -> None:
    assert len(prompts.render(name, part, **dict.fromkeys(prompts.placeholders(name, part), ""))) < 1600


def test_braces_and_dollars_of_code_survive() -> None:
    text = prompts.render("code", "red", failures="f({'a': 1}) costs $5 and ${x}")
    assert "f({'a': 1}) costs $5 and ${x}" in text


@pytest.mark.parametrize(
    ("name", "part", "values", "says"),
    [
        ("nothing", "user", {}, r"No prompt 'nothing'; there are \['calls', 'code', 'control', 'examples', 'plan'"),
        ("code", "nothing", {}, "has no part 'nothing'"),
        ("code", "red", {}, r"needs \['failures'\], it got \[\]"),
        ("code", "red", {"failures": "", "more": ""}, r"it got \['failures', 'more'\]"),
    ],
)
def test_a_missing_or_surplus_value_is_an_error(name: str, part: str, values: dict[str, str], says: str) -> None:
    with pytest.raises(prompts.PromptError, match=says):
        prompts.render(name, part, **values)
