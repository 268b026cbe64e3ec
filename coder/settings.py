"""Settings: what a run goes by, and where each value is from: option, environment, coder.yaml, own file, default."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

from coder.errors import RefusedInput

PROJECT_FILE = "coder.yaml"
LEVELS = ("best", "L3", "L2", "L1", "L0")
_OWN = {  # a project's file may come from somebody else: with these it would get your key, or run what it likes
    "base_url": "decides where your key is sent",
    "langchain": "names a package that is imported",
    "langchain_options": "may decide where your key is sent",
    "editor": "names a program that is started",
    "sandbox": "decides how safely code is run",
}
_ENVIRONMENT = {
    "model": ("CODER_MODEL",),
    "base_url": ("CODER_BASE_URL", "OPENAI_BASE_URL"),
    "library": ("CODER_LIBRARY",),
    "editor": ("VISUAL", "EDITOR"),
    "sandbox": ("CODER_SANDBOX",),
}
_KEYS = ("CODER_API_KEY", "OPENAI_API_KEY")


@dataclass(frozen=True)
class Settings:
    """Every setting and its default; times in seconds, prices as {model: [input, cached, output]} a million tokens."""

    model: str = "gpt-5-mini"
    base_url: str = "https://api.openai.com/v1"
    langchain: str = ""
    langchain_options: dict[str, Any] = field(default_factory=dict[str, Any])
    library: str = ""
    editor: str = ""
    sandbox: str = "best"
    library_off: bool = False
    questions: int = 5
    max_rounds: int = 30
    max_tokens: int | None = None
    max_cost: float | None = None
    max_time: float | None = None
    retry_time: float = 60.0
    silence: float = 120.0
    prices: dict[str, Any] = field(default_factory=dict[str, Any])
    plan_file: str = "plan_extlib.txt"
    log_file: str = "logs_extlib.txt"
    sources: Mapping[str, str] = field(default_factory=dict[str, str])
    recording: str = ""  # the file whose replies a replayed run gets; nobody sets it

    @property
    def root(self) -> Path:
        """The folder of the library."""
        return Path(self.library)

    @property
    def key(self) -> str:
        """The key for the endpoint, from the environment only; "" if there is none. Never stored, never printed."""
        return next((os.environ[name] for name in _KEYS if os.environ.get(name)), "")

    def to_json(self) -> dict[str, Any]:
        """What a resumed run needs; no key."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def resumed(self, recorded: Mapping[str, Any]) -> "Settings":
        """These settings for a run that began with the `recorded` ones.

        What was an option then holds, unless it is one again; so does what decides which effects there are, because
        these are replayed. All else is as it is set today: whoever had the wrong model or URL corrects it where it is
        set and resumes.
        """
        sources: Mapping[str, str] = recorded.get("sources") or {}
        kept = {name for name, source in sources.items() if source == "option" and self.sources.get(name) != "option"}
        kept = (kept | {"plan_file", "log_file", "recording", "library_off", "questions"}) - {"library"}
        known = {f.name for f in fields(self)} & set(recorded)
        return replace(
            self,
            **{name: recorded[name] for name in kept & known},
            sources={**self.sources, **{name: sources[name] for name in kept & set(sources)}},
        )


def user_file() -> Path:
    """Where your own settings are."""
    from platformdirs import user_config_dir  # costs 15 ms, and most commands do not need it

    return Path(os.environ.get("CODER_CONFIG") or Path(user_config_dir("coder")) / "config.yaml")


def settle(options: Mapping[str, Any], here: Path | None = None) -> Settings:
    """Put the settings together; of option, environment, coder.yaml, your own file and default the first wins.

    Args:
        options: what the command line gave; None values do not count.
        here: the folder from which coder.yaml is looked for upwards; the current one if None.

    Raises:
        RefusedInput: a file cannot be read, an unknown setting, a value of the wrong type, or a setting that a
            project may not decide.
    """
    here = (here or Path.cwd()).resolve()
    project = next((folder for folder in (here, *here.parents) if (folder / PROJECT_FILE).is_file()), None)
    layers: list[tuple[str, dict[str, Any]]] = [
        ("option", {name: value for name, value in options.items() if value is not None}),
        ("environment", _environment()),
    ]
    files = [path for path in (project and project / PROJECT_FILE, user_file()) if path and path.is_file()]
    layers += [(str(path), read_file(path)) for path in files]
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for where, layer in reversed(layers):
        for name, value in layer.items():
            try:
                values[name] = check_value(name, value, where)
                if project and where == str(project / PROJECT_FILE):
                    _check_project(name, value, where)
            except RefusedInput as error:
                raise RefusedInput(f"{error.message}{_line(where, name)}", error.hint) from None
            sources[name] = where
    library, source = _library(values, sources, project, here)
    made: dict[str, Any] = {**values, "library": library, "sources": {**sources, "library": source}}
    return Settings(**made)


