"""Communities and their members. A keeper asks a business in, which joins or does not; anyone may leave."""

from collections.abc import Collection, Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from tanso.platform.businesses.models import BusinessRow
from tanso.platform.dictionaries.history import note
from tanso.platform.dictionaries.local import Community, CommunityMembership, Standing
from tanso.platform.errors import BadInput, Conflict, NotAllowed, NotFound
from tanso.platform.ids import new_id

MAX_MEMBERS = 1_000
MAX_COMMUNITIES = 100
"""In which one business can be."""
LEAST_MEMBERS = 2
"""Whose terms count."""


def found_community(session: Session, by: str, name: str, description: str) -> Community:
    """A new community with the founder as its keeper. Raises `Conflict` when the name is taken."""
    if session.exec(select(Community).where(Community.name == name)).first() is not None:
        raise Conflict(
            f"there is a community {name!r} already",
            "Give another name, or ask one of its keepers to invite you: GET /v1/communities.",
            slug="community-exists",
        )
    _room(session, by)
    community = Community(community_id=new_id(), name=name, description=description, founded_at=0)
    community.founded_at = note(session, community.community_id, "founded", by, name=name)
    session.add(community)
    session.flush()
    _enter(session, community.community_id, by, Standing.KEEPER, community.founded_at)
    return community


def communities(session: Session, member: str | None, after: str, limit: int) -> Sequence[Community]:
    """Communities by their IDs, those after `after`, at most `limit`; of one member, if given."""
    query = select(Community).where(col(Community.community_id) > after)
    if member is not None:
        joined = select(CommunityMembership.community_id).where(
            CommunityMembership.business_id == member, CommunityMembership.standing != Standing.INVITED
        )
        query = query.where(col(Community.community_id).in_(joined))
    return session.exec(query.order_by(col(Community.community_id)).limit(limit)).all()


def community(session: Session, community_id: str, *, lock: bool = False) -> Community:
    """A community; `NotFound`. With `lock` its members change in no other transaction meanwhile."""
    found = session.get(Community, community_id, with_for_update=lock or None)
    if found is None:
        raise NotFound(
            f"there is no community {community_id} on this node",
            "GET /v1/communities lists them.",
            slug="unknown-community",
        )
    return found


def members(session: Session, community_id: str, after: str, limit: int) -> Sequence[CommunityMembership]:
    """Members, and who is invited, in the order of their IDs, those after `after`, at most `limit`."""
    query = select(CommunityMembership).where(
        CommunityMembership.community_id == community_id, col(CommunityMembership.business_id) > after
    )
    return session.exec(query.order_by(col(CommunityMembership.business_id)).limit(limit)).all()


def sizes(session: Session, community_ids: Collection[str]) -> dict[str, int]:
    """How many members each of these communities has; who is only invited is none."""
    query = select(CommunityMembership.community_id, func.count()).where(
        col(CommunityMembership.community_id).in_(community_ids),
        CommunityMembership.standing != Standing.INVITED,
    )
    return dict(session.exec(query.group_by(col(CommunityMembership.community_id))).all())


def standing_of(session: Session, community_id: str, business_id: str) -> Standing | None:
    """A business's standing in a community; None without any."""
    found = session.get(CommunityMembership, (community_id, business_id))
    return None if found is None else Standing(found.standing)


def need_member(session: Session, community_id: str, by: str) -> None:
    """Refuses who is no member; `NotAllowed`."""
    if standing_of(session, community_id, by) not in (Standing.MEMBER, Standing.KEEPER):
        raise NotAllowed(
            f"your business is no member of community {community_id}",
            "Ask one of its keepers to invite you; GET /v1/communities/{community_id}/members lists them.",
            slug="not-member",
        )


def need_keeper(session: Session, community_id: str, by: str) -> None:
    """Refuses who is no keeper; `NotAllowed`."""
    if standing_of(session, community_id, by) is not Standing.KEEPER:
        raise NotAllowed(
            f"your business is no keeper of community {community_id}",
            "Ask a keeper to do it; GET /v1/communities/{community_id}/members lists them.",
            slug="not-keeper",
        )


