"""What would become of each row of a file of factors: judged against what is known, nothing is stored."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator
from sqlmodel import Session, col, select

from tanso.contracts.units import Unit
from tanso.oracle.errors import MissingUnit, OracleError, UnitDoesNotFit, UnknownUnit
from tanso.oracle.factors import EmissionFactor, bundled_factors
from tanso.oracle.units import make_factor
from tanso.platform.api.fields import Id, Name, Picograms, TimeGiven, UnitSymbol, symbol_of
from tanso.platform.factors.documents import NOT_STATED, FactorDocument, Kind, emission_factor
from tanso.platform.factors.files import FileRow
from tanso.platform.factors.own import OwnFactor
from tanso.platform.factors.schemas import PublishedFactor
from tanso.platform.factors.search import newest
from tanso.platform.factors.service import factor_id_of

KEYS_AT_ONCE = 500
"""Keys in one SQL `IN`."""
Verdict = Literal["new", "new version", "duplicate", "refused"]
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class OwnFactorGiven(PublishedFactor):
    """A factor of a firm's own: what a row says."""

    kind: Kind = NOT_STATED
    series: Name | None = None
    valid_from: TimeGiven | None = None
    valid_until: TimeGiven | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        start, end = self.valid_from, self.valid_until
        if start is not None and end is not None and start >= end:
            raise ValueError("valid_until is not after valid_from")
        return self


class Difference(BaseModel):
    """A field that is not as it was in the newest version."""

    field: str
    before: str
    after: str


class Judged(BaseModel):
    """A row, and what would become of it: its factor, or why it is refused."""

    line: Annotated[int, Field(ge=1, le=2**31 - 1, description="Number of the row in the file.")]
    place: Annotated[str, Field(description="The row, or the cell that is wrong.")]
    verdict: Verdict
    factor_id: Id | None = None
    given: OwnFactorGiven | None = None
    intensity_pg: Picograms | None = None
    unit: Annotated[
        UnitSymbol | None, Field(description="Base unit on the ledger; null where there is none for it.")
    ] = None
    reasons: Annotated[list[str], Field(description="Why it is refused, or what it is a duplicate of.")] = (
        Field(default_factory=list)
    )
    version_of: Annotated[Id | None, Field(description="The newest version it is compared with.")] = None
    differences: list[Difference] = Field(default_factory=list)
    change_percent: Annotated[
        str | None, Field(description="Of the value, against the newest version, rounded to two decimals.")
    ] = None


