"""The texts for the model, one YAML each with `system` and `user` and what else it names; imports nothing of ours.

Placeholders are `$name` (braces would break on code). A missing or a surplus value is an error, so that a prompt and
its caller cannot drift apart.
"""

import re
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, cast

import yaml

_FOLDER = Path(__file__).parent


class PromptError(LookupError):
    """A prompt, a part of it, or a value for a placeholder is missing, or one too many was given."""


@cache
def _load(name: str) -> dict[str, str]:
    path = _FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise PromptError(f"No prompt {name!r}; there are {names()}.")
    raw: Any = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return cast(dict[str, str], raw)


def names() -> list[str]:
    """The prompts there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def parts(name: str) -> list[str]:
    """The parts of one prompt, such as `system` and `user`."""
    return list(_load(name))


def placeholders(name: str, part: str) -> set[str]:
    """The names that `render(name, part, …)` needs."""
    return set(Template(_text(name, part)).get_identifiers())


def render(name: str, part: str, **values: str) -> str:
    """One part of a prompt with its placeholders filled in.

    Raises:
        PromptError: there is no such prompt or part, or the values are not exactly the placeholders.
    """
    needed = placeholders(name, part)
    if needed != set(values):
        raise PromptError(f"Prompt {name}.{part} needs {sorted(needed)}, it got {sorted(values)}.")
    return re.sub(r"\n{3,}", "\n\n", Template(_text(name, part)).substitute(values)).strip()


def _text(name: str, part: str) -> str:
    texts = _load(name)
    if part not in texts:
        raise PromptError(f"Prompt {name!r} has no part {part!r}; it has {list(texts)}.")
    return texts[part]
