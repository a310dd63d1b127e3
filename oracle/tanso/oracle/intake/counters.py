"""What the owner declares of a meter's counter: where it begins again at zero, and when it was set anew.

A layout says the same of the counters in its files. Readings that come as messages have no layout of their
own, and a meter that is exchanged is told once, not in every file: what is declared here holds for all of a
device's readings of a quantity, however they come. Entries are only ever added; of two limits the later one
counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from tanso.oracle.errors import DeviceRefused
from tanso.oracle.intake.layout import Layout, Series, TimeLayout, checked_layout

MOST_RESETS = 1_000
"""Resets of one counter: years of them, were it set anew every day."""


class CounterLimits(SQLModel, table=True):
    """Where the counter begins again at zero, and the most that is used; the latest entry counts."""

    __tablename__ = "oracle_counter_limits"
    __table_args__ = (Index("ix_oracle_counter_limits", "business_id", "device", "quantity"),)

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34)
    device: str = Field(max_length=120)
    quantity: str = Field(max_length=120)
    capacity: str | None = Field(default=None, max_length=120, description='For example "1000000 kWh".')
    fastest: str = Field(max_length=120, description='For example "400 kW".')
    recorded_at: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")


class CounterReset(SQLModel, table=True):
    """At `at` the counter was set anew, or the meter exchanged: it showed `before`, then `after`."""

    __tablename__ = "oracle_counter_reset"
    __table_args__ = (UniqueConstraint("business_id", "device", "quantity", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34)
    device: str = Field(max_length=120)
    quantity: str = Field(max_length=120)
    at: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")
    before: str = Field(max_length=120)
    after: str = Field(max_length=120)
    reason: str = Field(sa_column=Column(Text, nullable=False))
    recorded_at: int = Field(sa_type=BigInteger)


Declaration = TypeVar("Declaration", CounterLimits, CounterReset)


def declare_limits(
    session: Session,
    business_id: str,
    device: str,
    quantity: str,
    *,
    capacity: str | None,
    fastest: str,
    now: int,
) -> CounterLimits:
    """Declares the limits of a counter; texts are numbers with units. Raises LayoutRefused."""
    layout_of(device, quantity, capacity=capacity, fastest=fastest)
    entry = CounterLimits(
        business_id=business_id,
        device=device,
        quantity=quantity,
        capacity=capacity,
        fastest=fastest,
        recorded_at=now,
    )
    session.add(entry)
    session.flush()
    return entry


def declare_reset(
    session: Session,
    business_id: str,
    device: str,
    quantity: str,
    *,
    at: int,
    before: str,
    after: str,
    reason: str,
    now: int,
) -> CounterReset:
    """Declares that a counter was set anew at a Unix second; the same again is not entered twice.

    Raises LayoutRefused, or DeviceRefused for a time to come or one with another declaration.
    """
    if not 0 <= at <= now:
        raise DeviceRefused("A counter was set anew at a time that is past.", hint="Declare it then.")
    layout_of(device, quantity, resets=[_reset(at, before, after, reason)])
    known = _resets(session, business_id, device, quantity)
    same = next((one for one in known if one.at == at), None)
    if same is not None:
        if (same.before, same.after) != (before, after):
            raise DeviceRefused(
                f"The counter was declared to go from {same.before} to {same.after} at this time.",
                hint="A declaration is never changed. Declare the right one for a second later.",
            )
        return same
    if len(known) >= MOST_RESETS:
        raise DeviceRefused(
            f"This counter has {MOST_RESETS} resets.", hint="Give the exchanged meter a name of its own."
        )
    entry = CounterReset(
        business_id=business_id,
        device=device,
        quantity=quantity,
        at=at,
        before=before,
        after=after,
        reason=reason,
        recorded_at=now,
    )
    session.add(entry)
    session.flush()
    return entry


def declared(session: Session, business_id: str, device: str, quantity: str) -> Layout | None:
    """What is declared of a counter, as the layout that would say it; None if nothing is."""
    newest = _entries(CounterLimits, business_id, device, quantity).order_by(col(CounterLimits.id).desc())
    limits = session.exec(newest.limit(1)).one_or_none()
    resets = _resets(session, business_id, device, quantity)
    if limits is None and not resets:
        return None
    return layout_of(
        device,
        quantity,
        capacity=limits.capacity if limits else None,
        fastest=limits.fastest if limits else None,
        resets=[_reset(one.at, one.before, one.after, one.reason) for one in resets],
    )


def counters_of(session: Session, business_id: str) -> Iterator[tuple[str, str, Series]]:
    """Each device and quantity of which something is declared, in order, with what holds."""
    keys = {
        key
        for table in (CounterLimits, CounterReset)
        for key in session.exec(
            select(table.device, table.quantity).where(table.business_id == business_id).distinct()
        )
    }
    for device, quantity in sorted(keys):
        layout = declared(session, business_id, device, quantity)
        assert layout is not None
        yield device, quantity, layout.series[0]


def layout_of(
    device: str,
    quantity: str,
    *,
    capacity: str | None = None,
    fastest: str | None = None,
    resets: Sequence[Mapping[str, str]] = (),
) -> Layout:
    """The layout that says this of a counter, checked as any layout is. Raises LayoutRefused."""
    return checked_layout(
        {
            "zone": "UTC",
            "time": TimeLayout(end="at").model_dump(),
            "series": [
                {
                    "device": device,
                    "quantity": quantity,
                    "value": "value",
                    "unit": {"column": "unit"},
                    "mode": "cumulative",
                    "capacity": capacity,
                    "fastest": fastest,
                    "resets": list(resets),
                }
            ],
        }
    )


def _reset(at: int, before: str, after: str, reason: str) -> dict[str, str]:
    clock = datetime.fromtimestamp(at, UTC).isoformat()
    return {"at": clock, "before": before, "after": after, "reason": reason}


def _resets(session: Session, business_id: str, device: str, quantity: str) -> Sequence[CounterReset]:
    found = _entries(CounterReset, business_id, device, quantity)
    return session.exec(found.order_by(col(CounterReset.id))).all()


def _entries(
    table: type[Declaration], business_id: str, device: str, quantity: str
) -> SelectOfScalar[Declaration]:
    return select(table).where(
        table.business_id == business_id, table.device == device, table.quantity == quantity
    )
