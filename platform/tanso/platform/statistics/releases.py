"""Releases of a category's statistics: made once of a period, never changed, nobody's value or presence told.

A lot counts in one release at most, a contributor once with all its lots. docs/statistics.md says what the
rules hold against.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final, Literal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from tanso.contracts.units import PG_PER_UG, Unit
from tanso.oracle.factors import EmissionFactor
from tanso.oracle.store import utc_now
from tanso.oracle.units import decimal_text
from tanso.platform.api.fields import show_time
from tanso.platform.dictionaries.local import Term
from tanso.platform.dictionaries.mappings import family, lineage
from tanso.platform.dictionaries.terms import active_term, counting, successor, term
from tanso.platform.errors import BadInput, Conflict, NotFound
from tanso.platform.ids import new_id
from tanso.platform.lots.afterwards import restated
from tanso.platform.lots.models import BatchRow, LotRow
from tanso.platform.statistics.consent import at_a_time, take_up_products
from tanso.platform.statistics.figures import (
    QUANTILES,
    coarse_nearest,
    counted_down,
    median_share_down,
    quantile_up,
    share_down,
)
from tanso.platform.statistics.local import CategoryLot, ReleaseContributor, StatisticsRelease
from tanso.platform.statistics.selection import Contributors, selected

Band = Literal["lowest quarter", "second quarter", "third quarter", "highest quarter"]
BANDS: Final[tuple[Band, ...]] = ("lowest quarter", "second quarter", "third quarter", "highest quarter")
LOTS_AT_ONCE = 5_000
PG_PER_G = 10**12


@dataclass(slots=True)
class Value:
    """What one contributor has in a period."""

    co2_ug: int = 0
    primary_ug: int = 0
    good: int = 0
    lot_ids: list[str] = field(default_factory=list)

    @property
    def pg_per_unit(self) -> Fraction:
        return value_of(self.co2_ug, self.good)


def value_of(co2_ug: int, good: int) -> Fraction:
    """pg CO2e per base unit, exact."""
    return Fraction(co2_ug * PG_PER_UG, good)


def release(session: Session, term_id: str, start: int, end: int) -> StatisticsRelease:
    """Publishes a category's statistics over the lots whose batches ended in (start, end], Unix seconds.

    A lot counts as its producer restated it last. Raises `NotFound`, `BadInput` for a period that is not
    over, or `Conflict` when the term does not count, the period was released, or nothing can be published:
    why is not told, for it would tell of contributors.
    """
    now = utc_now()
    if end > now:
        raise BadInput(f"period_end: {show_time(end)} is not over", "Wait for it.", slug="in-the-future")
    _held(session, family(session, term_id))
    category = active_term(session, term_id)
    if not counting(session, [term_id]):
        raise Conflict(
            f"term {term_id} does not count yet",
            "A community that has it needs two members.",
            slug="term-does-not-count",
        )
    same = lineage(session, term_id)
    for one in session.exec(_of(same).where(StatisticsRelease.period_end > start)):
        if one.period_start < end:
            raise Conflict(
                f"release {one.release_id} has part of this period",
                f"Begin at its end, {show_time(one.period_end)}.",
                slug="period-released",
            )
    take_up_products(session, same, term_id, category.unit)
    values = _values(session, same, start, end)
    members = selected(values, _earlier(session, family(session, term_id)))
    if not members:
        raise Conflict(
            "nothing can be published for this period that tells of no single contributor",
            "The earlier releases stand; try again with a longer or a later period.",
            slug="nothing-to-release",
        )
    made = _published(category, start, end, [values[one] for one in sorted(members)], now)
    session.add(made)
    session.flush()
    for business_id in sorted(members):
        value = values[business_id]
        session.add(
            ReleaseContributor(
                release_id=made.release_id,
                business_id=business_id,
                co2_ug=value.co2_ug,
                good=value.good,
            )
        )
        for ids in at_a_time(value.lot_ids):
            session.exec(
                update(CategoryLot).where(col(CategoryLot.lot_id).in_(ids)).values(release_id=made.release_id)
            )
    session.flush()
    return made


def releases(session: Session, term_id: str, after: str, limit: int) -> Sequence[StatisticsRelease]:
    """Releases of a category, also under names that were merged into it, the first one first.

    Those that came after the release `after`, at most `limit`. Raises `NotFound`.
    """
    query = _of(_names(session, term_id))
    if after:
        query = query.where(col(StatisticsRelease.sequence) > release_of(session, after).sequence)
    return session.exec(query.order_by(col(StatisticsRelease.sequence)).limit(limit)).all()


def release_of(session: Session, release_id: str) -> StatisticsRelease:
    """A release; `NotFound`."""
    query = select(StatisticsRelease).where(StatisticsRelease.release_id == release_id)
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotFound(
            f"there is no release {release_id} on this node",
            "GET /v1/terms/{term_id}/releases lists a category's.",
            slug="unknown-release",
        )
    return found


def rank(session: Session, business_id: str, term_id: str) -> tuple[StatisticsRelease, Fraction, Band]:
    """Where a contributor stands in the latest release of a category, with its own value, pg per base unit.

    The band follows from the published quartiles and the contributor's own value, and so changes with
    releases alone. Raises `NotFound` when its values are not in it.
    """
    latest = session.exec(
        _of(_names(session, term_id)).order_by(col(StatisticsRelease.sequence).desc()).limit(1)
    ).first()
    own = None if latest is None else session.get(ReleaseContributor, (latest.release_id, business_id))
    if latest is None or own is None:
        raise NotFound(
            f"your business is not in the latest release of the category {term_id}",
            "Put lots into it with POST /v1/terms/{term_id}/contributions; the next release may have them.",
            slug="not-in-release",
        )
    value = value_of(own.co2_ug, own.good)
    return latest, value, band_of(latest, value)


def band_of(made: StatisticsRelease, value: Fraction) -> Band:
    """Between which of a release's quartiles a value lies, pg per base unit."""
    return BANDS[sum(value > limit for limit in (made.p25_pg, made.p50_pg, made.p75_pg))]


