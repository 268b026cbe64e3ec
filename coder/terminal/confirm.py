"""Asking: a question of a command, answered by one typed line; the end of the input is an empty answer."""


def typed(question: str) -> str:
    """What was typed, without blanks around it; "" at the end of the input."""
    try:
        return input(question).strip()
    except EOFError:
        print()
        return ""


def agreed(question: str) -> bool:
    """Whether the answer was y or yes."""
    return typed(question).lower() in ("y", "yes")
