"""Which transaction spent a nonce."""

from eth_typing import BlockNumber, ChecksumAddress
from web3 import Web3


def taker_of(w3: Web3, sender: ChecksumAddress, nonce: int) -> str | None:
    """Hash (0x…) of the mined transaction of `sender` with `nonce`; None while none is seen.

    Looks for the block in which the account's transaction count passes `nonce`, by halving. This is proof,
    where "nonce too low" and a missing receipt are not: they may come from two nodes, one behind the other.
    """
    low, high = BlockNumber(0), w3.eth.block_number
    if w3.eth.get_transaction_count(sender, high) <= nonce:
        return None
    while low < high:
        middle = BlockNumber((low + high) // 2)
        if w3.eth.get_transaction_count(sender, middle) > nonce:
            high = middle
        else:
            low = BlockNumber(middle + 1)
    for transaction in w3.eth.get_block(high, full_transactions=True)["transactions"]:
        assert not isinstance(transaction, bytes)
        if transaction["from"] == sender and transaction["nonce"] == nonce:
            return Web3.to_hex(transaction["hash"])
    return None
