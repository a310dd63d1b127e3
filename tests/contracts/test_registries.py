"""Formulas by name, version and number, and businesses' endpoints, on the embedded chain and on anvil."""

from typing import Any

import pytest

from tanso.contracts.errors import InvalidValue, Reverted
from tanso.contracts.formulas import FormulaName
from tanso.contracts.identity import content_hash
from tanso.contracts.values import ZERO_HASH, Endpoint

ID = "0x" + "ab" * 16
NEW = content_hash(b"a changed formula document")
URL = content_hash(b"https://another.example")


def test_a_formula_is_found_by_its_name_and_version_and_by_its_number(world: Any) -> None:
    formulas = world.ledger.formulas
    world.send(world.admin, formulas.register(NEW, "tanso-cfp@2"))
    assert (formulas.name_of(world.formula), formulas.name_of(NEW)) == ("tanso-cfp@1", "tanso-cfp@2")
    assert (formulas.id_of("tanso-cfp@1"), formulas.id_of("tanso-cfp@2")) == (world.formula, NEW)
    assert formulas.latest_version_of("tanso-cfp") == 2
    numbers = {i: formulas.id_of_number(i) for i in range(1, formulas.count() + 1)}
    assert list(numbers.values()) == [world.formula, world.methodology, NEW]
    assert {found: formulas.number_of(found) for found in numbers.values()} == {
        found: number for number, found in numbers.items()
    }


def test_formulas_that_are_not_registered_read_as_none(settled: Any) -> None:
    formulas = settled.ledger.formulas
    assert formulas.name_of(NEW) is None
    assert formulas.number_of(NEW) is None
    assert formulas.id_of("tanso-cfp@2") is None
    assert formulas.id_of_number(0) is None
    assert formulas.id_of_number(3) is None
    assert formulas.latest_version_of("unheard-of") == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tanso-cfp@1", FormulaName("tanso-cfp", 1)),
        ("at@home@12", FormulaName("at@home", 12)),
        ("two words@3", FormulaName("two words", 3)),
    ],
)
def test_name_and_version_are_split_at_the_last_at_sign(text: str, name: FormulaName) -> None:
    assert FormulaName.parse(text) == name
    assert str(name) == text


@pytest.mark.parametrize(
    "text",
    ["tanso-cfp", "tanso-cfp@", "@1", "tanso-cfp@0", "tanso-cfp@01", "tanso-cfp@-1", "tanso-cfp@x", ""],
)
def test_a_name_without_a_version_from_one_is_refused_with_an_example(text: str, settled: Any) -> None:
    with pytest.raises(InvalidValue, match="no name and version") as refused:
        settled.ledger.formulas.register(NEW, text)
    assert '"tanso-cfp@1"' in refused.value.hint


def test_a_version_beyond_32_bits_is_refused_with_the_field_named(settled: Any) -> None:
    with pytest.raises(InvalidValue, match="version must lie between"):
        settled.ledger.formulas.register(NEW, f"tanso-cfp@{2**32}")


def test_an_endpoint_holds_from_its_block_on_and_the_former_stay_readable(world: Any) -> None:
    businesses = world.ledger.businesses
    (first,) = businesses.endpoints_of(world.maker_id)
    assert first.hash == content_hash(b"https://example")
    # Some time later: blocks may otherwise share a second.
    world.w3.provider.make_request("evm_increaseTime", [60])
    receipt = world.send(world.maker, businesses.set_endpoint(URL))
    since = int(world.w3.eth.get_block(receipt["blockNumber"])["timestamp"])
    assert businesses.endpoints_of(world.maker_id) == (first, Endpoint(URL, since))
    assert businesses.endpoint_at(world.maker_id, since - 1) == first.hash
    assert businesses.endpoint_at(world.maker_id, since) == URL
    assert businesses.endpoint_at(world.maker_id, first.since - 1) is None
    assert len(businesses.endpoints_of(world.customer_id)) == 1


def test_an_endpoint_of_nothing_is_refused(settled: Any) -> None:
    with pytest.raises(Reverted, match="BusinessRegistryZero"):
        settled.ledger.simulate(settled.ledger.businesses.set_endpoint(ZERO_HASH), settled.maker.address)


def test_an_unregistered_business_has_no_endpoints(settled: Any) -> None:
    assert settled.ledger.businesses.endpoints_of(ID) == ()
    with pytest.raises(Reverted, match="BusinessRegistryUnknownId"):
        settled.ledger.businesses.endpoint_at(ID, 0)
