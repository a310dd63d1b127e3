"""What concerns the whole network: paused contracts, changed oracle keys; from the read model."""

from collections.abc import Iterator
from itertools import pairwise

from sqlmodel import Session, col, select

from tanso.platform.accounts.models import OracleKeysRow
from tanso.platform.audit.findings import Finding
from tanso.platform.indexer.models import PauseRow
from tanso.platform.web.render import moment


def check_network(session: Session, start: int, end: int) -> Iterator[Finding]:
    """Pauses that touch ledger times in [start, end), and changes of oracle keys in it."""
    yield from _pauses(session, start, end)
    yield from _keys(session, start, end)


def _pauses(session: Session, start: int, end: int) -> Iterator[Finding]:
    since: dict[str, int] = {}
    rows = session.exec(
        select(PauseRow)
        .where(col(PauseRow.block_time) < end)
        .order_by(col(PauseRow.block_number), col(PauseRow.log_index))
    )
    for row in rows:
        if row.paused:
            since[row.contract] = row.block_time
        elif (began := since.pop(row.contract, None)) is not None and row.block_time > start:
            yield _pause(row.contract, began, row.block_time)
    for contract, began in sorted(since.items()):
        yield _pause(contract, began, None)


def _pause(contract: str, began: int, ended: int | None) -> Finding:
    until = f"to {moment(ended)}" if ended is not None else "on, and still is"
    return Finding(
        "writing-paused", None, began, contract,
        f"Writing to {contract} was paused from {moment(began)} {until}.",
        {"from": began} | ({} if ended is None else {"until": ended}),
    )  # fmt: skip


def _keys(session: Session, start: int, end: int) -> Iterator[Finding]:
    rows = session.exec(
        select(OracleKeysRow)
        .where(col(OracleKeysRow.block_time) < end)
        .order_by(col(OracleKeysRow.block_number), col(OracleKeysRow.log_index))
    ).all()
    for before, row in pairwise(rows):
        if row.block_time >= start:
            old, new = set(before.keys.split(",")), set(row.keys.split(","))
            yield Finding(
                "oracle-keys-changed", None, row.block_time, "OracleQuorum",
                f"{len(new - old)} oracle keys came and {len(old - new)} went; {row.threshold} of {len(new)} "
                "have to "
                f"sign now, {before.threshold} of {len(old)} had to before.",
                {
                    "came": ", ".join(sorted(new - old)),
                    "went": ", ".join(sorted(old - new)),
                    "threshold": row.threshold,
                },
            )  # fmt: skip
