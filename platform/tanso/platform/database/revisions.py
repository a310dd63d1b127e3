"""Going through revisions with Alembic, on a connection that is in a transaction already."""

from collections.abc import Callable
from typing import Any, cast

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from tanso.platform.database.schema import MIGRATIONS
from tanso.platform.database.tables import METADATA


def config(connection: Connection, told: Callable[[str], None] = lambda _: None) -> Config:
    """Alembic's settings for the revisions in this package; `env.py` takes the connection from it."""
    made = Config(attributes={"connection": connection, "told": told})
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def go_through(
    connection: Connection, told: Callable[[str], None] = lambda _: None, to: str = "head"
) -> None:
    """Goes through the revisions that the database has not seen, up to `to`."""
    command.upgrade(config(connection, told), to)


def differences(connection: Connection) -> list[str]:
    """Tables in which the database differs from this version's, in alphabetical order."""
    context = MigrationContext.configure(connection, opts={"include_name": _ours})
    return sorted({name for one in compare_metadata(context, METADATA) for name in _tables_of(one)})


def _ours(name: str | None, kind: str, parents: Any) -> bool:
    """Whether Alembic is to look at it: other programs' tables in the database are left alone."""
    del parents
    return kind != "table" or name in METADATA.tables


def _tables_of(difference: Any) -> list[str]:
    if isinstance(difference, list):
        return [name for one in difference for name in _tables_of(one)]
    kind, *what = difference
    if kind.endswith("_table"):
        return [str(what[0].name)]
    if kind in ("add_column", "remove_column") or kind.startswith("modify_"):
        return [str(what[1])]
    return [str(cast(Any, what[0]).table.name)]
