"""The rows of a delimited text, one by one and in bounded memory, whatever the text is.

A row that is none (a stray quote, bytes that are no text, a line without end) is told apart and costs no
other row: where quotes that are never closed ran over several lines, each line is read for itself.
"""

import csv
import io
from collections.abc import Collection, Iterator
from typing import IO

from tanso.oracle.errors import LayoutRefused

MAX_LINE = 1 << 18
"""Characters of a line that are read; a longer one is no row of a meter's export."""


Row = tuple[int, list[str], str]
"""The line on which a row ends, its cells, and what is wrong with it (empty for a sound one)."""


class Rows:
    """The header and the rows of a table; `width` cells make a row. Raises LayoutRefused without a header."""

    times: Collection[str] = ()
    """Columns that hold times, not text: none."""

    def __init__(self, file: IO[bytes], encoding: str, delimiter: str) -> None:
        if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
            encoding = "utf-8-sig"
        try:
            # Bytes that are no text are kept apart from text, so that they spoil their own row only.
            self._text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")
        except LookupError as error:
            raise LayoutRefused(f"There is no text encoding {encoding}.") from error
        self._file, self._delimiter, self._encoding = file, delimiter, encoding
        self._number = 0
        self._faults: dict[int, str] = {}  # by line
        self._kept: list[str] = []
        self._reader = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        try:
            self.header = next(self._reader, [])
        except (csv.Error, UnicodeError) as error:
            raise LayoutRefused(f"The first line of the file is no header: {error}.") from error
        for fault in self._faults.values():
            raise LayoutRefused(f"The first line of the file is no header: {fault}.")
        self._width = len(self.header)

    def __iter__(self) -> Iterator[Row]:
        kept, width = self._kept, self._width
        kept.clear()
        while True:
            try:
                for cells in self._reader:
                    if len(cells) == width and not self._faults:
                        yield self._number, cells, ""
                    elif cells or self._faults:
                        yield from self._broken()
                    kept.clear()
                return
            except csv.Error:
                yield from self._broken()
                kept.clear()
            except UnicodeError as error:
                raise LayoutRefused(f"The file is not {self._encoding} text: {error}.") from error

    def reached(self, size: int) -> int:
        """How far the file is read, of `size`."""
        return min(self._file.tell(), size)

    def detach(self) -> None:
        """Lets go of the file, which stays open."""
        self._text.detach()

    def _lines(self) -> Iterator[str]:
        readline, keep = self._text.readline, self._kept.append
        while line := readline(MAX_LINE):
            self._number += 1
            fault = ""
            if len(line) == MAX_LINE and line[-1] not in "\r\n":
                fault = f"the line has more than {MAX_LINE} characters"
                while (rest := readline(MAX_LINE)) and rest[-1] not in "\r\n":
                    pass
                line = line[:1000].replace('"', "") + "\n"
            elif not line.isascii() and _undecodable(line):
                fault = f"the line is not {self._encoding} text"
            if fault:
                self._faults[self._number] = fault
            keep(line)
            yield line

    def _broken(self) -> Iterator[Row]:
        """The lines of a row that is none: each for itself, as quotes may have run over good ones."""
        lines, faults = list(self._kept), dict(self._faults)
        self._faults.clear()
        for number, line in enumerate(lines, start=self._number - len(lines) + 1):
            try:
                cells = next(csv.reader([line], delimiter=self._delimiter, strict=True), [])
            except csv.Error as error:
                yield number, [line.rstrip("\r\n")], f"it is no row of a table: {error}"
                continue
            if number in faults:
                yield number, cells, faults[number]
            elif len(cells) != self._width:
                if cells:
                    yield number, cells, f"it has {len(cells)} cells, the header {self._width}"
            else:
                yield number, cells, ""


def _undecodable(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return True
    return False
