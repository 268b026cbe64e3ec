"""YAML -> tree of flows by maker name, and the check that the tree can work before anything runs.

The YAML names makers that the program registered in one table, never import paths: whoever writes a configuration
can rearrange what there is, not run something else.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from coder import yaml_text
from coder.errors import WiringError
from coder.flows.branch import Branch
from coder.flows.structures import ROUND, Decision, Flow, Loop, Sequential

Makers = Mapping[str, Callable[[], Flow]]
_FIELDS = {
    "sequential": {"name", "steps"},
    "decision": {"name", "key", "branches"},
    "loop": {"name", "body", "until", "rounds", "ending"},
}


def load(path: Path) -> Any:
    """The data of a YAML file.

    Raises:
        WiringError: the file cannot be read or is not YAML; names the line.
    """
    try:
        return yaml_text.load(path.read_text("utf-8"))
    except OSError as error:
        raise WiringError(f"The flow file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise WiringError(f"The flow file {path} is not YAML: {error}.") from error


def build(node: Any, makers: Makers, rounds: int | None = None) -> Flow:
    """The flow that a YAML node describes.

    Args:
        node: a maker's name, or a mapping with one of the keys sequential, decision, loop.
        makers: what each name makes.
        rounds: takes the place of every loop's `rounds`.

    Raises:
        WiringError: an unknown maker or structure, a missing or a surplus field; lists what there is.
    """
    if isinstance(node, str):
        if node not in makers:
            raise WiringError(f"No maker {node!r}; there are {sorted(makers)}.")
        return makers[node]()
    kind, fields = _structure(node)

    def part(inner: Any) -> Flow:
        return build(inner, makers, rounds)

    if kind == "sequential":
        return Sequential(fields["name"], tuple(part(step) for step in _list(fields, "steps")))
    if kind == "decision":
        branches = {name: part(inner) for name, inner in _mapping(fields, "branches").items()}
        return Decision(fields["name"], fields["key"], branches)
    limit = rounds if rounds is not None else fields["rounds"]
    if not isinstance(limit, int) or limit < 1:
        raise WiringError(f"loop {fields['name']!r}: rounds is {limit!r}, it must be a whole number from 1.")
    return Loop(fields["name"], part(fields["body"]), fields["until"], limit, part(fields["ending"]))


def check(flow: Flow, given: Iterable[str]) -> None:
    """Make sure that every key that is read has been written before, or may have been, and that every loop can end.

    Args:
        flow: the whole tree.
        given: the keys that the first message holds.

    Raises:
        WiringError: names the flow, the key, and the keys there are at that place.
    """
    known = frozenset(given)
    _TreeCheck(known | flow.keys.given | ROUND).walk(flow, known, flow.name, ())


def branches_of(node: Any, key: str) -> list[str]:
    """The names of the branches of the decision on `key`, wherever it stands in the YAML."""
    if isinstance(node, dict):
        for name, inner in cast(dict[str, Any], node).items():
            if name == "decision" and isinstance(inner, dict) and cast(dict[str, Any], inner).get("key") == key:
                return list(_mapping(cast(dict[str, Any], inner), "branches"))
            if found := branches_of(inner, key):
                return found
    if isinstance(node, list):
        for inner in cast(list[Any], node):
            if found := branches_of(inner, key):
                return found
    return []


@dataclass(frozen=True)
class _TreeCheck:
    """A walk through a tree in the order in which it would run.

    `possible`: the keys that anything in the tree may write, since a loop can bring each to any place of its body.
    """

    possible: frozenset[str]

    def walk(self, flow: Flow, known: frozenset[str], path: str, untils: tuple[str, ...]) -> frozenset[str]:
        """What is known behind the flow."""
        if isinstance(flow, Sequential):
            for step in flow.steps:
                known |= self.walk(step, known, f"{path} > {step.name}", untils)
            return known
        if isinstance(flow, Loop):
            self._loop(flow, known, path, untils)
        elif isinstance(flow, Decision):
            self._decision(flow, known, path, untils)
        else:
            self._leaf(flow, known, path)
        return known | flow.keys.writes

    def _loop(self, flow: Loop, known: frozenset[str], path: str, untils: tuple[str, ...]) -> None:
        if flow.until in untils:
            raise WiringError(
                f"{path}: the loop around it ends by {flow.until!r} too, so this one would end both; name another key."
            )
        if flow.until not in flow.body.keys.given:
            raise WiringError(f"{path}: nothing in the loop writes {flow.until!r}, so it could only end by its rounds.")
        inner = (*untils, flow.until)
        inside = self.walk(flow.body, known | ROUND, f"{path} > {flow.body.name}", inner)
        self.walk(flow.ending, inside, f"{path} > {flow.ending.name}", untils)

    def _decision(self, flow: Decision, known: frozenset[str], path: str, untils: tuple[str, ...]) -> None:
        if not flow.branches:
            raise WiringError(f"{path}: a decision needs at least one branch.")
        _need(frozenset({flow.key}), known, path)
        for name, branch in flow.branches.items():
            if isinstance(branch, Branch) and branch.name != name:
                raise WiringError(f"{path}: under {name!r} stands {branch.name}; a command stands under its own name.")
            self.walk(branch, known, f"{path} > {name}", untils)

    def _leaf(self, flow: Flow, known: frozenset[str], path: str) -> None:
        _need(flow.keys.reads, known, path)
        looked_at = flow.keys.may_read | flow.keys.rewrites
        if never := sorted(looked_at - self.possible):
            raise WiringError(f"{path} looks for {never}, which nothing in {path.partition(' > ')[0]} ever writes.")


def _need(reads: frozenset[str], known: frozenset[str], path: str) -> None:
    if missing := sorted(reads - known):
        raise WiringError(f"{path} reads {missing}, which nothing writes before it; there is {sorted(known)}.")


def _structure(node: Any) -> tuple[str, dict[str, Any]]:
    if not isinstance(node, dict) or len(cast(dict[str, Any], node)) != 1:
        raise WiringError(f"A flow is a maker's name or one of {sorted(_FIELDS)}, not {node!r}.")
    kind, fields = next(iter(cast(dict[str, Any], node).items()))
    if kind not in _FIELDS:
        raise WiringError(f"No structure {kind!r}; there are {sorted(_FIELDS)}.")
    if not isinstance(fields, dict) or set(cast(dict[str, Any], fields)) != _FIELDS[kind]:
        has: list[str] = sorted(cast(dict[str, Any], fields)) if isinstance(fields, dict) else [repr(fields)]
        raise WiringError(f"{kind} has the fields {has}, it needs exactly {sorted(_FIELDS[kind])}.")
    return kind, cast(dict[str, Any], fields)


def _list(fields: dict[str, Any], name: str) -> list[Any]:
    if not isinstance(fields[name], list):
        raise WiringError(f"{fields['name']}: {name} must be a list, it is {fields[name]!r}.")
    return cast(list[Any], fields[name])


def _mapping(fields: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(fields[name], dict):
        raise WiringError(f"{fields['name']}: {name} must be a mapping, it is {fields[name]!r}.")
    return cast(dict[str, Any], fields[name])
