"""Figures taken in columns become what they become one by one, whatever stands in the file and the store."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from tanso.contracts.identity import content_hash
from tanso.oracle.intake import Reading, RefusedRow, Reported, parse_layout
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.ingest import file_record, ingest, take_chunk
from tanso.oracle.intake.rows import Chunk, Refusal, Table
from tanso.oracle.store import create_tables, open_store, writing

LAYOUT = parse_layout(
    """
zone = "UTC"
[time]
start = "start"
end = "end"
[[series]]
device = { column = "device" }
quantity = "electricity"
value = "kWh"
unit = "kWh"
negative = "exported electricity"
[[series]]
device = { column = "device" }
quantity = "electricity"
value = "more"
unit = "MWh"
[[series]]
device = { column = "device" }
quantity = "pieces"
value = "count"
unit = "pc"
mode = "cumulative"
"""
)
BEGIN = 1_672_531_200
NOW = BEGIN + 6 * 3600
REPORTED = [Reported(BEGIN, BEGIN + 1800, {"a"})]
BUSINESSES = (f"0x{number:032x}" for number in count(1))

SLOTS = st.tuples(st.integers(0, 14), st.sampled_from([1, 1, 1, 1, 1, 2, 0, 4000]))
VALUES = st.sampled_from(["1", "2.50", "0.125", "3", "-1", "007", "NaN", "1e2", "", "-0"])
FIGURES = st.tuples(st.sampled_from("aaab"), SLOTS, VALUES, st.sampled_from(["", "1", "2"]))
ROWS = st.tuples(FIGURES, st.sampled_from(["", "5", "6"]))
FILES = st.lists(
    st.one_of(
        st.lists(ROWS, max_size=12),
        # Columns as most files have them.
        st.integers(1, 14).map(lambda number: [(("b", (place, 1), "1", ""), "") for place in range(number)]),
    ),
    min_size=1,
    max_size=3,
)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_store(database_url)
    create_tables(engine)
    yield engine
    engine.dispose()


def export(rows: list[tuple[tuple[str, tuple[int, int], str, str], str]]) -> bytes:
    lines = ["device,start,end,kWh,more,count"]
    for (device, (place, length), value, more), pieces in rows:
        start, end = (
            datetime.fromtimestamp(BEGIN + 1800 * number, UTC).replace(tzinfo=None)
            for number in (place, place + length)
        )
        lines.append(f"{device},{start.isoformat()},{end.isoformat()},{value},{more},{pieces}")
    return "\n".join(lines).encode()


def one_by_one(session: Session, business_id: str, content: bytes) -> None:
    table = Table(io.BytesIO(content), LAYOUT)
    file = file_record(session, business_id, "a", content_hash(content), LAYOUT, NOW)
    read = list(table.read())
    found = [one for one in read if isinstance(one, Candidate)]
    refused = [one for one in read if isinstance(one, Refusal)]
    take_chunk(session, file, table, Chunk(found, refused), now=NOW, reported=REPORTED)


def stored(session: Session, business_id: str) -> list[list[tuple[object, ...]]]:
    readings = session.exec(select(Reading).where(Reading.business_id == business_id))
    refused = session.exec(
        select(RefusedRow).where(RefusedRow.business_id == business_id).order_by(col(RefusedRow.id))
    )
    return [
        sorted((one.device, one.quantity, one.start, one.end, one.value, one.unit) for one in readings),
        [(one.line, one.series, one.error, one.reason, one.raw, one.start, one.taken) for one in refused],
    ]


@settings(max_examples=40, deadline=None)
@given(FILES)
def test_figures_in_columns_are_taken_and_refused_as_they_are_one_by_one(
    engine: Engine, files: list[list[tuple[tuple[str, tuple[int, int], str, str], str]]]
) -> None:
    first, second = next(BUSINESSES), next(BUSINESSES)
    with writing(engine) as session:
        for rows in files:
            content = export(rows)
            ingest(session, first, "a", content, LAYOUT, now=NOW, reported=REPORTED)
            one_by_one(session, second, content)
            assert stored(session, first) == stored(session, second)
