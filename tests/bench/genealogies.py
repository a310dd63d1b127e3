"""A ledger of as many lots as wanted, made up but true to itself: for measuring the read model.

Products of 1,000 lots each, up to twenty steps deep, each by one of ten businesses. Every lot is a batch of
its own, with a use of equipment, a material from outside and the lots that it is made of; and a part of it
is sold: what the contracts would have written for that, packed as they write it. From these events on, the
way is the indexer's own.
"""

import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hexbytes import HexBytes

from tanso.contracts.contract import LedgerEvent
from tanso.contracts.expansion import expand
from tanso.contracts.packing import pack_batch
from tanso.contracts.units import Unit
from tanso.contracts.values import Batch, EquipmentUse, ExternalUse, MaterialUse, NewLot

LOTS_PER_PRODUCT, DEEPEST, BUSINESSES = 1000, 20, 10
LOTS_PER_BLOCK = 20
GOOD, USED = 100, 25
"""Pieces of each lot, and how many of them go into a lot made of it, or are sold."""
OWN_UG, PRIMARY_UG = 1_000, 400
FORMULA = "0x" + "f0" * 32
START = 1_700_000_000


def identity(kind: str, number: int) -> str:
    """A hashed 128-bit ID."""
    return "0x" + hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[:32]


def digest(*what: object) -> str:
    """A 256-bit hash."""
    return "0x" + hashlib.sha256(repr(what).encode()).hexdigest()


BUSINESS_IDS = [identity("business", number) for number in range(BUSINESSES)]
ACCOUNTS = {f"0x{number + 1:040x}": business for number, business in enumerate(BUSINESS_IDS)}
ACCOUNT_OF = {business: account for account, business in ACCOUNTS.items()}


@dataclass(frozen=True)
class Made:
    """A lot with what went into it: `materials` as (number, µg CO2e, µg primary)."""

    number: int
    maker: str
    materials: tuple[tuple[int, int, int], ...]

    @property
    def lot_id(self) -> str:
        return identity("lot", self.number)

    @property
    def co2_ug(self) -> int:
        return OWN_UG + sum(part[1] for part in self.materials)

    @property
    def primary_ug(self) -> int:
        return PRIMARY_UG + sum(part[2] for part in self.materials)


class Ledger:
    """So many lots: `made` in the order of their settlement; `products` end a genealogy each."""

    def __init__(self, lots: int) -> None:
        self.made: list[Made] = []
        self.products: list[Made] = []
        self.writing_s = 0.0
        """Seconds that went into making events up, which is nothing that a node does."""
        for first in range(0, lots, LOTS_PER_PRODUCT):
            self._make_product(first, min(LOTS_PER_PRODUCT, lots - first))

    def _make_product(self, first: int, count: int) -> None:
        """A tree with some diamonds: lot 0 is the product, each other goes into one or two before it."""
        chance = random.Random(first)
        depths = [0]
        sources: list[list[int]] = [[] for _ in range(count)]
        for lot in range(1, count):
            user = lot - 1 if lot <= DEEPEST else chance.randrange(lot)
            while depths[user] >= DEEPEST:
                user = chance.randrange(lot)
            depths.append(depths[user] + 1)
            sources[user].append(lot)
            other = chance.randrange(lot)
            if lot > DEEPEST and other != user and depths[other] < depths[lot]:
                sources[other].append(lot)
        done: dict[int, Made] = {}
        for lot in sorted(range(count), key=lambda lot: -depths[lot]):
            parts = ((done[source], first + source) for source in sources[lot])
            materials = tuple((number, _part(one.co2_ug), _part(one.primary_ug)) for one, number in parts)
            done[lot] = Made(first + lot, BUSINESS_IDS[first // LOTS_PER_PRODUCT % BUSINESSES], materials)
        self.made += done.values()
        self.products.append(done[0])

    @property
    def blocks(self) -> int:
        return -(-len(self.made) // LOTS_PER_BLOCK)

    def events(self, from_block: int, to_block: int) -> list[LedgerEvent]:
        """What the indexer asks for: the contracts' events, expanded as for a real ledger."""
        began = time.perf_counter()
        written = list(self._written(from_block, to_block))
        self.writing_s += time.perf_counter() - began
        return list(expand(written, ACCOUNTS.get, lambda _: FORMULA))

    def wrote_in(self, block_hash: str, bloom: bytes) -> bool:  # noqa: ARG002
        raise AssertionError("every block has events, and they all came")

    def _written(self, from_block: int, to_block: int) -> Iterator[LedgerEvent]:
        for block in range(max(from_block, 1), to_block + 1):
            lots = self.made[(block - 1) * LOTS_PER_BLOCK : block * LOTS_PER_BLOCK]
            written = (event for lot in lots for event in (*_settlement(lot), *_sale(lot)))
            for index, (name, args, transaction) in enumerate(written):
                yield LedgerEvent("Lots", name, args, block, digest("block", block), transaction, index)


def _part(mass: int) -> int:
    return -(-mass * USED // GOOD)


def _settlement(lot: Made) -> Iterator[tuple[str, dict[str, Any], str]]:
    new = NewLot(lot.lot_id, Unit.PIECE, lot.co2_ug, lot.primary_ug, GOOD, 1, digest("root", lot.number))
    batch = Batch(
        batch_id=identity("batch", lot.number),
        period_start=START,
        period_end=START + 1000,
        formula_id=FORMULA,
        materials=tuple(MaterialUse(identity("lot", number), USED) for number, _, _ in lot.materials),
        externals=(ExternalUse(identity("factor", 0), 7),),
        equipment=(EquipmentUse(identity("equipment", lot.number % 100), 0, 60),),
        lots=(new,),
    )
    masses = [(mass, 8) for _, *both in lot.materials for mass in both]
    masses += [(OWN_UG - PRIMARY_UG, 12), (PRIMARY_UG, 12), (PRIMARY_UG, 12)]
    data = pack_batch(batch, 1) + b"".join(mass.to_bytes(size, "big") for mass, size in masses)
    args = {"business_id": lot.maker, "settlement": "0x" + data.hex()}
    yield "BatchSettled", args, digest("settlement", lot.number)


def _sale(lot: Made) -> Iterator[tuple[str, dict[str, Any], str]]:
    transaction = digest("sale", lot.number)
    buyer = BUSINESS_IDS[(BUSINESS_IDS.index(lot.maker) + 1 + lot.number % (BUSINESSES - 1)) % BUSINESSES]
    move = {"from": ACCOUNT_OF[lot.maker], "to": ACCOUNT_OF[buyer], "id": int(lot.lot_id, 16), "value": USED}
    yield "TransferSingle", move, transaction
    part = _part(lot.co2_ug) << 106 | _part(lot.primary_ug) << 42
    yield "CarbonShipped", {"part": part}, transaction


class Chain:
    """As much of a node as the indexer's reader asks: blocks that follow on each other."""

    def __init__(self, ledger: Ledger) -> None:
        self.eth, self._head = self, ledger.blocks

    def get_block(self, which: Any) -> dict[str, Any]:
        number = self._head if which == "latest" else int(which)
        return {
            "number": number,
            "hash": HexBytes(digest("block", number)),
            "parentHash": HexBytes(digest("block", number - 1)),
            "timestamp": START + number,
            "logsBloom": HexBytes(b"\xff" * 256),
        }
