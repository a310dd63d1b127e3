"""Routes of dictionaries: whoever has a token reads, members write; managers found, merge and retire."""

from typing import Annotated

from fastapi import Depends, Path, Query, status
from sqlmodel import Session

from tanso.contracts.units import Unit
from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import AfterNumber, Limit, NodeDep, PageDep
from tanso.platform.api.fields import Id, Name
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AnyToken, AsBusiness, AsManager
from tanso.platform.dictionaries import communities, mappings, pages, terms
from tanso.platform.dictionaries.history import history
from tanso.platform.dictionaries.local import TermStatus
from tanso.platform.dictionaries.schemas import (
    Code,
    CodeSystem,
    Communities,
    CommunityGiven,
    CommunityMember,
    CommunityMembers,
    CommunityShown,
    DictionaryChangeShown,
    DictionaryHistory,
    MappingGiven,
    Mappings,
    MappingShown,
    MergeGiven,
    StandingGiven,
    TermGiven,
    TermsFound,
    TermShown,
    Wording,
)
from tanso.platform.dictionaries.terms import WantedTerms

router = Router(prefix="/v1", tags=["dictionaries"])

CommunityId = Annotated[Id, Path(description="The community.")]
MemberId = Annotated[Id, Path(description="The member, or who is to be one.")]
TermId = Annotated[Id, Path(description="The term.")]
MappingId = Annotated[Id, Path(description="The mapping.")]


@router.post(
    "/communities", summary="Found a community", status_code=status.HTTP_201_CREATED, responses=WRITES
)
def found_community(node: NodeDep, business: AsManager, given: CommunityGiven) -> CommunityShown:
    """Your business is its first keeper. Names and descriptions are open to all who have a token here."""
    with writing(node.engine) as session:
        found = communities.found_community(session, business.business_id, given.name, given.description)
        return pages.communities_shown(session, [found])[0]


@router.get("/communities", summary="List communities", responses=PRIVATE)
def list_communities(
    node: NodeDep,
    _principal: AnyToken,
    page: PageDep,
    member: Annotated[Id | None, Query(description="Only those that this business is in.")] = None,
) -> Communities:
    """In the order of their IDs."""
    with reading(node.engine) as session:
        return pages.communities_page(session, page, member)


@router.get("/communities/{community_id}", summary="Show a community", responses=PRIVATE)
def get_community(node: NodeDep, _principal: AnyToken, community_id: CommunityId) -> CommunityShown:
    """With the number of its members."""
    with reading(node.engine) as session:
        return pages.communities_shown(session, [communities.community(session, community_id)])[0]


@router.get("/communities/{community_id}/members", summary="List a community's members", responses=PRIVATE)
def list_members(
    node: NodeDep, _principal: AnyToken, community_id: CommunityId, page: PageDep
) -> CommunityMembers:
    """And who is invited."""
    with reading(node.engine) as session:
        communities.community(session, community_id)
        found = communities.members(session, community_id, page.after, page.limit + 1)
    items = [CommunityMember.of(row) for row in found[: page.limit]]
    return CommunityMembers(items=items, next=items[-1].business_id if len(found) > page.limit else None)


@router.put(
    "/communities/{community_id}/members/{member_id}",
    summary="Invite, join, make keeper",
    responses=WRITES,
)
def put_member(
    node: NodeDep,
    business: AsManager,
    community_id: CommunityId,
    member_id: MemberId,
    given: StandingGiven,
) -> CommunityMember:
    """A keeper invites a business, which makes itself a member; a keeper makes members keepers and back."""
    with writing(node.engine) as session:
        return CommunityMember.of(
            communities.set_standing(session, business.business_id, community_id, member_id, given.standing)
        )


