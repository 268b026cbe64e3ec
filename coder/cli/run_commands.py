"""The commands that work on a goal (run, resume, demo, replay), and the table of all commands."""

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coder.cli.build_parts import check_person, check_price, model_of, person_and_listener, settings_of
from coder.cli.config_commands import config
from coder.errors import RecordingOver, RefusedInput
from coder.settings import Settings

if TYPE_CHECKING:
    from coder.app import Ending


Command = Callable[[argparse.Namespace], int]
CHANGING = {"undo", "restore", "rename", "archive", "tidy", "import"}  # actions that change the library
DEMO = Path(__file__).parent.parent / "demo.jsonl"


def run(options: argparse.Namespace) -> int:
    """Carry out a parsed command line."""
    return COMMANDS[options.command or "run"](options)


# -- runs -------------------------------------------------------------------------------------------------------------


def goal(options: argparse.Namespace) -> int:
    """`coder GOAL`: plan, write, review, save."""
    text = _goal_text(options)
    settings = settings_of(options)
    check_person(options)
    check_price(settings)
    _be_sure(options, settings)
    return _work(options, settings, model_of(settings), text)


def resume(options: argparse.Namespace) -> int:
    """`coder resume`: replay what is recorded, then go on live."""
    settings = settings_of(options)
    from coder.run.journal import JOURNAL, Journal

    _be_sure(options, settings)
    path = settings.root / ".coder" / JOURNAL
    with Journal.open(path, options.id or _to_go_on(path), look=True) as seen:
        settings = _resumed(options, settings, seen.settings)
        done = [effect.name.removeprefix("model:") for effect in seen.effects() if effect.name.startswith("model:")]
    check_person(options)
    check_price(settings)
    model = _recorded(settings.recording, done) if settings.recording else model_of(settings)
    return _work(options, settings, model, Journal.open(path, seen.run))


def _resumed(options: argparse.Namespace, settings: Settings, recorded: Mapping[str, Any]) -> Settings:
    """The settings to go on with; what is not taken from a journal is told.

    Raises:
        RefusedInput: the run gave the replies of a recording, and nobody says of which.
    """
    found = settings.resumed(recorded)
    if missed := [f"--{name.replace('_', '-')}" for name in settings.missed(recorded)]:
        print(f"coder: the run began with {', '.join(missed)}; that counts only if you give it again.", file=sys.stderr)
    replayed = recorded.get("replayed") or recorded.get("recording")
    if options.recording:
        return replace(found, recording=str(Path(options.recording).resolve()))
    if replayed == DEMO.name:
        return replace(found, recording=str(DEMO))
    if replayed:
        raise RefusedInput(
            f"This run gives the replies of a recording again ({str(replayed)[:200]}).",
            "Go on with: coder resume --recording FILE",
        )
    return found


def _be_sure(options: argparse.Namespace, settings: Settings) -> None:
    """Nothing is written, and nothing of `.coder` read, in a folder that brought something with it untrusted."""
    from coder.cli.trust import be_sure, somebody_here

    be_sure(settings.root, ask=somebody_here(options))


def _to_go_on(path: Path) -> str | None:
    """The run that `coder resume` goes on with: the newest that can, and that nobody is at."""
    from coder.run.journal import Journal

    able = [row for row in Journal.runs(path) if row.goes_on]
    return next((row.id for row in able if not row.live), able[0].id if able else None)


def _work(options: argparse.Namespace, settings: Settings, model: Any, what: Any, plan: str = "") -> int:
    """Work on a goal, or go on with a journal, and say how to go on if something is left to do."""
    from coder.run.events import Event

    person, listener = person_and_listener(options, settings)
    try:
        listener(Event("working", {"what": "starting"}))
        from coder import app  # the most of all that there is to import: somebody waits meanwhile

        parts = app.parts(settings, model, person, listener)
        if settings.recording:
            model.listener = listener
        ending = app.start(what, parts, plan) if isinstance(what, str) else app.resume(what, parts)
    finally:
        if close := getattr(person if person.present else listener, "close", None):
            close()
    if ending.status != "done":
        _say_how_to_go_on(ending, settings)
    return 0 if options.command == "demo" and isinstance(ending.error, RecordingOver) else ending.exit_code


