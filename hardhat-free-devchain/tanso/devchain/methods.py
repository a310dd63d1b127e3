"""The JSON-RPC methods: those of execution-apis, and the evm_ ones that anvil and Hardhat have."""

from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from eth.abc import BlockHeaderAPI
from eth.exceptions import Revert
from eth_hash.auto import keccak
from eth_typing import Address

from .accounts import dev_accounts
from .engine import PRIORITY_FEE_WEI, Outcome
from .errors import RpcError, invalid_params, refused
from .logs import LogFilters, find_logs
from .params import (
    CallRequest,
    data,
    parse_address,
    parse_bool,
    parse_data,
    parse_hash,
    parse_list,
    parse_object,
    parse_quantity,
    quantity,
)
from .revert import revert_error
from .settings import BLOCK_GAS_LIMIT
from .views import Json, block_view

if TYPE_CHECKING:
    from .chain import Devchain

MAX_TIME = 2**40 - 1  # seconds; the contracts keep times in uint40
_HEAD_TAGS = ("latest", "safe", "finalized")


class Methods:
    """One method each per JSON-RPC name; parameters arrive as JSON and are checked here."""

    def __init__(self, chain: "Devchain") -> None:
        self._chain = chain
        self._engine = chain.engine
        self._filters = LogFilters(chain)

    def table(self) -> dict[str, Callable[..., Any]]:
        """JSON-RPC name → function."""
        return {
            "web3_clientVersion": lambda: f"tanso-devchain/{version('tanso')}/py-evm",
            "web3_sha3": lambda value: data(keccak(parse_data(value, "data"))),
            "net_version": lambda: str(self._chain.chain_id),
            "net_listening": lambda: True,
            "eth_chainId": lambda: quantity(self._chain.chain_id),
            "eth_syncing": lambda: False,
            "eth_accounts": lambda: [account.address.lower() for account in self._accounts()],
            "eth_blockNumber": lambda: quantity(self._engine.head.block_number),
            "eth_gasPrice": lambda: quantity(self._base_fee() + PRIORITY_FEE_WEI),
            "eth_maxPriorityFeePerGas": lambda: quantity(PRIORITY_FEE_WEI),
            "eth_feeHistory": self.fee_history,
            "eth_getBalance": lambda who, tag="latest": quantity(self._state(tag).get_balance(_address(who))),
            "eth_getTransactionCount": lambda who, tag="latest": quantity(
                self._state(tag).get_nonce(_address(who))
            ),
            "eth_getCode": lambda who, tag="latest": data(self._state(tag).get_code(_address(who))),
            "eth_getStorageAt": self.storage_at,
            "eth_call": self.call,
            "eth_estimateGas": self.estimate_gas,
            "eth_sendRawTransaction": self.send_raw_transaction,
            "eth_sendTransaction": self.send_transaction,
            "eth_getTransactionByHash": lambda value: self._by_hash(value, "transactions"),
            "eth_getTransactionReceipt": lambda value: self._by_hash(value, "receipts"),
            "eth_getBlockReceipts": lambda tag: self._block(tag, lambda view: view["receipts"]),
            "eth_getBlockByNumber": self.block_by_number,
            "eth_getBlockByHash": self.block_by_hash,
            "eth_getBlockTransactionCountByNumber": lambda tag: self._block(
                tag, lambda view: quantity(len(view["transactions"]))
            ),
            "eth_getLogs": lambda wanted: find_logs(self._chain, parse_object(wanted, "the filter")),
            "eth_newFilter": self._filters.new_log_filter,
            "eth_newBlockFilter": self._filters.new_block_filter,
            "eth_getFilterChanges": self._filters.changes,
            "eth_getFilterLogs": self._filters.logs,
            "eth_uninstallFilter": self._filters.uninstall,
            "evm_mine": self.evm_mine,
            "evm_increaseTime": self.evm_increase_time,
            "evm_setNextBlockTimestamp": self.evm_set_next_block_timestamp,
            "evm_snapshot": lambda: quantity(self._chain.snapshot()),
            "evm_revert": lambda number: self._chain.revert(parse_quantity(number, "the snapshot")),
        }

    # Chain data

    def block_by_number(self, tag: object, full: object = False) -> Json | None:
        """A block by number or tag; null past the head."""
        whole = parse_bool(full, "the second parameter")
        result: Json | None = self._block(tag, lambda view: block_view(view, whole))
        return result

    def block_by_hash(self, block_hash: object, full: object = False) -> Json | None:
        """A block by hash; null if there is none."""
        return self.block_by_number({"blockHash": block_hash}, full)

    def fee_history(self, count: object, newest: object, percentiles: object = None) -> Json:
        """Base fees and fullness of up to 1024 blocks; rewards are those of each block's transactions."""
        wanted = parse_quantity(count, "the block count", 1024)
        points = [float(point) for point in parse_list(percentiles or [], "the percentiles")]
        if len(points) > 100 or any(not 0 <= point <= 100 for point in points):
            raise invalid_params("the percentiles must be at most 100 numbers between 0 and 100")
        last = self._header(newest)
        end = min(last.block_number, self._engine.head.block_number)
        start = max(end - wanted + 1, 0)
        views = [view for number in range(start, end + 1) if (view := self._chain.view(number))]
        blocks = [view["block"] for view in views]
        following = self._engine.header(end + 1) or self._engine.pending_header()
        history: Json = {
            "oldestBlock": quantity(start),
            "baseFeePerGas": [block["baseFeePerGas"] for block in blocks]
            + [quantity(following.base_fee_per_gas or 0)],
            "gasUsedRatio": [int(block["gasUsed"], 16) / int(block["gasLimit"], 16) for block in blocks],
        }
        if points:
            # One transaction to a block at most, so every percentile is its tip.
            history["reward"] = [[_tip(view)] * len(points) for view in views]
        return history

    # State

    def storage_at(self, who: object, slot: object, tag: object = "latest") -> str:
        """One 32-byte word of a contract's storage."""
        value = self._state(tag).get_storage(_address(who), parse_quantity(slot, "the slot"))
        return data(value.to_bytes(32))

    def call(self, transaction: object, tag: object = "latest", overrides: object = None) -> str:
        """Run without a trace on the state after a block; error code 3 carries the revert data."""
        if overrides:
            raise invalid_params("state overrides are not supported")
        request = CallRequest.parse(transaction)
        gas = min(request.gas or BLOCK_GAS_LIMIT, BLOCK_GAS_LIMIT)
        outcome = self._engine.simulate(request, self._header(tag), gas)
        _raise_if_failed(outcome)
        return data(outcome.output)

    def estimate_gas(self, transaction: object, tag: object = "pending") -> str:
        """The gas limit that the transaction needs, at most 1.5 % too high."""
        estimate, outcome = self._engine.estimate(CallRequest.parse(transaction), self._header(tag))
        _raise_if_failed(outcome)
        return quantity(estimate)

    # Writing

    def send_raw_transaction(self, raw: object) -> str:
        """Mine a signed transaction at once; a reverting one is mined with status 0, as on any chain."""
        encoded = parse_data(raw, "the transaction")
        try:
            transaction = self._engine.decode(encoded)
        except Exception as error:
            raise invalid_params(f"the transaction can't be decoded: {error}") from error
        return self._chain.send(transaction)

    def send_transaction(self, transaction: object) -> str:
        """The same for an unsigned transaction of one of the development accounts."""
        request = CallRequest.parse(transaction)
        signer = next((a for a in self._accounts() if a.address.lower() == data(request.sender)), None)
        if signer is None:
            raise refused(
                f"unknown account {data(request.sender)}; sign for it and use eth_sendRawTransaction"
            )
        pending = self._engine.pending_header()
        tip = request.max_priority_fee_per_gas
        if tip is None:
            tip = min(PRIORITY_FEE_WEI, request.max_fee_per_gas or PRIORITY_FEE_WEI)
        gas = request.gas
        if gas is None:
            gas = int(self.estimate_gas(transaction), 16)
        fields: Json = {
            "type": 2,
            "chainId": self._chain.chain_id,
            "nonce": request.nonce,
            "maxPriorityFeePerGas": tip,
            "maxFeePerGas": request.max_fee_per_gas,
            "gas": gas,
            "to": request.to,
            "value": request.value,
            "data": request.data,
            "accessList": [
                {"address": data(address), "storageKeys": [data(slot.to_bytes(32)) for slot in slots]}
                for address, slots in request.access_list
            ],
        }
        if request.nonce is None:
            fields["nonce"] = self._engine.state(pending).get_nonce(Address(request.sender))
        if request.max_fee_per_gas is None:
            fields["maxFeePerGas"] = 2 * self._base_fee() + tip
        return self._chain.send(self._engine.decode(bytes(signer.sign_transaction(fields).raw_transaction)))

    # Time and blocks

    def evm_mine(self, timestamp: object = None) -> str:
        """An empty block, at `timestamp` (Unix seconds) if that is given."""
        if isinstance(timestamp, dict):
            timestamp = timestamp.get("timestamp")
        if timestamp is not None:
            self.evm_set_next_block_timestamp(timestamp)
        self._chain.mine()
        return "0x0"

    def evm_increase_time(self, seconds: object) -> str:
        """Set the chain's clock forward; answers by how much it is ahead altogether."""
        self._engine.time_offset += parse_quantity(seconds, "the seconds", MAX_TIME)
        return quantity(self._engine.time_offset)

    def evm_set_next_block_timestamp(self, timestamp: object) -> None:
        """The next block's time (Unix seconds), which later blocks go on from."""
        wanted = parse_quantity(timestamp, "the timestamp", MAX_TIME)
        if wanted < self._engine.head.timestamp:
            raise invalid_params(
                f"the timestamp {wanted} lies before the latest block's, {self._engine.head.timestamp}"
            )
        self._engine.next_timestamp = wanted

    # Helpers

    def _accounts(self) -> list[Any]:
        return dev_accounts(self._chain.accounts)

    def _base_fee(self) -> int:
        return self._engine.pending_header().base_fee_per_gas or 0

    def _number(self, tag: object) -> int:
        """A block number from a tag, a QUANTITY, or the object of EIP-1898; past the head is allowed."""
        head = self._engine.head.block_number
        if isinstance(tag, dict):
            if "blockHash" in tag:
                header = self._engine.header_by_hash(parse_hash(tag["blockHash"], "blockHash"))
                return head + 2 if header is None else header.block_number
            tag = tag.get("blockNumber")
        if tag is None or tag in _HEAD_TAGS:
            return head
        if tag == "pending":
            return head + 1
        return 0 if tag == "earliest" else parse_quantity(tag, "the block", 2**64 - 1)

    def _header(self, tag: object) -> BlockHeaderAPI:
        if tag == "pending":
            return self._engine.pending_header()
        header = self._engine.header(self._number(tag))
        if header is None:
            raise refused("header not found")
        return header

    def _state(self, tag: object) -> Any:
        return self._engine.state(self._header(tag))

    def _block(self, tag: object, part: Callable[[Json], Any]) -> Any:
        # Blocks are mined at once, so the pending block is the latest with nothing added.
        view = self._chain.view(self._engine.head.block_number if tag == "pending" else self._number(tag))
        return None if view is None else part(view)

    def _by_hash(self, value: object, part: str) -> Json | None:
        place = self._engine.transaction_place(parse_hash(value, "the transaction hash"))
        view = None if place is None else self._chain.view(place[0])
        if place is None or view is None:
            return None
        result: Json = view[part][place[1]]
        return result


def _address(value: object) -> Address:
    return Address(parse_address(value, "the address"))


def _tip(view: Json) -> str:
    for transaction in view["transactions"]:
        return quantity(int(transaction["gasPrice"], 16) - int(view["block"]["baseFeePerGas"], 16))
    return "0x0"


def _raise_if_failed(outcome: Outcome) -> None:
    if isinstance(outcome.error, Revert):
        raise revert_error(outcome.output)
    if outcome.error is not None:
        raise RpcError(-32000, f"execution failed: {type(outcome.error).__name__}: {outcome.error}")
