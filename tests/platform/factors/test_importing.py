"""A preview says what would become of each row and takes none; acceptance takes exactly what it said."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.oracle.store import writing
from tanso.platform.errors import Conflict, NotFound
from tanso.platform.factors.importing import (
    MAX_IMPORTS,
    accept,
    counts,
    imports,
    judged_rows,
    keep_preview,
    own_factors,
    read_content,
    rows_of,
)
from tanso.platform.factors.judging import Judged
from tanso.platform.factors.own import FactorImport, FactorImportRow, OwnFactor, own_factor_named

OWNER, OTHER = "0x" + "11" * 16, "0x" + "22" * 16
HEAD = "name,series,value,unit,publisher,year,valid_from,gwp_set\n"
STEEL = "steel-2023,steel,1.90,kg/kg,Supplier,2023,2023-01-01,\n"
NEWER = "steel-2024,steel,0.0018,t/kg,Supplier,2024,2024-01-01,AR6\n"


def take(session: Session, text: str, business_id: str = OWNER) -> FactorImport:
    content = (HEAD + text).encode()
    judged = judged_rows(session, business_id, read_content(content, None))
    return keep_preview(session, business_id, "factors.csv", content, judged)


def rows(session: Session, made: FactorImport) -> list[Judged]:
    return rows_of(session, made.import_id, None, 0, 100)


@pytest.fixture
def session(one_store: Engine) -> Iterator[Session]:
    with writing(one_store) as session:
        yield session


@pytest.fixture
def session_on_both(store: Engine) -> Iterator[Session]:
    with writing(store) as session:
        yield session


def test_a_preview_takes_nothing_and_acceptance_takes_it_once(session_on_both: Session) -> None:
    session = session_on_both
    made = take(session, STEEL + NEWER)
    assert own_factors(session, OWNER, None, None, "", 10) == []
    first, second = rows(session, made)
    assert (first.verdict, first.intensity_pg, first.unit) == ("new", 1_900_000_000_000, "g")
    assert (second.verdict, second.version_of) == ("new version", first.factor_id)
    assert {one.field: (one.before, one.after) for one in second.differences} == {
        "value": ("1.90", "0.0018"),
        "unit": ("kg/kg", "t/kg"),
        "year": ("2023", "2024"),
        "gwp_set": ("not stated", "AR6"),
    }
    assert second.change_percent == "-5.26"
    for _ in range(2):
        assert accept(session, OWNER, made.import_id, good_rows=False).status == "accepted"
    own = own_factors(session, OWNER, "STEEL supplier", "steel", "", 10)
    assert {row.factor_id for row in own} == {first.factor_id, second.factor_id}
    assert own_factors(session, OTHER, None, None, "", 10) == []
    found = own_factor_named(session, OWNER, "steel-2024")
    assert found is not None
    assert (found.value, found.unit, found.publisher) == ("0.0018", "t/kg", "Supplier")
    assert own_factor_named(session, OTHER, "steel-2024") is None


def test_the_same_file_again_is_all_duplicates_and_a_next_version_is_held_against_the_newest(
    session: Session,
) -> None:
    accept(session, OWNER, take(session, STEEL + NEWER).import_id, good_rows=False)
    again = take(session, STEEL + NEWER)
    assert counts(session, again.import_id) == {"duplicate": 2}
    (next_one,) = rows(session, take(session, NEWER.replace("2024", "2025").replace("0.0018", "0.0027")))
    assert next_one.change_percent == "+50.00"
    assert {one.before for one in next_one.differences} == {"0.0018", "2024"}


@pytest.mark.parametrize(
    ("row", "place", "reason"),
    [
        ("a,,NaN,kg/kg,P,,,", "line 2, column 'value'", "not a decimal number"),
        ('a,,"1,9",kg/kg,P,,,', "line 2, column 'value'", "not a decimal number"),
        ("a,,-1,kg/kg,P,,,", "line 2, column 'value'", "below zero"),
        ("a,,1e400,kg/kg,P,,,", "line 2, column 'value'", "exponent"),
        ("a,,1,kgCO2e,P,,,", "line 2, column 'unit'", "not a CO2e mass per unit"),
        ("a,,1,kWh/kg,P,,,", "line 2, column 'unit'", "not a mass of CO2e"),
        ("a,,1,kg/furlong,P,,,", "line 2, column 'unit'", "not known"),
        (",,1,kg/kg,P,,,", "line 2, column 'name'", "Field required"),
        ("a,,1,kg/kg,,,,", "line 2, column 'publisher'", "Field required"),
        ("a,,1,kg/kg,P,,yesterday,", "line 2, column 'valid_from'", "write a time in UTC"),
        ("a,,1,kg/kg,P,,,much too long", "line 2, column 'gwp_set'", "pattern"),
        (f"{'a' * 201},,1,kg/kg,P,,,", "line 2, column 'name'", "at most 200"),
        ("electricity-tepco-2021,,1,kg/kWh,P,,,", "line 2, column 'name'", "stands for another factor"),
        ("a,,1", "line 2", "it has 3 cells"),
    ],
)
def test_a_row_is_refused_with_cell_and_reason_and_the_good_ones_are_taken_on_request(
    session: Session, row: str, place: str, reason: str
) -> None:
    made = take(session, f"{row}\n{STEEL}")
    refused, good = rows(session, made)
    assert (refused.verdict, refused.place, good.verdict) == ("refused", place, "new")
    assert reason in refused.reasons[0]
    with pytest.raises(Conflict, match="1 of 2 rows"):
        accept(session, OWNER, made.import_id, good_rows=False)
    accept(session, OWNER, made.import_id, good_rows=True)
    assert [own.name for own in own_factors(session, OWNER, None, None, "", 10)] == ["steel-2023"]


def test_one_name_for_two_factors_in_a_file_is_refused_and_twice_the_same_a_duplicate(
    session: Session,
) -> None:
    made = take(session, STEEL + STEEL.replace("1.90", "1.91") + STEEL)
    assert [one.verdict for one in rows(session, made)] == ["new", "refused", "duplicate"]


def test_what_a_ledger_does_not_count_serves_as_an_own_factor(session: Session) -> None:
    (gas,) = rows(session, take(session, "gas,,2.1,kg/Nm3,P,,,\n"))
    assert (gas.verdict, gas.unit, gas.intensity_pg) == ("new", None, None)


def test_a_preview_that_no_longer_holds_is_not_accepted(session: Session) -> None:
    old, fresh = take(session, STEEL), take(session, STEEL.replace("1.90", "2"))
    accept(session, OWNER, fresh.import_id, good_rows=False)
    with pytest.raises(Conflict, match="stands for another factor") as refused:
        accept(session, OWNER, old.import_id, good_rows=False)
    assert refused.value.kind == "import-outdated"
    with pytest.raises(NotFound):
        accept(session, OTHER, old.import_id, good_rows=False)
    (own,) = session.exec(select(OwnFactor)).all()
    assert json.loads(own.document)["value"] == "2"


def test_the_last_twenty_imports_of_a_business_are_kept(session: Session) -> None:
    theirs = take(session, STEEL, OTHER)
    made = [take(session, STEEL) for _ in range(MAX_IMPORTS + 3)]
    kept = {row.import_id for row in imports(session, OWNER, "", 100)}
    assert len(kept) == MAX_IMPORTS
    assert made[-1].import_id in kept
    assert len(session.exec(select(FactorImportRow)).all()) == MAX_IMPORTS + 1
    assert [row.import_id for row in imports(session, OTHER, "", 100)] == [theirs.import_id]
