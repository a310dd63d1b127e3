"""Pages of agreements: what a business discloses and what is disclosed to it, each step, and every use.

By the services that the API's routes use.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from tanso.oracle.outbox import Status
from tanso.oracle.store import reading, utc_now
from tanso.platform.agreements import keeping, known, lifecycle
from tanso.platform.agreements.known import Known, Part, State
from tanso.platform.agreements.schemas import AgreementGiven
from tanso.platform.agreements.terms import MAX_DEPTH, Disclosed
from tanso.platform.api.dependencies import MAX_PAGE, NodeDep
from tanso.platform.auth.dependencies import BINDS_BUSINESS, WRITES_BUSINESS, Rule
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import NotFound
from tanso.platform.federation import fetching
from tanso.platform.node import Node
from tanso.platform.web.forms import BindingForm, DailyForm, Form, Typed
from tanso.platform.web.pages import (
    PageRoute,
    ReadsDep,
    Visitor,
    VisitorDep,
    acting,
    known_id,
    page,
)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)

ORDER = (State.PROPOSED, State.DELETION_DEMANDED, State.IN_FORCE, State.PROPOSING)
"""States in which somebody may have to do something stand first on the list, the others after them."""
A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done with an agreement by a button."""

    may: Rule
    do: Callable[[Node, LocalBusiness, str], object]
    message: str | None = None
    """Its transaction's name among those under way; None for what asks the other party's server instead."""


STEPS: Mapping[str, Step] = {
    "terms": Step(WRITES_BUSINESS, fetching.terms),
    "acceptance": Step(BINDS_BUSINESS, lifecycle.accept, "accept"),
    "withdrawal": Step(BINDS_BUSINESS, lifecycle.withdraw, "withdraw"),
    "deletion-demand": Step(BINDS_BUSINESS, lifecycle.demand_deletion, "demand-deletion"),
    "deletion": Step(BINDS_BUSINESS, lifecycle.confirm_deletion, "confirm-deletion"),
    "confirmation": Step(WRITES_BUSINESS, fetching.confirmation),
}
"""By the last part of the API's path for the same."""


@router.get("/agreements")
def list_page(
    node: NodeDep, business: ReadsDep, visitor: VisitorDep, request: Request, after: str = ""
) -> Response:
    """The agreements of which one's business is a party."""
    own, now = business.business_id, utc_now()
    with reading(node.engine) as session:
        found = known.agreements_of(session, own, None, known_id(after) if after else "", MAX_PAGE + 1)
    shown = [(each, each.parties()[own], each.state(now)) for each in found[:MAX_PAGE]]
    return page(
        "agreements.html", visitor, request, business=business,
        agreements=sorted(shown, key=lambda one: ORDER.index(one[2]) if one[2] in ORDER else len(ORDER)),
        more=found[MAX_PAGE - 1].agreement_id if len(found) > MAX_PAGE else None,
        may_offer=visitor.may(BINDS_BUSINESS),
    )  # fmt: skip


@router.get("/agreements/offer")
def offer_page(node: NodeDep, visitor: VisitorDep, request: Request) -> Response:
    """The form of an offer."""
    acting(node, visitor, BINDS_BUSINESS)
    return _offer(visitor, request, Typed())


@router.post("/agreements/offer")
def offer(node: NodeDep, form: BindingForm, request: Request) -> Response:
    """Proposes an agreement, and leads to its page."""

    def act() -> str:
        terms, _ = lifecycle.propose(node, form.business, _given(form).proposal)
        return f"/agreements/{terms.agreement_id}"

    return form.carry_out(node, act, lambda typed: _offer(form.visitor, request, typed))


@router.get("/agreements/{agreement_id}")
def agreement_page(
    node: NodeDep,
    business: ReadsDep,
    visitor: VisitorDep,
    request: Request,
    agreement_id: str,
    after: str = "",
) -> Response:
    """Terms, state, what can be done; for the provider every use."""
    return _agreement(node, business, visitor, request, known_id(agreement_id), Typed(), after)


