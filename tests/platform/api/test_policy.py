"""Completed lots become batches by policy: per lot, hour or day of the site's zone, after a time, once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from tanso.oracle.intake.times import zone_of
from tanso.oracle.store import reading
from tanso.platform.api.fields import parse_time, show_time
from tanso.platform.lots.drafts import LotDraft, Settlement
from tanso.platform.policies.models import Per
from tanso.platform.policies.service import FIRST_WAIT_S, LONGEST_WAIT_S, MOST_TRIES, bucket_of

from .conftest import DAY, NOON, Api, Firm, amount

PATH = "/v1/settlement-policy"
END = parse_time(DAY["period_end"])
HOUR = 3600


@pytest.fixture(autouse=True)
def undone(api: Api, maker: Firm, factory: Firm) -> Iterator[None]:
    clock = api.node.clock
    yield
    api.node.clock = clock
    for firm in (maker, factory):
        api.call("PUT", PATH, firm.token, json={"per": "lot"})
    api.work()


def at(api: Api, seconds: int) -> None:
    """The node's worker runs at this time."""
    api.node.clock = lambda: seconds
    api.work()


def put(api: Api, firm: Firm, per: str, hours: str | None = None) -> Any:
    return api.call(
        "PUT", PATH, firm.token, json={"per": per, "after": amount(hours, "h") if hours else None}
    )


def completed(api: Api, firm: Firm, end: str, **more: Any) -> str:
    lot_id = api.lot(firm, "by policy", started_at=more.pop("started_at", DAY["period_start"]))
    body = {"factor_id": api.steel, "consumption": amount("1", "kg"), "at": more.pop("at", NOON)}
    api.call("POST", f"/v1/lots/{lot_id}/material-uses", firm.token, json=body)
    done = api.complete(firm, lot_id, "1", completed_at=end, **more)
    assert done["settlement"] is None
    return lot_id


def batches(api: Api, *lots: str) -> dict[str, tuple[str, int, int]]:
    """Name and period of the batch of each lot that is settled."""
    with reading(api.node.engine) as session:
        query = select(LotDraft.lot_id, Settlement.name, Settlement.period_start, Settlement.period_end)
        joined = query.join(Settlement, col(Settlement.batch_id) == LotDraft.batch_id)
        return {row[0]: row[1:] for row in session.exec(joined.where(col(LotDraft.lot_id).in_(lots)))}


def test_before_a_business_says_anything_a_lot_is_settled_when_it_is_completed(api: Api, maker: Firm) -> None:
    shown = api.call("GET", PATH, maker.token)
    assert shown == {"per": "lot", "after_s": 0, "zone": "UTC", "waiting": 0, "refused": 0}
    lot_id = api.lot(maker, "at once")
    api.use_steel(maker, lot_id)
    assert api.complete(maker, lot_id, "1")["settlement"]["name"].startswith("lot at once")


def test_lots_of_a_day_of_the_sites_zone_are_one_batch_after_the_waiting_time(
    api: Api, factory: Firm
) -> None:
    assert put(api, factory, "day", "2")["zone"] == "+09:00"
    noon, midnight = completed(api, factory, NOON), completed(api, factory, DAY["period_end"])
    next_day = completed(api, factory, show_time(END + 1), at=DAY["period_end"])
    assert api.call("GET", PATH, factory.token)["waiting"] == 3
    at(api, END + 2 * HOUR - 1)
    assert batches(api, noon, midnight, next_day) == {}
    at(api, END + 2 * HOUR)
    day = ("day 2023-01-25", END - 24 * HOUR, END)
    assert batches(api, noon, midnight, next_day) == {noon: day, midnight: day}
    at(api, END + 26 * HOUR)
    # It reaches back to where its lot was started.
    assert batches(api, next_day)[next_day] == ("day 2023-01-26", END - 24 * HOUR, END + 24 * HOUR)
    assert api.node.settle_due() == []
    late = completed(api, factory, NOON)
    at(api, END + 26 * HOUR)
    assert batches(api, late)[late] == ("day 2023-01-25 (2)", *day[1:])
    for lot_id in (noon, midnight, next_day, late):
        assert api.call("GET", f"/v1/lots/{lot_id}")["co2_ug"] == 393_000_000


