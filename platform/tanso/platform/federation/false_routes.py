"""Routes of false answers: what other businesses' servers signed and the ledger does not bear out."""

from typing import Annotated

from fastapi import Path, Response
from pydantic import BaseModel, Field

from tanso.oracle.store import reading
from tanso.platform.api.dependencies import AfterNumber, Limit, NodeDep
from tanso.platform.api.fields import MOST_ROWS, Id, Time
from tanso.platform.api.problems import PRIVATE
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AsAuditorOrBusiness
from tanso.platform.federation import false_answers
from tanso.platform.federation.false_record import FalseAnswerRecord
from tanso.platform.federation.local import FalseAnswer
from tanso.platform.federation.questions import LOTS_AT_ONCE

router = Router(prefix="/v1/false-answers", tags=["servers"])

Number = Annotated[int, Field(ge=1, le=MOST_ROWS, description="Number on this node.")]


class FalseAnswerShown(BaseModel):
    """A signed answer that does not fit the ledger, in short."""

    number: Number
    business_id: Annotated[Id, Field(description="The business of this node that asked.")]
    answerer_id: Annotated[Id, Field(description="The business whose server signed it.")]
    found_at: Time
    lots: Annotated[
        int, Field(ge=0, le=LOTS_AT_ONCE, description="The number of lots that do not fit; 0: none is named.")
    ]
    reason: Annotated[str, Field(description="What does not fit, of the first one.")]
    deleted: Annotated[
        bool, Field(description="Whether the answer's body was deleted because its provider demanded it.")
    ]

    @classmethod
    def of(cls, row: FalseAnswer) -> "FalseAnswerShown":
        assert row.number is not None
        return cls(
            number=row.number,
            business_id=row.business_id,
            answerer_id=row.answerer_id,
            found_at=row.found_at,
            lots=row.lots,
            reason=row.reason,
            deleted=row.emptied,
        )


class FalseAnswers(BaseModel):
    """A page of false answers; `next` is null on the last."""

    items: list[FalseAnswerShown]
    next: Number | None


@router.get("", summary="List false answers of other servers", responses=PRIVATE)
def list_false_answers(
    node: NodeDep, principal: AsAuditorOrBusiness, limit: Limit = 50, after: AfterNumber = 0
) -> FalseAnswers:
    """What other businesses signed in answer to your questions, and the ledger does not bear out.

    An auditor sees those of all businesses of the node. Of one business's answers to another the newest 20
    different ones are kept.
    """
    with reading(node.engine) as session:
        rows = false_answers.page(session, principal.business_id, after, limit + 1)
        items = [FalseAnswerShown.of(row) for row in rows[:limit]]
    return FalseAnswers(items=items, next=items[-1].number if len(rows) > limit else None)


@router.get(
    "/{answer_id}",
    summary="Show the record of a false answer",
    responses=PRIVATE,
    response_model=FalseAnswerRecord,
)
def get_false_answer(
    node: NodeDep,
    principal: AsAuditorOrBusiness,
    answer_id: Annotated[int, Path(ge=1, le=MOST_ROWS, description="Its number.")],
) -> Response:
    """Question, answer, signature and the ledger's facts: `tanso verify` checks it, also for a third party.

    It shows what the answer disclosed to you, so mind to whom you give it.
    """
    with reading(node.engine) as session:
        document = false_answers.document_of(session, principal.business_id, answer_id)
    return Response(document, media_type="application/json")
