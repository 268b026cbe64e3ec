"""write_memory: one line in the log for the branch that just ran."""

from dataclasses import dataclass

from coder.flows.message import Keys, Message, keys
from coder.run.run import Run
from memory import log
from memory.clock import utc_now
from memory.store import Memory


@dataclass(frozen=True)
class WriteMemory:
    """Appends the line at once; it is committed together with the next save or at the end."""

    memory: Memory
    log_file: str
    name: str = "write_memory"
    keys: Keys = keys("branch ok log round")

    def __call__(self, message: Message, run: Run) -> Message:
        number, branch = message["round"], message["branch"]

        def write() -> str:
            result = "ok" if message["ok"] else "failed"
            line = log.Line(utc_now(), run.journal.run, number, branch, result, message["log"])
            self.memory.append(self.log_file, log.render(line), key=f"{run.journal.run}-{number}")
            return line.time

        run.effect("log", write, shielded=True)
        run.tell("result", branch=branch, ok=message["ok"], result=message["log"])
        return message
