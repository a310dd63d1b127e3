"""A small economy on the real contracts, for tests of what the platform makes of the ledger's events.

world    three businesses, each with one machine, its first report and a material from outside the network
dump     all rows of the read model of an engine, to compare two of them
anvil_world  the same on anvil
clean    the rows that an undisturbed indexer with a new database makes of the chain as it is at the call;
clean_of the same of the world given
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from sqlalchemy import Engine
from sqlmodel import select
from web3 import HTTPProvider, Web3

from tanso.contracts.identity import content_hash, derive_id, keccak
from tanso.contracts.ledger import Call
from tanso.contracts.units import Unit, emissions_up, split_exactly
from tanso.contracts.values import (
    ZERO_HASH,
    Batch,
    Entry,
    EquipmentUse,
    ExternalUse,
    Factor,
    LeftOver,
    MaterialUse,
    NewLot,
    Reduction,
    Report,
)
from tanso.devchain import Devchain, DevchainProvider
from tanso.oracle.quorum import sign_with_quorum
from tanso.oracle.store import create_tables, open_store, reading
from tanso.platform.indexer.service import Indexer
from tanso.platform.indexer.tables import READ_MODEL

INTENSITY_PG = 1_234_567
"""Each machine's intensity, pg per second."""
RESIN_PG = 987_654_321
"""The outside material's factor, pg per gram."""
DECLARED_UG = 10**9
FORMULA = content_hash(b"formula")


@dataclass(frozen=True)
class Business:
    """A registered business with one machine."""

    account: LocalAccount
    business_id: str
    machine_id: str


