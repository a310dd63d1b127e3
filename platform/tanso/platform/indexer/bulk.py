"""Many rows at once, past the object mapper: what filling the tables from years of events takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlmodel import Session, SQLModel


def insert_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Puts rows, each with a value for every column, into a table, in the session's transaction."""
    if not rows:
        return
    connection, into = session.connection(), SQLModel.metadata.tables[str(table.__tablename__)]
    if not isinstance(connection.dialect, PGDialect):
        connection.execute(insert(into), rows)
        return
    names = list(rows[0])
    quoted = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in names)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {into.name} ({quoted}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])
