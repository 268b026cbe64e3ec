"""What a line of a plan says: the mark of a step, a signature, an example. Pure; tolerant of models and people."""

import ast
import re
import tokenize
import warnings
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO

# "1.", "1)", "Step 1:", "- [ ] 1.", "### 2.", "[x]", "☑": number and checkbox in any order, at least one of them.
_BOX = r"(?:\[(\s*(?:[-xX✓✔√✅☑~]|done|todo|open)?\s*)\]|([☐☑✅✓✔]))"
_NUMBER = r"(?:step\s*)?\d{1,3}\s*[.):](?!\d)"
_BEFORE = r"(?:[-*+•]\s+)?(?:#{1,6}\s+)?(?:\*\*|__)?\s*"
_MARK = re.compile(
    rf"{_BEFORE}(?:{_NUMBER}\s*(?:\*\*|__)?\s*{_BOX}?|{_BOX}\s*(?:{_NUMBER})?)\s*",
    re.IGNORECASE,
)
_HEADING = re.compile(r"#{1,6}\s+")
BULLET = re.compile(r"(?:[-*+•]|\d{1,2}[.)]|\([a-z\d]\))\s+")
_DONE = {"x", "✓", "✔", "done", "☑", "✅", "√"}
_CUTS = (":", " - ", " — ", " – ", " # ", "  ", ". ", "** ", "` ")
_ARROWS = (" -> ", " => ", " → ", " ⇒ ", " returns ", " gives ")
_TAILS = re.compile(r"\s+(?:#|—|–|//)\s.*$|\s+\([^()]*\)$|[.,;]$")
_ERROR_NAME = r"(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)"
_QUOTED = re.compile(r"(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')")
_LABELLED = re.compile(r"[A-Za-z][\w ,/-]{0,30}:\s+")  # "empty: f("") == 0"
_TYPES = {"int", "str", "float", "bool", "list", "dict", "set", "tuple", "bytes", "object"}


@dataclass(frozen=True)
class Mark:
    """The beginning of a step: what follows it in the line, and whether it is ticked."""

    rest: str
    done: bool


def mark(line: str) -> Mark | None:
    """The mark at the beginning of a line without indentation, None when there is none."""
    found = _MARK.match(line)
    if found:
        box = next((text for text in found.groups() if text is not None), "")
        return Mark(line[found.end() :].strip(), box.strip().lower() in _DONE)
    heading = _HEADING.match(line)
    if heading and signature(line[heading.end() :]):
        return Mark(line[heading.end() :].strip(), False)
    return Mark(line, False) if re.match(r"(async\s+)?def\s", line) and signature(line) else None


def signature(text: str) -> tuple[str, str, str] | None:
    """The function signature at the beginning of a text.

    Returns:
        (name, signature without `def` and colon, what follows it), None when there is none that Python parses.
    """
    plain = text.strip()
    for attempt in (plain, plain.replace("`", ""), re.sub(r"\*\*|__(?=\s|$|`)|`", "", plain)):
        bare = re.sub(r"^(?:async\s+)?def\s+", "", attempt.strip("`* "))
        close = bare.find(")")
        if not re.match(r"[^\W\d]\w*\s*\(", bare) or close < 0:
            continue
        ends = sorted(
            {len(bare), *(at for cut in _CUTS for at in _places(bare, cut) if at > close)}
            | {at + 1 for at in _places(bare, ")")},
            reverse=True,
        )
        for end in ends:
            head = bare[:end].strip().rstrip("`*").rstrip()
            if name := _function_name(head):
                return name, _with_single_blanks(head), bare[end:].strip("`* ").lstrip(" :-—–#`*.")
    return None


def _places(text: str, cut: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(cut), text)]


def _function_name(head: str) -> str:
    """The name when `head` is a whole signature with a return type that reads like one, else ""."""
    tree = parsed(f"def {head}: ...", "exec")
    if not isinstance(tree, ast.Module) or len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return ""
    function = tree.body[0]
    odd = any(
        isinstance(node, ast.BoolOp | ast.Compare | ast.UnaryOp | ast.IfExp | ast.Lambda)
        or (isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr))
        or (isinstance(node, ast.Constant) and not isinstance(node.value, str | None))
        for node in (ast.walk(function.returns) if function.returns else ())
        if not (isinstance(node, ast.Constant) and node.value is ...)
    )
    # Literal[1, 2] is the one type with numbers in it.
    return "" if odd and "Literal[" not in head.rpartition("->")[2] else function.name


