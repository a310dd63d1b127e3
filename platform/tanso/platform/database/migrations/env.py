"""Run by Alembic: the revisions on the connection that `tanso.platform.database.revisions` gives.

The connection is in a transaction, which its owner ends: Alembic leaves it open.
"""

from typing import Any

from alembic import context

from tanso.platform.database.tables import METADATA

attributes = context.config.attributes


def _tell(*, step: Any, **_: Any) -> None:
    attributes["told"](step.up_revision_id)


context.configure(
    connection=attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a table by making it anew
    on_version_apply=_tell,  # type: ignore[arg-type] # called with keywords alone
)
context.run_migrations()
