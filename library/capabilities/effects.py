"""Effects: what each function of a library may reach, all that it calls included, as the scan of drafts tells. Pure.

Two questions are asked of what the one scan finds. What has no capability may be saved without asking; that is the
gate's. What has no effect but `HARMLESS_IN_BULK` may be called in bulk in the sandbox, which forgets what was printed
and kept, and holds what an attribute looked up by a computed name might do.
"""

import ast
import re
from functools import lru_cache

from library.capabilities.bound_names import bound_names
from library.capabilities.categories import computes
from library.capabilities.scan import COMPUTED_NAME, scanned
from library.capabilities.tables import BUILTINS, BY_NAME, PACKAGES, SPELT_OUT, STATE
from library.source.function import Parsed
from library.source.imports import imported
from library.source.syntax_tree import every_node, read_tree

PRINTING, ASYNC = "printing", "async"
HARMLESS_IN_BULK = frozenset((PRINTING, STATE))
_BUILTINS = BY_NAME | BUILTINS.keys() | {"print"}
_ANYWHERE = SPELT_OUT | {"global", "import", "async"}
_WORD = re.compile(r"\w+")


def effects_of(parsed: Parsed) -> dict[str, frozenset[str]]:
    """Each function's effects, those of all that it calls included; an empty set for one that only computes.

    The words are the names of capabilities, and "printing", "state" (changes names of the module), "async", and "module
    NAME" for a package that is not part of Python. What must not happen is the sandbox's to stop; this tells what need
    not be tried.

    Args:
        parsed: a library's text.
    """
    imports = dict[str, set[str]]()
    beside = {piece.name for piece in parsed.pieces if piece.name}
    for piece in parsed.pieces:
        for item in imported(piece):
            if item.name == "*" or not item.name or not computes(f"{item.module}.{item.name}"):
                imports.setdefault(item.bound, set()).add(item.line)
        if piece.kind == "other":
            beside |= bound_names(ast.Module(piece.nodes, [])).sure
    telling, everywhere = _ANYWHERE | _BUILTINS | {"format"} | imports.keys(), imports.keys() & {"*"}
    own: dict[str, frozenset[str]] = {}
    needs: dict[str, frozenset[str]] = {}
    for piece in parsed.pieces:
        if piece.kind not in ("function", "class", "other"):
            continue
        words = set(_WORD.findall(piece.text))
        effects = frozenset[str]()
        if words & telling or everywhere:
            lines = sorted(line for name in (piece.uses & imports.keys()) | everywhere for line in imports[name])
            if lines or words & _ANYWHERE or piece.uses & _BUILTINS or ("format" in words and "__" in piece.text):
                effects = _reached("\n".join([*lines, piece.text]), frozenset(piece.uses & beside & _BUILTINS))
        uses = frozenset(piece.uses & parsed.definitions) if len(words & parsed.definitions) > 1 else frozenset[str]()
        for name in piece.names:
            own[name] = own.get(name, frozenset()) | effects
            needs[name] = needs.get(name, frozenset()) | uses
    return {function.name: _with_callees(function.name, own, needs) for function in parsed.functions}


@lru_cache(maxsize=65536)  # all functions of a big library, of which a save changes one
def _reached(code: str, beside: frozenset[str]) -> frozenset[str]:
    """What a definition reaches, with the imports that it uses before it; `beside` are names that hide builtins."""
    tree = read_tree(code, "library.py")
    found = [one for one in scanned(tree, beside=beside) if one.sure and not one.what.endswith(COMPUTED_NAME)]
    effects = {f"module {one.what}" if one.name == PACKAGES else one.name for one in found}
    if any(isinstance(node, ast.AsyncFunctionDef) for node in tree.body):
        effects.add(ASYNC)
    for node in every_node(tree):
        if isinstance(node, ast.Global):
            effects.add(STATE)
        elif isinstance(node, ast.Name) and node.id == "print" and "print" not in beside:
            effects.add(PRINTING)
    return frozenset(effects)


def _with_callees(name: str, own: dict[str, frozenset[str]], needs: dict[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    queue, seen = [name], {name}
    while queue:
        current = queue.pop()
        found |= own.get(current, frozenset())
        fresh = needs.get(current, frozenset()) - seen
        seen |= fresh
        queue += fresh
    return frozenset(found)
