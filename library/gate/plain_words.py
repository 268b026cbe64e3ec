"""Plain words: what the answer to a question tells apart, on one line, for somebody who has not seen the code. Pure."""

import ast
from collections.abc import Collection

from library.mutation.mutants import Mutant
from library.source.syntax_tree import expression

_LOOKS = {
    "empty": "something empty", "zero": "zero", "negative": "a negative number", "None": "None",
    "space": "a text with blanks", "upper": "capital letters", "has twins": "the same twice", "one": "a single item",
}  # fmt: skip
_EMPTY = (("''", "an empty text"), ('""', "an empty text"), ("[]", "an empty list"), ("{}", "an empty dict"))
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
RESULT, CODE = 24, 40  # letters of a result, and of a piece of code, that are read at one glance


def tells_apart(call: str, look: Collection[str], own: str, other: str, change: Mutant | None) -> str:
    """What an answer decides, such as "whether it gives 0 or an error for an empty text".

    Args:
        call: what is asked about.
        look: what is new about it beside the inputs that are known, in the words of `features`.
        own: what the draft gives.
        other: what another reading gives.
        change: of the code, that makes the other reading; None where that is another draft.
    """
    if change is not None and (signs := _signs(change)):
        return f"{signs[0]} or {signs[1]} at the border, in {_cut(change.before, CODE)}"
    results = sorted((_result(own), _result(other)))
    one_of = f"{results[0]} or {results[1]}"
    seen = [word for key, word in _LOOKS.items() if any(one.endswith(key) for one in look)]
    if seen:
        empty = next((words for sign, words in _EMPTY if sign in call), seen[0])
        return f"whether it gives {one_of} for {empty if seen[0] == _LOOKS['empty'] else seen[0]}"
    before, after = (_cut(change.before, CODE), _cut(change.after, CODE)) if change is not None else ("", "")
    if after and before != after:  # as they are where only what is cut off tells them apart
        return " or ".join(sorted((before, after)))
    if before and not after:
        return f"with or without {before}"
    return f"whether it gives {one_of}"


def _signs(change: Mutant) -> tuple[str, str] | None:
    """The two signs of a comparison that was changed in nothing else."""
    before, after = expression(change.before), expression(change.after)
    if not (isinstance(before, ast.Compare) and isinstance(after, ast.Compare)) or change.kind != "boundary":
        return None
    pairs = [(a, b) for a, b in zip(before.ops, after.ops, strict=False) if type(a) is not type(b)]
    if len(pairs) != 1:
        return None
    found = sorted(_SIGNS.get(type(op), "") for op in pairs[0])
    return (found[0], found[1]) if all(found) else None


def _result(text: str) -> str:
    if text.startswith("raises "):
        return "an error"
    return _cut(text)


def _cut(text: str, most: int = RESULT) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
