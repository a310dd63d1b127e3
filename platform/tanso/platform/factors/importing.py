"""Takes a business's own factors from a file: a preview that stores none of them, then its acceptance."""

import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from sqlalchemy import delete, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from tanso.contracts.identity import content_hash
from tanso.oracle.intake.bulk import one_writer
from tanso.oracle.store import utc_now
from tanso.platform.errors import BadInput, Conflict, NotFound
from tanso.platform.factors.documents import catalogued
from tanso.platform.factors.files import FactorLayout, FileRow, read_rows
from tanso.platform.factors.judging import Judge, Judged, Verdict
from tanso.platform.factors.own import FactorImport, FactorImportRow, OwnFactor
from tanso.platform.ids import new_id

MAX_IMPORTS = 20
"""Of one business that are kept; the oldest goes when another comes."""
MAX_OWN = 20_000
"""Factors of one business."""
TAKEN: tuple[Verdict, ...] = ("new", "new version")


def read_content(content: bytes, layout: FactorLayout | None) -> list[FileRow]:
    """The rows of a file that was sent. Raises LayoutRefused, FileRefused."""
    with tempfile.TemporaryDirectory(prefix="tanso-factors-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        return read_rows(path, layout)


def judged_rows(session: Session, business_id: str, rows: Sequence[FileRow]) -> list[Judged]:
    """What would become of each row. Raises `BadInput` for a file of no rows."""
    if not rows:
        raise BadInput("file: has no row below its header", "Send a file with factors.", slug="empty-file")
    names = [row.cells.get("name", "") for row in rows]
    series = [row.cells.get("series") or row.cells.get("name", "") for row in rows]
    judge = Judge.knowing(session, business_id, names, series)
    return [judge.row(row) for row in rows]


def keep_preview(
    session: Session, business_id: str, name: str, content: bytes, judged: Sequence[Judged]
) -> FactorImport:
    """Keeps what would become of each row of a file; nothing is taken yet."""
    one_writer(session, business_id)
    _make_room(session, business_id)
    made = FactorImport(
        import_id=new_id(),
        business_id=business_id,
        file_name=name[:255],
        file_hash=content_hash(content),
        rows=len(judged),
        refused=sum(one.verdict == "refused" for one in judged),
        created_at=utc_now(),
    )
    session.add(made)
    session.flush()
    session.add_all(_row(made.import_id, one) for one in judged)
    session.flush()
    return made


def accept(session: Session, business_id: str, import_id: str, *, good_rows: bool) -> FactorImport:
    """Takes what an import would take, all of it; accepted again, it changes nothing.

    Rows are judged once more: what was taken meanwhile is a duplicate. Raises `NotFound`, or `Conflict` when
    a row is refused and `good_rows` is not set, when one is refused that was not before, or there is no room.
    """
    one_writer(session, business_id)
    found = import_of(session, business_id, import_id)
    if found.status == "accepted":
        return found
    if found.refused and not good_rows:
        raise Conflict(
            f"{found.refused} of {found.rows} rows are refused",
            'Correct the file and send it again, or accept with take="good rows" to leave them out.',
            slug="rows-refused",
        )
    rows = session.exec(_rows(import_id, TAKEN)).all()
    seen = [Judged.model_validate_json(row.content) for row in rows]
    given = [one.given for one in seen if one.given is not None]
    judge = Judge.knowing(
        session, business_id, [one.name for one in given], [one.series or one.name for one in given]
    )
    taken: list[Judged] = []
    for row, before, factor in zip(rows, seen, given, strict=True):
        now = judge.given(factor, before.line, {"": before.place})
        if now.verdict == "refused":
            raise Conflict(
                f"{now.place}: {now.reasons[0]}",
                "What is known has changed since the preview: send the file again.",
                slug="import-outdated",
            )
        row.verdict, row.content = now.verdict, now.model_dump_json()
        if now.verdict in TAKEN:
            taken.append(now)
    count = select(func.count()).select_from(OwnFactor).where(OwnFactor.business_id == business_id)
    if session.exec(count).one() + len(taken) > MAX_OWN:
        raise Conflict(
            f"{MAX_OWN} own factors are the most there can be",
            "Delete some: DELETE /v1/own-factors/{factor_id}.",
            slug="too-many-factors",
        )
    session.add_all(_own(business_id, found.file_name, one) for one in taken)
    found.status = "accepted"
    session.flush()
    return found


def import_of(session: Session, business_id: str, import_id: str) -> FactorImport:
    """An import of the business; `NotFound`."""
    found = session.get(FactorImport, import_id)
    if found is None or found.business_id != business_id:
        raise NotFound(
            f"this business has no import {import_id}",
            f"The last {MAX_IMPORTS} are kept; GET /v1/factor-imports lists them.",
            slug="unknown-import",
        )
    return found


def imports(session: Session, business_id: str, after: str, limit: int) -> Sequence[FactorImport]:
    """The business's imports in the order of their IDs, those after `after`, at most `limit`."""
    query = select(FactorImport).where(
        FactorImport.business_id == business_id, col(FactorImport.import_id) > after
    )
    return session.exec(query.order_by(col(FactorImport.import_id)).limit(limit)).all()


def rows_of(
    session: Session, import_id: str, verdict: Verdict | None, after: int, limit: int
) -> list[Judged]:
    """An import's rows, in the order of the file, those after the line `after`, at most `limit`."""
    query = _rows(import_id, (verdict,) if verdict else ()).where(col(FactorImportRow.line) > after)
    return [Judged.model_validate_json(row.content) for row in session.exec(query.limit(limit))]


def counts(session: Session, import_id: str) -> dict[str, int]:
    """How many rows have each verdict."""
    query = select(FactorImportRow.verdict, func.count()).where(FactorImportRow.import_id == import_id)
    return dict(session.exec(query.group_by(FactorImportRow.verdict)).all())


def own_factors(
    session: Session, business_id: str, text: str | None, series: str | None, after: str, limit: int
) -> Sequence[OwnFactor]:
    """A business's own factors in the order of their IDs, those after `after`, at most `limit`.

    Each word of `text` must occur in name, activity, publisher, geography or basis.
    """
    query = select(OwnFactor).where(OwnFactor.business_id == business_id, col(OwnFactor.factor_id) > after)
    for word in (text or "").casefold().split()[:10]:
        query = query.where(col(OwnFactor.words).contains(word, autoescape=True))
    if series is not None:
        query = query.where(OwnFactor.series == series)
    return session.exec(query.order_by(col(OwnFactor.factor_id)).limit(limit)).all()


def own_factor(session: Session, business_id: str, factor_id: str) -> OwnFactor:
    """An own factor; `NotFound`."""
    found = session.get(OwnFactor, (business_id, factor_id))
    if found is None:
        raise NotFound(
            f"this business has no own factor {factor_id}",
            "GET /v1/own-factors lists them; GET /v1/factors those on the ledger.",
            slug="unknown-factor",
        )
    return found


def _rows(import_id: str, verdicts: Collection[Verdict]) -> SelectOfScalar[FactorImportRow]:
    query = select(FactorImportRow).where(FactorImportRow.import_id == import_id)
    if verdicts:
        query = query.where(col(FactorImportRow.verdict).in_(verdicts))
    return query.order_by(col(FactorImportRow.line))


def _row(import_id: str, judged: Judged) -> FactorImportRow:
    return FactorImportRow(
        import_id=import_id, line=judged.line, verdict=judged.verdict, content=judged.model_dump_json()
    )


def _own(business_id: str, file_name: str, judged: Judged) -> OwnFactor:
    given = judged.given
    assert given is not None
    assert judged.factor_id is not None
    return OwnFactor(
        business_id=business_id,
        factor_id=judged.factor_id,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        file_name=file_name,
        accepted_at=utc_now(),
        **catalogued(given.factor, given.kind, given.series),
    )


def _make_room(session: Session, business_id: str) -> None:
    kept = select(FactorImport.import_id).where(FactorImport.business_id == business_id)
    newest = col(FactorImport.created_at).desc(), col(FactorImport.import_id).desc()
    old = session.exec(kept.order_by(*newest).offset(MAX_IMPORTS - 1)).all()
    for model in (FactorImportRow, FactorImport):
        session.exec(delete(model).where(col(model.import_id).in_(old)))
