"""Names never leave their owner's store, except under an agreement that holds the field `names`.

Searched: every table of every other firm's database and its files, all call data and events of the chain, all
log lines. Of each owner: what it calls itself, lots, products, batches, equipment and devices; its secret;
and the salts of breakdowns that it has not disclosed.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from web3 import Web3

from tanso.devchain import DevchainProvider
from tanso.oracle.store import reading
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.database.tables import METADATA
from tanso.platform.demo.network import Network
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.lots.drafts import LotDraft, LotInput, Settlement

from ...databases import copied, files_of
from .conftest import agreed, send, trace

DEVICES = {"assembler": ["line meter"], "parts": ["gas meter"], "steel": ["rolling line"], "customer": []}
"""Devices by names that no other firm uses."""


@pytest.fixture(scope="module")
def untouched(
    request: pytest.FixtureRequest, firms_told: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Network]:
    """A network in which nothing was ever disclosed."""
    with (
        copied(request, firms_told, tmp_path_factory.mktemp("untouched") / "firms") as folder,
        Network.reopen(folder) as found,
        found.serving(),
    ):
        yield found


def names_of(network: Network, who: str) -> set[bytes]:
    """What an owner calls its things, and its secret; without what another firm uses itself."""
    engine = network.firms[who].node.engine
    with reading(engine) as session:
        (own,) = session.exec(select(LocalBusiness))
        drafts = list(session.exec(select(LotDraft)))
        names = {own.name, *(draft.local_name for draft in drafts), *(draft.product for draft in drafts)}
        names |= set(session.exec(select(Settlement.name))) | set(session.exec(select(LocalEquipment.name)))
    return {name.encode() for name in names | set(DEVICES[who])} | {own.secret}


def salts_of(network: Network, who: str) -> set[bytes]:
    with reading(network.firms[who].node.engine) as session:
        return {salt.encode() for salt in session.exec(select(LotInput.salt)) if salt}


def holdings(network: Network, who: str) -> bytes:
    """All that a firm's database holds: each cell of each table, and the files as they lie on the disk."""
    pieces = []
    with reading(network.firms[who].node.engine) as session:
        for table in METADATA.tables.values():
            for row in session.execute(table.select()):
                pieces += [cell if isinstance(cell, bytes) else str(cell).encode() for cell in row]
    pieces += [path.read_bytes() for path in files_of(network.firms[who].node.engine)]
    return b"\x00".join(pieces)


def on_chain(network: Network) -> bytes:
    """Call data of every transaction, topics and data of every event."""
    w3 = Web3(DevchainProvider(network.chain))
    pieces: list[bytes] = []
    for number in range(w3.eth.block_number + 1):
        block: Any = w3.eth.get_block(number, full_transactions=True)
        pieces += [bytes(transaction["input"]) for transaction in block["transactions"]]
    for log in w3.eth.get_logs({"fromBlock": 0, "toBlock": "latest"}):
        pieces += [bytes(topic) for topic in log["topics"]] + [bytes(log["data"])]
    return b"\x00".join(pieces)


def found_in(content: bytes, names: set[bytes]) -> set[bytes]:
    """The names in some bytes, written as they are or in hexadecimal."""
    return {name for name in names if name in content or name.hex().encode() in content}


def private(network: Network) -> dict[str, set[bytes]]:
    """Each owner's names that are its own alone."""
    all_names = {who: names_of(network, who) for who in network.firms}
    return {
        who: names - set().union(*(others for other, others in all_names.items() if other != who))
        for who, names in all_names.items()
    }


def strangers_holdings(network: Network, owner: str) -> dict[str, bytes]:
    return {who: holdings(network, who) for who in network.firms if who != owner}


def test_names_leave_their_owner_under_an_agreement_on_names_alone(
    untouched: Network, caplog: pytest.LogCaptureFixture
) -> None:
    network = untouched
    caplog.set_level(logging.DEBUG)
    own = private(network)
    assert b"Drive unit" in own["assembler"]
    assert b"coil 2018-01/1" in own["steel"]
    for owner, names in own.items():
        # What is searched for is there to be found.
        sought = names | salts_of(network, owner)
        assert found_in(holdings(network, owner), sought) == sought, owner
        for who, held in strangers_holdings(network, owner).items():
            assert found_in(held, sought) == set(), (owner, who)

    (drive,) = _lots(network, "assembler")
    # Everybody asks about something of everybody, and is refused.
    for who in network.firms:
        for maker in ("steel", "parts", "assembler"):
            send(network, who, "GET", f"/v1/lots/{_lots(network, maker)[0]}/trace", params={"proofs": True})
    assert all(
        found_in(held, names | salts_of(network, owner)) == set()
        for owner, names in own.items()
        for held in strangers_holdings(network, owner).values()
    )

    # Inputs are disclosed, with their salts; names are not.
    with agreed(network, ("assembler", "customer", 1), fields=("equipment", "materials")):
        assert trace(network, "customer", drive)[drive]["disclosure"] == "shown"
        held = strangers_holdings(network, "assembler")
    assert found_in(held["customer"], salts_of(network, "assembler")) == salts_of(network, "assembler")
    assert all(found_in(one, own["assembler"]) == set() for one in held.values())
    for who in ("steel", "parts"):
        assert found_in(held[who], salts_of(network, "assembler")) == set()

    # Names are disclosed to the customer, and to nobody else.
    with agreed(network, ("assembler", "customer", 1)):
        assert trace(network, "customer", drive)[drive]["names"]["product"] == "Drive unit"
        held = strangers_holdings(network, "assembler")
        told = found_in(held["customer"], own["assembler"])
        assert told == {b"Minato Assembly", b"Drive unit", b"drive units 2023-01-26"}
        assert all(found_in(held[who], own["assembler"]) == set() for who in ("steel", "parts"))

    everywhere = on_chain(network) + "\n".join(caplog.messages).encode()
    for owner, names in own.items():
        assert found_in(everywhere, names | salts_of(network, owner)) == set(), owner


def _lots(network: Network, who: str) -> list[str]:
    with reading(network.firms[who].node.engine) as session:
        return list(session.exec(select(LotDraft.lot_id)))
