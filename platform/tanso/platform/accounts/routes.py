"""Routes of carbon accounts."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field

from tanso.oracle.store import reading
from tanso.platform.accounts.service import CarbonAccount, account_of
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import Id, SignedMicrograms, SumOfMicrograms, Time, TimeGiven, period_of
from tanso.platform.api.problems import PRIVATE
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AsAuditorOrBusiness
from tanso.platform.auth.models import Role
from tanso.platform.errors import NotAllowed

router = Router(prefix="/v1/accounts", tags=["accounts"])


class LeftOverShown(BaseModel):
    """CO2 that batches left to the business's own account, under a name."""

    name: str
    co2_ug: SumOfMicrograms


class AccountShown(BaseModel):
    """Opening + inflow + declared + baseline + restated − outflow − closing = net, to the microgram.

    And net = left-overs + finally consumed + unabsorbed + restated. Times are the ledger's blocks'.
    """

    business_id: Id
    period_start: Time
    period_end: Time
    opening_ug: Annotated[SumOfMicrograms, Field(description="Held when the period began, µg CO2e.")]
    inflow_ug: Annotated[SumOfMicrograms, Field(description="Received lots and external materials, µg CO2e.")]
    received_ug: Annotated[SumOfMicrograms, Field(description="Parts of lots received, µg CO2e.")]
    external_ug: Annotated[SumOfMicrograms, Field(description="External materials used, by factor, µg CO2e.")]
    declared_ug: Annotated[SumOfMicrograms, Field(description="Scope 1 and 2 by oracle reports, µg CO2e.")]
    baseline_ug: Annotated[
        SumOfMicrograms,
        Field(
            description="Charged for enrolled equipment above what was measured, as its reductions were "
            "given away, µg CO2e."
        ),
    ]
    restated_ug: Annotated[
        SignedMicrograms,
        Field(description="Change of what is borne for own lots that were restated, µg CO2e."),
    ]
    outflow_ug: Annotated[SumOfMicrograms, Field(description="Parts of lots shipped, µg CO2e.")]
    closing_ug: Annotated[SumOfMicrograms, Field(description="Held when the period ended, µg CO2e.")]
    net_ug: Annotated[SignedMicrograms, Field(description="The business's own net emissions, µg CO2e.")]
    left_overs: list[LeftOverShown]
    finally_consumed_ug: Annotated[
        SumOfMicrograms, Field(description="Parts of lots consumed for good, in no batch, µg CO2e.")
    ]
    unabsorbed_ug: Annotated[
        SignedMicrograms, Field(description="Declared but charged to no batch, µg CO2e.")
    ]

    @classmethod
    def of(cls, account: CarbonAccount) -> "AccountShown":
        return cls(
            business_id=account.business_id,
            period_start=account.start,
            period_end=account.end,
            opening_ug=account.opening_ug,
            inflow_ug=account.inflow_ug,
            received_ug=account.received_ug,
            external_ug=account.external_ug,
            declared_ug=account.declared_ug,
            baseline_ug=account.baseline_ug,
            restated_ug=account.restated_ug,
            outflow_ug=account.outflow_ug,
            closing_ug=account.closing_ug,
            net_ug=account.net_ug,
            left_overs=[
                LeftOverShown(name=name, co2_ug=co2_ug) for name, co2_ug in sorted(account.left_overs.items())
            ],
            finally_consumed_ug=account.finally_consumed_ug,
            unabsorbed_ug=account.unabsorbed_ug,
        )


@router.get("/{business_id}", summary="Show a carbon account", responses=PRIVATE)
def get_account(
    node: NodeDep,
    principal: AsAuditorOrBusiness,
    business_id: Annotated[Id, Path(description="The business.")],
    period_start: Annotated[TimeGiven, Query(description="First second of the period.")],
    period_end: Annotated[TimeGiven, Query(description="First second after it.")],
) -> AccountShown:
    """A business sees its own account, an auditor every one."""
    if principal.role is not Role.AUDITOR and principal.business_id != business_id:
        raise NotAllowed(
            "a business sees its own carbon account only",
            "Ask for the own business, or as an auditor.",
            slug="not-own-account",
        )
    start, end = period_of(period_start, period_end)
    with reading(node.engine) as session:
        return AccountShown.of(account_of(session, business_id, start, end))
