"""Properties: what should hold for every input of a draft, looked at on the inputs that it was tried with."""

import ast
from collections.abc import Sequence

from library.draft.draft import Draft
from library.execution.marks import SLOW
from library.execution.variant_calls import VariantResults, try_draft
from library.gate.naming import words
from library.gate.static_checks import Check
from library.inputs.generate import Input, shape_of
from library.inputs.preconditions import fits
from library.inputs.value_types import value_type
from library.sandbox import Sandbox
from library.source.literals import literal
from library.source.signature import read_signature
from library.source.syntax_tree import FunctionNode, expression, find_function, read_tree
from library.source.types import UNSAID, type_of

# Exceptions that nobody raises on purpose, whatever is passed.
SLIPS = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SystemError")
_SETTLED_WORDS = """
    normalise normalize normalised normalized canonical canonicalise canonicalize clean cleaned dedupe
    deduplicate unique strip trim slugify squeeze sort sorted tidy
"""
_SETTLED = frozenset(_SETTLED_WORDS.split())
_PAIRS = (
    ("encode", "decode"), ("compress", "decompress"), ("encrypt", "decrypt"), ("pack", "unpack"), ("dumps", "loads"),
    ("dump", "load"), ("serialize", "deserialize"), ("serialise", "deserialise"), ("quote", "unquote"),
    ("escape", "unescape"), ("format", "parse"), ("to", "from"), ("flatten", "unflatten"), ("split", "join"),
)  # fmt: skip


def properties(
    draft: Draft, inputs: Sequence[Input], tried: VariantResults, allowed: Sequence[str] = ()
) -> tuple[Check, ...]:
    """What held for all inputs that the draft was tried with, and what they gave.

    Results may differ where the person allows the clock or chance.
    """
    return (
        _steady(inputs, tried, allowed),
        _no_undefined_names(inputs, tried, allowed),
        _typed_results(draft, inputs, tried),
        _ends(inputs, tried),
        _leaves_arguments(draft, inputs, tried),
    )


def laws(
    sandbox: Sandbox, setup: str, draft: Draft, inputs: Sequence[Input], tried: VariantResults
) -> tuple[Check, ...]:
    """What the name promises: that doing it again changes nothing, that the way there and back ends where it began.

    The other half of such a pair is looked for in `setup`: the draft with what it needs.
    """
    calls = [given.call for given, mark in zip(inputs, tried.marks, strict=True) if mark.startswith("=")][:60]
    plain = {call: node for call in calls if (node := _alone(call, draft.name)) is not None and _first_by_place(node)}
    found: list[Check] = []
    if _SETTLED & set(words(draft.name)) and plain and _one_parameter(draft):
        twice = [_once_more(node, call) for call, node in plain.items()]
        found.append(_agrees(sandbox, setup, "doing it twice", list(plain), twice))
    single = [call for call, node in plain.items() if len(node.args) == 1 and not node.keywords]
    if (back := _other_half(draft.name, setup)) and single and _one_parameter(draft):
        # A parser forgets what its text looked like, so it is its result that must come back, not its argument.
        again = [f"{draft.name}({back}({call}))" for call in single]
        found.append(_agrees(sandbox, setup, f"there and back with {back}", single, again))
    return tuple(found)


def _alone(call: str, name: str) -> ast.Call | None:
    """The call itself, if the text is nothing but a call of the function: not of what it gives, not a part of that."""
    node = expression(call)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
        return node
    return None


def _first_by_place(node: ast.Call) -> bool:
    return bool(node.args) and not isinstance(node.args[0], ast.Starred)


def _once_more(node: ast.Call, call: str) -> str:
    """The call with its own result in the place of its first argument; the others stay."""
    inner = ast.parse(call.strip(), mode="eval").body
    return ast.unparse(ast.Call(node.func, [inner, *node.args[1:]], node.keywords))


def _agrees(sandbox: Sandbox, setup: str, name: str, calls: Sequence[str], others: Sequence[str]) -> Check:
    """That each of the others gives what its call gives; a remark, since names promise less than they say."""
    tried = try_draft(sandbox, setup, [*calls, *others])
    first, second = tried.marks[: len(calls)], tried.marks[len(calls) :]
    wrong = [other for other, a, b in zip(others, first, second, strict=True) if a != b and SLOW not in (a, b)]
    shortest = min(wrong, key=len, default="")
    return Check(name, not wrong, f"not for {shortest}" if wrong else f"on {len(calls)} inputs", must=False)


