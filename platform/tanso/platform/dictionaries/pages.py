"""Pages of dictionaries, as this node's people and machines and other servers read them."""

from collections.abc import Sequence

from sqlmodel import Session

from tanso.platform.api.dependencies import Page
from tanso.platform.dictionaries import communities, mappings, terms
from tanso.platform.dictionaries.local import Community, Term
from tanso.platform.dictionaries.schemas import (
    Communities,
    CommunityShown,
    Mappings,
    MappingShown,
    TermsFound,
    TermShown,
)
from tanso.platform.dictionaries.terms import WantedTerms


def communities_shown(session: Session, rows: Sequence[Community]) -> list[CommunityShown]:
    """Communities, each with the number of its members."""
    size = communities.sizes(session, [row.community_id for row in rows])
    return [CommunityShown.of(row, size.get(row.community_id, 0)) for row in rows]


def terms_shown(session: Session, rows: Sequence[Term]) -> list[TermShown]:
    """Terms, each with its communities and whether it counts."""
    ids = [row.term_id for row in rows]
    belonging, counting = terms.communities_of(session, ids), terms.counting(session, ids)
    return [TermShown.of(row, belonging[row.term_id], counts=row.term_id in counting) for row in rows]


def communities_page(session: Session, page: Page, member: str | None = None) -> Communities:
    """A page of communities; of one member, if given."""
    found = communities.communities(session, member, page.after, page.limit + 1)
    items = communities_shown(session, found[: page.limit])
    return Communities(items=items, next=items[-1].community_id if len(found) > page.limit else None)


def terms_page(session: Session, page: Page, wanted: WantedTerms) -> TermsFound:
    """A page of terms."""
    found = terms.terms(session, wanted, page.after, page.limit + 1)
    items = terms_shown(session, found[: page.limit])
    return TermsFound(items=items, next=items[-1].term_id if len(found) > page.limit else None)


def mappings_page(session: Session, page: Page, term_id: str) -> Mappings:
    """A page of a term's mappings; `NotFound`."""
    found = mappings.mappings(session, term_id, page.after, page.limit + 1)
    items = [MappingShown.of(row) for row in found[: page.limit]]
    return Mappings(items=items, next=items[-1].mapping_id if len(found) > page.limit else None)
