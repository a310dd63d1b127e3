"""The chain itself: eth-tester's py-evm chain on our database, one block per transaction, Prague rules.

Time: a block's timestamp is the machine's clock plus what evm_increaseTime added, never before its parent's.
Two blocks may bear the same second (as on anvil), so that a burst of blocks does not run ahead of the clock.
"""

import sys
import time
from dataclasses import dataclass
from typing import Any

from eth import EVM_RECURSION_LIMIT
from eth.abc import BlockAPI, BlockHeaderAPI, ComputationAPI, ReceiptAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.exceptions import CanonicalHeadNotFound, HeaderNotFound, TransactionNotFound, VMError
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_hash.auto import keccak
from eth_tester.backends.pyevm.main import get_default_genesis_params, setup_tester_chain
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.exceptions import ValidationError

from .accounts import dev_accounts
from .database import ChainDatabase
from .errors import refused
from .params import CallRequest
from .settings import BLOCK_GAS_LIMIT, DEV_BALANCE_WEI

PRIORITY_FEE_WEI = 10**9  # what eth_maxPriorityFeePerGas answers, as geth's floor for quiet chains

# py_ecc, which py-evm loads, raises the whole process's limit to 100,000. Deeply nested JSON, here or in any
# other part of the program, would then overrun the C stack and kill the process instead of raising
# RecursionError. py-evm's own limit is enough for 1024 nested calls.
sys.setrecursionlimit(EVM_RECURSION_LIMIT)


class DevchainVM(PragueVM):
    """Prague, except that a block may bear its parent's timestamp."""

    @classmethod
    def validate_header(cls, header: BlockHeaderAPI, parent_header: BlockHeaderAPI) -> None:
        """As Prague; only a timestamp *before* the parent's is refused."""
        if parent_header is not None and header.timestamp == parent_header.timestamp:
            parent_header = parent_header.copy(timestamp=parent_header.timestamp - 1)
        super().validate_header(header, parent_header)


