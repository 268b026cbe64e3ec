"""Settings: what a run goes by, and where each value is from: option, environment, coder.yaml, own file, default."""

import math
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from reprlib import repr as brief  # a few lines of YAML can stand for more than any memory holds
from typing import Any, cast

from coder.errors import RefusedInput
from coder.model_settings import (
    check_headers,
    check_models,
    check_request,
    keep_model_secrets,
    laid_over,
    shown_setting,
)
from memory.disk import read_below, read_plain
from memory.git.settings_scan import accepted_owner
from memory.secrets import KEYS

PROJECT_FILE = "coder.yaml"
LEVELS = ("best", "L3", "L2", "L1", "L0")
CONTROLS = ("routine", "model")  # who gives the next command while all goes as planned
_OWN = {  # a project's file may come from somebody else: with these it would get your key, or run what it likes
    "base_url": "decides where your key is sent",
    "langchain": "names a package that is imported",
    "langchain_options": "may decide where your key is sent",
    "headers": "may carry a key",
    "request": "decides what an endpoint does with what you send",
    "models": "decides where your keys are sent",
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
_LIMIT = 1_000_000  # bytes of a settings file
# What a run keeps in its journal: data of no power. Where the key goes, what is started and how safely code is run is
# the person's to say each time.
_OF_THE_RUN = ("plan_file", "log_file", "library_off", "questions", "control")
_UNSEEN = ("sources", "recording", "key_names")  # fields that nobody sets
_KEPT_OPTIONS = (
    "model",
    "temperature",
    "reply_tokens",
    "reasoning_effort",
    "max_rounds",
    "max_tokens",
    "max_cost",
    "max_time",
)


@dataclass(frozen=True)
class Settings:
    """Every setting and its default; times in seconds, prices as {model: [input, cached, output]} a million tokens.

    `window` is how many tokens the model can read, 0 if nobody says; `reply_tokens` how many a reply may have, 0 for
    what is usual there. `models` are settings of models by name, of which `model` may be one, and `fallback` those
    that are asked, in this order, when it is out.
    """

    model: str = "gpt-5-mini"
    base_url: str = "https://api.openai.com/v1"
    window: int = 0
    reply_tokens: int = 0
    temperature: float | None = None
    reasoning_effort: str = ""
    request: dict[str, Any] = field(default_factory=dict[str, Any])
    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    stream: bool = True
    models: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]], repr=False)
    fallback: list[str] = field(default_factory=list[str])
    langchain: str = ""
    langchain_options: dict[str, Any] = field(default_factory=dict[str, Any])
    library: str = ""
    editor: str = ""
    sandbox: str = "best"
    library_off: bool = False
    questions: int = 5
    control: str = "routine"
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
    key_names: tuple[str, ...] = KEYS  # the variables of which the first that is set is the key

    @property
    def root(self) -> Path:
        """The folder of the library."""
        return Path(self.library)

    @property
    def key(self) -> str:
        """The key for the endpoint, from the environment only; "" if there is none. Never stored, never printed."""
        return next((os.environ[name] for name in self.key_names if os.environ.get(name)), "")

    def shown(self) -> dict[str, Any]:
        """Every setting as it may be shown: without keys and passwords, in URLs and options too."""
        return {f.name: shown_setting(f.name, getattr(self, f.name)) for f in fields(self) if f.name not in _UNSEEN}

    def of_model(self, name: str = "") -> "Settings":
        """These settings as a model wants them: the named one, or `model`; options of the command line go before."""
        name = name or self.model
        if name not in self.models:
            return replace(self, model=name)
        row = {"model": name, **laid_over(self.models[name])}
        return replace(self, **{key: one for key, one in row.items() if key == "model" or not self._is_option(key)})

    def to_json(self) -> dict[str, Any]:
        """What a resumed run needs, for the journal; no key, no endpoint, nothing that is started."""
        kept: dict[str, Any] = {name: getattr(self, name) for name in (*_OF_THE_RUN, *_KEPT_OPTIONS)}
        given = sorted(name for name, source in self.sources.items() if source == "option" and name != "library")
        return {**kept, "given": given, "replayed": Path(self.recording).name}

    def resumed(self, recorded: Mapping[str, Any]) -> "Settings":
        """These settings for a run that began with the `recorded` ones.

        Model and limits that were options then hold, unless they are again; so does what decides which effects there
        are, because these are replayed. All else is as it is set today: a journal may come from somebody else.

        Raises:
            RefusedInput: what is recorded cannot be a setting.
        """
        options = [name for name in options_of(recorded) if name in _KEPT_OPTIONS and not self._is_option(name)]
        kept = [name for name in (*_OF_THE_RUN, *options) if name in recorded]
        values = {name: check_value(name, recorded[name], "the journal") for name in kept}
        return replace(self, **values, sources={**self.sources, **dict.fromkeys(options, "option")})

    def _is_option(self, name: str) -> bool:
        return self.sources.get(name) == "option"

    def missed(self, recorded: Mapping[str, Any]) -> list[str]:
        """Options that the run began with, that are not kept and are not given now."""
        lost = ("base_url", "langchain", "sandbox")
        return [name for name in options_of(recorded) if name in lost and not self._is_option(name)]


