"""Typed access to lot tokens: settlement, shipment, consumption, restatement, enquiry."""

from collections.abc import Callable

from tanso.contracts.abi import address_number, integer
from tanso.contracts.contract import Call, Contract, asked, short
from tanso.contracts.errors import InvalidValue, LedgerError
from tanso.contracts.identity import parse_id
from tanso.contracts.packing import FormulaOf, lots_hash, pack_batch, unpack_batch, unpack_settlement
from tanso.contracts.values import ZERO_HASH, Batch, Lot, LotState, Position

WINDOW = 1024
"""Blocks in which the event that made a lot is found, from the first that the ledger names."""


class LotTokens:
    """The contract Lots."""

    def __init__(
        self, contract: Contract, number_of: Callable[[str], int | None], formula_of: FormulaOf
    ) -> None:
        """Formulas go by numbers on the ledger, and by IDs here: these two say which is which."""
        self._contract = contract
        self._number_of = number_of
        self._formula_of = formula_of

    def settle(self, batch: Batch) -> Call:
        """Settles a batch of the sending business; accepted only if carbon closes to the microgram.

        :raises InvalidValue: when the formula is not registered, or a value does not fit.
        """
        number = self._number_of(batch.formula_id)
        if number is None:
            raise InvalidValue(
                f"The formula {batch.formula_id} of the batch is not registered.",
                hint="Register it first, or name a registered one.",
            )
        packed = pack_batch(batch, number)
        return self._contract.call("settle", packed, what=f"settle batch {short(batch.batch_id)}")

    def settled(self, data: str) -> Batch:
        """The batch out of the call data (hex text) of a `settle`."""
        (packed,) = self._contract.arguments("settle", bytes.fromhex(data.removeprefix("0x")))
        return unpack_batch(bytes.fromhex(packed[2:]), self._formula_of)

    def ship(self, lot_id: str, from_account: str, to_account: str, quantity: int) -> Call:
        """Ships part of a lot to another business; ``from_account`` must be the sender."""
        what = f"ship {quantity} of lot {short(lot_id)} from {short(from_account)} to {short(to_account)}"
        shipment = address_number(to_account, "to_account") << 96 | integer(quantity, "quantity", bits=96)
        return self._contract.call("ship", self.token_of(lot_id), shipment, what=what)

    def transfer(self, lot_id: str, from_account: str, to_account: str, quantity: int) -> Call:
        """Ships part of a lot by ERC-1155 safeTransferFrom, which an operator may send for the holder."""
        what = f"transfer {quantity} of lot {short(lot_id)} to {short(to_account)}"
        token = self.token_of(lot_id)
        return self._contract.call(
            "safeTransferFrom", from_account, to_account, token, quantity, b"", what=what
        )

    def consume(self, lot_id: str, quantity: int, purpose_hash: str | None = None) -> Call:
        """Consumes part of an own lot for good; its CO2 stays with the sending business's account."""
        what = f"consume {quantity} of lot {short(lot_id)}"
        return self._contract.call("consume", lot_id, quantity, purpose_hash or ZERO_HASH, what=what)

    def restate(self, lot_id: str, co2_ug: int, primary_ug: int, reason_hash: str) -> Call:
        """Restates the CO2 of the sending business's own product; the lot and its tokens stay as they are.

        ``co2_ug`` and ``primary_ug`` are what the whole lot should have carried.
        """
        what = f"restate lot {short(lot_id)}"
        return self._contract.call("restate", lot_id, co2_ug, primary_ug, reason_hash, what=what)

    @staticmethod
    def token_of(lot_id: str) -> int:
        """ERC-1155 token ID of a lot: its 128-bit ID as a number."""
        return int(parse_id(lot_id), 16)

    def state_of(self, lot_id: str) -> LotState | None:
        """What the contract itself keeps of a lot, its CO2 above all; None when there is no such lot."""
        found: LotState | None = self._contract.read_or_none("lotOf", lot_id, absent="LotsUnknownLot")
        return found

    def enquire(self, lot_id: str) -> Call:
        """The enquiry of `state_of` as a call, for a contract or a batch of calls that asks on chain."""
        return self._contract.call("lotOf", lot_id, what=f"enquire about lot {short(lot_id)}")

    def lot_of(self, lot_id: str) -> Lot | None:
        """A lot's record; None when there is none.

        What the contract does not keep is read from the event that made the lot, and checked against the hash
        that the contract keeps.

        :raises LedgerError: when the node does not have that event, or has another one.
        """
        state = self.state_of(lot_id)
        if state is None:
            return None
        wanted, head = parse_id(lot_id), int(asked(lambda: self._contract.w3.eth.block_number))
        last = min(state.first_block + WINDOW - 1, head)
        for event in self._contract.events("BatchSettled", ["", state.business_id], state.first_block, last):
            settlement = bytes.fromhex(event.args["settlement"][2:])
            batch = unpack_settlement(settlement, self._formula_of).batch
            lot = next((lot for lot in batch.lots if lot.lot_id == wanted), None)
            if lot is None or self._contract.read("lotsHashOf", batch.batch_id) != lots_hash(batch.lots):
                continue
            return Lot(
                batch.batch_id,
                state.business_id,
                lot.unit,
                state.co2_ug,
                state.primary_ug,
                state.good,
                lot.defects,
                lot.breakdown_root,
            )
        raise LedgerError(
            f"The node has not the event that made the lot {lot_id}, from block {state.first_block} on.",
            hint="Ask a node that keeps the logs of all blocks.",
        )

    def position_of(self, lot_id: str, holder: str) -> Position:
        """A holder's part of a lot; all zero when it holds none."""
        found: Position = self._contract.read("positionOf", lot_id, holder)
        return found

    def share_of(self, lot_id: str, holder: str, quantity: int) -> tuple[int, int]:
        """µg CO2e, and of it primary, that go along when the holder consumes that much of the lot next.

        :raises Reverted: LotsInsufficient or LotsUnknownLot when it holds less.
        """
        co2_ug, primary_ug = self._contract.read("shareOf", lot_id, holder, quantity)
        return int(co2_ug), int(primary_ug)

    def is_settled(self, batch_id: str) -> bool:
        """Whether the batch ID was used."""
        return bool(self._contract.read("isSettled", batch_id))

    def lots_hash_of(self, batch_id: str) -> str:
        """The ledger's hash of a batch's lots, see `packing.lots_hash`; zero when it is not settled."""
        return str(self._contract.read("lotsHashOf", batch_id))
