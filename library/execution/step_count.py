"""Step counts: code that counts its own steps, so that it is stopped after so many of them and never after a time.

How long something takes depends on the machine and on what else runs there; how many steps it takes does not. A step is
about a line: each function says when it is entered, each loop when it turns, each comprehension when it takes an item.
Standard library only, and nothing of ours: this text also runs inside the sandbox.
"""

import ast

STEP = "__step__"  # what counted code calls; it stands among the builtins
NO_LIMIT = 1 << 60


class TooManySteps(BaseException):
    """All steps that were allowed are used up. Raised again at every further step, so that nobody gets past it."""


_left = NO_LIMIT


def step(count: int) -> bool:
    """Take so many steps.

    Returns: True, so that it can stand before an `and`.

    Raises:
        TooManySteps: that were more than are left.
    """
    global _left  # the quickest that Python has, and this is called for every turn of every loop
    _left -= count
    if _left < 0:
        raise TooManySteps
    return True


def allow(count: int) -> None:
    """Allow so many steps from now on."""
    global _left
    _left = count


def rest() -> int:
    """How many are left; less than none after TooManySteps, even if somebody has caught that."""
    return _left


def counted(tree: ast.Module) -> ast.Module:
    """The tree made to count, in place: lines, names and results stay as they are.

    A loop counts before anything that it may catch, so that `except:` within it holds nothing up.
    """
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                queue += [item for item in value if isinstance(item, ast.AST)]  # type: ignore[reportUnknownVariableType]
            elif isinstance(value, ast.AST):
                queue.append(value)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body.insert(_after_docstring(node.body), _statement(node.body))
        elif isinstance(node, ast.For | ast.While | ast.AsyncFor):
            node.body.insert(0, _statement(node.body))
        elif isinstance(node, ast.Lambda):
            both = ast.BoolOp(ast.And(), [_step(1, node.body), node.body])
            node.body = ast.copy_location(both, node.body)
        elif isinstance(node, ast.comprehension):
            node.ifs.insert(0, _step(1, node.iter))
    return tree


def _after_docstring(body: list[ast.stmt]) -> int:
    first = body[0]
    text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return 1 if text else 0


def _statement(body: list[ast.stmt]) -> ast.stmt:
    """As many steps as the body has statements, told on the line of the first that does something."""
    at = body[min(_after_docstring(body), len(body) - 1)]
    return ast.copy_location(ast.Expr(_step(len(body), at)), at)


def _step(count: int, at: ast.stmt | ast.expr) -> ast.expr:
    call = ast.Call(ast.Name(STEP, ast.Load()), [ast.Constant(count)], [])
    for node in (call, call.func, *call.args):
        ast.copy_location(node, at)
    return call
