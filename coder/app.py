"""The one place where parts are put together: settings in, a run to its end out. Tests call it with doubles."""

import builtins
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from coder.drafting.judging import Judging
from coder.drafting.questions import Questions
from coder.errors import CoderError, Interrupted, NoModel, Terminated, Unfinished, WiringError
from coder.flows.branch import Branch
from coder.flows.branches.ask_user import AskUser
from coder.flows.branches.control import Control
from coder.flows.branches.finish import Finish, ManualFinish, OutOfRounds, whole_told
from coder.flows.branches.re_plan import RePlan
from coder.flows.branches.read_memory import ReadMemory, name_today
from coder.flows.branches.routine import Lead, Routine
from coder.flows.branches.save_code import SaveCode
from coder.flows.branches.update_plan import UpdatePlan
from coder.flows.branches.write_code import WriteCode
from coder.flows.branches.write_memory import WriteMemory
from coder.flows.branches.write_plan import WritePlan
from coder.flows.build import branches_of, build, check, load
from coder.flows.message import Message
from coder.flows.structures import Flow, step
from coder.model.model import Model
from coder.people.person import Person
from coder.run.budget import Budget, Price
from coder.run.events import Event, Listener
from coder.run.journal import JOURNAL, Journal
from coder.run.journal_values import RunRow
from coder.run.run import Run
from coder.settings import Settings
from library.errors import SourceError
from library.examples.example import parse_example
from library.gate.admission import Admission
from library.gate.gate import Gate
from library.sandbox import Sandbox
from library.source.syntax_tree import expression, names_within
from library.store import Library
from memory import log
from memory import plan as plans
from memory.clock import utc_now
from memory.errors import PlanError
from memory.plan_files import Plans
from memory.secrets import discreet
from memory.store import Memory

BOSS = Path(__file__).parent / "flows" / "boss.yaml"


@dataclass(frozen=True)
class Parts:
    """What a run is made of; a test puts doubles in."""

    settings: Settings
    model: Model
    person: Person
    listener: Listener
    memory: Memory
    library: Library
    sandbox: Sandbox


@dataclass(frozen=True)
class Ending:
    """How a run ended; `exit_code` is 0 only when every step is done and saved."""

    status: str
    summary: str
    exit_code: int
    saved: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    error: CoderError | None = field(default=None, compare=False)
    red: tuple[str, ...] = ()  # of those saved, what was saved although red
    goes_on: bool = True  # whether `coder resume` may come to another end


def parts(settings: Settings, model: Model, person: Person, listener: Listener) -> Parts:
    """The real parts around a model and a person; nothing is created or started yet."""
    memory = Memory(settings.root)
    return Parts(settings, model, person, listener, memory, Library(memory), Sandbox(level=settings.sandbox))


def boss(parts: Parts, flow_file: Path = BOSS) -> Flow:
    """The tree of flows, wired and checked; it holds no run, so any number of them may use it.

    Raises:
        WiringError: the flow file names what is not there, or a flow would miss a key.
    """
    s = parts.settings
    plans_of_runs = Plans(parts.memory, s.plan_file)
    planner = WritePlan(plans_of_runs, parts.library)
    questions = Questions(parts.library, Admission(parts.sandbox), s.questions)
    judging = Judging(parts.library, Gate(parts.sandbox), questions)
    orders: list[Branch] = [
        WriteCode(parts.library, judging, offers=not s.library_off),
        SaveCode(parts.library, parts.sandbox, offers=not s.library_off),
        UpdatePlan(planner),
        AskUser(),
        RePlan(planner),
        Finish(),
        ManualFinish(),
    ]
    branches = {branch.name: branch for branch in orders}
    data = load(flow_file)
    offered = branches_of(data, "branch")
    if unknown := sorted(set(offered) - set(branches)):
        raise WiringError(f"{flow_file.name}: no branch {unknown}; there are {sorted(branches)}.")
    makers: Mapping[str, Callable[[], Flow]] = {
        **{name: (lambda branch=branch: branch) for name, branch in branches.items()},
        "read_memory": lambda: ReadMemory(
            parts.memory, parts.library, plans_of_runs, s.log_file, offers=not s.library_off
        ),
        "write_memory": lambda: WriteMemory(parts.memory, s.log_file),
        "write_plan": lambda: planner,
        "lead": lambda: Lead(frozenset(offered), "model" if s.control == "model" else "routine"),
        "routine": Routine,
        "ask_model": lambda: Control({name: branches[name].command for name in offered}),
        "out_of_rounds": OutOfRounds,
    }
    tree = build(data, makers, rounds=s.max_rounds)
    check(tree, {"goal"})
    return tree


