"""save_code: splices the accepted draft into library.py, runs the tests of all that depends on it, commits."""

import re
from dataclasses import dataclass, replace
from typing import Any

from coder.drafting.acceptance import Dossier, stamp
from coder.drafting.reuse import Twin, twins
from coder.flows.branch import Branch, Outcome
from coder.flows.command import Command, argument
from coder.flows.message import Message
from coder.flows.structures import Keys
from coder.people.question import Choose, Option, Text
from coder.run.run import Run
from library.draft.draft import Draft
from library.editing.red_mark import with_mark, without_mark
from library.editing.rename import rename_names
from library.errors import SourceError
from library.evidence.evidence import Evidence
from library.evidence.evidence_files import saved, under
from library.examples.example import Example
from library.impact import tested
from library.sandbox import Sandbox
from library.store import Library
from library.suite.suite import rename_function


@dataclass(frozen=True)
class SaveCodeArguments:
    """What save_code takes."""

    replace: bool = argument("true: a function of this name is there and is to be replaced", False)


@dataclass(frozen=True)
class Accepted:
    """What waits to be saved: the draft, its examples, whether it is to be marked as red, and what is known of it."""

    draft: Draft
    examples: list[Example]
    marked: bool
    dossier: Dossier
    judged: Draft  # as it was when it was judged, maybe under another name

    @staticmethod
    def read(waiting: dict[str, Any]) -> "Accepted":
        """What write_code left in the message."""
        draft = Draft.from_json(waiting)
        examples = [Example.from_json(example) for example in waiting["examples"]]
        return Accepted(draft, examples, waiting["marked"], Dossier.from_json(waiting["dossier"]), draft)

    def under(self, draft: Draft) -> "Accepted":
        """The same with the draft under another name: what calls it follows."""
        if draft.name == self.draft.name:
            return self
        calls = [rename_names(example.call, {self.draft.name: draft.name}) for example in self.examples]
        examples = [replace(example, call=call) for example, call in zip(self.examples, calls, strict=True)]
        return replace(self, draft=draft, examples=examples)

    def evidence(self, sandbox: Sandbox) -> Evidence:
        """What is kept of it with the function, under the name that it is saved by."""
        judged = self.judged.name
        examples = [replace(e, call=rename_names(e.call, {self.draft.name: judged})) for e in self.examples]
        return under(self.dossier.evidence(self.judged, examples, stamp(sandbox)), judged, self.draft.name)


