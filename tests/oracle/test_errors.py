"""The tree of errors in the module's docstring is the tree there is."""

import inspect
import re

from tanso.contracts.errors import TansoError
from tanso.oracle import errors


def test_every_error_stands_in_the_documented_tree_below_its_base():
    assert errors.__doc__ is not None
    lines = re.findall(r"^    ([│├└─ ]*)(\w+)", errors.__doc__, re.MULTILINE)
    documented: dict[str, str] = {}
    path: list[str] = []
    for indent, name in lines:
        depth = len(indent) // 4
        path[depth:] = [name]
        documented[name] = path[depth - 1] if depth else "TansoError"
    defined = {
        name: found.__mro__[1].__name__
        for name, found in vars(errors).items()
        if inspect.isclass(found) and issubclass(found, TansoError) and found is not TansoError
    }
    assert documented == defined


def test_every_error_says_what_it_means():
    for found in vars(errors).values():
        if inspect.isclass(found) and issubclass(found, errors.OracleError):
            assert found.__doc__, found
