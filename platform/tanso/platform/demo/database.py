"""Where a demo's nodes keep their tables, if not in a file of their folder."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import make_url

from tanso.contracts.errors import TansoError
from tanso.oracle.store import open_store
from tanso.platform.database import State, status_of
from tanso.platform.demo.world import write_private
from tanso.platform.settings import DATABASE_FILE, Settings

FIRM = "{firm}"
"""In a URL: the part that a firm plays, as each firm has a database of its own."""


class DatabaseInUse(TansoError):
    """The database cannot be a new world's, or is not the one that a world has."""


def claim(*urls: str) -> None:
    """Makes sure that databases are there and hold no node's tables; "" stands for a new file.

    :raises DatabaseInUse: when one does: a demo replaces folders, and no database.
    """
    for url in filter(None, urls):
        engine = open_store(url)
        try:
            state = status_of(engine).state
        finally:
            engine.dispose()
        if state is not State.EMPTY:
            raise DatabaseInUse(
                f"The database {make_url(url).database} holds a node's tables.", hint="Name an empty one."
            )


def keep(folder: Path, url: str) -> None:
    """Has all that uses a node's folder use this database; "" stands for a file in the folder."""
    if url:
        write_private(folder / DATABASE_FILE, url)


def check_kept(folder: Path, url: str) -> None:
    """Makes sure that a node has the database that is asked for; "" stands for whichever it has.

    :raises DatabaseInUse: when it has another one.
    """
    if url and url != Settings(data_dir=folder).database:
        raise DatabaseInUse(
            f"The world in {folder} has another database.", hint="Leave --database out, or name a new folder."
        )


def one_each(url: str, firms: Iterable[str]) -> dict[str, str]:
    """The URL of each firm's database.

    :raises DatabaseInUse: when all firms would share one.
    """
    if url and FIRM not in url:
        raise DatabaseInUse(
            f"Each firm needs a database of its own, and the URL given has no {FIRM} in it.",
            hint=f"Write {FIRM} where the databases' names differ, as in postgresql://host/tanso_{FIRM}.",
        )
    return {firm: url.replace(FIRM, firm) for firm in firms}
