"""How the evidence of functions follows them: at a save, under a new name, into the archive and back."""

import re
from dataclasses import replace

from library.change import Change
from library.editing.red_mark import is_marked
from library.editing.rename import rename_names
from library.errors import SourceError
from library.evidence.evidence import FOLDER, Evidence, Shown, evidence_file, read_evidence
from library.source.function import Parsed
from library.source.incremental import reparse
from library.store import Library

Files = dict[str, str | None]  # file -> text, None to delete it: what Library.save takes along


def record(library: Library, name: str, file: str = "") -> Evidence | None:
    """The evidence of a function, in its own file unless another is named; None if none is there that can be read."""
    return _read(library.memory.read(file or evidence_file(name)), name)


def saved(change: Change, evidence: Evidence) -> Files:
    """The evidence as a file of the same commit, for the function as it will stand in the library."""
    function = change.state.parsed.get(evidence.name)
    settled = replace(evidence, digest=function.digest) if function is not None else evidence
    return {evidence_file(evidence.name): settled.text}


def renamed(library: Library, change: Change, old: str, new: str) -> Files:
    """What a new name does: the function's evidence moves, that of its callers stays true of their new text."""
    files: Files = {evidence_file(old): None}
    for name in (old, *change.affected):
        before, after = library.get(name), change.state.parsed.get(new if name == old else name)
        found = record(library, name)
        if found is None or before is None or after is None:
            continue
        told = under(found, old, new) if name == old else found
        # evidence of an earlier version stays evidence of an earlier version
        digest = after.digest if found.digest == before.digest else found.digest
        files[evidence_file(told.name)] = replace(told, digest=digest).text
    return files


def under(evidence: Evidence, old: str, new: str) -> Evidence:
    """The evidence with its function under another name."""

    def call(text: str) -> str:
        try:
            return rename_names(text, {old: new})
        except SourceError:
            return text

    def words(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(re.sub(rf"\b{re.escape(old)}\(", f"{new}(", text) for text in texts)

    def shown(one: Shown) -> Shown:
        return replace(one, call=call(one.call))

    return replace(
        evidence,
        name=new,
        results=tuple(map(shown, evidence.results)),
        asked=words(evidence.asked),
        surviving=words(evidence.surviving),
        tests=tuple(text.replace(f"test_{old}__", f"test_{new}__") for text in evidence.tests),
    )


def archived_file(name: str) -> str:
    """Where the evidence of a function in the archive lies."""
    return f"{FOLDER}/archived/{name}.json"


def archived(library: Library, name: str) -> Files:
    """Into the archive: the evidence goes out of the way with its function."""
    text = library.memory.read(evidence_file(name))
    return {evidence_file(name): None, archived_file(name): text} if text else {}


def restored(library: Library, name: str) -> Files:
    """Out of the archive again."""
    text = library.memory.read(archived_file(name))
    return {archived_file(name): None, evidence_file(name): text} if text else {}


def earlier(library: Library, name: str, sha: str) -> Files:
    """The evidence as it was when a version was saved; none if that version had none."""
    return {evidence_file(name): library.memory.at(evidence_file(name), sha) or None}


def was_red(library: Library, name: str, sha: str) -> bool:
    """Whether a version of a function was saved although it was red."""
    known = _read(library.memory.at(evidence_file(name), sha), name)
    function = reparse(Parsed(()), library.memory.at(library.names.library, sha)).get(name)
    return (known is not None and "although red" in known.accepted) or (
        function is not None and is_marked(function.source)
    )


def _read(text: str, name: str) -> Evidence | None:
    try:
        return read_evidence(text, name)
    except SourceError:
        return None