def _library(values: dict[str, Any], sources: dict[str, str], project: Path | None, here: Path) -> tuple[str, str]:
    """`--library`, else CODER_LIBRARY, else the folder of the nearest coder.yaml, else the user's data folder."""
    if values.get("library"):
        base = project if project and sources["library"].endswith(PROJECT_FILE) else here
        return str((base / Path(values["library"]).expanduser()).resolve()), sources["library"]
    if project:
        return str(project), str(project / PROJECT_FILE)
    from platformdirs import user_data_dir  # as above

    return str(Path(user_data_dir("coder")) / "library"), "default"


def _environment() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, variables in _ENVIRONMENT.items():
        if value := next((os.environ[v] for v in variables if os.environ.get(v)), None):
            found[name] = value
    return found


def read_file(path: Path) -> dict[str, Any]:
    """The settings in a YAML file.

    Raises:
        RefusedInput: it cannot be read or is no mapping.
    """
    import yaml  # only where there is a file to read

    try:
        raw: Any = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RefusedInput(f"The settings in {path} cannot be read: {error}.", "Mend or remove the file.") from error
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise RefusedInput(f"{path} must hold `name: value` lines, it holds {type(raw).__name__}.")
    return {str(name): value for name, value in cast(dict[Any, Any], raw).items()}


def _line(where: str, name: str) -> str:
    """In which line of a settings file a setting stands."""
    try:
        lines = Path(where).read_text("utf-8").splitlines() if where not in ("option", "environment") else []
    except (OSError, UnicodeDecodeError):
        return ""
    found = [number for number, line in enumerate(lines, 1) if re.match(rf"""["']?{re.escape(name)}["']?\s*:""", line)]
    return f" It stands in line {found[-1]}." if found else ""


def _check_project(name: str, value: Any, where: str) -> None:
    """Refuse what a project may not decide for you; an endpoint on this machine it may name."""
    from coder.local_servers import is_loopback  # costs 15 ms, and few projects need it

    if name in _OWN and not (name == "base_url" and is_loopback(value)):
        raise RefusedInput(
            f"{where}: {name} {_OWN[name]}, so a project's file may not set it.",
            f"If you want it, move it to your own file: coder config set {name} ...",
        )


_WORDS = {"int": "a whole number", "float": "a number", "str": "a text", "dict": "`name: value` pairs"}


def check_value(name: str, value: Any, where: str = "config") -> Any:
    """The value, if there is such a setting and it is of its type.

    Raises:
        RefusedInput: says which settings there are, or of which type it must be.
    """
    known = {f.name: str(f.type) for f in fields(Settings) if f.name not in ("sources", "recording")}
    if name not in known:
        raise RefusedInput(f"{where}: there is no setting {name!r}.", f"There are: {', '.join(sorted(known))}.")
    if value is None and "None" in known[name]:
        return value
    if "bool" in known[name]:
        if not isinstance(value, bool):
            raise RefusedInput(f"{where}: {name} must be true or false, it is {value!r}.")
        return value
    kind = next(kind for kind in ("dict", "int", "float", "str") if kind in known[name])
    types: dict[str, Any] = {"dict": dict, "int": int, "float": int | float, "str": str}
    if not isinstance(value, types[kind]) or isinstance(value, bool):
        raise RefusedInput(f"{where}: {name} must be {_WORDS[kind]}, it is {value!r}.")
    least_is_zero = value == 0 and name in ("retry_time", "questions")
    if isinstance(value, int | float) and not (0 < value < math.inf or least_is_zero):
        raise RefusedInput(f"{where}: {name} must be more than 0, it is {value!r}.")
    if name == "sandbox" and value not in LEVELS:
        raise RefusedInput(f"{where}: sandbox must be one of {', '.join(LEVELS)}, it is {value!r}.")
    if name == "prices":
        _check_prices(cast(dict[Any, Any], value), where)
    return value


def _check_prices(prices: dict[Any, Any], where: str) -> None:
    for model, row in prices.items():
        numbers = cast(list[Any], row) if isinstance(row, list) else []
        if len(numbers) != 3 or not all(type(number) in (int, float) and number >= 0 for number in numbers):
            raise RefusedInput(
                f"{where}: the price of {model!r} must be [input, cached, output] a million tokens, it is {row!r}."
            )
