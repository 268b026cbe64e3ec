"""Effects: which functions reach beyond their arguments (files, network, clock, ...), read from the text. Pure."""

import ast
import re
from collections.abc import Iterable

from library.source.function import Parsed
from library.source.imports import Import, imported, imports_of

# What runs nothing but its own arguments. A module that is in no table here counts as "module NAME".
_CALM_NAMES = """
__future__ abc array ast base64 binascii bisect calendar cmath collections colorsys copy dataclasses datetime decimal
difflib enum fractions functools graphlib hashlib heapq hmac html ipaddress itertools json keyword locale math numbers
operator pprint re reprlib statistics string struct textwrap token types typing typing_extensions unicodedata uuid zlib
"""
CALM = frozenset(_CALM_NAMES.split())
_MODULES = {
    "files": "bz2 codecs configparser csv dbm fileinput filecmp fnmatch glob gzip io lzma mmap mailbox netrc os "
    "pathlib pickle plistlib shelve shutil sqlite3 stat tarfile tempfile tomllib wave xml zipfile zipimport",
    "network": "aiohttp asyncio email ftplib http httpx imaplib poplib requests select selectors smtplib socket "
    "socketserver ssl urllib webbrowser wsgiref xmlrpc",
    "processes": "concurrent ctypes faulthandler fcntl gc multiprocessing pty resource sched signal subprocess "
    "threading _thread",
    "environment": "getpass inspect importlib logging platform pwd site sys sysconfig tracemalloc warnings weakref",
    "eval": "code codeop compileall marshal pdb pkgutil runpy timeit",
    "clock": "time zoneinfo",
    "randomness": "random secrets",
}
_BUILTINS = {
    "open": "files",
    "input": "environment",
    "breakpoint": "environment",
    "exit": "environment",
    "quit": "environment",
    "globals": "environment",
    "print": "printing",
    "eval": "eval",
    "exec": "eval",
    "compile": "eval",
    "__import__": "eval",
}
_ATTRIBUTES = {"now": "clock", "today": "clock", "utcnow": "clock", "uuid1": "randomness", "uuid4": "randomness"}
# Members of modules above that do no more than compute.
_HARMLESS = {
    "os.path": {"join", "basename", "dirname", "split", "splitext", "normpath", "isabs", "commonprefix", "sep"},
    "sys": {"maxsize", "float_info", "int_info", "byteorder", "version_info"},
    "io": {"StringIO", "BytesIO"},
    "csv": {"reader", "writer", "DictReader", "DictWriter", "QUOTE_ALL", "QUOTE_MINIMAL"},
    "pathlib": {"PurePath", "PurePosixPath", "PureWindowsPath"},
    "urllib.parse": {"quote", "unquote", "urlencode", "urlparse", "urlsplit", "parse_qs", "parse_qsl", "quote_plus",
                     "unquote_plus", "urljoin", "urlunparse", "urlunsplit"},
    "codecs": {"encode", "decode"},
    "fnmatch": {"fnmatch", "fnmatchcase", "filter", "translate"},
    "os": {"sep", "linesep"},
}  # fmt: skip
_TELLING = {*_BUILTINS, *_ATTRIBUTES, "global", "import", "async"}
_WORD = re.compile(r"\w+")
_EFFECT = {module: effect for effect, modules in _MODULES.items() for module in modules.split()}


def effects_of(parsed: Parsed) -> dict[str, frozenset[str]]:
    """Each function's effects, those of all that it calls included; an empty set for one that only computes.

    The words are files, network, processes, environment, eval, clock, randomness, printing, state (changes what lies
    outside of it), async, and "module NAME" for a module that nobody here knows. It reads names, so it can be fooled:
    what must not happen is the sandbox's to stop; this tells what need not be tried.

    Args:
        parsed: a library's text.
    """
    bound = {
        item.bound: item for piece in parsed.pieces if piece.kind in ("import", "other") for item in imported(piece)
    }
    own: dict[str, frozenset[str]] = {}
    needs: dict[str, frozenset[str]] = {}
    telling = _TELLING | bound.keys()
    for piece in parsed.pieces:
        if piece.kind not in ("function", "class", "other"):
            continue
        words = set(_WORD.findall(piece.text))
        effects = _own(piece.nodes, bound, parsed.definitions) if words & telling else frozenset[str]()
        uses = frozenset(piece.uses & parsed.definitions) if len(words & parsed.definitions) > 1 else frozenset[str]()
        for name in piece.names:
            own[name] = own.get(name, frozenset()) | effects
            needs[name] = needs.get(name, frozenset()) | uses
    return {function.name: _with_callees(function.name, own, needs) for function in parsed.functions}


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


def _own(nodes: Iterable[ast.AST], bound: dict[str, Import], defined: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    for top in nodes:
        inner = [node for node in ast.walk(top) if isinstance(node, ast.Import | ast.ImportFrom)]
        here = bound | {item.bound: item for node in inner for item in imports_of(node)}
        if isinstance(top, ast.AsyncFunctionDef):
            found.add("async")
        for node in ast.walk(top):
            found |= _effects(node, here, defined)
    return frozenset(found - {""})


def _effects(node: ast.AST, bound: dict[str, Import], defined: frozenset[str]) -> set[str]:
    if isinstance(node, ast.Global):
        return {"state"}
    if isinstance(node, ast.Attribute):
        return {_of_attribute(node, bound)}
    if isinstance(node, ast.Name):
        item = bound.get(node.id)
        if item is None:
            return {_BUILTINS.get(node.id, "") if node.id not in defined else ""}
        if item.name:
            return {_of_member(item.module, item.name)}
    return set()


def _of_attribute(node: ast.Attribute, bound: dict[str, Import]) -> str:
    """Effect of `module.name`, `module.part.name`, and of methods that tell the time."""
    names = [node.attr]
    root: ast.expr = node.value
    while isinstance(root, ast.Attribute):
        names.insert(0, root.attr)
        root = root.value
    item = bound.get(root.id) if isinstance(root, ast.Name) else None
    if item is None or item.name:
        return _ATTRIBUTES.get(node.attr, "")
    path = [*item.module.split("."), *names] if item.alias else [item.module.split(".")[0], *names]
    if len(path) >= 3 and ".".join(path[:2]) in _HARMLESS:
        return _of_member(".".join(path[:2]), path[2])
    if path[:2] == ["os", "path"] or (path[:2] == ["urllib", "parse"]):
        return ""  # the node further out says which member
    return _ATTRIBUTES.get(node.attr, "") or _of_member(path[0], path[1])


def _of_member(module: str, name: str) -> str:
    if name in _HARMLESS.get(module, ()) or f"{module}.{name}" in _HARMLESS:
        return ""
    root = module.split(".")[0]
    if root in CALM:
        return _ATTRIBUTES.get(name, "")
    return _EFFECT.get(root, f"module {root}")