@dataclass(slots=True)
class Judge:
    """Judges the rows of one file in their order; earlier rows count as known."""

    named: dict[str, str] = field(default_factory=dict)
    """The ID of the factor that each name stands for."""
    newest: dict[str, EmissionFactor] = field(default_factory=dict)
    """The newest version in each series."""

    @classmethod
    def knowing(
        cls, session: Session, business_id: str, names: Collection[str], series: Collection[str]
    ) -> Self:
        """A judge who knows what these names and series stand for: own, registered and shipped factors."""
        shipped = {name: factor_id_of(factor) for name, factor in bundled_factors().items()}
        found = cls(named={name: shipped[name] for name in names if name in shipped})
        for model, own in ((FactorDocument, ()), (OwnFactor, (OwnFactor.business_id == business_id,))):
            for part in _at_a_time(names):
                query = select(model.name, model.factor_id).where(col(model.name).in_(part), *own)
                found.named.update(session.exec(query).all())
        for part in _at_a_time(series):
            found.newest.update(newest(session, part))
            own_ones = select(OwnFactor).where(
                OwnFactor.business_id == business_id, col(OwnFactor.series).in_(part)
            )
            # The last of a series stays in the dictionary.
            ordered = own_ones.order_by(
                col(OwnFactor.valid_from).asc().nulls_first(), col(OwnFactor.accepted_at), col(OwnFactor.name)
            )
            for row in session.exec(ordered):
                found.newest[row.series] = emission_factor(row.document)
        return found

    def row(self, row: FileRow) -> Judged:
        """What would become of a row of the file."""
        if row.faults:
            name = next(iter(row.faults))
            reasons = [f"{row.places[one]}: {text}" for one, text in row.faults.items()]
            return Judged(line=row.line, place=row.places[name], verdict="refused", reasons=reasons)
        cells = {name: text for name, text in row.cells.items() if text}
        cells |= {name: _instant(cells[name]) for name in ("valid_from", "valid_until") if name in cells}
        cells.setdefault("activity", cells.get("series", cells.get("name", "")))
        for name in ("year", "geography", "basis"):
            cells.setdefault(name, NOT_STATED)
        try:
            given = OwnFactorGiven.model_validate(cells)
        except ValidationError as error:
            faults = [
                (str(fault["loc"][0]) if fault["loc"] else "", fault["msg"]) for fault in error.errors()
            ]
            return Judged(
                line=row.line,
                place=row.places.get(faults[0][0], row.places[""]),
                verdict="refused",
                reasons=[f"{name or 'row'}: {reason}" for name, reason in faults],
            )
        return self.given(given, row.line, row.places)

    def given(self, given: OwnFactorGiven, line: int, places: dict[str, str]) -> Judged:
        """The same for a row whose fields are sound each."""
        factor, place = given.factor, places[""]
        found = Judged(line=line, place=place, verdict="new", given=given, factor_id=factor_id_of(factor))
        try:
            make_factor(given.value, given.unit, "value")
            found.unit, found.intensity_pg = _on_ledger(factor)
        except OracleError as error:
            wrong = "unit" if isinstance(error, MissingUnit | UnknownUnit | UnitDoesNotFit) else "value"
            found.verdict, found.place = "refused", places.get(wrong, place)
            found.reasons = [str(error)]
            return found
        known = self.named.get(factor.name)
        if known is not None:
            same = known == found.factor_id
            found.verdict = "duplicate" if same else "refused"
            found.place = place if same else places.get("name", place)
            found.reasons = [
                f"name: {factor.name!r} is known already, with these figures and this source"
                if same
                else f"name: {factor.name!r} stands for another factor, {known}; name this version otherwise"
            ]
            return found
        self.named[factor.name] = factor_id_of(factor)
        series = given.series or given.name
        before = self.newest.get(series)
        self.newest[series] = factor
        if before is not None:
            found.verdict, found.version_of = "new version", factor_id_of(before)
            found.differences = _differences(before, factor)
            found.change_percent = _change(before, factor)
        return found


def _on_ledger(factor: EmissionFactor) -> tuple[UnitSymbol | None, int | None]:
    """Base unit and intensity as the ledger would have them; none for what it doesn't count (Nm3).

    Raises QuantityRefused.
    """
    try:
        unit: Unit = factor.base_unit
    except UnitDoesNotFit:
        return None, None
    pg = factor.intensity_pg_up
    return symbol_of(int(unit)), pg if pg < 2**64 else None


def _differences(before: EmissionFactor, after: EmissionFactor) -> list[Difference]:
    old, new = _fields(before), _fields(after)
    return [
        Difference(field=name, before=old[name], after=new[name])
        for name in old
        if name != "name" and old[name] != new[name]
    ]


def _fields(factor: EmissionFactor) -> dict[str, str]:
    return {**factor.source, "value": factor.value, "unit": factor.unit}


def _change(before: EmissionFactor, after: EmissionFactor) -> str | None:
    old, new = before.quantity, after.quantity
    if not new.is_compatible_with(old) or not old.magnitude:
        return None
    hundredths = round((Fraction((new.to(old.units) / old).magnitude) - 1) * 10_000)
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else '+'}{whole}.{rest:02}"


def _at_a_time(names: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(set(names))
    for start in range(0, len(ordered), KEYS_AT_ONCE):
        yield ordered[start : start + KEYS_AT_ONCE]


def _instant(text: str) -> str:
    """A date, or a sheet's date with time, as an instant in UTC; other text as it is."""
    if _DATE.fullmatch(text):
        return f"{text}T00:00:00Z"
    return f"{text}Z" if _CLOCK.fullmatch(text) else text
