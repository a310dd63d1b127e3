"""The address book: only addresses that the ledger confirms, entered by those who may."""

import pytest

from tanso.platform.demo.network import Network
from tanso.platform.errors import BadInput
from tanso.platform.federation.addresses import check_url

from .conftest import refused, send

UNKNOWN = "0x" + "cd" * 16


def entry(network: Network, whose: str) -> str:
    return f"/v1/servers/{network.businesses[whose].id}"


def test_each_firm_knows_the_others_by_what_they_named_on_the_ledger(network: Network) -> None:
    for part in network.firms:
        items = send(network, part, "GET", "/v1/servers").json()["items"]
        others = [firm for firm in network.firms.values() if firm.part != part]
        assert {item["business_id"]: item["url"] for item in items} == {
            firm.business.id: firm.url for firm in others
        }
        assert all(item["confirmed"] for item in items)


def test_the_book_comes_in_pages(network: Network) -> None:
    first = send(network, "steel", "GET", "/v1/servers", params={"limit": 2}).json()
    rest = send(network, "steel", "GET", "/v1/servers", params={"limit": 2, "after": first["next"]}).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:1", "not-its-endpoint"),
        ("http://user:password@127.0.0.1", "bad-url"),
        ("http://127.0.0.1/?next=http://elsewhere", "bad-url"),
        ("http://[::1", "bad-url"),
        ("http://:80", "bad-url"),
        ("http://127.0.0.1:99999", "bad-url"),
        ("ftp://127.0.0.1", "bad-input"),
        ("file:///etc/passwd", "bad-input"),
        ("http://127.0.0.1\r\nHost: elsewhere", "bad-input"),
        ("http://" + "a" * 500, "bad-input"),
    ],
)
def test_an_address_that_the_ledger_does_not_confirm_is_refused(
    network: Network, url: str, kind: str
) -> None:
    path, before = entry(network, "parts"), send(network, "steel", "GET", entry(network, "parts")).json()
    refused(send(network, "steel", "PUT", path, operator=True, json={"url": url}), 422, kind)
    assert send(network, "steel", "GET", path).json() == before


def test_a_business_enters_no_address_of_a_private_network(network: Network) -> None:
    url = network.firms["parts"].url
    refused(send(network, "steel", "PUT", entry(network, "parts"), json={"url": url}), 422, "private-address")
    for private in (
        "http://tanso.example",
        "https://192.168.1.1",
        "https://10.0.0.1:8000",
        "https://169.254.169.254",
        "https://[::1]",
        "https://[::ffff:10.0.0.1]",
        "https://0x7f.1",
        "https://2130706433",
        "https://localhost",
        "https://printer.local",
    ):
        with pytest.raises(BadInput) as error:
            check_url(private, by_operator=False)
        assert error.value.kind == "private-address"
        check_url(private, by_operator=True)
    check_url("https://tanso.example:8443/firm", by_operator=False)


def test_unknown_businesses_have_no_server(network: Network) -> None:
    given = {"url": "https://tanso.example"}
    refused(
        send(network, "steel", "PUT", f"/v1/servers/{UNKNOWN}", operator=True, json=given), 404,
        "unknown-business",
    )  # fmt: skip
    refused(send(network, "steel", "GET", f"/v1/servers/{UNKNOWN}"), 404, "unknown-server")
    own = entry(network, "steel")
    refused(send(network, "steel", "DELETE", own, operator=True), 404, "unknown-server")


def test_an_entry_counts_no_longer_when_the_business_names_another_server(network: Network) -> None:
    firm = network.firms["customer"]
    path = f"/v1/businesses/{firm.business.id}/endpoint"
    given = {"json": {"url": "https://tanso.example"}}
    refused(send(network, "steel", "PUT", path, **given), 403, "not-own-business")
    named = send(network, "customer", "PUT", path, **given)
    assert named.status_code == 202, named.text
    # Named again before the ledger has it: the same transaction, and no other one under its key.
    assert send(network, "customer", "PUT", path, **given).json() == named.json()
    refused(send(network, "customer", "PUT", path, json={"url": firm.url}), 409, "key-reused")
    network.settle_down()
    shown = send(network, "steel", "GET", entry(network, "customer")).json()
    assert (shown["url"], shown["confirmed"]) == (firm.url, False)
    operator = {"operator": True, "json": {"url": firm.url}}
    refused(send(network, "steel", "PUT", entry(network, "customer"), **operator), 422, "not-its-endpoint")
    assert send(network, "customer", "PUT", path, json={"url": firm.url}).status_code == 202
    network.settle_down()
    assert send(network, "steel", "GET", entry(network, "customer")).json()["confirmed"]


def test_the_operator_alone_strikes_a_server_out(network: Network) -> None:
    path = entry(network, "customer")
    refused(send(network, "parts", "DELETE", path), 403, "not-allowed")
    assert send(network, "parts", "DELETE", path, operator=True).status_code == 204
    refused(send(network, "parts", "GET", path), 404, "unknown-server")
    given = {"url": network.firms["customer"].url}
    assert send(network, "parts", "PUT", path, operator=True, json=given).json()["confirmed"]
