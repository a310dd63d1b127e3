"""Routes of category statistics: owners contribute and rank themselves, the operator releases, all read."""

from typing import Annotated, Literal

from fastapi import Path, Query, status
from sqlmodel import Session

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import NodeDep, Page, PageDep
from tanso.platform.api.fields import Id, period_of
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AnyToken, AsManager, AsOperator, ReadsBusiness
from tanso.platform.statistics import consent, releases
from tanso.platform.statistics.schemas import (
    ContributedLot,
    ContributedProduct,
    Contributions,
    ContributionsGiven,
    RankShown,
    ReleaseGiven,
    Releases,
    ReleaseShown,
    StatisticsFactor,
)

router = Router(prefix="/v1", tags=["statistics"])

TermId = Annotated[Id, Path(description="The category's term.")]
ReleaseId = Annotated[Id, Path(description="The release.")]
Percent = Annotated[
    Literal["10", "25", "50", "75", "90"], Query(description="Which quantile; 50 is the median.")
]


@router.post(
    "/terms/{term_id}/contributions",
    summary="Put own lots into a category",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def contribute(node: NodeDep, business: AsManager, term_id: TermId, given: ContributionsGiven) -> None:
    """And allow that statistics use them. Single lots, or all lots of a product, also future ones."""
    with writing(node.engine) as session:
        consent.contribute(session, business.business_id, given.lot_ids, term_id)
        consent.contribute_products(session, business.business_id, given.products, term_id)


@router.get("/terms/{term_id}/contributions", summary="List own lots in a category", responses=PRIVATE)
def list_contributions(
    node: NodeDep, business: ReadsBusiness, term_id: TermId, page: PageDep
) -> Contributions:
    """Those of your business alone. Lots of products appear with the next release."""
    with reading(node.engine) as session:
        lots, products = consent.contributed(
            session, business.business_id, term_id, page.after, page.limit + 1
        )
    items = [ContributedLot.of(row) for row in lots[: page.limit]]
    return Contributions(
        items=items,
        products=[ContributedProduct.of(row) for row in products],
        next=items[-1].lot_id if len(lots) > page.limit else None,
    )


@router.post(
    "/terms/{term_id}/withdrawals",
    summary="Take own lots out of a category",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def take_back(node: NodeDep, business: AsManager, term_id: TermId, given: ContributionsGiven) -> None:
    """They are in no later release; earlier ones stay. With a product all its lots are taken out."""
    with writing(node.engine) as session:
        consent.take_back(session, business.business_id, term_id, given.lot_ids, given.products)


@router.delete(
    "/terms/{term_id}/contributions",
    summary="Take everything out of a category",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def take_back_all(node: NodeDep, business: AsManager, term_id: TermId) -> None:
    """All lots and products of your business."""
    with writing(node.engine) as session:
        consent.take_back_all(session, business.business_id, term_id)


@router.post(
    "/terms/{term_id}/releases",
    summary="Release a category's statistics",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
)
def make_release(node: NodeDep, _operator: AsOperator, term_id: TermId, given: ReleaseGiven) -> ReleaseShown:
    """Once for a period that is over, and for good; only if it tells of no single producer."""
    start, end = period_of(given.period_start, given.period_end)
    with writing(node.engine) as session:
        return ReleaseShown.of(releases.release(session, term_id, start, end))


@router.get("/terms/{term_id}/releases", summary="List a category's releases", responses=PRIVATE)
def list_releases(node: NodeDep, _principal: AnyToken, term_id: TermId, page: PageDep) -> Releases:
    """In the order in which they were made, also under names that were merged into this one."""
    with reading(node.engine) as session:
        return releases_page(session, page, term_id)


@router.get("/releases/{release_id}", summary="Show a release", responses=PRIVATE)
def get_release(node: NodeDep, _principal: AnyToken, release_id: ReleaseId) -> ReleaseShown:
    """It never changes."""
    with reading(node.engine) as session:
        return ReleaseShown.of(releases.release_of(session, release_id))


@router.get("/releases/{release_id}/factor", summary="Use a release as a factor", responses=PRIVATE)
def get_release_factor(
    node: NodeDep,
    _principal: AnyToken,
    release_id: ReleaseId,
    percent: Percent = "50",
) -> StatisticsFactor:
    """For goods that have no other factor. Its source names the release."""
    with reading(node.engine) as session:
        return StatisticsFactor.of(releases.as_factor(releases.release_of(session, release_id), int(percent)))


@router.get("/terms/{term_id}/rank", summary="See one's own rank in a category", responses=PRIVATE)
def get_rank(node: NodeDep, business: ReadsBusiness, term_id: TermId) -> RankShown:
    """In the latest release, by its quartiles; of your business alone."""
    with reading(node.engine) as session:
        latest, value, band = releases.rank(session, business.business_id, term_id)
    return RankShown(release=ReleaseShown.of(latest), own_pg=-(-value // 1), band=band)


def releases_page(session: Session, page: Page, term_id: str) -> Releases:
    """A page of a category's releases; `NotFound`."""
    found = releases.releases(session, term_id, page.after, page.limit + 1)
    items = [ReleaseShown.of(row) for row in found[: page.limit]]
    return Releases(items=items, next=items[-1].release_id if len(found) > page.limit else None)
