"""Typed access to lot tokens: settlement, shipment, enquiry."""

from tanso.contracts.contract import Call, Contract, short
from tanso.contracts.identity import parse_id
from tanso.contracts.values import Batch, Lot, Position


class LotTokens:
    """The contract Lots."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def settle(self, batch: Batch) -> Call:
        """Settles a batch of the sending business; accepted only if carbon closes to the microgram."""
        return self._contract.call("settle", batch, what=f"settle batch {short(batch.batch_id)}")

    def ship(self, lot_id: str, from_account: str, to_account: str, quantity: int) -> Call:
        """Ships part of a lot to another business, by ERC-1155 safeTransferFrom."""
        what = f"ship {quantity} of lot {short(lot_id)} to {short(to_account)}"
        token = self.token_of(lot_id)
        return self._contract.call(
            "safeTransferFrom", from_account, to_account, token, quantity, b"", what=what
        )

    @staticmethod
    def token_of(lot_id: str) -> int:
        """ERC-1155 token ID of a lot: its 128-bit ID as a number."""
        return int(parse_id(lot_id), 16)

    def lot_of(self, lot_id: str) -> Lot | None:
        """A lot's record; None when there is none."""
        found: Lot | None = self._contract.read_or_none("lotOf", lot_id, absent="LotsUnknownLot")
        return found

    def position_of(self, lot_id: str, holder: str) -> Position:
        """A holder's part of a lot; all zero when it holds none."""
        found: Position = self._contract.read("positionOf", lot_id, holder)
        return found

    def is_settled(self, batch_id: str) -> bool:
        """Whether the batch ID was used."""
        return bool(self._contract.read("isSettled", batch_id))
