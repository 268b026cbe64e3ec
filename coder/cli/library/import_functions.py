"""`coder library import`: functions that somebody already has, through the same gate, marked with their origin."""

import argparse
import hashlib
import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from coder.drafting.acceptance import NOBODY, stamp, unchecked
from coder.errors import RefusedInput, SourceError
from coder.people.person import confirm
from coder.settings import Settings
from coder.terminal.prompt import Prompt
from library.change import Change
from library.editing.splice import splice
from library.evidence import evidence_files as records
from library.evidence.evidence import LICENCES, Evidence
from library.exchange.importing import Candidate, candidates, with_tests
from library.exchange.name_clashes import fitted
from library.exchange.origin import Origin, find_origin
from library.gate.admission import Admission, evidence
from library.gate.gate import Gate
from library.gate.naming import Neighbour
from library.sandbox import Sandbox
from library.save import save_change
from library.source.function import parse
from library.store import Library
from library.whole_run import whole_suite
from memory.clock import utc_now


@dataclass(frozen=True)
class JudgedCandidate:
    """A candidate and what became of it: taken if there are no problems; `there`: the library has it already."""

    candidate: Candidate
    problems: tuple[str, ...] = ()
    there: bool = False
    shown: str = ""
    evidence: Evidence | None = None

    def accepted_by(self, yes: bool) -> "JudgedCandidate":
        """The same with who let it in in its evidence."""
        if self.evidence is None:
            return self
        return replace(self, evidence=replace(self.evidence, accepted=NOBODY if yes else "the person"))


