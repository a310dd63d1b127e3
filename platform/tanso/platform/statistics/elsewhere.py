"""Statistics of other servers: reading their releases, letting them use own lots, and answering them."""

from typing import Annotated, Self

from fastapi import Path, Response, status
from pydantic import model_validator

from tanso.contracts.units import Unit
from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import NodeDep, Page, PageDep
from tanso.platform.api.fields import Id, period_of
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router, apart
from tanso.platform.auth.dependencies import AsManager, AsOperator, ReadsBusiness
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.dictionaries.elsewhere import TERMS, ServerId, TermsAsked
from tanso.platform.dictionaries.local import TermStatus
from tanso.platform.dictionaries.schemas import TermsFound
from tanso.platform.errors import Conflict, NotFound
from tanso.platform.federation.inbound import AskedDep, signed_answer
from tanso.platform.federation.questions import PREFIX
from tanso.platform.federation.reading import ELSEWHERE, PageAsked, read
from tanso.platform.node import Node
from tanso.platform.statistics import giving, pulling, releases
from tanso.platform.statistics.giving import Place
from tanso.platform.statistics.pulling import (
    CONTRIBUTIONS,
    LOTS_AT_ONCE,
    ContributionsAnswer,
    ContributionsAsked,
    LotOffered,
)
from tanso.platform.statistics.routes import Percent, ReleaseId, releases_page
from tanso.platform.statistics.schemas import (
    ContributedProduct,
    ContributionsGiven,
    GivenLot,
    GivenThings,
    PullShown,
    RankShown,
    ReleaseGiven,
    Releases,
    ReleaseShown,
    SilentServer,
    StatisticsFactor,
)

RELEASES = f"{PREFIX}/releases"
MAX_PAGES = 10
"""Of releases, that are read for the latest one."""

questions = Router(prefix=PREFIX, tags=["servers"])
router = Router(prefix="/v1/servers/{business_id}", tags=["statistics"])
pulls = Router(prefix="/v1/contribution-pulls", tags=["statistics"])

TermId = Annotated[Id, Path(description="The category's term on that server.")]


class ReleasesAsked(PageAsked):
    """A category's releases, or one by its ID."""

    term_id: Id | None = None
    release_id: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.term_id is None) == (self.release_id is None):
            raise ValueError("give term_id or release_id")
        return self


@questions.post("/releases", summary="Ask for releases", responses=WRITES, response_model=Releases)
def ask_releases(node: NodeDep, asked: AskedDep, given: ReleasesAsked) -> Response:
    """For servers of other businesses: releases of this node's statistics."""

    def answer() -> Releases:
        with reading(node.engine) as session:
            if given.term_id is not None:
                return releases_page(session, given.page, given.term_id)
            assert given.release_id is not None
            return Releases(
                items=[ReleaseShown.of(releases.release_of(session, given.release_id))], next=None
            )

    return signed_answer(node, asked, RELEASES, answer)


@questions.post(
    "/contributions",
    summary="Ask for lots that statistics may use",
    responses=WRITES,
    response_model=ContributionsAnswer,
)
def ask_contributions(node: NodeDep, asked: AskedDep, given: ContributionsAsked) -> Response:
    """For servers of other businesses: lots that the asked business lets the asking one's statistics use.

    IDs alone; none for a server that it did not name.
    """

    def answer() -> ContributionsAnswer:
        start, end = period_of(given.period_start, given.period_end)
        own, asker = asked.business.business_id, asked.asker_id
        with writing(node.engine) as session:
            found = giving.told(session, own, asker, start, end, given.after or "", LOTS_AT_ONCE)
        items = [LotOffered(lot_id=lot_id, term_id=term_id) for lot_id, term_id in found]
        return ContributionsAnswer(items=items, next=items[-1].lot_id if len(items) == LOTS_AT_ONCE else None)

    return signed_answer(node, asked, CONTRIBUTIONS, answer)


@pulls.post("", summary="Ask other servers for contributions", responses=WRITES)
@apart
def pull_contributions(node: NodeDep, _operator: AsOperator, given: ReleaseGiven) -> PullShown:
    """All of the address book, for lots of a period; do it before you release one.

    What they answer now counts, and nothing of what they answered before: consent that was withdrawn is gone.
    """
    found = pulling.pull(node, *period_of(given.period_start, given.period_end))
    silent = [SilentServer(business_id=each, reason=found.silent[each]) for each in sorted(found.silent)]
    return PullShown(
        servers=found.asked,
        lots=found.lots,
        refused=found.refused,
        silent=len(silent),
        silent_servers=silent[:200],
    )


@router.get("/terms/{term_id}/releases", summary="List another server's releases", responses=ELSEWHERE)
def list_releases(
    node: NodeDep, business: ReadsBusiness, business_id: ServerId, term_id: TermId, page: PageDep
) -> Releases:
    """Of a category there. Asked of that server now, signed by your business's account."""
    return _releases(node, business, business_id, term_id, page)


