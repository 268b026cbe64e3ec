"""What the command line understands: the commands and their options; light, read by cli, completion and tests."""

import argparse
from typing import Any, ClassVar

from coder.version import VERSION
from memory.errors import RefusedInput

COMMANDS = {
    "run": "work on a goal (the word may be left out)",
    "resume": "go on with a run that was stopped",
    "undo": "take back the last save, or all saves of a run",
    "redo": "bring back what the last undo took away",
    "log": "the history of runs, or one run step by step",
    "runs": "the runs and which of them can go on; drop one",
    "plan": "the plan and how far it is; edit it, start it",
    "library": "list, show, search, test the functions",
    "demo": "a recorded goal through the real flow; needs no key",
    "replay": "run a recording again, or export one",
    "doctor": "check python, git, sandbox, model and key",
    "config": "the settings and where each comes from",
    "trust": "use what a folder brought with it: its .coder, its git settings and hooks",
    "completion": "a completion script for bash, zsh or fish",
}

ACTIONS = {
    "list": "every function with its first line",
    "show": "one function: source, tests, evidence, callers, history; --diff shows each change",
    "search": "functions by words",
    "find": "functions by example, f(1) == 2, by signature, str -> int, or by words",
    "test": "run test_library.py with pytest in the sandbox",
    "path": "the folder, for PYTHONPATH",
    "undo": "take one function back to its version before",
    "restore": "bring a function back from the archive, or an earlier version with --at",
    "rename": "a new name, with callers and tests rewritten",
    "archive": "move functions out of the way; --unused proposes those that nobody uses",
    "report": "what is used, by whom and when; what is not",
    "tidy": "what is said twice, said once: one diff in steps, each checked; take all, none or some",
    "serve": "an MCP server over stdin and stdout: the functions as tools, run in the sandbox",
    "export": "an installable, typed, documented package with the functions and their tests",
    "import": "functions of a file, a folder or an installed package, through the same gate",
}

# Words that people try although they are no commands here, and what does it.
USUAL = {
    "help": "coder --help",
    "version": "coder --version",
    "ls": "coder library list",
    "status": "coder plan",
    "init": 'coder "goal", which sets up what is not there; coder doctor looks at it',
    "start": 'coder "goal"',
    "continue": "coder resume",
    "history": "coder log",
    "settings": "coder config",
}

EPILOG = """examples:
  coder "parse ISO 8601 durations such as P3DT4H30M into seconds"
  coder --yes --max-cost 0.50 "slugify titles" < /dev/null
  echo "round to significant digits" | coder --yes --json
  coder resume                 go on after Ctrl-C, a crash or kill -9
  coder library search roman   coder library show to_roman
  coder undo                   take back the last save; coder redo brings it back

exit codes: 0 done, 1 fault, 2 refused input, 3 unfinished, 4 no model, 5 no sandbox, 130 interrupted;
more in docs/exit_codes.md
"""


class Parser(argparse.ArgumentParser):
    """A parser that refuses in our way, and says to completion which of its arguments are files and folders."""

    values: ClassVar[dict[str, bool]] = {}  # each option of ours that a value follows; whether it may be left out

    def error(self, message: str) -> Any:
        raise RefusedInput(f"{message}.", f"See: {self.prog} --help")

    def add_argument(self, *names: str, **settings: Any) -> argparse.Action:
        action = super().add_argument(*names, **settings)
        if action.nargs != 0:  # 0: a switch
            self.values.update(dict.fromkeys(action.option_strings, action.nargs == "?"))
        shown = settings.get("metavar", names[0])
        if shown in ("DIR", "FILE", "FILE_OR_PACKAGE", "file"):
            vars(action)["complete"] = "directory" if shown == "DIR" else "file"
        return action


