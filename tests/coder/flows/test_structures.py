"""The flow engine: order, decisions, loops with an ending, and the check of the wiring."""

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from stage import GOOD, PLAN, Stage

from coder import app
from coder.app import BOSS
from coder.errors import WiringError
from coder.flows.build import branches_of, build, check, load
from coder.flows.message import Keys, Message, keys
from coder.flows.structures import Decision, Flow, Loop, Sequential, step
from coder.model.model import Scripted, ScriptedModel
from coder.people.person import Person
from coder.people.question import Answer, DraftReview, Question
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended
from coder.run.events import deaf
from coder.run.journal import JOURNAL, Journal
from coder.run.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Generator[Run]:
    with Journal.create(tmp_path / ".coder" / JOURNAL, "a goal", {}) as journal:
        yield Run(journal, ScriptedModel([]), ScriptedPerson([]), deaf)


@dataclass(frozen=True)
class Put:
    """A flow that writes fixed data and notes that it ran."""

    name: str
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    needs: str = ""
    looks: str = ""

    @property
    def keys(self) -> Keys:
        return keys(self.needs, may_read=f"ran {self.looks}", writes=" ".join(["ran", *self.data]))

    def __call__(self, message: Message, run: Run) -> Message:
        return message.with_data(**self.data, ran=[*message.get("ran", []), self.name])


@dataclass(frozen=True)
class Sneaky:
    """Touches a key that it does not declare."""

    name: str
    read: str = ""
    look: str = ""
    write: str = ""
    keys: Keys = keys()

    def __call__(self, message: Message, run: Run) -> Message:
        if self.read:
            return message[self.read]
        message.get(self.look) if self.look else None
        return message.with_data(**{self.write: 1} if self.write else {})


@dataclass(frozen=True)
class UntilThree:
    """Sets `ended` in its third round."""

    name: str = "until_three"
    keys: Keys = keys("round", may_read="ran", writes="ended ran")

    def __call__(self, message: Message, run: Run) -> Message:
        return message.with_data(ended=message["round"] == 3, ran=[*message.get("ran", []), message["round"]])


def test_a_sequence_runs_its_steps_in_order(run: Run) -> None:
    flow = Sequential("s", (Put("a"), Sequential("inner", (Put("b"), Put("c"))), Put("d")))
    assert flow(Message(), run)["ran"] == ["a", "b", "c", "d"]


def test_an_empty_inner_sequence_drops_nothing_after_it(run: Run) -> None:
    assert Sequential("s", (Put("a"), Sequential("empty", ()), Put("b")))(Message(), run)["ran"] == ["a", "b"]


def test_the_same_flow_may_stand_twice(run: Run) -> None:
    same = Put("a")
    assert Sequential("s", (same, same))(Message(), run)["ran"] == ["a", "a"]


def test_a_decision_takes_the_branch_of_that_name_only(run: Run) -> None:
    flow = Decision("act", "branch", {"x": Put("x"), "y": Put("y")})
    assert flow(Message({"branch": "y"}), run)["ran"] == ["y"]


@pytest.mark.parametrize("word", ["z", "", "X", "x ", "none of these"])
def test_a_decision_never_takes_the_nearest_name(word: str, run: Run) -> None:
    with pytest.raises(WiringError, match=r"act: no branch .* only \['x', 'y'\]"):
        Decision("act", "branch", {"x": Put("x"), "y": Put("y")})(Message({"branch": word}), run)


def test_a_loop_ends_when_its_key_is_set(run: Run) -> None:
    message = Loop("l", UntilThree(), "ended", 30, Put("ending"))(Message(), run)
    assert message["ran"] == [1, 2, 3]


def test_a_loop_out_of_rounds_has_its_ending(run: Run) -> None:
    message = Loop("l", UntilThree(), "ended", 2, Put("ending", {"ended": "rounds"}))(Message(), run)
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
    "need": lambda: Put("need", {"out": 1}, "goal"),
    "turn": lambda: Put("turn", {"ended": True}),
    "stop": lambda: Put("stop"),
}


def tree(node: Any) -> Flow:
    flow = build(node, MAKERS)
    check(flow, ())
    return flow


def test_a_tree_from_yaml_runs(run: Run) -> None:
    loop = {"name": "l", "body": "turn", "until": "ended", "rounds": 3, "ending": "stop"}
    flow = tree({"sequential": {"name": "s", "steps": ["start", "need", {"loop": loop}]}})
    assert flow(Message(), run)["ran"] == ["start", "need", "turn"]


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
    makers = {**MAKERS, "after": lambda: Put("after", {}, "out")}
    flow = build({"sequential": {"name": "s", "steps": ["start", decision, "after"]}}, makers)
    with pytest.raises(WiringError, match=r"after reads \['out'\]"):
        check(flow, ())


