"""Run: one goal on its way. Every model reply, answer and verdict passes here: asked, recorded, told to the listener.

Flows are handed a Run and never talk to the model or the person themselves, so that resuming is one mechanism: a
recorded effect is returned, a new one is made and on disk before it is used.
"""

import gc
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from types import FrameType
from typing import Any, TypeVar

from coder.errors import FormatError, Interrupted, NoAnswer, Unfinished
from coder.model.model import Model, Reply, ReplyOptions, Tool, Turn, Wait, Watch
from coder.model.named_models import chosen_by
from coder.people.person import Person
from coder.people.question import WITH_THE_REST, Answer, Choose, DraftReview, Option, Question, Text
from coder.run.budget import Budget, Price, Used
from coder.run.chat import correction, digest, from_user
from coder.run.events import Event, Kind, Listener
from coder.run.interrupts import on_interrupt
from coder.run.journal import Journal, Stopped
from memory.clock import utc_now
from memory.json_values import from_json

T = TypeVar("T")
SLOW: dict[str, str] = {  # effects that may take a second and more, in words
    "memory": "reading plan, log and library",
    "search": "looking into the library",
    "reuse": "looking for a function that does it already",
    "question": "looking for what is worth a question",
    "telling": "looking for what is worth a second opinion",
    "second": "trying what the model says",
    "twins": "comparing it with the library",
    "save": "saving, and running the tests of what it may change",
    "commit:plan": "keeping the plan",
}
NONE_RECORDED = "the recording has no reply to that"
TRIES = 3


class EndedByPerson(Unfinished):
    """The person ended the run properly; what was saved stays, what is open stays open."""

    goes_on = False


class GivenUp(NoAnswer):
    """Nobody wanted to try again; that is recorded, so the run cannot go on."""

    goes_on = False


@dataclass
class SoFar:
    """What a run has come to: one for all its places.

    Attributes:
        used: of the model.
        saved: names of functions.
        red: of these, what was saved although red.
        tests_run: how many.
        started: of the monotonic clock.
        inside: the effect that Ctrl-C would interrupt; "" if none is under way.
        pressed: Ctrl-C was pressed between effects.
        rest: the person accepts every further draft that is green.
    """

    used: Used = field(default_factory=Used)
    saved: list[str] = field(default_factory=list[str])
    red: list[str] = field(default_factory=list[str])
    tests_run: int = 0
    started: float = field(default_factory=time.monotonic)
    inside: str = ""
    pressed: bool = False
    rest: bool = False
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, reply: Reply) -> None:
        """Add a reply to what was used."""
        with self._counting:
            self.used = self.used.plus(reply)


