"""What a transaction may cost, and signing it."""

from typing import cast

from eth_typing import ChecksumAddress, HexStr

from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox.fees import FeePolicy, Fees
from tanso.oracle.outbox.model import OutboxMessage, OutboxTransaction
from tanso.oracle.outbox.node import Head, Node
from tanso.oracle.store import utc_now

GAS_MARGIN = (5, 4)
"""Gas limit = estimate · 5/4, rounded up: the state may change between estimate and block."""


class Hold(Exception):
    """The message waits; the text becomes its note."""


def with_margin(estimate: int) -> int:
    """Gas limit for an estimate."""
    return -(-estimate * GAS_MARGIN[0] // GAS_MARGIN[1])


class Signer:
    """Signs transactions whose fees keep to a policy."""

    def __init__(self, node: Node, keys: KeyRing, chain_id: int, fees: FeePolicy) -> None:
        self._node, self._keys, self._chain_id, self._fees = node, keys, chain_id, fees

    def affordable(self, sender: str, gas: int) -> Fees:
        """Fees for a new transaction. Raises Hold if gas is too dear or the account has too little."""
        base_fee, tip = self._node.head().base_fee_wei, self._tip()
        fees = self._fees.quote(base_fee, tip)
        if fees is None:
            raise Hold(
                f"gas costs {base_fee + tip} wei, more than the cap of {self._fees.cap_wei}; "
                "it goes on when gas is cheaper or the cap is raised"
            )
        self._check_money(sender, gas * fees.max_fee_wei)
        return fees

    def raised(self, stored: OutboxTransaction) -> Fees | None:
        """Fees to replace a transaction that is not mined; None if it needs no replacement.

        It needs one when the base fee is above its highest, or when it is passed over. Raises Hold if the cap
        or the account's money forbid it.
        """
        head = self._node.head()
        if head.base_fee_wei <= stored.max_fee_wei and not self.passed_over(stored, head):
            return None
        old = Fees(stored.max_fee_wei, stored.tip_wei)
        fees = self._fees.raised(old, head.base_fee_wei, self._tip())
        if fees is None:
            raise Hold(
                f"nonce {stored.nonce} is stuck: it offers {old.max_fee_wei} wei per gas, gas costs "
                f"{head.base_fee_wei}, and a replacement would pass the cap of {self._fees.cap_wei}; "
                "it is mined when gas is cheaper, or replaced when the cap is raised"
            )
        self._check_money(stored.sender, stored.gas * fees.max_fee_wei)
        return fees

    def passed_over(self, stored: OutboxTransaction, head: Head) -> bool:
        """Whether blocks are made and it has not been in one for as long as the policy waits.

        A chain that stands still is not helped by higher fees.
        """
        return utc_now() - stored.signed_at >= self._fees.patience_seconds and head.time >= stored.signed_at

    def sign(self, message: OutboxMessage, nonce: int, gas: int, fees: Fees) -> OutboxTransaction:
        """Signs the message's call. Raises KeyMissing, and SignerFailed for a key of an external signer.

        Asked for outside any database transaction: an external signer may take its time.
        """
        signed = self._keys.account(message.sender).sign_transaction(
            {
                "type": 2,
                "chainId": self._chain_id,
                "nonce": nonce,
                "to": cast(ChecksumAddress, message.to),
                "value": 0,
                "data": HexStr(message.data),
                "gas": gas,
                "maxFeePerGas": fees.max_fee_wei,
                "maxPriorityFeePerGas": fees.tip_wei,
            }
        )
        return OutboxTransaction(
            tx_hash="0x" + bytes(signed.hash).hex(),
            message_id=message.id or 0,  # a filler gets its own when it is stored with this
            sender=message.sender,
            nonce=nonce,
            raw=bytes(signed.raw_transaction),
            gas=gas,
            max_fee_wei=fees.max_fee_wei,
            tip_wei=fees.tip_wei,
            signed_at=utc_now(),
        )

    def _tip(self) -> int:
        return self._node.tip() if self._fees.tip_wei is None else self._fees.tip_wei

    def _check_money(self, sender: str, needed: int) -> None:
        balance = self._node.balance(sender)
        if balance < needed:
            raise Hold(f"the account {sender} holds {balance} wei and needs {needed} for gas; send it some")