def _steady(inputs: Sequence[Input], tried: VariantResults, allowed: Sequence[str]) -> Check:
    when = {inputs[number].call: told for number, told in tried.unsteady}
    calls = _shortest(inputs, [number for number, _ in tried.unsteady])
    excused = bool({"randomness", "clock"} & set(allowed))
    detail = f"{calls[0]} gives something else {when[calls[0]]}" if calls else f"on {len(inputs)} inputs"
    return Check("same result each time", not calls or excused, detail)


def _no_undefined_names(inputs: Sequence[Input], tried: VariantResults, allowed: Sequence[str]) -> Check:
    # A text that is evaluated may name what there is not: that is a slip of the text.
    slips = [name for name in SLIPS if name != "NameError" or "eval" not in allowed]
    numbers = [at for at, mark in enumerate(tried.marks) if mark.startswith("!") and mark[1:] in slips]
    calls = _shortest(inputs, numbers)
    if not calls:
        return Check("no undefined names", True, f"on {len(inputs)} inputs")
    name = next(tried.marks[at][1:] for at in numbers if inputs[at].call == calls[0])
    return Check("no undefined names", False, f"{calls[0]} raises {name}")


def _typed_results(draft: Draft, inputs: Sequence[Input], tried: VariantResults) -> Check:
    """Results are of the type that the signature names, on inputs that the docstring does not rule out; a remark, as
    types may be wider than what is checked here."""
    function = find_function(read_tree(draft.code, "the draft"), draft.name)
    wanted = value_type(type_of(function.returns)) if function is not None else UNSAID
    shape = shape_of(draft.code, draft.name, ())
    if shape is None or shape.before:
        return Check("result of its type", True, "not tried", must=False)
    wrong: list[int] = []
    for at, (mark, text) in enumerate(zip(tried.marks, tried.texts, strict=True)):
        if mark.startswith("=") and text and inputs[at].apt and _alone(inputs[at].call, draft.name) is not None:
            value = literal(text)
            if value is not None and not fits(value[0], wanted):
                wrong.append(at)
    calls = _shortest(inputs, wrong)
    if not calls:
        return Check("result of its type", True, must=False)
    result = next(tried.texts[at] for at in wrong if inputs[at].call == calls[0])
    said = ast.unparse(function.returns) if function is not None and function.returns is not None else ""
    return Check("result of its type", False, f"{calls[0]} gives {result}, which is no {said}", must=False)


def of_another_type(draft: Draft, gave: str, said: str) -> str:
    """Why what a draft gives is not what was said though equal to it: only one is what its signature names; else ""."""
    function = find_function(read_tree(draft.code, "the draft"), draft.name)
    one, other = literal(gave), literal(said)
    if function is None or function.returns is None or one is None or one != other or other is None:
        return ""
    wanted = value_type(type_of(function.returns))
    if type(one[0]) is type(other[0]) or fits(one[0], wanted) or not fits(other[0], wanted):
        return ""
    return f"{gave} is no {ast.unparse(function.returns)}, as {said} is"


def _ends(inputs: Sequence[Input], tried: VariantResults) -> Check:
    """It comes to an end on every input that the docstring does not rule out."""
    calls = _shortest(inputs, [at for at, mark in enumerate(tried.marks) if mark == SLOW and inputs[at].apt])
    return Check(
        "ends", not calls, f"{calls[0]} does not get done" if calls else f"on {len(inputs)} inputs", must=False
    )


def _leaves_arguments(draft: Draft, inputs: Sequence[Input], tried: VariantResults) -> Check:
    calls = _shortest(inputs, tried.changed)
    function = find_function(read_tree(draft.code, "the draft"), draft.name)
    doc = (ast.get_docstring(function) or "").lower() if function is not None else ""
    meant = "in place" in doc or "in-place" in doc or "inplace" in draft.name.replace("_", "")
    detail = f"{calls[0]} changes what it is given" if calls else f"on {len(inputs)} inputs"
    return Check("arguments left alone", not calls or meant, detail, must=False)


def _shortest(inputs: Sequence[Input], numbers: Sequence[int]) -> list[str]:
    return sorted((inputs[number].call for number in numbers), key=lambda call: (len(call), call))


def _one_parameter(draft: Draft) -> bool:
    function = find_function(read_tree(draft.code, "the draft"), draft.name)
    if function is None:
        return False
    return read_signature(function).arity[0] == 1 and function.args.vararg is None


def _other_half(name: str, setup: str) -> str:
    """The function that undoes this one, by its name: encode_x for decode_x; "" if there is none."""
    there = {n.name for n in read_tree(setup, "the draft").body if isinstance(n, FunctionNode)}
    parts = name.split("_")
    for one, other in _PAIRS:
        for mine, theirs in ((one, other), (other, one)):
            if mine in parts:
                partner = "_".join(theirs if part == mine else part for part in parts)
                if partner in there and partner != name:
                    return partner
    return ""
