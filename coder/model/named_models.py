"""Several models by name: one is asked, the next when it is out, and the person may choose another at any time."""

from collections.abc import Callable, Sequence

from coder.errors import NoModel, WrongModel
from coder.model.model import Model, Reply, ReplyOptions, Tool, Turn, Watch

COMMAND = "/model"  # as words of the person: with a name it chooses that model, alone it asks which there are


class NamedModels:
    """A model that is the first of several that can be had.

    Args:
        names: in the order in which they are asked.
        others: more names that can be chosen, and are not asked by themselves.
        make: gives the model of a name.
    """

    def __init__(self, names: Sequence[str], others: Sequence[str], make: Callable[[str], Model]) -> None:
        self.names = tuple(dict.fromkeys([*names, *others]))
        self._order = list(dict.fromkeys(names))
        self._make = make
        self._made: dict[str, Model] = {}

    @property
    def chosen(self) -> str:
        """The name of the model that is asked next."""
        return self._order[0]

    @property
    def name(self) -> str:
        """What that is called at its endpoint."""
        try:
            return self._model(self.chosen).name
        except NoModel:
            return self.chosen

    def prepare(self) -> None:
        """Make the model that is asked next.

        Raises:
            NoModel: it cannot be had.
        """
        self._model(self.chosen)

    def choose(self, name: str) -> None:
        """Ask this one of `names` from now on; the one before comes next if it is out."""
        self._order = [name, *(other for other in self._order if other != name)]

    def complete(
        self,
        purpose: str,
        chat: Sequence[Turn],
        tools: Sequence[Tool],
        watch: Watch,
        options: ReplyOptions = ReplyOptions(),
    ) -> Reply:
        """Return the reply of the first model that gives one; the others are not asked again.

        Out is who has no key, no quota or no connection. A model that its endpoint does not know, or a request that it
        does not accept, is a mistake to be mended, and told as that.

        Raises:
            NoModel: of the last one.
        """
        while True:
            try:
                return self._model(self.chosen).complete(purpose, chat, tools, watch, options)
            except NoModel as error:
                if isinstance(error, WrongModel) or len(self._order) == 1:
                    raise
                out = self._order.pop(0)
                reason = error.message.partition("\n")[0].rstrip(".")
                watch.on_note(f"{out} is out: {reason}. {self.chosen} is asked from now on.")

    def _model(self, name: str) -> Model:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]


def chosen_by(words: str, model: Model) -> str:
    """What to tell a person whose words choose a model, or ask which there are; "" for words that do neither."""
    command, _, name = " ".join(words.split()).partition(" ")
    if command != COMMAND:
        return ""
    if not isinstance(model, NamedModels):
        return f"There is one model, {model.name}; the setting `models` names others to choose from."
    if name in model.names:
        model.choose(name)
        return f"{name} is asked from now on."
    there = ", ".join(f"{one} (asked now)" if one == model.chosen else one for one in model.names)
    return f"{f'There is no model {name!r}. ' if name else ''}There are: {there}. Choose with {COMMAND} NAME."
