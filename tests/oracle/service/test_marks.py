"""What is wrong with a device stands in the evidence; it changes no figure and closes no door."""

from typing import Any

from sqlmodel import Session

from tanso.oracle.devices import calibrate_device, register_device
from tanso.oracle.evidence import recompute, recompute_reduction
from tanso.oracle.store import writing

DEVICES = ("main meter", "gas meter", "heating furnace", "NC machine", "assembly line")
CERTIFICATE = "0x" + "ee" * 32


def marks_of(world: Any, evidence: Any) -> dict[str, list[str] | None]:
    """The marks of each device's readings."""
    names = {world.oracle.device_id(world.factory, name): name for name in (*DEVICES, "power conditioner")}
    leaves = [leaf for leaf in evidence.sealed.leaves if leaf["kind"] == "reading"]
    return {names[leaf["device"]]: leaf.get("marks") for leaf in leaves}


def calibrate(session: Session, world: Any, device: str, start: int, end: int) -> None:
    calibrate_device(
        session,
        world.factory,
        device,
        valid_from=start,
        valid_until=end,
        certificate_hash=CERTIFICATE,
        now=end,
    )


def test_marks_stand_in_the_evidence_and_the_figures_are_the_same(world_on_any_store: Any) -> None:
    world = world_on_any_store
    world.ingest("factory-day")
    start, end = world.day_start, world.day_end
    with writing(world.engine) as session:
        for device in DEVICES[:3]:
            register_device(session, world.factory, device, since=start, now=end)
        register_device(session, world.factory, "NC machine", since=start + 1, now=end)
        calibrate(session, world, "main meter", start - 5, end)
        calibrate(session, world, "gas meter", start, end - 1)
    closed = world.close_day()
    assert marks_of(world, closed.evidence) == {
        "main meter": None,
        "gas meter": ["uncalibrated"],
        "heating furnace": ["uncalibrated"],
        "NC machine": ["uncalibrated", "unknown device"],
        "assembly line": ["uncalibrated", "unknown device"],
    }
    assert (
        recompute(closed.evidence.sealed.leaves).declared_ug
        == closed.result.declared_ug
        == 11_224_240_000_000
    )

    with writing(world.engine) as session:  # what becomes known later changes nothing that was stated
        calibrate(session, world, "gas meter", start, end)
    assert world.close_day().evidence == closed.evidence


def test_marks_of_a_reductions_readings(world: Any) -> None:
    world.ingest("solar-roof-2016-daily")
    start, end = 1467356400, 1470034800  # July 2016 at -07:00
    attested = world.attest(start, end)
    assert set(map(tuple, filter(None, marks_of(world, attested.evidence).values()))) == {
        ("uncalibrated", "unknown device")
    }
    assert recompute_reduction(attested.evidence.sealed.leaves) == attested.reduction_ug
