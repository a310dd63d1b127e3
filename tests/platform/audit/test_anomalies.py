"""Each anomaly that the ledger shows, on one strange ledger; figures reckoned by hand."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tanso.contracts.errors import TansoError
from tanso.contracts.identity import content_hash
from tanso.contracts.values import ZERO_ADDRESS
from tanso.platform.audit.findings import KINDS, Finding, Severity, Tolerances
from tanso.platform.audit.ledger import LedgerAudit, audit_ledger

from .conftest import Settling

KG = 10**9
DAY_S = 86_400
STRANGE, DILIGENT = 0, 1


@pytest.fixture(scope="module")
def strange(_world: Any) -> Iterator[Any]:
    """The world in which all of this happened, and the audit of it."""
    snapshot = _world.chain.rpc("evm_snapshot")
    world = replace(_world, settled=[])
    told(world)
    yield world, audit_ledger(world.chain.ledger)
    assert _world.chain.rpc("evm_revert", snapshot)


def told(world: Any) -> None:
    ledger, settling = world.chain.ledger, Settling(world)
    # Outside material whose factor is withdrawn afterwards, and a machine that runs longer than time itself.
    world.settle(STRANGE, {"steel": 100}, resin=10**9, seconds=150_000, left_over=17)
    reason = content_hash(b"another factory's")
    world.chain.send(ledger.factors.withdraw(world.factor_id, world.period[0] + 5, reason), world.chain.admin)
    # A report of 100 kg at whose intensity 200 kg are charged.
    settling.report(STRANGE, declared_kg=100)
    settling.settle(STRANGE, seconds=1000, lots={"iron": (10, 200 * KG, 200 * KG)})
    # A batch in a time of which nothing was reported.
    settling.settle(STRANGE, record=9, materials={"iron": 5}, lots={"nails": (50, 100 * KG, 100 * KG)})
    world.restate("iron", STRANGE, 150 * KG)
    # Devices: one without any calibration, one that was calibrated for the second half of the next report.
    bare, half = world.id("device", "bare"), world.id("device", "half")
    for device in (bare, half):
        world.send(
            ledger.devices.register(device, world.businesses[DILIGENT].machine_id, ZERO_ADDRESS), DILIGENT
        )
    start = world.now + 2 * DAY_S
    calibrated = ledger.devices.calibrate(half, start + 500, start + 10**6, content_hash(b"certificate"))
    world.chain.send(ledger.access.grant("CALIBRATOR", world.chain.admin.address), world.chain.admin)
    world.chain.send(calibrated, world.chain.admin)
    # Months later: a late report, a pause, and other oracle keys.
    world.pause("Lots")
    world.pass_time(40 * DAY_S)
    world.pause("Lots", "unpause")
    world.period = (start - 1000, start)
    world.report(DILIGENT, 0)
    fewer = world.chain.oracle_keys.addresses[:2]
    world.chain.send(ledger.quorum.set_keys(fewer, 1), world.chain.admin)
    world.pause("Credits")


def found(strange: Any, slug: str) -> list[Finding]:
    audit: LedgerAudit = strange[1]
    return [finding for finding in audit.findings if finding.slug == slug]


def test_a_withdrawn_factor_is_found_in_the_batch_that_used_it(strange: Any) -> None:
    world = strange[0]
    (finding,) = found(strange, "withdrawn-factor-used")
    assert finding.subject == world.settled[0].batch_id
    assert finding.figures["factor_id"] == world.factor_id
    # 10^9 g at 987,654,321 pg/g.
    assert finding.figures["co2_ug"] == 987_654_321_000


def test_more_seconds_than_the_period_has_are_found(strange: Any) -> None:
    (finding,) = found(strange, "activity-beyond-period")
    assert (finding.figures["activity_s"], finding.figures["period_s"]) == (150_000, 100_000)
    assert finding.subject == strange[0].businesses[STRANGE].machine_id


def test_more_charged_than_declared_is_found(strange: Any) -> None:
    (finding,) = found(strange, "charged-beyond-declared")
    assert (finding.figures["charged_ug"], finding.figures["above_ug"]) == (200 * KG, 100 * KG)
    assert "charged its batches with 200.000 kg at its intensities, 100.000 kg more" in finding.message


def test_a_batch_in_a_time_without_report_is_found(strange: Any) -> None:
    world = strange[0]
    (finding,) = found(strange, "batch-without-report")
    assert finding.business_id == world.businesses[STRANGE].business_id
    assert (finding.figures["missing_s"], finding.figures["co2_ug"]) == (1000, 100 * KG)


def test_a_restatement_is_found_with_all_its_figures(strange: Any) -> None:
    (finding,) = found(strange, "restatement")
    assert finding.subject == strange[0].lot("iron")
    figures = {name: finding.figures[name] for name in ("settled_ug", "restated_ug", "charged_ug", "number")}
    assert figures == {"settled_ug": 200 * KG, "restated_ug": 150 * KG, "charged_ug": 0, "number": 1}


def test_a_late_report_is_found(strange: Any) -> None:
    (finding,) = found(strange, "late-report")
    assert finding.business_id == strange[0].businesses[DILIGENT].business_id
    assert int(finding.figures["late_s"]) > 37 * DAY_S


def test_devices_without_calibration_are_found_for_the_seconds_that_none_covers(strange: Any) -> None:
    world = strange[0]
    missing = {
        finding.subject: finding.figures["missing_s"] for finding in found(strange, "device-not-calibrated")
    }
    assert missing == {world.id("device", "bare"): 1000, world.id("device", "half"): 500}


def test_equipment_without_a_device_on_the_ledger_is_noted(strange: Any) -> None:
    world = strange[0]
    machines = [finding.subject for finding in found(strange, "equipment-without-device")]
    assert sorted(machines) == sorted(
        business.machine_id
        for business in world.businesses
        for _ in range(2 if business is world.businesses[STRANGE] else 1)
    )


def test_a_left_over_is_noted_under_its_name(strange: Any) -> None:
    (finding,) = found(strange, "left-over")
    assert (finding.subject, finding.figures["left_over_ug"]) == ("waste", 17)
    assert found(strange, "left-over-large") == []


def test_pauses_are_noted_with_their_ends_or_without(strange: Any) -> None:
    over, going_on = found(strange, "writing-paused")
    assert (over.subject, going_on.subject) == ("Lots", "Credits")
    assert int(over.figures["until"]) - int(over.figures["from"]) >= 40 * DAY_S
    assert "until" not in going_on.figures
    assert going_on.message.endswith("and still is.")


def test_a_change_of_oracle_keys_is_found_and_the_first_set_is_not(strange: Any) -> None:
    (finding,) = found(strange, "oracle-keys-changed")
    assert finding.figures["went"] == strange[0].chain.oracle_keys.addresses[2]
    assert "1 of 2 have to sign now, 2 of 3 had to before" in finding.message


def test_what_holds_is_not_in_doubt_however_strange_the_ledger(strange: Any) -> None:
    errors = {finding.slug for finding in strange[1].findings if finding.kind.severity is Severity.ERROR}
    assert errors == {"declared-not-in-lots"}
    ranks = [finding.key for finding in strange[1].findings]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


def test_one_business_is_audited_alone_and_its_time_is_cut(strange: Any) -> None:
    world, whole = strange
    strange_id = world.businesses[STRANGE].business_id
    alone = audit_ledger(world.chain.ledger, business_id=strange_id, events_only=True)
    assert [account.business_id for account in alone.accounts] == [strange_id]
    assert alone.findings == [item for item in whole.findings if item.business_id in (None, strange_id)]
    later = audit_ledger(world.chain.ledger, start=world.now + 1, end=world.now + 2, events_only=True)
    assert [finding.slug for finding in later.findings] == ["writing-paused"]
    assert all(account.opening_ug == account.closing_ug for account in later.accounts)


def test_an_unknown_business_is_refused(strange: Any) -> None:
    with pytest.raises(TansoError, match="No business 0x"):
        audit_ledger(strange[0].chain.ledger, business_id="0x" + "ab" * 16, events_only=True)


def test_every_kind_is_complete_and_documented_by_its_slug() -> None:
    for slug, kind in KINDS.items():
        assert slug == slug.lower().replace(" ", "-")
        assert all(len(text) > 20 for text in (kind.meaning, kind.formula, kind.advice)), slug
    assert Tolerances().share * 100 == 5
