"""The deployed ledger, typed: each write gives a `Call` to be signed and sent, each read gives values.

Nothing here sends a transaction; that is the oracle's outbox's work.
"""

from typing import TYPE_CHECKING

from tanso.contracts import transactions
from tanso.contracts.access import Access
from tanso.contracts.agreements import Agreements
from tanso.contracts.compiler import compile_contracts
from tanso.contracts.contract import Call, Contract, LedgerEvent, asked
from tanso.contracts.credits import CreditTokens
from tanso.contracts.deployment import Deployment
from tanso.contracts.devices import Devices
from tanso.contracts.errors import LedgerError, Reverted
from tanso.contracts.expansion import expand
from tanso.contracts.formulas import Formulas
from tanso.contracts.identity import keccak
from tanso.contracts.lots import LotTokens
from tanso.contracts.registries import Businesses, EquipmentTokens, Factors, Quorum
from tanso.contracts.reports import Reports

if TYPE_CHECKING:
    from web3 import Web3

__all__ = ["Call", "Ledger", "LedgerEvent"]


class Ledger:
    """Typed access to the contracts of a deployment.

    Every method that asks the chain raises `Reverted` when a contract refuses, `ChainUnreachable` when the
    node does not answer and `LedgerError` when its answer is unusable; every method that makes a call raises
    `InvalidValue` when an argument does not fit its Solidity type.
    """

    def __init__(self, w3: "Web3", deployment: Deployment) -> None:
        self.w3 = w3
        self.deployment = deployment
        artifacts = compile_contracts()
        self._contracts = {
            name: Contract(w3, name, address, artifacts[name].abi)
            for name, address in deployment.addresses.items()
        }
        self._business_ids: dict[str, str] = {}
        self._formula_ids: dict[int, str] = {}
        chain_id = deployment.chain_id
        self.access = Access(self._contracts)
        self.businesses = Businesses(self._contracts["BusinessRegistry"])
        self.formulas = Formulas(self._contracts["FormulaRegistry"])
        self.factors = Factors(self._contracts["FactorRegistry"])
        self.equipment = EquipmentTokens(self._contracts["Equipment"])
        self.devices = Devices(self._contracts["DeviceRegistry"])
        self.agreements = Agreements(self._contracts["Agreements"])
        self.quorum = Quorum(self._contracts["OracleQuorum"])
        self.reports = Reports(self._contracts["OracleReports"], chain_id)
        self.lots = LotTokens(self._contracts["Lots"], self.formulas.number_of, self._formula_of)
        self.credits = CreditTokens(self._contracts["Credits"], chain_id)

    def simulate(self, call: Call, sender: str) -> None:
        """Tries a call in the next block without sending it.

        Not on the latest: its time may be long past, and periods and deadlines would be held against it.

        :raises Reverted: when the contract would refuse.
        """
        data = "0x" + call.data.hex()
        asked(lambda: self.w3.eth.call({"from": sender, "to": call.to, "data": data}, "pending"))  # type: ignore[typeddict-item]

    def estimate(self, call: Call, sender: str) -> transactions.Cost:
        """What a call costs at most if it is sent now, by the fees that `transactions.sign` sets.

        :raises Reverted: when the contract would refuse.
        """
        return transactions.cost(self.w3, sender, call.to, call.data)

    def decode_error(self, data: bytes | str) -> Reverted:
        """The named error in revert data."""
        from tanso.contracts.reverts import decode_error

        return decode_error(data)

    def events(self, from_block: int, to_block: int) -> list[LedgerEvent]:
        """Events of all contracts in a range of blocks, both ends included, in the order they happened.

        Packed events come expanded, see `tanso.contracts.expansion`.
        """
        by_address = {contract.address.lower(): contract for contract in self._contracts.values()}
        addresses = [contract.address for contract in self._contracts.values()]
        logs = asked(
            lambda: self.w3.eth.get_logs(
                {"fromBlock": from_block, "toBlock": to_block, "address": addresses}  # type: ignore[typeddict-item]
            )
        )
        found = [by_address[log["address"].lower()].event(log) for log in logs]
        found.sort(key=lambda event: (event.block_number, event.log_index))
        return list(expand(found, self._business_of, self._formula_of))

    def wrote_in(self, block_hash: str, bloom: bytes) -> bool:
        """Whether the contracts wrote any event in a block, asked in a way that shows if the node has it.

        The header's 256-byte bloom of the block's logs answers most often; only where it can't exclude an
        event is the node asked, by the block's hash: one that does not have the block refuses, where a range
        that it does not have is empty to it.

        :raises LedgerError: when the node does not know the block.
        """
        addresses = [contract.address for contract in self._contracts.values()]
        if not any(_may_hold(bloom, address) for address in addresses):
            return False
        wanted = {"blockHash": block_hash, "address": addresses}
        return bool(asked(lambda: self.w3.eth.get_logs(wanted)))  # type: ignore[arg-type]

    def _business_of(self, account: str) -> str | None:
        """ID of a business by account: asked once, as it never changes."""
        if account not in self._business_ids:
            found = self.businesses.id_of(account)
            if found is None:
                return None
            self._business_ids[account] = found
        return self._business_ids[account]

    def _formula_of(self, number: int) -> str:
        """ID of a formula by its number: asked once, as it never changes."""
        if number not in self._formula_ids:
            found = self.formulas.id_of_number(number)
            if found is None:
                raise LedgerError(f"No formula has the number {number} on this ledger.")
            self._formula_ids[number] = found
        return self._formula_ids[number]


def _may_hold(bloom: bytes, address: str) -> bool:
    """Whether a block with this bloom may hold a log of this address (yellow paper, 4.4.1)."""
    digest = keccak(bytes.fromhex(address[2:]))
    bits = (int.from_bytes(digest[at : at + 2], "big") % 2048 for at in (0, 2, 4))
    return all(bloom[255 - bit // 8] >> bit % 8 & 1 for bit in bits)
