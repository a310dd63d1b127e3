"""Routes of settlement policies."""

from sqlmodel import Session

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AsManager, ReadsBusiness
from tanso.platform.policies import service
from tanso.platform.policies.models import Per, SettlementPolicy, policy_of
from tanso.platform.policies.schemas import PolicyGiven, PolicyShown, Refusals, RefusalShown

router = Router(prefix="/v1/settlement-policy", tags=["lots"])


@router.get("", summary="Show how completed lots are settled", responses=PRIVATE)
def get_policy(node: NodeDep, business: ReadsBusiness) -> PolicyShown:
    """Before a business says anything, each lot is settled when it is completed."""
    with reading(node.engine) as session:
        return _shown(session, policy_of(session, business.business_id))


@router.put("", summary="Say how completed lots are settled", responses=WRITES)
def put_policy(node: NodeDep, business: AsManager, given: PolicyGiven) -> PolicyShown:
    """Counts for all completed lots that are not held. What was given up is tried again."""
    after_s = given.after_s
    with writing(node.engine) as session:
        policy = service.set_policy(session, business.business_id, given.per, after_s)
        session.flush()
        return _shown(session, policy)


@router.get("/refusals", summary="List lots that the policy could not settle", responses=PRIVATE)
def list_refusals(node: NodeDep, business: ReadsBusiness, page: PageDep) -> Refusals:
    """Completed lots with the reason; tried again ever more seldom, for about five days."""
    with reading(node.engine) as session:
        found = service.refused(session, business.business_id, page.after, page.limit + 1)
    items = [RefusalShown.of(draft) for draft in found[: page.limit]]
    return Refusals(items=items, next=items[-1].lot_id if len(found) > page.limit else None)


def _shown(session: Session, policy: SettlementPolicy) -> PolicyShown:
    waiting, refused = service.count_waiting(session, policy.business_id)
    return PolicyShown(
        per=Per(policy.per),
        after_s=policy.after_s,
        zone=service.zone_name(session, policy.business_id),
        waiting=waiting,
        refused=refused,
    )
