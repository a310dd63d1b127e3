"""Browsers in which somebody of the world's firms is signed in."""

from collections.abc import Callable, Iterator

import pytest

from tanso.oracle.store import writing
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import issue_token
from tanso.platform.demo.world import World

from ..browser import Browser

SignedIn = Callable[..., Browser]


@pytest.fixture
def browser(living: World) -> Iterator[Browser]:
    """Nobody is signed in yet."""
    browser = Browser(living.app)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def signed_in(living: World) -> Iterator[SignedIn]:
    """`signed_in("parts", Role.CLERK)`: a new browser of a firm, named by its part in the story.

    By default its manager's. A role of no firm (operator, auditor) is the node's, whichever firm is named.
    """
    opened: list[Browser] = []

    def browser(who: str, role: Role = Role.MANAGER) -> Browser:
        with writing(living.node.engine) as session:
            place = living.businesses[who].id if role.of_business else None
            token = issue_token(session, role, place, label=role).token
        opened.append(Browser(living.app))
        opened[-1].sign_in(token)
        return opened[-1]

    yield browser
    for each in opened:
        each.close()
