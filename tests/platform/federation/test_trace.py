"""The search upstream over four servers: shown, refused, away, lying and cut off, each at its place."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tanso.platform.demo.network import Network
from tanso.platform.federation import answering, asking
from tanso.platform.lots.drafts import InputKind, LotInput

from ..browser import Browser
from .conftest import agreed, moved, send, tampered, trace

CHAIN = [("assembler", "customer", 1), ("parts", "assembler", 2), ("steel", "parts", 3)]
"""Provider, receiver and depth of agreements that lead from the customer to the steel works."""

Made = dict[tuple[str, str], str]


def states(network: Network, who: str, lot_id: str, **params: int) -> dict[tuple[str, int], str]:
    """What is said of each firm's lots at each depth."""
    parts = {firm.business.id: firm.part for firm in network.firms.values()}
    found = trace(network, who, lot_id, **params)
    return {(parts[lot["business_id"]], lot["depth"]): lot["disclosure"] for lot in found.values()}


def uses(network: Network, provider: str, agreement_id: str) -> Any:
    return network.call(provider, "GET", f"/v1/agreements/{agreement_id}/uses")["items"]


def test_without_an_agreement_the_first_server_refuses_and_the_search_ends_there(
    network: Network, drive: str
) -> None:
    (lot,) = trace(network, "customer", drive).values()
    assert lot["disclosure"] == "not disclosed"
    assert "no agreement in force" in lot["reason"]
    assert (lot["inputs"], lot["names"], lot["agreements"]) == ([], None, [])


@pytest.mark.parametrize(
    ("agreements", "last"),
    [
        ([("assembler", "customer", 1), ("parts", "assembler", 1)], ("parts", 1)),
        ([("assembler", "customer", 1), ("parts", "assembler", 2), ("steel", "parts", 2)], ("steel", 2)),
        ([("assembler", "customer", 1), ("parts", "assembler", 1), ("steel", "parts", 3)], ("parts", 1)),
    ],
)
def test_an_answer_goes_no_deeper_than_each_provider_allows(
    network: Network, drive: str, agreements: list[tuple[str, str, int]], last: tuple[str, int]
) -> None:
    with agreed(network, *agreements):
        found = states(network, "customer", drive)
    assert found.pop(last) == "not disclosed"
    assert set(found.values()) == {"shown"}
    assert max(depth for _, depth in found) < last[1]


def test_a_part_of_the_fields_shows_a_part_of_the_inputs(network: Network, drive: str) -> None:
    with agreed(network, ("assembler", "customer", 1), fields=("equipment",)):
        (lot,) = trace(network, "customer", drive).values()
    assert lot["disclosure"] == "in part"
    assert [part["kind"] for part in lot["inputs"]] == ["equipment"]
    assert lot["names"] is None


def test_what_was_received_is_kept_and_shown_again_without_asking(network: Network, drive: str) -> None:
    with agreed(network, ("assembler", "customer", 1)) as made:
        first = trace(network, "customer", drive)[drive]
        again = trace(network, "customer", drive)[drive]
        assert first.pop("received_at") is None
        assert again.pop("received_at")
        assert first == again
        assert len(uses(network, "assembler", made["assembler", "customer"])) == 1
    # Kept, but the agreement is over.
    (lot,) = trace(network, "customer", drive).values()
    assert (lot["disclosure"], lot["inputs"], lot["names"]) == ("not disclosed", [], None)


def test_a_business_without_a_known_server_is_shown_as_such(network: Network, drive: str) -> None:
    path = f"/v1/servers/{network.businesses['assembler'].id}"
    assert send(network, "customer", "DELETE", path, operator=True).status_code == 204
    (lot,) = trace(network, "customer", drive).values()
    given = {"url": network.firms["assembler"].url}
    assert send(network, "customer", "PUT", path, operator=True, json=given).status_code == 200
    assert lot["disclosure"] == "elsewhere"


def test_only_a_business_asks_other_servers(network: Network, drive: str) -> None:
    response = send(network, "customer", "GET", f"/v1/lots/{drive}/trace", operator=True).json()
    assert [(lot["disclosure"], lot["reason"]) for lot in response["lots"]] == [("not disclosed", None)]


