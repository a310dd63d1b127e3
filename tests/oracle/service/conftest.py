"""A factory with a solar roof on the real contracts, fed with the samples.

`world` is a chain with everything registered, an empty database, an outbox and an oracle; it carries the IDs
and times that tests need. The chain is made once and given back to each test as it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from web3 import Web3

from tanso.contracts.identity import content_hash, derive_id
from tanso.contracts.ledger import Call, Ledger
from tanso.contracts.units import Unit
from tanso.devchain import Devchain, DevchainProvider
from tanso.oracle.evidence.store import EvidenceRecord
from tanso.oracle.factors import factor
from tanso.oracle.formulas import SOLAR, all_formulas, formula
from tanso.oracle.intake import IntakeResult, load_layout, parse_layout
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import Outbox, OutboxMessage
from tanso.oracle.service import Oracle
from tanso.oracle.sites import Site, SiteEnergy, SiteEquipment, SolarRoof

SAMPLES = Path(__file__).parent.parent.parent.parent / "samples"
SECRET = b"the factory's own secret, 32 bytes"
REGISTRAR, AGGREGATOR = 1, 3

FACTORY = derive_id(SECRET, "business", "factory")
FURNACE, NC_MACHINE, ASSEMBLY = (
    derive_id(SECRET, "equipment", name) for name in ("furnace", "nc", "assembly")
)
ROOF = derive_id(SECRET, "equipment", "roof")
BASELINE_PG = 452 * 10**9
"""The grid factor: 0.452 kg/kWh, in pg/Wh."""
PROGRAMME = derive_id(SECRET, "programme", "roofs")

DAY_START = 1674572400
"""2023-01-25T00:00+09:00, the factory day of the samples."""
DAY_END = DAY_START + 86_400

FACTORY_SITE = Site(
    business_id=FACTORY,
    zone="+09:00",
    energies=(
        SiteEnergy(energy="electricity", factor=factor("electricity-tepco-2021"), devices=("main meter",)),
        SiteEnergy(
            energy="distributed gas", factor=factor("distributed-gas-ctn-2023"), devices=("gas meter",)
        ),
    ),
    equipment=(
        SiteEquipment(
            equipment_id=FURNACE,
            activity_devices=("heating furnace",),
            performance={"electricity": "30 kW", "distributed gas": "10 m3/min"},
        ),
        SiteEquipment(
            equipment_id=NC_MACHINE, activity_devices=("NC machine",), performance={"electricity": "10 kW"}
        ),
        SiteEquipment(
            equipment_id=ASSEMBLY, activity_devices=("assembly line",), performance={"electricity": "0.5 kW"}
        ),
    ),
)

SOLAR_ROOF = SolarRoof(
    business_id=FACTORY,
    equipment_id=ROOF,
    programme_id=PROGRAMME,
    zone="-07:00",
    factor=factor("electricity-tepco-2021"),
    generated=("power conditioner", "generated electricity"),
    own_consumption=("power conditioner", "own consumption"),
)


LONG_LAYOUT = parse_layout(
    """
zone = "+09:00"
[time]
start = "start"
end = "end"
[[series]]
device = { column = "device" }
quantity = { column = "quantity" }
value = "value"
unit = { column = "unit" }
"""
)


@dataclass(frozen=True)
class World:
    oracle: Oracle
    outbox: Outbox
    ledger: Ledger
    engine: Engine
    factory: str = FACTORY
    furnace: str = FURNACE
    nc_machine: str = NC_MACHINE
    assembly: str = ASSEMBLY
    roof: str = ROOF
    day_start: int = DAY_START
    day_end: int = DAY_END
    site: Site = FACTORY_SITE
    solar_roof: SolarRoof = SOLAR_ROOF

    def ingest(self, name: str) -> IntakeResult:
        """A sample with its layout."""
        content = (SAMPLES / f"{name}.csv").read_bytes()
        return self.oracle.ingest(FACTORY, name, content, load_layout(SAMPLES / f"{name}.toml"))

    def ingest_rows(self, *lines: str, whole: bool = False) -> IntakeResult:
        """Rows of device, quantity, value, unit, start, end."""
        content = "\n".join(["device,quantity,value,unit,start,end", *lines]).encode()
        return self.oracle.ingest(FACTORY, "rows", content, LONG_LAYOUT, whole=whole)

    def close_day(self, **options: bool) -> Any:
        """Closes the factory day."""
        return self.oracle.close_period(FACTORY, DAY_START, DAY_END, **options)

    def attest(self, start: int, end: int) -> Any:
        """Attests the roof's reduction."""
        return self.oracle.attest_reduction(FACTORY, ROOF, start, end)

    def assert_nothing_stated(self) -> None:
        """Nothing is queued and no evidence is stored."""
        with Session(self.engine) as session:
            assert session.exec(select(OutboxMessage)).all() == []
            assert session.exec(select(EvidenceRecord)).all() == []


@pytest.fixture(scope="package")
def _factory_chain(_deployed: Callable[[Web3], Any]) -> Iterator[Any]:
    devchain = Devchain.open(None)
    chain = _deployed(Web3(DevchainProvider(devchain)))
    ledger: Ledger = chain.ledger
    admin, factory = chain.accounts[0], chain.accounts[1]
    chain.send(ledger.access.grant(REGISTRAR, admin.address), admin)
    chain.send(ledger.access.grant(AGGREGATOR, factory.address), admin)
    endpoint = content_hash(b"https://factory.example")
    chain.send(ledger.businesses.register(FACTORY, factory.address, endpoint), admin)
    for document in all_formulas():
        chain.send(ledger.formulas.register(document.content_hash, document.name), admin)
    for equipment_id in (FURNACE, NC_MACHINE, ASSEMBLY):
        chain.send(ledger.equipment.register(equipment_id, Unit.SECOND), factory)
    chain.send(ledger.equipment.register(ROOF, Unit.WATT_HOUR), factory)
    chain.send(ledger.credits.create_programme(PROGRAMME, formula(SOLAR).content_hash), factory)
    chain.send(ledger.credits.enrol(PROGRAMME, ROOF, BASELINE_PG), factory)
    yield chain
    devchain.close()


@pytest.fixture
def world(_factory_chain: Any, one_store: Engine, oracle_keys: KeyRing) -> Iterator[World]:
    yield from _make_world(_factory_chain, one_store, oracle_keys)


@pytest.fixture
def as_factory(_factory_chain: Any) -> Callable[[Call], Any]:
    """Sends a call for the factory."""
    return lambda call: _factory_chain.send(call, _factory_chain.accounts[1])


@pytest.fixture
def world_on_any_store(_factory_chain: Any, store: Engine, oracle_keys: KeyRing) -> Iterator[World]:
    """The same on SQLite and on PostgreSQL."""
    yield from _make_world(_factory_chain, store, oracle_keys)


def _make_world(chain: Any, engine: Engine, oracle_keys: KeyRing) -> Iterator[World]:
    snapshot = chain.rpc("evm_snapshot")
    sender = chain.accounts[2]
    outbox = Outbox(engine, chain.ledger, KeyRing([sender]))
    oracle = Oracle(
        engine,
        chain.ledger,
        outbox,
        oracle_keys,
        sender=sender.address,
        secret_of=lambda business_id: SECRET + business_id.encode(),
        clock=lambda: int(chain.w3.eth.get_block("latest")["timestamp"]),
    )
    oracle.register(FACTORY_SITE)
    oracle.register(SOLAR_ROOF)
    yield World(oracle, outbox, chain.ledger, engine)
    assert chain.rpc("evm_revert", snapshot)
