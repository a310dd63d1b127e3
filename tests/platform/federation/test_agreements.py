"""Agreements between two servers: terms are fetched, an end counts at once, deletion is seen by both."""

from typing import Any

import pytest
from sqlmodel import col, select

from tanso.oracle.store import reading
from tanso.platform.agreements import service
from tanso.platform.agreements.confirmation import read_confirmation
from tanso.platform.agreements.local import Received
from tanso.platform.demo.network import Network
from tanso.platform.federation import looking

from .conftest import agreed, refused, send, trace


def received(network: Network, who: str, agreement_id: str) -> list[Received]:
    with reading(network.firms[who].node.engine) as session:
        return list(session.exec(select(Received).where(col(Received.agreement_id) == agreement_id)))


def proposed(network: Network) -> str:
    """An agreement of the assembler that the customer has not accepted."""
    given = {
        "receiver_id": network.businesses["customer"].id,
        "fields": ["materials"],
        "purpose": "trying",
        "valid_until": "2100-01-01T00:00:00Z",
    }
    made = network.call("assembler", "POST", "/v1/agreements", json=given)
    network.settle_down()
    return str(made["terms"]["agreement_id"])


def test_terms_go_to_the_receiver_alone_and_only_as_the_ledger_has_them(network: Network) -> None:
    path = f"/v1/agreements/{proposed(network)}"
    refused(send(network, "customer", "POST", f"{path}/acceptance"), 409, "terms-missing")
    refused(send(network, "steel", "PUT", f"{path}/terms"), 404, "unknown-agreement")
    assert network.call("customer", "GET", path)["terms"] is None
    fetched = send(network, "customer", "PUT", f"{path}/terms")
    assert fetched.json() == network.call("assembler", "GET", path)["terms"]
    # Fetched again, or by the one that made them: what is here is shown.
    assert send(network, "customer", "PUT", f"{path}/terms").json() == fetched.json()
    assert send(network, "assembler", "PUT", f"{path}/terms").json() == fetched.json()
    assert send(network, "customer", "POST", f"{path}/withdrawal").status_code == 202
    network.settle_down()


def test_nothing_is_disclosed_before_the_receiver_accepted(network: Network, drive: str) -> None:
    path = f"/v1/agreements/{proposed(network)}"
    (lot,) = trace(network, "customer", drive).values()
    assert lot["disclosure"] == "not disclosed"
    network.call("assembler", "POST", f"{path}/withdrawal")
    network.settle_down()
    refused(send(network, "customer", "POST", f"{path}/acceptance"), 409, "terms-missing")


def test_after_a_withdrawal_nothing_more_is_answered_nor_shown_from_what_is_kept(
    network: Network, drive: str
) -> None:
    with agreed(network, ("assembler", "customer", 1)) as made:
        agreement_id = made["assembler", "customer"]
        assert trace(network, "customer", drive)[drive]["disclosure"] == "shown"
        assert len(received(network, "customer", agreement_id)) == 1
        network.call("customer", "POST", f"/v1/agreements/{agreement_id}/withdrawal")
        network.settle_down()
        (lot,) = trace(network, "customer", drive).values()
        assert (lot["disclosure"], lot["inputs"], lot["names"]) == ("not disclosed", [], None)
        uses = network.call("assembler", "GET", f"/v1/agreements/{agreement_id}/uses")["items"]
        assert [use["answered"] for use in uses] == [True, False]


def test_after_its_time_nothing_more_is_answered_nor_shown_from_what_is_kept(
    network: Network, drive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agreed(network, ("assembler", "customer", 1)) as made:
        assert trace(network, "customer", drive)[drive]["disclosure"] == "shown"
        for module in (service, looking):
            monkeypatch.setattr(module, "utc_now", lambda: 4102444800)  # the agreement's first second after
        (lot,) = trace(network, "customer", drive).values()
        assert (lot["disclosure"], lot["inputs"], lot["names"]) == ("not disclosed", [], None)
        monkeypatch.undo()
        assert len(received(network, "customer", made["assembler", "customer"])) == 1


def test_what_came_by_way_of_others_is_not_kept(network: Network, drive: str) -> None:
    with agreed(network, ("assembler", "customer", 1), ("parts", "assembler", 2)) as made:
        assert len(trace(network, "customer", drive)) == 4
        assert received(network, "customer", made["parts", "assembler"]) == []
        assert len(received(network, "customer", made["assembler", "customer"])) == 1


def test_deletion_from_demand_to_a_confirmation_that_the_provider_holds(network: Network, drive: str) -> None:
    with agreed(network, ("assembler", "customer", 1)) as made:
        agreement_id = made["assembler", "customer"]
        path = f"/v1/agreements/{agreement_id}"
        assert trace(network, "customer", drive)[drive]["names"]["product"] == "Drive unit"
        network.call("assembler", "POST", f"{path}/deletion-demand")
        network.settle_down()
        refused(send(network, "assembler", "PUT", f"{path}/confirmation"), 409, "server-refused")
        (lot,) = trace(network, "customer", drive).values()
        assert (lot["disclosure"], lot["names"]) == ("not disclosed", None)
        assert len(received(network, "customer", agreement_id)) == 1

        network.call("customer", "POST", f"{path}/deletion")
        assert received(network, "customer", agreement_id) == []
        network.settle_down()
        refused(send(network, "steel", "PUT", f"{path}/confirmation"), 404, "unknown-agreement")
        answer: Any = send(network, "assembler", "PUT", f"{path}/confirmation")
        assert answer.status_code == 200, answer.text
        held = read_confirmation(answer.content)
        assert held.signer() == network.businesses["customer"].account
        for who in network.firms:
            ledger = network.firms[who].node.ledger
            row = ledger.agreements.agreement_of(agreement_id)
            assert row is not None
            assert row.demanded_at
            assert row.confirmed_at
            assert row.confirmation_hash == held.hash
        shown = network.call("assembler", "GET", path)
        assert shown["state"] == "deleted"
        assert read_confirmation(shown["confirmation"]) == held
