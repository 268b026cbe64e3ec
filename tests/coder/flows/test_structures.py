"""The flow engine: order, decisions, loops with an ending, and the check of the wiring."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from coder.app import BOSS
from coder.errors import WiringError
from coder.flows.build import branches_of, build, check, load
from coder.flows.message import Message
from coder.flows.structures import Decision, Flow, Keys, Loop, Sequential


@dataclass(frozen=True)
class Put:
    """A flow that writes fixed data and notes that it ran."""

    name: str
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    reads: Keys = frozenset()

    @property
    def writes(self) -> Keys:
        return frozenset(self.data)

    def __call__(self, message: Message) -> Message:
        return message.with_data(**self.data, ran=[*message.get("ran", []), self.name])


@dataclass(frozen=True)
class UntilThree:
    """Sets `ended` in its third round."""

    name: str = "until_three"
    reads: Keys = frozenset({"round"})
    writes: Keys = frozenset({"ended"})

    def __call__(self, message: Message) -> Message:
        return message.with_data(ended=message["round"] == 3, ran=[*message.get("ran", []), message["round"]])


def test_a_sequence_runs_its_steps_in_order() -> None:
    flow = Sequential("s", (Put("a"), Sequential("inner", (Put("b"), Put("c"))), Put("d")))
    assert flow(Message())["ran"] == ["a", "b", "c", "d"]


def test_an_empty_inner_sequence_drops_nothing_after_it() -> None:
    assert Sequential("s", (Put("a"), Sequential("empty", ()), Put("b")))(Message())["ran"] == ["a", "b"]


def test_the_same_flow_may_stand_twice() -> None:
    same = Put("a")
    assert Sequential("s", (same, same))(Message())["ran"] == ["a", "a"]


def test_a_decision_takes_the_branch_of_that_name_only() -> None:
    flow = Decision("act", "branch", {"x": Put("x"), "y": Put("y")})
    assert flow(Message({"branch": "y"}))["ran"] == ["y"]


@pytest.mark.parametrize("word", ["z", "", "X", "x ", "none of these"])
def test_a_decision_never_takes_the_nearest_name(word: str) -> None:
    with pytest.raises(WiringError, match=r"act: no branch .* only \['x', 'y'\]"):
        Decision("act", "branch", {"x": Put("x"), "y": Put("y")})(Message({"branch": word}))


def test_a_loop_ends_when_its_key_is_set() -> None:
    message = Loop("l", UntilThree(), "ended", 30, Put("ending"))(Message())
    assert message["ran"] == [1, 2, 3]


def test_a_loop_out_of_rounds_has_its_ending() -> None:
    message = Loop("l", UntilThree(), "ended", 2, Put("ending", {"ended": "rounds"}))(Message())
    assert message["ran"] == [1, 2, "ending"]
    assert message["ended"] == "rounds"


def test_a_message_does_not_change_and_survives_json() -> None:
    first = Message({"a": [1]})
    second = first.with_data(b=None)
    assert "b" not in first.data
    assert second.id == first.id
    assert Message.from_json(second.to_json()) == second
    with pytest.raises(WiringError, match=r"'c'.*\['a', 'b'\]"):
        second["c"]
    with pytest.raises(TypeError):
        first.data["a"] = 2  # pyright: ignore[reportIndexIssue]


MAKERS = {
    "start": lambda: Put("start", {"goal": 1}),
    "need": lambda: Put("need", {"out": 1}, frozenset({"goal"})),
    "turn": lambda: Put("turn", {"ended": True}),
    "stop": lambda: Put("stop"),
}


def tree(node: Any) -> Flow:
    flow = build(node, MAKERS)
    check(flow, ())
    return flow


def test_a_tree_from_yaml_runs() -> None:
    loop = {"name": "l", "body": "turn", "until": "ended", "rounds": 3, "ending": "stop"}
    flow = tree({"sequential": {"name": "s", "steps": ["start", "need", {"loop": loop}]}})
    assert flow(Message())["ran"] == ["start", "need", "turn"]


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ("strat", r"No maker 'strat'; there are \['need', 'start', 'stop', 'turn'\]"),
        ({"parallel": {}}, r"No structure 'parallel'; there are"),
        ({"sequential": {"name": "s"}}, r"it needs exactly \['name', 'steps'\]"),
        ({"sequential": {"name": "s", "steps": "start"}}, "steps must be a list"),
        ({"sequential": {"name": "s", "steps": ["need"]}}, r"s > need reads \['goal'\], which nothing writes"),
        ({"decision": {"name": "d", "key": "k", "branches": {"a": "stop"}}}, r"reads \['k'\]"),
        ({"loop": {"name": "l", "body": "turn", "until": "ended", "rounds": 0, "ending": "stop"}}, "rounds is 0"),
        (
            {"loop": {"name": "l", "body": "stop", "until": "ended", "rounds": 2, "ending": "stop"}},
            "nothing in the loop",
        ),
        (["start"], "A flow is a maker's name"),
        (None, "A flow is a maker's name"),
    ],
)
def test_a_tree_that_cannot_work_is_refused_when_it_is_loaded(node: Any, says: str) -> None:
    with pytest.raises(WiringError, match=says):
        tree(node)


def test_what_only_one_branch_writes_cannot_be_relied_on() -> None:
    decision = {"decision": {"name": "d", "key": "goal", "branches": {"1": "need", "2": "stop"}}}
    makers = {**MAKERS, "after": lambda: Put("after", {}, frozenset({"out"}))}
    flow = build({"sequential": {"name": "s", "steps": ["start", decision, "after"]}}, makers)
    with pytest.raises(WiringError, match=r"after reads \['out'\]"):
        check(flow, ())


def test_the_boss_flow_has_every_branch_of_the_design() -> None:
    assert set(branches_of(load(BOSS), "branch")) == {
        "write_code",
        "ask_user",
        "re_plan",
        "update_plan",
        "save_code",
        "finish",
        "manual_finish",
    }


def test_a_broken_flow_file_names_itself(tmp_path: Path) -> None:
    (tmp_path / "boss.yaml").write_text("a: [1,\n")
    with pytest.raises(WiringError, match=r"boss\.yaml is not YAML"):
        load(tmp_path / "boss.yaml")
    with pytest.raises(WiringError, match="cannot be read"):
        load(tmp_path / "none.yaml")