@router.post("/agreements/{agreement_id}/{step}")
def take_step(node: NodeDep, form: DailyForm, request: Request, agreement_id: str, step: str) -> Response:
    """Takes a step, and leads back to the agreement's page. Most bind the business: a manager's."""
    if step not in STEPS:
        raise NotFound(f"no step {step[:40]!r}", "The agreement's page shows what can be done.")
    chosen, business = known_id(agreement_id), acting(node, form.visitor, STEPS[step].may)

    def act() -> str:
        STEPS[step].do(node, business, chosen)
        return f"/agreements/{chosen}"

    return form.carry_out(
        node, act, lambda typed: _agreement(node, business, form.visitor, request, chosen, typed),
        apart=STEPS[step].message is None,
    )  # fmt: skip


def _given(form: Form) -> AgreementGiven:
    """What the form of an offer says; `BadInput` by the field's name."""
    depth, until = form.get("depth"), form.get("valid_until")
    return form.read(
        AgreementGiven,
        receiver_id=form.get("receiver_id").lower(),
        fields=[field for field in Disclosed if form.get(field)],
        lots=form.get("lots").split() or "all",
        depth=int(depth) if depth.isdecimal() and len(depth) < 4 else depth,
        purpose=form.get("purpose"),
        valid_until=f"{until}T00:00:00Z",
    )


def _offer(visitor: Visitor, request: Request, typed: Typed) -> Response:
    in_a_year = datetime.fromtimestamp(utc_now(), UTC).date() + A_YEAR
    return page(
        "offer.html", visitor, request, status_code=typed.status, form=typed.of("offer"),
        disclosed=list(Disclosed), max_depth=MAX_DEPTH, in_a_year=str(in_a_year),
    )  # fmt: skip


def _agreement(
    node: Node,
    business: LocalBusiness,
    visitor: Visitor,
    request: Request,
    agreement_id: str,
    typed: Typed,
    after: str = "",
) -> Response:
    if after and not (after.isdecimal() and len(after) < 19):
        raise NotFound(f"no use {after[:40]!r}", "The agreement's page leads to all of them.")
    with reading(node.engine) as session:
        found = known.agreement_for(session, business.business_id, agreement_id)
        part, state = found.parties()[business.business_id], found.state(utc_now())
        confirmation = keeping.confirmation_of(session, agreement_id)
        kept = len(keeping.received(session, agreement_id)) if part is Part.RECEIVER else 0
        asked = known.under_way(session, business.business_id, agreement_id)
        uses = (
            known.uses_of(session, business, agreement_id, int(after or 0), MAX_PAGE + 1)
            if part is Part.PROVIDER
            else ()
        )
    waiting = {step for step, message in asked.items() if message.status != Status.PARKED}
    steps = [
        step for step in _possible(found, part, state, confirmed=confirmation is not None)
        if STEPS[step].message not in waiting and visitor.may(STEPS[step].may)
    ]  # fmt: skip
    return page(
        "agreement.html", visitor, request, status_code=typed.status, form=typed, agreement=found,
        part=part, state=state, confirmation=confirmation, kept=kept, asked=asked, steps=steps,
        uses=uses[:MAX_PAGE], more=uses[MAX_PAGE - 1].id if len(uses) > MAX_PAGE else None,
    )  # fmt: skip


def _possible(found: Known, part: Part, state: State, *, confirmed: bool) -> list[str]:
    """What a party can do with an agreement in its state."""
    row, receives = found.row, part is Part.RECEIVER
    if row is None:
        return []
    can = {
        "terms": receives and found.terms is None,
        "acceptance": receives and found.terms is not None and state is State.PROPOSED,
        "withdrawal": state in (State.PROPOSED, State.IN_FORCE),
        "deletion-demand": not receives and row.accepted_at is not None and row.demanded_at is None,
        "deletion": receives and state is State.DELETION_DEMANDED,
        "confirmation": not receives and state is State.DELETED and not confirmed,
    }
    return [step for step, possible in can.items() if possible]
