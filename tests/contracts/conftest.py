"""A ledger on the embedded chain, and the means to send to it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from web3 import Web3

from tanso.contracts import transactions
from tanso.contracts.deployment import deploy
from tanso.contracts.identity import content_hash, derive_id
from tanso.contracts.ledger import Call, Ledger
from tanso.contracts.units import Unit
from tanso.contracts.values import (
    Batch,
    Entry,
    EquipmentUse,
    ExternalUse,
    Factor,
    NewLot,
    Reduction,
    Report,
)
from tanso.devchain import Devchain, DevchainProvider

START, END = 1_704_067_200, 1_706_745_600  # January 2024
DEADLINE = 4_000_000_000
OFFICES = ("REGISTRAR", "ORACLE_ADMIN", "PAUSER", "CALIBRATOR", "GUARDIAN")
"""The roles that `with_roles` gives to accounts 4 and on."""
BASELINE_PG = 450_000_000_000


def identity(kind: str, name: str) -> str:
    return derive_id(b"a secret that is long enough", kind, name)


@dataclass
class World:
    """A deployed ledger with accounts: 0 admin, 1 maker, 2 customer, 3 aggregator."""

    w3: Web3
    accounts: list[LocalAccount]
    oracle_keys: list[LocalAccount]
    """Sorted by address, which is the order in which the contract wants signatures."""
    ledger: Ledger
    maker_id: str = identity("business", "maker")
    customer_id: str = identity("business", "customer")
    aggregator_id: str = identity("business", "aggregator")
    machine: str = identity("equipment", "machine")
    boiler: str = identity("equipment", "boiler")
    meter: str = identity("device", "meter")
    meter_key: str = "0xa7a7a7A7A7A7a7a7A7a7A7a7a7A7A7A7a7A7a7A7"
    resin: str = identity("factor", "resin")
    programme: str = identity("programme", "boilers")
    formula: str = content_hash(b"formula document")
    methodology: str = content_hash(b"methodology document")
    factor: Factor = field(
        default=Factor(254_000_000, START, END + 1, Unit.GRAM, "AR6", content_hash(b"source"))
    )

    @property
    def admin(self) -> LocalAccount:
        return self.accounts[0]

    @property
    def maker(self) -> LocalAccount:
        return self.accounts[1]

    @property
    def customer(self) -> LocalAccount:
        return self.accounts[2]

    @property
    def aggregator(self) -> LocalAccount:
        return self.accounts[3]

    def send(self, sender: LocalAccount, call: Call) -> Any:
        signed = transactions.sign(self.w3, sender, call.to, call.data)
        transactions.send(self.w3, bytes(signed.raw_transaction), bytes(signed.hash))
        receipt = transactions.wait(self.w3, bytes(signed.hash))
        assert receipt["status"] == 1, call.what
        return receipt

    def signatures(self, typed_data: dict[str, Any], *signers: LocalAccount) -> list[bytes]:
        """Signatures by these accounts in this order, or by the first two oracle keys."""
        message = encode_typed_data(full_message=typed_data)
        return [bytes(signer.sign_message(message).signature) for signer in signers or self.oracle_keys[:2]]

    def submit(self, report: Report, *signers: LocalAccount) -> Call:
        typed = self.ledger.reports.typed_data(report)
        return self.ledger.reports.submit(report, self.signatures(typed, *signers))

    def record(self, reduction: Reduction, *signers: LocalAccount) -> Call:
        typed = self.ledger.credits.typed_data(reduction)
        return self.ledger.credits.record(reduction, self.signatures(typed, *signers))

    def report(self, **changes: Any) -> Report:
        """January's report: 1.5 µg/s for the machine."""
        entries = (Entry(self.machine, 1_500_000), Entry(self.boiler, 7))
        base = Report(
            self.maker_id, START, END, 0, DEADLINE, self.formula, content_hash(b"evidence"), 9_000, entries
        )
        return replace(base, **changes)

    def batch(self, name: str, **changes: Any) -> Batch:
        """5 s of the machine (8 µg, primary) and 3 g of resin (762 µg) into ten pieces."""
        lot = NewLot(identity("lot", name), Unit.PIECE, 770, 8, 10, 1, content_hash(b"breakdown"))
        base = Batch(
            identity("batch", name),
            START,
            END,
            self.formula,
            externals=(ExternalUse(self.resin, 3),),
            equipment=(EquipmentUse(self.machine, 0, 5),),
            lots=(lot,),
        )
        return replace(base, **changes)

    def reduction(self, **changes: Any) -> Reduction:
        """2.7 t in January."""
        base = Reduction(
            self.boiler,
            self.programme,
            START,
            END,
            2_700_000_000_000,
            BASELINE_PG,
            DEADLINE,
            self.methodology,
            content_hash(b"evidence"),
        )
        return replace(base, **changes)

    def register(self) -> None:
        """Businesses, formulas, factor, equipment."""
        ledger = self.ledger
        for business_id, account in (
            (self.maker_id, self.maker),
            (self.customer_id, self.customer),
            (self.aggregator_id, self.aggregator),
        ):
            call = ledger.businesses.register(business_id, account.address, content_hash(b"https://example"))
            self.send(self.admin, call)
        self.send(self.admin, ledger.formulas.register(self.formula, "tanso-cfp@1"))
        self.send(self.admin, ledger.formulas.register(self.methodology, "boiler@1"))
        self.send(self.admin, ledger.factors.register(self.resin, self.factor))
        self.send(self.maker, ledger.equipment.register(self.machine, Unit.SECOND))
        self.send(self.maker, ledger.equipment.register(self.boiler, Unit.WATT_HOUR))
        self.send(self.maker, ledger.devices.register(self.meter, self.machine, self.meter_key))
        self.send(self.admin, ledger.devices.calibrate(self.meter, START, END, content_hash(b"certificate")))

    def enrol(self) -> None:
        """A programme with the boiler; before a report, or there is no reduction for the reported time."""
        credits = self.ledger.credits
        self.send(self.admin, self.ledger.access.grant("AGGREGATOR", self.aggregator.address))
        self.send(self.aggregator, credits.create_programme(self.programme, self.methodology))
        self.send(self.maker, credits.enrol(self.programme, self.boiler, BASELINE_PG))

    def agreement(self, name: str) -> str:
        """ID of an agreement under which the maker discloses to the customer."""
        return identity("agreement", name)

    def agree(self) -> None:
        """Four agreements of maker and customer: one in each state that a call can change."""
        agreements = self.ledger.agreements
        names = ("proposed", "accepted", "demanded", "confirmed")
        for number, name in enumerate(names):
            agreement_id = self.agreement(name)
            terms = content_hash(name.encode())
            self.send(self.maker, agreements.propose(agreement_id, self.customer_id, terms, DEADLINE))
            if number >= 1:
                self.send(self.customer, agreements.accept(agreement_id, terms))
            if number >= 2:
                self.send(self.maker, agreements.demand_deletion(agreement_id))
            if number >= 3:
                confirmation = content_hash(b"confirmation")
                self.send(self.customer, agreements.confirm_deletion(agreement_id, confirmation))

    def credit(self) -> None:
        """One reduction of the boiler recorded and bundled."""
        credits = self.ledger.credits
        self.send(self.customer, self.record(self.reduction()))
        key = credits.reduction_id(self.boiler, START, END)
        self.send(self.aggregator, credits.bundle(self.programme, [key]))


