"""Signs and sends single transactions with a local key, for deployment and tools.

A running oracle sends through its outbox instead, which survives crashes on its own.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tanso.contracts.contract import asked
from tanso.contracts.errors import LedgerError

if TYPE_CHECKING:
    from eth_account.datastructures import SignedTransaction
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

RECEIPT_SECONDS = 180
"""How long to wait for a transaction to be mined."""


def fees(w3: "Web3") -> dict[str, int]:
    """Fee fields of a transaction, in wei per gas: base fee twice over plus the node's tip (EIP-1559).

    A chain without base fee, as some consortium chains are, gets the node's gas price.
    """
    base = asked(lambda: w3.eth.get_block("latest")).get("baseFeePerGas")
    if base is None:
        return {"gasPrice": int(asked(lambda: w3.eth.gas_price))}
    tip = int(asked(lambda: w3.eth.max_priority_fee))
    return {"maxFeePerGas": 2 * int(base) + tip, "maxPriorityFeePerGas": tip}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a transaction costs at most, with the gas and the fee that it would be signed with."""

    gas: int
    """Gas limit; what is not used is not paid."""
    fee_per_gas_wei: int
    total_wei: int

    def __str__(self) -> str:
        """In the chain's coin (10^18 wei), for people."""
        coin = format((Decimal(self.total_wei) / 10**18).normalize(), "f")
        return f"at most {self.gas:,} gas at {self.fee_per_gas_wei:,} wei, {coin} of the chain's coin"


def gas_limit(w3: "Web3", sender: str, to: str | None, data: bytes) -> int:
    """A fifth more gas than the node estimates.

    :raises Reverted: when the contract would refuse.
    """
    transaction: dict[str, Any] = {"from": sender, "data": "0x" + data.hex(), "value": 0}
    if to is not None:
        transaction["to"] = to
    return asked(lambda: w3.eth.estimate_gas(transaction)) * 6 // 5  # type: ignore[arg-type]


def cost(w3: "Web3", sender: str, to: str | None, data: bytes) -> Cost:
    """What `sign` would allow a transaction to cost now.

    :raises Reverted: when the contract would refuse.
    """
    gas, fee = gas_limit(w3, sender, to, data), fees(w3)
    per_gas = fee["maxFeePerGas"] if "maxFeePerGas" in fee else fee["gasPrice"]
    return Cost(gas, per_gas, gas * per_gas)


def sign(w3: "Web3", account: "LocalAccount", to: str | None, data: bytes) -> "SignedTransaction":
    """A transaction with the account's next nonce and a fifth more gas than the node estimates.

    :param to: None to create a contract.
    :raises Reverted: when the contract would refuse it.
    """
    transaction: dict[str, Any] = {"from": account.address, "data": "0x" + data.hex(), "value": 0}
    if to is not None:
        transaction["to"] = to
    transaction["gas"] = gas_limit(w3, account.address, to, data)
    transaction["chainId"] = asked(lambda: w3.eth.chain_id)
    transaction["nonce"] = asked(lambda: w3.eth.get_transaction_count(account.address, "pending"))
    signed: SignedTransaction = account.sign_transaction({**transaction, **fees(w3)})
    return signed


def send(w3: "Web3", raw: bytes, transaction_hash: bytes) -> None:
    """Sends a signed transaction; that the node has it already is success.

    :raises LedgerError: when the node refuses it and does not know it either.
    """
    try:
        asked(lambda: w3.eth.send_raw_transaction(raw))
    except LedgerError:
        if not _is_known(w3, transaction_hash):
            raise


def receipt_of(w3: "Web3", transaction_hash: bytes) -> Any | None:
    """A mined transaction's receipt, or None."""
    from web3.exceptions import TransactionNotFound

    def question() -> Any | None:
        try:
            return w3.eth.get_transaction_receipt(transaction_hash)  # type: ignore[arg-type]
        except TransactionNotFound:
            return None

    return asked(question)


def wait(w3: "Web3", transaction_hash: bytes, seconds: float = RECEIPT_SECONDS) -> Any:
    """The receipt, as soon as the transaction is mined.

    :raises LedgerError: when it is not mined in time.
    """
    from web3.exceptions import TimeExhausted

    def question() -> Any:
        try:
            return w3.eth.wait_for_transaction_receipt(transaction_hash, timeout=seconds)  # type: ignore[arg-type]
        except TimeExhausted:
            return None

    receipt = asked(question)
    if receipt is None:
        raise LedgerError(
            f"Transaction 0x{transaction_hash.hex()} was not mined within {seconds:g} s.",
            hint="Check that the chain makes blocks, then run the command again: it goes on from here.",
        )
    return receipt


def _is_known(w3: "Web3", transaction_hash: bytes) -> bool:
    from web3.exceptions import TransactionNotFound

    def question() -> bool:
        try:
            w3.eth.get_transaction(transaction_hash)  # type: ignore[arg-type]
        except TransactionNotFound:
            return False
        return True

    return asked(question)
