"""What the demo does with the folder that it is given."""

import os
from pathlib import Path

import pytest

from tanso.devchain import Devchain
from tanso.platform.demo.run import FolderInUse, clear
from tanso.platform.demo.up import serve_world


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_new_folder_is_made_and_marked(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    clear(out)
    assert names_in(out) == {".tanso-demo"}


def test_an_earlier_demo_is_replaced(told_copy: Path) -> None:
    assert {"summary.json", "proof.json", "report.html", "chain", "tokens.json"} <= names_in(told_copy)
    clear(told_copy)
    assert names_in(told_copy) == {".tanso-demo"}


def test_a_demo_that_was_killed_half_way_is_replaced(told_copy: Path) -> None:
    for name in ("summary.json", "proof.json", "report.html"):
        (told_copy / name).unlink()
    for path in (told_copy / "chain").iterdir():
        os.truncate(path, 100)
    clear(told_copy)
    assert names_in(told_copy) == {".tanso-demo"}


@pytest.mark.parametrize("name", ["letter.txt", "deployment.json", "summary.json", "chain", "tanso.db"])
def test_a_folder_that_no_demo_made_is_refused_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(FolderInUse, match="no demo made"):
        clear(tmp_path)
    with pytest.raises(FolderInUse, match="no demo made"):
        serve_world(tmp_path, "", "127.0.0.1", 0)
    assert names_in(tmp_path) == {name}
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(FolderInUse, match="is a file"):
        clear(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_world_that_is_being_served_is_not_replaced(told_copy: Path) -> None:
    before = names_in(told_copy)
    with Devchain.open(told_copy / "chain"), pytest.raises(FolderInUse, match="being served"):
        clear(told_copy)
    assert names_in(told_copy) == before


def test_nothing_behind_a_link_is_removed(told_copy: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "letter.txt").write_text("mine")
    (told_copy / "link").symlink_to(elsewhere, target_is_directory=True)
    clear(told_copy)
    assert names_in(told_copy) == {".tanso-demo"}
    assert (elsewhere / "letter.txt").read_text() == "mine"
