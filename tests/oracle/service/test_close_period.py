"""Closing a period: figures by hand, evidence on the ledger, and nothing at all on any error."""

from fractions import Fraction
from math import ceil

import pytest

from tanso.contracts.errors import Reverted
from tanso.oracle.errors import (
    EnergyWithoutUser,
    EvidenceRefused,
    MissingReadings,
    NotConfigured,
    OracleError,
    PeriodClosed,
    PeriodNotOver,
    ReadingStraddlesPeriod,
    RefusedRowsOpen,
    RowsRefused,
    UnassignedReadings,
)
from tanso.oracle.evidence import Sealed, hash_of_leaf, recompute, verify_leaf
from tanso.oracle.outbox import Status
from tanso.oracle.quorum import TooFewKeys

DAY = "2023-01-25T00:00,2023-01-26T00:00"


def without(name: str) -> list[str]:
    lines = [
        f"main meter,electricity,120.0,kWh,{DAY}",
        f"gas meter,distributed gas,5.00,thousand Nm3,{DAY}",
        f"heating furnace,operating time,180,min,{DAY}",
        f"NC machine,operating time,300,min,{DAY}",
        f"assembly line,operating time,420,min,{DAY}",
    ]
    return [line for line in lines if not line.startswith(name)]


def test_factory_day_lands_on_the_ledger_with_the_intensities_of_a_hand_calculation(world_on_any_store):
    world = world_on_any_store
    world.ingest("factory-day")
    closed = world.close_day()
    assert closed.message.key == f"report:{world.factory}:{world.day_start}:{world.day_end}"
    assert [message.status for message in world.outbox.drain()] == [Status.CONFIRMED]

    # By hand: 54,240 g over 5400 : 3000 : 210, gas 11,170,000 g to the furnace; per second, in picograms, up.
    grams = {
        world.furnace: (Fraction(54240) * 5400 / 8610 + 11_170_000) / (180 * 60),
        world.nc_machine: Fraction(54240) * 3000 / 8610 / (300 * 60),
        world.assembly: Fraction(54240) * 210 / 8610 / (420 * 60),
    }
    for equipment_id, per_second in grams.items():
        record = world.ledger.reports.record_of(equipment_id, 0)
        assert record is not None
        assert record.intensity_pg == ceil(per_second * 10**12)
        assert (record.period_start, record.period_end, record.sequence) == (
            world.day_start,
            world.day_end,
            0,
        )
    assert world.ledger.reports.next_sequence(world.factory) == 1
    (accepted,) = [event for event in world.ledger.events(0, 10**6) if event.name == "ReportAccepted"]
    assert accepted.args["declared_ug"] == 11_224_240 * 10**6
    assert accepted.args["evidence_root"] == closed.evidence.sealed.root


def test_evidence_is_found_by_sequence_and_by_root_and_recomputes_the_report(world):
    world.ingest("factory-day")
    closed = world.close_day()
    by_sequence = world.oracle.evidence(world.factory, sequence=0)
    by_root = world.oracle.evidence(world.factory, root=closed.evidence.record.root)
    assert by_sequence.sealed.leaves == by_root.sealed.leaves == closed.evidence.sealed.leaves
    sealed = Sealed(by_root.sealed.leaves)
    assert sealed.root == closed.evidence.record.root
    for position, leaf in enumerate(sealed.leaves):
        assert verify_leaf(sealed.root, leaf, sealed.proof(position)), hash_of_leaf(leaf).hex()
    found = recompute(sealed.leaves)
    assert found.intensities_pg == closed.result.intensities_pg
    assert found.declared_ug == closed.evidence.record.amount_ug


def test_evidence_names_no_device_and_no_secret(world):
    world.ingest("factory-day")
    closed = world.close_day()
    text = str(closed.evidence.sealed.leaves)
    for name in ("main meter", "gas meter", "heating furnace", "NC machine", "assembly line"):
        assert name not in text
    assert world.oracle.device_id(world.factory, "main meter") in text


