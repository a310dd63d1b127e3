"""Dictionaries of other servers: the questions about them, the answers to these, and asking.

A dictionary is open: every business of the ledger is answered. Who is asked into a community joins it, leaves
it and adds terms from its own server; its signature stands for what a token is to people and machines here.
"""

from typing import Annotated

from fastapi import Path, Response, status
from pydantic import Field

from tanso.contracts.units import Unit
from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.fields import Given, Id, Name
from tanso.platform.api.problems import WRITES
from tanso.platform.api.routing import Router, apart
from tanso.platform.auth.dependencies import AsBusiness, AsManager, ReadsBusiness
from tanso.platform.dictionaries import communities, pages, terms
from tanso.platform.dictionaries.local import Standing, TermStatus
from tanso.platform.dictionaries.routes import CommunityId, TermId, WantedDep
from tanso.platform.dictionaries.schemas import (
    Code,
    CodeSystem,
    Communities,
    CommunityShown,
    Mappings,
    TermGiven,
    TermsFound,
    TermShown,
)
from tanso.platform.dictionaries.terms import WantedTerms
from tanso.platform.federation.inbound import AskedDep, signed_answer
from tanso.platform.federation.questions import PREFIX
from tanso.platform.federation.reading import ELSEWHERE, PageAsked, read

COMMUNITIES, TERMS, MAPPINGS = f"{PREFIX}/communities", f"{PREFIX}/dictionary-terms", f"{PREFIX}/mappings"
MEMBERSHIPS, NEW_TERMS = f"{PREFIX}/memberships", f"{PREFIX}/new-terms"
"""Routes of the questions."""

questions = Router(prefix=PREFIX, tags=["servers"])
router = Router(prefix="/v1/servers/{business_id}", tags=["dictionaries"])

ServerId = Annotated[Id, Path(description="The business whose server is asked; in the address book.")]


class TermsAsked(PageAsked):
    """Which terms are asked for; what is not given is anything."""

    term_id: Id | None = None
    text: Annotated[Name | None, Field(description="Words of label or definition, ten at most.")] = None
    community_id: Id | None = None
    status: TermStatus | None = None
    code_system: CodeSystem | None = None
    code: Code | None = None

    @property
    def wanted(self) -> WantedTerms:
        """As terms of this node are looked for."""
        return WantedTerms(
            self.text, self.community_id, self.status, self.code_system, self.code, self.term_id
        )


class MappingsAsked(PageAsked):
    """The mappings of a term."""

    term_id: Id


class MembershipAsked(Given):
    """To be a member of a community, or not to be one any more."""

    community_id: Id
    leaves: bool = False


@questions.post("/communities", summary="Ask for communities", responses=WRITES, response_model=Communities)
def ask_communities(node: NodeDep, asked: AskedDep, given: PageAsked) -> Response:
    """For servers of other businesses: the communities of this node."""

    def answer() -> Communities:
        with reading(node.engine) as session:
            return pages.communities_page(session, given.page)

    return signed_answer(node, asked, COMMUNITIES, answer)


@questions.post(
    "/dictionary-terms", summary="Ask for terms of dictionaries", responses=WRITES, response_model=TermsFound
)
def ask_terms(node: NodeDep, asked: AskedDep, given: TermsAsked) -> Response:
    """For servers of other businesses: the terms of this node, merged and retired ones, too."""

    def answer() -> TermsFound:
        with reading(node.engine) as session:
            return pages.terms_page(session, given.page, given.wanted)

    return signed_answer(node, asked, TERMS, answer)


@questions.post("/mappings", summary="Ask for mappings of a term", responses=WRITES, response_model=Mappings)
def ask_mappings(node: NodeDep, asked: AskedDep, given: MappingsAsked) -> Response:
    """For servers of other businesses: mappings in force of a term of this node, and onto it."""

    def answer() -> Mappings:
        with reading(node.engine) as session:
            return pages.mappings_page(session, given.page, given.term_id)

    return signed_answer(node, asked, MAPPINGS, answer)


