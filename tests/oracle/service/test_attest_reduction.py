"""The roof's reduction: self-consumed energy times factor less own consumption, rounded down."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from math import floor

import pytest

from tanso.contracts.identity import derive_id
from tanso.contracts.units import Unit
from tanso.oracle.errors import (
    BaselineDiffers,
    BeforeEnrolment,
    MissingReadings,
    NoReduction,
    NotConfigured,
    PeriodClosed,
)
from tanso.oracle.evidence import recompute_reduction
from tanso.oracle.factors import factor
from tanso.oracle.outbox import Status

from .conftest import BASELINE_PG, SECRET


def at(text: str) -> int:
    return int(datetime.fromisoformat(text + "-07:00").timestamp())


JULY = (at("2016-07-01T00:00"), at("2016-08-01T00:00"))
WHOLE = (at("2016-07-01T00:00"), at("2016-10-13T04:00"))


def test_the_roofs_reduction_lands_on_the_ledger_as_calculated_by_hand(world):
    world.ingest("solar-roof-2016-daily")
    attested = world.attest(*WHOLE)
    assert attested.message.key == f"reduction:{world.roof}:{WHOLE[0]}:{WHOLE[1]}"
    assert [message.status for message in world.outbox.drain()] == [Status.CONFIRMED]
    # 2,941,907.5484275 Wh generated, 3,551.72028 Wh drawn at night, 0.452 g/Wh.
    exact = (Fraction("2941907.5484275") - Fraction("3551.72028")) * Fraction("0.452") * 10**6
    assert attested.reduction_ug == floor(exact)
    reduction_id = world.ledger.credits.reduction_id(world.roof, *WHOLE)
    assert world.ledger.credits.reduction_of(reduction_id) == (floor(exact), False)
    assert attested.gaps == ()


def test_the_reduction_is_recomputed_from_its_leaves_alone(world):
    world.ingest("solar-roof-2016-daily")
    attested = world.attest(*JULY)
    found = world.oracle.evidence(world.factory, root=attested.evidence.record.root)
    assert recompute_reduction(found.sealed.leaves) == attested.reduction_ug
    assert attested.evidence.record.sequence is None


def test_attesting_again_gives_the_same_and_an_overlap_is_refused(world):
    world.ingest("solar-roof-2016-daily")
    first = world.attest(*JULY)
    assert world.attest(*JULY).message.id == first.message.id
    with pytest.raises(PeriodClosed):
        world.attest(*WHOLE)
    assert len(world.outbox.drain()) == 1


def test_a_period_in_which_the_roof_only_drew_gives_no_reduction(world):
    world.ingest("solar-roof-2016-daily")
    with pytest.raises(NoReduction):
        world.attest(at("2016-10-13T00:00"), at("2016-10-13T04:00"))
    world.assert_nothing_stated()


def test_a_roof_without_readings_or_without_registration_is_refused(world):
    with pytest.raises(MissingReadings, match="power conditioner"):
        world.attest(*JULY)
    with pytest.raises(NotConfigured):
        world.oracle.attest_reduction(world.factory, world.furnace, *JULY)
    world.assert_nothing_stated()


def test_exported_energy_is_no_reduction(world):
    exporting = world.solar_roof.model_copy(update={"exported": ("grid meter", "exported electricity")})
    world.oracle.register(exporting)
    world.ingest_rows(
        "power conditioner,generated electricity,10,kWh,2023-01-25T00:00,2023-01-26T00:00",
        "power conditioner,own consumption,1,kWh,2023-01-25T00:00,2023-01-26T00:00",
        "grid meter,exported electricity,4,kWh,2023-01-25T00:00,2023-01-26T00:00",
    )
    # (10 - 4 - 1) kWh x 452 g/kWh
    assert world.attest(world.day_start, world.day_end).reduction_ug == 5 * 452 * 10**6


def test_readings_of_a_registered_roof_do_not_stop_the_factorys_report(world):
    world.ingest("factory-day")
    world.ingest_rows(
        "power conditioner,generated electricity,10,kWh,2023-01-25T00:00,2023-01-26T00:00",
        "power conditioner,own consumption,1,kWh,2023-01-25T00:00,2023-01-26T00:00",
    )
    assert world.close_day().evidence.record.sequence == 0


def test_a_reduction_against_another_factor_than_lots_are_charged_by_is_refused(world):
    dirtier = replace(factor("electricity-tepco-2021"), name="dirtier grid", value="0.453")
    world.oracle.register(world.solar_roof.model_copy(update={"factor": dirtier}))
    world.ingest("solar-roof-2016-daily")
    with pytest.raises(
        BaselineDiffers, match=r"452000000000 pg/Wh .* dirtier grid: 453000000000 pg/Wh"
    ) as told:
        world.attest(*JULY)
    assert "enrolled by" in told.value.hint
    world.assert_nothing_stated()


def test_a_period_that_begins_before_the_enrolment_counts_is_refused(world, as_factory):
    ledger = world.ledger
    late = derive_id(SECRET, "equipment", "late roof")
    source = {"generated": ("late", "generated electricity"), "own_consumption": ("late", "own consumption")}
    world.oracle.register(world.solar_roof.model_copy(update={"equipment_id": late} | source))
    world.ingest("factory-day")
    for day in ("2023-01-25T00:00,2023-01-26T00:00", "2023-01-26T00:00,2023-01-27T00:00"):
        world.ingest_rows(
            f"late,generated electricity,10,kWh,{day}", f"late,own consumption,1,kWh,{day}", whole=True
        )
    world.close_day()
    world.outbox.drain()
    as_factory(ledger.equipment.register(late, Unit.WATT_HOUR))
    as_factory(ledger.credits.enrol(world.solar_roof.programme_id, late, BASELINE_PG))

    def attest(start):
        return world.oracle.attest_reduction(world.factory, late, start, start + 86_400)

    with pytest.raises(BeforeEnrolment, match=f"begins at {world.day_start}, .* counts from {world.day_end}"):
        attest(world.day_start)
    assert attest(world.day_end).reduction_ug == 9 * 452 * 10**6
    assert [message.status for message in world.outbox.drain()] == [Status.CONFIRMED]
