"""Names that examples and tests use without importing them, `Path` or `math.pi`: what is meant by each. Pure."""

import ast
import builtins
import sys
from collections.abc import Callable, Collection

from library.errors import SourceError
from library.source.imports import Import
from library.source.literals import words
from library.source.syntax_tree import read_tree, split_lines

_HOMES = {
    "asyncio": "TaskGroup",
    "base64": "b64decode b64encode",
    "collections": "ChainMap Counter OrderedDict UserDict defaultdict deque namedtuple",
    "contextlib": "contextmanager nullcontext redirect_stdout suppress",
    "dataclasses": "asdict astuple dataclass field",
    "datetime": "UTC date timedelta timezone tzinfo",
    "decimal": "ROUND_DOWN ROUND_HALF_EVEN ROUND_HALF_UP Decimal InvalidOperation getcontext localcontext",
    "enum": "Enum IntEnum IntFlag StrEnum",
    "fractions": "Fraction",
    "functools": "cmp_to_key lru_cache partial reduce singledispatch wraps",
    "hashlib": "md5 sha1 sha256",
    "http": "HTTPMethod HTTPStatus",
    "io": "BytesIO StringIO TextIOWrapper",
    "ipaddress": "IPv4Address IPv4Network IPv6Address IPv6Network ip_address ip_network",
    "itertools": "accumulate batched chain combinations count cycle groupby islice pairwise permutations product repeat"
    " starmap takewhile zip_longest",
    "json": "JSONDecodeError",
    "math": "inf isclose isinf isnan nan pi sqrt",
    "operator": "attrgetter itemgetter methodcaller",
    "pathlib": "Path PosixPath PurePath PurePosixPath PureWindowsPath",
    "pytest": "approx raises",
    "random": "Random",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits punctuation",
    "textwrap": "dedent",
    "types": "MappingProxyType SimpleNamespace",
    "typing": "Any NamedTuple",
    "unittest.mock": "MagicMock Mock patch",
    "uuid": "UUID uuid4",
    "zoneinfo": "ZoneInfo",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}
# A module, or what is in it under the same name: it is the module where one of these is taken from it.
_BOTH = {
    "copy": "copy deepcopy",
    "datetime": "datetime date time timedelta timezone tzinfo UTC MINYEAR MAXYEAR",
    "glob": "glob iglob",
    "pprint": "pprint pformat",
    "bisect": "bisect bisect_left bisect_right insort",
    "time": "time sleep monotonic perf_counter strftime strptime gmtime localtime mktime time_ns process_time",
}
_CLASS_HOME = {"time": "datetime"}
_INSIDE = words("""
    collections.abc concurrent.futures email.message email.policy email.utils http.client http.cookies
    importlib.metadata importlib.resources importlib.util json.decoder logging.handlers os.path unittest.mock
    urllib.error urllib.parse urllib.request xml.dom.minidom xml.etree.ElementTree
""")
BUILTINS = frozenset(dir(builtins))


def obvious(name: str, text: str) -> Import | None:
    """The import that a name of Python's own library stands for in a text; None if it is none of the usual ones.

    Args:
        name: as the text uses it: "Path", "math", "datetime".
        text: Python; what is taken from the name in it tells `datetime.datetime(...)` from `datetime(...)`.
    """
    if name in _BOTH and not is_module(name, text):
        return Import(_CLASS_HOME.get(name, name), name)
    if name == "pytest" or (name in sys.stdlib_module_names and name not in BUILTINS):
        inner = next((one for one in sorted(_INSIDE) if one.startswith(f"{name}.") and one in text), "")
        return Import(inner if inner.split(".")[0] == name else name)
    return Import(_HOME[name], name) if name in _HOME else None


def is_known(module: str) -> bool:
    """Whether it is a module that there is, and not what somebody takes the library to be called."""
    root = module.split(".")[0]
    return root in sys.stdlib_module_names or root in ("pytest", "hypothesis", "numpy", "pandas")


def is_module(name: str, text: str) -> bool:
    """Whether a name that may be a module or what is in it is used as the module."""
    inside = _BOTH.get(name, "").split()
    found = [node for node in _walk(text) if isinstance(node, ast.Attribute) and _names(node.value, name)]
    return bool(found) and any(node.attr in inside for node in found)


def fits(item: Import, text: str) -> bool:
    """Whether an import can be what a text means by its name: not a class where the module is used, or the reverse."""
    if item.bound not in _BOTH:
        return True
    return is_module(item.bound, text) is not bool(item.name)


def unmixed(text: str) -> str:
    """The text with `datetime.datetime(...)` as `datetime(...)` where it uses the class by its bare name too."""
    for name, inside in _BOTH.items():
        if name not in text or not is_module(name, text):
            continue
        nodes = _walk(text)
        taken = [
            n for n in nodes if isinstance(n, ast.Attribute) and _names(n.value, name) and n.attr in inside.split()
        ]
        theirs = {id(node.value) for node in taken}
        if any(_names(node, name) and id(node) not in theirs for node in nodes):
            lines = split_lines(text)
            for node in sorted(taken, key=lambda n: (n.lineno, n.col_offset), reverse=True):
                if node.end_lineno == node.lineno:
                    line = lines[node.lineno - 1].encode()
                    lines[node.lineno - 1] = (
                        line[: node.col_offset] + node.attr.encode() + line[node.end_col_offset or 0 :]
                    ).decode()
            text = "".join(lines)
    return text


def with_names(expression: str, known: Collection[str], ours: Callable[[str], Import | None]) -> str:
    """An expression that brings what it uses and the module has not, so that nothing is put into the module for it.

    Args:
        expression: an example's call or result.
        known: names that the module binds as the expression means them are left to it.
        ours: what the draft or the library imports by a name, if anything.
    """
    text = unmixed(expression.strip())
    values: dict[str, str] = {}
    for name in free_names(text):
        own = ours(name)
        item = own if own is not None and fits(own, text) else obvious(name, text)
        if item is None or (name in known and (own is None or fits(own, text))):
            continue
        module = f"__import__({item.module!r})"
        values[name] = f"__import__({item.module!r}, fromlist=['']).{item.name}" if item.name else module
        if item.alias and not item.name:
            values[name] = f"__import__({item.module!r}, fromlist=[''])"
    if not values:
        return text
    return f"(lambda {', '.join(values)}: (\n{text}\n))({', '.join(values.values())})"


def free_names(tree: ast.AST | str) -> list[str]:
    """Names that a tree or a text takes from outside and Python itself does not have, each once; none of a text that
    does not parse."""
    nodes = _walk(tree) if isinstance(tree, str) else list(ast.walk(tree))
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    bound |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    names = [node.id for node in nodes if isinstance(node, ast.Name)]
    return [name for name in dict.fromkeys(names) if name not in bound and name not in BUILTINS]


def _walk(text: str) -> list[ast.AST]:
    try:
        return list(ast.walk(read_tree(text, "the text")))
    except SourceError:
        return []


def _names(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