def options_of(recorded: Mapping[str, Any]) -> list[str]:
    """The settings that were options when a run began; older journals say so in another way."""
    given, sources = recorded.get("given"), recorded.get("sources")
    if isinstance(given, list):
        return [name for name in cast(list[Any], given) if isinstance(name, str)]
    pairs = cast(dict[str, Any], sources) if isinstance(sources, dict) else {}
    return [name for name, source in pairs.items() if source == "option"]


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
    project = _project(here)
    layers: list[tuple[str, dict[str, Any]]] = [
        ("option", {name: value for name, value in options.items() if value is not None}),
        ("environment", _environment()),
    ]
    files = [path for path in (project and project / PROJECT_FILE, user_file()) if path and path.is_file()]
    layers += [(str(path), read_file(path, below=project if path.name == PROJECT_FILE else None)) for path in files]
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
    keep_model_secrets(made)
    return Settings(**made)


def _project(here: Path) -> Path | None:
    """The nearest folder upwards with a coder.yaml; one above that is somebody else's does not count, which is told.

    Raises:
        RefusedInput: the one right here is somebody else's.
    """
    for folder in (here, *here.parents):
        file = folder / PROJECT_FILE
        if not os.path.lexists(file):
            continue
        if file.lstat().st_uid == 0 or accepted_owner(file, folder):
            if file.is_file():
                return folder
        elif folder == here:
            raise RefusedInput(
                f"{file} belongs to another user (uid {file.lstat().st_uid}).",
                f"If you trust them: git config --global --add safe.directory {folder}",
            )
        else:
            print(f"coder: {file} belongs to another user and is not read.", file=sys.stderr)
    return None


def _library(values: dict[str, Any], sources: dict[str, str], project: Path | None, here: Path) -> tuple[str, str]:
    """`--library`, else CODER_LIBRARY, else the folder of the nearest coder.yaml, else the user's data folder."""
    if values.get("library"):
        told = sources["library"]
        named = project is not None and told == str(project / PROJECT_FILE)
        base = project if project and named else here
        place = (base / Path(values["library"]).expanduser()).resolve()
        if named and not place.is_relative_to(base):
            raise RefusedInput(
                f"{told}: library is {place}, outside of the project.",
                "If that is what you want, say so yourself: --library, or CODER_LIBRARY.",
            )
        return str(place), told
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


def read_file(path: Path, below: Path | None = None) -> dict[str, Any]:
    """The settings in a YAML file.

    Args:
        path: the file.
        below: the folder that it must be in itself, and not by a link.

    Raises:
        RefusedInput: it cannot be read or is no mapping.
    """
    from coder.yaml_text import load  # only where there is a file to read

    try:
        data = read_plain(path, _LIMIT) if below is None else read_below(below, path.name, _LIMIT) or b""
        raw = load(data.decode("utf-8-sig"))
    except OSError as error:
        raise RefusedInput(f"The settings in {path} cannot be read: {error.strerror}.", "Mend or remove it.") from error
    except ValueError as error:
        raise RefusedInput(f"The settings in {path} cannot be read: {error}.", "Mend or remove the file.") from error
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise RefusedInput(f"{path} must hold `name: value` lines, it holds {type(raw).__name__}.")
    return {str(name): value for name, value in cast(dict[Any, Any], raw).items()}


