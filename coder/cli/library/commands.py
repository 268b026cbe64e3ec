"""`coder library …`: which file and function does what; each is imported when it is asked for."""

import argparse
import sys
from importlib import import_module

from coder.errors import RefusedInput
from coder.settings import Settings
from library.search.index import Index
from library.store import Library
from memory.errors import Untrusted
from memory.git.trust import check
from memory.store import Memory

ACTIONS = {
    "list": "show.list_functions",
    "show": "show.show",
    "search": "find.search",
    "find": "find.find",
    "test": "test.test",
    "tidy": "tidy.tidy",
    "path": "commands.path",
    "undo": "restore.undo",
    "restore": "restore.restore",
    "rename": "rename.rename",
    "archive": "archive.archive",
    "report": "report.report",
    "serve": "serve.serve",
    "export": "export.export",
    "import": "import_functions.bring",
}


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Carry out one action on the library that the settings name."""
    if not options.action:
        raise RefusedInput("library: which action?", f"One of: {', '.join(ACTIONS)}.")
    library = Library(Memory(settings.root))
    try:
        usable = settings.root.is_dir() and (check(library.memory.private) or True)
    except Untrusted as problem:
        print(f"coder: {problem}", file=sys.stderr)  # to look is allowed all the same: nothing of it is read
        usable = False
    if not usable:
        library.index = Index(None, library.path.name)  # whoever only looks gets no folder
    if problem := library.problem():
        print(f"coder: {problem}", file=sys.stderr)
    file, _, action = ACTIONS[options.action].partition(".")
    return getattr(import_module(f"coder.cli.library.{file}"), action)(options, library, settings)


def path(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """The folder, as PYTHONPATH wants it."""
    print(library.path.parent)
    return 0
