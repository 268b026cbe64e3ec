"""What each command does: reads its options, puts the parts together by coder.app, prints."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coder.errors import NoModel, RefusedInput
from coder.settings import Settings, settle, user_file

if TYPE_CHECKING:
    from coder.app import Ending


def run(options: argparse.Namespace) -> int:
    """Carry out a parsed command line."""
    return COMMANDS[options.command or "run"](options)


# -- runs -------------------------------------------------------------------------------------------------------------


def goal(options: argparse.Namespace) -> int:
    """`coder GOAL`: plan, write, review, save."""
    text = _goal_text(options)
    settings = _settings(options)
    _person_or_yes(options)
    _price_or_no_limit(settings)
    return _work(options, settings, _model(settings), text)


def resume(options: argparse.Namespace) -> int:
    """`coder resume`: replay what is recorded, then go on live."""
    settings = _settings(options)
    from coder.journal import JOURNAL, Journal

    path = settings.root / ".coder" / JOURNAL
    with Journal.open(path, options.id, look=True) as seen:
        settings = settings.resumed(seen.settings)
        done = [effect.name.removeprefix("model:") for effect in seen.effects() if effect.name.startswith("model:")]
    _person_or_yes(options)
    _price_or_no_limit(settings)
    model = _recorded(settings.recording, done) if settings.recording else _model(settings)
    return _work(options, settings, model, Journal.open(path, seen.run))


def _work(options: argparse.Namespace, settings: Settings, model: Any, what: Any) -> int:
    """Work on a goal, or go on with a journal, and say how to go on if something is left to do."""
    from coder import app

    person, listener = _person_and_listener(options, settings)
    parts = app.parts(settings, model, person, listener)
    try:
        ending = app.start(what, parts) if isinstance(what, str) else app.resume(what, parts)
    finally:
        if person.present:
            person.close()
    if ending.status != "done":
        _say_how_to_go_on(ending, settings)
    return ending.exit_code


def _say_how_to_go_on(ending: "Ending", settings: Settings) -> None:
    if not sys.stdout.isatty():  # on a terminal it stands right above
        print(f"coder: {ending.error.message if ending.error else ending.summary}", file=sys.stderr)
    if ending.status == "unfinished" and "coder resume" not in ending.summary:
        return  # it was ended on purpose: the same would come of it again
    place = f" --library {shlex.quote(settings.library)}" if settings.sources.get("library") == "option" else ""
    print(f"coder: nothing is lost; go on with: coder resume{place}", file=sys.stderr)


def demo(options: argparse.Namespace) -> int:
    """`coder demo`: the recording that ships with the program, in a folder of its own."""
    if not options.library:
        options.library = str(_demo_folder())
    return _replay(options, Path(__file__).parent / "demo.jsonl")


def replay(options: argparse.Namespace) -> int:
    """`coder replay FILE`, or `--export [ID]` to make one."""
    if options.export is not None:
        from coder import recording
        from coder.journal import JOURNAL, Journal

        path = _settings(options).root / ".coder" / JOURNAL
        rows = Journal.runs(path)
        if not rows:
            raise RefusedInput(
                "There is no run to export here.", "Run a goal first, or name the folder with --library."
            )
        sys.stdout.write(recording.export(Journal.open(path, options.export or rows[0].id, look=True)))
        return 0
    if not options.file:
        raise RefusedInput("Which recording?", "coder replay FILE, or make one: coder replay --export > FILE")
    return _replay(options, Path(options.file).resolve())


def _replay(options: argparse.Namespace, path: Path) -> int:
    from coder import recording

    settings = replace(_settings(options), recording=str(path))
    text = recording.read(path).goal
    _person_or_yes(options)
    return _work(options, settings, _recorded(settings.recording, []), text)


def _recorded(path: str, done: Sequence[str]) -> Any:
    """The model that gives the replies of a recording again, after those that a resumed run has `done`."""
    from coder import recording

    return recording.ReplayModel(recording.read(Path(path)), done)


def _demo_folder() -> Path:
    """`coder-demo`, or the first numbered one that does not exist: a demo never touches what is there."""
    names = ["coder-demo", *(f"coder-demo-{number}" for number in range(2, 1000))]
    return next(Path(name) for name in names if not Path(name).exists())


def _goal_text(options: argparse.Namespace) -> str:
    words = " ".join(options.goal).strip()
    try:
        if words == "-" or (not words and not sys.stdin.isatty()):
            words = sys.stdin.read()
        words.encode()
    except UnicodeError as error:
        raise RefusedInput("The goal is not UTF-8.", "Write it in UTF-8, or in ASCII.") from error
    words = "".join(letter for letter in words if letter.isprintable() or letter in "\n\t").strip()
    if not words:
        raise RefusedInput("No goal was given.", 'Say what the library should be able to do: coder "slugify titles"')
    if len(words) > 20_000:
        raise RefusedInput(f"The goal has {len(words):,} characters; 20,000 is the most.", "Say it shorter.")
    return words


def _person_or_yes(options: argparse.Namespace) -> None:
    if options.json and not options.yes:
        raise RefusedInput("--json needs --yes: nobody can review on a stream of events.")
    if not options.yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise RefusedInput("Nobody can review here: this is no terminal.", "Add --yes to accept what is green.")


def _price_or_no_limit(settings: Settings) -> None:
    """A limit that could not hold is worse than none."""
    if settings.max_cost is not None and settings.model not in settings.prices and not settings.recording:
        raise RefusedInput(
            f"max_cost is {settings.max_cost:g}, and the price of {settings.model!r} is not set.",
            f"coder config set prices '{{{settings.model}: [INPUT, CACHED, OUTPUT]}}' (for a million tokens), "
            "or limit with --max-tokens.",
        )


def _person_and_listener(options: argparse.Namespace, settings: Settings) -> tuple[Any, Any]:
    from coder.person import Unattended

    if options.json:
        from coder.jsonlines import JsonLines

        return Unattended(), JsonLines(sys.stdout)
    from coder.screen import Screen

    screen = Screen()
    if options.yes:
        return Unattended(), screen
    from coder.terminal import Terminal

    return Terminal(screen, settings.root / ".coder", settings.editor or None), screen


def _model(settings: Settings) -> Any:
    """The model that the settings name.

    Raises:
        NoModel: there is no key; says in five lines what to set.
    """
    if settings.langchain:
        from coder.langchain_model import Bounds, LangChainModel

        return LangChainModel(settings.langchain, settings.langchain_options, bounds=Bounds(settings.silence))
    from coder.local_servers import find, is_loopback

    if not settings.key and not is_loopback(settings.base_url):
        servers = [
            f"  {server.kind} answers at {server.base_url} with {', '.join(server.models[:3])}" for server in find()
        ]
        lines = [
            "No model: there is no key in the environment.",
            "  export CODER_API_KEY=...        (or OPENAI_API_KEY)",
            "  export CODER_MODEL=...          the model's name at the endpoint",
            "  export CODER_BASE_URL=...       any OpenAI-compatible endpoint, a local one needs no key",
            "  coder demo                      see it work without any of that",
            *(servers or []),
        ]
        raise NoModel("\n".join(lines))
    from coder.openai_model import OpenAIModel, Options
    from coder.retry import Patience

    patience = Patience(read_s=settings.silence, total_s=settings.retry_time)
    options = Options(abilities=settings.root / ".coder" / "abilities.json")
    return OpenAIModel(settings.model, settings.base_url, settings.key, patience=patience, options=options)


# -- looking ----------------------------------------------------------------------------------------------------------


def undo(options: argparse.Namespace) -> int:
    """`coder undo`: take back the last save."""
    from coder import memory_commands

    return memory_commands.undo(options, _settings(options))


def log(options: argparse.Namespace) -> int:
    """`coder log [ID]`: the runs, or the effects of one."""
    from coder import memory_commands

    return memory_commands.log(options, _settings(options))


def plan(options: argparse.Namespace) -> int:
    """`coder plan`: the plan file as it stands; `--edit` opens it."""
    from coder import memory_commands

    return memory_commands.plan(options, _settings(options))


def library(options: argparse.Namespace) -> int:
    """`coder library …`."""
    from coder import library_commands

    return library_commands.run(options, _settings(options))


def doctor(options: argparse.Namespace) -> int:
    """`coder doctor`: everything a run needs, checked."""
    from coder import doctor as checks

    return checks.run(_settings(options), as_json=options.json)


def config(options: argparse.Namespace) -> int:
    """`coder config`, `coder config set NAME VALUE`."""
    if options.change:
        if options.change[0] != "set" or len(options.change) != 3:
            raise RefusedInput(f"config {' '.join(options.change)}: not understood.", "coder config set NAME VALUE")
        return _set(options.change[1], options.change[2])
    settings = _settings(options)
    values: dict[str, Any] = {**settings.to_json(), "key": "present" if settings.key else "missing"}
    for name in sorted(values.keys() - {"sources", "recording"}, key=list(values).index):
        value = values[name]
        print(f"{name:<18} {value!s:<42} {settings.sources.get(name, 'environment' if name == 'key' else 'default')}")
    print(f"\nYour own file: {user_file()}")
    return 0


def _set(name: str, text: str) -> int:
    import yaml

    from coder.settings import check_value, read_file

    path = user_file()
    values: dict[str, Any] = read_file(path) if path.is_file() else {}
    values[name] = check_value(name, yaml.safe_load(text))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(yaml.safe_dump(values, sort_keys=True), "utf-8")
    part.replace(path)
    print(f"{name} = {values[name]!r} in {path}")
    return 0


def completion(options: argparse.Namespace) -> int:
    """`coder completion SHELL`."""
    from coder.completion import script
    from coder.options import parser

    sys.stdout.write(script(options.shell, parser()))
    return 0


def _settings(options: argparse.Namespace) -> Settings:
    names = (
        "library",
        "model",
        "base_url",
        "langchain",
        "sandbox",
        "library_off",
        "max_rounds",
        "max_tokens",
        "max_cost",
        "max_time",
    )
    return settle({name: getattr(options, name, None) for name in names})


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": goal,
    "resume": resume,
    "undo": undo,
    "log": log,
    "plan": plan,
    "library": library,
    "demo": demo,
    "replay": replay,
    "doctor": doctor,
    "config": config,
    "completion": completion,
}
