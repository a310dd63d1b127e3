"""The state on disk: it goes on where it stopped, and a damaged one is refused, never answered from."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from web3 import Web3

from tanso.devchain import (
    DamagedState,
    Devchain,
    DevchainProvider,
    OtherState,
    StateError,
    StateInUse,
    dev_account,
)
from tanso.devchain.settings import CHAIN_FILE_NAME
from tanso.devchain.store import About, ChainLog

SENDER = dev_account(0)


def _send(w3: Web3, value: int) -> Any:
    sent = w3.eth.send_transaction({"from": SENDER.address, "to": dev_account(1).address, "value": value})
    return w3.eth.get_transaction_receipt(sent)


def _everything(chain: Devchain) -> list[Any]:
    """All that the chain can tell: blocks, transactions, receipts, and each account's state."""
    w3 = Web3(DevchainProvider(chain))
    head = w3.eth.block_number
    blocks = [(dict(w3.eth.get_block(n, True)), w3.eth.get_block_receipts(n)) for n in range(head + 1)]
    return [blocks, [(w3.eth.get_balance(a), w3.eth.get_transaction_count(a)) for a in w3.eth.accounts]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, deploy: Callable[[Web3], Any]) -> bytes:
    """A state file with a contract, a call and some transfers in it."""
    folder = tmp_path_factory.mktemp("whole")
    with Devchain.open(folder) as chain:
        w3 = Web3(DevchainProvider(chain))
        deploy(w3).functions.note(1, 2, "kept").transact({"from": SENDER.address})
        for value in range(4):
            _send(w3, value)
    return (folder / CHAIN_FILE_NAME).read_bytes()


def _open(folder: Path, content: bytes) -> tuple[About, dict[bytes, bytes]]:
    path = folder / CHAIN_FILE_NAME
    path.write_bytes(content)
    log, values = ChainLog.open(path)
    log.close()
    return log.about, values


def _open_or_refuse(folder: Path, content: bytes) -> tuple[About, dict[bytes, bytes]] | StateError:
    try:
        return _open(folder, content)
    except StateError as error:
        return error


def test_a_restarted_chain_is_the_same_chain_and_goes_on(
    tmp_path: Path, deploy: Callable[[Web3], Any]
) -> None:
    with Devchain.open(tmp_path) as chain:
        w3 = Web3(DevchainProvider(chain))
        notebook = deploy(w3)
        notebook.functions.note(1, 2, "kept").transact({"from": SENDER.address})
        before = _everything(chain)
    with Devchain.open(tmp_path) as chain:
        assert _everything(chain) == before
        w3 = Web3(DevchainProvider(chain))
        again = w3.eth.contract(address=notebook.address, abi=notebook.abi)
        assert again.functions.notes(1).call() == 2
        assert [event["args"]["text"] for event in again.events.Noted().get_logs(from_block=0)] == ["kept"]
        receipt = _send(w3, 1)
        assert (receipt["blockNumber"], w3.eth.get_transaction(receipt["transactionHash"])["nonce"]) == (3, 2)
        parent, child = w3.eth.get_block(2), w3.eth.get_block(3)
        assert child["parentHash"] == parent["hash"]
        assert child["timestamp"] >= parent["timestamp"]


def test_each_block_is_on_disk_when_it_is_answered(tmp_path: Path) -> None:
    chain = Devchain.open(tmp_path)
    _send(Web3(DevchainProvider(chain)), 5)
    copy = (tmp_path / CHAIN_FILE_NAME).read_bytes()  # no close: what a kill would leave
    told = _everything(chain)
    chain.close()
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / CHAIN_FILE_NAME).write_bytes(copy)
    with Devchain.open(tmp_path / "copy") as again:
        assert _everything(again) == told


