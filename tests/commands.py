"""The commands of the boss flow, as the controller is given them."""

from coder.flows.branches.ask_user import AskUserArguments
from coder.flows.branches.finish import FinishArguments, ManualFinishArguments
from coder.flows.branches.re_plan import RePlanArguments
from coder.flows.branches.save_code import SaveCodeArguments
from coder.flows.branches.update_plan import UpdatePlanArguments
from coder.flows.branches.write_code import WriteCodeArguments
from coder.flows.command import Command

ARGUMENTS: dict[str, type] = {
    "write_code": WriteCodeArguments,
    "save_code": SaveCodeArguments,
    "update_plan": UpdatePlanArguments,
    "ask_user": AskUserArguments,
    "re_plan": RePlanArguments,
    "finish": FinishArguments,
    "manual_finish": ManualFinishArguments,
}
COMMANDS = {name: Command(name, "", arguments) for name, arguments in ARGUMENTS.items()}
