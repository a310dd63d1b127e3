"""Terms: a member adds one at once; it counts as soon as some community that has it has two members.

A term that is merged or retired is kept with all that hangs on it, so nothing that was said with it is lost.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from tanso.contracts.units import Unit
from tanso.platform.dictionaries.communities import (
    LEAST_MEMBERS,
    community,
    need_keeper,
    need_member,
    sizes,
    standing_of,
)
from tanso.platform.dictionaries.history import note
from tanso.platform.dictionaries.local import Standing, Term, TermCommunity, TermMapping, TermStatus
from tanso.platform.errors import BadInput, Conflict, NotAllowed, NotFound
from tanso.platform.ids import new_id

MAX_TERMS = 10_000
"""Of one community."""
MAX_OF_TERM = 20
"""Communities of one term."""
MAX_WORDS = 10


@dataclass(frozen=True, slots=True)
class WantedTerms:
    """What to look for; None is anything."""

    text: str | None = None
    """Words of label or definition; each must occur, whatever its case."""
    community_id: str | None = None
    status: TermStatus | None = None
    code_system: str | None = None
    code: str | None = None
    """Terms mapped to this code, by any relation."""
    term_id: str | None = None

    def conditions(self) -> list[Any]:
        """As SQL."""
        found: list[Any] = [
            col(Term.words).contains(word, autoescape=True)
            for word in (self.text or "").casefold().split()[:MAX_WORDS]
        ]
        if self.term_id is not None:
            found.append(Term.term_id == self.term_id)
        if self.status is not None:
            found.append(Term.status == self.status)
        if self.community_id is not None:
            belonging = select(TermCommunity.term_id).where(TermCommunity.community_id == self.community_id)
            found.append(col(Term.term_id).in_(belonging))
        if self.code_system is not None or self.code is not None:
            mapped = select(TermMapping.term_id).where(
                col(TermMapping.withdrawn_at).is_(None), TermMapping.code != ""
            )
            if self.code_system is not None:
                mapped = mapped.where(TermMapping.code_system == self.code_system)
            if self.code is not None:
                mapped = mapped.where(TermMapping.code == self.code)
            found.append(col(Term.term_id).in_(mapped))
        return found


def terms(session: Session, wanted: WantedTerms, after: str, limit: int) -> Sequence[Term]:
    """Terms in the order of their IDs, those after `after`, at most `limit`."""
    query = select(Term).where(col(Term.term_id) > after, *wanted.conditions())
    return session.exec(query.order_by(col(Term.term_id)).limit(limit)).all()


def term(session: Session, term_id: str, *, lock: bool = False) -> Term:
    """A term; `NotFound`. With `lock` no other transaction changes it meanwhile."""
    found = session.get(Term, term_id, with_for_update=lock or None)
    if found is None:
        raise NotFound(
            f"there is no term {term_id} on this node", "GET /v1/terms lists them.", slug="unknown-term"
        )
    return found


def active_term(session: Session, term_id: str, *, lock: bool = False) -> Term:
    """A term in use; `NotFound`, or `Conflict` naming what stands for it."""
    found = term(session, term_id, lock=lock)
    if found.status != TermStatus.ACTIVE:
        hint = f"Use {successor(session, found).term_id}." if found.merged_into else "Use another term."
        raise Conflict(f"term {term_id} is {found.status}", hint, slug="term-not-active")
    return found


def successor(session: Session, of: Term) -> Term:
    """The term that stands for one in the end: itself, unless it was merged. Chains of merges end."""
    while of.merged_into is not None:
        of = term(session, of.merged_into)
    return of


def communities_of(session: Session, term_ids: Collection[str]) -> dict[str, list[str]]:
    """The communities of each of these terms, in the order of their IDs."""
    found: dict[str, list[str]] = {term_id: [] for term_id in term_ids}
    query = select(TermCommunity).where(col(TermCommunity.term_id).in_(term_ids))
    for row in session.exec(query.order_by(col(TermCommunity.community_id))):
        found[row.term_id].append(row.community_id)
    return found


def counting(session: Session, term_ids: Collection[str]) -> set[str]:
    """Which of these terms count: those in a community of two members or more."""
    belonging = communities_of(session, term_ids)
    size = sizes(session, {one for ids in belonging.values() for one in ids})
    return {
        term_id for term_id, ids in belonging.items() if any(size.get(one, 0) >= LEAST_MEMBERS for one in ids)
    }


def add_term(
    session: Session, by: str, label: str, definition: str, unit: Unit, community_ids: Collection[str]
) -> Term:
    """A new term in the dictionaries of these communities, of all of which the business is a member.

    Raises `NotFound`, `NotAllowed`, or `Conflict` when one of them has an active term of that label.
    """
    for community_id in sorted(set(community_ids)):
        _takes(session, by, community_id, label)
    added = Term(
        term_id=new_id(),
        label=label,
        definition=definition,
        words=_words(label, definition),
        unit=int(unit),
        added_by=by,
        added_at=0,
    )
    ids = sorted(set(community_ids))
    texts = {"label": label, "definition": definition, "unit": unit.symbol, "community_ids": ids}
    added.added_at = note(session, added.term_id, "added", by, **texts)
    session.add(added)
    session.flush()
    session.add_all(TermCommunity(term_id=added.term_id, community_id=one) for one in ids)
    session.flush()
    return added


def reword(session: Session, by: str, term_id: str, label: str, definition: str) -> Term:
    """Label and definition anew, by who added the term while a member, or a keeper; the history has the old.

    Raises `NotFound`, `NotAllowed`, `Conflict`.
    """
    found = active_term(session, term_id, lock=True)
    belonging = communities_of(session, [term_id])[term_id]
    if found.added_by == by:
        _member_of_one(session, belonging, by)
    else:
        _keeper_of_one(session, belonging, by)
    if (found.label, found.definition) == (label, definition):
        return found
    if found.label != label:
        for community_id in belonging:
            _no_namesake(session, community_id, label)
    before = {"label": found.label, "definition": found.definition}
    found.label, found.definition, found.words = label, definition, _words(label, definition)
    found.version += 1
    note(session, term_id, "reworded", by, before=before, label=label, definition=definition)
    return found


def add_to_community(session: Session, by: str, term_id: str, community_id: str) -> Term:
    """Takes a term into a further community, by a member of that one.

    Raises `NotFound`, `NotAllowed`, `Conflict`.
    """
    found = active_term(session, term_id, lock=True)
    if session.get(TermCommunity, (term_id, community_id)) is not None:
        need_member(session, community_id, by)
        return found
    _takes(session, by, community_id, found.label)
    if len(communities_of(session, [term_id])[term_id]) >= MAX_OF_TERM:
        raise Conflict(
            f"term {term_id} is in {MAX_OF_TERM} communities, the most there can be",
            "Add a term of your own and map it to this one.",
            slug="too-many-communities",
        )
    session.add(TermCommunity(term_id=term_id, community_id=community_id))
    note(session, term_id, "added to community", by, community_id=community_id)
    session.flush()
    return found


def merge(session: Session, by: str, term_id: str, into_id: str) -> Term:
    """From now on another term stands for this one, which is kept and leads there.

    By a keeper of a community of the one, who is a member of a community of the other. Raises `NotFound`,
    `NotAllowed`, `Conflict` for a circle or a term that is not active, `BadInput` for another unit.
    """
    # Both are held, in one order, until this is done: of two merges at once, one sees the other.
    for one in sorted({term_id, into_id}):
        term(session, one, lock=True)
    belonging = communities_of(session, [term_id, into_id])
    _keeper_of_one(session, belonging[term_id], by)
    _member_of_one(session, belonging[into_id], by)
    if successor(session, term(session, into_id)).term_id == term_id:
        raise Conflict(
            f"term {into_id} leads to {term_id} itself",
            "Merge into a term that does not stand for this one.",
            slug="merge-circle",
        )
    found, into = active_term(session, term_id), active_term(session, into_id)
    if found.unit != into.unit:
        raise BadInput(
            f"into: term {into_id} is counted in {Unit(into.unit).symbol}, not {Unit(found.unit).symbol}",
            "Retire the term instead, and map it.",
            slug="unit-does-not-fit",
        )
    found.status, found.merged_into = TermStatus.MERGED, into_id
    note(session, term_id, "merged", by, into=into_id)
    note(session, into_id, "took in", by, term_id=term_id)
    session.flush()
    return found


def retire(session: Session, by: str, term_id: str) -> Term:
    """Takes a term out of use, by a keeper. Raises `NotFound`, `NotAllowed`, `Conflict`."""
    found = active_term(session, term_id, lock=True)
    _keeper_of_one(session, communities_of(session, [term_id])[term_id], by)
    found.status = TermStatus.RETIRED
    note(session, term_id, "retired", by)
    session.flush()
    return found


def need_member_of_term(session: Session, term_id: str, by: str) -> None:
    """Refuses who is in none of the term's communities; `NotAllowed`."""
    _member_of_one(session, communities_of(session, [term_id])[term_id], by)