def bring(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Show what would be taken and what not, ask, and save it: one commit a function."""
    if not options.yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise RefusedInput("Nobody can agree here: this is no terminal.", "Add --yes to take what is green.")
    if problem := library.problem():
        raise problem
    origin = find_origin(options.file, options.licence)
    now = utc_now()
    found = candidates(origin, options.names, now, parse(library.good_source()))
    hint = "" if origin.licence != "unknown" else " (nothing says it; if you know it: --licence TEXT)"
    print(
        f"{origin.name}: {len(found)} public function{'' if len(found) == 1 else 's'}; licence: {origin.licence}{hint}"
    )
    with Sandbox(level=settings.sandbox) as sandbox:
        judged = _Judge(library, origin, sandbox, options.allow).judge(found)
        taken = [one for one in judged if not one.problems and not one.there]
        _show(judged)
        if not taken:
            print("Nothing to take.")
            return 3 if any(one.problems for one in judged) else 0
        if not options.yes and not confirm(Prompt(), f"Take {len(taken)}?"):
            print("Nothing was taken.")
            return 3
        saved = _save(library, sandbox, origin, [one.accepted_by(options.yes) for one in taken])
        print(f"{saved} saved in {library.path}")
        red = _whole(library, sandbox) if saved else False
    return 0 if saved == len(taken) and not red else 3


def _whole(library: Library, sandbox: Sandbox) -> bool:
    """All tests of the library once more, told; whether any is red."""
    found = whole_suite(library, sandbox)
    if found.error:
        print(f"coder: all tests could not be run to their end: {found.error}", file=sys.stderr)
    for line in found.red:
        print(f"coder: red: {line}", file=sys.stderr)
    if found.red:
        print("coder: coder undo takes back one save after the other, the last first.", file=sys.stderr)
    elif not found.error:
        print(f"All {found.ran} tests of the library are green.")
    return not found.green


class _Judge:
    """Judges candidates one after the other, each in the library as it would be with those before."""

    def __init__(self, library: Library, origin: Origin, sandbox: Sandbox, allowed: Collection[str]) -> None:
        self.library, self.origin = library, origin
        self.known: set[str] = set()
        self.text = library.good_source()
        self.gate, self.admission = Gate(sandbox), Admission(sandbox)
        self.allowed = allowed

    def judge(self, found: Sequence[Candidate]) -> list[JudgedCandidate]:
        refused: set[str] = set()
        judged: list[JudgedCandidate] = []
        for candidate in found:
            missing = [need for need in candidate.needs if need in refused]
            problem = candidate.problem or (f"it needs {', '.join(missing)}, which is refused" if missing else "")
            one = JudgedCandidate(candidate, (problem,)) if problem else self._one(candidate)
            if not one.problems and not one.there and one.candidate.draft:
                try:
                    self.text = splice(self.text, one.candidate.draft.code)
                except SourceError as error:
                    one = JudgedCandidate(candidate, (error.message,))
            if one.problems:
                refused.add(candidate.name)
            else:
                self.known.add(candidate.name)
            judged.append(one)
        return judged

    def _one(self, candidate: Candidate) -> JudgedCandidate:
        candidate = with_tests(candidate, self.origin, self.known)
        draft = candidate.draft
        assert draft is not None
        old = self.library.get(candidate.name)
        if old is not None:
            new = parse(draft.code, "the draft").get(candidate.name)
            same = new is not None and old.digest == new.digest
            return JudgedCandidate(
                candidate, () if same else ("the library has another function of this name",), there=same
            )
        try:
            candidate = fitted(candidate, parse(self.text))
            draft = candidate.draft
            assert draft is not None
            verdict = self.gate.judge(draft, candidate.examples, self.text)
            # Doctests may use what an earlier line of the docstring made; those say nothing here.
            unset = {row.call for row in verdict.rows if not row.ok and "NameError" in row.got}
            if unset:
                known = tuple(example for example in candidate.examples if example.call not in unset)
                candidate = replace(candidate, examples=known)
                verdict = self.gate.judge(draft, known, self.text)
            if not verdict.green:
                return JudgedCandidate(candidate, tuple(verdict.failures().removeprefix("- ").split("\n- ")))
            report = self.admission.examine(
                draft, candidate.examples, self.text, self._neighbours(candidate), accepted=self.allowed
            )
        except SourceError as error:
            return JudgedCandidate(candidate, (error.message,))
        shown = f"{len(verdict.rows)} examples, {len(verdict.tests)} tests hold"
        found = evidence(draft, candidate.examples, verdict, report, (), stamp(self.gate.sandbox))
        said = self.origin.told()
        missed = unchecked(report, present=True, questions=0, asked=False)
        return JudgedCandidate(
            candidate,
            report.problems,
            False,
            shown,
            replace(found, origin=said, licence=licence_file(self.origin), unchecked=missed),
        )

    def _neighbours(self, candidate: Candidate) -> list[Neighbour]:
        hits = self.library.search(candidate.name.replace("_", " "), 5)
        return [hit.function for hit in hits]


def licence_file(origin: Origin) -> str:
    """Where the text of an origin's licence is kept; "" if there is none."""
    mark = hashlib.blake2b(origin.notice.encode("utf-8", "replace"), digest_size=3).hexdigest()
    name = re.sub(r"[^\w.-]+", "_", origin.name).strip("._")[:60] or "origin"
    return f"{LICENCES}/{name}-{mark}.txt" if origin.notice.strip() else ""


def _show(judged: Sequence[JudgedCandidate]) -> None:
    came = {test for one in judged if not one.problems for test in one.candidate.tests}
    for one in judged:
        name = one.candidate.name
        if one.there:
            print(f"  =  {name}: is in the library already")
        elif one.problems:
            print(f"  -  {name}: refused: {'; '.join(one.problems)}")
        else:
            more = [one.shown, *(f"{old} becomes {new}" for old, new in one.candidate.renamed)]
            print(f"  +  {name}: {'; '.join(more)}")
        for left in one.candidate.left if not one.problems and not one.there else ():
            if left.split(":")[0] not in came:  # else it came with another function
                print(f"       test left behind: {left}")


def _save(library: Library, sandbox: Sandbox, origin: Origin, taken: Sequence[JudgedCandidate]) -> int:
    """Each in a commit of its own, after its tests and those of all that depends on it; what is red is not saved."""
    library.memory.create()
    saved = 0
    refused: set[str] = set()
    for one in taken:
        draft = one.candidate.draft
        if draft is None or refused.intersection(one.candidate.needs):
            continue
        try:
            why = f"import {draft.name} from {origin.name}"
            done = save_change(library, partial(_plan, library, one), sandbox, why, partial(_papers, one, origin))
        except SourceError as error:
            refused.add(draft.name)
            print(f"coder: {draft.name}: {error}", file=sys.stderr)
            continue
        if not done.commit:
            refused.add(draft.name)
            print(f"coder: {draft.name}: not saved: {'; '.join(done.impact.red[:3])}", file=sys.stderr)
        saved += bool(done.commit)
    return saved


def _plan(library: Library, one: JudgedCandidate) -> Change:
    draft = one.candidate.draft
    assert draft is not None
    return library.plan_save(draft.code, draft.tests, examples=one.candidate.examples, name=draft.name)


def _papers(one: JudgedCandidate, origin: Origin, change: Change) -> records.Files:
    """The evidence, and the text of the licence."""
    files = records.saved(change, one.evidence) if one.evidence else {}
    if paper := licence_file(origin):
        files[paper] = f"{origin.told()}\n\n{origin.notice.rstrip()}\n"
    return files
