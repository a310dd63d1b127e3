"""What the audit's routes show."""

from collections import Counter
from typing import Annotated

from pydantic import BaseModel, Field

from tanso.platform.accounts.routes import AccountShown
from tanso.platform.accounts.service import CarbonAccount
from tanso.platform.api.fields import Id, SignedMicrograms, SumOfMicrograms, Time
from tanso.platform.audit.findings import Finding, Severity

KEY_PATTERN = r"^[0-2][0-9]{13}[0-9a-f]{32}$"

Key = Annotated[str, Field(pattern=KEY_PATTERN, description="Sorts by severity, then time; stable.")]
Figure = Annotated[
    int,
    Field(
        strict=True, ge=1 - 2**128, le=2**128 - 1, description="Unit by its name: µg, seconds, or a number."
    ),
]
Count = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1, description="A number of findings.")]


class FindingShown(BaseModel):
    """Something that an audit found; docs/audit.md explains each slug."""

    key: Key
    slug: str
    severity: Severity
    title: str
    business_id: Annotated[Id | None, Field(description="Null: it concerns the whole network.")]
    time: Time
    subject: Annotated[str, Field(description="What it is about: a lot, batch, report, device, contract …")]
    message: str
    figures: Annotated[
        dict[str, Figure | str],
        Field(description="`_ug` is µg CO2e, `_s` seconds; other figures are counts or Unix seconds."),
    ]
    advice: str

    @classmethod
    def of(cls, finding: Finding) -> "FindingShown":
        return cls(
            key=finding.key,
            slug=finding.slug,
            severity=finding.kind.severity,
            title=finding.kind.title,
            business_id=finding.business_id,
            time=finding.time,
            subject=finding.subject,
            message=finding.message,
            figures=dict(finding.figures),
            advice=finding.kind.advice,
        )


class Findings(BaseModel):
    """A page of findings, gravest first; `next` is null on the last."""

    items: list[FindingShown]
    next: Key | None


class AuditShown(Findings):
    """A business's carbon account, and what an audit found in its time."""

    account: AccountShown
    own_store: Annotated[
        bool, Field(description="Whether findings of the business's own store are among them.")
    ]


class AuditedBusiness(BaseModel):
    """A business at a glance."""

    business_id: Id
    declared_ug: SumOfMicrograms
    net_ug: SignedMicrograms
    errors: Count
    warnings: Count
    notes: Count

    @classmethod
    def of(cls, account: CarbonAccount, findings: list[Finding]) -> "AuditedBusiness":
        counts = Counter(finding.kind.severity for finding in findings)
        return cls(
            business_id=account.business_id,
            declared_ug=account.declared_ug,
            net_ug=account.net_ug,
            errors=counts[Severity.ERROR],
            warnings=counts[Severity.WARNING],
            notes=counts[Severity.NOTE],
        )


class AuditedBusinesses(BaseModel):
    """A page of businesses in the order of their IDs; `next` is null on the last."""

    items: list[AuditedBusiness]
    next: Id | None