def _takes(session: Session, by: str, community_id: str, label: str) -> None:
    community(session, community_id, lock=True)
    need_member(session, community_id, by)
    _no_namesake(session, community_id, label)
    count = select(func.count()).select_from(TermCommunity).where(TermCommunity.community_id == community_id)
    if session.exec(count).one() >= MAX_TERMS:
        raise Conflict(
            f"the community has {MAX_TERMS} terms, the most there can be",
            "Found another community, and map its terms.",
            slug="too-many-terms",
        )


def _no_namesake(session: Session, community_id: str, label: str) -> None:
    belonging = select(TermCommunity.term_id).where(TermCommunity.community_id == community_id)
    namesake = session.exec(
        select(Term).where(
            Term.label == label, Term.status == TermStatus.ACTIVE, col(Term.term_id).in_(belonging)
        )
    ).first()
    if namesake is not None:
        raise Conflict(
            f"community {community_id} has a term {label!r} already, {namesake.term_id}",
            "Use that one, or give a label that tells them apart.",
            slug="term-exists",
        )


def _member_of_one(session: Session, community_ids: Sequence[str], by: str) -> None:
    if not any(standing_of(session, one, by) in (Standing.MEMBER, Standing.KEEPER) for one in community_ids):
        raise NotAllowed(
            "your business is in none of the term's communities",
            "Have a keeper of one of them invite you; GET /v1/terms/{term_id} names them.",
            slug="not-member",
        )


def _keeper_of_one(session: Session, community_ids: Sequence[str], by: str) -> None:
    kept = [one for one in community_ids if standing_of(session, one, by) is Standing.KEEPER]
    need_keeper(session, (kept or community_ids)[0], by)


def _words(label: str, definition: str) -> str:
    return f"{label}\n{definition}".casefold()
