"""What a draft keeps from one call to the next, so that its results depend on the calls before. Pure."""

import ast

from library.source.signature import parameter_names, parameter_nodes
from library.source.syntax_tree import Definition, FunctionNode, names_within, root_name

_CHANGES = frozenset(
    (
        *("append", "appendleft", "add", "update", "extend", "insert", "remove", "pop", "popleft", "popitem"),
        *("clear", "setdefault", "discard", "sort", "reverse", "send", "__next__"),
    )
)


def kept_between_calls(tree: ast.Module) -> list[tuple[int, str]]:
    """Lines at which a function changes what outlives the call, each with the name that is changed.

    Names of the module, defaults that can be changed, attributes of its own functions and classes; what stands in a
    table of the module and is only read is none of these.

    Args:
        tree: of the draft's code.
    """
    module = _bound_by(tree)
    found: dict[tuple[int, str], None] = {}
    for function in (node for node in ast.walk(tree) if isinstance(node, FunctionNode)):
        defaults, own, renewed = _mutable_defaults(function), _locals(function), _renewed(function, module)
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                found |= dict.fromkeys((node.lineno, name) for name in node.names)
            name = _changed(node)
            anew = 0 < renewed.get(name, 0) < getattr(node, "lineno", 0) and _directly(node)
            if (name in defaults and not anew) or (name in module and name not in own):
                found[getattr(node, "lineno", 0), name] = None
    return sorted(found)


def _bound_by(tree: ast.Module) -> set[str]:
    """Names that the module's own statements bind, imports left out."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    targets = [t for node in assigned for t in (node.targets if isinstance(node, ast.Assign) else [node.target])]
    return names_within(*targets) | {node.name for node in tree.body if isinstance(node, Definition)}


def _mutable_defaults(function: FunctionNode) -> set[str]:
    made = ast.List | ast.Dict | ast.Set | ast.Call
    return {one.node.arg for one in parameter_nodes(function) if isinstance(one.default, made)}


def _locals(function: FunctionNode) -> set[str]:
    stored = (node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return {*parameter_names(function), *(node.id for node in stored)}


def _renewed(function: FunctionNode, module: set[str]) -> dict[str, int]:
    """Names that the function itself, under no condition, binds to something new, each with the line: s = set(s)."""
    found: dict[str, int] = {}
    for node in function.body:
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        value = node.value if isinstance(node, ast.Assign) else None
        makes = isinstance(value, ast.List | ast.Set | ast.Dict | ast.ListComp | ast.SetComp | ast.DictComp)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            makes = value.func.id in {"set", "list", "dict", "sorted"} - module
        if makes and isinstance(target, ast.Name):
            found.setdefault(target.id, node.end_lineno or node.lineno)
    return found


def _directly(node: ast.AST) -> bool:
    """It changes what a name stands for, and nothing inside of that, which a copy shares."""
    inner = node.func if isinstance(node, ast.Call) else node
    return isinstance(inner, ast.Attribute | ast.Subscript) and isinstance(inner.value, ast.Name)


def _changed(node: ast.AST) -> str:
    """The name whose value an expression changes in place; "" if it changes none."""
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return root_name(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
        return root_name(node.func)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "next" and node.args:
        return root_name(node.args[0])
    return ""