def test_a_changed_digit_in_any_leaf_changes_the_root(world):
    world.ingest("factory-day")
    sealed = world.close_day().evidence.sealed
    for position, leaf in enumerate(sealed.leaves):
        if leaf["kind"] == "reading":
            forged = {**leaf, "value": leaf["value"] + "0"}
            changed = Sealed((*sealed.leaves[:position], forged, *sealed.leaves[position + 1 :]))
            assert changed.root != sealed.root
            assert not verify_leaf(sealed.root, forged, sealed.proof(position))


def test_closing_again_gives_the_same_report_and_queues_nothing_more(world):
    world.ingest("factory-day")
    first = world.close_day()
    world.ingest("factory-day")
    second = world.close_day()
    assert second.message.id == first.message.id
    assert second.evidence.record.root == first.evidence.record.root
    assert len(world.outbox.drain()) == 1
    third = world.close_day()
    assert third.message.status == Status.CONFIRMED


def test_two_days_closed_before_the_outbox_drains_get_consecutive_sequences(world):
    world.ingest("factory-day")
    day = "2023-01-26T00:00,2023-01-27T00:00"
    world.ingest_rows(
        f"main meter,electricity,60,kWh,{day}",
        f"gas meter,distributed gas,0,Nm3,{day}",
        f"heating furnace,operating time,0,min,{day}",
        f"NC machine,operating time,300,min,{day}",
        f"assembly line,operating time,0,min,{day}",
    )
    first = world.close_day()
    second = world.oracle.close_period(world.factory, world.day_end, world.day_end + 86_400)
    assert (first.evidence.record.sequence, second.evidence.record.sequence) == (0, 1)
    assert [message.status for message in world.outbox.drain()] == [Status.CONFIRMED, Status.CONFIRMED]
    # Only the NC machine ran: it bears all 27,120 g, the others have no intensity for the day.
    assert second.result.intensities_pg == {world.nc_machine: ceil(Fraction(27_120, 18_000) * 10**12)}
    assert world.ledger.reports.record_count(world.furnace) == 1
    assert world.ledger.reports.record_count(world.nc_machine) == 2


def test_gaps_of_a_device_are_named_and_seen_in_the_evidence(world):
    world.ingest_rows(
        "main meter,electricity,60,kWh,2023-01-25T00:00,2023-01-25T10:00",
        "main meter,electricity,60,kWh,2023-01-25T12:00,2023-01-26T00:00",
        *without("main meter"),
    )
    closed = world.close_day()
    (gap,) = closed.gaps
    assert (gap.device, gap.start - world.day_start, gap.end - world.day_start) == (
        "main meter",
        36_000,
        43_200,
    )
    main_meter = world.oracle.device_id(world.factory, "main meter")
    (leaf,) = [leaf for leaf in closed.evidence.sealed.leaves if leaf.get("device") == main_meter]
    assert (leaf["count"], leaf["covered_s"], leaf["value"], leaf["unit"]) == (2, 79_200, "120", "kWh")


def test_a_negative_reading_is_kept_aside_and_stops_the_closing(world):
    world.ingest("factory-day")
    result = world.ingest_rows(f"check meter,electricity,-3,kWh,{DAY}")
    assert [(row.error, row.line) for row in result.refused] == [("NegativeQuantity", 2)]
    with pytest.raises(RefusedRowsOpen, match="below zero"):
        world.close_day()
    world.assert_nothing_stated()


def test_a_file_to_be_taken_whole_leaves_no_trace_when_a_row_is_refused(world):
    with pytest.raises(RowsRefused, match="line 3: NegativeQuantity") as caught:
        world.ingest_rows(
            f"main meter,electricity,3,kWh,{DAY}", f"gas meter,distributed gas,-3,Nm3,{DAY}", whole=True
        )
    assert [row.line for row in caught.value.refused] == [3]
    assert world.oracle.refused(world.factory, limit=10) == []
    assert world.ingest("factory-day").accepted == 5


def test_refused_rows_may_be_left_out_by_consent_and_are_counted_in_the_evidence(world):
    world.ingest("factory-day")
    world.ingest_rows(f"check meter,electricity,NaN,kWh,{DAY}")
    closed = world.close_day(allow_refused=True)
    assert closed.evidence.sealed.leaves[0]["refused_rows"] == 1


