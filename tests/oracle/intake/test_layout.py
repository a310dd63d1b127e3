"""Layouts are read strictly: what is unknown, missing or contradictory is refused, and where is said."""

from pathlib import Path

import pytest

from tanso.oracle.errors import LayoutRefused
from tanso.oracle.intake import load_layout, parse_layout

GOOD = """
zone = "+09:00"
[time]
start = "date"
length = "1 d"
[[series]]
device = "main meter"
quantity = "electricity"
value = "kWh"
unit = "kWh"
"""


def test_a_small_layout_has_the_documented_defaults():
    layout = parse_layout(GOOD)
    assert (layout.delimiter, layout.encoding) == (",", "utf-8")
    assert (layout.series[0].mode, layout.series[0].negative) == ("interval", "refuse")
    assert layout.columns == {"date", "kWh"}


def test_equal_layouts_have_equal_hashes_and_others_do_not():
    assert parse_layout(GOOD).content_hash == parse_layout(GOOD + "\n# a comment\n").content_hash
    assert parse_layout(GOOD).content_hash != parse_layout(GOOD.replace("1 d", "1 h")).content_hash


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('unit = "kWh"', 'unit = "furlong"', "furlong"),
        ('unit = "kWh"', "", "unit"),
        ('zone = "+09:00"', 'zone = "Mars/Olympus"', "zone"),
        ('zone = "+09:00"', "", "zone"),
        ('length = "1 d"', 'length = "1"', "no unit"),
        ('length = "1 d"', 'length = "0.5 s"', "whole number of seconds"),
        ('length = "1 d"', "", "without a start or a length|give start and end"),
        ('length = "1 d"', 'length = "1 d"\nend = "date"', "give start and end"),
        ('length = "1 d"', 'length = "1 d"\ncheck = "date"', "row order"),
        ('quantity = "electricity"', 'quantity = "happiness"', "happiness"),
        ('value = "kWh"', 'value = "kWh"\nmultiplier = "60"', "reason"),
        ('value = "kWh"', 'value = "kWh"\nmultiplier = "0"\nmultiplier_reason = "x"', "above zero"),
        ('value = "kWh"', 'value = "kWh"\nmultiplier = "NaN"\nmultiplier_reason = "x"', "NaN"),
        ('value = "kWh"', 'value = "kWh"\nmode = "sometimes"', "mode"),
        ('value = "kWh"', 'value = "kWh"\nmode = "cumulative"\nnegative = "own consumption"', "register"),
        ('value = "kWh"', 'value = "kWh"\nnegative = "nothing"', "nothing"),
        ('value = "kWh"', 'value = "kWh"\ncolour = "red"', "colour"),
        ("[time]", "[time", "TOML"),
    ],
)
def test_a_layout_that_makes_no_sense_is_refused_and_says_where(old: str, new: str, words: str):
    assert old in GOOD
    with pytest.raises(LayoutRefused, match=words):
        parse_layout(GOOD.replace(old, new))


def test_a_layout_with_a_multiplier_needs_its_reason():
    larger = parse_layout(GOOD).with_multiplier("2.5", "assumed: a plant two and a half times as large")
    assert (larger.series[0].multiplier, larger.time) == ("2.5", parse_layout(GOOD).time)
    for multiplier, reason in (("2.5", ""), ("0", "x"), ("-1", "x"), ("many", "x")):
        with pytest.raises(LayoutRefused):
            parse_layout(GOOD).with_multiplier(multiplier, reason)


def test_a_layout_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(LayoutRefused, match="absent"):
        load_layout(tmp_path / "absent.toml")
