"""Watched folders: each file once, when it is whole; hostile ones are told and the others go on."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from tanso.oracle.errors import FileRefused
from tanso.oracle.intake import Reading, parse_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.intake.layout import Layout
from tanso.oracle.intake.tables import IntakeFile, WatchedFile
from tanso.oracle.intake.watch import Seen, Watch, keep_watch

from ...databases import go_silent

BUSINESS = "0x" + "ab" * 16
TEXT = """
zone = "UTC"
[time]
start = "start"
length = "15 min"
[[series]]
device = "meter"
quantity = "electricity"
value = "value"
unit = "kWh"
"""
LAYOUT = parse_layout(TEXT)


def table(path: Path, *hours: int) -> Path:
    path.write_text("start,value\n" + "".join(f"2023-01-01T{hour:02}:00,{hour}.5\n" for hour in hours))
    return path


def twice(watch: Watch) -> list[Seen]:
    """What two looks, one after the other, come to."""
    return [*watch.look(), *watch.look()]


def values(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return [row.value for row in session.exec(select(Reading).order_by(col(Reading.start)))]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def test_files_are_taken_in_the_order_of_names_each_content_once_also_after_a_restart(
    store: Engine, inbox: Path
):
    table(inbox / "b.csv", 2, 3)
    table(inbox / "a.csv", 1)
    watch = Watch(store, BUSINESS, inbox, LAYOUT)
    assert list(watch.look()) == []  # not known yet whether they are whole
    seen = list(watch.look())
    assert [(one.name, one.result and one.result.accepted) for one in seen] == [("a.csv", 1), ("b.csv", 2)]
    assert twice(watch) == []
    table(inbox / "again.csv", 1)
    assert twice(Watch(store, BUSINESS, inbox, LAYOUT)) == []
    table(inbox / "a.csv", 1, 5)
    (seen_one,) = twice(watch)
    assert seen_one.document() == {
        "file": "a.csv", "readings": 2, "accepted": 1, "duplicates": 1, "refused": 0,
        "totals": {"electricity": {"value": "13", "unit": "kWh"}},
    }  # fmt: skip
    assert values(store) == ["1.5", "2.5", "3.5", "5.5"]
    assert sorted(path.name for path in inbox.iterdir()) == ["a.csv", "again.csv", "b.csv"]


def test_a_file_that_is_still_written_waits_until_it_is_whole(one_store: Engine, inbox: Path):
    path = table(inbox / "a.csv", 1)
    watch = Watch(one_store, BUSINESS, inbox, LAYOUT)
    for hour in (2, 3):
        assert list(watch.look()) == []
        with path.open("a") as file:
            file.write(f"2023-01-01T{hour:02}:00,{hour}.5\n")
    assert list(watch.look()) == []
    (seen,) = watch.look()
    assert seen.result is not None
    assert seen.result.accepted == 3


def test_a_file_renamed_into_place_is_taken_though_its_temporary_name_was_left_alone(
    one_store: Engine, inbox: Path
):
    path = table(inbox / "a.csv.part", 1)
    watch = Watch(one_store, BUSINESS, inbox, LAYOUT)
    assert twice(watch) == []
    path.rename(inbox / "a.csv")
    assert [one.name for one in twice(watch)] == ["a.csv"]


def test_what_is_no_file_of_readings_is_left_alone(one_store: Engine, inbox: Path, tmp_path: Path):
    secret = table(tmp_path / "secret.csv", 1)
    (inbox / "link.csv").symlink_to(secret)
    (inbox / "folder.csv").mkdir()
    os.mkfifo(inbox / "pipe.csv")
    for name in (".hidden.csv", "~$book.csv", "a.TMP", "a.csv~", "#a.csv#", "a.csv.crdownload"):
        table(inbox / name, 1)
    assert twice(Watch(one_store, BUSINESS, inbox, LAYOUT)) == []
    assert values(one_store) == []


BAD = {
    "no header": (b"a,b\n1,2\n", "LayoutRefused"),
    "nothing in it": (b"", "LayoutRefused"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "LayoutRefused"),
    "a Parquet file cut off": (b"PAR1" + b"\0" * 50, "FileRefused"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_does_not_fit_is_told_once_by_name_and_the_others_go_on(
    store: Engine, inbox: Path, tmp_path: Path, case: str
):
    content, error = BAD[case]
    done = tmp_path / "done"
    done.mkdir()
    (inbox / "a.csv").write_bytes(content)
    table(inbox / "b.csv", 1)
    watch = Watch(store, BUSINESS, inbox, LAYOUT, done=done)
    seen = twice(watch)
    assert [(one.name, one.error) for one in seen] == [("a.csv", error), ("b.csv", "")]
    assert seen[0].reason
    assert twice(watch) == twice(Watch(store, BUSINESS, inbox, LAYOUT)) == []
    assert [path.name for path in inbox.iterdir()] == ["a.csv"]
    with Session(store) as session:
        assert [(row.name, row.error) for row in session.exec(select(WatchedFile))] == [
            ("a.csv", error), ("b.csv", ""),
        ]  # fmt: skip
    # Another layout may fit: it is tried.
    other = parse_layout(TEXT.replace('"value"', '"b"').replace('"start"', '"a"'))
    assert [one.name for one in twice(Watch(store, BUSINESS, inbox, other))] == ["a.csv"]


NAMES = [
    b"new\nline.csv",
    b"\xff\xfe.csv",
    b"\x1b[2J.csv",
    b"'; DROP TABLE oracle_reading; --.csv",
    "計器.csv".encode(),
]


def test_hostile_names_are_stored_and_told_harmlessly(store: Engine, inbox: Path, tmp_path: Path):
    done = tmp_path / "done"
    done.mkdir()
    for hour, name in enumerate(NAMES):
        table(inbox / os.fsdecode(name), hour)
    seen = twice(Watch(store, BUSINESS, inbox, LAYOUT, done=done))
    assert len(seen) == len(NAMES)
    assert all(one.name.isprintable() and one.result for one in seen)
    assert "計器.csv" in {one.name for one in seen}
    assert sorted(os.fsencode(path.name) for path in done.iterdir()) == sorted(NAMES)
    with Session(store) as session:
        assert len(session.exec(select(IntakeFile)).all()) == len(NAMES)


def test_a_file_is_moved_when_told_so_and_never_over_another_one(
    one_store: Engine, inbox: Path, tmp_path: Path
):
    done = tmp_path / "done"
    done.mkdir()
    table(inbox / "a.csv", 1)
    assert len(twice(Watch(one_store, BUSINESS, inbox, LAYOUT))) == 1
    # Killed before it was moved: it is known, so it is moved now and told no more.
    watch = Watch(one_store, BUSINESS, inbox, LAYOUT, done=done)
    assert twice(watch) == []
    table(inbox / "a.csv", 2)
    twice(watch)
    assert list(inbox.iterdir()) == []
    assert sorted(path.name for path in done.iterdir()) == ["a (2).csv", "a.csv"]


def test_folders_that_are_none_are_refused(one_store: Engine, inbox: Path, tmp_path: Path):
    with pytest.raises(FileRefused, match="no folder"):
        Watch(one_store, BUSINESS, tmp_path / "none", LAYOUT)
    with pytest.raises(FileRefused, match="can't be moved"):
        Watch(one_store, BUSINESS, inbox, LAYOUT, done=inbox)


def test_a_folder_that_is_gone_for_a_while_is_told_once(one_store: Engine, inbox: Path):
    watch = Watch(one_store, BUSINESS, inbox, LAYOUT)
    inbox.rename(inbox.with_name("away"))
    assert [one.error for one in twice(watch)] == ["FileRefused"]
    inbox.with_name("away").rename(inbox)
    table(inbox / "a.csv", 1)
    assert [one.name for one in twice(watch)] == ["a.csv"]


def test_watching_goes_on_until_it_is_stopped(one_store: Engine, inbox: Path):
    table(inbox / "a.csv", 1)
    stopped, seen = threading.Event(), list[Seen]()

    def tell(one: Seen) -> None:
        seen.append(one)
        stopped.set()

    keep_watch(Watch(one_store, BUSINESS, inbox, LAYOUT), stopped, tell, every_s=0.01)
    assert [one.name for one in seen] == ["a.csv"]


KILLED = """
import os, signal, sys
from pathlib import Path
from tanso.oracle.intake import parse_layout
from tanso.oracle.intake import watch
from tanso.oracle.store import open_store
url, inbox, layout, business, when = sys.argv[1:]
real = watch.backfill
def stored_then_killed(*args, **kwargs):
    if when == "half":
        kwargs |= {"chunk_size": 3, "progress": lambda done, size: os.kill(os.getpid(), signal.SIGKILL)}
    real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
