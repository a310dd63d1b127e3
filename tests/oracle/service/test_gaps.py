"""A period with gaps: left and stated without a rule, filled and stated with one; no other figure moves."""

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence import recompute, recompute_reduction
from tanso.oracle.gaps import HIGHEST, LAST_WEEK, LINEAR, GapRule
from tanso.oracle.sites import Site

HOUR = 3600
METER = ("main meter", "electricity")
CLOCKS = ("heating furnace", "NC machine", "assembly line")
FACTOR = Fraction("0.452") * 10**9
"""Micrograms per kWh."""


def row(hour: int, value: str, day: int = 25, device: str = "main meter", until: int | None = None) -> str:
    end = hour + 1 if until is None else until
    days = f"2023-01-{day}T{hour:02}:00,2023-01-{day + end // 24}T{end % 24:02}:00"
    return f"{device},electricity,{value},kWh,{days}"


def take_day(world: Any, *electricity: str) -> None:
    day = "2023-01-25T00:00,2023-01-26T00:00"
    clocks = [f"{name},operating time,300,min,{day}" for name in CLOCKS]
    world.ingest_rows(*electricity, *clocks, f"gas meter,distributed gas,0,Nm3,{day}", whole=True)


def declare(world: Any, **rule: Any) -> None:
    given = GapRule(device=METER[0], quantity=METER[1], **rule)
    world.oracle.register(world.site.model_copy(update={"gap_rules": (given,)}))


def leaves_of(closed: Any, kind: str) -> list[dict[str, Any]]:
    return [leaf for leaf in closed.evidence.sealed.leaves if leaf["kind"] == kind]


def test_without_a_rule_the_gap_stays_and_is_stated(world: Any) -> None:
    take_day(world, row(0, "1", until=10), row(12, "5", until=24))
    closed = world.close_day()
    assert [(gap.device, gap.end - gap.start) for gap in closed.gaps] == [("main meter", 2 * HOUR)]
    assert (closed.filled, closed.estimated_share) == ((), "0")
    assert leaves_of(closed, "estimate") + leaves_of(closed, "estimated") == []
    assert closed.result.total_ug == 6 * FACTOR


def test_a_filled_gap_counts_and_is_stated_with_rule_readings_and_share(world_on_any_store: Any) -> None:
    world = world_on_any_store
    declare(world, rule=LINEAR)
    # 0.5 kWh an hour before, 1 kWh an hour after: 0.75 an hour for two hours.
    take_day(world, row(0, "5", until=10), row(12, "12", until=24))
    closed = world.close_day()
    (estimate,) = leaves_of(closed, "estimate")
    start = world.day_start + 10 * HOUR
    assert (estimate["start"], estimate["end"]) == (start, start + 2 * HOUR)
    assert (estimate["value"], estimate["unit"], estimate["rule"]) == ("1.5", "kWh", LINEAR)
    assert [one[2] for one in estimate["used"]] == ["5", "12"]
    (share,) = leaves_of(closed, "estimated")
    assert (share["emissions"], [one["share"] for one in share["sources"]]) == ("3/37", ["3/37"])
    assert closed.estimated_share == "3/37"
    assert closed.result.total_ug == Fraction("18.5") * FACTOR
    assert len(closed.gaps) == len(closed.filled) == 1, "a filled gap is still a gap"
    assert recompute(closed.evidence.sealed.leaves).declared_ug == closed.result.declared_ug
    assert world.close_day().evidence == closed.evidence


@pytest.mark.parametrize(
    ("rule", "before", "value"),
    [
        # Wednesday before: 10:00 to 12:00 in two readings.
        ({"rule": LAST_WEEK}, [row(10, "1.25", day=18), row(11, "2", day=18)], "3.25"),
        # The highest rate within two days is 4 kWh an hour; that of three days before does not count.
        (
            {"rule": HIGHEST, "days": 2},
            [row(0, "99", day=22), row(3, "4", day=24), row(5, "6", day=24, until=7)],
            "8",
        ),
    ],
)
def test_rules_that_look_back(world: Any, rule: dict[str, Any], before: list[str], value: str) -> None:
    declare(world, **rule)
    take_day(world, *before, row(0, "5", until=10), row(12, "12", until=24))
    closed = world.close_day()
    (estimate,) = leaves_of(closed, "estimate")
    assert estimate["value"] == value
    assert recompute(closed.evidence.sealed.leaves).declared_ug == closed.result.declared_ug


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ({"rule": LINEAR}, [row(0, "5", until=22)]),  # nothing after it in the period
        ({"rule": LINEAR, "longest_s": HOUR}, [row(0, "5", until=10), row(12, "12", until=24)]),
        ({"rule": LAST_WEEK}, [row(10, "1", day=18), row(0, "5", until=10), row(12, "12", until=24)]),
        (
            {"rule": LAST_WEEK},
            [row(9, "1", day=18, until=12), row(0, "5", until=10), row(12, "12", until=24)],
        ),
        ({"rule": HIGHEST, "days": 1}, [row(0, "9", day=23), row(2, "12", until=24)]),
    ],
)
def test_a_gap_that_its_rule_can_not_fill_stays(world: Any, rule: dict[str, Any], rows: list[str]) -> None:
    declare(world, **rule)
    take_day(world, *rows)
    closed = world.close_day()
    assert (len(closed.gaps), closed.filled) == (1, ())


