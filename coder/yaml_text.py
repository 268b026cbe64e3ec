"""YAML as text -> plain data; whatever is wrong with it, a value under a tag as well, is one error with its line."""

from typing import Any

import yaml

_Quick: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Quick):
    """Makes only plain data; yaml itself lets a scalar that is not what its tag says end in any error at all."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        plain: Any = super()
        try:
            return plain.construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            why = f"this is no {node.tag.rpartition(':')[2]} that can be used"
            raise yaml.constructor.ConstructorError(None, None, why, node.start_mark) from error


def load(text: str) -> Any:
    """The data in a text.

    Raises:
        ValueError: what is wrong, with the line, in one line of text.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split()).replace('in "<unicode string>", ', "in ")) from error