def _line(where: str, name: str) -> str:
    """In which line of a settings file a setting stands."""
    try:
        lines = [] if where in ("option", "environment") else read_plain(Path(where), _LIMIT).decode().splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    found = [number for number, line in enumerate(lines, 1) if re.match(rf"""["']?{re.escape(name)}["']?\s*:""", line)]
    return f" It stands in line {found[-1]}." if found else ""


def _check_project(name: str, value: Any, where: str) -> None:
    """Refuse what a project may not decide for you; an endpoint on this machine it may name."""
    from coder.model.local_servers import is_loopback  # costs 15 ms, and few projects need it

    if name in _OWN and not (name == "base_url" and is_loopback(value)):
        raise RefusedInput(
            f"{where}: {name} {_OWN[name]}, so a project's file may not set it.",
            f"If you want it, move it to your own file: coder config set {name} ...",
        )


_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "dict": "`name: value` pairs",
    "list": "a list of names",
}


def check_value(name: str, value: Any, where: str = "config") -> Any:
    """The value, if there is such a setting and it is of its type.

    Raises:
        RefusedInput: says which settings there are, or of which type it must be.
    """
    known = {f.name: str(f.type) for f in fields(Settings) if f.name not in _UNSEEN}
    if name not in known:
        raise RefusedInput(f"{where}: there is no setting {brief(name)}.", f"There are: {', '.join(sorted(known))}.")
    if value is None and "None" in known[name]:
        return value
    if "bool" in known[name]:
        if not isinstance(value, bool):
            raise RefusedInput(f"{where}: {name} must be true or false, it is {brief(value)}.")
        return value
    kind = next(kind for kind in ("dict", "list", "int", "float", "str") if kind in known[name])
    types: dict[str, Any] = {"dict": dict, "list": list, "int": int, "float": int | float, "str": str}
    if not isinstance(value, types[kind]) or isinstance(value, bool):
        raise RefusedInput(f"{where}: {name} must be {_WORDS[kind]}, it is {brief(value)}.")
    least_is_zero = value == 0 and name in ("retry_time", "questions", "window", "reply_tokens", "temperature")
    if isinstance(value, int | float) and not (0 < value < math.inf or least_is_zero):
        raise RefusedInput(f"{where}: {name} must be more than 0, it is {brief(value)}.")
    if isinstance(value, int | float) and value > 2**53:
        raise RefusedInput(f"{where}: {name} must be less than 9e15, it is {brief(value)}.")
    for closed, choices in (("sandbox", LEVELS), ("control", CONTROLS)):
        if name == closed and value not in choices:
            raise RefusedInput(f"{where}: {name} must be one of {', '.join(choices)}, it is {brief(value)}.")
    if name == "fallback" and not all(isinstance(one, str) for one in cast(list[Any], value)):
        raise RefusedInput(f"{where}: fallback must be a list of names of models, it is {brief(value)}.")
    _check_parts(name, value, where)
    return value


def _check_parts(name: str, value: Any, where: str) -> None:
    if name == "prices":
        _check_prices(cast(dict[Any, Any], value), where)
    if name == "headers":
        check_headers(value, where)
    if name == "request":
        check_request(value, where)
    if name == "models":
        check_models(value, where, check_value)


def _check_prices(prices: dict[Any, Any], where: str) -> None:
    for model, row in prices.items():
        numbers = cast(list[Any], row) if isinstance(row, list) else []
        if len(numbers) != 3 or not all(type(number) in (int, float) and number >= 0 for number in numbers):
            raise RefusedInput(
                f"{where}: the price of {brief(model)} must be [input, cached, output] a million tokens, "
                f"it is {brief(cast(Any, row))}."
            )