def test_lots_of_an_hour_are_one_batch(api: Api, factory: Firm) -> None:
    put(api, factory, "hour")
    first = completed(api, factory, "2023-01-25T03:00:01Z", started_at="2023-01-25T03:00:00Z")
    second = completed(api, factory, "2023-01-25T04:00:00Z", started_at="2023-01-25T03:00:00Z")
    third = completed(api, factory, "2023-01-25T04:00:01Z", started_at="2023-01-25T03:00:00Z")
    noon = parse_time(NOON)
    at(api, noon + HOUR)
    hour = ("hour 2023-01-25T12:00+09:00", noon, noon + HOUR)
    assert batches(api, first, second, third) == {first: hour, second: hour}
    at(api, noon + 2 * HOUR)
    assert batches(api, third)[third] == ("hour 2023-01-25T13:00+09:00", noon, noon + 2 * HOUR)


def test_a_lot_is_a_batch_of_its_own_after_the_waiting_time(api: Api, maker: Firm) -> None:
    put(api, maker, "lot", "0.5")
    lots = [completed(api, maker, DAY["period_end"]) for _ in range(2)]
    at(api, END + HOUR // 2 - 1)
    assert batches(api, *lots) == {}
    at(api, END + HOUR // 2)
    assert len({name for name, *_ in batches(api, *lots).values()}) == 2
    at_once = api.lot(maker, "at once")
    api.use_steel(maker, at_once)
    assert api.complete(maker, at_once, "1", settlement="at once")["settlement"]


def test_many_lots_that_are_completed_are_settled_soon(api: Api, maker: Firm) -> None:
    put(api, maker, "lot")
    lots = [api.lot(maker, "many") for _ in range(3)]
    for lot_id in lots:
        api.use_steel(maker, lot_id)
    done = [{"lot_id": one, "good": amount("1", "pc"), "completed_at": DAY["period_end"]} for one in lots]
    api.call("POST", "/v1/lot-completions", maker.token, json={"completions": done})
    assert batches(api, *lots) == {}
    api.work()
    assert set(batches(api, *lots)) == set(lots)


def test_what_is_held_or_left_to_hand_is_never_settled_by_itself(api: Api, maker: Firm) -> None:
    put(api, maker, "day")
    held = completed(api, maker, NOON, settlement="held")
    put(api, maker, "manual")
    by_hand = completed(api, maker, NOON)
    at(api, END + 10**8)
    assert batches(api, held, by_hand) == {}
    body = {**DAY, "name": "by hand", "lot_ids": [held, by_hand]}
    api.call("POST", "/v1/settlements", maker.token, json=body)
    api.work()
    assert set(batches(api, held, by_hand)) == {held, by_hand}


def test_a_lot_that_cannot_be_settled_keeps_no_other_waiting_and_is_given_up_at_last(
    api: Api, factory: Firm
) -> None:
    put(api, factory, "day")
    good = [completed(api, factory, NOON) for _ in range(2)]
    use = {"equipment_id": factory.machines["nc"], "activity": amount("1", "min")}
    use["at"] = "2022-01-01T00:00:00Z"
    lot_id = api.lot(factory, "bad", started_at="2022-01-01T00:00:00Z")
    api.call("POST", f"/v1/lots/{lot_id}/equipment-uses", factory.token, json=use)
    api.complete(factory, lot_id, "1", completed_at=NOON)
    at(api, END)
    assert set(batches(api, *good, lot_id)) == set(good)
    (refusal,) = api.call("GET", f"{PATH}/refusals", factory.token)["items"]
    assert (refusal["lot_id"], refusal["tries"]) == (lot_id, 1)
    assert refusal["next_try_at"] == show_time(END + FIRST_WAIT_S)
    assert "no intensity" in refusal["problem"]
    assert api.call("GET", PATH, factory.token)["refused"] == 1
    shown = api.call("GET", "/v1/lots", factory.token, params={"limit": 200})["items"]
    assert refusal["problem"] in [item["own"]["problem"] for item in shown if item["own"]]
    now, waits = END, []
    for tries in range(2, MOST_TRIES + 1):
        due = parse_time(refusal["next_try_at"])
        at(api, due - 1)
        assert api.call("GET", f"{PATH}/refusals", factory.token)["items"] == [refusal]
        at(api, due)
        waits.append(due - now)
        now = due
        (refusal,) = api.call("GET", f"{PATH}/refusals", factory.token)["items"]
        assert refusal["tries"] == tries
    assert waits[:3] == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    assert waits[-1] == LONGEST_WAIT_S
    assert refusal["next_try_at"] is None
    at(api, now + 10**8)
    assert api.call("GET", f"{PATH}/refusals", factory.token)["items"] == [refusal]
    put(api, factory, "day")
    assert api.call("GET", f"{PATH}/refusals", factory.token)["items"] == []
    at(api, now)
    assert api.call("GET", f"{PATH}/refusals", factory.token)["items"][0]["tries"] == 1


def test_lots_of_one_material_wait_for_each_other(api: Api, maker: Firm) -> None:
    """The second batch is priced when the first one, which takes of the same lot, is confirmed."""
    put(api, maker, "lot")
    part = api.steel_lot(maker, "part", "10")
    lots = [api.lot(maker, "of part") for _ in range(2)]
    for lot_id in lots:
        body = {"material_lot_id": part, "consumption": amount("3", "pc"), "at": NOON}
        api.call("POST", f"/v1/lots/{lot_id}/material-uses", maker.token, json=body)
    done = [{"lot_id": one, "good": amount("1", "pc"), "completed_at": DAY["period_end"]} for one in lots]
    api.call("POST", "/v1/lot-completions", maker.token, json={"completions": done})
    api.work()
    assert set(batches(api, *lots)) == set(lots)
    assert api.call("GET", f"{PATH}/refusals", maker.token)["items"] == []
    assert sum(api.call("GET", f"/v1/lots/{one}")["co2_ug"] for one in lots) == -(-393_000_000 * 6 // 10)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"per": "week"}, "bad-input"),
        ({}, "bad-input"),
        ({"per": "day", "after": amount("-1", "h")}, "negative-quantity"),
        ({"per": "day", "after": amount("32", "d")}, "bad-input"),
        ({"per": "day", "after": amount("1", "kg")}, "unit-does-not-fit"),
        ({"per": "day", "after": amount("0.5", "s")}, "not-whole"),
        ({"per": "day", "more": 1}, "bad-input"),
    ],
)
def test_a_policy_that_does_not_fit_is_refused(api: Api, maker: Firm, given: Any, kind: str) -> None:
    before = api.state()
    api.refused(422, kind, "PUT", PATH, maker.token, json=given)
    assert api.state() == before


ZONES = ["UTC", "+09:00", "+05:45", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"]


@given(st.integers(1, 4_000_000_000), st.sampled_from(ZONES), st.sampled_from([Per.HOUR, Per.DAY]))
def test_every_moment_belongs_to_one_hour_and_day_of_a_zone(moment: int, zone: str, per: Per) -> None:
    def bucket(end: int) -> Any:
        draft = LotDraft(
            lot_id="", business_id="", local_name="", product="", unit=0, started_at=0, completed_at=end
        )
        return bucket_of(draft, per, zone_of(zone))

    found = bucket(moment)
    assert found.start < moment <= found.end
    assert bucket(found.start + 1) == bucket(found.end) == found
    assert bucket(found.end + 1).start == found.end
    if per is Per.DAY:
        assert found.name == f"day {datetime.fromtimestamp(moment - 1, UTC).astimezone(zone_of(zone)).date()}"