@dataclass(frozen=True, slots=True)
class Mined:
    """A block with its receipts."""

    block: BlockAPI
    receipts: tuple[ReceiptAPI, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulated call came to: gas in gas units, `error` None if it succeeded."""

    output: bytes
    gas_used: int
    gas_refunded: int
    error: VMError | None


class Engine:
    """py-evm on a `ChainDatabase`. Not thread-safe; the caller commits or discards after `mine`."""

    def __init__(self, database: ChainDatabase, chain_id: int, accounts: int) -> None:
        genesis = get_default_genesis_params({"gas_limit": BLOCK_GAS_LIMIT})
        state: Any = {
            bytes.fromhex(account.address[2:]): {
                "balance": DEV_BALANCE_WEI,
                "nonce": 0,
                "code": b"",
                "storage": {},
            }
            for account in dev_accounts(accounts)
        }
        _, template = setup_tester_chain(genesis, state, vm_configuration=((0, DevchainVM),))
        chain_class: type[MiningChain] = type(template).configure(chain_id=chain_id)
        self._database = database
        self.chain_id = chain_id
        self.time_offset = 0  # seconds that evm_increaseTime has added to the clock
        self.next_timestamp: int | None = None
        try:
            self._chain = chain_class(database)
        except CanonicalHeadNotFound:
            self._chain = chain_class.from_genesis(database, genesis, state)  # type: ignore[assignment]
        self.reload()

    def reload(self) -> None:
        """Read the head again after the database went back."""
        self.head: BlockHeaderAPI = self._chain.get_canonical_head()
        self.time_offset = max(self.time_offset, self.head.timestamp - int(time.time()), 0)

    def header(self, number: int) -> BlockHeaderAPI | None:
        """The header of block `number`, None past the head."""
        if number > self.head.block_number:
            return None
        return self._chain.get_canonical_block_header_by_number(BlockNumber(number))

    def header_by_hash(self, block_hash: bytes) -> BlockHeaderAPI | None:
        """The header with that hash, if there is one."""
        try:
            return self._chain.get_block_header_by_hash(Hash32(block_hash))
        except HeaderNotFound:
            return None

    def genesis(self) -> Mined:
        """Block 0."""
        return Mined(self._chain.get_canonical_block_by_number(BlockNumber(0)), ())

    def transaction_place(self, transaction_hash: bytes) -> tuple[int, int] | None:
        """(block number, index) of a mined transaction."""
        try:
            return self._chain.chaindb.get_transaction_index(Hash32(transaction_hash))
        except TransactionNotFound:
            return None

    def pending_header(self) -> BlockHeaderAPI:
        """The header that the next block would start from."""
        wanted = self.next_timestamp
        if wanted is None:
            wanted = max(self.head.timestamp, int(time.time()) + self.time_offset)
        return self._chain.create_header_from_parent(
            self.head,
            timestamp=wanted,
            # Reproducible, unlike a beacon chain's; nothing of ours draws lots by it.
            mix_hash=keccak(self.head.hash),
        )

    def state(self, header: BlockHeaderAPI) -> Any:
        """py-evm's state after the block of `header` (before it, for a pending header)."""
        return self._chain.get_vm(header).state

    def decode(self, raw: bytes) -> SignedTransactionAPI:
        """A signed transaction from its bytes. Raises whatever py-evm raises on malformed ones."""
        builder = DevchainVM.get_transaction_builder()
        return builder.decode(raw)

    def mine(self, transactions: tuple[SignedTransactionAPI, ...]) -> Mined:
        """Make the next block. Raises RpcError -32000 if py-evm refuses a transaction."""
        header = self.pending_header()
        self._chain.header = header
        try:
            result, receipts, _ = self._chain.mine_all(transactions)
        except ValidationError as error:
            raise refused(str(error)) from error
        if self.next_timestamp is not None:
            self.time_offset = header.timestamp - int(time.time())
            self.next_timestamp = None
        self.head = result.imported_block.header
        return Mined(result.imported_block, receipts)

    def simulate(self, request: CallRequest, header: BlockHeaderAPI, gas: int) -> Outcome:
        """Run a call on the state and in the block of `header`, free of charge, and forget its effects."""
        vm = self._chain.get_vm(header)
        builder = vm.get_transaction_builder()
        unsigned = builder.new_unsigned_dynamic_fee_transaction(  # type: ignore[attr-defined]
            chain_id=self.chain_id,
            nonce=vm.state.get_nonce(Address(request.sender)),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=0,
            gas=gas,
            to=Address(request.to),
            value=request.value,
            data=request.data,
            access_list=request.access_list,
        )
        call: Any = SpoofTransaction(unsigned, from_=request.sender)
        if gas < call.intrinsic_gas:
            raise refused(f"intrinsic gas too low: have {gas}, want {call.intrinsic_gas}")
        balance = vm.state.get_balance(Address(request.sender))
        if balance < request.value:
            raise refused(
                f"insufficient funds for transfer: address 0x{request.sender.hex()} "
                f"have {balance} want {request.value}"
            )
        executor: Any = vm.state.get_transaction_executor()
        computation: ComputationAPI = executor.build_computation(executor.build_evm_message(call), call)
        used = gas - computation.get_gas_remaining()
        refund = executor.calculate_gas_refund(computation, used)
        floor = executor.calc_data_floor_gas(call, used, refund)
        error = computation.error if computation.is_error else None
        return Outcome(bytes(computation.output), used - refund + floor, refund, error)

    def estimate(self, request: CallRequest, header: BlockHeaderAPI) -> tuple[int, Outcome]:
        """The least gas limit with which the call succeeds, at most 1.5 % too high (as geth searches).

        Returns the outcome at the highest limit as well; if that failed, the number means nothing.
        """
        high = min(request.gas or BLOCK_GAS_LIMIT, BLOCK_GAS_LIMIT)
        first = self.simulate(request, header, high)
        if first.error is not None:
            return 0, first
        low = first.gas_used - 1
        # What is needed is what was used plus refunds, plus the 1/64 that each call holds back.
        guess = (first.gas_used + first.gas_refunded + 2300) * 64 // 63
        if first.gas_used == 21_000 and not request.data:
            guess = 21_000
        while low + 1 < high and (high - low) / high >= 0.015:
            middle = guess if guess else (low + high) // 2
            guess = 0
            if not low < middle < high:
                continue
            if self._succeeds(request, header, middle):
                high = middle
            else:
                low = middle
        return high, first

    def _succeeds(self, request: CallRequest, header: BlockHeaderAPI, gas: int) -> bool:
        return self.simulate(request, header, gas).error is None
