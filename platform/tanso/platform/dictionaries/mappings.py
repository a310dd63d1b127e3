"""What terms of different dictionaries are to each other, and to codes of external databases.

Relations are those of SKOS: exact, close, broad (the target means more), narrow (it means less), related.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final, Literal

from sqlalchemy import and_, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from tanso.platform.dictionaries.history import note
from tanso.platform.dictionaries.local import Term, TermMapping
from tanso.platform.dictionaries.terms import active_term, need_member_of_term, term
from tanso.platform.errors import BadInput, Conflict, NotFound
from tanso.platform.ids import new_id

Relation = Literal["exact", "close", "broad", "narrow", "related"]
MAX_MAPPINGS = 200
"""Of one term, withdrawn ones with them."""
KEYS_AT_ONCE = 500
"""Keys in one SQL `IN`."""
CODES: Final = {
    "CPC": r"\d{1,5}",
    "HS": r"\d\d(\d\d(\d\d)?)?",
    "ISIC": r"[A-U]|\d{2,4}",
    "TANSO": r"0x[0-9a-f]{32}",
    "UNSPSC": r"\d{8}",
}
"""What codes look like in the systems known here; those of another system are taken as they are.

TANSO is the terms of other servers, by their IDs.
"""


def add_mapping(
    session: Session,
    by: str,
    term_id: str,
    relation: Relation,
    *,
    target_id: str = "",
    code_system: str = "",
    code: str = "",
) -> TermMapping:
    """Says what a term is to another term or to a code, by a member of one of its communities.

    The same again changes nothing; one that was withdrawn is taken up again. Raises `NotFound`, `NotAllowed`,
    `Conflict`, `BadInput`.
    """
    active_term(session, term_id, lock=True)
    need_member_of_term(session, term_id, by)
    if target_id == term_id:
        raise BadInput("term_id: is the term itself", "Name another term.", slug="mapped-to-itself")
    if target_id:
        term(session, target_id)
    elif not re.fullmatch(CODES.get(code_system, ".*"), code, re.ASCII):
        raise BadInput(f"code: {code!r} is no code of {code_system}", "Write it without points or blanks.")
    of_term = select(TermMapping).where(TermMapping.term_id == term_id)
    found = session.exec(
        of_term.where(
            TermMapping.relation == relation,
            TermMapping.target_id == target_id,
            TermMapping.code_system == code_system,
            TermMapping.code == code,
        )
    ).one_or_none()
    if found is not None and found.withdrawn_at is None:
        return found
    if found is None:
        if session.exec(select(func.count()).select_from(of_term.subquery())).one() >= MAX_MAPPINGS:
            raise Conflict(
                f"term {term_id} has {MAX_MAPPINGS} mappings, the most there can be",
                "Map it to a term that has the others.",
                slug="too-many-mappings",
            )
        found = TermMapping(
            mapping_id=new_id(),
            term_id=term_id,
            relation=relation,
            target_id=target_id,
            code_system=code_system,
            code=code,
            added_by=by,
            added_at=0,
        )
        session.add(found)
    found.added_by, found.withdrawn_at = by, None
    found.added_at = note(session, term_id, "mapped", by, relation=relation, **_target(found))
    session.flush()
    return found


def withdraw_mapping(session: Session, by: str, term_id: str, mapping_id: str) -> None:
    """Takes a mapping back, by a member of one of the term's communities; it stays on record.

    Raises `NotFound`, `NotAllowed`.
    """
    term(session, term_id, lock=True)
    need_member_of_term(session, term_id, by)
    found = session.get(TermMapping, mapping_id)
    if found is None or found.term_id != term_id or found.withdrawn_at is not None:
        raise NotFound(
            f"term {term_id} has no mapping {mapping_id}",
            "GET /v1/terms/{term_id}/mappings lists them.",
            slug="unknown-mapping",
        )
    found.withdrawn_at = note(
        session, term_id, "mapping withdrawn", by, relation=found.relation, **_target(found)
    )


def mappings(session: Session, term_id: str, after: str, limit: int) -> Sequence[TermMapping]:
    """Mappings in force of a term and onto it, by their IDs, those after `after`, at most `limit`."""
    term(session, term_id)
    query = select(TermMapping).where(
        (TermMapping.term_id == term_id) | (TermMapping.target_id == term_id),
        col(TermMapping.withdrawn_at).is_(None),
        col(TermMapping.mapping_id) > after,
    )
    return session.exec(query.order_by(col(TermMapping.mapping_id)).limit(limit)).all()


def lineage(session: Session, term_id: str) -> set[str]:
    """The term and all that were merged into it, directly or by others."""
    found, edge = set[str](), {term_id}
    while edge := edge - found:
        found |= edge
        merged = (select(Term.term_id).where(col(Term.merged_into).in_(ids)) for ids in _at_a_time(edge))
        edge = {one for query in merged for one in session.exec(query)}
    return found


def family(session: Session, term_id: str) -> set[str]:
    """All terms whose categories may overlap the term's, itself among them.

    Those it is bound to by merges, by mappings (now or ever, but "related"), by the same code, and so on from
    each of these.
    """
    found, edge = set[str](), {term_id}
    while edge := edge - found:
        found |= edge
        edge = {one for ids in _at_a_time(edge) for one in _bound_to(session, ids)}
    return found


def _bound_to(session: Session, ids: Collection[str]) -> Iterator[str]:
    binding = TermMapping.relation != "related"
    mine, other = aliased(TermMapping), aliased(TermMapping)
    same_code = and_(
        col(mine.code_system) == col(other.code_system),
        col(mine.code) == col(other.code),
        col(mine.code) != "",
        col(mine.relation) == "exact",
        col(other.relation) == "exact",
    )
    into = select(Term.merged_into).where(col(Term.term_id).in_(ids), col(Term.merged_into).is_not(None))
    yield from (one for one in session.exec(into) if one)
    for query in (
        select(Term.term_id).where(col(Term.merged_into).in_(ids)),
        select(TermMapping.target_id).where(
            col(TermMapping.term_id).in_(ids), TermMapping.target_id != "", binding
        ),
        select(TermMapping.term_id).where(col(TermMapping.target_id).in_(ids), binding),
        select(other.term_id).join(mine, same_code).where(col(mine.term_id).in_(ids)),
    ):
        yield from session.exec(query)


def _at_a_time(ids: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), KEYS_AT_ONCE):
        yield ordered[start : start + KEYS_AT_ONCE]


def _target(mapping: TermMapping) -> dict[str, str]:
    if mapping.target_id:
        return {"term_id": mapping.target_id}
    return {"code_system": mapping.code_system, "code": mapping.code}
