"""Prompt: the Person of a command that is no run: a question is one typed line; the end of the input is its default."""

from coder.people.question import Answer, Choose, Question, Text


class Prompt:
    """Asks on standard output and reads a line of standard input, a terminal or a pipe."""

    present = True

    def ask(self, question: Question) -> Answer:
        """The option whose key or word was typed, any other line is the default; the line typed for a text.

        A plan or a draft is not shown here: quit.
        """
        match question:
            case Choose(title=title, options=options, default=default):
                keys = "/".join(one.key.upper() if one.key == default else one.key for one in options)
                line = self._typed(f"{title} [{keys}] ").lower()
                return Answer("choice", next((one.key for one in options if line in (one.key, one.label)), default))
            case Text(title=title):
                return Answer("feedback", self._typed(title))
            case _:
                return Answer("quit")

    def interrupted(self, doing: str) -> Answer:
        """Leave."""
        return Answer("quit")

    @staticmethod
    def _typed(prompt: str) -> str:
        try:
            return input(prompt).strip()
        except EOFError:
            print()
            return ""