watch.backfill = stored_then_killed
one = watch.Watch(open_store(url), business, Path(inbox), parse_layout(layout))
list(one.look()), list(one.look())
"""


@pytest.mark.parametrize("when", ["half", "before it was remembered"])
def test_killed_in_a_file_and_started_again_the_same_is_stored(
    store: Engine, store_url: str, inbox: Path, when: str
):
    table(inbox / "a.csv", *range(12))
    table(inbox / "b.csv", 20)

    command = [sys.executable, "-c", KILLED, store_url, str(inbox), TEXT, BUSINESS, when]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert values(store)
    seen = twice(Watch(store, BUSINESS, inbox, LAYOUT))
    assert [one.name for one in seen] == ["a.csv", "b.csv"]
    assert values(store) == [f"{hour}.5" for hour in (*range(12), 20)]


def test_a_file_over_which_the_oracle_fails_is_told_and_the_later_ones_are_taken(
    one_store: Engine, inbox: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in "abc":
        table(inbox / f"{name}.csv", ord(name) - 96)

    def failing(engine: Engine, business_id: str, path: Path, layout: Layout, **more: Any) -> Any:
        if path.name == "a.csv":
            raise OverflowError("date value out of range")
        return backfill(engine, business_id, path, layout, **more)

    monkeypatch.setattr("tanso.oracle.intake.watch.backfill", failing)
    seen = twice(Watch(one_store, BUSINESS, inbox, LAYOUT))
    assert [(one.name, one.error) for one in seen] == [
        ("a.csv", "OverflowError"),
        ("b.csv", ""),
        ("c.csv", ""),
    ]
    assert values(one_store) == ["2.5", "3.5"]
    monkeypatch.undo()
    seen = twice(Watch(one_store, BUSINESS, inbox, LAYOUT))
    assert [(one.name, one.error) for one in seen] == [("a.csv", "")]


def test_files_wait_for_a_database_that_does_not_answer(one_store: Engine, inbox: Path):
    table(inbox / "a.csv", 1)
    watch = Watch(one_store, BUSINESS, inbox, LAYOUT)
    list(watch.look())
    answer_again = go_silent(one_store, "oracle_watched_file")
    with pytest.raises(OperationalError):
        list(watch.look())
    answer_again()
    assert [one.error for one in watch.look()] == [""]
