"""Routes of a business's own factors: a file is previewed, then accepted. Nobody else sees them."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import File, Form, Path, Query, UploadFile, status
from sqlmodel import Session

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import Limit, NodeDep, PageDep
from tanso.platform.api.fields import Id, Name
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AsBusiness, ReadsBusiness
from tanso.platform.factors import importing
from tanso.platform.factors.files import parse_layout
from tanso.platform.factors.import_schemas import (
    AcceptanceGiven,
    ImportPreview,
    ImportRows,
    Imports,
    ImportShown,
    OwnFactors,
    OwnFactorShown,
)
from tanso.platform.factors.judging import Verdict
from tanso.platform.factors.models import FactorRow
from tanso.platform.factors.own import FactorImport, OwnFactor

router = Router(prefix="/v1", tags=["factors"])

FIRST_ROWS = 50
ImportId = Annotated[Id, Path(description="The import.")]
OwnFactorId = Annotated[Id, Path(description="The own factor.")]


@router.post(
    "/factor-imports",
    summary="Preview a file of own factors",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
)
def preview_factors(
    node: NodeDep,
    business: AsBusiness,
    file: Annotated[UploadFile, File(description="A table: delimited text, or .xlsx.")],
    layout: Annotated[
        str | None,
        Form(max_length=20_000, description="Which column is which field: TOML, see docs/factor-files.md."),
    ] = None,
) -> ImportPreview:
    """What would become of each row; none is taken before the import is accepted. The last 20 are kept."""
    content = file.file.read()
    rows = importing.read_content(content, parse_layout(layout) if layout else None)
    with reading(node.engine) as session:
        judged = importing.judged_rows(session, business.business_id, rows)
    with writing(node.engine) as session:
        name = (file.filename or "factors").replace("\x00", "")
        made = importing.keep_preview(session, business.business_id, name, content, judged)
        first = importing.rows_of(session, made.import_id, None, 0, FIRST_ROWS)
        return ImportPreview(**dict(_shown(session, made)), first=first)


@router.get("/factor-imports", summary="List own imports", responses=PRIVATE)
def list_imports(node: NodeDep, business: ReadsBusiness, page: PageDep) -> Imports:
    """Previews, and what was accepted."""
    with reading(node.engine) as session:
        found = importing.imports(session, business.business_id, page.after, page.limit + 1)
        items = [_shown(session, row) for row in found[: page.limit]]
    return Imports(items=items, next=items[-1].import_id if len(found) > page.limit else None)


@router.get("/factor-imports/{import_id}", summary="Show an import", responses=PRIVATE)
def get_import(node: NodeDep, business: ReadsBusiness, import_id: ImportId) -> ImportShown:
    """How many rows are what."""
    with reading(node.engine) as session:
        return _shown(session, importing.import_of(session, business.business_id, import_id))


@router.get("/factor-imports/{import_id}/rows", summary="List an import's rows", responses=PRIVATE)
def list_rows(
    node: NodeDep,
    business: ReadsBusiness,
    import_id: ImportId,
    verdict: Annotated[Verdict | None, Query(description="Only rows with this verdict.")] = None,
    limit: Limit = 50,
    after: Annotated[
        int, Query(ge=0, le=2**31 - 1, description="`next` of the page before (a number): later rows.")
    ] = 0,
) -> ImportRows:
    """In the order of the file: what each would become, or why it is refused and where."""
    with reading(node.engine) as session:
        importing.import_of(session, business.business_id, import_id)
        found = importing.rows_of(session, import_id, verdict, after, limit + 1)
    items = found[:limit]
    return ImportRows(items=items, next=items[-1].line if len(found) > limit else None)


@router.post("/factor-imports/{import_id}/acceptance", summary="Accept an import", responses=WRITES)
def accept_import(
    node: NodeDep, business: AsBusiness, import_id: ImportId, given: AcceptanceGiven
) -> ImportShown:
    """Its new factors and new versions become own factors, all of them. Accepted again, nothing changes."""
    with writing(node.engine) as session:
        found = importing.accept(
            session, business.business_id, import_id, good_rows=given.take == "good rows"
        )
        return _shown(session, found)


@router.get("/own-factors", summary="List own factors", responses=PRIVATE)
def list_own_factors(
    node: NodeDep,
    business: ReadsBusiness,
    page: PageDep,
    text: Annotated[
        Name | None,
        Query(description="Words of name, activity, publisher, geography or basis, ten at most; all occur."),
    ] = None,
    series: Annotated[Name | None, Query(description="What the versions of a factor share.")] = None,
) -> OwnFactors:
    """`PUT /v1/site` and `PUT /v1/roofs/{equipment_id}` take them by their names."""
    with reading(node.engine) as session:
        found = importing.own_factors(session, business.business_id, text, series, page.after, page.limit + 1)
        items = _own(session, found[: page.limit])
    return OwnFactors(items=items, next=items[-1].factor_id if len(found) > page.limit else None)


@router.get("/own-factors/{factor_id}", summary="Show an own factor", responses=PRIVATE)
def get_own_factor(node: NodeDep, business: ReadsBusiness, factor_id: OwnFactorId) -> OwnFactorShown:
    """`factor` is what the operator registers with `POST /v1/factors`, under the same ID."""
    with reading(node.engine) as session:
        return _own(session, [importing.own_factor(session, business.business_id, factor_id)])[0]


@router.delete(
    "/own-factors/{factor_id}",
    summary="Delete an own factor",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def delete_own_factor(node: NodeDep, business: AsBusiness, factor_id: OwnFactorId) -> None:
    """What was computed with it keeps its document."""
    with writing(node.engine) as session:
        session.delete(importing.own_factor(session, business.business_id, factor_id))


def _shown(session: Session, row: FactorImport) -> ImportShown:
    return ImportShown.of(row, importing.counts(session, row.import_id))


def _own(session: Session, rows: Sequence[OwnFactor]) -> list[OwnFactorShown]:
    return [
        OwnFactorShown.of(row, registered=session.get(FactorRow, row.factor_id) is not None) for row in rows
    ]
