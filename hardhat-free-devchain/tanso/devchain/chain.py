"""`Devchain`: the local chain as one object, in memory or kept on disk, answering JSON-RPC."""

import json
import threading
from pathlib import Path
from typing import Any, Self

from eth.abc import BlockHeaderAPI, SignedTransactionAPI
from eth_typing import Address

from .database import ChainDatabase
from .engine import Engine
from .errors import OtherState, StateError, refused
from .params import data
from .rpc import Dispatcher
from .settings import (
    ANVIL_FILE_NAME,
    BLOCK_GAS_LIMIT,
    CHAIN_FILE_NAME,
    DEFAULT_ACCOUNTS,
    DEFAULT_CHAIN_ID,
    MAX_ACCOUNTS,
    MAX_CHAIN_ID,
)
from .store import About, ChainLog
from .views import Json, encode_view

_VIEW_KEY = b"tanso:view:"


class Devchain:
    """A chain that mines each transaction at once. Use `open`; close it, or use it as a context manager.

    Everything that a client can do goes through `handle`, in process or over HTTP.
    """

    def __init__(self, database: ChainDatabase, about: About, log: ChainLog | None) -> None:
        self.lock = threading.RLock()
        self.chain_id = about.chain_id
        self.accounts = about.accounts
        self.engine = Engine(database, about.chain_id, about.accounts)
        self._database = database
        self._log = log
        self._snapshots: dict[int, tuple[int, int, int]] = {}
        self._next_snapshot = 1
        if _view_key(0) not in database:
            database[_view_key(0)] = encode_view(self.engine.genesis())
            database.commit()
        self._dispatcher = Dispatcher(self)

    @classmethod
    def open(
        cls, state: Path | None = None, *, chain_id: int = DEFAULT_CHAIN_ID, accounts: int = DEFAULT_ACCOUNTS
    ) -> Self:
        """A chain kept in the folder `state` (made if need be), or in memory if that is None.

        Raises DamagedState, OtherState or StateInUse; each names the file and says what to do.
        """
        if not 1 <= accounts <= MAX_ACCOUNTS:
            raise ValueError(f"accounts must lie between 1 and {MAX_ACCOUNTS}, not {accounts}")
        if not 1 <= chain_id <= MAX_CHAIN_ID:
            raise ValueError(f"chain_id must lie between 1 and {MAX_CHAIN_ID}, not {chain_id}")
        about = About(chain_id, accounts)
        if state is None:
            return cls(ChainDatabase({}), about, None)
        path = state / CHAIN_FILE_NAME
        if not path.exists():
            _create(state, path, about)
        log, values = ChainLog.open(path)
        try:
            if log.about.chain_id != chain_id:
                raise OtherState(
                    f"{path} holds a chain with id {log.about.chain_id}, not {chain_id}. "
                    f"Ask for chain id {log.about.chain_id}, or name another folder."
                )
            if log.about.accounts != accounts:
                raise OtherState(
                    f"{path} was made with {log.about.accounts} accounts, not {accounts}. "
                    f"Ask for {log.about.accounts} accounts, or name another folder."
                )
            return cls(ChainDatabase(values, log), about, log)
        except BaseException:
            log.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the state on disk. Every block is already there; nothing is lost without it."""
        with self.lock:
            if self._log is not None:
                self._log.close()

    def handle(self, request: object) -> Any:
        """Answer one JSON-RPC request (a dict) or a batch (a list); None for notifications. Thread-safe."""
        return self._dispatcher.handle(request)

    def handle_text(self, text: bytes) -> bytes | None:
        """The same for JSON text, as it comes over HTTP."""
        return self._dispatcher.handle_text(text)

    # What the JSON-RPC methods are made of; the dispatcher holds the lock.

    def view(self, number: int) -> Json | None:
        """Block `number` as JSON: {"block": …, "transactions": […], "receipts": […]}."""
        raw = self.raw_view(number)
        return None if raw is None else json.loads(raw)

    def raw_view(self, number: int) -> bytes | None:
        """The same, unparsed."""
        try:
            return self._database[_view_key(number)]
        except KeyError:
            return None

    def mine(self, transactions: tuple[SignedTransactionAPI, ...] = ()) -> Json:
        """Make a block and keep it; a refused transaction changes nothing. Returns the block's view."""
        head = self.engine.head
        try:
            mined = self.engine.mine(transactions)
            view = encode_view(mined)
            self._database[_view_key(mined.block.number)] = view
            self._database.commit()
        except BaseException:
            self._database.discard()
            self.engine.head = head
            raise
        parsed: Json = json.loads(view)
        return parsed

    def send(self, transaction: SignedTransactionAPI) -> str:
        """Check a signed transaction in the order and wording of geth, mine it, return its hash."""
        transaction_hash = transaction.hash
        if self.engine.transaction_place(transaction_hash) is not None:
            raise refused("already known")
        self._check(transaction)
        self.mine((transaction,))
        return data(transaction_hash)

    def snapshot(self) -> int:
        """Remember this point; returns its number. Snapshots live as long as the process."""
        number = self._next_snapshot
        self._next_snapshot += 1
        log_count = 0 if self._log is None else self._log.count
        self._snapshots[number] = (self._database.mark(), log_count, self.engine.time_offset)
        return number

    def revert(self, number: int) -> bool:
        """Go back to a snapshot, which is used up by that, as are later ones. False if there is none."""
        if number not in self._snapshots:
            return False
        mark, log_count, time_offset = self._snapshots[number]
        self._database.rewind(mark, log_count)
        self._snapshots = {key: value for key, value in self._snapshots.items() if key < number}
        self.engine.time_offset = time_offset
        self.engine.reload()
        return True

    def _check(self, transaction: SignedTransactionAPI) -> None:
        engine = self.engine
        if transaction.type_id == 3:
            raise refused("transaction type not supported")
        if transaction.chain_id not in (None, self.chain_id):
            raise refused(f"invalid chain id for signer: have {transaction.chain_id} want {self.chain_id}")
        try:
            sender = transaction.sender
        except Exception as error:
            raise refused("invalid sender") from error
        pending: BlockHeaderAPI = engine.pending_header()
        state = engine.state(pending)
        nonce = state.get_nonce(Address(sender))
        who = f"address 0x{sender.hex()}"
        if transaction.gas > BLOCK_GAS_LIMIT:
            raise refused(f"exceeds block gas limit: {transaction.gas} > {BLOCK_GAS_LIMIT}")
        if transaction.nonce < nonce:
            raise refused(f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce > nonce:
            raise refused(
                f"nonce too high: {who}, tx: {transaction.nonce} state: {nonce} "
                "(this chain mines at once and keeps no queue)"
            )
        if transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas:
            raise refused(f"max priority fee per gas higher than max fee per gas: {who}")
        base_fee = state.base_fee
        if transaction.max_fee_per_gas < base_fee:
            raise refused(
                f"max fee per gas less than block base fee: {who}, "
                f"maxFeePerGas: {transaction.max_fee_per_gas}, baseFee: {base_fee}"
            )
        if transaction.gas < transaction.intrinsic_gas:
            raise refused(
                f"intrinsic gas too low: gas {transaction.gas}, minimum needed {transaction.intrinsic_gas}"
            )
        cost = transaction.gas * transaction.max_fee_per_gas + transaction.value
        balance = state.get_balance(Address(sender))
        if balance < cost:
            raise refused(f"insufficient funds for gas * price + value: {who} have {balance} want {cost}")


def _create(state: Path, path: Path, about: About) -> None:
    if (state / ANVIL_FILE_NAME).exists():
        raise OtherState(
            f"{state} holds a chain of the anvil engine ({ANVIL_FILE_NAME}). "
            "Ask for the engine anvil, or name another folder."
        )
    leftovers = [
        name for suffix in ("-journal", "-wal") if (name := path.with_name(path.name + suffix)).exists()
    ]
    if leftovers:
        raise StateError(
            f"{path} is missing, but {leftovers[0].name} is there. "
            "Restore the file, or move the folder away to start a new chain."
        )
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{state} can't be made: {error.strerror}. Name another folder.") from error
    fresh = ChainDatabase({})
    Devchain(fresh, about, None)
    ChainLog.create(path, about, fresh.contents())


def _view_key(number: int) -> bytes:
    return _VIEW_KEY + str(number).encode()
