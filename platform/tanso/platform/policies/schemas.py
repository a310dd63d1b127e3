"""What the routes of settlement policies take and give."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from tanso.contracts.units import Unit
from tanso.platform.api.fields import Amount, Given, Id, Time
from tanso.platform.errors import BadInput
from tanso.platform.lots.drafts import LotDraft
from tanso.platform.policies.models import Per
from tanso.platform.policies.service import MOST_TRIES

LONGEST_S = 31 * 86_400
Lots = Annotated[int, Field(ge=0, le=2**63 - 1, description="A number of lots.")]


class PolicyGiven(Given):
    """How completed lots become batches from now on."""

    per: Annotated[
        Per,
        Field(
            description="What one batch holds: one lot, whose bill then stands on the ledger, or all lots "
            "completed in an hour or day of the site's zone, of which the ledger shows totals. `manual`: "
            "only what POST /v1/settlements names."
        ),
    ]
    after: Annotated[
        Amount | None,
        Field(
            description="How long after the end of the lot, hour or day, at most 31 days: until its "
            "intensities are registered. Default: at once."
        ),
    ] = None

    @property
    def after_s(self) -> int:
        """Seconds; `QuantityRefused` or `BadInput` name the field."""
        seconds = self.after.base_units(Unit.SECOND, "after", least=0) if self.after else 0
        if seconds > LONGEST_S:
            raise BadInput(f"after: {seconds} s is more than 31 days", "Give at most 31 days.")
        return seconds


class PolicyShown(BaseModel):
    """How completed lots become batches, and how many wait for that."""

    per: Per
    after_s: Annotated[int, Field(ge=0, le=LONGEST_S, description="Waiting time, in seconds.")]
    zone: Annotated[str, Field(description="Zone of the hours and days: that of PUT /v1/site, else UTC.")]
    waiting: Annotated[Lots, Field(description="Number of completed lots that the policy will settle.")]
    refused: Annotated[
        Lots, Field(description="Number of those of them that were refused: GET …/refusals says why.")
    ]


class RefusalShown(BaseModel):
    """A completed lot that the policy could not settle so far."""

    lot_id: Id
    problem: str
    tries: Annotated[int, Field(ge=1, le=MOST_TRIES, description="Number of tries so far.")]
    next_try_at: Annotated[
        Time | None,
        Field(description="Null when it is given up: settle it by hand, or put the policy once more."),
    ]

    @classmethod
    def of(cls, draft: LotDraft) -> Self:
        return cls(
            lot_id=draft.lot_id,
            problem=draft.problem or "",
            tries=draft.tries,
            next_try_at=draft.next_try_at if draft.tries < MOST_TRIES else None,
        )


class Refusals(BaseModel):
    """A page of refusals; `next` is null on the last."""

    items: list[RefusalShown]
    next: Id | None