def as_factor(of: StatisticsRelease, percent: int, server_id: str = "") -> EmissionFactor:
    """A release's quantile as an emission factor with its source, for goods that have no other.

    :param server_id: the business whose server released it, if it is another one.
    """
    value = decimal_text(Fraction(getattr(of, f"p{percent}_pg"), PG_PER_G))
    unit = Unit(of.unit).symbol
    assert value is not None
    which = "median" if percent == 50 else f"{percent} % quantile"
    return EmissionFactor(
        name=f"tanso-statistics-{of.release_id[2:]}-p{percent}",
        activity=of.label,
        value=value,
        unit=f"g/{unit}",
        publisher=f"Tanso category statistics, release {of.release_id}"
        + (f" of business {server_id}" if server_id else ""),
        year=f"{_day(of.period_start)} to {_day(of.period_end)}",
        geography="not stated",
        basis=f"{which} of CO2e per {unit}, rounded up to two digits, over {of.contributors} or more "
        f"producers of category {of.term_id}; primary data {of.primary_percent} % at the median",
        gwp_set="not stated",
    )


def _published(category: Term, start: int, end: int, values: Sequence[Value], now: int) -> StatisticsRelease:
    coarse = [coarse_nearest(value.pg_per_unit) for value in values]
    return StatisticsRelease(
        release_id=new_id(),
        term_id=category.term_id,
        label=category.label,
        unit=category.unit,
        period_start=start,
        period_end=end,
        contributors=counted_down(len(values)),
        lots=counted_down(sum(len(value.lot_ids) for value in values)),
        **{f"p{percent}_pg": quantile_up(coarse, percent) for percent in QUANTILES},
        primary_percent=median_share_down([share_down(one.primary_ug, one.co2_ug) for one in values]),
        released_at=now,
    )


def _values(session: Session, term_ids: set[str], start: int, end: int) -> dict[str, Value]:
    """Each contributor's lots of the period that are in no release, taken together."""
    query = (
        select(LotRow)
        .join(CategoryLot, col(CategoryLot.lot_id) == col(LotRow.lot_id))
        .join(BatchRow, col(BatchRow.batch_id) == col(LotRow.batch_id))
        .where(
            col(CategoryLot.term_id).in_(term_ids),
            col(CategoryLot.withdrawn_at).is_(None),
            col(CategoryLot.release_id).is_(None),
            CategoryLot.business_id == LotRow.business_id,
            *in_period(start, end),
        )
    )
    return summed(session, query)


def in_period(start: int, end: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Conditions on batches: those that ended in (start, end], Unix seconds."""
    return col(BatchRow.period_end) > start, col(BatchRow.period_end) <= end


def summed(session: Session, query: SelectOfScalar[LotRow]) -> dict[str, Value]:
    """Lots taken together by producer, each as it was restated last."""
    found: dict[str, Value] = {}
    for rows in session.exec(query.execution_options(yield_per=LOTS_AT_ONCE)).partitions():
        latest = restated(session, [row.lot_id for row in rows])
        for row in rows:
            value = found.setdefault(row.business_id, Value())
            figures = latest.get(row.lot_id, row)
            value.co2_ug += figures.co2_ug
            value.primary_ug += figures.primary_ug
            value.good += row.good
            value.lot_ids.append(row.lot_id)
    return found


def _earlier(session: Session, term_ids: set[str]) -> list[Contributors]:
    """The sets of all releases of these categories, the first one first."""
    made = session.exec(_of(term_ids).order_by(col(StatisticsRelease.sequence))).all()
    members = select(ReleaseContributor.business_id)
    return [
        frozenset(session.exec(members.where(ReleaseContributor.release_id == one.release_id)))
        for one in made
    ]


def _of(term_ids: set[str]) -> SelectOfScalar[StatisticsRelease]:
    return select(StatisticsRelease).where(col(StatisticsRelease.term_id).in_(term_ids))


def _names(session: Session, term_id: str) -> set[str]:
    return lineage(session, successor(session, term(session, term_id)).term_id)


def _held(session: Session, term_ids: set[str]) -> None:
    """Holds off other releases of categories that may overlap, until this one is stored."""
    query = select(Term.term_id).where(col(Term.term_id).in_(term_ids))
    session.exec(query.order_by(col(Term.term_id)).with_for_update()).all()


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