@dataclass(repr=False)
class World:
    """What happens on the chain; every method is at least one transaction of its own."""

    chain: Any
    businesses: list[Business]
    factor_id: str
    period: tuple[int, int]
    settled: list[Batch] = field(default_factory=list)

    def __repr__(self) -> str:
        """Short, for failure reports."""
        return f"World({len(self.settled)} batches)"

    @staticmethod
    def id(kind: str, name: str) -> str:
        return derive_id(b"a secret of the test world", kind, name)

    def lot(self, name: str) -> str:
        return self.id("lot", name)

    @property
    def now(self) -> int:
        """Time of the newest block."""
        return int(self.chain.w3.eth.get_block("latest")["timestamp"])

    def pass_time(self, seconds: int) -> int:
        """Lets time pass, mines a block, and gives its time."""
        self.chain.rpc("evm_increaseTime", seconds)
        self.chain.rpc("evm_mine")
        return self.now

    def send(self, call: Call, business: int) -> Any:
        return self.chain.send(call, self.businesses[business].account)

    def report(self, business: int, declared_ug: int, intensity_pg: int = INTENSITY_PG) -> None:
        """An oracle report of the world's period, or of a thousand seconds after the last one."""
        who = self.businesses[business]
        reports = self.chain.ledger.reports
        sequence = reports.next_sequence(who.business_id)
        start, end = self.period
        if sequence:
            start, end = end + 1000 * (sequence - 1), end + 1000 * sequence
        report = Report(
            business_id=who.business_id,
            period_start=start,
            period_end=end,
            sequence=sequence,
            deadline=self.now + 10**6,
            formula_id=FORMULA,
            evidence_root=ZERO_HASH,
            declared_ug=declared_ug,
            entries=(Entry(who.machine_id, intensity_pg),),
        )
        signatures = sign_with_quorum(reports.typed_data(report), self.chain.oracle_keys, needed=2)
        self.send(reports.submit(report, signatures), business)

    def settle(
        self,
        business: int,
        lots: dict[str, int],
        *,
        materials: dict[str, int] | None = None,
        resin: int = 0,
        seconds: int = 0,
        left_over: int = 0,
        record: int = 0,
    ) -> Batch:
        """A batch that makes lots (name: good pieces) and leaves `left_over` µg or less over as waste.

        `seconds` of the machine are charged at its `record`-th intensity, or its baseline if that is more.
        """
        ledger, who = self.chain.ledger, self.businesses[business]
        start, end = self.period
        charged = INTENSITY_PG
        if record:
            start, end = end + 1000 * (record - 1), end + 1000 * record
            baseline = ledger.equipment.baseline_of(who.machine_id)
            charged = max(charged, baseline[0]) if baseline and end > baseline[1] else charged
        primary = emissions_up(seconds, INTENSITY_PG)
        other = emissions_up(resin, RESIN_PG) + emissions_up(seconds, charged) - primary
        for name, quantity in (materials or {}).items():
            mass, metered = ledger.lots.share_of(self.lot(name), who.account.address, quantity)
            primary += metered
            other += mass - metered
        waste = min(left_over, other) if lots else other
        waste_primary = 0 if lots else primary
        shares = zip(
            lots.items(),
            split_exactly(other - waste, list(lots.values())) if lots else (),
            split_exactly(primary, list(lots.values())) if lots else (),
            strict=True,
        )
        batch = Batch(
            batch_id=self.id("batch", f"{len(self.settled)}"),
            period_start=start,
            period_end=end,
            formula_id=FORMULA,
            materials=tuple(MaterialUse(self.lot(name), n) for name, n in (materials or {}).items()),
            externals=(ExternalUse(self.factor_id, resin),) if resin else (),
            equipment=(EquipmentUse(who.machine_id, record, seconds),) if seconds else (),
            lots=tuple(
                NewLot(self.lot(name), Unit.PIECE, a + b, b, good, 0, content_hash(name.encode()))
                for (name, good), a, b in shares
            ),
            left_overs=(LeftOver("waste", waste + waste_primary, waste_primary),)
            if waste + waste_primary or not lots
            else (),
        )
        self.send(ledger.lots.settle(batch), business)
        self.settled.append(batch)
        return batch

    def ship(self, name: str, sender: int, receiver: int, quantity: int) -> None:
        who, to = self.businesses[sender], self.businesses[receiver]
        call = self.chain.ledger.lots.ship(self.lot(name), who.account.address, to.account.address, quantity)
        self.send(call, sender)

    def consume(self, name: str, business: int, quantity: int) -> None:
        self.send(self.chain.ledger.lots.consume(self.lot(name), quantity, content_hash(b"eaten")), business)

    def restate(self, name: str, business: int, co2_ug: int, primary_ug: int = 0) -> None:
        call = self.chain.ledger.lots.restate(self.lot(name), co2_ug, primary_ug, content_hash(b"a meter"))
        self.send(call, business)

    def enrol(self, business: int, baseline_pg: int) -> None:
        """The business's machine in a programme of its own, from the end of what was reported on."""
        who, credit = self.businesses[business], self.chain.ledger.credits
        programme = self.id("programme", f"{business}")
        self.chain.send(self.chain.ledger.access.grant("AGGREGATOR", who.account.address), self.chain.admin)
        self.send(credit.create_programme(programme, FORMULA), business)
        self.send(credit.enrol(programme, who.machine_id, baseline_pg), business)

    def reduce(self, business: int, reduction_ug: int) -> str:
        """A reduction of the business's enrolled machine in the thousand seconds after the world's period."""
        who, credit = self.businesses[business], self.chain.ledger.credits
        end = self.period[1]
        baseline = self.chain.ledger.equipment.baseline_of(who.machine_id)
        reduction = Reduction(
            equipment_id=who.machine_id,
            programme_id=self.id("programme", f"{business}"),
            period_start=end,
            period_end=end + 1000,
            reduction_ug=reduction_ug,
            baseline_pg=baseline[0],
            deadline=self.now + 10**6,
            methodology_id=FORMULA,
            evidence_root=ZERO_HASH,
        )
        signatures = sign_with_quorum(credit.typed_data(reduction), self.chain.oracle_keys, needed=2)
        self.send(credit.record(reduction, signatures), business)
        return str(credit.reduction_id(who.machine_id, end, end + 1000))

    def bundle(self, business: int, reduction_ids: list[str]) -> None:
        """Reductions into credits of the business's own programme."""
        programme = self.id("programme", f"{business}")
        self.send(self.chain.ledger.credits.bundle(programme, reduction_ids), business)

    def retire(self, business: int, tonnes: int) -> None:
        """Credits of the business's own programme, on nobody's behalf."""
        programme = self.id("programme", f"{business}")
        self.send(self.chain.ledger.credits.retire(programme, tonnes, None, content_hash(b"why")), business)

    def pause(self, contract: str, name: str = "pause") -> None:
        """Pauses writing to a contract, or lets it go on (`unpause`)."""
        admin = self.chain.admin.address
        self.chain.send(self.chain.ledger.access.grant("PAUSER", admin), self.chain.admin)
        to = self.chain.deployment.addresses[contract]
        data = keccak(f"{name}()".encode())[:4]
        self.chain.send(Call(to, data, f"{name} {contract}"), self.chain.admin)

    def indexer(self, engine: Engine, **changes: Any) -> Indexer:
        """An indexer of this world's ledger."""
        given = {"source": self.chain.ledger, "w3": self.chain.w3, "max_range": 2000, "finality_blocks": 64}
        return Indexer(
            engine,
            deployment=content_hash(b"this deployment"),
            start_block=self.chain.deployment.block,
            **(given | changes),
        )