@questions.post(
    "/memberships", summary="Ask to be in a community", responses=WRITES, response_model=CommunityShown
)
def ask_membership(node: NodeDep, asked: AskedDep, given: MembershipAsked) -> Response:
    """For servers of other businesses: the asking one joins a community that it is invited to, or leaves."""

    def answer() -> CommunityShown:
        by, community_id = asked.asker_id, given.community_id
        with writing(node.engine) as session:
            found = communities.community(session, community_id)
            if given.leaves:
                communities.leave(session, by, community_id, by)
            elif communities.standing_of(session, community_id, by) in (None, Standing.INVITED):
                communities.set_standing(session, by, community_id, by, Standing.MEMBER)
            session.flush()
            return pages.communities_shown(session, [found])[0]

    return signed_answer(node, asked, MEMBERSHIPS, answer)


@questions.post("/new-terms", summary="Ask to add a term", responses=WRITES, response_model=TermShown)
def ask_new_term(node: NodeDep, asked: AskedDep, given: TermGiven) -> Response:
    """For servers of other businesses: the asking one adds a term to communities that it is a member of."""

    def answer() -> TermShown:
        with writing(node.engine) as session:
            unit = Unit.of_symbol(given.unit)
            added = terms.add_term(
                session, asked.asker_id, given.label, given.definition, unit, given.community_ids
            )
            return pages.terms_shown(session, [added])[0]

    return signed_answer(node, asked, NEW_TERMS, answer)


@router.get("/communities", summary="List another server's communities", responses=ELSEWHERE)
def list_communities(
    node: NodeDep, business: ReadsBusiness, business_id: ServerId, page: PageDep
) -> Communities:
    """Asked of that server now, signed by your business's account."""
    question = PageAsked(limit=page.limit, after=page.after or None)
    return read(node, business, business_id, COMMUNITIES, question, Communities)


@router.put(
    "/communities/{community_id}/membership", summary="Join another server's community", responses=WRITES
)
@apart
def join(
    node: NodeDep, business: AsManager, business_id: ServerId, community_id: CommunityId
) -> CommunityShown:
    """One of its keepers has invited your business. Its terms count once it has two members."""
    question = MembershipAsked(community_id=community_id)
    return read(node, business, business_id, MEMBERSHIPS, question, CommunityShown)


@router.delete(
    "/communities/{community_id}/membership", summary="Leave another server's community", responses=WRITES
)
@apart
def leave(
    node: NodeDep, business: AsManager, business_id: ServerId, community_id: CommunityId
) -> CommunityShown:
    """What you added stays."""
    question = MembershipAsked(community_id=community_id, leaves=True)
    return read(node, business, business_id, MEMBERSHIPS, question, CommunityShown)


@router.post(
    "/terms", summary="Add a term on another server", status_code=status.HTTP_201_CREATED, responses=WRITES
)
@apart
def add_term(node: NodeDep, business: AsBusiness, business_id: ServerId, given: TermGiven) -> TermShown:
    """At once, by a member of all the communities named."""
    return read(node, business, business_id, NEW_TERMS, given, TermShown)


@router.get("/terms", summary="Find another server's terms", responses=ELSEWHERE)
def list_terms(
    node: NodeDep, business: ReadsBusiness, business_id: ServerId, page: PageDep, wanted: WantedDep
) -> TermsFound:
    """Asked of that server now, signed by your business's account."""
    question = TermsAsked(
        limit=page.limit,
        after=page.after or None,
        text=wanted.text,
        community_id=wanted.community_id,
        status=wanted.status,
        code_system=wanted.code_system,
        code=wanted.code,
    )
    return read(node, business, business_id, TERMS, question, TermsFound)


@router.get(
    "/terms/{term_id}/mappings", summary="List mappings of another server's term", responses=ELSEWHERE
)
def list_mappings(
    node: NodeDep, business: ReadsBusiness, business_id: ServerId, term_id: TermId, page: PageDep
) -> Mappings:
    """Asked of that server now, signed by your business's account."""
    question = MappingsAsked(limit=page.limit, after=page.after or None, term_id=term_id)
    return read(node, business, business_id, MAPPINGS, question, Mappings)