def test_a_resolved_row_no_longer_stops_the_closing(world):
    world.ingest("factory-day")
    world.ingest_rows(f"check meter,electricity,1e400,kWh,{DAY}")
    (row,) = world.oracle.refused(world.factory, limit=10)
    assert row.id is not None
    with pytest.raises(EvidenceRefused):
        world.oracle.resolve_refused(world.furnace, row.id, "not mine to resolve")
    world.oracle.resolve_refused(world.factory, row.id, "check meter was being exchanged")
    assert world.oracle.refused(world.factory, limit=10) == []
    closed = world.close_day()
    assert closed.evidence.sealed.leaves[0]["refused_rows"] == 1


def test_refused_rows_of_another_period_do_not_stop_the_closing(world):
    world.ingest("factory-day")
    world.ingest_rows("main meter,electricity,-3,kWh,2023-02-25T00:00,2023-02-26T00:00")
    assert world.close_day().evidence.record.sequence == 0


def test_a_late_reading_of_a_reported_period_is_refused(world):
    world.ingest("factory-day")
    world.close_day()
    late = world.ingest_rows("main meter,electricity,3,kWh,2023-01-25T01:00,2023-01-25T02:00")
    assert [row.error for row in late.refused] == ["LateReading"]


def test_changed_figures_of_a_stated_period_are_refused(world):
    world.ingest("factory-day")
    world.close_day()
    furnace = world.site.equipment[0].model_copy(
        update={"performance": {"electricity": "31 kW", "distributed gas": "10 m3/min"}}
    )
    changed = world.site.model_copy(update={"equipment": (furnace, *world.site.equipment[1:])})
    assert world.oracle.register(changed) == 2
    with pytest.raises(PeriodClosed):
        world.close_day()
    assert len(world.oracle.statements(world.factory)) == 1


CASES: list[tuple[str, list[str], type[OracleError], str]] = [
    ("no gas reading", without("gas meter"), MissingReadings, "gas meter"),
    (
        "gas without a furnace that ran",
        [*without("heating furnace"), f"heating furnace,operating time,0,min,{DAY}"],
        EnergyWithoutUser,
        "distributed gas",
    ),
    (
        "a reading over midnight",
        [*without("NC"), "NC machine,operating time,300,min,2023-01-25T12:00,2023-01-26T12:00"],
        ReadingStraddlesPeriod,
        "NC machine",
    ),
    (
        "a meter in no figure",
        [*without("nothing"), f"forgotten meter,electricity,99,kWh,{DAY}"],
        UnassignedReadings,
        "forgotten meter",
    ),
]


@pytest.mark.parametrize(
    ("lines", "error", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_does_not_add_up_is_refused_by_name_and_nothing_is_queued(
    world, lines: list[str], error: type[OracleError], words: str
):
    assert world.ingest_rows(*lines).refused == ()
    with pytest.raises(error, match=words):
        world.close_day()
    world.assert_nothing_stated()


def test_a_period_in_the_future_or_without_length_is_refused(world):
    for start, end in (
        (world.day_start, world.day_start),
        (world.day_end, world.day_start),
        (world.day_start, 2**39),
    ):
        with pytest.raises(PeriodNotOver):
            world.oracle.close_period(world.factory, start, end)


def test_a_business_without_a_site_is_refused(world):
    with pytest.raises(NotConfigured):
        world.oracle.close_period(world.furnace, world.day_start, world.day_end)


def test_equipment_that_the_ledger_does_not_know_is_refused_and_nothing_is_queued(world):
    world.ingest("factory-day")
    stranger = world.site.equipment[2].model_copy(update={"equipment_id": "0x" + "ab" * 16})
    world.oracle.register(world.site.model_copy(update={"equipment": (*world.site.equipment[:2], stranger)}))
    with pytest.raises(Reverted) as caught:
        world.close_day()
    assert caught.value.name in ("OracleReportsNotEquipmentOf", "EquipmentUnknown")
    world.assert_nothing_stated()


def test_without_enough_oracle_keys_nothing_is_queued(world):
    world.ingest("factory-day")
    world.oracle.keys = type(world.oracle.keys)([next(iter(world.oracle.keys))])
    with pytest.raises(TooFewKeys):
        world.close_day()
    world.assert_nothing_stated()