def parsed(text: str, mode: str) -> ast.AST | None:
    """The syntax tree, None when Python does not parse it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in a person's string is their business
        try:
            return ast.parse(text, mode=mode)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def examples(text: str, function: str = "", step: str = "") -> tuple[str, ...]:
    """The examples that a text consists of, in the form `f(1) == 2` or `f("") raises ValueError`; () if it is prose.

    Args:
        text: one item of a list, or one line.
        function: only examples that mention this name count; "" for any.
        step: the step's function: any expression that calls it and is true or false is an example, `2 in f(3)`.
    """
    plain = text.strip()
    for attempt in (plain, plain.strip("`* "), plain.replace("`", ""), plain.replace("**", "").replace("`", "")):
        if found := _examples(re.sub(r"^(?:>>>|assert)\s+", "", attempt.strip()), step):
            mention = re.compile(rf"\b{re.escape(function)}\s*\(")
            return found if not function or all(mention.search(example) for example in found) else ()
    return ()


def _examples(text: str, step: str) -> tuple[str, ...]:
    if one := _example(text, step):
        return (one,)
    parts = [part for part in (piece.strip() for piece in text.split(";")) if part]
    if len(parts) > 1 and all(several := [_example(part, step) for part in parts]):
        return tuple(several)
    tree = parsed(text, "eval")
    if isinstance(tree, ast.Expression) and isinstance(tree.body, ast.Tuple) and not text.startswith("("):
        several = [_example(ast.get_source_segment(text, part) or "", step) for part in tree.body.elts]
        return tuple(several) if all(several) else ()
    label = _LABELLED.match(text)
    if label and (found := _examples(text[label.end() :], step)):
        return found
    tail = _TAILS.search(text)
    return _examples(text[: tail.start()], step) if tail else ()


def _example(text: str, step: str) -> str:
    """One example in its usual form, "" when the text is none."""
    for arrow in _ARROWS:
        left, found, right = text.partition(arrow)
        while found:
            if _is_call(left) and (error := re.fullmatch(rf"(?:raises?\s+)?({_ERROR_NAME})(\b.*)", right.strip())):
                return f"{left.strip()} raises {_error(error[1], error[2])}"
            if _is_call(left) and right.strip() not in _TYPES and _is_expression(right):
                return f"{left.strip()} == {right.strip()}"
            more, found, right = right.partition(arrow)
            left = f"{left}{arrow}{more}"
    raising = re.fullmatch(r"(.+?)\s+(?:raises|should raise|->\s*raises?)\s+(?:an?\s+)?([A-Za-z_][\w.]*)(\b.*)", text)
    if raising and _is_call(raising[1]) and not re.match(r"[^(:,]*=", raising[3]):
        return f"{raising[1].strip()} raises {_error(raising[2].rstrip('.'), raising[3])}"
    plain = _without_comment(text)
    tree = parsed(plain, "eval")
    if not isinstance(tree, ast.Expression) or _odd_call(tree):
        return ""
    body = tree.body
    denied = isinstance(body, ast.UnaryOp) and isinstance(body.op, ast.Not) and isinstance(body.operand, ast.Call)
    equal = isinstance(body, ast.Compare) and len(body.ops) == 1 and isinstance(body.ops[0], ast.Eq | ast.Is)
    return plain if denied or (equal and _has_call(body)) or (step and _is_condition(body, step)) else ""


def _is_condition(body: ast.expr, step: str) -> bool:
    """Whether an expression is true or false and calls the step's function somewhere inside."""
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    inside = [node for node in calls if node is not body and isinstance(node.func, ast.Name) and node.func.id == step]
    told = isinstance(body, ast.Compare | ast.BoolOp | ast.Call)
    return bool(inside) and (told or (isinstance(body, ast.UnaryOp) and isinstance(body.op, ast.Not)))


def _error(name: str, rest: str) -> str:
    """An exception with what it should say, if that is told: `ValueError('empty')`, `ValueError: empty`."""
    if rest.startswith("("):
        for end in [at + 1 for at in _places(rest, ")")]:
            tree = parsed(name + rest[:end], "eval")
            if isinstance(tree, ast.Expression):
                return name + rest[:end] if any(isinstance(node, ast.Constant) for node in ast.walk(tree)) else name
    said = re.fullmatch(r"\s*(?::|,?\s*(?:with(?: the)? (?:message|text)|saying))\s*:?\s*(.+)", rest)
    if said is None:
        return name
    quoted = re.match(r"('(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")", said[1])
    return f"{name}({quoted[1] if quoted else repr(said[1].strip().rstrip('.'))})"


def _without_comment(text: str) -> str:
    """Without what Python takes for a comment, and without the full stop behind a number."""
    if "#" not in text:
        return re.sub(r"(?<=\d)\.$", "", text)
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                text = text[: token.start[1]].rstrip()
    return re.sub(r"(?<=\d)\.$", "", text)


def _is_call(text: str) -> bool:
    tree = parsed(text.strip(), "eval")
    return tree is not None and _has_call(tree) and not _odd_call(tree)


def _is_expression(text: str) -> bool:
    tree = parsed(text.strip(), "eval")
    return tree is not None and not _odd_call(tree)


def _has_call(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Call) for node in ast.walk(tree))


def _odd_call(tree: ast.AST) -> bool:
    """`2 (empty)` is a value and a remark, not a call."""
    return any(isinstance(node, ast.Call) and isinstance(node.func, ast.Constant) for node in ast.walk(tree))


def is_open(text: str) -> bool:
    """Whether more brackets are opened than closed, so that the next line goes on with this one."""
    bare = re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", "", text)
    return sum(bare.count(sign) for sign in "([{") > sum(bare.count(sign) for sign in ")]}")


def joined(lines: Iterable[str]) -> str:
    """Several lines of code as one, without the layout inside the brackets; what stands in quotes stays as it is."""
    text = ""
    for line in lines:
        closes = line[:1] in tuple(")]}")
        text = re.sub(r",?\s*$", "", text) if closes else text
        text += line if closes or not text or text[-1] in "([{" else f" {line}"
    return text


def _with_single_blanks(text: str) -> str:
    """Runs of blanks as one, but for those in quotes."""
    parts = _QUOTED.split(text)
    return "".join(part if at % 2 else re.sub(r"\s+", " ", part) for at, part in enumerate(parts))