@router.delete(
    "/communities/{community_id}/members/{member_id}",
    summary="Leave a community",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def delete_member(node: NodeDep, business: AsManager, community_id: CommunityId, member_id: MemberId) -> None:
    """Oneself; a keeper takes others out, too. What was added stays."""
    with writing(node.engine) as session:
        communities.leave(session, business.business_id, community_id, member_id)


@router.get("/communities/{community_id}/history", summary="List a community's changes", responses=PRIVATE)
def community_history(
    node: NodeDep, _principal: AnyToken, community_id: CommunityId, limit: Limit = 50, after: AfterNumber = 0
) -> DictionaryHistory:
    """Who did what, and when."""
    with reading(node.engine) as session:
        communities.community(session, community_id)
        return _history(session, community_id, after, limit)


@router.post("/terms", summary="Add a term", status_code=status.HTTP_201_CREATED, responses=WRITES)
def add_term(node: NodeDep, business: AsBusiness, given: TermGiven) -> TermShown:
    """At once, by a member of all the communities named. It counts when one of these has two members."""
    with writing(node.engine) as session:
        added = terms.add_term(
            session,
            business.business_id,
            given.label,
            given.definition,
            Unit.of_symbol(given.unit),
            given.community_ids,
        )
        return pages.terms_shown(session, [added])[0]


def _wanted(
    text: Annotated[
        Name | None, Query(description="Words of label or definition, ten at most; all occur.")
    ] = None,
    community_id: Annotated[Id | None, Query(description="In this community's dictionary.")] = None,
    term_status: Annotated[
        TermStatus | None, Query(alias="status", description="Only those active, merged or retired.")
    ] = None,
    code_system: Annotated[CodeSystem | None, Query(description="Mapped to a code of this system.")] = None,
    code: Annotated[Code | None, Query(description="Mapped to this code.")] = None,
) -> WantedTerms:
    return WantedTerms(text, community_id, term_status, code_system, code)


WantedDep = Annotated[WantedTerms, Depends(_wanted)]


@router.get("/terms", summary="Find terms", responses=PRIVATE)
def list_terms(node: NodeDep, _principal: AnyToken, page: PageDep, wanted: WantedDep) -> TermsFound:
    """In the order of their IDs; merged and retired ones, too."""
    with reading(node.engine) as session:
        return pages.terms_page(session, page, wanted)


@router.get("/terms/{term_id}", summary="Show a term", responses=PRIVATE)
def get_term(node: NodeDep, _principal: AnyToken, term_id: TermId) -> TermShown:
    """`merged_into` leads to the term that stands for it."""
    with reading(node.engine) as session:
        return pages.terms_shown(session, [terms.term(session, term_id)])[0]


@router.put("/terms/{term_id}", summary="Reword a term", responses=WRITES)
def reword_term(node: NodeDep, business: AsBusiness, term_id: TermId, given: Wording) -> TermShown:
    """By who added it, or a keeper. The history keeps every wording."""
    with writing(node.engine) as session:
        found = terms.reword(session, business.business_id, term_id, given.label, given.definition)
        return pages.terms_shown(session, [found])[0]


@router.put(
    "/terms/{term_id}/communities/{community_id}", summary="Take a term into a community", responses=WRITES
)
def put_term_community(
    node: NodeDep, business: AsBusiness, term_id: TermId, community_id: CommunityId
) -> TermShown:
    """By a member of that community: a term may belong to several."""
    with writing(node.engine) as session:
        found = terms.add_to_community(session, business.business_id, term_id, community_id)
        return pages.terms_shown(session, [found])[0]


@router.post("/terms/{term_id}/merge", summary="Merge a term into another", responses=WRITES)
def merge_term(node: NodeDep, business: AsManager, term_id: TermId, given: MergeGiven) -> TermShown:
    """By a keeper who is a member at the other term. The old one is kept and leads to the new."""
    with writing(node.engine) as session:
        found = terms.merge(session, business.business_id, term_id, given.into)
        return pages.terms_shown(session, [found])[0]


@router.post("/terms/{term_id}/retirement", summary="Retire a term", responses=WRITES)
def retire_term(node: NodeDep, business: AsManager, term_id: TermId) -> TermShown:
    """By a keeper. It is kept, and takes nothing new."""
    with writing(node.engine) as session:
        return pages.terms_shown(session, [terms.retire(session, business.business_id, term_id)])[0]


@router.post(
    "/terms/{term_id}/mappings", summary="Map a term", status_code=status.HTTP_201_CREATED, responses=WRITES
)
def add_mapping(node: NodeDep, business: AsBusiness, term_id: TermId, given: MappingGiven) -> MappingShown:
    """To a term of another dictionary, or to an external code, by a member. The same again is the same."""
    with writing(node.engine) as session:
        return MappingShown.of(
            mappings.add_mapping(
                session,
                business.business_id,
                term_id,
                given.relation,
                target_id=given.term_id or "",
                code_system=given.code_system or "",
                code=given.code or "",
            )
        )


@router.get("/terms/{term_id}/mappings", summary="List a term's mappings", responses=PRIVATE)
def list_mappings(node: NodeDep, _principal: AnyToken, term_id: TermId, page: PageDep) -> Mappings:
    """Those of the term, and of others onto it."""
    with reading(node.engine) as session:
        return pages.mappings_page(session, page, term_id)


@router.delete(
    "/terms/{term_id}/mappings/{mapping_id}",
    summary="Withdraw a mapping",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def withdraw_mapping(node: NodeDep, business: AsBusiness, term_id: TermId, mapping_id: MappingId) -> None:
    """By a member of one of the term's communities. The history keeps it."""
    with writing(node.engine) as session:
        mappings.withdraw_mapping(session, business.business_id, term_id, mapping_id)


@router.get("/terms/{term_id}/history", summary="List a term's changes", responses=PRIVATE)
def term_history(
    node: NodeDep, _principal: AnyToken, term_id: TermId, limit: Limit = 50, after: AfterNumber = 0
) -> DictionaryHistory:
    """Who did what, and when: every wording, mapping and merge."""
    with reading(node.engine) as session:
        terms.term(session, term_id)
        return _history(session, term_id, after, limit)


def _history(session: Session, subject_id: str, after: int, limit: int) -> DictionaryHistory:
    found = history(session, subject_id, after, limit + 1)
    items = [DictionaryChangeShown.of(row) for row in found[:limit]]
    return DictionaryHistory(items=items, next=items[-1].number if len(found) > limit else None)
