"""Many rows at once, past the object mapper: what filling the tables from years of events takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlmodel import Session, SQLModel

from tanso.oracle.store import copy_rows


def insert_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Puts rows, each with a value for every column, into a table, in the session's transaction."""
    if not rows:
        return
    connection, into = session.connection(), SQLModel.metadata.tables[str(table.__tablename__)]
    if not isinstance(connection.dialect, PGDialect):
        connection.execute(insert(into), rows)
        return
    names = list(rows[0])
    copy_rows(connection, into.name, names, ([row[name] for name in names] for row in rows))
