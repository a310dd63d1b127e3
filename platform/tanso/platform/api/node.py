"""Routes of the node itself: transactions, how far it has read the chain, health."""

from typing import Annotated, Literal

from fastapi import Path, Response, status
from pydantic import BaseModel, Field
from sqlmodel import Session, select

from tanso.oracle.evidence.store import EvidenceRecord
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import BlockNumber
from tanso.platform.api.problems import PRIVATE, declared
from tanso.platform.api.routing import Router
from tanso.platform.api.transactions import KEY_PATTERN, Transaction
from tanso.platform.auth.dependencies import AnyToken
from tanso.platform.auth.models import Role
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import NotFound, PlatformError
from tanso.platform.indexer.pauses import paused_contracts

router = Router(tags=["node"])

READY_BLOCKS = 20
"""Blocks that a node may be behind the chain and still be ready: it looks at the chain every few seconds."""


class NotReady(PlatformError):
    """The node can't answer with what the chain says now."""

    status = 503
    slug = "not-ready"
    title = "The node is not up to date"


class NodeStatus(BaseModel):
    """How far the node has read the chain. While `in_sync` is false, answers may lack the newest blocks."""

    in_sync: bool
    indexed_block: Annotated[
        int, Field(ge=-1, le=2**63 - 1, description="Number of the last block read; -1 before.")
    ]
    head_block: Annotated[
        BlockNumber | None, Field(description="The chain's newest block; null when it is silent.")
    ]
    problem: Annotated[str | None, Field(description="Why reading stopped, if it did.")]
    paused: Annotated[
        list[str],
        Field(
            description="Contracts whose writing is paused: what they would have to record is refused until "
            "the network's operator lets it go on."
        ),
    ]
    chain_id: Annotated[int, Field(ge=1, le=2**63 - 1, description="Number of the chain.")]


class Health(BaseModel):
    """The node answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """The node is up to date."""

    status: Literal["ready"] = "ready"
    indexed_block: Annotated[
        int, Field(ge=-1, le=2**63 - 1, description="Number of the last block read; -1 before.")
    ]


@router.get("/v1/transactions/{key}", summary="Show a transaction", responses=PRIVATE)
def get_transaction(
    node: NodeDep,
    principal: AnyToken,
    key: Annotated[
        str, Path(pattern=KEY_PATTERN, description="`key` of the answer to the request that led to it.")
    ],
) -> Transaction:
    """A business sees what its own account sends and the oracle reports about it.

    The operator sees what no business sends.
    """
    with reading(node.engine) as session:
        message = session.exec(select(OutboxMessage).where(OutboxMessage.key == key)).one_or_none()
        owner = _owner(session, message) if message else None
    own = owner is not None and owner == principal.business_id
    operators = principal.role is Role.OPERATOR and owner is None
    if message is None or not (own or operators):
        raise NotFound(
            f"there is no transaction {key} of yours",
            "Use the key in the answer to the request that led to it.",
            slug="unknown-transaction",
        )
    return Transaction.of(message)


def _owner(session: Session, message: OutboxMessage) -> str | None:
    """The business whose account sends the message, or about which the oracle states something."""
    stated = select(EvidenceRecord.business_id).where(EvidenceRecord.outbox_key == message.key)
    sending = select(LocalBusiness.business_id).where(LocalBusiness.account == message.sender)
    return session.exec(stated).first() or session.exec(sending).first()


@router.get(
    "/v1/status",
    summary="Show how far the node has read the chain, and what is paused",
    responses=declared(503),
)
def get_status(node: NodeDep) -> NodeStatus:
    """Open to anyone."""
    found = node.indexer.status()
    with reading(node.engine) as session:
        paused = paused_contracts(session)
    return NodeStatus(
        in_sync=found.in_sync,
        indexed_block=found.indexed_block,
        head_block=found.head_block,
        problem=found.problem,
        paused=paused,
        chain_id=node.ledger.deployment.chain_id,
    )


@router.get("/health", summary="Tell that the node runs", responses=declared(503))
def get_health(node: NodeDep, response: Response) -> Health:
    """Answers when the database does. Whether the chain does is in /v1/status."""
    with reading(node.engine) as session:
        session.exec(select(LocalBusiness.business_id).limit(1)).all()
    response.headers["Cache-Control"] = "no-store"
    response.status_code = status.HTTP_200_OK
    return Health()


@router.get("/ready", summary="Tell that the node is up to date", responses=declared(503))
def get_ready(node: NodeDep, response: Response) -> Ready:
    """Answers 200 while database and chain answer and the chain is read but for its newest blocks."""
    found = node.indexer.status()
    response.headers["Cache-Control"] = "no-store"
    if found.problem is not None:
        raise NotReady(
            found.problem, "See GET /v1/status; the operator finds more with `tanso index status`."
        )
    if found.head_block is None or found.head_block - found.indexed_block > READY_BLOCKS:
        raise NotReady(
            f"the chain is read up to block {found.indexed_block} of {found.head_block}", "Ask again later."
        )
    return Ready(indexed_block=found.indexed_block)
