"""`coder library find` and `search`: functions by what they give, by signature, or by words."""

import argparse
import ast
import json
import re
from collections.abc import Sequence
from dataclasses import asdict

from coder.cli.library.show import archived_names, red_note, row
from coder.drafting.reuse import fitting
from coder.errors import RefusedInput
from coder.settings import Settings
from library.errors import SourceError
from library.examples.example import Example, parse_example
from library.sandbox import Sandbox
from library.search.by_signature import find as find_signature
from library.store import Library


def find(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Functions that fit: `f("P1D") == 86400` by example, `str -> int` by signature, all else by words."""
    query = list(options.query)
    examples = _examples(query)
    functions = [function for function in library.functions() if function.public]
    if examples:
        with Sandbox(level=settings.sandbox) as sandbox:
            found = fitting(examples, functions, library.good_source(), sandbox, limit=options.limit)
        rows = [(one.expression, one.why, asdict(one)) for one in found]
    elif "->" in " ".join(query):
        hits = find_signature(" ".join(query), functions, options.limit)
        rows = [(hit.function.signature, ", ".join(hit.why) or "fits exactly", hit.to_json()) for hit in hits]
    else:
        _check_call(" ".join(query))
        hits = library.search(" ".join(query), options.limit)
        rows = [(hit.function.signature, hit.function.summary, {"name": hit.function.name}) for hit in hits]
    if options.json:
        print(json.dumps([data for _, _, data in rows]))
    for shown, why, _ in [] if options.json else rows:
        print(f"{shown}\n    {why}")
    if not rows and not options.json:
        print("Nothing found.")
    return 0 if rows else 3


def search(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Functions by words."""
    hits = library.search(" ".join(options.words), options.limit)
    if options.json:
        print(json.dumps([{**row(hit.function), "score": round(hit.score, 3)} for hit in hits]))
    for hit in [] if options.json else hits:
        print(f"{hit.function.signature}{red_note(hit.function)}\n    {hit.function.summary}")
    words = "_".join(options.words).lower()
    gone = [name for name in archived_names(library) if words in name.lower()]
    for name in [] if options.json else gone:
        print(f"{name} (in the archive; back with coder library restore {name})")
    if not hits and not gone and not options.json:
        print("Nothing found.")
    return 0 if hits or gone else 3


def _check_call(text: str) -> None:
    """What begins like a call and is none was not meant as words.

    Raises:
        RefusedInput: says what is wrong with it.
    """
    if not re.match(r"\s*\w+\(", text):
        return
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
        raise RefusedInput(f"{text!r} is no example: {why}.", "Write one such as f(1) == 2.") from None


def _examples(query: Sequence[str]) -> list[Example]:
    """Each word of the command line as an example, or all together as one; none if they are not."""
    for texts in (query, [" ".join(query)]):
        try:
            return [parse_example(text, "person") for text in texts]
        except SourceError:
            continue
    return []