@pytest.fixture(scope="module")
def chain(network: Network) -> Iterator[dict[tuple[str, str], str]]:
    """IDs of agreements that open every server to the customer, by provider and receiver."""
    with agreed(network, *CHAIN) as made:
        yield made


def test_a_chain_of_agreements_opens_every_server_up_to_the_raw_material(
    network: Network, chain: Made, drive: str, story: dict[str, list[str]]
) -> None:
    found = trace(network, "customer", drive)
    assert {lot["disclosure"] for lot in found.values()} == {"shown"}
    # A and B are both made of the first coil: a diamond, whose end is there once.
    assert [lot_id for lot_id, lot in found.items() if lot["depth"] == 2] == [story["steel"][0]]
    assert {lot_id for lot_id, lot in found.items() if lot["depth"] == 1} == set(story["parts"])
    for lot in found.values():
        for figure in ("co2_ug", "primary_ug"):
            assert sum(part[figure] for part in lot["inputs"]) == lot[figure]
    assert found[drive]["names"]["product"] == "Drive unit"
    steel = found[story["steel"][0]]
    assert steel["names"]["business"] == "Gwangyang Steel"
    assert list(steel["names"]["equipment"].values()) == ["rolling line"]
    assert steel["agreements"] == [chain["steel", "parts"]]
    # The steel works sees that it was the customer who asked, whom it has no agreement with itself.
    (use,) = uses(network, "steel", chain["steel", "parts"])
    assert use["reader_id"] == network.businesses["customer"].id
    assert (use["answered"], use["lot_id"]) == (True, story["steel"][0])
    # Those between see as far as they are let in, and nobody sees what goes downstream.
    assert states(network, "assembler", drive) == {
        ("assembler", 0): "shown", ("parts", 1): "shown", ("steel", 2): "shown",
    }  # fmt: skip
    assert states(network, "parts", drive) == {("assembler", 0): "not disclosed"}


