"""TerminalPerson: the person at a real keyboard; shows cards, takes single keys, typed lines and edited texts."""

import time
from collections.abc import Callable
from pathlib import Path

from coder.errors import RefusedInput
from coder.people.question import Answer, AnswerKind, Choose, DraftReview, PlanReview, Question, Text
from coder.terminal.cards import code_card, difference, is_folded, plan_card
from coder.terminal.editor import edit_file, editor_command, read_edited, run_editor, write_for_edit
from coder.terminal.keyboard import END, ENTER, PASTED, Keyboard
from coder.terminal.screen import Screen
from coder.terminal.text import clean, inline, row, wrap
from memory import plan as plans
from memory.text_diff import changes

Keys = dict[str, tuple[str, str]]  # key -> (label with the key in brackets, what it does)

QUIT = ("[q]uit", "leave now; `coder resume` goes on from here")
YES_TO_GREEN = (
    "[y]es to all green",
    "take it, and the rest of this run if it is green; what is red, and every question, still comes to you",
)
PLAN_KEYS: Keys = {
    "a": ("[a]ccept", "take this plan and start"),
    "y": YES_TO_GREEN,
    "e": ("[e]dit", "change it in your editor; what you save is the plan"),
    "f": ("[f]eedback", "say in words what should change; the model writes a new one (/model NAME: another model)"),
    "v": ("[v]iew", "show the whole plan"),
    "q": QUIT,
}
CODE_KEYS: Keys = {  # the most usual first: the last ones are not named where the line is too short
    "a": ("[a]ccept", "take it; something red needs a word typed in full and will be marked"),
    "y": YES_TO_GREEN,
    "f": ("[f]eedback", "say in words what should change; the model writes a new draft (/model NAME: another model)"),
    "e": ("[e]dit", "change the code in your editor; what you save is tested"),
    "v": ("[v]iew", "show everything in full: code, tests, messages, checks"),
    "r": ("[r]eject", "drop this draft; you are asked why"),
    "d": ("[d]iff", "show what changed since the last draft"),
    "x": ("e[x]amples", "withdraw or correct an example, or add one, in your editor"),
    "m": ("[m]ore", "have the model say what a few calls should give about which the examples say nothing"),
    "t": ("[t]est", "run the tests again"),
    "q": QUIT,
}
STOP_KEYS: Keys = {
    "g": ("[g]o on", "continue where it stopped"),
    "f": ("[f]eedback", "say something to the model, then go on (/model NAME: another model is asked from now on)"),
    "x": ("[x] finish", "end the run properly: what is accepted is kept, the rest stays open"),
    "q": QUIT,
}
ASK_KEYS: Keys = {"a": ("[a]nswer", "type the answer"), "e": ("[e]dit", "write it in your editor"), "q": QUIT}
VERDICTS: dict[str, AnswerKind] = {  # of the keys that mean the same wherever they are offered
    "a": "accept",
    "y": "accept_rest",
    "t": "test",
    "m": "more",
    "g": "go_on",
    "q": "quit",
    END: "quit",
}
WHY = "Why? The next draft is told (Enter: no reason, Ctrl-C goes back): "
WORDS = "in words; a line ending in \\ goes on"
_NO_BRACKETS = str.maketrans("", "", "[]")


