"""What one oracle process computed from the readings that it holds, before anybody signs."""

from dataclasses import dataclass

from tanso.contracts.values import Entry, Report
from tanso.oracle.calculation import PeriodResult
from tanso.oracle.evidence import Sealed
from tanso.oracle.gaps.fill import Estimate
from tanso.oracle.period_data import PeriodData


@dataclass(frozen=True, slots=True)
class Computed:
    """The evidence of a report or reduction, and what it was made from."""

    data: PeriodData
    filled: tuple[Estimate, ...]
    sealed: Sealed
    key: str
    """In the outbox, and the context of the salts."""

    @property
    def formula_id(self) -> str:
        """Content hash of the formula's document."""
        return str(self.sealed.leaves[0]["content_hash"])

    @property
    def devices(self) -> list[str]:
        """Names of the devices whose readings went in."""
        return sorted({device for device, _ in self.data.days})

    def report(self, business_id: str, result: PeriodResult, sequence: int, deadline: int) -> Report:
        """The report as it is signed."""
        return Report(
            business_id=business_id,
            period_start=self.data.start,
            period_end=self.data.end,
            sequence=sequence,
            deadline=deadline,
            formula_id=self.formula_id,
            evidence_root=self.sealed.root,
            declared_ug=result.declared_ug,
            entries=tuple(Entry(*entry) for entry in result.intensities_pg.items()),
        )