def test_filled_values_fill_no_other_gap(world: Any) -> None:
    declare(world, rule=LINEAR)
    take_day(world, row(0, "1"), row(2, "1", until=24))
    first = world.close_day()
    assert leaves_of(first, "estimate")[0]["value"] == "0.522728"  # (1 + 1/22) / 2, up
    assert [leaf["value"] for leaf in leaves_of(first, "reading") if leaf["quantity"] == "electricity"] == [
        "2"
    ]


@pytest.mark.parametrize(
    "source",
    [
        ("heating furnace", "operating time"),
        ("main meter", "distributed gas"),
        ("check meter", "electricity"),
    ],
)
def test_only_consumption_that_counts_has_a_rule(world: Any, source: tuple[str, str]) -> None:
    rule = {"device": source[0], "quantity": source[1], "rule": LINEAR}
    with pytest.raises(ValidationError, match="can't be filled"):
        Site.model_validate(world.site.model_dump() | {"gap_rules": [rule]})


def test_a_source_has_one_rule_and_what_a_roof_generated_none(world: Any) -> None:
    rule = {"device": METER[0], "quantity": METER[1], "rule": LINEAR}
    with pytest.raises(ValidationError, match="one rule"):
        Site.model_validate(world.site.model_dump() | {"gap_rules": [rule, rule]})
    device, quantity = world.solar_roof.generated
    with pytest.raises(ValidationError, match="can't be filled"):
        type(world.solar_roof).model_validate(
            world.solar_roof.model_dump()
            | {"gap_rules": [{"device": device, "quantity": quantity, "rule": LINEAR}]}
        )


def test_a_filled_gap_of_a_roof_only_lowers_its_reduction(world: Any) -> None:
    device, own = world.solar_roof.own_consumption
    rule = GapRule(device=device, quantity=own, rule=LINEAR)
    world.oracle.register(world.solar_roof.model_copy(update={"gap_rules": (rule,)}))
    day = "2023-01-25T{:02}:00,2023-01-25T{:02}:00"
    world.ingest_rows(
        f"{device},generated electricity,100,kWh,{day.format(0, 10)}",
        f"{device},generated electricity,100,kWh,{day.format(12, 22)}",
        f"{device},{own},10,kWh,{day.format(0, 10)}",
        f"{device},{own},10,kWh,{day.format(12, 22)}",
    )
    attested = world.attest(world.day_start, world.day_start + 22 * HOUR)
    assert attested.reduction_ug == (200 - 22) * FACTOR
    assert len(attested.gaps) == 2
    (share,) = leaves_of(attested, "estimated")
    assert (share["sources"][0]["share"], share["emissions"]) == ("1/11", "1/111")
    assert recompute_reduction(attested.evidence.sealed.leaves) == attested.reduction_ug


def test_leaves_that_fill_what_they_must_not_are_refused(world: Any) -> None:
    declare(world, rule=LINEAR)
    take_day(world, row(0, "5", until=10), row(12, "12", until=24))
    leaves = world.close_day().evidence.sealed.leaves
    place = next(number for number, leaf in enumerate(leaves) if leaf["kind"] == "estimate")
    last = len(leaves) - 1
    estimate, start = leaves[place], leaves[place]["start"]
    clock = next(
        leaf for leaf in leaves if leaf["kind"] == "reading" and leaf["quantity"] == "operating time"
    )
    moved = [[at - 9 * HOUR, to - 9 * HOUR, value, unit] for at, to, value, unit in estimate["used"]]
    spoilt: list[tuple[int, dict[str, Any]]] = [
        (place, {"value": "1.4"}),
        (place, {"rule": HIGHEST}),
        (place, {"formula": "0x" + "00" * 32}),
        (place, {"used": estimate["used"][:1]}),
        (place, {"used": "no list"}),
        (place, {"start": "early"}),
        (place, {"start": None}),
        (place, {"start": start - 9 * HOUR, "end": estimate["end"] - 9 * HOUR, "used": moved}),
        (place, {"device": clock["device"], "quantity": "operating time"}),
        (last, {"emissions": "3/38"}),
        (last, {"sources": []}),
        (last, {"kind": "note"}),
    ]
    assert recompute(leaves)
    for number, change in spoilt:
        changed = [leaf | change if at == number else leaf for at, leaf in enumerate(leaves)]
        if change.get("used") is moved:
            changed = [*changed, {**estimate, "used": estimate["used"]}]  # twice over one time
            changed[0] = changed[0] | {"leaves": len(changed)}
        with pytest.raises(EvidenceRefused):
            recompute(changed)
