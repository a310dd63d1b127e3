"""The chain's state on disk: a hash-chained log of key-value writes, one SQLite row per block.

Each row's digest is BLAKE2b over the digest before it and the row's own bytes, and the head row repeats
the number of rows and the last digest. So an altered byte, a missing row and a cut-off tail are all noticed
when the file is opened. A row and the head are written in one transaction with SQLite's rollback journal:
after kill -9 the file holds every block that was answered. A power cut may cost the last block
(synchronous=NORMAL: half the disk waits of FULL); should it ever tear the file, that is noticed here too.
A write-ahead log would wait less still, but SQLite drops the end of a damaged one without a word.
"""

import json
import os
import sqlite3
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Self

from .errors import DamagedState, OtherState, StateError, StateInUse

FORMAT = 1
_APPLICATION_ID = 0x54414E53  # "TANS", in the SQLite header
_MAGIC = b"SQLite format 3\0"
_SCHEMA = (
    "CREATE TABLE entries (seq INTEGER PRIMARY KEY, writes BLOB NOT NULL, digest BLOB NOT NULL)",
    "CREATE TABLE head (id INTEGER PRIMARY KEY, about TEXT NOT NULL, digest BLOB NOT NULL)",
)
_LENGTHS = struct.Struct(">II")
_DELETED = 0xFFFFFFFF
_START = b"\0" * 32

Writes = Mapping[bytes, bytes | None]  # None: the key is deleted


class About(NamedTuple):
    """What a state file says about its chain."""

    chain_id: int
    accounts: int


class ChainLog:
    """The open file. Holds SQLite's exclusive lock until `close`; the lock dies with the process."""

    def __init__(self, path: Path, connection: sqlite3.Connection, about: About) -> None:
        self.path = path
        self.about = about
        self._connection = connection
        self._count = 0
        self._digest = _START

    @classmethod
    def create(cls, path: Path, about: About, genesis: Writes) -> None:
        """Write a new file with the genesis writes; it appears under its name only when it is whole.

        A file that is there already is left alone (another process was quicker).
        """
        fresh = path.with_name(f"{path.name}.new-{os.getpid()}")
        try:
            fresh.unlink(missing_ok=True)
            with closing(_connect(fresh)) as connection:
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {FORMAT}")
                for statement in _SCHEMA:
                    connection.execute(statement)
                cls(fresh, connection, about).append(genesis)
            with suppress(FileExistsError):
                os.link(fresh, path)
            fresh.unlink()
        except (OSError, sqlite3.Error) as error:
            raise StateError(
                f"{path} can't be written: {error}. Check the folder and the space on the disk, "
                "or name another folder."
            ) from error

    @classmethod
    def open(cls, path: Path) -> tuple[Self, dict[bytes, bytes]]:
        """Open, lock and check the whole file; return it with the key-value pairs that it holds.

        Raises StateInUse, OtherState (newer format) or DamagedState.
        """
        _check_header(path)
        connection = _connect(path)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            _check_structure(path, connection)
            about, count, digest = _read_head(path, connection)
            log = cls(path, connection, about)
            values: dict[bytes, bytes] = {}
            for writes in log._replay():
                _apply(values, writes)
            if (log._count, log._digest) != (count, digest):
                raise _damaged(path, f"it should hold {count} blocks of writes and holds {log._count}")
            log._write_head(count, digest)  # now rather than with the first block: can it be written?
        except StateError:
            connection.close()
            raise
        except sqlite3.Error as error:
            connection.close()
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise StateInUse(
                    f"{path} is in use by another process. Stop that process, or name another folder."
                ) from error
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY:
                raise StateError(
                    f"{path} can't be written. Check its permissions and its folder's; "
                    "if they are right, it is damaged: restore a copy of it, or move it away."
                ) from error
            raise _damaged(path, f"SQLite says: {error}") from error
        except (ValueError, TypeError, KeyError, struct.error, OverflowError, MemoryError) as error:
            connection.close()
            raise _damaged(path, f"its contents can't be read ({error})") from error
        return log, values

    @property
    def count(self) -> int:
        """Number of rows: one for the genesis block and one for each later commit."""
        return self._count

    def append(self, writes: Writes) -> None:
        """Add one row, durably, with the head that fits it."""
        packed = _pack(writes)
        digest = _chain(self._digest, packed)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.execute(
                "INSERT INTO entries VALUES (?, ?, ?)", (self._count + 1, packed, digest)
            )
            self._write_head(self._count + 1, digest)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._count, self._digest = self._count + 1, digest

    def truncate(self, count: int) -> None:
        """Drop the rows after the first `count` (a revert to a snapshot)."""
        (digest,) = self._connection.execute("SELECT digest FROM entries WHERE seq = ?", (count,)).fetchone()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("DELETE FROM entries WHERE seq > ?", (count,))
        self._write_head(count, digest)
        self._connection.execute("COMMIT")
        self._count, self._digest = count, digest

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _write_head(self, count: int, digest: bytes) -> None:
        about = json.dumps({**self.about._asdict(), "rows": count, "digest": digest.hex()}, sort_keys=True)
        self._connection.execute(
            "INSERT OR REPLACE INTO head VALUES (1, ?, ?)", (about, _chain(_START, about.encode()))
        )

    def _replay(self) -> Iterator[Writes]:
        rows = self._connection.execute("SELECT seq, writes, digest FROM entries ORDER BY seq")
        for seq, packed, digest in rows:
            expected = _chain(self._digest, packed)
            if seq != self._count + 1 or digest != expected:
                raise _damaged(self.path, f"row {self._count + 1} of its log is missing or altered")
            self._count, self._digest = seq, expected
            yield _unpack(packed)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)