def _say_how_to_go_on(ending: "Ending", settings: Settings) -> None:
    if not sys.stdout.isatty():  # on a terminal it stands right above
        print(f"coder: {ending.error.message if ending.error else ending.summary}", file=sys.stderr)
    if not ending.goes_on:
        return  # it was ended on purpose: the same would come of it again
    print(f"coder: nothing is lost; go on with: coder resume{_again(settings)}", file=sys.stderr)


def _again(settings: Settings) -> str:
    """The options that a journal does not keep and that were given: they have to be given again."""
    given = [name for name in ("library", "sandbox", "base_url", "langchain") if settings.sources.get(name) == "option"]
    words = [f"--{name.replace('_', '-')} {shlex.quote(str(settings.shown()[name]))}" for name in given]
    if settings.recording and settings.recording != str(DEMO):
        words.append(f"--recording {shlex.quote(settings.recording)}")
    return "".join(f" {word}" for word in words)


def demo(options: argparse.Namespace) -> int:
    """`coder demo`: the recording that ships with the program, in a folder of its own."""
    if not options.library:
        options.library = str(_folder("coder-demo"))
    return _replay(options, DEMO)


def replay(options: argparse.Namespace) -> int:
    """`coder replay FILE`, or `--export [ID]` to make one."""
    if options.export is not None:
        from coder.run import recording
        from coder.run.journal import JOURNAL, Journal

        path = settings_of(options).root / ".coder" / JOURNAL
        rows = Journal.runs(path)
        if not rows:
            raise RefusedInput(
                "There is no run to export here.", "Run a goal first, or name the folder with --library."
            )
        sys.stdout.write(recording.export(Journal.open(path, options.export or rows[0].id, look=True)))
        return 0
    if not options.file:
        raise RefusedInput("Which recording?", "coder replay FILE, or make one: coder replay --export > FILE")
    file = Path(options.file).resolve()
    if not options.library:  # what is in the person's library is no part of a recording, and must not be touched by one
        options.library = str(_folder("coder-replay"))
    return _replay(options, file)


def _replay(options: argparse.Namespace, path: Path) -> int:
    from coder.run import recording

    settings = replace(settings_of(options), recording=str(path))
    text = recording.read(path).goal
    check_person(options)
    _be_sure(options, settings)
    return _work(options, settings, _recorded(settings.recording, []), text)


def _recorded(path: str, done: Sequence[str]) -> Any:
    """The model that gives the replies of a recording again, after those that a resumed run has `done`."""
    from coder.run import recording

    return recording.ReplayModel(recording.read(Path(path)), done)


def _folder(name: str) -> Path:
    """A folder of this name, or the first numbered one that does not exist: a recording never touches what is there."""
    names = [name, *(f"{name}-{number}" for number in range(2, 1000))]
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


# -- looking ----------------------------------------------------------------------------------------------------------


def plan(options: argparse.Namespace) -> int:
    """`coder plan`: the plan file as it stands; `--edit` opens it, `--start` works on it as a new run."""
    from coder.cli import history_commands

    settings = settings_of(options)
    if options.edit or options.start:
        _be_sure(options, settings)
    if not options.start:
        return history_commands.plan(options, settings)
    text, given = history_commands.plan_to_start(settings, options.id)
    check_person(options)
    check_price(settings)
    return _work(options, settings, model_of(settings), text, given)


def completion(options: argparse.Namespace) -> int:
    """`coder completion SHELL`."""
    from coder.cli.completion import script
    from coder.cli.parser import parser

    sys.stdout.write(script(options.shell, parser(implied=True)))
    return 0


def _late(file: str, action: str, writes: Callable[[argparse.Namespace], object] = lambda _: False) -> Command:
    """What a command does that is in another file, imported when it is asked for; `writes`: into the library."""

    def carry_out(options: argparse.Namespace) -> int:
        settings = settings_of(options)
        if writes(options):
            _be_sure(options, settings)
        return getattr(import_module(f"coder.cli.{file}"), action)(options, settings)

    return carry_out


COMMANDS: dict[str, Command] = {
    "run": goal,
    "resume": resume,
    "undo": _late("undo", "undo", lambda _: True),
    "redo": _late("undo", "redo", lambda _: True),
    "runs": _late("history_commands", "runs", lambda options: options.action),
    "log": _late("history_commands", "log"),
    "plan": plan,
    "library": _late("library.commands", "run", lambda options: options.action in CHANGING),
    "demo": demo,
    "replay": replay,
    "doctor": _late("doctor", "run"),
    "config": config,
    "trust": _late("trust", "run"),
    "completion": completion,
}
