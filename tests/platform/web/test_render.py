"""Amounts as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.platform.web.render import grouped, mass, render, short


@pytest.mark.parametrize(
    ("ug", "text"),
    [
        (0, "0 µg"),
        (1, "1 µg"),
        (999, "999 µg"),
        (1_000, "1.000 mg"),
        (1_001, "1.001 mg"),
        (54_240_000_000, "54.240 kg"),
        (54_240_000_001, "54.241 kg"),
        (-2_500_000, "-2.500 g"),
        (1_234_567_000_000_000, "1,234.567 t"),
    ],
)
def test_mass_is_written_in_the_largest_unit_that_leaves_at_least_one(ug: int, text: str) -> None:
    assert mass(ug) == text


@given(st.integers(min_value=0, max_value=2**96))
def test_a_written_mass_is_never_below_the_exact_one(ug: int) -> None:
    number, unit = mass(ug).replace(",", "").split(" ")
    size = {"µg": 1, "mg": 10**3, "g": 10**6, "kg": 10**9, "t": 10**12}[unit]
    whole, _, thousandths = number.partition(".")
    written = int(whole) * size + int(thousandths or 0) * size // 1000
    assert ug <= written < ug + max(size // 1000, 1)


def test_long_ids_are_shortened_and_short_texts_are_not() -> None:
    assert short("0x" + "ab" * 16) == "0xabababab…"
    assert short("steel") == "steel"


def test_numbers_are_grouped_by_three() -> None:
    assert grouped(1234567) == "1\u2009234\u2009567"


def test_names_are_escaped_in_pages() -> None:
    page = render("problem.html", title="<script>alert(1)</script>", detail="", hint="")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
