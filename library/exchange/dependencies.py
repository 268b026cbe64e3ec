"""A function with all that it needs out of several modules, as one text that stands alone. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from library.errors import SourceError
from library.source.function import Parsed, needed, parse
from library.source.imports import Import, imported
from library.source.statements import Piece


@dataclass(frozen=True)
class Gathered:
    """`code` stands alone but for the functions `needs`, which are left out of it."""

    code: str
    needs: tuple[str, ...]


@dataclass
class _Basket:
    """What is collected on the way: imports, definitions in the order in which they must stand, who defined a name."""

    stop: frozenset[tuple[str, str]]
    imports: list[str] = field(default_factory=list[str])
    texts: list[str] = field(default_factory=list[str])
    needs: list[str] = field(default_factory=list[str])
    owners: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


class Sources:
    """Modules of one origin, taken apart when first needed.

    Args:
        modules: text of each by dotted name.
    """

    def __init__(self, modules: Mapping[str, str]) -> None:
        self.modules = modules
        self._parsed: dict[str, Parsed] = {}

    def parsed(self, module: str) -> Parsed:
        """A module taken apart; raises SourceError when it does not parse."""
        if module not in self._parsed:
            self._parsed[module] = parse(self.modules[module], f"{module}")
        return self._parsed[module]

    def gather(self, module: str, name: str, stop: Collection[tuple[str, str]]) -> Gathered:
        """The function with its imports, constants, classes and helpers, also those of its sister modules.

        Args:
            module: where it is defined.
            name: the function.
            stop: other functions, by module and name, which are not to be gathered but named in `needs`. What has the
                same name in another module is another function.

        Raises:
            SourceError: it needs a sister module as a whole, or two modules mean different things by one name.
        """
        basket = _Basket(stop=frozenset(stop) - {(module, name)})
        self._gather(module, name, basket)
        imports = list(dict.fromkeys(basket.imports))
        head = "".join(line + "\n" for line in sorted(imports, key=lambda line: not line.startswith("from __future__")))
        code = (head + "\n\n" if head else "") + "\n\n".join(text.strip("\n") + "\n" for text in basket.texts)
        return Gathered(code, tuple(dict.fromkeys(basket.needs)))

    def _gather(self, module: str, name: str, basket: _Basket) -> None:
        if (module, name) in basket.seen:
            return
        basket.seen.add((module, name))
        if (module, name) in basket.stop:
            self._need(name, module, basket)
            return
        parsed = self.parsed(module)
        if parsed.definition(name) is None:
            raise SourceError(f"it takes {name!r} from {module}, which does not define it")
        stop = {one for place, one in basket.stop if place == module}
        wanted = needed(_without(parsed, stop), [name])
        for number in sorted(wanted):
            piece = parsed.pieces[number]
            if piece.kind == "future":
                basket.imports += [item.line for item in imported(piece)]
            elif piece.kind == "import":
                for item in imported(piece):
                    if item.bound in wanted[number] or item.name == "*":
                        self._import(item, module, basket)
            elif stopped := [one for one in piece.names if one in stop]:
                for one in stopped:
                    self._need(one, module, basket)
            else:
                self._define(piece, module, basket)

    def _need(self, name: str, module: str, basket: _Basket) -> None:
        self._own(name, module, "", basket)
        basket.needs.append(name)

    def _own(self, name: str, module: str, text: str, basket: _Basket) -> None:
        other = basket.owners.setdefault(name, (module, text))
        if other[0] != module:
            raise SourceError(f"{other[0]} and {module} both define {name!r}")

    def _define(self, piece: Piece, module: str, basket: _Basket) -> None:
        for item in imported(piece):
            if self._inside(_absolute(item, module, self.modules)):
                raise SourceError(f"it imports from its package under a condition: {item.line}")
        for name in piece.names:
            self._own(name, module, piece.text, basket)
        if piece.text not in basket.texts:
            basket.texts.append(piece.text)

    def _import(self, item: Import, module: str, basket: _Basket) -> None:
        source = _absolute(item, module, self.modules)
        if not self._inside(source):
            basket.imports.append(item.line)
            return
        if not item.name or item.name == "*" or f"{source}.{item.name}" in self.modules or source not in self.modules:
            raise SourceError(f"it uses a module of its package as a whole: {item.line}")
        self._gather(source, item.name, basket)
        if item.bound != item.name:
            basket.texts.append(f"{item.bound} = {item.name}\n")

    def _inside(self, module: str) -> bool:
        tops = {name.split(".")[0] for name in self.modules}
        return module.startswith(".") or module.split(".")[0] in tops


def _without(parsed: Parsed, stop: Collection[str]) -> Parsed:
    """The same places, with the functions that are left out emptied of what they use."""
    pieces = tuple(_emptied(one) if one.kind == "function" and one.name in stop else one for one in parsed.pieces)
    return Parsed(pieces, parsed.tail)


def _emptied(piece: Piece) -> Piece:
    return Piece(piece.kind, piece.names, piece.gap, piece.text, piece.above, known=(frozenset(), frozenset()))


def _absolute(item: Import, module: str, modules: Mapping[str, str]) -> str:
    """The dotted name that an import means; a relative one from the package in which the module stands."""
    dots = len(item.module) - len(item.module.lstrip("."))
    if not dots:
        return item.module
    package = any(name.startswith(module + ".") for name in modules)  # its text is that of an __init__.py
    parts = module.split(".")
    base = parts[: len(parts) - dots + (1 if package else 0)]
    return ".".join([*base, *([item.module[dots:]] if item.module[dots:] else [])])