def _check_header(path: Path) -> None:
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise StateError(
            f"{path} can't be read: {error.strerror}. Check the path and its permissions."
        ) from error
    if header[:16] != _MAGIC or int.from_bytes(header[68:72]) != _APPLICATION_ID:
        raise _damaged(path, "it is not a chain written by this program, or its beginning is altered")
    if int.from_bytes(header[60:64]) > FORMAT:
        raise OtherState(
            f"{path} is in a newer format than this version reads, or its beginning is altered. "
            "Update the program, restore a copy, or name another folder."
        )


def _check_structure(path: Path, connection: sqlite3.Connection) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    size = path.stat().st_size
    if size != pages * page_size:  # SQLite reads what is missing of the last page as zeros
        raise _damaged(path, f"it has {size} bytes and should have {pages * page_size}")
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        # It says so in several lines.
        raise _damaged(path, f"SQLite says: {' '.join(verdict.split())}")
    schema = tuple(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master ORDER BY name"))
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if schema != _SCHEMA or version != FORMAT:
        raise _damaged(path, "its tables are not those of this program")


def _read_head(path: Path, connection: sqlite3.Connection) -> tuple[About, int, bytes]:
    rows = connection.execute("SELECT id, about, digest FROM head").fetchall()
    if [row[0] for row in rows] != [1] or not isinstance(rows[0][1], str):
        raise _damaged(path, "its head row is missing or altered")
    _, text, check = rows[0]
    if check != _chain(_START, text.encode()):
        raise _damaged(path, "its head row is altered")
    about = json.loads(text)
    return About(about["chain_id"], about["accounts"]), about["rows"], bytes.fromhex(about["digest"])


def _damaged(path: Path, what: str) -> DamagedState:
    return DamagedState(
        f"{path} is damaged: {what}. Restore a copy of it, or move it away to start a new chain."
    )


def _chain(digest: bytes, content: bytes) -> bytes:
    return blake2b(digest + content, digest_size=32).digest()


def _pack(writes: Writes) -> bytes:
    parts: list[bytes] = []
    for key, value in writes.items():
        parts += (
            (_LENGTHS.pack(len(key), _DELETED), key)
            if value is None
            else (_LENGTHS.pack(len(key), len(value)), key, value)
        )
    return b"".join(parts)


def _unpack(packed: bytes) -> dict[bytes, bytes | None]:
    writes: dict[bytes, bytes | None] = {}
    at = 0
    while at < len(packed):
        key_size, value_size = _LENGTHS.unpack_from(packed, at)
        at += _LENGTHS.size
        key = packed[at : at + key_size]
        at += key_size
        if value_size == _DELETED:
            writes[key] = None
        else:
            writes[key] = packed[at : at + value_size]
            at += value_size
    return writes


def _apply(values: dict[bytes, bytes], writes: Writes) -> None:
    for key, value in writes.items():
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
