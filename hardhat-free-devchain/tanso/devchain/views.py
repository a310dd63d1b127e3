"""How blocks, transactions, receipts and logs look in JSON-RPC answers (execution-apis), made once per block.

The finished JSON is kept beside py-evm's own records, so that reading a receipt or searching logs needs no
trie walk and no signature recovery.
"""

import json
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth._utils.address import generate_contract_address
from eth.abc import BlockAPI, SignedTransactionAPI

from .engine import Mined
from .params import data, quantity

Json = dict[str, Any]


def encode_view(mined: Mined) -> bytes:
    """The block's header, transactions and receipts as one JSON text."""
    block = mined.block
    header, base_fee = _header_view(block), int(mined.block.header.base_fee_per_gas or 0)
    transactions, receipts = [], []
    cumulative = log_index = 0
    for index, (transaction, receipt) in enumerate(zip(block.transactions, mined.receipts, strict=True)):
        price = effective_gas_price(transaction, base_fee)
        place = {
            "blockHash": header["hash"],
            "blockNumber": header["number"],
            "transactionIndex": quantity(index),
        }
        view = _transaction_view(transaction, price) | place
        transactions.append(view)
        about = place | {"transactionHash": view["hash"]}
        logs = []
        for log in receipt.logs:
            logs.append(
                {
                    "address": data(log.address),
                    "topics": [data(topic.to_bytes(32)) for topic in log.topics],
                    "data": data(log.data),
                    **about,
                    "blockTimestamp": header["timestamp"],
                    "logIndex": quantity(log_index),
                    "removed": False,
                }
            )
            log_index += 1
        created = None
        if not transaction.to:
            created = data(generate_contract_address(transaction.sender, transaction.nonce))
        receipts.append(
            {
                "type": view["type"],
                "status": "0x1" if receipt.state_root == b"\x01" else "0x0",
                "cumulativeGasUsed": quantity(receipt.gas_used),
                "gasUsed": quantity(receipt.gas_used - cumulative),
                "effectiveGasPrice": quantity(price),
                "from": view["from"],
                "to": view["to"],
                "contractAddress": created,
                "logsBloom": data(receipt.bloom.to_bytes(256)),
                "logs": logs,
                **about,
            }
        )
        cumulative = receipt.gas_used
    view = {"block": header, "transactions": transactions, "receipts": receipts}
    return json.dumps(view, separators=(",", ":")).encode()


def block_view(view: Json, full: bool) -> Json:
    """The answer of eth_getBlockBy…: with whole transactions, or their hashes."""
    transactions = view["transactions"] if full else [item["hash"] for item in view["transactions"]]
    return {**view["block"], "transactions": transactions}


def effective_gas_price(transaction: SignedTransactionAPI, base_fee: int) -> int:
    """What each unit of gas cost, in wei (EIP-1559)."""
    return min(transaction.max_fee_per_gas, transaction.max_priority_fee_per_gas + base_fee)


def _header_view(block: BlockAPI) -> Json:
    header: Any = block.header
    return {
        "number": quantity(header.block_number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": data(header.bloom.to_bytes(256)),
        "transactionsRoot": data(header.transaction_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipt_root),
        "miner": data(header.coinbase),
        "difficulty": quantity(header.difficulty),
        "totalDifficulty": quantity(header.difficulty),
        "mixHash": data(header.mix_hash),
        "extraData": data(header.extra_data),
        "size": quantity(len(rlp.encode(block))),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "baseFeePerGas": quantity(header.base_fee_per_gas),
        "withdrawalsRoot": data(header.withdrawals_root),
        "blobGasUsed": quantity(header.blob_gas_used),
        "excessBlobGas": quantity(header.excess_blob_gas),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root),
        "requestsHash": data(header.requests_hash),
        "withdrawals": [],
        "uncles": [],
    }


def _transaction_view(transaction: Any, price: int) -> Json:
    kind = transaction.type_id or 0
    view: Json = {
        "type": quantity(kind),
        "hash": data(transaction.hash),
        "nonce": quantity(transaction.nonce),
        "from": data(transaction.sender),
        "to": data(transaction.to) if transaction.to else None,
        "value": quantity(transaction.value),
        "gas": quantity(transaction.gas),
        "gasPrice": quantity(price),
        "input": data(transaction.data),
        "r": quantity(transaction.r),
        "s": quantity(transaction.s),
    }
    if kind == 0:
        view["v"] = quantity(transaction.v)
        if transaction.chain_id is not None:
            view["chainId"] = quantity(transaction.chain_id)
        return view
    view |= {
        "chainId": quantity(transaction.chain_id),
        "v": quantity(transaction.y_parity),
        "yParity": quantity(transaction.y_parity),
        "accessList": [
            {"address": data(address), "storageKeys": [data(slot.to_bytes(32)) for slot in slots]}
            for address, slots in transaction.access_list
        ],
    }
    if kind >= 2:
        view["maxFeePerGas"] = quantity(transaction.max_fee_per_gas)
        view["maxPriorityFeePerGas"] = quantity(transaction.max_priority_fee_per_gas)
    if kind == 4:
        view["authorizationList"] = [
            {
                "chainId": quantity(item.chain_id),
                "address": data(item.address),
                "nonce": quantity(item.nonce),
                "yParity": quantity(item.y_parity),
                "r": quantity(item.r),
                "s": quantity(item.s),
            }
            for item in transaction.authorization_list
        ]
    return view
