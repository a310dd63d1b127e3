"""While the ledger is paused, writing says so and changes nothing; afterwards all goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from tanso.contracts.identity import keccak
from tanso.contracts.ledger import Call
from tanso.oracle.outbox import Status

from .conftest import DAY, STEEL, Api, Firm, amount

WRITERS = (
    "BusinessRegistry", "FactorRegistry", "FormulaRegistry", "Equipment", "OracleReports", "Lots", "Credits",
    "Agreements",
)  # fmt: skip


@pytest.fixture
def ask(_devchain: Any, api: Api) -> Callable[[str, str], None]:
    """Pauses a contract, or unpauses it."""
    admin = _devchain.admin
    _devchain.send(api.node.ledger.access.grant("PAUSER", admin.address), admin)

    def ask(name: str, contract: str) -> None:
        to = api.node.ledger.deployment.addresses[contract]
        _devchain.send(Call(to, keccak(f"{name}()".encode())[:4], f"{name} {contract}"), admin)

    return ask


def test_every_write_to_a_paused_ledger_is_a_named_problem_and_changes_nothing(
    api: Api, factory: Firm, ask: Callable[[str, str], None]
) -> None:
    other = api.firm("other")
    lot_id = api.steel_lot(factory, "held", "10")
    open_lot = api.lot(factory, "open")
    api.use_steel(factory, open_lot)
    for contract in WRITERS:
        ask("pause", contract)
    api.work()
    status = api.call("GET", "/v1/status")
    assert (status["paused"], status["in_sync"]) == (sorted(WRITERS), True)
    before = api.state()
    programme = "/v1/programmes/0x" + "5" * 32
    mass = {"co2": amount("1", "kg"), "primary": amount("0", "g"), "reason": "none"}
    enrolment = {"equipment_id": factory.machines["nc"], "baseline": amount("1", "kg/h")}
    completed = {"good": amount("10", "pc"), "completed_at": DAY["period_end"]}
    account = next(api.free_accounts).address
    agreement = {"fields": ["names"], "purpose": "none", "valid_until": "2100-01-01T00:00:00Z"}
    agreement["receiver_id"] = other.id
    for path, body, token in (
        (f"/v1/lots/{lot_id}/consumptions", {"quantity": amount("1", "pc")}, factory.token),
        (f"/v1/lots/{lot_id}/restatements", mass, factory.token),
        (f"/v1/lots/{open_lot}/completion", completed, factory.token),
        ("/v1/equipment", {"name": "new machine"}, factory.token),
        (f"{programme}/enrolments", enrolment, factory.token),
        (f"{programme}/retirements", {"tonnes": 1, "purpose": "none"}, factory.token),
        ("/v1/agreements", agreement, factory.token),
        ("/v1/businesses", {"name": "new", "account": account}, api.operator),
        ("/v1/factors", STEEL | {"name": "another", "value": "0.5"}, api.operator),
    ):
        problem = api.refused(503, "EnforcedPause", "POST", path, token, json=body)
        assert problem["title"] == "The ledger is paused"
        assert "GET /v1/status" in problem["hint"]
    assert api.node.work() == []
    assert api.state() == before
    # Reading goes on.
    assert api.call("GET", f"/v1/lots/{lot_id}")["co2_ug"] == 393_000_000
    assert "The ledger is paused" in api.send("GET", "/").text
    for contract in WRITERS:
        ask("unpause", contract)
    api.work()
    assert api.call("GET", "/v1/status")["paused"] == []
    assert "The ledger is paused" not in api.send("GET", "/").text


def test_what_was_accepted_before_a_pause_waits_and_is_sent_after_it(
    api: Api, maker: Firm, ask: Callable[[str, str], None]
) -> None:
    lot_id = api.steel_lot(maker, "waiting", "10")
    body = {"quantity": amount("3", "pc")}
    key = api.call("POST", f"/v1/lots/{lot_id}/consumptions", maker.token, json=body)["transaction"]["key"]
    ask("pause", "Lots")
    assert api.node.work() == []
    waiting = api.call("GET", f"/v1/transactions/{key}", maker.token)
    assert (waiting["status"], waiting["error_name"]) == (Status.QUEUED, None)
    assert "paused" in waiting["note"]
    ask("unpause", "Lots")
    api.work()
    assert api.call("GET", f"/v1/transactions/{key}", maker.token)["status"] == Status.CONFIRMED
    assert api.node.ledger.lots.position_of(lot_id, maker.account).quantity == 7
