"""A step of the tidy pass: new texts for some functions, perhaps a new one; and the library with steps done. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from library.editing.dunder_all import change_listing
from library.editing.edits import EditedText, take_out
from library.editing.import_block import change_imports
from library.editing.rename import rename_names
from library.editing.splice import Spliced, orphans
from library.errors import SourceError
from library.source.function import Parsed, parse
from library.suite.suite import Suite, own_prefixes, rename_in, rename_parsed, renamed

Kind = Literal["duplicate", "shared", "general"]


@dataclass(frozen=True)
class TidyStep:
    """One change that stands alone: no two steps of a proposal touch the same function.

    Attributes:
        kind: "duplicate": two functions that are one; "shared": a part that several have; "general": functions that
            differ in literals only.
        title: what it does, on one line.
        texts: new text of each function that it touches; "" for one that goes.
        base: the texts as they were.
        added: name of the new function; "" if there is none.
        code: its text.
        above: the function above which it is put.
        instead: for each function that goes the one that takes its place, in the tests too.
        saves: nodes of syntax that there are fewer; the best steps come first.
        proved: equal by its text; else only on all inputs that were tried.
    """

    kind: Kind
    title: str
    texts: Mapping[str, str]
    base: Mapping[str, str]
    added: str = ""
    code: str = ""
    above: str = ""
    instead: Mapping[str, str] = field(default_factory=dict[str, str])
    saves: int = 0
    proved: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The functions that it touches, those that stay first."""
        return tuple(sorted(self.texts, key=lambda name: not self.texts[name]))

    def renamed(self, new: str, taken: Collection[str]) -> "TidyStep":
        """The same step with another name for its new function.

        Raises:
            SourceError: it adds none, or the name is taken or is none.
        """
        if not self.added:
            raise SourceError(f"This step adds no function that could be called {new!r}.")
        if not re.fullmatch(r"[A-Za-z_]\w*", new) or new in taken:
            raise SourceError(f"{new!r} is taken, or no name for a function.", "Choose another one.")
        names = {self.added: new}
        return replace(
            self,
            title=re.sub(rf"\b{re.escape(self.added)}\b", new, self.title),
            texts={name: rename_names(text, names) for name, text in self.texts.items()},
            added=new,
            code=rename_names(self.code, names),
        )


def done(parsed: Parsed, suite: Suite, steps: Sequence[TidyStep]) -> tuple[Spliced, Suite]:
    """The library and its tests with these steps done.

    Private helpers and imports that nothing needs any more go too.

    Raises:
        SourceError: a function has changed since, or a new name is taken.
    """
    sheet = EditedText(parsed)
    texts = {name: text for step in steps for name, text in step.texts.items()}
    added = [step.added for step in steps if step.added]
    _check(parsed, steps, added)
    new = parse("\n\n".join([*texts.values(), *(step.code for step in steps)]), "the tidied functions")
    uses = {name for piece in new.pieces for name in piece.uses}
    instead = {old: keep for step in steps for old, keep in step.instead.items()}
    gone = orphans(parsed, texts.keys(), kept={*suite.private, *uses})
    gone |= {name for name, text in texts.items() if not text}
    dropped = change_imports(sheet, None, gone | texts.keys(), frozenset(uses))
    for name, text in texts.items():
        piece = parsed.definition(name)
        if text and piece is not None:
            sheet.over(parsed.number(piece), text)
    for step in steps:
        piece = parsed.definition(step.above)
        if step.code and piece is not None:
            sheet.before(parsed.number(piece), f"{step.code.rstrip()}{sheet.newline * 3}")
    take_out(sheet, gone)
    change_listing(sheet, [name for name in added if not name.startswith("_")], gone)
    result = Spliced(
        sheet.result(),
        tuple(added),
        tuple(name for name in texts if name not in gone),
        removed=tuple(sorted(gone | dropped)),
    )
    for old, keep in instead.items():
        suite = _one_for_the_other(suite, old, keep)
    return result, suite


def _check(parsed: Parsed, steps: Sequence[TidyStep], added: Sequence[str]) -> None:
    for step in steps:
        for name, text in step.base.items():
            piece = parsed.definition(name)
            if piece is None or piece.text != text:
                raise SourceError(f"{name!r} has changed meanwhile.", "Run the tidy pass again.")
    taken = [name for name in added if name in parsed.names or added.count(name) > 1]
    if taken:
        raise SourceError(f"The library already has {taken[0]!r}.", "Choose another name.")


def _one_for_the_other(suite: Suite, old: str, keep: str) -> Suite:
    """The tests of one function as tests of another that does the same; all of them stay."""
    own = {piece.name for piece in suite.own(old)}
    free, number = f"{keep}__as_{old.strip('_')}", 2
    while any(name.startswith(own_prefixes(free)) for name in suite.parsed.by_name):
        free, number = f"{keep}__as_{old.strip('_')}_{number}", number + 1
    names = {name: renamed(name, old, free) for name in own}
    suite = Suite(rename_parsed(suite.parsed, names), suite.module)
    return rename_in(suite, old, keep)