def set_standing(
    session: Session, by: str, community_id: str, business_id: str, standing: Standing
) -> CommunityMembership:
    """A keeper invites a business, or makes a member keeper or back; who is invited makes itself a member.

    What stands already changes nothing. Raises `NotFound`, `NotAllowed`, `Conflict`, or `BadInput` for a
    business that is not on the ledger.
    """
    community(session, community_id, lock=True)
    now = session.get(CommunityMembership, (community_id, business_id))
    before = None if now is None else Standing(now.standing)
    joins = (before, standing, by) == (Standing.INVITED, Standing.MEMBER, business_id)
    if joins:
        _room(session, by)
    else:
        need_keeper(session, community_id, by)
        if (before, standing) == (None, Standing.INVITED):
            return _invite(session, by, community_id, business_id)
        if (before, standing) == (Standing.KEEPER, Standing.MEMBER):
            _keepers_left(session, community_id, business_id)
    changes = {before, standing} == {Standing.MEMBER, Standing.KEEPER}
    if now is None or not (joins or changes or before is standing):
        raise Conflict(
            f"business {business_id} is {before or 'not invited'} and can't be made {standing}",
            "A keeper invites; who is invited joins by itself; a member becomes keeper, and a keeper member.",
            slug="standing-not-possible",
        )
    if before is not standing:
        at = note(session, community_id, standing, by, business_id=business_id, before=before)
        now.standing = standing
        now.since = at if joins else now.since
    return now


def leave(session: Session, by: str, community_id: str, business_id: str) -> None:
    """A business leaves, or a keeper takes it out; what it added stays.

    When the last keeper goes, the member who is there longest becomes keeper. Raises `NotFound` or
    `NotAllowed`.
    """
    community(session, community_id, lock=True)
    if by != business_id:
        need_keeper(session, community_id, by)
    now = session.get(CommunityMembership, (community_id, business_id))
    if now is None:
        raise NotFound(
            f"business {business_id} is no member of community {community_id}",
            "GET /v1/communities/{community_id}/members lists them.",
            slug="unknown-member",
        )
    note(session, community_id, "left", by, business_id=business_id, before=now.standing)
    session.delete(now)
    session.flush()
    others = session.exec(
        select(CommunityMembership)
        .where(
            CommunityMembership.community_id == community_id, CommunityMembership.standing != Standing.INVITED
        )
        .order_by(
            col(CommunityMembership.standing),
            col(CommunityMembership.since),
            col(CommunityMembership.business_id),
        )
    ).first()
    # "keeper" comes before "member": the first is a keeper if there is one.
    if others is not None and others.standing != Standing.KEEPER:
        others.standing = Standing.KEEPER
        note(session, community_id, Standing.KEEPER, by, business_id=others.business_id, before="member")


def _invite(session: Session, by: str, community_id: str, business_id: str) -> CommunityMembership:
    if session.get(BusinessRow, business_id) is None:
        raise BadInput(
            f"business_id: no business {business_id} is registered",
            "Ask it for its business ID; GET /v1/businesses lists all.",
            slug="unknown-business",
        )
    count = (
        select(func.count())
        .select_from(CommunityMembership)
        .where(CommunityMembership.community_id == community_id)
    )
    if session.exec(count).one() >= MAX_MEMBERS:
        raise Conflict(
            f"the community has {MAX_MEMBERS} members, the most there can be",
            "Found another community, and map its terms.",
            slug="too-many-members",
        )
    at = note(session, community_id, Standing.INVITED, by, business_id=business_id)
    return _enter(session, community_id, business_id, Standing.INVITED, at)


def _enter(
    session: Session, community_id: str, business_id: str, standing: Standing, at: int
) -> CommunityMembership:
    entered = CommunityMembership(
        community_id=community_id, business_id=business_id, standing=standing, since=at
    )
    session.add(entered)
    session.flush()
    return entered


def _room(session: Session, business_id: str) -> None:
    count = select(func.count()).select_from(CommunityMembership)
    joined = count.where(
        CommunityMembership.business_id == business_id, CommunityMembership.standing != Standing.INVITED
    )
    if session.exec(joined).one() >= MAX_COMMUNITIES:
        raise Conflict(
            f"your business is in {MAX_COMMUNITIES} communities, the most there can be",
            "Leave one of them: DELETE /v1/communities/{community_id}/members/{business_id}.",
            slug="too-many-communities",
        )


def _keepers_left(session: Session, community_id: str, without: str) -> None:
    others = select(CommunityMembership).where(
        CommunityMembership.community_id == community_id,
        CommunityMembership.standing == Standing.KEEPER,
        CommunityMembership.business_id != without,
    )
    if session.exec(others).first() is None:
        raise Conflict(
            f"business {without} is the only keeper of community {community_id}",
            "Make another member keeper first.",
            slug="only-keeper",
        )
