"""Settings: what a run goes by, and where each value is from: option, environment, coder.yaml, own file, default."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

from coder.errors import RefusedInput

PROJECT_FILE = "coder.yaml"
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
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "sources"}


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
        RefusedInput: a file cannot be read, an unknown setting, a value of the wrong type.
    """
    here = (here or Path.cwd()).resolve()
    project = next((folder for folder in (here, *here.parents) if (folder / PROJECT_FILE).is_file()), None)
    layers: list[tuple[str, dict[str, Any]]] = [
        ("option", {name: value for name, value in options.items() if value is not None}),
        ("environment", _environment()),
    ]
    if project:
        layers.append((str(project / PROJECT_FILE), read_file(project / PROJECT_FILE)))
    own = user_file()
    if own.is_file():
        layers.append((str(own), read_file(own)))
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for where, layer in reversed(layers):
        for name, value in layer.items():
            values[name] = check_value(name, value, where)
            sources[name] = where
    library, source = _library(values, sources, project, here)
    return Settings(**{**values, "library": library, "sources": {**sources, "library": source}})


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


def check_value(name: str, value: Any, where: str = "config") -> Any:
    """The value, if there is such a setting and it is of its type.

    Raises:
        RefusedInput: says which settings there are, or of which type it must be.
    """
    known = {f.name: f for f in fields(Settings) if f.name != "sources"}
    if name not in known:
        raise RefusedInput(f"{where}: there is no setting {name!r}.", f"There are: {', '.join(sorted(known))}.")
    kind = str(known[name].type)
    if "dict" in kind:
        ok = isinstance(value, dict)
    elif "int" in kind:
        ok = isinstance(value, int) and not isinstance(value, bool)
    elif "float" in kind:
        ok = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        ok = isinstance(value, str)
    if not (ok or (value is None and "None" in kind)):
        raise RefusedInput(f"{where}: {name} must be {kind}, it is {value!r}.")
    return value
