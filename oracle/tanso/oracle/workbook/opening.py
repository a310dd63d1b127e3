"""Opens a spreadsheet from anybody: bounded, without macros, links, entities or anything that runs."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from tanso.oracle.errors import FileRefused

MAX_PACKED = 16 << 20
MAX_UNPACKED = 48 << 20
"""Bytes of all parts; each says its size, and no more of it is read."""
MAX_PARTS = 500
_OLD = b"\xd0\xcf\x11\xe0"
_ENTITY = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_REFUSED = (
    ("macros", re.compile(r"vbaProject|macrosheets|activeX", re.IGNORECASE), "Save it as .xlsx."),
    (
        "links to other files",
        re.compile(r"externalLinks|connections\.xml", re.IGNORECASE),
        "Paste the values.",
    ),
    ("embedded objects", re.compile(r"embeddings|oleObject", re.IGNORECASE), "Remove them."),
)
_BROKEN = (
    zipfile.BadZipFile,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    SyntaxError,
    ArithmeticError,
    RuntimeError,
    zlib.error,
    EOFError,
    MemoryError,
    AssertionError,
)
"""What zipfile, its decompressors and openpyxl raise for bytes that are no workbook."""


@contextmanager
def opened_book(path: Path) -> Iterator[Any]:
    """The workbook, read row by row; raises FileRefused, also for damage that shows only later."""
    try:
        _check(path)
        with path.open("rb") as file, warnings.catch_warnings():
            # openpyxl warns of formats that it drops; a date that it can't read comes out as an error.
            warnings.simplefilter("ignore", UserWarning)
            book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
            try:
                yield book
            finally:
                book.close()
    except _BROKEN as error:
        raise FileRefused(
            f"This is no .xlsx workbook, or it is damaged: {type(error).__name__}: {str(error)[:200]}.",
            hint="Open it in a spreadsheet program and save it anew as .xlsx.",
        ) from error


def _check(path: Path) -> None:
    size = path.stat().st_size
    if size > MAX_PACKED:
        raise FileRefused(f"The workbook has {size} bytes, more than {MAX_PACKED}.", hint="Split it by year.")
    with path.open("rb") as file:
        if file.read(4) == _OLD:
            raise FileRefused(
                "The workbook is encrypted, or an .xls of before 2007.", hint="Save it as .xlsx, no password."
            )
    with zipfile.ZipFile(path) as parts:
        names = [part.filename for part in parts.infolist()]
        if len(names) > MAX_PARTS or len(set(names)) != len(names):
            raise FileRefused("The workbook has too many parts, or two of one name.", hint="Save it anew.")
        unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > MAX_UNPACKED:
            raise FileRefused(
                f"The workbook unpacks to {unpacked} bytes, more than {MAX_UNPACKED}.",
                hint="Remove formatted empty rows and whatever is no table, or split it by year.",
            )
        for part in parts.infolist():
            content = parts.read(part)
            for what, sign, hint in _REFUSED:
                if sign.search(part.filename) or (
                    part.filename == "[Content_Types].xml" and what == "macros" and b"macroEnabled" in content
                ):
                    raise FileRefused(f"The workbook has {what}.", hint=hint)
            if _ENTITY.search(content):
                raise FileRefused(
                    "The workbook declares entities.", hint="No spreadsheet program writes them."
                )