@pytest.fixture
def dump() -> Callable[[Engine], dict[str, list[Any]]]:
    def rows(engine: Engine) -> dict[str, list[Any]]:
        with reading(engine) as session:
            return {
                table.__name__: sorted(
                    (sorted(row.model_dump().items()) for row in session.exec(select(table))), key=str
                )
                for table in READ_MODEL
            }

    return rows


@pytest.fixture
def clean_of(tmp_path: Path, dump: Any) -> Callable[[World], Any]:
    numbers = itertools.count()

    def rows(world: World) -> Any:
        engine = open_store(f"sqlite:///{tmp_path / f'clean-{next(numbers)}.db'}")
        create_tables(engine)
        world.indexer(engine).run()
        found = dump(engine)
        engine.dispose()
        return found

    return rows


@pytest.fixture
def clean(world: World, clean_of: Any) -> Callable[[], Any]:
    return lambda: clean_of(world)


@pytest.fixture(scope="session")
def _world(_deployed: Callable[[Web3], Any]) -> Iterator[World]:
    """Made once, on a chain of its own; each test gets it back as it was."""
    devchain = Devchain.open(None)
    yield _made(_deployed(Web3(DevchainProvider(devchain))))
    devchain.close()


@pytest.fixture(scope="session")
def _anvil_world(anvil_url: str, _deployed: Callable[[Web3], Any]) -> World:
    return _made(_deployed(Web3(HTTPProvider(anvil_url))))


@pytest.fixture
def anvil_world(_anvil_world: World) -> Iterator[World]:
    snapshot = _anvil_world.chain.rpc("evm_snapshot")
    yield replace(_anvil_world, settled=[])
    assert _anvil_world.chain.rpc("evm_revert", snapshot)


@pytest.fixture
def world(_world: World) -> Iterator[World]:
    snapshot = _world.chain.rpc("evm_snapshot")
    yield replace(_world, settled=[])
    assert _world.chain.rpc("evm_revert", snapshot)


def _made(chain: Any) -> World:
    ledger = chain.ledger
    chain.send(ledger.formulas.register(FORMULA, "test@1"), chain.admin)
    factor_id = World.id("factor", "resin")
    factor = Factor(RESIN_PG, 0, 2**40 - 1, Unit.GRAM, "AR6", content_hash(b"source"))
    chain.send(ledger.factors.register(factor_id, factor), chain.admin)
    world = World(chain, [], factor_id, (0, 0))
    world.period = (world.now - 200_000, world.now - 100_000)
    for number in range(3):
        account = chain.accounts[number + 1]
        who = Business(account, World.id("business", f"{number}"), World.id("equipment", f"machine {number}"))
        chain.send(
            ledger.businesses.register(who.business_id, account.address, content_hash(b"url")), chain.admin
        )
        world.businesses.append(who)
        world.send(ledger.equipment.register(who.machine_id, Unit.SECOND), number)
        world.report(number, DECLARED_UG)
    return world