@pytest.mark.parametrize(
    ("flow", "says"),
    [
        (Put("a", {"b": 1}), "ok"),
        (Sneaky("a", read="goal"), r"asked for 'goal', which it does not say that it reads"),
        (Sneaky("a", look="goal"), r"asked for 'goal', which it does not say that it reads"),
        (Sneaky("a", write="goal"), r"wrote \['goal'\], which it does not say that it writes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_flow_touches_only_the_keys_that_it_declared(flow: Flow, says: str, run: Run) -> None:
    whole = Sequential("s", (Put("first", {"goal": 1}), flow))
    if says == "ok":
        assert whole(Message(), run)["b"] == 1
        return
    with pytest.raises(WiringError, match=says):
        whole(Message(), run)


def test_a_loop_in_a_loop_needs_a_key_of_its_own_to_end() -> None:
    inner = {"loop": {"name": "inner", "body": "turn", "until": "ended", "rounds": 2, "ending": "stop"}}
    with pytest.raises(WiringError, match=r"outer > inner: the loop around it ends by 'ended' too"):
        tree({"loop": {"name": "outer", "body": inner, "until": "ended", "rounds": 2, "ending": "stop"}})


def test_what_is_only_looked_for_must_be_written_somewhere_in_the_tree() -> None:
    makers = {**MAKERS, "look": lambda: Put("look", {}, looks="extra"), "extra": lambda: Put("extra", {"extra": 1})}
    with pytest.raises(WiringError, match=r"s > look looks for \['extra'\], which nothing in s ever writes"):
        check(build({"sequential": {"name": "s", "steps": ["look"]}}, makers), ())
    check(build({"sequential": {"name": "s", "steps": ["look", "extra"]}}, makers), ())


def boss_with(tmp_path: Path, name: str, maker: str = "") -> Path:
    """The boss flow without a branch, or with another in its place."""
    data: Any = load(BOSS)
    branches: dict[str, str]
    branches = data["sequential"]["steps"][2]["loop"]["body"]["sequential"]["steps"][2]["decision"]["branches"]
    branches.pop(name)
    branches |= {name: maker} if maker else {}
    path = tmp_path / "boss.yaml"
    path.write_text(json.dumps(data))  # which is YAML too
    return path


def wired(folder: Path, flow_file: Path) -> Flow:
    return app.boss(Stage(folder).parts([], Unattended()), flow_file)


@pytest.mark.parametrize(
    ("name", "maker", "says"),
    [
        ("save_code", "", r"looks for \['saved'\], which nothing in boss ever writes"),
        ("write_code", "", r"looks for .*'draft'.*, which nothing in boss ever writes"),
        ("finish", "save_code", r"under 'finish' stands save_code"),
    ],
)
def test_a_boss_that_could_not_work_is_refused_when_it_is_loaded(
    tmp_path: Path, name: str, maker: str, says: str
) -> None:
    with pytest.raises(WiringError, match=says):
        wired(tmp_path, boss_with(tmp_path, name, maker))


@pytest.mark.parametrize("name", ["ask_user", "re_plan", "update_plan", "manual_finish"])
def test_a_boss_without_a_branch_that_nothing_depends_on_is_fine(tmp_path: Path, name: str) -> None:
    wired(tmp_path, boss_with(tmp_path, name))


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


def test_a_flow_that_leaves_less_than_it_declared_is_an_error(run: Run) -> None:
    lazy = Sneaky("lazy", keys=keys(writes="b"))
    with pytest.raises(WiringError, match=r"lazy has not written \['b'\]"):
        step(lazy, Message({"a": 1}), run)


def test_a_second_loop_on_the_same_key_does_not_end_with_the_first(run: Run) -> None:
    both = Sequential("s", tuple(Loop(name, UntilThree(), "ended", 30, Put("ending")) for name in ("one", "two")))
    assert both(Message(), run)["ran"] == [1, 2, 3, 1, 2, 3]


def test_one_tree_serves_two_runs_one_in_the_middle_of_the_other(tmp_path: Path) -> None:
    parts = Stage(tmp_path).parts([], Unattended())
    parts.memory.prepare()
    tree = app.boss(parts)

    def go(goal: str, replies: Sequence[Scripted], person: Person) -> tuple[Message, Run]:
        journal = Journal.create(parts.memory.private / JOURNAL, goal, {})
        run = Run(journal, ScriptedModel(replies), person, deaf)
        return step(tree, Message({"goal": goal}, journal.run), run), run

    inner: list[tuple[Message, Run]] = []

    class Busy(Unattended):
        def ask(self, question: Question) -> Answer:
            if isinstance(question, DraftReview) and not inner:
                plan = PLAN.replace("double", "triple").replace("== 4", "== 6").replace("== -2", "== -3")
                draft = GOOD.replace("double", "triple").replace("* 2", "* 3")
                inner.append(go("triple numbers", [plan, draft], Unattended()))
            return super().ask(question)

    with parts.sandbox:
        outer, run = go("double numbers", [PLAN, GOOD], Busy())
    assert [ended["ended"]["status"] for ended in (outer, inner[0][0])] == ["done", "done"]
    assert (run.so_far.saved, inner[0][1].so_far.saved) == (["double"], ["triple"])
    assert {function.name for function in parts.library.functions()} == {"double", "triple"}
    places = [[effect.place for effect in one.journal.effects()] for one in (run, inner[0][1])]
    assert places[0] == places[1]
    assert "boss/work/round[2]/act/save_code" in places[0]