def start(goal: str, parts: Parts, plan: str = "") -> Ending:
    """Run a new goal to its end; `plan`: one that the person wrote, so that the model drafts none."""
    path = parts.memory.private / JOURNAL
    others = [row for row in Journal.runs(path) if row.goes_on]
    settings = {**parts.settings.to_json(), **({"plan": plan} if plan else {})}
    told = [_told_of(others), _told_of_nesting(parts.memory)]
    return _execute(Journal.create(path, goal, settings), parts, [line for line in told if line])


def _told_of_nesting(memory: Memory) -> str:
    """One line when a repository is about to be made inside another one, where git would otherwise puzzle people."""
    around = memory.around
    if around is None:
        return ""
    return (
        f"{memory.root} becomes a repository of its own inside {around}: its saves are commits there. "
        f"Name it in {around / '.gitignore'}, or work in {around} itself with --library {around}."
    )


def _told_of(others: Sequence[RunRow]) -> str:
    """One line on the goals that are not finished here; each keeps its own plan."""
    if not others:
        return ""
    first, more = others[0], f" and {len(others) - 1} more (coder runs)" if len(others) > 1 else ""
    goal = first.goal if len(first.goal) <= 60 else first.goal[:59] + "…"
    if first.live:
        return f"Another goal is being worked on here: {goal!r} (run {first.id}){more}; each keeps its own plan."
    return f"An unfinished goal is here: {goal!r}{more}; go on with it by: coder resume {first.id}"


def resume(journal: Journal, parts: Parts) -> Ending:
    """Go on with a run where it stopped: what is recorded is not asked or paid again."""
    return _execute(journal, parts)


def _execute(journal: Journal, parts: Parts, told: Sequence[str] = ()) -> Ending:
    s = parts.settings
    run = Run(
        journal=journal,
        model=parts.model,
        person=parts.person,
        listener=lambda event: parts.listener(Event(event.kind, discreet(event.data))),
        budget=Budget(s.max_tokens, s.max_cost, s.max_time),
        price=Price.from_settings(s.prices, s.model),
    )
    with closing(parts.sandbox), closing(journal), run.listening_for_interrupts():
        tree = boss(parts)
        parts.listener(Event("working", {"what": "starting the sandbox"}))
        parts.sandbox.start()
        parts.memory.prepare()  # while the sandbox starts
        parts.memory.recover()
        Plans(parts.memory, s.plan_file).show(journal.run)
        _tell_start(run, parts)
        for line in told:
            run.tell("note", level="info", text=line)
        ending = _ending(lambda: step(tree, Message({"goal": journal.goal}, journal.run), run), run, parts)
        ending = _held_against_all_tests(ending, run, parts)
        _close(ending, run, parts)
    return ending


def _tell_start(run: Run, parts: Parts) -> None:
    level, s = parts.sandbox.level, parts.settings
    held = sum(canary.held for canary in level.canaries)
    data: dict[str, Any] = {
        "run": run.journal.run,
        "goal": run.journal.goal,
        "resumed": run.journal.replaying(),
        "model": parts.model.name,
        "library": {"path": str(s.root), "functions": len(parts.library.functions())},
        "sandbox": {
            "level": level.name,
            "parts": list(level.parts),
            "held": held,
            "canaries": len(level.canaries),
            "gaps": list(level.gaps),
        },
        "budget": {"rounds": s.max_rounds, "tokens": s.max_tokens, "cost": s.max_cost, "seconds": s.max_time},
    }
    run.listener(Event("start", data))  # told also when the run is resumed