class TerminalPerson:
    """The Person at the keyboard.

    Args:
        screen: where cards and questions are drawn.
        private: folder of edited texts and the history of typed lines; git-ignored.
        editor: the editor's command line; $VISUAL, $EDITOR or a usual one if None.
        keyboard: where keys come from; standard input if None.
    """

    def __init__(
        self, screen: Screen, private: Path, editor: str | None = None, keyboard: Keyboard | None = None
    ) -> None:
        self._screen = screen
        self._folder = private / "edit"
        self._editor = editor
        self._keyboard = keyboard or Keyboard(history=private / "history")
        self._edited: list[Path] = []

    @property
    def present(self) -> bool:
        """Somebody is there."""
        return True

    def ask(self, question: Question) -> Answer:
        """Draw the question and wait until it is answered."""
        match question:
            case PlanReview():
                return self._review_plan(question)
            case DraftReview():
                return self._review_draft(question)
            case Choose():
                return self._choose(question)
            case Text(file=name, initial=text) if name:
                edited = self._edit(name, text)
                return Answer("edit", text if edited is None else edited)
            case Text(title=title, how=how):
                return self._ask(title, how or WORDS)

    def _review_plan(self, card: PlanReview) -> Answer:
        shown = self._screen.has_shown(card.text)

        def draw(whole: bool) -> None:
            self._screen.show(plan_card(card, self._screen.columns, shown=shown, whole=whole))

        self._begin(lambda: draw(False))
        self._screen.seen(card.text)
        while True:
            key = self._key(PLAN_KEYS)
            if key == "v":
                draw(True)
            elif key == "e":
                if (text := self._edit("plan.txt", plans.explained(card.text))) is not None:
                    return Answer("edit", plans.bare(text))
            elif answer := self._common(key):
                return answer

    def _review_draft(self, card: DraftReview) -> Answer:
        without = {"d": not card.previous, "m": not card.telling, "y": not card.verdict.green}
        keys = {key: value for key, value in CODE_KEYS.items() if not without.get(key)}
        if card.note:  # the last edit could not be used: [e] offers it again
            self._edited = [file for file in self._edited if file != edit_file(self._folder, f"{card.draft.name}.py")]
        self._begin(lambda: self._code(card, whole=False))
        seen = not is_folded(card, self._screen.columns, self._screen.rows)
        while True:
            key = self._key(keys)
            if key == "v" or (key in ("a", "y") and not seen):
                seen = True
                self._code(card, whole=True)
                if key != "v":
                    self._say("This is all of it, with what was folded. Accept it once more.")
            elif key == "d":
                self._difference(card)
            elif key == "x":
                return Answer("examples")
            elif key == "r":
                if (why := self._typed(WHY)) is not None:
                    return Answer("reject", why.strip())
            elif key == "e":
                if (text := self._edit(f"{card.draft.name}.py", card.draft.text)) is not None:
                    return Answer("edit", text)
            elif key == "a" and not card.verdict.green:
                if self._means_red():
                    return Answer("accept_red")
            elif answer := self._common(key):
                return answer

    def _common(self, key: str) -> Answer | None:
        """What a key, or the end of input, means wherever it is offered."""
        return self._words() if key == "f" else Answer(VERDICTS[key])

    def _code(self, card: DraftReview, *, whole: bool) -> None:
        screen = self._screen
        screen.show(code_card(card, screen.columns, colour=screen.colour, whole=whole, rows=screen.rows))

    def _difference(self, card: DraftReview) -> None:
        diff = changes(card.previous, card.draft.code) or "  (nothing changed)"
        self._screen.show(difference(diff, self._screen.columns, limit=10_000, rest=""))

    def _means_red(self) -> bool:
        typed = self._typed("It is not green. Type red to save it all the same (it will be marked), Enter goes back: ")
        return typed is not None and typed.strip().lower() == "red"

    def _ask(self, question: str, how: str) -> Answer:
        columns = self._screen.columns
        self._begin(lambda: self._screen.show([row((part, "bold")) for part in wrap(clean(question), columns)]))
        if answer := self._words(how):
            return answer
        while True:
            key = self._key(ASK_KEYS)
            if key == "e":
                if (text := self._edit("answer.txt", "")) is not None:
                    return Answer("feedback", text.strip())
            elif answer := self._words(how) if key == "a" else self._common(key):
                return answer

    def _choose(self, question: Choose) -> Answer:
        self._begin(lambda: self._options(question))
        keys = {one.key: (f"[{one.key}]", f"{one.label}  {one.help}".rstrip()) for one in question.options}
        if "q" not in keys:
            keys["q"] = QUIT
        key = self._key(keys, question.default)
        return Answer("choice", key) if key in {one.key for one in question.options} else Answer("quit")

    def _options(self, question: Choose) -> None:
        columns = self._screen.columns
        lines = [row((part, "bold")) for part in wrap(clean(question.title), columns)]
        for option in question.options:
            usual = " (Enter)" if option.key == question.default else ""
            text = inline(f"{option.label}{usual}" + (f" – {option.help}" if option.help else ""))
            for number, part in enumerate(wrap(text, columns - 6)):
                lines.append(row((f"  [{option.key}] " if not number else "      ", "cyan"), part))
        self._screen.show(lines)

    def interrupted(self, doing: str) -> Answer:
        """go_on | feedback | finish | quit; a second Ctrl-C is quit."""
        self._begin(lambda: self._screen.show([row((f"Stopped while {_doing(doing)}.", "yellow"))]))
        try:
            while True:
                key = self._key(STOP_KEYS)
                if answer := Answer("finish") if key == "x" else self._common(key):
                    return answer
        except KeyboardInterrupt:
            return Answer("quit")

    def close(self) -> None:
        """The last answer is safe: its edited text is needed no longer."""
        self._drop_edits()
        self._screen.close()

    def _drop_edits(self) -> None:
        for file in self._edited:
            file.unlink(missing_ok=True)
        self._edited.clear()

    def _begin(self, draw: Callable[[], None]) -> None:
        """A new question: the last answer is safe by now, keys typed before the question do not count."""
        self._drop_edits()
        self._screen.answered(True)
        draw()
        self._keyboard.flush()
        if self._keyboard.real:
            self._screen.ring()

    def _key(self, keys: Keys, default: str = "") -> str:
        """One of `keys` or END, asked for until it comes; ENTER means `default` where there is one."""
        while True:
            key = self._keyboard.key(lambda: self._prompt(keys))
            self._screen.pressed()
            if key == ENTER and default:
                key = default
            key = key if key in keys else key.lower() if key.lower() in keys else key
            if key in keys or key == END:
                self._screen.echo(self._echoed(key, keys))
                return key
            self._screen.echo("" if key == ENTER else key if len(key) == 1 else "")
            self._explain(key, keys)

    def _prompt(self, keys: Keys) -> None:
        self._screen.prompt(row((f"{self._labels(keys)} ", "bold"), "> "))

    def _labels(self, keys: Keys) -> str:
        """The keys that can be pressed, as many as stand on one line with the letter of the one pressed."""
        labels, last = [label for label, _ in keys.values()], "[?]"
        while len(labels) > 2 and len(" ".join([*labels, last])) + len(" > a ") > self._screen.columns:
            del labels[-2]
            last = "… [?]"
        return " ".join([*labels, last])

    def _echoed(self, key: str, keys: Keys) -> str:
        """What stands behind the prompt for a key: its word, or the key alone where the line has no room for that."""
        word = keys[key][0].translate(_NO_BRACKETS) if key in keys else ""
        return word if len(f"{self._labels(keys)} > {word}") < self._screen.columns else key

    def _explain(self, key: str, keys: Keys) -> None:
        lines = [row(("That looked pasted; press one of these keys:", "yellow"))] if key == PASTED else []
        wide = max(len(label) for label, _ in keys.values()) + 3
        for label, text in keys.values():
            parts = wrap(text, self._screen.columns - wide)
            lines += [row(("" if at else f"  {label}").ljust(wide), (part, "dim")) for at, part in enumerate(parts)]
        self._screen.show(lines)

    def _typed(self, prompt: str) -> str | None:
        """One typed line; None after Ctrl-C or the end of input."""
        try:
            return self._line(prompt)
        except KeyboardInterrupt:
            return None

    def _line(self, prompt: str) -> str | None:
        """One typed line; the prompt is readline's on a terminal, so that it survives editing."""
        if not self._keyboard.real:
            self._screen.prompt(row(prompt))
        line: str | None = None
        try:
            line = self._keyboard.line(prompt)
            self._screen.pressed()
        finally:
            if line is None or not self._keyboard.real:
                self._screen.end_line()
        return line

    def _words(self, how: str = WORDS) -> Answer | None:
        r"""What is typed, None for back to the keys. A line that ends in \ goes on; !e opens the editor."""
        self._screen.show([row((f"{how}, !e opens the editor, Enter alone goes back", "dim"))])
        lines: list[str] = []
        while True:
            try:
                line = self._line("> ")
            except KeyboardInterrupt:
                return None
            if line is None:
                return self._ends()
            if line.strip() == "!e":
                text = self._edit("feedback.txt", "\n".join(lines))
                return Answer("feedback", text.strip()) if text is not None else None
            lines.append(line.removesuffix("\\"))
            if not line.endswith("\\"):
                text = "\n".join(lines).strip()
                self._keyboard.keep()
                return Answer("feedback", text) if text else None

    def _ends(self) -> Answer | None:
        """Ctrl-D: leave, if it was meant; the end of a pipe is always meant."""
        if not self._keyboard.real:
            return Answer("quit")
        question = row(("Leave? [y]es, any other key goes back > ", "bold"))
        meant = self._keyboard.key(lambda: self._screen.prompt(question)) in ("y", "Y", END)
        self._screen.echo("yes" if meant else "no")
        return Answer("quit") if meant else None

    def _edit(self, name: str, text: str) -> str | None:
        """The text as the person saved it; None when nothing came of it, which is said."""
        try:
            command = editor_command(self._editor)
            if not command:
                return self._edit_by_lines(text)
            return self._edit_in(command, edit_file(self._folder, name), text)
        except RefusedInput as error:
            self._say("\n".join(filter(None, (error.message, error.hint))))
            return None

    def _edit_in(self, command: list[str], file: Path, text: str) -> str | None:
        if not self._resumes(file, text):
            write_for_edit(file, text)
        start = text
        self._screen.show([row((f"waiting for {Path(command[0]).name} …", "dim"))])
        code = run_editor(command, file)
        self._screen.pressed()
        if code != 0:
            self._say(f"The editor ended with {code}; nothing is taken over. What it saved is kept for the next [e].")
            return None
        edited = read_edited(file)
        if edited.strip() in ("", start.strip()):
            self._say("The text is empty; nothing is taken over." if not edited.strip() else "The text is unchanged.")
            file.unlink(missing_ok=True)
            return None
        self._edited.append(file)
        return edited

    def _resumes(self, file: Path, text: str) -> bool:
        """Whether an edit that was never handed in is there and wanted."""
        try:
            kept = read_edited(file) if file.exists() else text
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(file.stat().st_mtime)) if kept != text else ""
        except RefusedInput:
            kept, when = "", "an unknown time"
        if kept.strip() == text.strip():
            return False
        self._say(f"An edit of {file.name} from {when} is still there and differs from this text.")
        keys: Keys = {
            "c": ("[c]ontinue", "with that edit"),
            "n": ("[n]ew", "start from the text shown; that edit is dropped"),
        }
        return self._key(keys, "c") == "c"

    def _edit_by_lines(self, text: str) -> str | None:
        """The fallback without any editor: the whole text is typed anew."""
        self._say("No editor is there (set $VISUAL or $EDITOR). Type the whole text; a line with only a dot ends it.")
        lines: list[str] = []
        while (line := self._typed("")) is not None and line != ".":
            lines.append(line)
        edited = "\n".join(lines) + "\n"
        return edited if line == "." and edited.strip() not in ("", text.strip()) else None

    def _say(self, text: str) -> None:
        self._screen.show([row((part, "yellow")) for part in wrap(clean(text), self._screen.columns)])


def _doing(effect: str) -> str:
    """What was going on, in words: effects are named "model:plan", "person:code", "verdict" and so on."""
    kind, _, about = inline(effect).partition(":")
    words = {"model": "waiting for the model", "person": "asking you", "verdict": "testing", "save": "saving"}
    return f"{words.get(kind, kind)} ({about})" if about else words.get(kind, kind)
