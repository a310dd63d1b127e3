"""Routes of operation data: how a business measures, its readings, and the closing of periods.

Table 11 lets a firm push an equipment's intensity. Here nobody does: `POST /v1/equipment-intensities` closes
a period, and the oracle computes the intensity from the readings it holds, seals the evidence, and signs. A
figure that a firm may simply state is worth nothing to its customers; a figure that anyone can recompute from
evidence is.
"""

from typing import Annotated, Literal

from fastapi import Depends, File, Form, Path, Request, UploadFile, status

from tanso.oracle.intake import Layout, parse_layout
from tanso.oracle.intake.messages import MOST_READINGS, READING_EXAMPLE, READING_SCHEMA
from tanso.oracle.intake.rows import RAW_LIMIT
from tanso.platform.api.dependencies import AfterNumber, Limit, NodeDep
from tanso.platform.api.fields import MOST_ROWS, Id, period_of
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router, apart
from tanso.platform.auth.dependencies import AsBusiness, ReadsBusiness
from tanso.platform.errors import BadInput, NotFound
from tanso.platform.readings import service
from tanso.platform.readings.schemas import (
    BatchShown,
    IntakeShown,
    OpenRefusal,
    OpenRefusals,
    PeriodClosedShown,
    PeriodGiven,
    ResolutionGiven,
    RoofGiven,
    RoofShown,
    SiteGiven,
    SiteShown,
)

router = Router(prefix="/v1", tags=["readings"])

RowId = Annotated[int, Path(ge=1, le=MOST_ROWS, description="`row_id` of the refused row (a number).")]


@router.put("/site", summary="Say how the business measures", responses=WRITES)
def put_site(node: NodeDep, business: AsBusiness, given: SiteGiven) -> SiteShown:
    """Energies with their factors and meters, equipment with the devices behind its activity.

    Each change is a version; it counts for periods closed from now on, evidence keeps what was used.
    """
    return SiteShown(version=service.register_site(node, business, given), site=given)


@router.put("/roofs/{equipment_id}", summary="Say how a solar installation is measured", responses=WRITES)
def put_roof(
    node: NodeDep,
    business: AsBusiness,
    equipment_id: Annotated[Id, Path(description="The installation.")],
    given: RoofGiven,
) -> RoofShown:
    """What it generates, draws and feeds into the grid, and the factor of the electricity it replaces."""
    return RoofShown(version=service.register_roof(node, business, equipment_id, given), roof=given)


@router.post(
    "/readings",
    summary="Hand in operation data",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
)
def post_readings(
    node: NodeDep,
    business: AsBusiness,
    file: Annotated[UploadFile, File(description="A table (CSV) of readings.")],
    layout: Annotated[
        str, Form(min_length=1, max_length=20_000, description="How to read the table: TOML, see docs.")
    ],
    take: Annotated[
        Literal["all or nothing", "good rows"],
        Form(description="`good rows` keeps bad rows aside; they block the closing of their period."),
    ] = "all or nothing",
) -> IntakeShown:
    """The same file twice, late or out of order gives the same readings. A reading is never changed."""
    result = service.take_readings(
        node,
        business,
        name=(file.filename or "readings").replace("\x00", ""),
        content=file.file.read(),
        layout=_layout(layout),
        good_rows=take == "good rows",
    )
    return IntakeShown.of(result)


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": READING_SCHEMA, "maxItems": MOST_READINGS},
                "example": [READING_EXAMPLE],
            }
        },
    }
}


async def _body(request: Request) -> bytes:
    """As it was sent: the digits of its numbers count."""
    return await request.body()


@router.post(
    "/readings/batches",
    summary="Hand in readings as JSON",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
    openapi_extra=BODY,
)
def post_batch(node: NodeDep, business: AsBusiness, body: Annotated[bytes, Depends(_body)]) -> BatchShown:
    """One reading or a list of them; good ones go in, the others are kept aside and block their period.

    What was taken before is a duplicate.
    """
    return BatchShown.of(node.oracle.take_batch(business.business_id, body))


@router.get("/refused-readings", summary="List readings that were kept aside", responses=PRIVATE)
def list_refused(
    node: NodeDep,
    business: ReadsBusiness,
    limit: Limit = 50,
    after: AfterNumber = 0,
) -> OpenRefusals:
    """Those that nobody has resolved."""
    rows = node.oracle.refused(business.business_id, after=after, limit=limit + 1)
    items = [
        OpenRefusal(
            row_id=row.id or 0,
            line=row.line,
            series=row.series,
            error=row.error,
            reason=row.reason,
            raw=row.raw[:RAW_LIMIT],
        )
        for row in rows[:limit]
    ]
    return OpenRefusals(items=items, next=items[-1].row_id if len(rows) > limit else None)


@router.put(
    "/refused-readings/{row_id}",
    summary="Resolve a reading that was kept aside",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def resolve_refused(node: NodeDep, business: AsBusiness, row_id: RowId, given: ResolutionGiven) -> None:
    """It may be left out, for the reason given; the number of such rows stands in the evidence."""
    if not given.reason.strip():
        raise BadInput("reason: is blank", "Say why the reading may be left out.")
    found = node.oracle.refused(business.business_id, after=row_id - 1, limit=1)
    if [row.id for row in found] != [row_id]:
        raise NotFound(
            f"this business has no open refused reading {row_id}", "GET /v1/refused-readings lists them."
        )
    node.oracle.resolve_refused(business.business_id, row_id, given.reason)


@router.post(
    "/equipment-intensities",
    summary="Close a period and register intensities",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
    tags=["equipment"],
)
@apart
def close_period(node: NodeDep, business: AsBusiness, given: PeriodGiven) -> PeriodClosedShown:
    """Table 11, equipment intensity registration, from evidence: no intensity is taken as a bare number.

    The oracle computes the intensity of all the business's equipment from the readings stored, seals them as
    evidence, signs with its quorum and sends the report. The same period again gives the same report.
    """
    start, end = period_of(given.period_start, given.period_end)
    closed = node.oracle.close_period(business.business_id, start, end, allow_refused=given.allow_refused)
    return PeriodClosedShown.of(closed)


def _layout(text: str) -> Layout:
    try:
        return parse_layout(text)
    except RecursionError as error:
        raise BadInput("layout: is nested too deeply", "A layout is a flat TOML file.") from error
