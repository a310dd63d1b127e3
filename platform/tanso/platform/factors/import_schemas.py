"""What the routes of imports and own factors take and give."""

from typing import Annotated, Literal, Self, cast

from pydantic import BaseModel, Field

from tanso.platform.api.fields import Given, Hash, Id, Time
from tanso.platform.factors.documents import Kind, emission_factor
from tanso.platform.factors.judging import Judged
from tanso.platform.factors.own import FactorImport, ImportStatus, OwnFactor
from tanso.platform.factors.schemas import PublishedFactor

Count = Annotated[int, Field(ge=0, le=2**31 - 1, description="A number of rows.")]
Line = Annotated[int, Field(ge=1, le=2**31 - 1, description="Number of the row in the file.")]


class ImportShown(BaseModel):
    """A file of factors, and how many of its rows would be, or were, what."""

    import_id: Id
    file_name: str
    file_hash: Hash
    status: ImportStatus
    created_at: Time
    rows: Count
    new: Count
    new_versions: Count
    duplicates: Count
    refused: Count

    @classmethod
    def of(cls, row: FactorImport, counts: dict[str, int]) -> Self:
        """As it stands now."""
        return cls(
            import_id=row.import_id,
            file_name=row.file_name,
            file_hash=row.file_hash,
            status=cast(ImportStatus, row.status),
            created_at=row.created_at,
            rows=row.rows,
            new=counts.get("new", 0),
            new_versions=counts.get("new version", 0),
            duplicates=counts.get("duplicate", 0),
            refused=counts.get("refused", 0),
        )


class ImportPreview(ImportShown):
    """The same with the first rows; GET /v1/factor-imports/{import_id}/rows has them all."""

    first: list[Judged]


class Imports(BaseModel):
    """A page of imports; `next` is null on the last."""

    items: list[ImportShown]
    next: Id | None


class ImportRows(BaseModel):
    """A page of rows in the order of the file; `next` is null on the last."""

    items: list[Judged]
    next: Line | None


class AcceptanceGiven(Given):
    """Whether refused rows may be left out."""

    take: Literal["all or nothing", "good rows"] = "all or nothing"


class OwnFactorShown(BaseModel):
    """A factor of the business's own, and whether it stands on the ledger, too."""

    factor_id: Id
    factor: PublishedFactor
    kind: Kind
    series: str
    valid_from: Time | None
    valid_until: Time | None
    registered: bool
    file_name: str
    accepted_at: Time

    @classmethod
    def of(cls, row: OwnFactor, *, registered: bool) -> Self:
        """As it stands now."""
        factor = emission_factor(row.document)
        fields = {name: getattr(factor, name) for name in PublishedFactor.model_fields}
        return cls(
            factor_id=row.factor_id,
            factor=PublishedFactor(**fields),
            kind=cast(Kind, row.kind),
            series=row.series,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            registered=registered,
            file_name=row.file_name,
            accepted_at=row.accepted_at,
        )


class OwnFactors(BaseModel):
    """A page of own factors; `next` is null on the last."""

    items: list[OwnFactorShown]
    next: Id | None
