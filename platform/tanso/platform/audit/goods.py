"""What became of goods: left-overs, consumption for good, bought stock, restatements, withdrawn factors."""

from collections import defaultdict
from collections.abc import Iterator

from sqlmodel import Session, col, select

from tanso.platform.accounts.service import CarbonAccount
from tanso.platform.audit.findings import Finding, Tolerances
from tanso.platform.factors.models import FactorRow
from tanso.platform.lots.models import (
    BatchRow,
    ConsumptionRow,
    ExternalUseRow,
    LotRow,
    MaterialUseRow,
    RestatementRow,
    ShipmentRow,
)
from tanso.platform.web.render import mass, moment


def check_goods(session: Session, account: CarbonAccount, tolerances: Tolerances) -> Iterator[Finding]:
    """Findings on a business's goods in the account's time."""
    yield from _left_overs(account, tolerances)
    yield from _bought(session, account, tolerances)
    yield from _restatements(session, account)
    yield from _withdrawn(session, account)


def _left_overs(account: CarbonAccount, tolerances: Tolerances) -> Iterator[Finding]:
    business, last = account.business_id, account.end - 1
    for name, ug in sorted(account.left_overs.items()):
        if ug:
            yield Finding(
                "left-over", business, last, name,
                f"Batches of {business} left {mass(ug)} under the name {name!r} {_when(account)}.",
                {"left_over_ug": ug},
            )  # fmt: skip
    went_in = account.consumed_ug + account.external_ug + account.equipment_ug
    if account.left_over_ug > went_in * tolerances.share:
        names = ", ".join(repr(name) for name in sorted(account.left_overs))
        yield Finding(
            "left-over-large", business, last, business,
            f"Of {mass(went_in)} that went into batches of {business} {_when(account)}, "
            f"{mass(account.left_over_ug)} "
            f"are in none of its lots but left over as {names}; {mass(account.consumed_ug)} came with lots "
            "it held.",
            {
                "went_in_ug": went_in,
                "left_over_ug": account.left_over_ug,
                "consumed_ug": account.consumed_ug,
                "made_ug": account.made_ug,
            },
        )  # fmt: skip


def _bought(session: Session, account: CarbonAccount, tolerances: Tolerances) -> Iterator[Finding]:
    """Parts of others' lots: consumed for good by a maker, or held at the end."""
    business, last = account.business_id, account.end - 1
    own = set(session.exec(select(LotRow.lot_id).where(LotRow.business_id == business)))
    held: dict[str, int] = defaultdict(int)
    used_up = 0
    for sign, table, column in (
        (1, ShipmentRow, ShipmentRow.to_business_id),
        (-1, ShipmentRow, ShipmentRow.from_business_id),
        (-1, MaterialUseRow, MaterialUseRow.business_id),
        (-1, ConsumptionRow, ConsumptionRow.business_id),
    ):
        rows = session.exec(
            select(col(table.lot_id), col(table.co2_ug), col(table.block_time)).where(
                col(column) == business, col(table.block_time) < account.end
            )
        )
        for lot_id, ug, time in rows:
            if lot_id not in own:
                held[lot_id] += sign * ug
                used_up += ug if table is ConsumptionRow and time >= account.start else 0
    still = {lot_id: ug for lot_id, ug in held.items() if ug}
    figures = {
        "received_ug": account.received_ug,
        "used_ug": account.consumed_ug,
        "finally_consumed_ug": used_up,
        "held_ug": sum(still.values()),
    }
    if account.made_ug and used_up > (account.received_ug + account.opening_ug) * tolerances.share:
        yield Finding(
            "finally-consumed", business, last, business,
            f"{business} received {mass(account.received_ug)} in others' lots {_when(account)} and consumed "
            f"{mass(used_up)} of such lots for good while it made lots of its own: that reached none of its "
            "products.",
            figures,
        )  # fmt: skip
    if still:
        yield Finding(
            "bought-still-held", business, last, business,
            f"{business} received {mass(account.received_ug)} in others' lots {_when(account)} and at the "
            "end holds "
            f"{mass(sum(still.values()))} in {len(still)} such lots that no batch used and nobody received.",
            figures | {"lots": len(still)},
        )  # fmt: skip


def _restatements(session: Session, account: CarbonAccount) -> Iterator[Finding]:
    rows = session.exec(
        select(RestatementRow, LotRow.co2_ug)
        .join(LotRow, col(LotRow.lot_id) == col(RestatementRow.lot_id))
        .where(
            RestatementRow.business_id == account.business_id,
            col(RestatementRow.block_time) >= account.start,
            col(RestatementRow.block_time) < account.end,
        )
    )
    for row, settled_ug in rows:
        yield Finding(
            "restatement", account.business_id, row.block_time, row.lot_id,
            f"Lot {row.lot_id} was settled with {mass(settled_ug)} and should have carried "
            f"{mass(row.co2_ug)} "
            f"(restatement {row.number}); its producer is charged {mass(row.charged_ug)}.",
            {
                "settled_ug": settled_ug,
                "restated_ug": row.co2_ug,
                "charged_ug": row.charged_ug,
                "number": row.number,
                "reason_hash": row.reason_hash,
            },
        )  # fmt: skip


def _withdrawn(session: Session, account: CarbonAccount) -> Iterator[Finding]:
    rows = session.exec(
        select(ExternalUseRow, FactorRow.withdrawn_from, BatchRow.period_end)
        .join(FactorRow, col(FactorRow.factor_id) == col(ExternalUseRow.factor_id))
        .join(BatchRow, col(BatchRow.batch_id) == col(ExternalUseRow.batch_id))
        .where(
            ExternalUseRow.business_id == account.business_id,
            col(ExternalUseRow.block_time) >= account.start,
            col(ExternalUseRow.block_time) < account.end,
            col(FactorRow.withdrawn_from) < col(BatchRow.period_end),
        )
    )
    for use, since, _ in rows:
        yield Finding(
            "withdrawn-factor-used", account.business_id, use.block_time, use.batch_id,
            f"Batch {use.batch_id} rests with {mass(use.co2_ug)} on the factor {use.factor_id}, withdrawn "
            "from "
            f"{moment(since or 0)} on.",
            {"factor_id": use.factor_id, "co2_ug": use.co2_ug, "withdrawn_from": since or 0},
        )  # fmt: skip


def _when(account: CarbonAccount) -> str:
    return f"from {moment(account.start)} to {moment(account.end)}"
