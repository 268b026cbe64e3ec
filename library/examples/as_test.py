"""An example as a pytest function that needs nothing of ours, as readable as can be and as strict as the gate. Pure."""

import ast
import re
from functools import cache
from pathlib import Path

from library.examples.example import SINGLE, Example, bracketed, outer_name
from library.source.literals import words
from library.source.syntax_tree import expression

HELPER = "_same_value"
# What is made of parts without a float in them has none either.
_MAKERS = words("""
    str int bool bytes bytearray ord len set frozenset list tuple dict range sorted isqrt gcd lcm comb factorial
    date datetime time timedelta timezone deque defaultdict fromisoformat
""")


@cache
def helper() -> str:
    """The one comparison as it stands in a test file: `same_value` under a private name."""
    text = (Path(__file__).parent / "same_value.py").read_text("utf-8")
    function = (
        text[text.index("def same_value") :].replace("same_value(", f"{HELPER}(").replace("(same_value,", f"({HELPER},")
    )
    return function.replace("got: Any, expected: Any", "got, expected")


def as_test(example: Example, function: str, number: int, *, awaited: bool = False) -> str:
    """The example as a pytest function; the comment at its end says who said so.

    Args:
        example: what is expected.
        function: name of the function that it is about.
        number: counts this function's examples, from 1.
        awaited: the function is a coroutine function.
    """
    call = spelt(example.call, function, awaited=awaited)
    if example.raises:
        message = f", match={_pattern(example.message)}" if example.message else ""
        lines = [f"    with pytest.raises({example.expected}{message}):", f"        {call}"]
    else:
        lines = [f"    assert {_compared(example, call, example.expected)}"]
    if is_asynchronous(call):
        lines = [
            "    async def example() -> None:",
            *(f"    {line}" for line in lines),
            "",
            "    asyncio.run(example())",
        ]
    day = f", {example.when[:10]}" if example.when else ""
    body = "\n".join(lines)
    return f"def test_{function}__example_{number}() -> None:\n{body}\n    # from: {example.source}{day}\n"


def _pattern(message: str) -> str:
    return f"re.escape({message!r})" if re.search(r"[][.^$*+?{}\\|()]", message) else repr(message)


def spelt(text: str, function: str, *, awaited: bool = False) -> str:
    """An expression as it can run outside a coroutine: `await f(1)` as `asyncio.run(f(1))`.

    Args:
        text: the expression.
        function: the one that it is about.
        awaited: that function is a coroutine function: its bare calls are awaited.
    """
    tree = expression(text)
    if tree is None:
        return text
    before = ast.dump(tree)
    new = _Awaited(function if awaited else "").visit(tree)
    return text if ast.dump(new) == before else ast.unparse(ast.fix_missing_locations(new))


class _Awaited(ast.NodeTransformer):
    """`await f(1)` and, for a coroutine function, `f(1)` as `asyncio.run(f(1))`."""

    def __init__(self, function: str) -> None:
        self.function = function

    def visit_Await(self, node: ast.Await) -> ast.AST:
        inner = node.value
        if not isinstance(inner, ast.Call) or ast.unparse(inner.func).startswith("asyncio."):
            return node
        inner.args = [self.visit(argument) for argument in inner.args]
        return _run(inner)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node.func).startswith("asyncio."):
            return node
        self.generic_visit(node)
        mine = self.function and isinstance(node.func, ast.Name) and node.func.id == self.function
        return _run(node) if mine else node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return node if any(part.is_async for part in node.generators) else self.generic_visit(node)


def _run(call: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name("asyncio", ast.Load()), "run", ast.Load()), [call], [])


def is_asynchronous(text: str) -> bool:
    """Whether an expression can stand in a coroutine only."""
    tree = expression(text)
    return tree is not None and any(
        isinstance(node, ast.Await) or (isinstance(node, ast.comprehension) and node.is_async)
        for node in ast.walk(tree)
    )


def _compared(example: Example, call: str, expected: str) -> str:
    tree = expression(expected)
    if example.condition:
        return call
    if example.expected in SINGLE:
        return f"{_beside(call)} is {expected}"
    if isinstance(tree, ast.Call) and outer_name(tree) == "approx":
        return f"{_beside(call)} == {expected.removeprefix('pytest.').join(('pytest.', ''))}"
    if (number := _float(tree)) is not None and abs(number) < 1e300:
        return f"{_beside(call)} == pytest.approx({expected}, {'rel=1e-9, abs=0' if number else 'abs=1e-12'})"
    if tree is None or _exact(tree):
        return f"{_beside(call)} == {bracketed(expected)}"
    return f"{HELPER}({call}, {expected})"


def _beside(call: str) -> str:
    return call if isinstance(expression(call), ast.Call | ast.Await) else f"({call})"


def _float(tree: ast.expr | None) -> float | None:
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return _float(tree.operand)
    return tree.value if isinstance(tree, ast.Constant) and isinstance(tree.value, float) else None


def _exact(tree: ast.expr) -> bool:
    """Whether `==` says the same as the gate: there is no float in it, and nothing that may make one, and no nan."""
    if isinstance(tree, ast.Constant):
        huge = isinstance(tree.value, float) and abs(tree.value) > 1e300
        return huge or not (isinstance(tree.value, float | complex) or "nan" in str(tree.value).lower().split("'"))
    if isinstance(tree, ast.List | ast.Tuple | ast.Set):
        return all(map(_exact, tree.elts))
    if isinstance(tree, ast.Dict):
        return all(key is not None and _exact(key) for key in tree.keys) and all(map(_exact, tree.values))
    if isinstance(tree, ast.UnaryOp):
        return _exact(tree.operand)
    if isinstance(tree, ast.BinOp):
        odd = isinstance(tree.op, ast.Div) or (isinstance(tree.op, ast.Pow) and isinstance(tree.right, ast.UnaryOp))
        return not odd and _exact(tree.left) and _exact(tree.right)
    if isinstance(tree, ast.Attribute):
        return ast.unparse(tree).lstrip("_")[:1].isupper() or tree.attr in ("inf", "utc", "min", "max", "resolution")
    if isinstance(tree, ast.Name):
        return tree.id not in ("nan", "pi")
    if isinstance(tree, ast.Call):
        name = outer_name(tree)
        made = name in _MAKERS or name.lstrip("_")[:1].isupper()
        return made and all(map(_exact, [*tree.args, *(keyword.value for keyword in tree.keywords)]))
    return isinstance(tree, ast.JoinedStr)


def is_coroutine(source: str, name: str) -> bool:
    """Whether a text defines a function of this name that has to be awaited."""
    mine = [node for node in ast.parse(source).body if isinstance(node, ast.AsyncFunctionDef) and node.name == name]
    return bool(mine) and not any(isinstance(node, ast.Yield) for node in ast.walk(mine[-1]))
