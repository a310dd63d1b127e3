"""A factory, an assembler and a roof on the real contracts, fed with the samples.

The world is made once per test: a chain with everything registered, an empty database, an outbox and an oracle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount
from sqlalchemy import Engine
from tanso.contracts.identity import content_hash, derive_id
from tanso.contracts.ledger import Ledger
from tanso.contracts.units import Unit

from tanso.oracle.factors import factor
from tanso.oracle.formulas import SOLAR, all_formulas, formula
from tanso.oracle.intake import IntakeResult, Layout, load_layout
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import Outbox
from tanso.oracle.service import Oracle
from tanso.oracle.sites import Site, SiteEnergy, SiteEquipment, SolarRoof

SAMPLES = Path(__file__).parent.parent.parent.parent / "samples"
SECRET = b"the factory's own secret, 32 bytes"
REGISTRAR, AGGREGATOR = 1, 3

FACTORY = derive_id(SECRET, "business", "factory")
FURNACE, NC_MACHINE, ASSEMBLY = (derive_id(SECRET, "equipment", name) for name in ("furnace", "nc", "assembly"))
ROOF = derive_id(SECRET, "equipment", "roof")
PROGRAMME = derive_id(SECRET, "programme", "roofs")

DAY_START = 1674572400
"""2023-01-25T00:00+09:00, the factory day of the samples."""
DAY_END = DAY_START + 86_400

FACTORY_SITE = Site(
    business_id=FACTORY,
    zone="+09:00",
    energies=(
        SiteEnergy(energy="electricity", factor=factor("electricity-tepco-2021"), devices=("main meter",)),
        SiteEnergy(energy="distributed gas", factor=factor("distributed-gas-ctn-2023"), devices=("gas meter",)),
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


@dataclass(frozen=True)
class World:
    oracle: Oracle
    outbox: Outbox
    ledger: Ledger
    engine: Engine

    def ingest(self, name: str, layout: Layout | None = None, content: bytes | None = None) -> IntakeResult:
        data = (SAMPLES / f"{name}.csv").read_bytes() if content is None else content
        return self.oracle.ingest(FACTORY, name, data, layout or load_layout(SAMPLES / f"{name}.toml"))


@pytest.fixture
def world(chain, sqlite_store: Engine, oracle_keys: KeyRing) -> World:  # type: ignore[no-untyped-def]
    return make_world(chain, sqlite_store, oracle_keys)


def make_world(chain, engine: Engine, oracle_keys: KeyRing) -> World:  # type: ignore[no-untyped-def]
    ledger: Ledger = chain.ledger
    admin, factory, sender = chain.accounts[0], chain.accounts[1], chain.accounts[2]
    send: Callable[..., object] = chain.send
    send(ledger.grant_role(REGISTRAR, admin.address), admin)
    send(ledger.grant_role(AGGREGATOR, factory.address), admin)
    send(ledger.businesses.register(FACTORY, factory.address, content_hash(b"https://factory.example")), admin)
    for document in all_formulas():
        send(ledger.formulas.register(document.content_hash, document.name), admin)
    for equipment_id in (FURNACE, NC_MACHINE, ASSEMBLY):
        send(ledger.equipment.register(equipment_id, Unit.SECOND), factory)
    send(ledger.equipment.register(ROOF, Unit.WATT_HOUR), factory)
    send(ledger.credits.create_programme(PROGRAMME, formula(SOLAR).content_hash), factory)
    send(ledger.credits.enrol(PROGRAMME, ROOF), factory)
    outbox = Outbox(engine, ledger, KeyRing([sender]))
    oracle = Oracle(
        engine,
        ledger,
        outbox,
        oracle_keys,
        sender=sender.address,
        secret_of=lambda business_id: SECRET + business_id.encode(),
        clock=lambda: int(chain.w3.eth.get_block("latest")["timestamp"]),
    )
    oracle.register(FACTORY_SITE)
    oracle.register(SOLAR_ROOF)
    return World(oracle, outbox, ledger, engine)


@pytest.fixture
def factory_account(chain) -> LocalAccount:  # type: ignore[no-untyped-def]
    account: LocalAccount = chain.accounts[1]
    return account