@router.get(
    "/releases/{release_id}/factor", summary="Use another server's release as a factor", responses=ELSEWHERE
)
def get_release_factor(
    node: NodeDep,
    business: ReadsBusiness,
    business_id: ServerId,
    release_id: ReleaseId,
    percent: Percent = "50",
) -> StatisticsFactor:
    """For goods that have no other factor. Its source names the release and that business."""
    asked = ReleasesAsked(release_id=release_id)
    found = read(node, business, business_id, RELEASES, asked, Releases).items
    if [one.release_id for one in found] != [release_id]:
        raise NotFound(
            f"business {business_id}'s server shows no release {release_id}",
            "GET /v1/servers/{business_id}/terms/{term_id}/releases lists a category's.",
            slug="unknown-release",
        )
    return StatisticsFactor.of(releases.as_factor(found[0].row, int(percent), business_id))


@router.get(
    "/terms/{term_id}/rank", summary="See one's own rank in another server's category", responses=ELSEWHERE
)
def get_rank(node: NodeDep, business: ReadsBusiness, business_id: ServerId, term_id: TermId) -> RankShown:
    """By the quartiles of the latest release and your own lots of its period, worked out here.

    That server learns no more than that you read its releases. Whether your lots are in this release it alone
    knows.
    """
    latest, after = None, ""
    for _ in range(MAX_PAGES):
        found = _releases(node, business, business_id, term_id, Page(200, after))
        latest = found.items[-1] if found.items else latest
        if found.next is None:
            break
        after = found.next
    if latest is None:
        raise _none_there(business_id, term_id)
    with reading(node.engine) as session:
        terms = {term_id, latest.term_id}
        value = giving.own_value(session, business.business_id, business_id, terms, latest.row)
    if value is None:
        raise _none_there(business_id, term_id)
    return RankShown(release=latest, own_pg=-(-value // 1), band=releases.band_of(latest.row, value))


@router.post(
    "/terms/{term_id}/contributions",
    summary="Let another server's statistics use own lots",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
@apart
def give(
    node: NodeDep, business: AsManager, business_id: ServerId, term_id: TermId, given: ContributionsGiven
) -> None:
    """Single lots, or all lots of a product, also future ones. That server reads their IDs when it asks.

    A lot that it has read can be taken back, and is for no other server's statistics any more.
    """
    with reading(node.engine) as session:
        if session.get(LocalBusiness, business_id) is not None:
            raise Conflict(
                f"business {business_id} is served by this node",
                "Put lots into a category here: POST /v1/terms/{term_id}/contributions.",
                slug="on-this-node",
            )
    unit = _unit_of(node, business, business_id, term_id)
    place = Place(business.business_id, business_id, term_id)
    with writing(node.engine) as session:
        giving.give_lots(session, place, unit, given.lot_ids)
        giving.give_products(session, place, unit, given.products)


@router.get(
    "/terms/{term_id}/contributions", summary="List own lots in another server's category", responses=PRIVATE
)
def list_given(
    node: NodeDep, business: ReadsBusiness, business_id: ServerId, term_id: TermId, page: PageDep
) -> GivenThings:
    """Those of your business alone, and when that server last read them."""
    place = Place(business.business_id, business_id, term_id)
    with reading(node.engine) as session:
        lots, products = giving.given(session, place, page.after, page.limit + 1)
    items = [GivenLot.of(row) for row in lots[: page.limit]]
    return GivenThings(
        items=items,
        products=[ContributedProduct.of(row) for row in products],
        next=items[-1].lot_id if len(lots) > page.limit else None,
    )


@router.post(
    "/terms/{term_id}/withdrawals",
    summary="Take own lots back from another server's category",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def take_back(
    node: NodeDep, business: AsManager, business_id: ServerId, term_id: TermId, given: ContributionsGiven
) -> None:
    """They are gone there when that server asks next. With a product all its lots are taken back."""
    with writing(node.engine) as session:
        place = Place(business.business_id, business_id, term_id)
        giving.take_back(session, place, given.lot_ids, given.products)


@router.delete(
    "/terms/{term_id}/contributions",
    summary="Take everything back from another server's category",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def take_back_all(node: NodeDep, business: AsManager, business_id: ServerId, term_id: TermId) -> None:
    """All lots and products of your business."""
    with writing(node.engine) as session:
        giving.take_back_all(session, Place(business.business_id, business_id, term_id))


def _releases(node: Node, business: LocalBusiness, server_id: str, term_id: str, page: Page) -> Releases:
    question = ReleasesAsked(term_id=term_id, limit=page.limit, after=page.after or None)
    return read(node, business, server_id, RELEASES, question, Releases)


def _unit_of(node: Node, business: LocalBusiness, server_id: str, term_id: str) -> Unit:
    """The unit of another server's term, which must be in use."""
    found = read(node, business, server_id, TERMS, TermsAsked(term_id=term_id), TermsFound).items
    if [one.term_id for one in found] != [term_id]:
        raise NotFound(
            f"business {server_id}'s server shows no term {term_id}",
            "GET /v1/servers/{business_id}/terms lists them.",
            slug="unknown-term",
        )
    if found[0].status is not TermStatus.ACTIVE:
        into = found[0].merged_into
        raise Conflict(
            f"term {term_id} is {found[0].status}",
            f"Use {into}." if into else "Use another term.",
            slug="term-not-active",
        )
    return Unit.of_symbol(found[0].unit)


def _none_there(server_id: str, term_id: str) -> NotFound:
    return NotFound(
        f"business {server_id}'s server has released nothing of the category {term_id} that can hold lots of "
        "your business",
        "Let it use some: POST /v1/servers/{business_id}/terms/{term_id}/contributions.",
        slug="not-in-release",
    )
