"""What becomes of a settled lot: parts of it are consumed for good, its producer restates it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tanso.contracts.identity import content_hash
from tanso.oracle.store import writing
from tanso.platform.cli.verify import run_verify
from tanso.platform.people.sessions import COOKIE, open_session_for_token
from tanso.platform.proofs.model import Bundle, Restatement
from tanso.platform.proofs.onchain import check_against
from tanso.platform.proofs.verify import verify

from .conftest import DAY, NOON, Api, Firm, amount

ALL_TIME = {"period_start": "2020-01-01T00:00:00Z", "period_end": "2100-01-01T00:00:00Z"}
REASON = "the meter of the furnace was read in the wrong unit"


@pytest.fixture(scope="module")
def buyer(api: Api) -> Firm:
    firm = api.firm("buyer")
    api.work()
    return firm


def restate(api: Api, firm: Firm, lot_id: str, co2: str, primary: str = "0", **more: Any) -> Any:
    body = {"co2": amount(co2, "g"), "primary": amount(primary, "g"), "reason": REASON}
    answer = api.call("POST", f"/v1/lots/{lot_id}/restatements", firm.token, json=body, **more)
    api.work()
    return answer


def account(api: Api, firm: Firm) -> Any:
    return api.call("GET", f"/v1/accounts/{firm.id}", firm.token, params=ALL_TIME)


def test_a_restated_lot_shows_both_figures_and_its_producer_bears_the_difference(
    api: Api, maker: Firm, buyer: Firm
) -> None:
    lot_id = api.steel_lot(maker, "coil", "8")
    settled = api.call("GET", f"/v1/lots/{lot_id}")
    assert settled["restated"] is None
    before = account(api, maker)
    restate(api, maker, lot_id, "400.000001")
    restate(api, maker, lot_id, "401")

    shown = api.call("GET", f"/v1/lots/{lot_id}")
    assert shown | {"restated": None} == settled
    assert shown["restated"] == {
        "number": 2,
        "co2_ug": 401_000_000,
        "primary_ug": 0,
        "primary_share": "0.00",
        "cfp_ug": 50_125_000,
        "cfp_exact": "50125000",
        "charged_ug": 8_000_000,
    }
    listed = {item["lot_id"]: item for item in api.call("GET", "/v1/lots", maker.token)["items"]}
    assert listed[lot_id]["restated"] == shown["restated"]
    assert (listed[lot_id]["held_co2_ug"], listed[lot_id]["own"]["co2_ug"]) == (393_000_000, 393_000_000)
    history = api.call("GET", f"/v1/lots/{lot_id}/restatements", maker.token)
    assert history["settled_co2_ug"] == 393_000_000
    assert [(item["number"], item["co2_ug"], item["charged_ug"]) for item in history["items"]] == [
        (1, 400_000_001, 7_000_001),
        (2, 401_000_000, 8_000_000),
    ]
    # 400,000,001 µg over 8 pieces, rounded up.
    assert (history["items"][0]["cfp_ug"], history["items"][0]["primary_share"]) == (50_000_001, "0.00")
    after = account(api, maker)
    assert after["restated_ug"] - before["restated_ug"] == 8_000_000
    assert after["net_ug"] - before["net_ug"] == 8_000_000


def test_the_reason_is_read_by_the_producer_and_whom_it_lets(api: Api, maker: Firm, buyer: Firm) -> None:
    lot_id = api.steel_lot(maker, "bar", "8")
    restate(api, maker, lot_id, "400")
    path = f"/v1/lots/{lot_id}/restatements"

    def read(firm: Firm) -> tuple[str, str | None]:
        (item,) = api.call("GET", path, firm.token)["items"]
        return item["reason_hash"], item["reason"]

    assert read(maker) == (content_hash(REASON.encode()), REASON)
    assert read(buyer) == (content_hash(REASON.encode()), None)
    agreement_id = api.agree(maker, buyer, "equipment", lots=[lot_id])
    assert read(buyer) == (content_hash(REASON.encode()), REASON)
    api.step(maker, agreement_id, "withdrawal")
    assert read(buyer)[1] is None


def test_only_the_producer_restates_and_only_to_something_new(api: Api, maker: Firm, buyer: Firm) -> None:
    lot_id = api.steel_lot(maker, "plate", "8")
    path = f"/v1/lots/{lot_id}/restatements"
    before = api.state()

    def body(co2: str, primary: str, unit: str = "g") -> Any:
        return {"json": {"co2": amount(co2, unit), "primary": amount(primary, unit), "reason": REASON}}

    api.refused(403, "not-producer", "POST", path, buyer.token, **body("400", "0"))
    api.refused(409, "LotsSameFigures", "POST", path, maker.token, **body("393", "0"))
    api.refused(422, "primary-above-total", "POST", path, maker.token, **body("400", "401"))
    api.refused(422, "not-whole", "POST", path, maker.token, **body("400.0000001", "0"))
    api.refused(422, "unit-does-not-fit", "POST", path, maker.token, **body("400", "0", "kWh"))
    api.refused(422, "amount-out-of-range", "POST", path, maker.token, **body("18446745", "0", "t"))
    reasonless = {"co2": amount("400", "g"), "primary": amount("0", "g"), "reason": ""}
    api.refused(422, "bad-input", "POST", path, maker.token, json=reasonless)
    unknown = "/v1/lots/0x" + "5" * 32 + "/restatements"
    api.refused(404, "unknown-lot", "POST", unknown, maker.token, **body("400", "0"))
    api.refused(404, "unknown-lot", "GET", unknown, maker.token)
    assert api.node.work() == []
    assert api.state() == before


def test_a_restatement_or_consumption_sent_again_under_its_key_counts_once(api: Api, maker: Firm) -> None:
    lot_id = api.steel_lot(maker, "rod", "8")
    for _ in range(2):
        restate(api, maker, lot_id, "400", headers={"Idempotency-Key": "restated"})
        body = {"quantity": amount("3", "pc")}
        headers = {"Idempotency-Key": "consumed"}
        api.call("POST", f"/v1/lots/{lot_id}/consumptions", maker.token, json=body, headers=headers)
        api.work()
    assert len(api.call("GET", f"/v1/lots/{lot_id}/restatements", maker.token)["items"]) == 1
    assert api.node.ledger.lots.position_of(lot_id, maker.account).quantity == 5


def test_consumed_goods_are_gone_and_their_co2_is_the_consumers_own(
    api: Api, maker: Firm, buyer: Firm
) -> None:
    lot_id = api.steel_lot(maker, "pipe", "10")
    body: Any = {"to_business_id": buyer.id, "quantity": amount("4", "pc")}
    api.call("POST", f"/v1/lots/{lot_id}/shipments", maker.token, json=body)
    api.work()
    before = account(api, buyer)
    body = {"quantity": amount("3", "pc"), "purpose": "a fence round the yard"}
    path = f"/v1/lots/{lot_id}/consumptions"
    answer = api.call("POST", path, buyer.token, json=body)["transaction"]
    assert (answer["kind"], answer["key"].split(":")[:2]) == ("consume", ["consume", lot_id])
    api.work()
    after = account(api, buyer)
    assert after["finally_consumed_ug"] - before["finally_consumed_ug"] == 117_900_000
    assert after["net_ug"] - before["net_ug"] == 117_900_000
    assert before["closing_ug"] - after["closing_ug"] == 117_900_000
    # The ledger has the hash of the purpose, nothing else of it.
    purpose_hash = content_hash(b"a fence round the yard")
    assert [row for row in api.state()[0]["chain_consumption"] if purpose_hash in row]
    assert "fence" in str(api.state()[0]["lot_text"])

    api.refused(409, "more-than-held", "POST", path, buyer.token, json={"quantity": amount("2", "pc")})
    api.refused(422, "bad-input", "POST", path, buyer.token, json={})
    api.refused(422, "amount-out-of-range", "POST", path, buyer.token, json={"quantity": amount("0", "pc")})
    api.refused(422, "unit-does-not-fit", "POST", path, buyer.token, json={"quantity": amount("1", "kg")})


def test_a_batch_waits_for_a_consumption_of_its_material(api: Api, maker: Firm) -> None:
    material = api.steel_lot(maker, "sheet", "10")
    lot_id = api.lot(maker, "box")
    body: Any = {"material_lot_id": material, "consumption": amount("2", "pc"), "at": NOON}
    api.call("POST", f"/v1/lots/{lot_id}/material-uses", maker.token, json=body)
    body = {"quantity": amount("3", "pc")}
    api.call("POST", f"/v1/lots/{material}/consumptions", maker.token, json=body)
    completed = {"good": amount("1", "pc"), "completed_at": DAY["period_end"]}
    path = f"/v1/lots/{lot_id}/completion"
    api.refused(409, "transaction-pending", "POST", path, maker.token, json=completed)
    api.work()
    api.call("POST", path, maker.token, json=completed)
    api.work()


def test_a_trace_shows_the_restatement_at_its_hop(api: Api, maker: Firm) -> None:
    material = api.steel_lot(maker, "wire", "10")
    lot_id = api.lot(maker, "spring")
    body = {"material_lot_id": material, "consumption": amount("10", "pc"), "at": NOON}
    api.call("POST", f"/v1/lots/{lot_id}/material-uses", maker.token, json=body)
    api.complete(maker, lot_id, "5")
    api.work()
    restate(api, maker, material, "400")
    lots = api.call("GET", f"/v1/lots/{lot_id}/trace", maker.token)["lots"]
    assert [(lot["lot_id"], lot["co2_ug"]) for lot in lots] == [
        (lot_id, 393_000_000),
        (material, 393_000_000),
    ]
    assert lots[0]["restated"] is None
    assert (lots[1]["restated"]["co2_ug"], lots[1]["restated"]["charged_ug"]) == (400_000_000, 7_000_000)


def test_report_and_proof_of_a_restated_lot_show_both_figures(api: Api, maker: Firm) -> None:
    lot_id = api.steel_lot(maker, "beam", "10")
    clean = api.call("GET", f"/v1/lots/{lot_id}/report", maker.token)
    assert clean["restated"] is None
    restate(api, maker, lot_id, "400")
    report = api.call("GET", f"/v1/lots/{lot_id}/report", maker.token)
    assert (report["co2_ug"], report["restated"]["co2_ug"]) == (393_000_000, 400_000_000)
    assert report["restated"]["reason"] == REASON
    (said,) = [item["text"] for item in report["statements"] if item["topic"] == "Restatements"]
    assert said.startswith("1 of the lots")
    page = api.send("GET", f"/v1/lots/{lot_id}/report.html", maker.token).text
    assert 'id="restated"' in page
    assert "exactly 400\u2009000\u2009000 µg" in page
    assert "exactly 393\u2009000\u2009000 µg" in page
    assert REASON in page
    proof = api.call("GET", f"/v1/lots/{lot_id}/proof", maker.token)
    (item,) = proof["lots"][lot_id]["restatements"]
    assert (item["number"], item["co2_ug"], item["charged_ug"]) == (1, 400_000_000, 7_000_000)
    assert REASON not in str(proof)
    with writing(api.node.engine) as session:
        cookie = open_session_for_token(session, maker.token)
    home = api.send("GET", "/", headers={"Cookie": f"{COOKIE}={cookie}"}).text
    assert "restated: 400.000 g" in home
    page = api.send("GET", f"/lots/{lot_id}").text
    assert "exactly 393\u2009000\u2009000 µg" in page
    assert "exactly 400\u2009000\u2009000 µg" in page


def test_verifying_a_restated_lot_tells_of_it(
    api: Api, maker: Firm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lot_id = api.steel_lot(maker, "girder", "10")
    restate(api, maker, lot_id, "400")
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(api.call("GET", f"/v1/lots/{lot_id}/proof", maker.token)), encoding="utf-8")
    assert run_verify(path, None, None, as_json=False) == 0
    said = capsys.readouterr().out
    assert "settled with 393000000 µg and restated by its producer: 400000000 µg (restatement 1)" in said
    assert run_verify(path, None, None, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["co2_ug"], found["restated_ug"]) == (393_000_000, 400_000_000)


def test_a_proof_that_hides_or_changes_a_restatement_does_not_fit(api: Api, maker: Firm) -> None:
    lot_id = api.steel_lot(maker, "column", "10")
    unaware = Bundle.model_validate(api.call("GET", f"/v1/lots/{lot_id}/proof", maker.token))
    restate(api, maker, lot_id, "400")
    restate(api, maker, lot_id, "410")
    bundle = Bundle.model_validate(api.call("GET", f"/v1/lots/{lot_id}/proof", maker.token))
    place = f"lots.{lot_id}.restatements"
    first, second = bundle.lots[lot_id].restatements

    def forged(*restatements: Restatement) -> Bundle:
        lot = bundle.lots[lot_id].model_copy(update={"restatements": list(restatements)})
        return bundle.model_copy(update={"lots": {lot_id: lot}})

    def offline(changed: Bundle) -> list[str]:
        return [finding.place for finding in verify(changed)]

    def on_chain(changed: Bundle) -> list[str]:
        return [finding.place for finding in check_against(changed, api.node.ledger)]

    assert offline(bundle) == on_chain(bundle) == offline(unaware) == []
    # Also a proof from before says less than the ledger does now.
    assert on_chain(unaware) == on_chain(forged()) == [f"{place}.0", f"{place}.1"]
    assert on_chain(forged(first)) == [f"{place}.1"]
    third = second.model_copy(update={"number": 3})
    assert on_chain(forged(first, second, third)) == [f"{place}.2"]
    # The issuer's seals are broken in each of these, too: the lots are not what he sealed.
    assert offline(forged(second)) == [f"{place}.0.number", "lots"]
    lower = second.model_copy(update={"co2_ug": 394_000_000})
    assert offline(forged(first, lower)) == [f"{place}.1.charged_ug", "lots"]
    assert on_chain(forged(first, lower)) == [f"{place}.1.co2_ug"]
    more = second.model_copy(update={"primary_ug": second.co2_ug + 1})
    assert offline(forged(first, more)) == [f"{place}.1.primary_ug", "lots"]


def test_pages_show_where_a_lot_went_and_what_may_be_used(
    api: Api, maker: Firm, buyer: Firm, factory: Firm
) -> None:
    lot_id = api.steel_lot(maker, "billet", "10")
    for to, pieces in ((buyer, "3"), (factory, "1")):
        body = {"to_business_id": to.id, "quantity": amount(pieces, "pc")}
        api.call("POST", f"/v1/lots/{lot_id}/shipments", maker.token, json=body)
        api.work()
    body = {"quantity": amount("2", "pc"), "purpose": "cut up"}
    api.call("POST", f"/v1/lots/{lot_id}/consumptions", maker.token, json=body)
    draft = api.lot(maker, "blank")
    use = {"material_lot_id": lot_id, "consumption": amount("1", "pc"), "at": NOON}
    api.call("POST", f"/v1/lots/{draft}/material-uses", maker.token, json=use)
    api.work()
    with writing(api.node.engine) as session:
        cookies = {
            firm.name: {"Cookie": f"{COOKIE}={open_session_for_token(session, firm.token)}"}
            for firm in (maker, buyer)
        }

    def page(firm: Firm, path: str) -> str:
        answer = api.send("GET", path, headers=cookies[firm.name])
        assert answer.status_code == 200, answer.text
        return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())

    own = page(maker, f"/lots/{lot_id}")
    assert "held by you 4 pc shipped 4 pc used up 2 pc" in own
    assert f"shipped to {factory.id} 1 pc 39.300 g" in own
    assert f"shipped to {buyer.id} 3 pc 117.900 g" in own
    assert "used up: cut up 2 pc 78.600 g" in own
    assert "1 pc not settled yet" in own
    assert "held by you 3 pc" in page(buyer, f"/lots/{lot_id}")
    assert "3 of 10 pc held" in page(buyer, "/lots?of=bought")
    shown = page(maker, f"/lots/{draft}?find=BILLET")
    assert "39.300 g CO2e so far" in shown
    assert re.search(r"billet, billet \d+ – 4 pc held", shown)
    assert "steel S45C – per g" not in shown
    assert "steel S45C – per g" in page(maker, f"/lots/{draft}")
    newest = page(maker, "/lots")
    assert re.search(r"billet billet \d+ on the ledger 393.000 g 4 of 10 pc held", newest)
    assert page(maker, f"/lots?after={draft}") != newest
    assert page(buyer, f"/lots?of=bought&after={lot_id}") != page(buyer, "/lots?of=bought")
