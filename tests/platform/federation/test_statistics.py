"""Statistics over lots of five producers on three servers, released by a fourth; rules of docs/statistics.md.

The customer's server keeps the dictionary and releases. Steel, parts and assembler are firms of their own
servers; the first two of these serve a second business each. Tests take back what they gave; the release,
which nobody can take back, comes last.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tanso.devchain import dev_accounts
from tanso.oracle.keys import create_keystore
from tanso.oracle.store import reading, writing
from tanso.platform.demo.network import PASSWORD_FILE, WORK_FACTOR, FirmServer, Network
from tanso.platform.dictionaries import pages
from tanso.platform.dictionaries.schemas import Communities
from tanso.platform.federation import reading as federation_reading
from tanso.platform.statistics import elsewhere, giving, pulling
from tanso.platform.statistics.local import CategoryLot, ServerLot

from ...databases import copied
from ..api.conftest import STEEL
from .conftest import CLIENT, refused
from .test_names import found_in, holdings

YEAR = {"period_start": "2023-01-01T00:00:00Z", "period_end": "2024-01-01T00:00:00Z"}
UNKNOWN = "0x" + "cd" * 16
PRODUCT = "bracket of a secret kind"


@dataclass
class Maker:
    """A business, on a server that may be another's as well."""

    firm: FirmServer
    id: str
    token: str

    def send(self, method: str, path: str, **request: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return CLIENT.request(method, self.firm.url + path, headers=headers, **request)

    def call(self, method: str, path: str, **request: Any) -> Any:
        response = self.send(method, path, **request)
        assert response.is_success, response.text
        return response.json() if response.content else None


@dataclass
class Market:
    """The network, its producers, and the customer with the category that it keeps."""

    network: Network
    makers: list[Maker]
    customer: Maker
    steel: str = ""
    term_id: str = ""
    made: int = 0

    @property
    def there(self) -> str:
        """The category, as other servers' routes name it."""
        return f"/v1/servers/{self.customer.id}/terms/{self.term_id}"

    def operate(self, path: str, who: str = "customer") -> Any:
        """A request about the year by a server's operator."""
        firm = self.network.firms[who]
        return CLIENT.post(firm.url + path, json=YEAR, headers={"Authorization": f"Bearer {firm.operator}"})

    def pull(self, who: str = "customer") -> Any:
        response = self.operate("/v1/contribution-pulls", who)
        assert response.status_code == 200, response.text
        return response.json()

    def brackets(self, makers: list[Maker]) -> list[str]:
        """A lot of each maker: a hundred brackets from 1, 2, … kg of steel, 3.93 g CO2e per kg and piece."""
        found = []
        for kilos, maker in enumerate(makers, start=1):
            self.made += 1
            given = {"name": f"lot {self.made}", "product": PRODUCT, "started_at": "2023-05-01T00:00:00Z"}
            lot_id = maker.call("POST", "/v1/lots", json=given)["lot_id"]
            use = {"factor_id": self.steel, "consumption": {"value": str(kilos), "unit": "kg"}}
            use["at"] = "2023-05-02T00:00:00Z"
            maker.call("POST", f"/v1/lots/{lot_id}/material-uses", json=use)
            done = {"good": {"value": "100", "unit": "pc"}, "completed_at": "2023-05-03T00:00:00Z"}
            maker.call("POST", f"/v1/lots/{lot_id}/completion", json=done)
            found.append(lot_id)
        return found


@pytest.fixture(scope="module")
def market(
    request: pytest.FixtureRequest, firms_told: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Market]:
    with copied(request, firms_told, tmp_path_factory.mktemp("market") / "firms") as folder:
        yield from _market(folder)


def _market(folder: Path) -> Iterator[Market]:
    second = dict(zip(("steel", "parts"), dev_accounts(3)[1:], strict=True))
    for part, account in second.items():
        password = (folder / part / PASSWORD_FILE).read_text("utf-8")
        create_keystore(folder / part / "keys", password, account=account, iterations=WORK_FACTOR)
    with Network.reopen(folder) as network, network.serving():
        firms = network.firms
        makers = [
            Maker(firms[part], firms[part].business.id, firms[part].business.token)
            for part in ("steel", "parts", "assembler")
        ]
        for part, account in second.items():
            body = {"name": f"second at {part}", "account": account.address, "endpoint": firms[part].url}
            given = network.operate(part, "POST", "/v1/businesses", json=body)
            makers.append(Maker(firms[part], given["business_id"], given["token"]))
        customer = firms["customer"]
        found = Market(network, makers, Maker(customer, customer.business.id, customer.business.token))
        found.steel = network.operate("steel", "POST", "/v1/factors", json=STEEL)["factor_id"]
        network.settle_down()
        for maker in makers[3:]:
            body = {"url": maker.firm.url}
            network.operate("customer", "PUT", f"/v1/servers/{maker.id}", json=body)
        found.term_id = dictionary(found.customer, makers[0])
        yield found


@pytest.fixture(scope="module")
def lots(market: Market) -> list[str]:
    """A settled lot of each maker."""
    found = market.brackets(market.makers)
    market.network.settle_down()
    return found


def dictionary(keeper: Maker, member: Maker) -> str:
    """A community of two on the keeper's server, and a term in it that the other adds; gives the term."""
    body = {"name": "makers", "description": "of brackets"}
    community_id = keeper.call("POST", "/v1/communities", json=body)["community_id"]
    there = f"/v1/servers/{keeper.id}"
    term = {"label": "brackets", "definition": "of steel", "unit": "pc", "community_ids": [community_id]}
    refused(member.send("PUT", f"{there}/communities/{community_id}/membership"), 409, "server-refused")
    refused(member.send("POST", f"{there}/terms", json=term), 409, "server-refused")
    path = f"/v1/communities/{community_id}/members/{member.id}"
    keeper.call("PUT", path, json={"standing": "invited"})
    for _ in range(2):
        joined = member.call("PUT", f"{there}/communities/{community_id}/membership")
        assert (joined["name"], joined["members"]) == ("makers", 2)
    added = member.call("POST", f"{there}/terms", json=term)
    assert (added["added_by"], added["counts"]) == (member.id, True)
    body = {"relation": "exact", "code_system": "HS", "code": "7326"}
    keeper.call("POST", f"/v1/terms/{added['term_id']}/mappings", json=body)
    return str(added["term_id"])


def give(market: Market, maker: Maker, *lot_ids: str, products: tuple[str, ...] = ()) -> None:
    maker.call("POST", f"{market.there}/contributions", json={"lot_ids": lot_ids, "products": products})


def test_another_servers_dictionary_is_shown_as_it_stands_there(market: Market) -> None:
    maker = market.makers[0]
    server = f"/v1/servers/{market.customer.id}"
    for path, params in (
        ("/communities", {"limit": 1}),
        ("/terms", {"text": "steel", "code_system": "HS", "status": "active"}),
        ("/terms", {"text": "wood"}),
        (f"/terms/{market.term_id}/mappings", {}),
        (f"/terms/{market.term_id}/releases", {}),
    ):
        shown = maker.call("GET", server + path, params=params)
        assert shown == market.customer.call("GET", f"/v1{path}", params=params), path
    refused(maker.send("GET", f"/v1/servers/{UNKNOWN}/terms"), 404, "unknown-server")
    refused(maker.send("GET", f"{server}/terms/{UNKNOWN}/mappings"), 409, "server-refused")
    refused(market.makers[3].send("GET", f"/v1/servers/{market.makers[4].id}/terms"), 404, "unknown-server")
    body = {"products": [PRODUCT]}
    here = f"/v1/servers/{market.makers[3].id}/terms/{UNKNOWN}/contributions"
    refused(maker.send("POST", here, json=body), 409, "on-this-node")
    refused(maker.send("POST", f"{server}/terms/{UNKNOWN}/contributions", json=body), 404, "unknown-term")


def test_an_answer_of_another_form_is_none_and_few_are_waited_for_at_a_time(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker, path = market.makers[0], f"/v1/servers/{market.customer.id}/communities"
    false = Communities.model_construct(items=[], next="nonsense")
    monkeypatch.setattr(pages, "communities_page", lambda *_: false)
    problem = refused(maker.send("GET", path), 502, "server-unreachable")
    assert problem["detail"] == "its server's answer is not one to the question"
    monkeypatch.undo()
    monkeypatch.setattr(federation_reading, "_FREE", threading.BoundedSemaphore(1))
    with federation_reading._FREE:
        refused(maker.send("GET", path), 503, "busy")
    assert maker.send("GET", path).status_code == 200


def test_a_server_gains_nothing_by_lots_that_its_business_did_not_make(
    market: Market, lots: list[str]
) -> None:
    liar = market.makers[2]
    body = {"lot_ids": [lots[3]]}
    refused(liar.send("POST", f"{market.there}/contributions", json=body), 403, "not-producer")
    lie = ServerLot(
        lot_id=lots[3], business_id=liar.id, server_id=market.customer.id, term_id=market.term_id, given_at=1
    )
    with writing(liar.firm.node.engine) as session:
        session.add(lie)
    pulled = market.pull()
    with writing(liar.firm.node.engine) as session:
        session.delete(session.get_one(ServerLot, lots[3]))
    assert (pulled["lots"], pulled["refused"]) == (0, 1)
    with reading(market.customer.firm.node.engine) as session:
        assert session.get(CategoryLot, lots[3]) is None


def test_a_lot_that_one_server_has_read_counts_there_or_nowhere(market: Market, lots: list[str]) -> None:
    maker, read = market.makers[0], lots[0]
    (unread,) = market.brackets([maker])
    market.network.settle_down()
    contributions = f"{market.there}/contributions"
    give(market, maker, read)
    market.pull()
    give(market, maker, unread)
    shown = maker.call("GET", contributions)["items"]
    assert {one["lot_id"]: one["read_at"] is not None for one in shown} == {read: True, unread: False}
    page = maker.call("GET", contributions, params={"limit": 1})
    rest = maker.call("GET", contributions, params={"after": page["next"]})
    assert page["items"] + rest["items"] == shown
    maker.call("POST", f"{market.there}/withdrawals", json={"lot_ids": [read, unread]})
    community = maker.call("POST", "/v1/communities", json={"name": "own", "description": "own"})
    body = {"label": "own", "definition": "own", "unit": "pc", "community_ids": [community["community_id"]]}
    own = f"/v1/terms/{maker.call('POST', '/v1/terms', json=body)['term_id']}/contributions"
    refused(maker.send("POST", own, json={"lot_ids": [read]}), 409, "for-another-server")
    maker.call("POST", own, json={"lot_ids": [unread]})
    refused(maker.send("POST", contributions, json={"lot_ids": [unread]}), 409, "lot-in-category")
    assert maker.call("GET", contributions)["items"] == []


def test_long_answers_come_in_parts_and_endless_ones_are_none(
    market: Market, lots: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = market.makers[0]
    give(market, maker, lots[0])
    monkeypatch.setattr(elsewhere, "LOTS_AT_ONCE", 1)
    assert market.pull()["lots"] == 1
    monkeypatch.setattr(giving, "told", lambda *_: [(lots[0], market.term_id)])
    pulled = market.pull()
    assert (pulled["lots"], pulled["silent"]) == (0, 5)
    assert {one["reason"] for one in pulled["silent_servers"]} == {
        "its server's answer goes round in a circle"
    }
    monkeypatch.undo()
    monkeypatch.setattr(pulling, "MAX_LOTS", 0)
    (silent,) = market.pull()["silent_servers"]
    assert silent["business_id"] == maker.id
    monkeypatch.undo()
    with pulling._FREE:
        refused(market.operate("/v1/contribution-pulls"), 409, "pull-under-way")
    maker.call("DELETE", f"{market.there}/contributions")


def test_what_was_withdrawn_or_is_not_said_again_is_gone_after_the_next_pull(
    market: Market, lots: list[str]
) -> None:
    first, away, _, _, last = market.makers
    contributions, withdrawals = f"{market.there}/contributions", f"{market.there}/withdrawals"
    for maker, lot_id in list(zip(market.makers, lots, strict=True))[:4]:
        give(market, maker, lot_id)
    give(market, last, products=(PRODUCT,))
    assert market.pull() == {"servers": 5, "lots": 5, "refused": 0, "silent": 0, "silent_servers": []}
    first.call("DELETE", contributions)
    assert first.call("GET", contributions) == {"items": [], "products": [], "next": None}
    refused(first.send("DELETE", contributions), 404, "no-contribution")
    last.call("POST", withdrawals, json={"products": [PRODUCT]})
    assert market.pull()["lots"] == 3
    # A server that is away allows nothing: nobody can say that consent was not withdrawn.
    path = f"/v1/businesses/{away.id}/endpoint"
    away.call("PUT", path, json={"url": "https://elsewhere.example"})
    market.network.settle_down()
    pulled = market.pull()
    assert (pulled["lots"], pulled["silent"]) == (2, 1)
    assert pulled["silent_servers"][0]["business_id"] == away.id
    with reading(market.customer.firm.node.engine) as session:
        assert session.get_one(CategoryLot, lots[1]).withdrawn_at is not None
    away.call("PUT", path, json={"url": away.firm.url})
    market.network.settle_down()
    assert market.pull()["lots"] == 3
    for maker in market.makers[1:4]:
        maker.call("DELETE", contributions)


def test_five_producers_on_three_servers_make_a_release_and_rank_themselves(
    market: Market, lots: list[str]
) -> None:
    releases = f"/v1/terms/{market.term_id}/releases"
    for maker, lot_id in list(zip(market.makers, lots, strict=True))[:4]:
        give(market, maker, lot_id)
    assert market.pull()["lots"] == 4
    refused(market.operate(releases), 409, "nothing-to-release")
    refused(market.makers[0].send("GET", f"{market.there}/rank"), 404, "not-in-release")
    give(market, market.makers[4], lots[4])
    assert market.pull()["lots"] == 5
    # Nobody else is told anything.
    assert market.pull("parts")["lots"] == 0
    made = market.operate(releases).json()
    # 3.93, 7.86, 11.79, 15.72 and 19.65 g count as 3.9, 7.9, 12, 16 and 20 g.
    assert (made["contributors"], made["p25_pg"], made["median_pg"]) == (5, 8 * 10**12, 12 * 10**12)
    ranks = [maker.call("GET", f"{market.there}/rank") for maker in market.makers]
    assert [(rank["own_pg"], rank["band"], rank["release"]) for rank in ranks] == [
        (3_930_000_000_000, "lowest quarter", made),
        (7_860_000_000_000, "lowest quarter", made),
        (11_790_000_000_000, "second quarter", made),
        (15_720_000_000_000, "third quarter", made),
        (19_650_000_000_000, "highest quarter", made),
    ]
    server = f"/v1/servers/{market.customer.id}"
    path = f"{server}/releases/{made['release_id']}/factor"
    factor = market.makers[0].call("GET", path)["factor"]
    assert (factor["value"], factor["unit"]) == ("12", "g/pc")
    assert factor["publisher"].endswith(f"release {made['release_id']} of business {market.customer.id}")
    refused(market.makers[0].send("GET", f"{server}/releases/{UNKNOWN}/factor"), 409, "server-refused")
    # What the product is called stays with its owner.
    assert found_in(holdings(market.network, "customer"), {PRODUCT.encode()}) == set()
    assert found_in(holdings(market.network, "steel"), {PRODUCT.encode()}) != set()
