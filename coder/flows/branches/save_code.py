"""save_code: splices the accepted draft into library.py, runs the tests of all that depends on it, commits."""

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from coder.drafting.acceptance import Accepted
from coder.drafting.reuse import Twin, twins
from coder.flows.branch import Branch, Outcome
from coder.flows.command import Command, argument
from coder.flows.message import Message, keys
from coder.people.question import Choose, Option, Text
from coder.run.run import Run
from library.change import Change
from library.draft.draft import Draft
from library.editing.red_mark import with_mark, without_mark
from library.errors import SourceError
from library.evidence.evidence_files import saved
from library.sandbox import Sandbox
from library.save import save_change
from library.store import Library
from memory.json_values import from_json


@dataclass(frozen=True)
class SaveCodeArguments:
    """What save_code takes."""

    replace: bool = argument("true: a function of this name is there and is to be replaced", False)


@dataclass(frozen=True)
class SaveCode(Branch):
    """A save is one effect and one commit; the same effect again finds its commit by its key."""

    command = Command("save_code", "Save the accepted draft in the library.", SaveCodeArguments)
    own = keys(
        "goal",
        may_read="draft just_reused made reused saved failed",
        may_write="saved made reused failed",
        rewrites="draft just_reused",
    )
    library: Library
    sandbox: Sandbox
    offers: bool = True

    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
        waiting = message.get("draft")
        if not waiting and (step := message.get("just_reused")):
            told = f"Nothing to save: {step} is done by {message['made'][step]}."
            return Outcome(True, told, data={"just_reused": ""})
        if not waiting:
            return Outcome(False, "There is no accepted draft to save; write_code first.")
        accepted = from_json(Accepted, waiting)
        name = planned = accepted.draft.name
        replacing = False
        if run.effect("exists", lambda: self.library.has(planned)):
            how, name = self._clash(run, planned, arguments["replace"])
            if how == "cancel":
                told = f"{planned} exists already; nothing was saved. The accepted draft waits: save_code with replace"
                failed = {**message.get("failed", {}), planned: f"{planned} exists already, and nothing was replaced."}
                told = f"{told} puts it in the place of the old one, write_code drops it."
                return Outcome(False, told, "cancelled", {"failed": failed})
            replacing = how == "replace"
        twin = None if replacing else self._twin(run, accepted.under(name), planned)
        if twin is not None:
            how, told = self._beside(run, accepted.under(name).draft, twin)
            if how == "keep":
                made = {**message.get("made", {}), planned: twin.name}
                data = {"draft": None, "reused": [*message.get("reused", []), planned], "made": made}
                return Outcome(True, f"{told} {planned} was not saved: call {twin.name} instead.", told, data)
            if how == "merge":
                name, replacing = twin.name, True
            accepted = replace(accepted, searched=f"{accepted.searched}; {told}")
        made = self._save(run, accepted, name, replacing, message["goal"])
        if made["problem"]:
            return Outcome(False, made["problem"], made["problem"])
        run.so_far.saved.append(name)
        if made["marked"]:
            run.so_far.red.append(name)
        run.so_far.tests_run += made["ran"]
        for note in made.get("notes", ()):
            run.tell("note", level="warning", text=note)
        run.tell("saved", **{key: made[key] for key in ("names", "commit", "diff", "marked")})
        data = {
            "draft": None,
            "saved": [*message.get("saved", []), name, planned],
            "made": {**message.get("made", {}), planned: name},
        }
        return Outcome(True, f"Saved {name} ({made['ran']} tests run, commit {made['commit']}).", data=data)

    def _twin(self, run: Run, accepted: Accepted, planned: str) -> Twin | None:
        """The function of the library that is nearest to the draft, if one is the same or nearly."""
        if not self.offers:
            return None
        draft, examples = accepted.draft, accepted.examples
        found = run.effect(
            "twins", lambda: [asdict(twin) for twin in twins(draft, examples, self.library, self.sandbox)]
        )
        declined = (*accepted.declined, planned)
        known = [twin for data in found if (twin := from_json(Twin, data)).name not in declined]
        return known[0] if known else None

    def _beside(self, run: Run, draft: Draft, twin: Twin) -> tuple[str, str]:
        """Two that are the same or nearly: the person decides; nobody there keeps the old one only if all is equal."""
        equal = twin.same and twin.passed == twin.examples
        rows = [
            f"  {twin.name}{given}: {draft.name} gives {mine}, {twin.name} gives {old}"
            for given, mine, old in twin.differences
        ]
        gives = f"{twin.name} gives {twin.passed} of the {twin.examples} examples."
        head = f"{twin.name} in the library is close to {draft.name}: {twin.line}. {gives}"
        question = "\n".join([head, *rows, "", draft.code.rstrip(), "", twin.code.rstrip()])
        options = [Option("k", "keep the old one", f"drop {draft.name}; the step counts as done by {twin.name}")]
        if not twin.called:
            options.append(Option("m", "merge", f"{draft.name} takes the place and name of {twin.name}; all tests run"))
        options.append(Option("b", "keep both"))
        default = "k" if equal else "b"
        run.tell("note", level="info", text="\n".join([head, *rows]))
        chosen = run.ask("twin", Choose(question, tuple(options), default)).text
        how = {"k": "keep", "m": "merge"}.get(chosen, "both")
        done = {
            "keep": "the old one is kept",
            "merge": "merged under the old name",
            "both": "both are kept",
        }[how]
        told = f"near duplicate {twin.name} ({twin.line}): {done}."
        run.tell("note", level="info", text=f"{draft.name}: {told}")
        return how, told

    def _clash(self, run: Run, name: str, wanted: bool) -> tuple[str, str]:
        """A name that exists: replace, rename or cancel, never a silent second one; and the name to save under."""
        options = (
            Option("r", "replace", "the old one stays in the history; its tests and its callers' are run"),
            Option("n", "new name", "save this one under another name"),
            Option("c", "cancel", "save nothing"),
        )
        question = f"{name} exists already in the library."
        default = "r" if wanted else "c"
        choice = run.ask("clash", Choose(question, options, default)).text
        if choice != "n":
            return ("replace" if choice == "r" else "cancel"), name
        other = run.ask("name", Text("Which name?")).text.strip()
        return ("new", other) if other.isidentifier() else ("cancel", name)

    def _save(self, run: Run, accepted: Accepted, name: str, replacing: bool, goal: str) -> dict[str, Any]:
        """Rename the draft once if it gets another name, then save it as every change of a library is saved."""
        ready, marked, planned = accepted.under(name), accepted.marked, accepted.draft.name
        draft = ready.draft
        code = with_mark(draft.code, name) if marked else without_mark(draft.code)
        how = f"{'replace' if replacing else 'save'} {name}{', although red' if marked else ''}: {goal}"[:200]
        step = "" if planned == name else f"For step {planned}. "  # whose tick goes along when this is undone
        key = run.key("save", self.library.saved)

        def plan() -> Change:
            return self.library.plan_save(code, draft.tests, examples=ready.examples, name=name, replace=replacing)

        def make() -> dict[str, Any]:
            try:
                done = save_change(
                    self.library,
                    plan,
                    self.sandbox,
                    lambda found: f"{how}\n\n{step}{found.ran} tests run.",
                    lambda change: saved(change, accepted.evidence(name, self.sandbox)),
                    key=key,
                    forgiven=name if marked else "",
                )
            except SourceError as error:
                return {"problem": error.message}
            if done.impact.red:
                return {"problem": "Not saved, because this would break:\n" + "\n".join(done.impact.red[:5])}
            change = done.change or Change("", "", "", added=(name,))  # it was saved by a process that was killed then
            return {
                "problem": "",
                "names": [one for one in (*change.added, *change.replaced) if not one.startswith("_")],
                "commit": done.sha[:10],
                "diff": change.diff,
                "ran": done.impact.ran if done.change else _ran(done.commit.why if done.commit else ""),
                "marked": marked,
                "notes": list(change.notes),
            }

        return run.effect("save", make, shielded=True)


def _ran(why: str) -> int:
    """How many tests were run, out of the message of a commit that a killed process made and could not tell of."""
    found = re.search(r"(\d+) tests run\.\Z", why)
    return int(found[1]) if found else 0
