"""Routes of audits."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from fastapi import Depends, Path, Query

from tanso.oracle.store import reading
from tanso.platform.accounts.routes import AccountShown
from tanso.platform.agreements.service import asking
from tanso.platform.api.dependencies import Limit, NodeDep, PageDep
from tanso.platform.api.fields import Id, TimeGiven, period_of
from tanso.platform.api.problems import PRIVATE
from tanso.platform.api.routing import Router
from tanso.platform.audit.access import businesses_after, open_to
from tanso.platform.audit.findings import Finding, Severity, Tolerances
from tanso.platform.audit.schemas import (
    KEY_PATTERN,
    AuditedBusiness,
    AuditedBusinesses,
    AuditShown,
    Findings,
    FindingShown,
)
from tanso.platform.audit.service import audit_business, check_network
from tanso.platform.auth.dependencies import AnyToken, AsAuditor, AsAuditorOrBusiness

router = Router(prefix="/v1/audit", tags=["audit"])


@dataclass(frozen=True, slots=True)
class Period:
    """Ledger times [start, end), and the tolerances asked for."""

    span: tuple[int, int]
    tolerances: Tolerances


def _period(
    period_start: Annotated[TimeGiven, Query(description="First second, by the ledger's blocks.")],
    period_end: Annotated[TimeGiven, Query(description="First second after it.")],
    tolerance_percent: Annotated[
        int, Query(ge=0, le=100, description="Per cent of the whole from which on a difference is found.")
    ] = 5,
) -> Period:
    return Period(period_of(period_start, period_end), Tolerances(share=Fraction(tolerance_percent, 100)))


PeriodDep = Annotated[Period, Depends(_period)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which findings of which period, and which page of them."""

    period: Period
    severity: Severity | None
    after: str
    limit: int

    def page(self, findings: list[Finding]) -> tuple[list[FindingShown], str | None]:
        """This page, gravest first, and where the next one begins after."""
        wanted = [
            finding
            for finding in sorted(findings, key=lambda finding: finding.key)
            if finding.key > self.after and self.severity in (None, finding.kind.severity)
        ]
        items = [FindingShown.of(finding) for finding in wanted[: self.limit]]
        return items, items[-1].key if len(wanted) > self.limit else None


def _asked(
    period: PeriodDep,
    severity: Annotated[Severity | None, Query(description="Only findings of this severity.")] = None,
    limit: Limit = 50,
    after: Annotated[
        str | None,
        Query(
            pattern=KEY_PATTERN, description="`next` of the page before: findings that come after this key."
        ),
    ] = None,
) -> Asked:
    return Asked(period, severity, after or "", limit)


AskedDep = Annotated[Asked, Depends(_asked)]


@router.get("", summary="List businesses with the numbers of findings of each", responses=PRIVATE)
def list_audited(node: NodeDep, _auditor: AsAuditor, period: PeriodDep, page: PageDep) -> AuditedBusinesses:
    """What the public ledger shows of every business; findings of own stores are not counted."""
    with reading(node.engine) as session:
        found = businesses_after(session, page.after, page.limit + 1)
        items = [
            AuditedBusiness.of(*audit_business(session, business_id, *period.span, period.tolerances))
            for business_id in found[: page.limit]
        ]
    return AuditedBusinesses(items=items, next=items[-1].business_id if len(found) > page.limit else None)


@router.get("/network", summary="List findings that concern the whole network", responses=PRIVATE)
def list_network_findings(node: NodeDep, _principal: AnyToken, asked: AskedDep) -> Findings:
    """Paused contracts and changed oracle keys."""
    with reading(node.engine) as session:
        items, after = asked.page(list(check_network(session, *asked.period.span)))
    return Findings(items=items, next=after)


@router.get("/{business_id}", summary="Audit a business's carbon account", responses=PRIVATE)
def get_audit(
    node: NodeDep,
    principal: AsAuditorOrBusiness,
    business_id: Annotated[Id, Path(description="The business.")],
    asked: AskedDep,
) -> AuditShown:
    """An auditor sees what the public ledger shows of any business.

    What lies in a business's own store, such as gaps in its readings, is shown to itself and under an
    agreement about the equipment use of all its lots.
    """
    with asking(node.engine, principal.business_id) as reader:
        session, own_store = reader.session, open_to(reader, principal, business_id)
        account, findings = audit_business(
            session, business_id, *asked.period.span, asked.period.tolerances, own_store=own_store
        )
    items, after = asked.page(findings)
    return AuditShown(account=AccountShown.of(account), own_store=own_store, items=items, next=after)
