"""Requests of many items: all or nothing, with every bad item named."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from tanso.contracts.errors import TansoError
from tanso.platform.api.problems import problem_of
from tanso.platform.errors import BadInput

MOST_ITEMS = 1_000
"""Items in one request."""

Item = TypeVar("Item")
Done = TypeVar("Done")
_FIELD = re.compile(r"[a-z_]+: ")


def for_each(name: str, items: Sequence[Item], do: Callable[[Item], Done]) -> list[Done]:
    """What `do` makes of each item; `BadInput` names all that it refuses, by `name`, index and field.

    The caller's transaction must be rolled back then. What is no fault of an item ends it at once.
    """
    done: list[Done] = []
    refused: list[str] = []
    for index, item in enumerate(items):
        try:
            done.append(do(item))
        except TansoError as error:
            problem = problem_of(error, "")
            if problem.status >= 500:
                raise
            place = f"{name}.{index}" + ("." if _FIELD.match(problem.detail) else ": ")
            refused.append(f"{place}{problem.detail} ({problem.type.rpartition(':')[2]})")
    if refused:
        raise BadInput(
            f"{len(refused)} of {len(items)} {name} do not fit, the first is {refused[0]}",
            "Nothing was changed. Correct what `fields` names, and send all of them again.",
            slug="items-refused",
            fields=refused,
        )
    return done
