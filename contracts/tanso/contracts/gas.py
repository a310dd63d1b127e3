"""What the ledger's main behaviours cost, measured live: each figure is the gas of a whole mined transaction.

The base fee of 21,000 and the call data are in; nothing is estimated. The scenarios are those of
contracts/test/Gas.t.sol. OpenZeppelin's plain ERC-1155, which stores no CO2, is measured beside.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tanso.contracts import abi, transactions
from tanso.contracts.compiler import compile_contracts
from tanso.contracts.deployment import deploy
from tanso.contracts.identity import content_hash, derive_id
from tanso.contracts.ledger import Call, Ledger
from tanso.contracts.units import Unit, emissions_up, split_exactly
from tanso.contracts.values import (
    Batch,
    Entry,
    EquipmentUse,
    ExternalUse,
    Factor,
    MaterialUse,
    NewLot,
    Report,
)

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

START, END = 1_704_067_200, 1_704_153_600  # 1 January 2024
DEADLINE = 4_000_000_000
RESIN_PG = 254_000_000_000
INTENSITY_PG = 4_184_000_000_000
FORMULA = content_hash(b"allocation formula of the benchmark")

LIMITS = {
    "settle_100_per_lot": 28_000,
    "settle_1": 130_000,
    "ship_new": 60_000,
    "ship_held": 42_000,
    "ship_on_new": 60_000,
    "ship_on_held": 42_000,
    "report_100_per_equipment": 10_500,
}
"""What each may cost at most; the other figures have no limit."""


def in_process() -> tuple["Web3", "list[LocalAccount]"]:
    """A chain of its own in this process (py-evm), with funded accounts."""
    from eth_account import Account
    from eth_tester import EthereumTester, PyEVMBackend
    from web3 import EthereumTesterProvider, Web3

    phrase = "test test test test test test test test test test test junk"
    path = "m/44'/60'/0'/0"
    Account.enable_unaudited_hdwallet_features()
    accounts = [Account.from_mnemonic(phrase, account_path=f"{path}/{i}") for i in range(10)]
    tester = EthereumTester(PyEVMBackend.from_mnemonic(phrase, hd_path=path))
    return Web3(EthereumTesterProvider(tester)), accounts


def measure(
    w3: "Web3", accounts: "Sequence[LocalAccount]", on_step: Callable[[str], None] | None = None
) -> dict[str, int]:
    """Gas of each behaviour, on a ledger that is deployed for it.

    :param accounts: seven accounts with funds: admin, three oracle keys, supplier, maker, customer.
    :raises LedgerError: when the chain refuses something.
    """
    say = on_step or (lambda _: None)
    say("deploying the contracts ...")
    bench = _Bench(w3, accounts)
    say("registering businesses, materials and equipment ...")
    bench.prepare()
    say("measuring ...")
    return bench.figures()


class _Bench:
    def __init__(self, w3: "Web3", accounts: "Sequence[LocalAccount]") -> None:
        self.w3 = w3
        self.admin, *keys = accounts[:4]
        self.keys = sorted(keys, key=lambda key: int(key.address, 16))
        self.supplier, self.maker, self.customer = accounts[4:7]
        addresses = [key.address for key in self.keys]
        self.ledger = Ledger(w3, deploy(w3, self.admin, oracle_keys=addresses, threshold=2))
        self.machines = [self.name("equipment", f"machine {i}") for i in range(100)]
        self.materials = [self.name("lot", f"coil {i}") for i in range(20)]
        self.reports = 0

    @staticmethod
    def name(kind: str, local: str) -> str:
        return derive_id(b"benchmark without a secret", kind, local)

    def send(self, sender: "LocalAccount", call: Call | None, data: bytes = b"") -> Any:
        to, data = (call.to, call.data) if call else (None, data)
        signed = transactions.sign(self.w3, sender, to, data)
        transactions.send(self.w3, bytes(signed.raw_transaction), bytes(signed.hash))
        return transactions.wait(self.w3, bytes(signed.hash))

    def gas(self, sender: "LocalAccount", call: Call) -> int:
        return int(self.send(sender, call)["gasUsed"])

    def prepare(self) -> None:
        ledger = self.ledger
        for who in (self.supplier, self.maker, self.customer):
            call = ledger.businesses.register(self.name("business", who.address), who.address, FORMULA)
            self.send(self.admin, call)
        self.send(self.admin, ledger.formulas.register(FORMULA, "benchmark@1"))
        factor = Factor(RESIN_PG, START, END, Unit.GRAM, "AR6", content_hash(b"source"))
        self.send(self.admin, ledger.factors.register(self.name("factor", "resin"), factor))
        for machine in self.machines:
            self.send(self.maker, ledger.equipment.register(machine, Unit.SECOND))
        self.report(START, END)
        self.send(self.supplier, ledger.lots.settle(self.coils()))
        for lot in self.materials:
            call = ledger.lots.ship(lot, self.supplier.address, self.maker.address, 500_000)
            self.send(self.supplier, call)

    def coils(self) -> Batch:
        """A million grams of resin in each of 20 lots."""
        grams = 20_000_000
        mass = emissions_up(grams, RESIN_PG)
        lots = tuple(
            NewLot(lot, Unit.GRAM, mass // 20, 0, 1_000_000, 0, content_hash(lot.encode()))
            for lot in self.materials
        )
        use = ExternalUse(self.name("factor", "resin"), grams)
        return Batch(self.name("batch", "coils"), START, END, FORMULA, externals=(use,), lots=lots)

    def report(self, start: int, end: int) -> int:
        from eth_account.messages import encode_typed_data

        report = Report(
            self.name("business", self.maker.address),
            start,
            end,
            self.reports,
            DEADLINE,
            FORMULA,
            content_hash(b"evidence"),
            10**12,
            tuple(Entry(machine, INTENSITY_PG) for machine in self.machines),
        )
        self.reports += 1
        message = encode_typed_data(full_message=self.ledger.reports.typed_data(report))
        signatures = [bytes(key.sign_message(message).signature) for key in self.keys[:2]]
        return self.gas(self.customer, self.ledger.reports.submit(report, signatures))

    def settle(self, name: str, count: int, materials: int, machines: int) -> int:
        lots = self.ledger.lots
        shares = [lots.share_of(lot, self.maker.address, 1000) for lot in self.materials[:materials]]
        metered = machines * emissions_up(3600, INTENSITY_PG)
        primary = metered + sum(share[1] for share in shares)
        total = metered + sum(share[0] for share in shares)
        masses = split_exactly(total - primary, [1] * count)
        primaries = split_exactly(primary, [1] * count)
        new = tuple(
            NewLot(
                self.name("lot", f"{name} {i}"),
                Unit.PIECE,
                masses[i] + primaries[i],
                primaries[i],
                1000,
                7,
                content_hash(f"{name} {i}".encode()),
            )
            for i in range(count)
        )
        batch = Batch(
            self.name("batch", name),
            START,
            END,
            FORMULA,
            materials=tuple(MaterialUse(lot, 1000) for lot in self.materials[:materials]),
            equipment=tuple(EquipmentUse(machine, 0, 3600) for machine in self.machines[:machines]),
            lots=new,
        )
        return self.gas(self.maker, lots.settle(batch))

    def generations(self, count: int) -> str:
        """The last of ``count`` lots, each made of the one before; its ID."""
        lots, made = self.ledger.lots, self.materials[1]
        for i in range(count):
            quantity = lots.position_of(made, self.maker.address).quantity
            co2_ug, primary_ug = lots.share_of(made, self.maker.address, quantity)
            new = NewLot(self.name("lot", f"generation {i}"), Unit.GRAM, co2_ug, primary_ug, 100, 0, FORMULA)
            name = self.name("batch", f"generation {i}")
            uses = (MaterialUse(made, quantity),)
            batch = Batch(name, START, END, FORMULA, materials=uses, lots=(new,))
            self.gas(self.maker, lots.settle(batch))
            made = new.lot_id
        return made

    def reading(self, lot_id: str) -> int:
        """Gas of asking the contract for a lot, were it asked in a transaction."""
        call = self.ledger.lots.enquire(lot_id)
        return int(self.w3.eth.estimate_gas({"to": call.to, "data": "0x" + call.data.hex()}))  # type: ignore[typeddict-item]

    def plain(self) -> int:
        """OpenZeppelin's mintBatch of 100 tokens with IDs and amounts like those of our lots."""
        artifact = compile_contracts()["PlainTokens"]
        address = self.send(self.maker, None, bytes.fromhex(artifact.bytecode[2:]))["contractAddress"]
        entry = next(entry for entry in artifact.abi if entry.get("name") == "mintBatch")
        tokens = [int(self.name("lot", f"plain {i}"), 16) for i in range(100)]
        data = abi.selector(entry) + abi.encode(entry["inputs"], [tokens, [1000] * 100])
        return self.gas(self.maker, Call(address, data, "mint a batch of plain tokens"))

    def figures(self) -> dict[str, int]:
        lots, maker, customer = self.ledger.lots, self.maker, self.customer
        many = self.settle("hundred", 100, 20, 10)
        one = self.settle("one", 1, 2, 3)
        lot = self.name("lot", "one 0")
        new = self.gas(maker, lots.ship(lot, maker.address, customer.address, 10))
        held = self.gas(maker, lots.ship(lot, maker.address, customer.address, 10))
        standard_held = self.gas(maker, lots.transfer(lot, maker.address, customer.address, 10))
        other = self.name("lot", "hundred 0")
        standard_new = self.gas(maker, lots.transfer(other, maker.address, customer.address, 10))
        bought = self.materials[0]
        on_new = self.gas(maker, lots.ship(bought, maker.address, customer.address, 10))
        on_held = self.gas(maker, lots.ship(bought, maker.address, customer.address, 10))
        reported = self.report(END, END + 86_400)
        young = self.reading(self.name("lot", "coil 1"))
        old = self.reading(self.generations(20))
        return {
            "settle_100_per_lot": -(-many // 100),
            "settle_1": one,
            "ship_new": new,
            "ship_held": held,
            "ship_on_new": on_new,
            "ship_on_held": on_held,
            "safe_transfer_from_new": standard_new,
            "safe_transfer_from_held": standard_held,
            "read_lot_of_no_lot": young,
            "read_lot_after_20_generations": old,
            "report_100_per_equipment": -(-reported // 100),
            "openzeppelin_mint_batch_100_per_token": -(-self.plain() // 100),
        }
