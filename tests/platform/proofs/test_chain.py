"""A bundle against the ledger: what its maker could make fit in itself, the chain gives away."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from web3 import Web3

from tanso.contracts.deployment import Deployment
from tanso.contracts.errors import ChainUnreachable, DeploymentError
from tanso.contracts.ledger import Ledger
from tanso.devchain import Devchain, DevchainProvider, serving
from tanso.oracle.evidence import Sealed, recompute
from tanso.platform.proofs.model import Bundle
from tanso.platform.proofs.onchain import check_against, verify_on_chain
from tanso.platform.proofs.signed import report_message
from tanso.platform.proofs.verify import verify

Forge = Callable[[Any], Bundle]


@pytest.fixture(scope="module")
def chain(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devchain]:
    state = shutil.copytree(told / "chain", tmp_path_factory.mktemp("proofs") / "chain")
    with Devchain.open(state) as chain:
        yield chain


@pytest.fixture(scope="module")
def deployment(told: Path) -> Deployment:
    return Deployment.load(told / "deployment.json")


@pytest.fixture(scope="module")
def url(chain: Devchain) -> Iterator[str]:
    with serving(chain) as url:
        yield url


@pytest.fixture
def places(chain: Devchain) -> Callable[[Bundle], list[str]]:
    """Where a bundle does not fit the ledger, at whatever contracts it names."""

    def places(bundle: Bundle) -> list[str]:
        named = Deployment(
            chain_id=31337, block=0, admin="", oracle_keys=(), threshold=0, build="",
            addresses=dict(bundle.chain.contracts),
        )  # fmt: skip
        found = check_against(bundle, Ledger(Web3(DevchainProvider(chain)), named))
        assert all(finding.message for finding in found)
        return [finding.place for finding in found]

    return places


Places = Callable[[Bundle], list[str]]


def sealed_anew(document: Any, lot_id: str) -> None:
    """Totals and root of a lot made to fit its leaves."""
    lot = document["lots"][lot_id]
    lot["ledger"]["breakdown_root"] = Sealed(tuple(lot["breakdown"])).root
    for name in ("co2_ug", "primary_ug"):
        lot["ledger"][name] = sum(leaf[name] for leaf in lot["breakdown"])


def reported_anew(document: Any, number: int, keys: list[LocalAccount], forge: Forge) -> None:
    """A report made to fit its evidence, and signed by these keys."""
    report = document["reports"][number]
    report["evidence_root"] = Sealed(tuple(report["evidence"])).root
    report["signatures"] = []
    bundle = forge(document)
    message = report_message(bundle.reports[number], bundle.chain)
    report["signatures"] = ["0x" + bytes(key.sign_message(message).signature).hex() for key in keys]


@pytest.fixture(scope="module")
def strangers() -> list[LocalAccount]:
    return [Account.from_key(keccak(text=f"stranger {number}")) for number in range(2)]


def halve_the_assembler(document: Any, strangers: list[LocalAccount], forge: Forge) -> None:
    """The final lot as if the line's meter had shown half, consistent from the reading to the total."""
    subject = document["lots"][document["lot"]]
    maker = subject["ledger"]["business_id"]
    number = next(n for n, report in enumerate(document["reports"]) if report["business_id"] == maker)
    report = document["reports"][number]
    leaves = {leaf["kind"]: leaf for leaf in report["evidence"] if leaf["kind"] in ("result", "declared")}
    meter = next(
        leaf for leaf in report["evidence"] if leaf["kind"] == "reading" and leaf["quantity"] == "electricity"
    )
    assert (meter["value"], meter["unit"]) == ("3.5", "kWh")
    meter["value"] = "1.75"
    # 1.75 kWh × 0.452 kg/kWh over 420 minutes, rounded up.
    leaves["declared"]["declared_ug"] = report["declared_ug"] = 791_000_000
    pg = -(-791_000_000 * 10**6 // 25_200)
    leaves["result"]["intensity_pg"] = report["entries"][0]["intensity_pg"] = pg
    assert recompute(report["evidence"]).declared_ug == 791_000_000
    for item in document["intensities"]:
        if item["business_id"] == maker:
            item["intensity_pg"] = pg
    use = subject["breakdown"][-1]
    use["co2_ug"] = use["primary_ug"] = -(-use["quantity"] * pg // 10**6)
    sealed_anew(document, document["lot"])
    document["oracle"]["keys"] = [key.address for key in strangers]
    for place in range(len(document["reports"])):
        reported_anew(document, place, strangers, forge)


def test_the_demo_s_bundle_is_what_the_ledger_records(document: Any, forge: Forge, places: Places) -> None:
    assert places(forge(document)) == []


def test_the_demo_s_bundle_fits_over_http(
    document: Any, forge: Forge, url: str, deployment: Deployment
) -> None:
    assert verify_on_chain(forge(document), url) == []
    assert verify_on_chain(forge(document), url, deployment) == []


def test_a_forgery_that_fits_in_itself_fails_at_the_oracle_keys(
    document: Any, forge: Forge, places: Places, strangers: list[LocalAccount]
) -> None:
    honest = document["lots"][document["lot"]]["ledger"]["co2_ug"]
    halve_the_assembler(document, strangers, forge)
    bundle = forge(document)
    assert [str(finding) for finding in verify(bundle)] == []
    assert bundle.lots[bundle.lot].ledger.co2_ug < honest
    found = places(bundle)
    assert found.count("oracle.keys") == 2
    lot = f"lots.{bundle.lot}.ledger"
    assert {f"{lot}.co2_ug", f"{lot}.primary_ug", f"{lot}.breakdown_root"} <= set(found)
    for name in ("evidence_root", "declared_ug"):
        assert sum(place.endswith(name) and place.startswith("reports.") for place in found) == 1
    assert sum(place.endswith("intensity_pg") for place in found) == 1


def test_other_oracle_keys_under_the_true_figures_are_named(
    document: Any, forge: Forge, places: Places, strangers: list[LocalAccount]
) -> None:
    document["oracle"]["keys"] = [key.address for key in strangers]
    for number in range(len(document["reports"])):
        reported_anew(document, number, strangers, forge)
    bundle = forge(document)
    assert verify(bundle) == []
    assert places(bundle) == ["oracle.keys", "oracle.keys"]


def test_a_lower_threshold_is_named(document: Any, forge: Forge, places: Places) -> None:
    document["oracle"]["threshold"] = 1
    bundle = forge(document)
    assert verify(bundle) == []
    assert places(bundle) == ["oracle.threshold"]


@pytest.mark.parametrize("name", ["good", "defects", "period_start", "batch_id"])
def test_a_lot_recorded_otherwise_is_named(document: Any, forge: Forge, places: Places, name: str) -> None:
    ledger = document["lots"][document["lot"]]["ledger"]
    ledger[name] = "0x" + "5" * 32 if name == "batch_id" else ledger[name] + 1
    bundle = forge(document)
    assert verify(bundle) == []  # nothing in the bundle speaks against it
    place = f"lots.{bundle.lot}.ledger"
    assert places(bundle)[0] == (place if name == "batch_id" else f"{place}.{name}")


def test_more_of_an_input_than_the_batch_used_is_named(document: Any, forge: Forge, places: Places) -> None:
    # The maker of a lot seals its breakdown alone; what the whole batch used is on the ledger.
    lot_id, lot = next(
        (lot_id, lot) for lot_id, lot in document["lots"].items() if lot["breakdown"][1]["kind"] == "external"
    )
    for leaf in lot["breakdown"]:
        leaf["quantity"] *= 50
    sealed_anew(document, lot_id)
    found = places(forge(document))
    assert found.count(f"lots.{lot_id}.breakdown") == len(lot["breakdown"])


def test_an_input_that_the_batch_did_not_have_is_named(document: Any, forge: Forge, places: Places) -> None:
    lot = document["lots"][document["lot"]]
    lot["breakdown"][0]["ref_id"], steel = lot["breakdown"][1]["ref_id"], lot["breakdown"][0]["ref_id"]
    lot["breakdown"][1]["ref_id"] = "0x" + "5" * 32
    document["lots"].pop(steel)
    assert f"lots.{document['lot']}.breakdown" in places(forge(document))


def test_another_factor_or_formula_name_is_named(document: Any, forge: Forge, places: Places) -> None:
    factor, (formula_id, formula) = document["factors"][0], next(iter(document["formulas"].items()))
    factor["valid_until"] += 1
    formula["name"] = "tanso-best@1"
    bundle = forge(document)
    assert verify(bundle) == []
    assert places(bundle) == [f"factors.{factor['factor_id']}.valid_until", f"formulas.{formula_id}.name"]


def test_another_account_of_the_issuer_is_named(document: Any, forge: Forge, places: Places) -> None:
    document["issuer"]["account"] = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    bundle = forge(document)
    assert verify(bundle) == []
    assert places(bundle) == ["issuer.account"]


def test_another_chain_is_named_and_nothing_else_is_asked(
    document: Any, forge: Forge, places: Places
) -> None:
    document["chain"]["chain_id"] = 1
    assert places(forge(document)) == ["chain.chain_id"]


def test_an_address_without_a_contract_is_named(document: Any, forge: Forge, places: Places) -> None:
    document["chain"]["contracts"]["Credits"] = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert places(forge(document)) == ["chain.contracts.Credits"]


@pytest.mark.parametrize("name", ["Lots", "OracleReports", "Equipment", "BusinessRegistry", "OracleQuorum"])
def test_a_contract_of_another_kind_is_a_finding(
    document: Any, forge: Forge, places: Places, name: str
) -> None:
    contracts = document["chain"]["contracts"]
    contracts[name] = contracts["Credits" if name != "OracleQuorum" else "FormulaRegistry"]
    assert places(forge(document))


def test_contracts_that_are_not_those_of_the_trusted_deployment_are_named(
    document: Any, forge: Forge, url: str, deployment: Deployment
) -> None:
    contracts = document["chain"]["contracts"]
    contracts["Lots"], contracts["Credits"] = contracts["Credits"], contracts["Lots"]
    found = verify_on_chain(forge(document), url, deployment)
    assert [finding.place for finding in found] == ["chain.contracts.Lots", "chain.contracts.Credits"]


def test_a_node_of_another_deployment_is_refused(document: Any, forge: Forge, deployment: Deployment) -> None:
    with Devchain.open(None) as empty, serving(empty) as url:
        with pytest.raises(DeploymentError, match="no contract"):
            verify_on_chain(forge(document), url, deployment)
        assert len(verify_on_chain(forge(document), url)) == len(deployment.addresses)


def test_a_node_that_does_not_answer_is_an_error_not_a_finding(document: Any, forge: Forge) -> None:
    with Devchain.open(None) as gone, serving(gone) as url:
        pass
    with pytest.raises(ChainUnreachable):
        verify_on_chain(forge(document), url)


def test_the_bundle_names_the_deployment_s_contracts(told: Path, deployment: Deployment) -> None:
    proof = json.loads((told / "proof.json").read_text("utf-8"))
    assert proof["chain"] == {"chain_id": deployment.chain_id, "contracts": deployment.addresses}
    assert proof["oracle"] == {"keys": list(deployment.oracle_keys), "threshold": deployment.threshold}
