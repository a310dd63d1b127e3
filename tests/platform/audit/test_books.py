"""Random ledgers: both recomputations agree to the microgram, nothing is found, and a planted change is."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import delete, select

from tanso.oracle.store import reading, writing
from tanso.platform.accounts.service import account_of
from tanso.platform.audit.books import Books
from tanso.platform.audit.flows import FIGURES
from tanso.platform.indexer.derive import Touched, derive, insert_rows
from tanso.platform.indexer.rows import rows_of
from tanso.platform.indexer.tables import DERIVED_TABLES, EVENT_TABLES
from tanso.platform.lots.models import LotPositionRow

from .random_ledger import END, FIRMS, RandomLedger

SMALL, LARGE = st.integers(0, 10**4), st.integers(0, 10**12)
STEP = st.tuples(
    st.sampled_from(["settle", "settle", "report", "ship", "ship", "consume", "restate"]),
    st.sampled_from(FIRMS),
    st.sampled_from(FIRMS),
    SMALL,
    SMALL,
    LARGE,
    st.integers(0, 9),
)
MASSES = ("co2_ug", "primary_ug", "quantity", "good", "activity", "charged_ug", "value")


def played(steps: list[Any]) -> RandomLedger:
    ledger = RandomLedger()
    for kind, firm, other, first, second, large, wait in steps:
        ledger.time = min(END - 1, ledger.time + wait)
        if kind == "settle":
            ledger.settle(firm, first, second, 1 + first % 50, second, large % 1000)
        elif kind == "report":
            ledger.report(firm, large)
        elif kind == "ship":
            ledger.ship(firm, other, first)
        elif kind == "consume":
            ledger.consume(firm, first)
        else:
            ledger.restate(firm, large)
    return ledger


def entered(ledger: RandomLedger, events: list[Any] | None = None) -> Books:
    books = Books()
    books.enter(ledger.events if events is None else events, ledger.times)
    books.close()
    return books


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=25), cuts=st.sets(st.integers(1, END - 1), max_size=2))
def test_both_recomputations_of_an_honest_ledger_agree_and_find_nothing(
    one_store: Any, steps: list[Any], cuts: set[int]
) -> None:
    ledger = played(steps)
    books = entered(ledger)
    assert books.findings == []
    with writing(one_store) as session:
        for table in (*EVENT_TABLES, *DERIVED_TABLES):
            session.exec(delete(table))
        touched = Touched()
        for table, row in rows_of(ledger.events, ledger.times):
            insert_rows(session, table, [row])
            touched.add(table, [row])
        derive(session, touched)
    with reading(one_store) as session:
        for firm in FIRMS:
            for start, end in [(0, END), *pairwise([0, *sorted(cuts), END])]:
                account = account_of(session, firm, start, end)
                figures, left_overs = books.account(firm, start, end)
                assert {name: getattr(account, name) for name in FIGURES} == figures
                assert account.left_overs == left_overs
        rows = session.exec(select(LotPositionRow)).all()
    by_model = {(row.lot_id, row.business_id): (row.quantity, row.co2_ug, row.primary_ug) for row in rows}
    assert by_model == books.positions()


@settings(max_examples=100, deadline=None)
@given(steps=st.lists(STEP, min_size=1, max_size=25), which=st.integers(0, 10**6), by=st.integers(1, 10**6))
def test_a_planted_change_of_any_mass_or_quantity_on_any_ledger_is_found(
    steps: list[Any], which: int, by: int
) -> None:
    ledger = played(steps)
    places = [
        (place, name)
        for place, event in enumerate(ledger.events)
        if event.contract == "Lots"
        for name in MASSES
        # The latest figures of a restatement are bound by its transaction; its charge follows from them.
        if name in event.args and (event.name != "LotRestated" or name == "charged_ug")
    ]
    if not places:
        return
    place, name = places[which % len(places)]
    event = ledger.events[place]
    planted = replace(event, args=event.args | {name: event.args[name] + by})
    assert entered(ledger, [*ledger.events[:place], planted, *ledger.events[place + 1 :]]).findings