@pytest.fixture
def w3() -> Iterator[Web3]:
    """An empty embedded chain."""
    with Devchain.open() as devchain:
        yield Web3(DevchainProvider(devchain))


@pytest.fixture(scope="session")
def stranger() -> LocalAccount:
    """Somebody without funds, role or business."""
    return Account.from_key("0x" + "5e" * 32)


def _reported(world: World) -> World:
    world.register()
    world.enrol()
    world.send(world.customer, world.submit(world.report()))
    return world


@pytest.fixture
def world(any_chain: Any) -> World:
    """A ledger of its own for the test, with everything registered and January reported; on both engines."""
    return _reported(World(any_chain.w3, any_chain.accounts, list(any_chain.oracle_keys), any_chain.ledger))


@contextmanager
def _settled(accounts: list[LocalAccount], oracle_keys: Iterable[LocalAccount]) -> Iterator[World]:
    with Devchain.open() as devchain:
        w3 = Web3(DevchainProvider(devchain))
        keys = list(oracle_keys)
        deployment = deploy(w3, accounts[0], oracle_keys=[key.address for key in keys], threshold=2, delay=0)
        made = _reported(World(w3, accounts, keys, Ledger(w3, deployment)))
        made.send(made.maker, made.ledger.lots.settle(made.batch("first")))
        lot_id = identity("lot", "first")
        made.send(made.maker, made.ledger.lots.ship(lot_id, made.maker.address, made.customer.address, 3))
        made.credit()
        made.agree()
        yield made


@pytest.fixture(scope="session")
def settled(accounts: list[LocalAccount], oracle_keys: Iterable[LocalAccount]) -> Iterator[World]:
    """A ledger on which one of everything has happened. For reading and simulating only."""
    with _settled(accounts, oracle_keys) as made:
        yield made


@pytest.fixture(scope="module")
def with_roles(accounts: list[LocalAccount], oracle_keys: Iterable[LocalAccount]) -> Iterator[World]:
    """The same, and each role is held by an account that has no other; one reduction is not bundled yet.

    For reading and simulating only.

    Accounts: 0 admin, 1 maker, 2 customer, 3 aggregator, then one for each of the other roles.
    """
    with _settled(accounts, oracle_keys) as made:
        access = made.ledger.access
        for role, account in zip(OFFICES, accounts[4:], strict=False):
            made.send(made.admin, access.grant(role, account.address))
        for role in ("AGGREGATOR", *OFFICES):
            made.send(made.admin, access.revoke(role, made.admin.address))
        later = made.reduction(period_start=END, period_end=END + 1)
        made.send(made.customer, made.record(later))
        yield made
