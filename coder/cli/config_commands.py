"""`coder config`: the settings and where each comes from; `coder config set NAME VALUE` writes your own file."""

import argparse
from typing import Any

from coder.cli.build_parts import settings_of
from coder.errors import RefusedInput
from coder.model_settings import shown_setting
from coder.settings import user_file
from memory.disk import put


def config(options: argparse.Namespace) -> int:
    """`coder config`, `coder config set NAME VALUE`."""
    if options.change:
        if options.change[0] != "set" or len(options.change) != 3:
            raise RefusedInput(f"config {' '.join(options.change)}: not understood.", "coder config set NAME VALUE")
        return _set(options.change[1], options.change[2])
    settings = settings_of(options)
    values: dict[str, Any] = {**settings.shown(), "key": "present" if settings.key else "missing"}
    for name, value in values.items():
        print(f"{name:<18} {value!s:<42} {settings.sources.get(name, 'environment' if name == 'key' else 'default')}")
    print(f"\nYour own file: {user_file()}")
    return 0


def _set(name: str, text: str) -> int:
    import yaml

    from coder.settings import check_value, read_file
    from coder.yaml_text import load

    path = user_file()
    values: dict[str, Any] = read_file(path) if path.is_file() else {}
    try:
        value = load(text)
    except ValueError as error:
        raise RefusedInput(
            f"config: the value of {name} cannot be read: {error}.", f"coder config set {name} VALUE"
        ) from error
    values[name] = check_value(name, value)
    dumped: str = yaml.safe_dump(values, sort_keys=True)  # pyright: ignore[reportUnknownMemberType]
    put(path.resolve(), dumped.encode(), mode=0o600)
    print(f"{name} = {shown_setting(name, values[name])!r} in {path}")
    return 0