def parser(implied: bool = False) -> argparse.ArgumentParser:
    """The whole command line; also read by the completion scripts and by the test of the docs.

    Args:
        implied: with the options of `run`, whose name may be left out, at the top too.
    """
    top = Parser(
        prog="coder",
        description="A coding agent that grows a library of tested functions.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"coder {VERSION}")
    subs = top.add_subparsers(dest="command", metavar="COMMAND")
    made = {
        name: subs.add_parser(name, help=text, description=text, allow_abbrev=False) for name, text in COMMANDS.items()
    }
    for sub in (*made.values(), *[top][: int(implied)]):
        sub.add_argument("--library", metavar="DIR", help="folder of the library")
    if implied:
        _add_run_options(top, "run")
    for name in ("run", "resume", "plan", "demo", "replay"):
        _add_run_options(made[name], name)
    made["run"].add_argument("goal", nargs="*", help="what the library should be able to do; - reads it from stdin")
    made["resume"].add_argument("id", nargs="?", help="id of the run; the newest unfinished one if left out")
    made["resume"].add_argument("--recording", metavar="FILE", help="the recording that the run gives again")
    made["trust"].add_argument("directory", nargs="?", metavar="DIR", help="the folder; the library's if left out")
    made["trust"].add_argument("--list", action="store_true", help="what is trusted")
    made["trust"].add_argument("--forget", metavar="DIR", help="trust nothing of this folder any more")
    made["log"].add_argument("id", nargs="?", help="id of a run, to see its steps")
    made["log"].add_argument("--json", action="store_true", help="one run or effect a line as JSON")
    made["runs"].add_argument("action", nargs="?", choices=["drop"], help="let nobody go on with a run")
    made["runs"].add_argument("ids", nargs="*", metavar="ID", help="of the run to drop")
    made["runs"].add_argument("--json", action="store_true", help="one run a line as JSON")
    made["plan"].add_argument("id", nargs="?", help="id of a run; the one that the plan file shows if left out")
    made["plan"].add_argument("--edit", action="store_true", help="edit the plan in your editor")
    made["plan"].add_argument("--start", action="store_true", help="work on the plan as it stands, as a new run")
    made["undo"].add_argument("-y", "--yes", action="store_true", help="do not ask")
    made["undo"].add_argument("--run", nargs="?", const="", metavar="ID", help="all saves of a run; the last one's")
    for name in ("undo", "redo"):
        made[name].add_argument("--anyway", action="store_true", help="even if a test that depends on it turns red")
    made["replay"].add_argument("file", nargs="?", help="the recording to run")
    made["replay"].add_argument("--export", nargs="?", const="", metavar="ID", help="print a run as a recording")
    made["config"].add_argument(
        "change", nargs="*", metavar="set NAME VALUE", help="write a setting into your own file"
    )
    made["doctor"].add_argument("--json", action="store_true", help="as JSON")
    made["completion"].add_argument("shell", choices=["bash", "zsh", "fish"])
    _add_library_commands(made["library"])
    return top


def _add_run_options(sub: argparse.ArgumentParser, name: str) -> None:
    sub.add_argument("-y", "--yes", action="store_true", help="ask nothing: accept what is green")
    sub.add_argument("--json", action="store_true", help="one event a line on stdout (docs/events.md); needs --yes")
    sub.add_argument("--sandbox", metavar="LEVEL", help="best, L3, L2, L1 or L0")
    sub.add_argument("--max-rounds", type=int, metavar="N", help="rounds of the loop (30)")
    if name == "run":
        off = "show the model nothing of the library, to compare"
        sub.add_argument("--library-off", action="store_true", default=None, help=off)
    if name in ("run", "resume", "plan"):
        sub.add_argument("--max-tokens", type=int, metavar="N", help="tokens in and out")
        sub.add_argument("--max-cost", type=float, metavar="X", help="cost, if the price is set")
        sub.add_argument("--max-time", type=float, metavar="S", help="seconds")
        sub.add_argument("--model", metavar="NAME", help="model at the endpoint, or one of `models` in the settings")
        sub.add_argument("--base-url", metavar="URL", help="OpenAI-compatible endpoint")
        sub.add_argument("--temperature", type=float, metavar="X", help="of every request")
        sub.add_argument("--reply-tokens", type=int, metavar="N", help="tokens that one reply may have")
        sub.add_argument("--reasoning-effort", metavar="LEVEL", help="as the model names them: low, medium, high")
        sub.add_argument("--window", type=int, metavar="N", help="tokens that the model can read")
        sub.add_argument("--request", metavar="JSON", help="more fields for every request, as one JSON object")
        sub.add_argument("--no-stream", dest="stream", action="store_false", default=None, help="ask for whole replies")
        sub.add_argument("--langchain", metavar="PACKAGE:CLASS", help="a LangChain chat model instead")


def _add_library_commands(sub: argparse.ArgumentParser) -> None:
    actions = sub.add_subparsers(dest="action", metavar="ACTION")
    for name, text in ACTIONS.items():
        action = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        # without a default of its own, which would replace what was given before the action
        action.add_argument("--library", metavar="DIR", help="folder of the library", default=argparse.SUPPRESS)
        if name not in ("path", "serve", "export", "import"):
            action.add_argument("--json", action="store_true", help="as JSON")
        if name in ("show", "undo", "restore", "rename"):
            action.add_argument("name")
        if name == "show":
            action.add_argument("--diff", action="store_true", help="with the difference to each version before")
        if name == "restore":
            action.add_argument("--at", metavar="SHA", help="as it was in this commit")
        if name == "rename":
            action.add_argument("new")
        if name == "archive":
            action.add_argument("names", nargs="*", metavar="name")
            action.add_argument("--unused", action="store_true", help="propose what nobody uses and is not young")
            action.add_argument("--days", type=int, default=14, metavar="N", help="young up to this age (14)")
            action.add_argument("-y", "--yes", action="store_true", help="with --unused: do not ask")
        if name == "report":
            action.add_argument("--duplicates", action="store_true", help="run all functions against each other")
        if name == "find":
            action.add_argument("query", nargs="+", metavar="EXAMPLE")
            action.add_argument("--limit", type=int, default=10)
        if name in ("serve", "import"):
            action.add_argument("--names", type=_names, default=[], metavar="A,B", help="only these functions")
        if name == "export":
            action.add_argument("directory", metavar="DIR", help="folder to write; new, or of a former export")
            action.add_argument("--name", metavar="NAME", help="name of the package; the folder's if left out")
        if name == "import":
            action.add_argument("file", metavar="FILE_OR_PACKAGE")
            action.add_argument("--licence", metavar="TEXT", default="", help="the licence, if it cannot be found")
            action.add_argument("--allow", type=_names, default=[], metavar="A,B", help="files, clock, network, ...")
            action.add_argument("-y", "--yes", action="store_true", help="ask nothing: take what is green")
        if name == "tidy":
            action.add_argument("--dry-run", action="store_true", help="only show the steps")
            action.add_argument("-y", "--yes", action="store_true", help="ask nothing: take every step that holds")
            action.add_argument("--steps", metavar="1,3", default="", help="with --yes: only these steps")
            action.add_argument("--remove", action="store_true", help="duplicates go; nothing outside uses their names")
        if name == "search":
            action.add_argument("words", nargs="+")
            action.add_argument("--limit", type=int, default=10)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