def _ending(work: Callable[[], Message], run: Run, parts: Parts) -> Ending:
    """Do the work; whatever ends it early is an ending too, with what is done and what is open."""
    goes_on = True
    try:
        ended = work()["ended"]
        status, summary, error = ended["status"], ended["summary"], None
        goes_on = status == "unfinished" and "goes_on" in ended
        if status == "done" and (gone := _gone(run, parts)):  # taken back in the very moment before the end
            status, summary, goes_on = "unfinished", f"{', '.join(gone)}: taken back since. {summary}", False
    except Unfinished as problem:
        status, summary, error, goes_on = "unfinished", str(problem), problem, problem.goes_on
    except NoModel as problem:
        status, summary, error = "no_model", str(problem), problem
    except (Interrupted, KeyboardInterrupt) as problem:
        stop = problem if isinstance(problem, Interrupted) else Interrupted("Stopped.", "Go on with: coder resume")
        status, summary, error = "interrupted", str(stop), stop
    except Terminated as problem:
        stop = Interrupted("Ended from outside; everything accepted so far is kept.", "Go on with: coder resume")
        stop.exit_code = problem.exit_code
        status, summary, error = "interrupted", str(stop), stop
    exit_code = 0 if status == "done" else error.exit_code if error else 3
    lost = _gone(run, parts)
    saved = tuple(name for name in dict.fromkeys(run.so_far.saved) if name not in lost)
    red = tuple(name for name in saved if name in run.so_far.red)
    return Ending(status, summary, exit_code, saved, _open_steps(run, parts), error, red, goes_on)


def _held_against_all_tests(ending: Ending, run: Run, parts: Parts) -> Ending:
    """Each save runs the tests of what it may change; at the end all are run once, to be sure of the whole."""
    if not ending.saved or ending.status == "interrupted":
        return ending
    run.tell("working", what="running all tests of the library")
    problem, ours = whole_told(parts.library, parts.sandbox, f"{run.journal.run}-save-")
    if not problem:
        return ending
    run.tell("note", level="warning", text=problem)
    summary = f"{ending.summary.rstrip()} {problem}"
    if not ours:
        return replace(ending, summary=summary)
    return replace(ending, status="unfinished", summary=summary, exit_code=ending.exit_code or 3, goes_on=True)


def _gone(run: Run, parts: Parts) -> list[str]:
    """What was saved in this run and is not in the library any more."""
    return [name for name in dict.fromkeys(run.so_far.saved) if name_today(parts.library, name) is None]


def _open_steps(run: Run, parts: Parts) -> tuple[str, ...]:
    try:
        text = Plans(parts.memory, parts.settings.plan_file).read(run.journal.run, run.journal.goal)
        return tuple(one.name for one in plans.parse(text, run.journal.goal).open) if text else ()
    except PlanError:
        return ()


def _close(ending: Ending, run: Run, parts: Parts) -> None:
    """Log the ending, commit what no save took along, tell it, and mark the run in the journal unless it can go on."""
    s, used = parts.settings, run.so_far.used
    if ending.status in ("done", "unfinished"):
        line = log.Line(
            time=utc_now(), run=run.journal.run, round=0, flow="boss", result=ending.status, text=ending.summary
        )
        parts.memory.append(s.log_file, log.render(line), key=f"{run.journal.run}-{ending.status}")
        parts.memory.write({}, f"log: {ending.status}: {run.journal.goal}"[:120], kind="log")
    data = {
        "run": run.journal.run,
        "status": ending.status,
        "exit_code": ending.exit_code,
        "summary": ending.summary,
        "saved": list(dict.fromkeys(ending.saved)),
        "red": list(ending.red),
        "open": list(ending.open),
        "tests": run.so_far.tests_run,
        **asdict(used),
        "cost": run.price.of(used) if run.price else None,
        "seconds": round(time.monotonic() - run.so_far.started, 2),
        "sandbox_seconds": round(parts.sandbox.seconds, 4),
        "usage": _usage(ending, parts.library),
    }
    run.tell("finish", **data)
    over = ending.status == "unfinished" and not ending.goes_on
    run.journal.finish("ended" if over else ending.status, data)


def _usage(ending: Ending, library: Library) -> str:
    """A line for a shell that shows what an example of the last function saved gives; without a plain one, its help."""
    if not ending.saved:
        return ""
    name = name_today(library, ending.saved[-1]) or ending.saved[-1]
    code = f"from library import {', '.join(dict.fromkeys(ending.saved))}; {_shown(library, name)}"
    where = shlex.quote(str(library.memory.root))  # and not another library of the folder that the person is in
    return f"PYTHONSAFEPATH=1 PYTHONPATH={where} python3 -c {_quoted(code)}"


def _quoted(code: str) -> str:
    """For a shell, in the marks that leave it easier to read."""
    return f'"{code}"' if "'" in code and not set(code) & set('"$`\\!') else shlex.quote(code)


def _shown(library: Library, name: str) -> str:
    try:
        example = parse_example(library.example(name))
        call = expression(example.call)
    except SourceError:
        return f"help({name})"
    known = {name, *dir(builtins)}
    return f"print({example.call})" if call and not example.raises and names_within(call) <= known else f"help({name})"
