"""Bad input gets a clear error and changes nothing: no row of any table, no block of the chain."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tanso.contracts.errors import Reverted
from tanso.contracts.values import Batch, ExternalUse, NewLot
from tanso.oracle.formulas import CFP, formula
from tanso.platform.sending import submit

from .conftest import DAY, NOON, SAMPLES, Api, Firm, amount

UNKNOWN = "0x" + "ab" * 16
START, END = 1_674_572_400, 1_674_658_800


@contextmanager
def nothing_changes(api: Api) -> Iterator[None]:
    before = api.state()
    yield
    assert api.node.work() == []
    assert api.state() == before


def test_a_file_with_a_negative_reading_is_refused_and_names_the_line(api: Api, maker: Firm) -> None:
    bad = (SAMPLES / "factory-day.csv").read_bytes().replace(b"120.0", b"-120.0")
    layout = (SAMPLES / "factory-day.toml").read_text("utf-8")
    request = {"files": {"file": ("day.csv", bad)}, "data": {"layout": layout}}
    with nothing_changes(api):
        problem = api.refused(422, "readings-refused", "POST", "/v1/readings", maker.token, **request)
    assert "line 2: NegativeQuantity" in problem["detail"]
    assert len(problem["fields"]) == 1


def test_good_rows_are_taken_on_request_and_the_bad_one_blocks_the_period_until_resolved(
    api: Api, maker: Firm
) -> None:
    bad = (SAMPLES / "factory-day.csv").read_bytes().replace(b"120.0", b"-120.0")
    layout = (SAMPLES / "factory-day.toml").read_text("utf-8")
    data = {"layout": layout, "take": "good rows"}
    files = {"file": ("day.csv", bad)}
    taken = api.call("POST", "/v1/readings", maker.token, files=files, data=data)
    assert (taken["accepted"], taken["refused_count"]) == (4, 1)
    (row,) = api.call("GET", "/v1/refused-readings", maker.token)["items"]
    assert row["error"] == "NegativeQuantity"
    path = f"/v1/refused-readings/{row['row_id']}"
    api.call("PUT", path, maker.token, json={"reason": "the meter was wired the wrong way round"})
    assert api.call("GET", "/v1/refused-readings", maker.token)["items"] == []
    api.refused(404, "not-found", "PUT", path, maker.token, json={"reason": "again"})


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (amount("1", "kWh"), "unit-does-not-fit"),
        (amount("1", "furlong"), "unknown-unit"),
        (amount("-1", "kg"), "negative-quantity"),
        (amount("NaN", "kg"), "not-a-number"),
        (amount("1e400", "kg"), "absurd-number"),
        (amount("0", "kg"), "amount-out-of-range"),
        (amount("0.0001", "g"), "not-whole"),
        (amount("9223372036854775808", "g"), "amount-out-of-range"),
        ({"value": 1, "unit": "kg"}, "bad-input"),
        ({"value": "1"}, "bad-input"),
    ],
)
def test_an_amount_that_does_not_fit_is_refused_naming_the_field(
    api: Api, maker: Firm, given: Any, kind: str
) -> None:
    lot_id = api.lot(maker, "L")
    with nothing_changes(api):
        problem = api.refused(
            422,
            kind,
            "POST",
            f"/v1/lots/{lot_id}/material-uses",
            maker.token,
            json={"factor_id": api.steel, "consumption": given, "at": NOON},
        )
    assert "consumption" in problem["detail"]


def test_unknown_things_are_refused_by_name(api: Api, maker: Firm) -> None:
    lot_id = api.lot(maker, "L")
    one = amount("1", "min")
    cases: list[tuple[str, str, Any]] = [
        (
            "unknown-equipment",
            f"/v1/lots/{lot_id}/equipment-uses",
            {"equipment_id": UNKNOWN, "activity": one},
        ),
        ("unknown-lot", f"/v1/lots/{lot_id}/material-uses", {"material_lot_id": UNKNOWN, "consumption": one}),
        ("unknown-factor", f"/v1/lots/{lot_id}/material-uses", {"factor_id": UNKNOWN, "consumption": one}),
        ("unknown-lot", f"/v1/lots/{UNKNOWN}/shipments", {"to_business_id": UNKNOWN, "quantity": one}),
    ]
    for kind, path, body in cases:
        with nothing_changes(api):
            api.refused(422, kind, "POST", path, maker.token, json=body)
    with nothing_changes(api):
        body = {"factor_id": api.steel, "consumption": amount("1", "g")}
        api.refused(404, "unknown-lot", "POST", f"/v1/lots/{UNKNOWN}/material-uses", maker.token, json=body)


def test_equipment_of_another_business_cannot_be_used(api: Api, maker: Firm, factory: Firm) -> None:
    lot_id = api.lot(maker, "L")
    body = {"equipment_id": factory.machines["nc"], "activity": amount("1", "min")}
    with nothing_changes(api):
        api.refused(
            422, "not-own-equipment", "POST", f"/v1/lots/{lot_id}/equipment-uses", maker.token, json=body
        )


def test_a_use_at_a_time_without_intensity_keeps_the_lot_open(api: Api, factory: Firm) -> None:
    lot_id = api.lot(factory, "L")
    body = {"equipment_id": factory.machines["nc"], "activity": amount("1", "min"), "at": DAY["period_end"]}
    api.call("POST", f"/v1/lots/{lot_id}/equipment-uses", factory.token, json=body)
    done = {"good": amount("1", "pc"), "completed_at": "2023-01-25T16:00:00Z"}
    with nothing_changes(api):
        problem = api.refused(
            409, "no-intensity", "POST", f"/v1/lots/{lot_id}/completion", factory.token, json=done
        )
    assert factory.machines["nc"] in problem["detail"]
    assert "equipment-intensities" in problem["hint"]


def test_a_lot_is_settled_once(api: Api, maker: Firm) -> None:
    lot_id = api.steel_lot(maker, "L")
    body = {**DAY, "name": "again", "lot_ids": [lot_id]}
    with nothing_changes(api):
        api.refused(409, "lot-settled", "POST", "/v1/settlements", maker.token, json=body)
    with nothing_changes(api):
        api.refused(
            409,
            "lot-not-open",
            "POST",
            f"/v1/lots/{lot_id}/completion",
            maker.token,
            json={"good": amount("1", "pc")},
        )
    use = {"factor_id": api.steel, "consumption": amount("1", "g")}
    with nothing_changes(api):
        api.refused(409, "lot-not-open", "POST", f"/v1/lots/{lot_id}/material-uses", maker.token, json=use)
    with nothing_changes(api):
        name = api.call("GET", "/v1/lots", maker.token, params={"limit": 200})["items"][0]["own"]["name"]
        body = {"name": name, "product": "again"}
        api.refused(409, "lot-exists", "POST", "/v1/lots", maker.token, json=body)


def test_more_than_is_held_can_be_neither_used_nor_shipped(api: Api, maker: Firm, factory: Firm) -> None:
    part = api.steel_lot(maker, "part", "10")
    first, second = api.lot(maker, "first"), api.lot(maker, "second")
    use: Callable[[str], Any] = lambda pieces: {  # noqa: E731
        "material_lot_id": part,
        "consumption": amount(pieces, "pc"),
        "at": NOON,
    }
    api.call("POST", f"/v1/lots/{first}/material-uses", maker.token, json=use("7"))
    with nothing_changes(api):
        problem = api.refused(
            409, "more-than-held", "POST", f"/v1/lots/{second}/material-uses", maker.token, json=use("4")
        )
    assert "only 3" in problem["detail"]
    api.call("POST", f"/v1/lots/{second}/material-uses", maker.token, json=use("3"))
    body = {"to_business_id": factory.id, "quantity": amount("11", "pc")}
    with nothing_changes(api):
        problem = api.refused(
            409, "more-than-held", "POST", f"/v1/lots/{part}/shipments", maker.token, json=body
        )
    assert problem["detail"].startswith("quantity: 11 ")


def test_a_batch_that_does_not_close_by_one_microgram_is_not_even_queued(api: Api, maker: Firm) -> None:
    lot_id = "0x" + "1f" * 16
    for wrong in (-1, 1):
        batch = Batch(
            batch_id="0x" + "2f" * 16,
            period_start=START,
            period_end=END,
            formula_id=formula(CFP).content_hash,
            externals=(ExternalUse(api.steel, 1000),),
            lots=(
                NewLot(
                    lot_id=lot_id,
                    unit=api.node.ledger.factors.factor_of(api.steel).unit,  # type: ignore[union-attr]
                    co2_ug=393_000_000 + wrong,
                    primary_ug=0,
                    good=1,
                    defects=0,
                    breakdown_root="0x" + "00" * 32,
                ),
            ),
        )
        call = api.node.ledger.lots.settle(batch)
        with nothing_changes(api), pytest.raises(Reverted, match="LotsCarbonNotClosed") as refused:
            submit(api.node, key="settle:wrong", sender=maker.account, call=call, kind="settle")
        assert refused.value.values == {"in_ug": 393_000_000, "out_ug": 393_000_000 + wrong}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"good": amount("0", "pc")}, "no-good-units", 422),
        ({"good": amount("1", "kg")}, "unit-does-not-fit", 422),
        ({"good": amount("1", "pc"), "completed_at": "2023-01-24T15:00:00Z"}, "completed-too-early", 422),
        ({"good": amount("1", "pc"), "completed_at": "2999-01-01T00:00:00Z"}, "in-the-future", 422),
        ({"good": amount("1", "pc"), "completed_at": "2023-01-25T15:00:00"}, "bad-input", 422),
        ({"good": amount("1", "pc"), "extra": 1}, "bad-input", 422),
    ],
)
def test_a_lot_cannot_be_completed_wrongly(api: Api, maker: Firm, body: Any, kind: str, status: int) -> None:
    lot_id = api.lot(maker, "L")
    api.use_steel(maker, lot_id)
    with nothing_changes(api):
        api.refused(status, kind, "POST", f"/v1/lots/{lot_id}/completion", maker.token, json=body)


def test_a_lot_of_nothing_cannot_be_completed(api: Api, maker: Firm) -> None:
    lot_id = api.lot(maker, "L")
    with nothing_changes(api):
        api.refused(
            409,
            "lot-without-uses",
            "POST",
            f"/v1/lots/{lot_id}/completion",
            maker.token,
            json={"good": amount("1", "pc")},
        )


def test_an_intensity_cannot_be_stated_as_a_number(api: Api, factory: Firm) -> None:
    body = {"equipment_id": factory.machines["nc"], "intensity_pg": 1}
    with nothing_changes(api):
        api.refused(422, "bad-input", "POST", "/v1/equipment-intensities", factory.token, json=DAY | body)


def test_a_period_without_site_or_readings_cannot_be_closed(api: Api, maker: Firm, factory: Firm) -> None:
    with nothing_changes(api):
        api.refused(409, "not-configured", "POST", "/v1/equipment-intensities", maker.token, json=DAY)
    other = {"period_start": "2023-02-01T00:00:00Z", "period_end": "2023-02-02T00:00:00Z"}
    with nothing_changes(api):
        api.refused(409, "missing-readings", "POST", "/v1/equipment-intensities", factory.token, json=other)


def test_a_body_above_the_limit_is_refused_announced_or_not(api: Api, maker: Firm) -> None:
    huge = b"x" * (8 * 1024 * 1024 + 1)

    async def in_parts() -> Any:
        for _ in range(9):
            yield b"x" * 1024 * 1024

    headers = {"Content-Type": "application/json"}
    for content in (huge, in_parts()):
        with nothing_changes(api):
            api.refused(413, "too-large", "POST", "/v1/lots", maker.token, content=content, headers=headers)


@pytest.mark.parametrize(
    "query", ["limit=-1", "limit=0", "limit=1000000000", "after=9223372036854775808", "after='--"]
)
def test_a_page_out_of_bounds_is_refused(api: Api, maker: Firm, query: str) -> None:
    api.refused(422, "bad-input", "GET", f"/v1/lots?{query}", maker.token)


def test_unknown_routes_and_methods_get_problem_documents(api: Api) -> None:
    api.refused(404, "not-found", "GET", "/v1/nothing")
    api.refused(405, "method-not-allowed", "DELETE", "/v1/lots")


@pytest.mark.parametrize(
    "body",
    [
        {"started_at": 10**30},
        {"started_at": -5},
        {"started_at": "1969-12-31T23:59:59Z"},
        {"started_at": "2023-01-25T25:00:00Z"},
        {"started_at": "2023-01-25T00:00:00+09:00"},
        {"name": "a\x00b"},
        {"name": " "},
        {"name": "x" * 201},
        {"unit": "kg"},
        {"unit": 1},
        {"name": ["a"]},
    ],
    ids=str,
)
def test_a_lot_is_not_registered_with_a_malformed_field(api: Api, maker: Firm, body: Any) -> None:
    with nothing_changes(api):
        problem = api.refused(
            422, "bad-input", "POST", "/v1/lots", maker.token, json={"name": "n", "product": "p"} | body
        )
    assert problem["detail"].startswith(next(iter(body)))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[" * 100_000, b"\xff", b"null", b'{"name": 1e400}', b'{"name": "\\ud800", "product": "p"}'],
)
def test_a_body_that_is_no_sound_json_object_is_a_clients_error(
    api: Api, maker: Firm, content: bytes
) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {maker.token}"}
    with nothing_changes(api):
        response = api.send("POST", "/v1/lots", content=content, headers=headers)
    assert response.status_code in (400, 422), response.text
    assert response.json()["hint"]


@pytest.mark.parametrize(
    "layout", ["zone = ", "zone = 'Z'", "a = " + "[" * 9000, "\x00", "zone = 'Mars/Olympus'"]
)
def test_a_layout_that_cannot_be_read_is_refused(api: Api, maker: Firm, layout: str) -> None:
    files = {"file": ("x.csv", b"a,b\n1,2\n")}
    with nothing_changes(api):
        response = api.send("POST", "/v1/readings", maker.token, files=files, data={"layout": layout})
    assert response.status_code == 422, response.text


def test_a_machine_cannot_have_run_longer_than_the_clock(api: Api, factory: Firm) -> None:
    lot_id = api.lot(factory, "endless")
    body = {"equipment_id": factory.machines["nc"], "activity": amount("86401", "s"), "at": NOON}
    api.call("POST", f"/v1/lots/{lot_id}/equipment-uses", factory.token, json=body)
    body = {"good": amount("1", "pc"), "completed_at": "2023-01-25T14:59:00Z"}
    with nothing_changes(api):
        problem = api.refused(
            409, "more-than-the-clock", "POST", f"/v1/lots/{lot_id}/completion", factory.token, json=body
        )
    assert "86401 s" in problem["detail"]
