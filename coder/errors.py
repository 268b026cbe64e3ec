"""The tree of errors, drawn; each knows its exit code and says what was asked, what there is, what to do next.

CoderError                     1   anything that can be explained to a person (memory/errors.py)
├── RefusedInput               2   what the person or a file gave cannot be used as it is
│   ├── PlanError                  a text is not a plan; names the line
│   ├── NothingToUndo              no save left to take back
│   ├── Untrusted                  the folder came from somebody else, and nobody has trusted it
│   ├── SourceError                library.py or a draft does not parse; names the line (library/errors.py)
│   │   └── NameTaken              the library has a definition of that name, and nobody said replace
│   ├── Divergence                 a run cannot be replayed by this program (coder/run/journal.py)
│   └── WiringError                boss.yaml names what is not there; for its author
├── MemoryFault                1   the folder or its git repository cannot be read or written
│   └── Locked                     another run holds the lock
├── SandboxError               5   no level of the sandbox may be used here (library/errors.py)
├── FormatError                    a reply of the model is not what was asked; told to the model, never to a person
├── Unfinished                 3   the run ended with steps open
│   ├── OverBudget                 rounds, tokens, cost or time are used up
│   └── NoAnswer                   the model gave no usable reply in three tries
│       └── RecordingOver          a recording has nothing for what the person decided
├── NoModel                    4   no model answers
│   ├── WrongKey                   the endpoint refuses the key
│   ├── WrongModel                 the endpoint does not know the model
│   └── Unreachable                refused, silent or broken until the time for retries was over
└── Interrupted              130   the person stopped the run (SIGTERM: 143, SIGHUP: 129)
"""

from library.errors import NameTaken, SandboxError, SourceError
from memory.errors import CoderError, Locked, MemoryFault, NothingToUndo, PlanError, RefusedInput, Untrusted

__all__ = [
    "CoderError",
    "FormatError",
    "Interrupted",
    "Locked",
    "MemoryFault",
    "NameTaken",
    "NoAnswer",
    "NoModel",
    "NothingToUndo",
    "OverBudget",
    "PlanError",
    "RecordingOver",
    "RefusedInput",
    "SandboxError",
    "SourceError",
    "Terminated",
    "Unfinished",
    "Unreachable",
    "Untrusted",
    "WiringError",
    "WrongKey",
    "WrongModel",
]


class WiringError(RefusedInput):
    """A tree of flows cannot work: an unknown maker or branch, a missing key. For the author of the YAML."""


class FormatError(CoderError):
    """A reply of the model is not what was asked for; the message is what the model is told."""


class Unfinished(CoderError):
    """The run ended and steps are open; what was saved stays saved."""

    exit_code = 3
    goes_on = True  # whether `coder resume` may come to another end


class OverBudget(Unfinished):
    """Rounds, tokens, cost or time that the person allowed are used up."""


class NoAnswer(Unfinished):
    """The model gave no usable reply in the tries allowed."""


class RecordingOver(NoAnswer):
    """A recording was played, and the person went another way than the one who made it."""

    goes_on = False


class NoModel(CoderError):
    """No model answers; the run can be resumed when one does."""

    exit_code = 4


class WrongKey(NoModel):
    """The endpoint refuses the key (HTTP 401 or 403)."""


class WrongModel(NoModel):
    """The endpoint does not know the model, or refuses the request for good (HTTP 400, 404, 422)."""


class Unreachable(NoModel):
    """The endpoint was refused, silent or broken until the time allowed for retries was over."""


class Interrupted(CoderError):
    """The person stopped the run; it can be resumed."""

    exit_code = 130


class Terminated(BaseException):
    """The process is to end (SIGTERM, SIGHUP): nobody is asked, and nothing on the way takes it for a fault of its own.

    Args:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by signal {number}")
        self.exit_code = 128 + number