@pytest.mark.parametrize("bound", ["MAX_ANSWER_BYTES", "MAX_SECONDS"])
def test_what_is_too_long_or_too_slow_for_one_answer_comes_in_several(
    network: Network, chain: Made, drive: str, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(answering, bound, 0)
    before = len(uses(network, "parts", chain["parts", "assembler"]))
    assert set(states(network, "customer", drive).values()) == {"shown"}
    # What did not go out was not noted: one use for each of the two lots.
    assert len(uses(network, "parts", chain["parts", "assembler"])) == before + 2


def test_a_dead_server_is_shown_at_its_place_and_the_rest_goes_on(
    network: Network, chain: Made, drive: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with moved(network, "parts", url):
        found = trace(network, "customer", drive)
    assert found[drive]["disclosure"] == "shown"
    assert said_of_parts(found) == {("unreachable", "its server gave no answer at its address")}


def test_a_server_that_never_answers_holds_nothing_up_for_long(
    network: Network, chain: Made, drive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "SERVER_SECONDS", 1)
    with never_answers() as url, moved(network, "parts", url):
        found = trace(network, "customer", drive, max_seconds=60)
    assert said_of_parts(found) == {("unreachable", "its server gave no answer in time")}


def test_what_is_open_when_the_time_is_over_is_shown_as_cut_off(
    network: Network, chain: Made, drive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "SERVER_SECONDS", 60)
    with never_answers() as url, moved(network, "parts", url):
        params = {"max_seconds": 1}
        response = send(network, "customer", "GET", f"/v1/lots/{drive}/trace", params=params).json()
    assert not response["complete"]
    at_parts = {(lot["disclosure"], lot["reason"]) for lot in response["lots"] if lot["depth"] == 1}
    assert at_parts == {("cut off", "the search's time was over")}


def test_another_businesss_server_cannot_answer_in_its_place(
    network: Network, chain: Made, drive: str
) -> None:
    with moved(network, "parts", network.firms["steel"].url):
        found = trace(network, "customer", drive)
    assert said_of_parts(found) == {
        (
            "unreachable",
            "its server answered with status 404 (unknown-business) and without the business's signature",
        )
    }


def said_of_parts(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(lot["disclosure"], lot["reason"]) for lot in found.values() if lot["depth"] == 1}


@contextmanager
def never_answers() -> Iterator[str]:
    """The address of something that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


def _heavier(items: list[LotInput]) -> None:
    items[0].co2_ug = (items[0].co2_ug or 0) + 1


def _other_salt(items: list[LotInput]) -> None:
    items[0].salt = "0x" + "11" * 32


def _other_machine(items: list[LotInput]) -> None:
    items[0].ref_id = "0x" + "11" * 16


@pytest.mark.parametrize("tamper", [_heavier, _other_salt, _other_machine, None])
def test_a_server_that_lies_is_shown_at_its_place_and_the_rest_goes_on(
    network: Network,
    chain: Made,
    drive: str,
    story: dict[str, list[str]],
    tamper: Any,
) -> None:
    """Its database was changed after the lot was settled; `None`: an input was taken out of it."""
    false, right = story["parts"]
    with tampered(network, "parts", false, tamper):
        found = trace(network, "customer", drive)
    assert found[false]["disclosure"] == "does not fit"
    assert (found[false]["inputs"], found[false]["names"]) == ([], None)
    assert found[right]["disclosure"] == "shown"
    assert found[story["steel"][0]]["disclosure"] == "shown"
    # What it said and signed is on record.
    *_, kept = network.call("customer", "GET", "/v1/false-answers")["items"]
    assert kept["answerer_id"] == network.businesses["parts"].id
    assert kept["reason"] == found[false]["reason"]


def test_a_circle_over_two_servers_is_a_lie_at_its_place_and_ends(
    network: Network, chain: Made, drive: str, story: dict[str, list[str]]
) -> None:
    """The maker of a part says that the product which the part went into went into the part."""

    def made_of_the_product(items: list[LotInput]) -> None:
        material = next(item for item in items if item.kind == InputKind.MATERIAL)
        material.ref_id = drive

    false, right = story["parts"]
    before = trace(network, "customer", drive)
    with tampered(network, "parts", false, made_of_the_product):
        found = trace(network, "customer", drive)
    assert found[false]["disclosure"] == "does not fit"
    assert (found[drive]["disclosure"], found[drive]["depth"]) == ("shown", 0)
    assert found[right] == before[right]
    assert found.keys() <= before.keys()


@pytest.mark.parametrize(
    ("params", "shown", "cut"),
    [({"max_depth": 1}, 3, 1), ({"max_lots": 1}, 1, 0), ({"max_lots": 3}, 3, 0)],
)
def test_depth_and_number_of_lots_are_bounded(
    network: Network, chain: Made, drive: str, params: dict[str, int], shown: int, cut: int
) -> None:
    response = send(network, "customer", "GET", f"/v1/lots/{drive}/trace", params=params).json()
    said = [lot["disclosure"] for lot in response["lots"]]
    assert not response["complete"]
    assert (said.count("shown"), said.count("cut off")) == (shown, cut)


def test_the_page_marks_each_place_in_words(
    network: Network, chain: Made, drive: str, story: dict[str, list[str]]
) -> None:
    """One part's maker lies about it, the steel works' server is away: the rest is shown all the same."""
    browser = Browser(network.firms["customer"].app)
    browser.sign_in(network.businesses["customer"].token)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with tampered(network, "parts", story["parts"][0], _heavier), moved(network, "steel", url):
        page = browser.get(f"/lots/{drive}/trace").text
    browser.close()
    places = dict(re.findall(r'id="lot-(0x\w+)"(.*?)(?=id="lot-|</main>)', page, re.S))
    for lot, words in (
        (drive, "shown with proof"), (story["parts"][0], "lying"), (story["parts"][1], "shown with proof"),
        (story["steel"][0], "away"),
    ):  # fmt: skip
        assert f"</span> {words}</span>" in places[lot]
    assert "Drive unit" in places[drive]
    assert "its server gave no answer at its address" in places[story["steel"][0]]
    assert 'id="states">2 shown with proof, 1 away, 1 lying<' in page
