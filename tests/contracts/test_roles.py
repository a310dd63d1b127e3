"""The whole role × function matrix, by the ABIs, is what docs/ledger.md says and what the chain does."""

import re
from pathlib import Path
from typing import Any

import pytest

from tanso.contracts.compiler import compile_contracts
from tanso.contracts.deployment_file import CONTRACTS
from tanso.contracts.errors import Reverted
from tanso.contracts.identity import content_hash, derive_id
from tanso.contracts.ledger import Call
from tanso.contracts.units import Unit

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"
ROLES = (
    "stranger", "business", "other business", "aggregator",
    "registrar", "oracle admin", "pauser", "calibrator", "guardian", "admin",
)  # fmt: skip
HASH = content_hash(b"something new")
END = 1_706_745_600  # of the world's January 2024
NEW_ID = "0x" + "ab" * 16


def identity(kind: str, name: str) -> str:
    return derive_id(b"a secret that is long enough", kind, name)


def documented() -> dict[str, tuple[dict[str, bool], set[str]]]:
    """By function: which roles may call it, and the errors that the others get."""
    rows = re.findall(r"^\| `(\w+\.\w+(?:/\d)?)` \|(.+)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    found = {}
    for name, cells in rows:
        *marks, refusal = [cell.strip() for cell in cells.split("|")]
        assert len(marks) == len(ROLES), name
        assert set(marks) <= {"yes", "–"}, name
        allowed = {role: mark == "yes" for role, mark in zip(ROLES, marks, strict=True)}
        found[name] = (allowed, set(re.findall(r"`(\w+)`", refusal)))
    assert found
    return found


def functions() -> list[str]:
    """Every function of every contract that may change something; overloads by their number of arguments."""
    names = []
    for contract in CONTRACTS:
        entries = [e for e in compile_contracts()[contract].abi if e["type"] == "function"]
        for entry in entries:
            overloaded = sum(other["name"] == entry["name"] for other in entries) > 1
            if entry["stateMutability"] not in ("view", "pure"):
                number = f"/{len(entry['inputs'])}" if overloaded else ""
                names.append(f"{contract}.{entry['name']}{number}")
    return names


def test_every_function_that_may_change_something_is_in_the_documented_matrix_and_no_other() -> None:
    assert sorted(documented()) == sorted(functions())


def prepared(w: Any, caller: str) -> dict[str, Call]:
    """Of each function one call that is right in all but, perhaps, who makes it.

    Lots and equipment belong to the maker, credits and their programme to the aggregator; the maker
    discloses to the customer.
    """
    ledger, addresses = w.ledger, w.ledger.deployment.addresses
    artifacts = compile_contracts()

    def call(name: str, *arguments: Any) -> Call:
        contract, function = name.split("/")[0].split(".")
        handle = w.w3.eth.contract(address=addresses[contract], abi=artifacts[contract].abi)
        entry = next(
            e
            for e in artifacts[contract].abi
            if e.get("name") == function and e["type"] == "function" and len(e["inputs"]) == len(arguments)
        )
        types = ",".join(i["type"] for i in entry["inputs"])
        data = handle.get_function_by_signature(f"{function}({types})")(*arguments)._encode_transaction_data()
        return Call(addresses[contract], bytes.fromhex(data[2:]), name)

    def manage(function: str, *arguments: Any) -> Call:
        return call(f"AccessManager.{function}", *arguments)

    somebody, registry, quorum = (
        w.accounts[9].address,
        addresses["BusinessRegistry"],
        addresses["OracleQuorum"],
    )
    maker, customer, aggregator = w.maker.address, w.customer.address, w.aggregator.address
    lot, machine, programme = (int(x, 16) for x in (identity("lot", "first"), w.machine, w.programme))
    keys = [key.address for key in w.oracle_keys]
    register = ledger.businesses.register(NEW_ID, somebody, HASH)
    waiting = ledger.credits.reduction_id(w.boiler, END, END + 1)
    calls = {
        "AccessManager.cancel": manage("cancel", maker, registry, register.data),
        "AccessManager.consumeScheduledOp": manage("consumeScheduledOp", maker, register.data),
        "AccessManager.execute": manage("execute", quorum, ledger.quorum.set_keys(keys, 3).data),
        "AccessManager.schedule": manage("schedule", registry, register.data, 0),
        "AccessManager.multicall": manage("multicall", [manage("labelRole", 9, "AUDITOR").data]),
        "AccessManager.grantRole": manage("grantRole", 1, somebody, 0),
        "AccessManager.revokeRole": manage("revokeRole", 3, aggregator),
        "AccessManager.renounceRole": manage("renounceRole", 3, caller),
        "AccessManager.labelRole": manage("labelRole", 9, "AUDITOR"),
        "AccessManager.setGrantDelay": manage("setGrantDelay", 1, 60),
        "AccessManager.setRoleAdmin": manage("setRoleAdmin", 1, 2),
        "AccessManager.setRoleGuardian": manage("setRoleGuardian", 1, 2),
        "AccessManager.setTargetAdminDelay": manage("setTargetAdminDelay", registry, 60),
        "AccessManager.setTargetClosed": manage("setTargetClosed", registry, True),
        "AccessManager.setTargetFunctionRole": manage(
            "setTargetFunctionRole", registry, [register.data[:4]], 2
        ),
        "AccessManager.updateAuthority": manage("updateAuthority", registry, quorum),
        "BusinessRegistry.register": register,
        "BusinessRegistry.setEndpoint": call("BusinessRegistry.setEndpoint", bytes.fromhex(HASH[2:])),
        "BusinessRegistry.setMirror": call("BusinessRegistry.setMirror", addresses["Lots"]),
        "FormulaRegistry.register": ledger.formulas.register(HASH, "new@1"),
        "FactorRegistry.register": ledger.factors.register(NEW_ID, w.factor),
        "FactorRegistry.withdraw": ledger.factors.withdraw(w.resin, END, HASH),
        "OracleQuorum.setKeys": ledger.quorum.set_keys(keys, 3),
        "DeviceRegistry.register": ledger.devices.register(NEW_ID, w.machine, somebody),
        "DeviceRegistry.install": ledger.devices.install(w.meter, w.boiler),
        "DeviceRegistry.changeKey": ledger.devices.change_key(w.meter, somebody),
        "DeviceRegistry.calibrate": ledger.devices.calibrate(w.meter, END, END + 1, HASH),
        "DeviceRegistry.withdraw": ledger.devices.withdraw(w.meter, 0, END - 1, HASH),
        "Agreements.propose": ledger.agreements.propose(NEW_ID, w.aggregator_id, HASH, 2**40 - 1),
        "Agreements.accept": ledger.agreements.accept(w.agreement("proposed"), content_hash(b"proposed")),
        "Agreements.withdraw": ledger.agreements.withdraw(w.agreement("accepted")),
        "Agreements.demandDeletion": ledger.agreements.demand_deletion(w.agreement("accepted")),
        "Agreements.confirmDeletion": ledger.agreements.confirm_deletion(w.agreement("demanded"), HASH),
        "Equipment.enrol": call("Equipment.enrol", bytes.fromhex(w.machine[2:]), 1, END),
        "Equipment.register": ledger.equipment.register(NEW_ID, Unit.SECOND),
        "Equipment.approve": call("Equipment.approve", somebody, machine),
        "Equipment.setApprovalForAll": call("Equipment.setApprovalForAll", somebody, True),
        "Equipment.transferFrom": call("Equipment.transferFrom", maker, customer, machine),
        "Equipment.safeTransferFrom/3": call("Equipment.safeTransferFrom", maker, customer, machine),
        "Equipment.safeTransferFrom/4": call("Equipment.safeTransferFrom", maker, customer, machine, b""),
        "OracleReports.submit": w.submit(w.report(period_start=END, period_end=END + 1, sequence=1)),
        "Lots.settle": ledger.lots.settle(w.batch("second")),
        "Lots.ship": call("Lots.ship", lot, int(customer, 16) << 96 | 4),
        "Lots.consume": ledger.lots.consume(identity("lot", "first"), 4),
        "Lots.restate": ledger.lots.restate(identity("lot", "first"), 800, 8, HASH),
        "Lots.admit": call("Lots.admit", maker),
        "Lots.setApprovalForAll": call("Lots.setApprovalForAll", somebody, True),
        "Lots.safeTransferFrom": call("Lots.safeTransferFrom", maker, customer, lot, 1, b""),
        "Lots.safeBatchTransferFrom": call("Lots.safeBatchTransferFrom", maker, customer, [lot], [1], b""),
        "Credits.createProgramme": ledger.credits.create_programme(NEW_ID, w.methodology),
        "Credits.enrol": ledger.credits.enrol(w.programme, w.machine, 1_000_000),
        "Credits.record": w.record(w.reduction(period_start=END + 1, period_end=END + 2)),
        "Credits.bundle": ledger.credits.bundle(w.programme, [waiting]),
        "Credits.retire": ledger.credits.retire(w.programme, 1, w.maker_id, HASH),
        "Credits.setApprovalForAll": call("Credits.setApprovalForAll", somebody, True),
        "Credits.safeTransferFrom": call("Credits.safeTransferFrom", aggregator, maker, programme, 1, b""),
        "Credits.safeBatchTransferFrom": call(
            "Credits.safeBatchTransferFrom", aggregator, maker, [programme], [1], b""
        ),
    }
    guarded = [name for name in CONTRACTS if name != "AccessManager"]
    calls |= {f"{name}.setAuthority": call(f"{name}.setAuthority", quorum) for name in guarded}
    pausing = [name for name in guarded if name != "OracleQuorum"]
    return calls | {f"{n}.{f}": call(f"{n}.{f}") for n in pausing for f in ("pause", "unpause")}


@pytest.fixture(scope="module")
def outcome(with_roles: Any, stranger: Any) -> dict[str, dict[str, str]]:
    """By function and role: the error's name, or nothing when the call goes through."""
    w, found = with_roles, dict[str, dict[str, str]]()
    callers = (stranger, w.maker, w.customer, w.aggregator, *w.accounts[4:9], w.admin)
    for role, caller in zip(ROLES, callers, strict=True):
        for name, call in prepared(w, caller.address).items():
            try:
                w.ledger.simulate(call, caller.address)
            except Reverted as refusal:
                # Nothing is paused: whom `unpause` tells so, it let through.
                through = name.endswith(".unpause") and refusal.name == "ExpectedPause"
                found.setdefault(name, {})[role] = "" if through else refusal.name
            else:
                found.setdefault(name, {})[role] = ""
    return found


@pytest.mark.parametrize("function", functions())
def test_each_role_may_call_what_the_matrix_says_and_the_others_get_the_error_it_names(
    function: str, outcome: dict[str, dict[str, str]]
) -> None:
    allowed, refusals = documented()[function]
    assert {role: not error for role, error in outcome[function].items()} == allowed
    assert {error for error in outcome[function].values() if error} == refusals
