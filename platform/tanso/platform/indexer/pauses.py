"""Which contracts' writing is paused, by the read model."""

from sqlmodel import Session, col, select

from tanso.platform.indexer.models import PauseRow


def paused_contracts(session: Session) -> list[str]:
    """Names of the contracts whose latest event of this kind paused them, in alphabetical order."""
    latest = select(PauseRow.contract, PauseRow.paused).order_by(
        col(PauseRow.block_number), col(PauseRow.log_index)
    )
    return sorted(name for name, paused in dict(session.exec(latest).all()).items() if paused)
