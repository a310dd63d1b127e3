"""Files from anybody: what is no bundle is refused in one sentence, and nothing crashes the verifier."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tanso.platform.proofs.model import Bundle, BundleUnreadable, read_bundle
from tanso.platform.proofs.verify import Finding, verify

Forge = Callable[[Any], Bundle]


def refusal(text: str) -> str:
    with pytest.raises(BundleUnreadable) as refused:
        read_bundle(text)
    assert refused.value.hint
    assert "\n" not in refused.value.message
    return refused.value.message


def leaf_of(document: Any) -> Any:
    return document["lots"][document["lot"]]["breakdown"][0]


@pytest.mark.parametrize("text", ["", " ", "null", "[]", "12", '"proof"', "{", "{}", "\x00", "<html></html>"])
def test_a_file_that_is_no_bundle_is_refused(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize("number", ["1.5", "3.0", "1e3", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_not_whole_is_refused(text: str, number: str) -> None:
    assert f"{number} is no whole number" in refusal(text.replace('"threshold": 2', f'"threshold": {number}'))
    assert number in refusal(text.replace('"quantity": 8,', f'"quantity": {number},', 1))


def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    doubled = text.replace('"threshold": 2', '"threshold": 3, "threshold": 2')
    assert "twice" in refusal(doubled)
    assert "twice" in refusal(text.replace('"quantity": 8,', '"quantity": 9, "quantity": 8,', 1))


@pytest.mark.parametrize(
    "place", [(), ("chain",), ("oracle",), ("issuer",), ("intensities", 0), ("reports", 1)]
)
def test_an_unknown_field_is_refused_and_named(document: Any, place: tuple[Any, ...]) -> None:
    holder = document
    for part in place:
        holder = holder[part]
    holder["colour"] = "green"
    assert refusal(json.dumps(document)).startswith(".".join(map(str, (*place, "colour"))))


@pytest.mark.parametrize("field", ["lot", "chain", "oracle", "lots", "reports", "issuer", "signature"])
def test_a_missing_field_is_refused_and_named(document: Any, field: str) -> None:
    del document[field]
    assert refusal(json.dumps(document)).startswith(f"{field}:")


@pytest.mark.parametrize("depth", [10, 500, 900, 100_000])
def test_huge_nesting_is_refused(text: str, depth: int) -> None:
    for start, end in (("[", "]"), ('{"a":', "}")):
        deep = start * depth + "1" + end * depth
        assert refusal(deep)
        assert refusal(text.replace('"quantity": 8,', f'"quantity": {deep},', 1))


def test_huge_nesting_inside_a_text_is_refused(document: Any) -> None:
    # A factor's source is JSON in a text, and is parsed in its turn.
    for deep in ("[" * 100_000, '{"a":' * 100_000, '["x' + "[" * 100_000 + '"' + "[" * 100_000):
        document["factors"][0]["source"] = deep
        assert refusal(json.dumps(document)).startswith("factors.0.source:")


def test_brackets_in_words_are_no_nesting(document: Any, forge: Forge) -> None:
    source = json.dumps({"basis": 'say "' + "[" * 100})
    document["factors"][0]["source"] = source
    assert forge(document).factors[0].source == source


def test_a_number_of_thousands_of_digits_is_refused(text: str) -> None:
    for digits in (41, 5_000, 100_000):
        assert refusal(text.replace('"quantity": 8,', f'"quantity": {"9" * digits},', 1))


def test_half_a_character_is_refused(text: str) -> None:
    assert refusal(text.replace('"kind": "material"', '"kind": "\\ud800"', 1))
    assert refusal(text.replace('"document": "', '"document": "\\udfff', 1))


def test_another_format_is_refused(text: str) -> None:
    assert refusal(text.replace("tanso-proof@2", "tanso-proof@1")).startswith("format:")


def test_an_address_without_its_checksum_is_refused(document: Any) -> None:
    contracts = document["chain"]["contracts"]
    contracts["Lots"] = contracts["Lots"].lower()
    assert "checksum" in refusal(json.dumps(document))


@pytest.mark.parametrize("names", [["Lots"], ["OracleReports", "Credits"]])
def test_a_bundle_must_name_all_contracts_and_no_other(document: Any, names: list[str]) -> None:
    contracts = document["chain"]["contracts"]
    some = {name: contracts[name] for name in names}
    for changed in (some, contracts | {"Casino": contracts["Lots"]}):
        document["chain"]["contracts"] = changed
        assert refusal(json.dumps(document)).startswith("chain.contracts:")


@pytest.mark.parametrize(
    ("field", "value"),
    [("chain_id", 0), ("chain_id", 2**63), ("chain_id", True), ("chain_id", "1"), ("chain_id", None)],
)
def test_a_value_out_of_bounds_is_refused_and_named(document: Any, field: str, value: Any) -> None:
    document["chain"][field] = value
    assert refusal(json.dumps(document)).startswith(f"chain.{field}:")


ODD = [None, True, -1, 10**39, "", "8", [], [1], {}, {"a": {"b": []}}, "\u202e0x", ["0x" + "5" * 32]]


@pytest.mark.parametrize(
    "name", ["kind", "ref_id", "quantity", "unit", "co2_ug", "primary_ug", "record", "salt"]
)
def test_a_leaf_of_another_form_gives_findings(document: Any, forge: Forge, name: str) -> None:
    leaf = leaf_of(document)
    before = leaf.get(name)
    for value in ODD:
        if value != before:
            leaf[name] = value
            assert verify(forge(document)), value
    leaf.pop(name)
    assert verify(forge(document)) == [] if before is None else verify(forge(document))


@pytest.mark.parametrize("kind", ["formula", "factor", "equipment", "reading", "result", "declared"])
def test_evidence_of_another_form_gives_findings(document: Any, forge: Forge, kind: str) -> None:
    evidence = document["reports"][0]["evidence"]
    leaf = next(leaf for leaf in evidence if leaf["kind"] == kind)
    for name, before in list(leaf.items()):
        for value in ([1], {"a": []}, 7):
            if value == before:  # which report comes first, and so how many leaves it has, differs by world
                continue
            leaf[name] = value
            assert any(finding.place.startswith("reports.0") for finding in verify(forge(document)))
        leaf[name] = before


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**100), 2**100)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["material", "external", "equipment", "pc", "0x" + "0" * 32, "1e30 kWh", "9" * 40]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def mutated(data: st.DataObject, value: Any) -> Any:
    """The value with one thing somewhere in it replaced, removed or doubled."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 9)):
        copy: Any = dict(value) if isinstance(value, dict) else list(value)
        key = data.draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value))))
        match data.draw(st.integers(0, 9)):
            case 0:
                del copy[key]
            case 1 if isinstance(copy, list):
                copy.append(copy[key])
            case 1:
                copy[data.draw(st.text(max_size=40))] = copy[key]
            case _:
                copy[key] = mutated(data, value[key])
        return copy
    return data.draw(JSON)


@given(st.data())
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_changed_the_verifier_answers(text: str, data: st.DataObject) -> None:
    document = json.loads(text)
    changed = document
    for _ in range(data.draw(st.integers(1, 3))):
        changed = mutated(data, changed)
    try:
        bundle = read_bundle(json.dumps(changed))
    except BundleUnreadable:
        return
    found = verify(bundle)
    assert all(isinstance(finding, Finding) and str(finding) for finding in found)
    assert bool(found) == (json.dumps(changed) != json.dumps(document))


@given(st.text(max_size=200))
def test_whatever_is_read_the_reader_answers(text: str) -> None:
    with pytest.raises(BundleUnreadable):
        read_bundle(text)
