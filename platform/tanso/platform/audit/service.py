"""The audit of one business over a time, from the read model and the business's own store."""

from collections.abc import Iterator

from sqlmodel import Session

from tanso.platform.accounts.service import CarbonAccount, account_of
from tanso.platform.audit.declared import check_declared
from tanso.platform.audit.evidence import check_evidence
from tanso.platform.audit.findings import Finding, Tolerances
from tanso.platform.audit.goods import check_goods
from tanso.platform.audit.network import check_network

__all__ = ["audit_business", "check_network"]


def audit_business(
    session: Session,
    business_id: str,
    start: int,
    end: int,
    tolerances: Tolerances | None = None,
    *,
    own_store: bool = False,
) -> tuple[CarbonAccount, list[Finding]]:
    """A business's account for ledger times in [start, end), and all findings of that time, gravest first.

    :param own_store: whether to look also at what lies in the business's own store, for whom that is open to.
    :raises NotFound: when no such business is registered.
    :raises BadInput: when the period is empty.
    """
    allowed = tolerances or Tolerances()
    account = account_of(session, business_id, start, end)
    found = [
        *_identity(account),
        *check_declared(session, account, allowed),
        *check_goods(session, account, allowed),
        *(check_evidence(session, account) if own_store else ()),
    ]
    return account, sorted(found, key=lambda finding: finding.key)


def _identity(account: CarbonAccount) -> Iterator[Finding]:
    own_ug = account.left_over_ug + account.finally_consumed_ug + account.unabsorbed_ug + account.restated_ug
    if account.net_ug != own_ug:
        yield Finding(
            "account-does-not-close", account.business_id, account.end - 1, account.business_id,
            f"The account of {account.business_id} nets {account.net_ug} µg; left over, finally consumed, "
            f"unabsorbed and restated are {own_ug} µg.",
            {"net_ug": account.net_ug, "own_ug": own_ug},
        )  # fmt: skip
