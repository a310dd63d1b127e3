"""The key-value store that py-evm works on: in memory, with each block's writes collected and kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from eth.abc import AtomicWriteBatchAPI
from eth.db.atomic import AtomicDBWriteBatch
from eth.db.backends.base import BaseAtomicDB

from .store import Writes


class Log(Protocol):
    """Where committed writes go: a `ChainLog`, or nothing for a chain in memory."""

    def append(self, writes: Writes) -> None: ...
    def truncate(self, count: int) -> None: ...


class ChainDatabase(BaseAtomicDB):
    """py-evm's database. Writes count only after `commit`; `discard` takes them back.

    `rewind` goes back to an earlier commit, which needs the old values since `mark`.
    """

    def __init__(self, values: dict[bytes, bytes], log: Log | None = None) -> None:
        self._values = values
        self._log = log
        self._old: dict[bytes, bytes | None] = {}  # what the uncommitted writes replaced
        self._undo: list[dict[bytes, bytes | None]] | None = None  # the same per commit, once marked

    def __getitem__(self, key: bytes) -> bytes:
        return self._values[key]

    def __setitem__(self, key: bytes, value: bytes) -> None:
        old = self._values.get(key)
        if old != value:
            self._old.setdefault(key, old)
            self._values[key] = value

    def __delitem__(self, key: bytes) -> None:
        old = self._values.pop(key)
        self._old.setdefault(key, old)

    def _exists(self, key: bytes) -> bool:
        return key in self._values

    @contextmanager
    def atomic_batch(self) -> Iterator[AtomicWriteBatchAPI]:
        """py-evm's own grouping of writes, inside ours."""
        with AtomicDBWriteBatch._commit_unless_raises(self) as batch:
            yield batch

    def contents(self) -> Writes:
        """All that is in it."""
        return dict(self._values)

    def commit(self) -> None:
        """Keep the writes since the last commit; if the disk refuses them, they are taken back."""
        if self._log is not None:
            try:
                self._log.append({key: self._values.get(key) for key in self._old})
            except BaseException:
                self.discard()
                raise
        if self._undo is not None:
            self._undo.append(self._old)
        self._old = {}

    def discard(self) -> None:
        """Take back the writes since the last commit."""
        self._restore(self._old)
        self._old = {}

    def mark(self) -> int:
        """A point to `rewind` to: the number of commits since the first mark."""
        if self._undo is None:
            self._undo = []
        return len(self._undo)

    def rewind(self, mark: int, log_count: int) -> None:
        """Go back to `mark`, at which the log had `log_count` rows."""
        if self._undo is None or mark > len(self._undo):
            raise ValueError("no such mark")
        if self._log is not None:
            self._log.truncate(log_count)
        while len(self._undo) > mark:
            self._restore(self._undo.pop())

    def _restore(self, old: dict[bytes, bytes | None]) -> None:
        for key, value in old.items():
            if value is None:
                self._values.pop(key, None)
            else:
                self._values[key] = value