@dataclass(frozen=True)
class SaveCode:
    """A save is one effect and one commit; the same effect again finds its commit by its key."""

    run: Run
    library: Library
    sandbox: Sandbox
    offers: bool = True

    def branch(self) -> Branch:
        """This as a flow."""
        command = Command("save_code", "Save the accepted draft in the library.", SaveCodeArguments)
        return Branch(command, Keys({"arguments", "goal"}), self.act)

    def act(self, message: Message, arguments: dict[str, Any]) -> Outcome:
        """Save the draft that waits in the message."""
        waiting = message.get("draft")
        if not waiting and (step := message.get("just_reused")):
            told = f"Nothing to save: {step} is done by {message['made'][step]}."
            return Outcome(True, told, data={"just_reused": ""})
        if not waiting:
            return Outcome(False, "There is no accepted draft to save; write_code first.")
        draft, replacing = Draft.from_json(waiting), False
        planned = draft.name
        if self.run.effect("exists", lambda: self.library.has(draft.name)):
            how, draft = self._clash(draft, arguments["replace"])
            if how == "cancel":
                told = (
                    f"{draft.name} exists already; nothing was saved. The accepted draft waits: save_code with replace"
                )
                return Outcome(False, f"{told} puts it in the place of the old one, write_code drops it.", "cancelled")
            replacing = how == "replace"
        accepted = Accepted.read(waiting).under(draft)
        twin = None if replacing else self._twin(accepted, [*waiting.get("declined", []), planned])
        if twin is not None:
            how, told = self._beside(draft, twin)
            if how == "keep":
                made = {**message.get("made", {}), planned: twin.name}
                data = {"draft": None, "reused": [*message.get("reused", []), planned], "made": made}
                return Outcome(True, f"{told} {planned} was not saved: call {twin.name} instead.", told, data)
            if how == "merge":
                draft = Draft(twin.name, *rename_function(draft.code, draft.tests, draft.name, twin.name))
                replacing = True
            dossier = accepted.dossier
            dossier = replace(dossier, searched=f"{dossier.searched}; {told}")
            accepted = replace(accepted, dossier=dossier).under(draft)
        made = self._save(accepted, replacing, message["goal"], planned)
        if made["problem"]:
            return Outcome(False, made["problem"], made["problem"])
        self.run.saved.append(draft.name)
        if made["marked"]:
            self.run.red.append(draft.name)
        self.run.tests_run += made["ran"]
        for note in made.get("notes", ()):
            self.run.tell("note", level="warning", text=note)
        self.run.tell("saved", **{key: made[key] for key in ("names", "commit", "diff", "marked")})
        data = {
            "draft": None,
            "saved": [*message.get("saved", []), draft.name, planned],
            "made": {**message.get("made", {}), planned: draft.name},
        }
        return Outcome(True, f"Saved {draft.name} ({made['ran']} tests run, commit {made['commit']}).", data=data)

    def _twin(self, accepted: Accepted, declined: list[str]) -> Twin | None:
        """The function of the library that is nearest to the draft, if one is the same or nearly."""
        if not self.offers:
            return None
        draft, examples = accepted.draft, accepted.examples
        found = self.run.effect(
            "twins", lambda: [twin.to_json() for twin in twins(draft, examples, self.library, self.sandbox)]
        )
        known = [twin for data in found if (twin := Twin.from_json(data)).name not in declined]
        return known[0] if known else None

    def _beside(self, draft: Draft, twin: Twin) -> tuple[str, str]:
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
        self.run.tell("note", level="info", text="\n".join([head, *rows]))
        chosen = self.run.ask("twin", Choose(question, tuple(options), default)).text
        how = {"k": "keep", "m": "merge"}.get(chosen, "both")
        done = {"keep": "the old one is kept", "merge": "merged under the old name", "both": "both are kept"}[how]
        told = f"near duplicate {twin.name} ({twin.line}): {done}."
        self.run.tell("note", level="info", text=f"{draft.name}: {told}")
        return how, told

    def _clash(self, draft: Draft, wanted: bool) -> tuple[str, Draft]:
        """A name that exists: replace, rename or cancel, never a silent second one."""
        options = (
            Option("r", "replace", "the old one stays in the history; its tests and its callers' are run"),
            Option("n", "new name", "save this one under another name"),
            Option("c", "cancel", "save nothing"),
        )
        question = f"{draft.name} exists already in the library."
        default = "r" if wanted else "c"
        choice = self.run.ask("clash", Choose(question, options, default)).text
        if choice != "n":
            return ("replace" if choice == "r" else "cancel"), draft
        name = self.run.ask("name", Text("Which name?")).text.strip()
        if not name.isidentifier():
            return "cancel", draft
        return "new", Draft(name, *rename_function(draft.code, draft.tests, draft.name, name))

    def _save(self, accepted: Accepted, replacing: bool, goal: str, step: str) -> dict[str, Any]:
        draft, marked = accepted.draft, accepted.marked
        key = f"{self.run.journal.run}-save-{self.run.journal.place}"

        def make() -> dict[str, Any]:
            self.library.memory.recover()  # what a killed process had begun, ours or another, is to be found
            # only a save that a kill interrupted finds its function there already
            if self.library.get(draft.name) is not None and (done := self.library.saved(key)):
                return {
                    "problem": "",
                    "names": [draft.name],
                    "commit": done.sha[:10],
                    "diff": "",
                    "ran": _ran(done.why),
                    "marked": marked,
                }
            with self.library.memory.lock():  # nobody changes the library between the tests and the commit
                self.library.memory.recover()
                return save()

        def save() -> dict[str, Any]:
            try:
                change = self.library.plan_save(
                    with_mark(draft.code, draft.name) if marked else without_mark(draft.code),
                    draft.tests,
                    examples=accepted.examples,
                    name=draft.name,
                    replace=replacing,
                )
            except SourceError as error:
                return {"problem": error.message}
            change, found = tested(self.library, change, self.sandbox, draft.name if marked else "")
            if found.red:
                return {"problem": "Not saved, because this would break:\n" + "\n".join(found.red[:5])}
            how = f"{'replace' if change.replaced else 'save'} {draft.name}{', although red' if marked else ''}"
            # who undoes this save finds the step whose tick goes with it
            why = (
                f"{how}: {goal}"[:200]
                + f"\n\n{'' if step == draft.name else f'For step {step}. '}{found.ran} tests run."
            )
            commit = self.library.save(change, why, key, saved(change, accepted.evidence(self.sandbox)))
            return {
                "problem": "",
                "names": [name for name in (*change.added, *change.replaced) if not name.startswith("_")],
                "commit": commit.sha[:10] if commit else "",
                "diff": change.diff,
                "ran": found.ran,
                "marked": marked,
                "notes": list(change.notes),
            }

        return self.run.effect("save", make, shielded=True)


def _ran(why: str) -> int:
    """How many tests were run, out of the message of a commit that a killed process made and could not tell of."""
    found = re.search(r"(\d+) tests run\.\Z", why)
    return int(found[1]) if found else 0
