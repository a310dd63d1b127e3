"""Routes of tokens."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, Field

from tanso.oracle.store import writing
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import Given, Id, Name
from tanso.platform.api.problems import WRITES
from tanso.platform.auth.dependencies import AsOperator
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import issue_token, revoke_token

router = APIRouter(prefix="/v1/tokens", tags=["businesses"])

TokenNumber = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", description="The token's public number.")]


class TokenGiven(Given):
    """Whom a token is for."""

    role: Literal["business", "operator", "auditor"]
    business_id: Annotated[Id | None, Field(description="For the role business only.")] = None
    label: Annotated[Name, Field(description="What it is for.")]


class TokenIssued(BaseModel):
    """A new token. Only its SHA-256 is stored: it is shown this once."""

    token_id: TokenNumber
    token: str
    role: Literal["business", "operator", "auditor"]
    business_id: Id | None


@router.post("", summary="Issue a token", status_code=status.HTTP_201_CREATED, responses=WRITES)
def create_token(node: NodeDep, _operator: AsOperator, given: TokenGiven) -> TokenIssued:
    """A bearer token of 256 random bits for a role."""
    with writing(node.engine) as session:
        issued = issue_token(session, Role(given.role), given.business_id, label=given.label)
    return TokenIssued(
        token_id=issued.token_id, token=issued.token, role=given.role, business_id=given.business_id
    )


@router.delete(
    "/{token_id}", summary="Revoke a token", status_code=status.HTTP_204_NO_CONTENT, responses=WRITES
)
def delete_token(node: NodeDep, _operator: AsOperator, token_id: Annotated[TokenNumber, Path()]) -> None:
    """The token is worthless from now on."""
    with writing(node.engine) as session:
        revoke_token(session, token_id)
