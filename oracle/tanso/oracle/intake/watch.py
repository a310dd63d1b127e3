"""A folder that meters write files into: each is taken once it is whole, in the order of names.

    watch = Watch(engine, business_id, Path("inbox"), layout)
    for one in watch.look(): ...          # once; or keep_watch(watch, stopped, tell) until told to stop

A file is whole when size and time of change are the same at two looks (one that was renamed into place is, at
the second). What was taken is remembered by its content, after all of it is stored: whoever is killed before
that reads the file again, and what was stored is a duplicate. Only regular files count; hidden and temporary
ones don't, and no link is followed.
"""

import logging
import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.contracts.identity import parse_id
from tanso.oracle.errors import FileChanged, FileRefused, LayoutRefused
from tanso.oracle.intake.backfill import Backfilled, backfill, hash_of
from tanso.oracle.intake.layout import Layout
from tanso.oracle.intake.rows import clean
from tanso.oracle.intake.tables import WatchedFile
from tanso.oracle.store import OUTAGES, reading, utc_now, writing

log = logging.getLogger(__name__)

EVERY_S = 2.0
"""Seconds between two looks."""
TEMPORARY = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".download",
    ".swp",
    ".lock",
    "~",
)
HIDDEN = (".", "~", "#")

Stamp = tuple[int, int, int]
"""Inode, size and time of change: another file, or another content, has another one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a file, or why nothing did."""

    name: str
    """As it can be printed."""
    result: Backfilled | None = None
    error: str = ""
    """Name of the error, empty if the file was taken."""
    reason: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        told = {"error": self.error, "reason": self.reason} if self.error else {}
        return {"file": self.name} | (self.result.document() if self.result else {}) | told


class Watch:
    """Looks into a folder. Raises FileRefused when there is none, or `done` lies in it or is none."""

    def __init__(
        self,
        engine: Engine,
        business_id: str,
        folder: Path,
        layout: Layout,
        *,
        done: Path | None = None,
        clock: Callable[[], int] = utc_now,
    ) -> None:
        for one in (folder, *([done] if done is not None else [])):
            if not one.is_dir():
                raise FileRefused(
                    f"There is no folder {printable(str(one))}.", hint="Make it, or name another."
                )
        if done is not None and done.resolve() == folder.resolve():
            raise FileRefused("Files that were taken can't be moved to where they are.", hint="Name another.")
        self._engine, self._business_id, self._clock = engine, parse_id(business_id), clock
        self._folder, self._layout, self._done = folder, layout, done
        self._before: dict[str, Stamp] = {}
        self._finished: dict[str, Stamp] = {}
        self._unreadable = False

    def look(self) -> Iterator[Seen]:
        """Takes every file that is whole and new; tells of each that was taken or refused now."""
        try:
            there = self._there()
        except OSError as error:
            # A share that is gone for a while: told once.
            if not self._unreadable:
                yield Seen(
                    printable(self._folder.name), None, "FileRefused", f"can't be read: {error.strerror}"
                )
            self._unreadable = True
            return
        self._unreadable = False
        whole = [name for name, stamp in there.items() if self._before.get(name) == stamp]
        self._before = there
        self._finished = {name: stamp for name, stamp in self._finished.items() if there.get(name) == stamp}
        for name in whole:
            if self._finished.get(name) == there[name]:
                continue
            try:
                seen = self._take(self._folder / name)
            except FileChanged:
                continue  # it was not whole after all: at the next look
            except OUTAGES:
                raise
            except OSError as error:
                seen = _unreadable(name, error)
            except Exception as error:  # whatever it is, the files after it are not to wait for it
                log.exception("a watched file failed")
                seen = Seen(printable(name), None, type(error).__name__, printable(str(error)))
            self._finished[name] = there[name]
            if seen is not None:
                yield seen

    def _there(self) -> dict[str, Stamp]:
        """Files that may be taken, by name, in order."""
        found: dict[str, Stamp] = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.startswith(HIDDEN) or entry.name.lower().endswith(TEMPORARY):
                    continue
                try:
                    about = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(about.st_mode):
                    found[entry.name] = (about.st_ino, about.st_size, about.st_mtime_ns)
        return dict(sorted(found.items()))

    def _take(self, path: Path) -> Seen | None:
        """None for what was taken, or refused by this layout, before."""
        with path.open("rb") as file:
            file_hash = hash_of(file)
        with reading(self._engine) as session:
            known = self._known(session, file_hash)
        seen: Seen | None = None
        if known is None:
            seen = self._read(path)
            known = self._remember(file_hash, seen)
        if not known.error and self._done is not None:
            self._move(path, self._done)
        return seen

    def _read(self, path: Path) -> Seen:
        name = printable(path.name)
        try:
            result = backfill(self._engine, self._business_id, path, self._layout, clock=self._clock)
        except (LayoutRefused, FileRefused) as error:
            return Seen(name, None, type(error).__name__, printable(str(error)))
        return Seen(name, result)

    def _known(self, session: Session, file_hash: str) -> WatchedFile | None:
        return session.exec(
            select(WatchedFile).where(
                WatchedFile.business_id == self._business_id,
                WatchedFile.file_hash == file_hash,
                WatchedFile.layout_hash == self._layout.content_hash,
            )
        ).one_or_none()

    def _remember(self, file_hash: str, seen: Seen) -> WatchedFile:
        with writing(self._engine) as session:
            found = self._known(session, file_hash)
            if found is None:
                found = WatchedFile(
                    business_id=self._business_id,
                    file_hash=file_hash,
                    layout_hash=self._layout.content_hash,
                    name=seen.name[:255],
                    error=seen.error,
                    reason=seen.reason,
                    finished_at=self._clock(),
                )
                session.add(found)
        return found

    @staticmethod
    def _move(path: Path, done: Path) -> None:
        """Never over another file."""
        target, number = done / path.name, 1
        while os.path.lexists(target):
            number += 1
            target = done / f"{path.stem} ({number}){path.suffix}"
        shutil.move(path, target)


def keep_watch(
    watch: Watch, stopped: threading.Event, tell: Callable[[Seen], None], *, every_s: float = EVERY_S
) -> None:
    """Looks again and again until `stopped` is set; a file that is being taken is finished first."""
    while True:
        for seen in watch.look():
            tell(seen)
            if stopped.is_set():
                return
        if stopped.wait(every_s):
            return


def _unreadable(name: str, error: OSError) -> Seen:
    return Seen(printable(name), None, FileRefused.__name__, f"It can't be read: {error.strerror}.")


def printable(text: str) -> str:
    """The text on one line of a terminal and in every database, whatever a file is called."""
    return clean("".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text))