def test_a_flipped_byte_is_refused_or_makes_no_difference(tmp_path: Path, whole: bytes) -> None:
    truth = _open(tmp_path, whole)
    refused = 0
    offsets = [*range(104), *range(104, len(whole), len(whole) // 200)]
    for offset in offsets:
        flipped = bytearray(whole)
        flipped[offset] ^= offset % 255 + 1
        told = _open_or_refuse(tmp_path, bytes(flipped))
        if isinstance(told, StateError):
            refused += 1
            assert str(tmp_path / CHAIN_FILE_NAME) in str(told)
            continue
        assert told == truth, f"byte {offset} was flipped unnoticed"
        log, _ = ChainLog.open(tmp_path / CHAIN_FILE_NAME)  # unused space: the chain goes on and stays whole
        log.append({b"key": bytes(5000)})
        log.close()
        log, values = ChainLog.open(tmp_path / CHAIN_FILE_NAME)
        log.close()
        assert values == truth[1] | {b"key": bytes(5000)}
    assert refused > len(offsets) * 0.6


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, whole: bytes) -> None:
    for length in [*range(0, 200, 20), *range(200, len(whole), 1031), len(whole) - 1]:
        with pytest.raises(DamagedState, match="is damaged"):
            _open(tmp_path, whole[:length])


def test_a_cut_that_takes_nothing_but_a_zero_is_refused_too(tmp_path: Path) -> None:
    ChainLog.create(tmp_path / CHAIN_FILE_NAME, About(109, 1), {b"key": b"value"})
    whole = (tmp_path / CHAIN_FILE_NAME).read_bytes()
    assert whole[-1] == 0, "choose a chain ID with which the digest at the end of the file ends in a zero"
    with pytest.raises(DamagedState, match=f"has {len(whole) - 1} bytes"):
        _open(tmp_path, whole[:-1])


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entries WHERE seq = 3",
        "DELETE FROM entries WHERE seq = 1",
        "DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)",
        "DELETE FROM entries",
        "DELETE FROM head",
        "INSERT INTO entries SELECT 100, writes, digest FROM entries WHERE seq = 2",
        "UPDATE entries SET seq = 100 WHERE seq = 3",
        "UPDATE entries SET writes = (SELECT writes FROM entries WHERE seq = 2) WHERE seq = 3",
        "UPDATE head SET about = replace(about, '31337', '31338')",
        "INSERT INTO head SELECT 2, about, digest FROM head",
        "UPDATE head SET id = 0",
        "UPDATE head SET about = CAST(about AS BLOB)",
        "UPDATE entries SET writes = CAST(writes AS TEXT) WHERE seq = 2",
        "DROP TABLE head",
        "CREATE TABLE other (x)",
        "PRAGMA user_version = 0",
    ],
)
def test_missing_moved_or_added_rows_are_refused(tmp_path: Path, whole: bytes, statement: str) -> None:
    path = tmp_path / CHAIN_FILE_NAME
    path.write_bytes(whole)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
    with pytest.raises(DamagedState, match="Restore a copy of it, or move it away"):
        Devchain.open(tmp_path)


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / CHAIN_FILE_NAME
    path.write_text("notes\n")
    with pytest.raises(DamagedState, match="not a chain written by this program"):
        Devchain.open(tmp_path)
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE entries (x)")
    with pytest.raises(DamagedState, match="not a chain written by this program"):
        Devchain.open(tmp_path)
    assert path.stat().st_size > 0


def test_a_newer_format_is_named(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / CHAIN_FILE_NAME
    path.write_bytes(whole)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(OtherState, match="newer format"):
        Devchain.open(tmp_path)


def test_another_chain_id_or_number_of_accounts_is_refused(tmp_path: Path) -> None:
    Devchain.open(tmp_path, chain_id=5, accounts=3).close()
    with pytest.raises(OtherState, match="chain with id 5, not 31337"):
        Devchain.open(tmp_path, accounts=3)
    with pytest.raises(OtherState, match="made with 3 accounts, not 10"):
        Devchain.open(tmp_path, chain_id=5)
    with Devchain.open(tmp_path, chain_id=5, accounts=3) as chain:
        assert Web3(DevchainProvider(chain)).eth.chain_id == 5
        assert len(Web3(DevchainProvider(chain)).eth.accounts) == 3


def test_a_state_in_use_is_refused_until_it_is_closed(tmp_path: Path) -> None:
    first = Devchain.open(tmp_path)
    with pytest.raises(StateInUse, match="in use by another process"):
        Devchain.open(tmp_path)
    first.close()
    Devchain.open(tmp_path).close()


def test_the_folder_of_the_other_engine_is_refused(tmp_path: Path) -> None:
    (tmp_path / "anvil.json").write_text("{}")
    with pytest.raises(OtherState, match="engine anvil"):
        Devchain.open(tmp_path)


def test_a_missing_file_with_its_journal_left_is_not_taken_for_a_new_chain(tmp_path: Path) -> None:
    (tmp_path / f"{CHAIN_FILE_NAME}-journal").write_bytes(b"x")
    with pytest.raises(StateError, match="is missing, but"):
        Devchain.open(tmp_path)


def test_a_block_that_the_disk_refuses_is_not_mined(tmp_path: Path) -> None:
    with Devchain.open(tmp_path) as chain:
        w3 = Web3(DevchainProvider(chain))
        _send(w3, 1)
        before = _everything(chain)
        assert chain._log is not None
        # As small as it is: the next page does not fit, as on a full disk.
        chain._log._connection.execute("PRAGMA max_page_count = 1")
        answer = chain.handle({"jsonrpc": "2.0", "id": 1, "method": "evm_mine"})
        for _ in range(20):
            if "error" in answer:
                break
            before = _everything(chain)
            answer = chain.handle({"jsonrpc": "2.0", "id": 1, "method": "evm_mine"})
        assert "full" in answer["error"]["message"]
        assert _everything(chain) == before
        chain._log._connection.execute("PRAGMA max_page_count = 1000000")
        _send(w3, 2)
        told = _everything(chain)
    with Devchain.open(tmp_path) as chain:
        assert _everything(chain) == told


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match=r"file can't be made.*Name another folder"):
        Devchain.open(tmp_path / "file")
    (tmp_path / f"{CHAIN_FILE_NAME}.new-{os.getpid()}").mkdir()  # where the new file would be written first
    with pytest.raises(StateError, match=rf"{CHAIN_FILE_NAME} can't be written.*name another folder"):
        Devchain.open(tmp_path)
    (tmp_path / CHAIN_FILE_NAME).mkdir()
    with pytest.raises(StateError, match=f"{CHAIN_FILE_NAME} can't be read"):
        Devchain.open(tmp_path)


def test_silly_numbers_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    for options in ({"accounts": 0}, {"accounts": 101}, {"chain_id": 0}, {"chain_id": 2**53}):
        with pytest.raises(ValueError, match="must lie between"):
            Devchain.open(tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()
