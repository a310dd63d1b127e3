"""Whether readings come from whom they say: signatures of devices that have a key, and sequence numbers.

What came with a sequence number or a signature is kept in a table of its own, so that a file of a million
plain figures pays one question per chunk for all this.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from tanso.oracle.devices.registry import Registry, registry_of
from tanso.oracle.devices.signing import signer_of
from tanso.oracle.devices.tables import DeviceReading
from tanso.oracle.errors import OracleError, SequenceReused, UnsignedReading, WrongDeviceSignature
from tanso.oracle.units import make_quantity

if TYPE_CHECKING:
    from tanso.oracle.intake.candidates import Candidate, Column

KEYS_AT_ONCE = 500
Content = tuple[str, int, int, str, str]
"""Quantity, start, end, value and unit."""


@dataclass(slots=True)
class Checked:
    """What becomes of a chunk's figures here."""

    sound: list["Candidate"] = field(default_factory=list)
    refused: list[tuple["Candidate", OracleError]] = field(default_factory=list)
    columns: list["Column"] = field(default_factory=list)
    """Those of the sound ones that came in columns: of devices without a key."""
    signers: dict[str, str] = field(default_factory=dict)
    """Who signed, by signature: those that were checked."""


def check(
    session: Session, business_id: str, found: Sequence["Candidate"], columns: Sequence["Column"] = ()
) -> Checked:
    """Sorts out figures that are not signed as they must be, or whose sequence number is taken."""
    registry = registry_of(session, business_id)
    keyed = {name for name, device in registry.items() if any(one.key for one in device.installations)}
    numbered = {(one.device, one.sequence) for one in found if one.sequence is not None}
    if not keyed and not numbered:
        return Checked(list(found), columns=list(columns))
    checked = Checked(columns=[one for one in columns if one.device not in keyed])
    found = [*found, *chain.from_iterable(one.candidates() for one in columns if one.device in keyed)]
    taken = dict(_taken(session, business_id, numbered))
    for one in found:
        try:
            if one.device in keyed:
                _check_signature(business_id, one, registry, checked.signers)
            if one.sequence is not None:
                place = (one.device, one.sequence)
                if taken.setdefault(place, _content(one)) != _content(one):
                    raise SequenceReused(
                        f"Another reading of {one.device} had the sequence number {one.sequence} before.",
                        hint="A device counts each of its readings on; after a restart, too.",
                    )
        except OracleError as error:
            checked.refused.append((one, error))
            continue
        checked.sound.append(one)
    return checked


def keep(session: Session, business_id: str, found: Iterable["Candidate"], signers: dict[str, str]) -> None:
    """Keeps what came with the figures that were taken, or had been before; each once."""
    told = [one for one in found if one.sequence is not None or one.signature in signers]
    if not told:
        return
    numbered = {(one.device, one.sequence) for one in told if one.sequence is not None}
    known: set[Any] = {place for place, _ in _taken(session, business_id, numbered)}
    known |= _signatures(session, business_id, [one for one in told if one.sequence is None])
    for one in told:
        mark = (one.device, one.sequence) if one.sequence is not None else one.signature
        if mark in known:
            continue
        known.add(mark)
        signer = signers.get(one.signature or "")
        session.add(
            DeviceReading(
                business_id=business_id,
                device=one.device,
                quantity=one.quantity,
                start=one.start,
                end=one.end,
                value=one.value,
                unit=one.unit,
                sequence=one.sequence,
                signed=one.signed if signer else None,
                signature=one.signature if signer else None,
                signer=signer,
            )
        )
    session.flush()


@dataclass(frozen=True, slots=True)
class Counted:
    """A device's sequence numbers: a number between first and last that is missing was never received."""

    device: str
    first: int
    last: int
    count: int

    @property
    def missing(self) -> int:
        """How many between first and last never came, or came with a reading that was refused."""
        return self.last - self.first + 1 - self.count


def counted(session: Session, business_id: str) -> list[Counted]:
    """Which sequence numbers of each device are there."""
    number = col(DeviceReading.sequence)
    rows = session.exec(
        select(DeviceReading.device, func.min(number), func.max(number), func.count(number))
        .where(DeviceReading.business_id == business_id, number.is_not(None))
        .group_by(DeviceReading.device)
        .order_by(DeviceReading.device)
    )
    return [Counted(device, int(first or 0), int(last or 0), count) for device, first, last, count in rows]


def _check_signature(business_id: str, one: "Candidate", registry: Registry, signers: dict[str, str]) -> None:
    """Against the key that the device had when the reading ended."""
    key = registry[one.device].key_at(one.end)
    if not key:
        return
    if one.signature is None or one.signed is None:
        raise UnsignedReading(
            f"{one.device} has the key {key}, and this reading is not signed.",
            hint="Have the device sign and send it by MQTT or HTTP; a file carries no signatures.",
        )
    signer = signer_of(one.signed, one.signature)
    if signer != key:
        raise WrongDeviceSignature(
            f"The reading of {one.device} is signed by {signer}, the device's key is {key}.",
            hint="Check the key and the signed text (docs/meters.md), or register the new key.",
        )
    if not _same(business_id, one):
        raise WrongDeviceSignature(
            f"What {one.device} signed is not the reading that stands beside the signature.",
            hint="Sign the reading exactly as it is sent.",
        )
    signers[one.signature] = signer


def _same(business_id: str, one: "Candidate") -> bool:
    """Whether the signed text says what the candidate says."""
    from tanso.oracle.intake.times import parse_time, unix_seconds

    assert one.signed is not None
    try:
        told = json.loads(one.signed)
        start, end = (
            (-1, told["at"])
            if "at" in told
            else (unix_seconds(parse_time(told["start"], None, UTC)), told["end"])
        )
        stated = make_quantity(told["value"], told["unit"], "reading", negative=True)
        return (
            told["business"] == business_id
            and (told["device"].strip(), told["quantity"].strip()) == (one.device, one.quantity)
            and (start, unix_seconds(parse_time(end, None, UTC))) == (one.start, one.end)
            and told.get("sequence") == one.sequence
            and bool(stated == make_quantity(one.value, one.unit, "reading"))
        )
    except (KeyError, TypeError, AttributeError, ValueError, OracleError, RecursionError):
        return False


def _content(one: Any) -> Content:
    return one.quantity, one.start, one.end, one.value, one.unit


def _taken(
    session: Session, business_id: str, numbered: Iterable[tuple[str, int | None]]
) -> Iterator[tuple[tuple[str, int | None], Content]]:
    """What stands under sequence numbers of devices."""
    by_device: dict[str, list[int | None]] = {}
    for device, number in numbered:
        by_device.setdefault(device, []).append(number)
    for device, numbers in by_device.items():
        for place in range(0, len(numbers), KEYS_AT_ONCE):
            for row in session.exec(
                select(DeviceReading).where(
                    DeviceReading.business_id == business_id,
                    DeviceReading.device == device,
                    col(DeviceReading.sequence).in_(numbers[place : place + KEYS_AT_ONCE]),
                )
            ):
                yield (device, row.sequence), _content(row)


def _signatures(session: Session, business_id: str, found: Sequence["Candidate"]) -> set[str | None]:
    known: set[str | None] = set()
    for place in range(0, len(found), KEYS_AT_ONCE):
        some = found[place : place + KEYS_AT_ONCE]
        known |= set(
            session.exec(
                select(DeviceReading.signature).where(
                    DeviceReading.business_id == business_id,
                    col(DeviceReading.device).in_({one.device for one in some}),
                    col(DeviceReading.end).in_({one.end for one in some}),
                )
            )
        )
    return known