@dataclass(frozen=True)
class Run:
    """What the flows of one goal share, as seen from one place in their tree; see the module's docstring.

    Args:
        place: such as "boss/work/round[3]/act/write_code"; effects are recorded under it, and counted there.
        strand: the place below which effects come one after the other; another strand may go on beside it.
    """

    journal: Journal
    model: Model
    person: Person
    listener: Listener
    budget: Budget = field(default_factory=Budget)
    price: Price | None = None
    so_far: SoFar = field(default_factory=SoFar)
    place: str = ""
    strand: str = ""

    def at(self, part: str) -> "Run":
        """This run as seen from a part of the flow that is here."""
        return replace(self, place=f"{self.place}/{part}" if self.place else part)

    def beside(self, part: str) -> "Run":
        """The same for a part that goes on beside others, in a thread of its own: it is replayed for itself."""
        there = self.at(part)
        return replace(there, strand=there.place)

    def key(self, what: str, written: Callable[[str], object] = lambda _: None) -> str:
        """A name for what the next effect here writes elsewhere: who makes the effect again finds it by that.

        Args:
            what: is written.
            written: whether that was done under a name. Before there were places, the number of the effect was in it.
        """
        if (number := self.journal.resumed_at) and written(former := f"{self.journal.run}-{what}-{number}"):
            return former
        place = re.sub(r"\W+", "-", self.place)
        return f"{self.journal.run}-{what}-{place}-{self.journal.count(self.place)}"

    def tell(self, kind: Kind, **data: Any) -> None:
        """Tell the listener, unless this was told before the run was resumed."""
        if not self.journal.replaying(self.strand):
            self.listener(Event(kind, data))

    def effect(self, name: str, make: Callable[[], Any], request: str = "", shielded: bool = False) -> Any:
        """The recorded value of this effect, or the value that `make` makes now, recorded before it is returned.

        Args:
            name: what kind of effect, such as "model:plan"; a replay must meet the same names in the same order.
            request: what the value depends on; a replay with another request is an error.
            shielded: Ctrl-C waits until the effect is made (for commits).

        Raises:
            Stopped: the person interrupted this effect and gave feedback.
            EndedByPerson: the person interrupted it and ended the run.
            Interrupted: the person left; the run can be resumed.
        """
        while True:
            try:
                guarded = self._interruptible(name, make, shielded)
                return self.journal.effect(name, guarded, request=request, place=self.place, strand=self.strand)
            except KeyboardInterrupt:
                self.so_far.pressed = False
                self._decide(name)
            except Stopped as stopped:
                if not self._chose_model(stopped.words):
                    raise self._stopped(stopped) from None

    def _interruptible(self, name: str, make: Callable[[], Any], shielded: bool) -> Callable[[], Any]:
        def guarded() -> Any:
            if words := SLOW.get(name):
                self.tell("working", what=words)
            if threading.current_thread() is not threading.main_thread():
                return make()  # Ctrl-C never comes here
            if self.so_far.pressed:
                raise KeyboardInterrupt
            if shielded:
                return make()
            self.so_far.inside = name
            try:
                return make()
            finally:
                self.so_far.inside = ""

        return guarded

    def _decide(self, doing: str) -> None:
        """Ask what to do after Ctrl-C. Returns to go on; a decision is recorded and raised at the next effect."""
        while True:
            try:
                answer = self.person.interrupted(doing)
            except (KeyboardInterrupt, EOFError):
                answer = Answer("quit")
            self.tell("answer", verdict=answer.verdict, text=answer.text)
            if answer.verdict == "quit":
                raise _left()
            if answer.verdict not in ("feedback", "finish"):
                return
            self.journal.interrupt(asdict(answer), self.place)
            if not self._chose_model(answer.text):
                raise self._stopped(Stopped(asdict(answer)))

    def _chose_model(self, words: str) -> bool:
        """Whether these words choose a model, which then is asked from now on, or ask which there are."""
        if told := chosen_by(words, self.model):
            self.tell("note", level="info", text=told)
        return bool(told)

    def _stopped(self, stopped: Stopped) -> Exception:
        answer = from_json(Answer, stopped.decision)
        return EndedByPerson("You ended the run.") if answer.verdict == "finish" else Stopped(stopped.decision)

    def listening_for_interrupts(self) -> AbstractContextManager[None]:
        """Ctrl-C interrupts the effect under way; between effects it takes hold at the next; twice it leaves."""

        def pressed(number: int, frame: FrameType | None) -> None:
            if self.so_far.inside or self.so_far.pressed:
                raise KeyboardInterrupt
            self.so_far.pressed = True

        return on_interrupt(pressed)

    # -- the person -----------------------------------------------------------------------------------------------

    def ask(self, name: str, question: Question) -> Answer:
        """What the person decides, recorded.

        Once they have accepted the rest of the run if green, a green draft is accepted without being shown. Words that
        choose a model do so, and the question is put again.

        Args:
            name: what it is about, such as "plan": the effect is "person:plan".
            question: put to them with the goal and the time.

        Returns:
            The answer; `accept_rest` as `accept`, since for this question it is the same.

        Raises:
            Interrupted: the person left.
        """

        def make() -> dict[str, str]:
            if self.so_far.rest and isinstance(question, DraftReview) and question.plain_green:
                return asdict(Answer("accept", WITH_THE_REST))
            answer = self.person.ask(replace(question, goal=self.journal.goal, asked_at=utc_now()))
            if answer.verdict == "quit":  # not recorded: whoever comes back is asked again
                raise _left()
            return asdict(answer)

        while True:
            answer = from_json(Answer, self.effect(f"person:{name}", make))
            self.tell("answer", verdict=answer.verdict, text=answer.text)
            if answer.verdict != "feedback" or not self._chose_model(answer.text):
                break
        if answer.verdict == "accept_rest":
            self.so_far.rest = True
            return Answer("accept")
        return answer

    # -- the model ------------------------------------------------------------------------------------------------

    def reply(
        self,
        purpose: str,
        chat: Sequence[Turn],
        tools: Sequence[Tool] = (),
        options: ReplyOptions = ReplyOptions(),
        *,
        extra: bool = False,
    ) -> Reply:
        """One reply of the model, recorded; a recorded one is never paid again, whatever its `options` were.

        Args:
            purpose: what it is for.
            chat: the turns so far.
            tools: what may be called.
            options: what is wished of the reply.
            extra: the run goes on without it: where a recording has none, an empty one is noted as `NONE_RECORDED`.

        Raises:
            OverBudget: no further call is allowed.
            NoModel: no model answers.
        """

        def make() -> dict[str, Any]:
            self.budget.check(self.so_far.used, self.price, time.monotonic() - self.so_far.started)
            self.tell("asking", purpose=purpose)
            try:
                return self.model.complete(purpose, chat, tools, self._watch(purpose), options).to_json()
            except NoAnswer:
                if not extra:
                    raise
                return Reply(note=NONE_RECORDED).to_json()

        was_recorded = self.journal.replaying(self.strand)
        if self.so_far.used.calls == 1:
            gc.freeze()  # the client's 1,000 modules are there to stay: no collection need look at them again
        reply = from_json(Reply, self.effect(f"model:{purpose}", make, request=digest(chat, tools)))
        if reply.note == NONE_RECORDED:
            return reply
        self.so_far.count(reply)
        self.tell(
            "reply",
            purpose=purpose,
            seconds=round(reply.seconds, 3),
            tokens_in=reply.tokens_in,
            tokens_cached=reply.tokens_cached,
            tokens_out=reply.tokens_out,
            counted=reply.counted,
            recorded=was_recorded,
        )
        return reply

    def _watch(self, purpose: str) -> Watch:
        def waiting(wait: Wait) -> None:
            self.tell("wait", reason=wait.reason, seconds=wait.seconds, attempt=wait.attempt, left=wait.total_left_s)

        return Watch(
            on_text=lambda delta: self.tell("text", purpose=purpose, delta=delta),
            on_wait=waiting,
            on_note=lambda text: self.tell("note", level="warning", text=text),
            on_restart=lambda why: self.tell("restart", reason=why),
        )

    def ask_model(
        self,
        purpose: str,
        chat: Sequence[Turn],
        check: Callable[[Reply], T],
        tools: Sequence[Tool] = (),
        options: ReplyOptions = ReplyOptions(),
        tries: int = TRIES,
    ) -> tuple[T, list[Turn]]:
        """Ask until the reply is usable: a bad one is answered with what was wrong, `tries` times at most.

        A reply that was cut at the limit of its purpose gets twice the room the next time. After the last try the
        person is asked whether to try again, and with which words.

        Args:
            chat: the turns so far; what is returned begins with them (append-only, for providers' prompt caches).
            check: turns a reply into what is wanted, or raises FormatError with what is wrong: the model is told so.
            tools: what it may call.
            options: what is wished of each reply.
            tries: how many replies, before the person is asked.

        Returns:
            What `check` made, and the chat with the reply at its end.

        Raises:
            NoAnswer: no usable reply, and the person (or nobody) did not want to try again.
        """
        turns = list(chat)
        while True:
            problem = ""
            for attempt in range(1, tries + 1):
                reply = self.reply(purpose, turns, tools, options)
                try:
                    return check(reply), [*turns, reply.turn()]
                except FormatError as error:
                    problem = f"{reply.note}: {error.message}" if reply.note else error.message
                self.tell("bad_reply", purpose=purpose, problem=problem, attempt=attempt, of=tries)
                turns += correction(purpose, reply, problem, tools)
                if options.max_tokens and reply.ended == "length":
                    options = replace(options, max_tokens=2 * options.max_tokens)
            turns += self.after_unusable(purpose, problem, tries)

    def after_unusable(self, purpose: str, problem: str, tries: int) -> list[Turn]:
        """What the person says after so many replies that were of no use, as turns of the chat.

        Raises:
            GivenUp: they, or nobody, want no more of it.
        """
        failed = f"The model gave no usable {purpose} in {tries} {'try' if tries == 1 else 'tries'}."
        question = f"{failed} The last one: {problem}"
        options = [Option("a", "again", "try again"), Option("s", "stop", "end the run; what is saved stays")]
        if self.person.present:
            options.insert(1, Option("w", "words", "try again with words of yours"))
        choice = self.ask("bad_reply", Choose(question, tuple(options), "s"))
        if choice.text == "s" or choice.verdict != "choice":
            raise GivenUp(failed, f"The last one: {problem}")
        if choice.text == "w":
            return [from_user(self.ask("words", Text("What should the model know?")).text)]
        return []


def _left() -> Interrupted:
    return Interrupted("Stopped; everything accepted so far is kept.", "Go on with: coder resume")
