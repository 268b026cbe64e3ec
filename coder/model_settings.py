"""Settings of models: headers and fields of a request, and named models laid over the settings of all."""

import os
import re
from collections.abc import Callable, Mapping
from reprlib import repr as brief
from typing import Any, cast

from coder.errors import RefusedInput
from memory.secrets import keep_secret, shown

# What a named model may say of itself; key_env is the variable in the environment that holds its key.
OF_A_MODEL = (
    "model",
    "base_url",
    "window",
    "temperature",
    "reply_tokens",
    "reasoning_effort",
    "headers",
    "request",
    "stream",
    "silence",
    "retry_time",
    "langchain",
    "langchain_options",
)
KEY = "key_env"
_OF_AN_ADDRESS: Mapping[str, Any] = {
    "headers": {},
    "request": {},
    "langchain": "",
    "langchain_options": {},
    "window": 0,
}
_WRITTEN_BY_US = {"model": "model", "messages": "the chat", "tools": "the commands", "stream": "stream"}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def check_headers(headers: Mapping[Any, Any], where: str) -> None:
    """Raise RefusedInput for what cannot be a header; no value is told."""
    for name, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", str(name)):
            raise RefusedInput(f"{where}: headers has {brief(name)}, which cannot be the name of a header.")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise RefusedInput(f"{where}: the header {name} must be a text of one line in ASCII.")


def check_request(request: Mapping[Any, Any], where: str) -> None:
    """Raise RefusedInput for a field that is written here anyway."""
    for name in request:
        if name in _WRITTEN_BY_US:
            raise RefusedInput(
                f"{where}: request cannot set {name!r}: that is {_WRITTEN_BY_US[name]} of this program.",
                "Everything else of the endpoint's own protocol may stand there.",
            )


def check_models(models: Mapping[Any, Any], where: str, check: Callable[[str, Any, str], Any]) -> None:
    """Raise RefusedInput for a row that is no model; `check` checks one setting."""
    for name, row in models.items():
        if not isinstance(row, dict):
            raise RefusedInput(f"{where}: models has {brief(name)} with {brief(row)}; it must be `name: value` pairs.")
        for key, value in cast(dict[Any, Any], row).items():
            if key == KEY:
                if not isinstance(value, str) or not re.fullmatch(r"\w+", value):
                    raise RefusedInput(f"{where}: {KEY} of {name} must name a variable of the environment.")
            elif key in OF_A_MODEL:
                check(key, value, f"{where}: models: {name}")
            else:
                known = ", ".join([*OF_A_MODEL, KEY])
                raise RefusedInput(f"{where}: a model has no {brief(key)}.", f"It may have: {known}.")


def keep_model_secrets(values: Mapping[str, Any]) -> None:
    """Take the secrets in these settings, or in a row of a named model, out of every text from now on."""
    for name in ("base_url", "langchain_options", "request"):
        keep_secret(values.get(name))
    for value in _dict(values.get("headers")).values():
        keep_secret(value, "headers")
        keep_secret(with_variables(value), "headers")
        keep_secret(with_variables(value).rpartition(" ")[2], "headers")  # the key behind "Bearer "
    keep_secret(os.environ.get(values.get(KEY) or "", ""), "key")
    for row in _dict(values.get("models")).values():
        keep_model_secrets(row)


def _dict(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value or {})


def shown_setting(name: str, value: Any) -> Any:
    """A setting's value as it may be shown: no value of a header, in a named model neither."""
    if name == "headers":
        return shown(value, name)
    if name == "models":
        rows = cast(Mapping[str, Mapping[str, Any]], value)
        return {model: {key: shown_setting(key, one) for key, one in row.items()} for model, row in rows.items()}
    return shown(value)


def laid_over(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a named model changes of the settings; one with an address of its own takes nothing that was for another."""
    moved = "base_url" in row or "langchain" in row
    said = {name: value for name, value in row.items() if name != KEY}
    names = {"key_names": (row[KEY],)} if KEY in row else {"key_names": ()} if moved else {}
    return {**(_OF_AN_ADDRESS if moved else {}), **names, **said}


def with_variables(text: str) -> str:
    """The text with each ${NAME} as the environment has it, "" if it has not."""
    return _VARIABLE.sub(lambda found: os.environ.get(found[1], ""), text)
