"""Writes a revision of the database's tables from what the models say and the revisions so far do not.

    make revision NAME=add_colour        # the difference, to be read and completed by hand
    python scripts/revision.py --first   # before the first release: the first revisions anew, from nothing

Run it with the project's virtual environment.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateTableOp, ModifyTableOps, UpgradeOps
from sqlalchemy import Connection
from sqlmodel.sql.sqltypes import AutoString

from tanso.oracle.store import BigUint, open_store, writing
from tanso.platform.database.revisions import go_through
from tanso.platform.database.schema import MIGRATIONS, REVISIONS
from tanso.platform.database.tables import METADATA

VERSIONS = MIGRATIONS / "versions"
TABLES_PER_FILE = 20
FILE = '''"""{title}."""

import sqlalchemy as sa
from alembic import op
{more}
revision = "{revision}"
down_revision = {before}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Changes the tables."""
{code}
'''


def render(kind: str, item: Any, context: Any) -> Any:
    """Types as they stand in a revision: nothing of the object mapper's."""
    del context
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if kind == "type" and isinstance(item, BigUint):
        return "BigUint()"
    return False


def groups(changes: UpgradeOps) -> Iterator[tuple[str, list[Any]]]:
    """New tables by what they are for, some in each file, in an order that they can be made in."""
    kinds: dict[str, dict[str, list[Any]]] = {"oracle": {}, "private": {}, "ledger": {}}
    for change in changes.ops:
        assert isinstance(change, CreateTableOp | ModifyTableOps)
        name = change.table_name
        kind = "ledger" if name.startswith("chain_") else "private"
        kind = "oracle" if name.startswith(("oracle_", "outbox_")) else kind
        kinds[kind].setdefault(name, []).append(change)
    for kind, tables in kinds.items():
        names = list(tables)
        parts = [names[start : start + TABLES_PER_FILE] for start in range(0, len(names), TABLES_PER_FILE)]
        for number, part in enumerate(parts, start=1):
            suffix = f"_{number}" if len(parts) > 1 else ""
            yield f"{kind}_tables{suffix}", [change for name in part for change in tables[name]]


def write(number: int, name: str, operations: list[Any], context: MigrationContext, *, batch: bool) -> Path:
    """One revision as a file; in `batch`, as SQLite needs it to change a table that is there."""
    code = render_python_code(
        UpgradeOps(operations),
        render_item=render,
        render_as_batch=batch,
        migration_context=context,
    )
    # Names are final as they are, and what is not said to be unique is not.
    code = re.sub(r"op\.f\(('[^']*')\)", r"\1", code).replace(", unique=False)", ")")
    before = f'"{number - 1:04}"' if number > 1 else "None"
    file = VERSIONS / f"r{number:04}_{name}.py"
    file.write_text(
        FILE.format(
            title=name.replace("_", " ").capitalize(),
            more="\nfrom tanso.oracle.store import BigUint\n" if "BigUint()" in code else "",
            revision=f"{number:04}",
            before=before,
            code="\n".join(line for line in code.splitlines() if not line.strip().startswith("#")),
        ),
        encoding="utf-8",
    )
    return file


def made(connection: Connection, name: str, *, first: bool) -> list[Path]:
    """The files of the revisions that lead from the connection's tables to the models'."""
    context = MigrationContext.configure(connection, opts={"render_item": render})
    changes = produce_migrations(context, METADATA).upgrade_ops
    assert changes is not None
    if not changes.ops:
        return []
    parts = list(groups(changes)) if first else [(name, changes.ops)]
    start = 1 if first else int(REVISIONS[-1]) + 1
    return [write(number, *part, context, batch=not first) for number, part in enumerate(parts, start=start)]


def main() -> int:
    """Writes what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="?", default="", help="what it does, in words joined by _")
    parser.add_argument("--first", action="store_true", help="write the first revisions anew")
    given = parser.parse_args()
    if not given.first and not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", given.name):
        parser.error("name the revision, in small letters and digits joined by _: NAME=add_colour")
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{folder}/revisions.db")
        if given.first:
            for file in VERSIONS.glob("r*.py"):
                file.unlink()
        with writing(engine) as session:
            if not given.first:
                go_through(session.connection())
            files = made(session.connection(), given.name, first=given.first)
        engine.dispose()
    if not files:
        print("The revisions lead to the models' tables as it is.")
        return 0
    for arguments in (["format", "--quiet"], ["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([Path(sys.executable).with_name("ruff"), *arguments, *files], check=True)
    print(*(file.relative_to(Path.cwd()) for file in files), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
