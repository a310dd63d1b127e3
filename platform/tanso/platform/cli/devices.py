"""What the commands of `tanso oracle device` do."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from tanso.contracts.errors import TansoError
from tanso.contracts.identity import content_hash
from tanso.oracle.devices import (
    Device,
    calibrate_device,
    register_device,
    registry_of,
    sign_reading,
    signing_text,
    withdraw_calibration,
)
from tanso.oracle.devices.check import Counted, counted
from tanso.oracle.intake.counters import counters_of, declare_limits, declare_reset
from tanso.oracle.intake.layout import Series
from tanso.oracle.intake.times import parse_time, unix_seconds
from tanso.oracle.keys import load_keystores, read_password
from tanso.oracle.store import reading, utc_now, writing
from tanso.platform.cli.intake import opened

LONGEST_READING = 20_000


def run_register(
    device: str,
    equipment: str,
    key: str,
    since: str,
    store: str | None,
    folder: Path | None,
    business: str | None,
    *,
    on_ledger: bool,
    as_json: bool,
) -> None:
    """`tanso oracle device register`."""
    if on_ledger and store is not None:
        raise TansoError("--store names no node.", hint="Give --folder, or the node's settings.")
    now = utc_now()
    start = _seconds(since) if since else now
    with opened(store, folder, business) as (engine, business_id), writing(engine) as session:
        entry = register_device(
            session, business_id, device, since=start, now=now, equipment_id=equipment, key=key
        )
    if on_ledger:
        _queue(folder, business_id, device, equipment, key)
    if as_json:
        typer.echo(json.dumps(entry.model_dump(exclude={"id"}), ensure_ascii=False))
    else:
        typer.echo(
            f"{device} measures {entry.equipment_id or 'the whole site'} since {_clock(entry.since)}, "
            + (f"with the key {entry.key}: its readings must be signed." if entry.key else "without a key.")
        )


def _queue(folder: Path | None, business_id: str, device: str, equipment: str, key: str) -> None:
    from tanso.platform.devices.ledger import put_on_ledger
    from tanso.platform.node import Node
    from tanso.platform.settings import Settings

    settings = Settings.from_environment(None, **({} if folder is None else {"data_dir": folder}))
    settings = settings.with_changes(key_password=settings.key_password or read_password())
    with Node.from_settings(settings) as node:
        for message in put_on_ledger(node, business_id, device, equipment_id=equipment, key=key):
            typer.echo(
                f"Queued: {message.what}. The node sends it; `tanso outbox status` follows it.", err=True
            )


def run_calibrate(
    device: str,
    valid_from: str,
    until: str,
    certificate: Path,
    store: str | None,
    folder: Path | None,
    business: str | None,
    *,
    as_json: bool,
) -> None:
    """`tanso oracle device calibrate`."""
    found = content_hash(certificate.read_bytes())
    start, end = _seconds(valid_from), _seconds(until)
    with opened(store, folder, business) as (engine, business_id), writing(engine) as session:
        entry = calibrate_device(
            session,
            business_id,
            device,
            valid_from=start,
            valid_until=end,
            certificate_hash=found,
            now=utc_now(),
        )
    if as_json:
        typer.echo(entry.model_dump_json())
    else:
        typer.echo(
            f"Calibration {entry.id} of {device}: {_clock(start)} to {_clock(end)}, certificate {found}."
        )


def run_withdraw(
    number: int,
    withdrawn_from: str,
    reason: str,
    store: str | None,
    folder: Path | None,
    business: str | None,
) -> None:
    """`tanso oracle device withdraw`."""
    start = _seconds(withdrawn_from)
    with opened(store, folder, business) as (engine, business_id), writing(engine) as session:
        withdraw_calibration(session, business_id, number, withdrawn_from=start, reason=reason, now=utc_now())
    typer.echo(f"Calibration {number} counts no longer from {_clock(start)} on.")


def run_counter(
    device: str,
    quantity: str,
    capacity: str,
    fastest: str,
    store: str | None,
    folder: Path | None,
    business: str | None,
) -> None:
    """`tanso oracle device counter`."""
    with opened(store, folder, business) as (engine, business_id), writing(engine) as session:
        declare_limits(
            session, business_id, device, quantity, capacity=capacity or None, fastest=fastest, now=utc_now()
        )
    again = f"begins again at {capacity}" if capacity else "never begins again"
    typer.echo(f"The counter of {quantity} of {device} {again}; at most {fastest} is used.")


def run_reset(
    device: str,
    quantity: str,
    at: str,
    before: str,
    after: str,
    reason: str,
    store: str | None,
    folder: Path | None,
    business: str | None,
) -> None:
    """`tanso oracle device reset`."""
    time = _seconds(at)
    with opened(store, folder, business) as (engine, business_id), writing(engine) as session:
        declare_reset(
            session,
            business_id,
            device,
            quantity,
            at=time,
            before=before,
            after=after,
            reason=reason,
            now=utc_now(),
        )
    typer.echo(f"The counter of {quantity} of {device} went from {before} to {after}, {_clock(time)}.")


def run_list(store: str | None, folder: Path | None, business: str | None, *, as_json: bool) -> None:
    """`tanso oracle device list`."""
    with opened(store, folder, business) as (engine, business_id), reading(engine) as session:
        registry = registry_of(session, business_id)
        sequences = {one.device: one for one in counted(session, business_id)}
        counters: dict[str, list[tuple[str, Series]]] = {}
        for name, quantity, series in counters_of(session, business_id):
            counters.setdefault(name, []).append((quantity, series))
    devices = [registry[name] for name in sorted(registry.keys() | sequences.keys() | counters.keys())]
    if as_json:
        documents = [
            _document(device, sequences.get(device.name), counters.get(device.name, [])) for device in devices
        ]
        typer.echo(json.dumps(documents, ensure_ascii=False))
        return
    if not devices:
        typer.echo("No device is registered yet. `tanso oracle device register DEVICE` registers one.")
    for device in devices:
        typer.echo(device.name if device.installations else f"{device.name}: not registered")
        for one in device.installations:
            key = f"key {one.key}" if one.key else "no key"
            typer.echo(f"  since {_clock(one.since)}: {one.equipment_id or 'the whole site'}, {key}")
        for calibration, until in device.calibrations:
            early = ", withdrawn from then on" if until != calibration.valid_until else ""
            typer.echo(
                f"  calibration {calibration.id}: {_clock(calibration.valid_from)} to {_clock(until)}{early}"
            )
        if device.name in sequences:
            typer.echo(f"  {told_sequence(sequences[device.name])}")
        for quantity, series in counters.get(device.name, []):
            if series.fastest is not None:
                again = f", begins again at {series.capacity}" if series.capacity else ""
                typer.echo(f"  counter of {quantity}: at most {series.fastest}{again}")
            for was in series.resets:
                typer.echo(f"  counter of {quantity}: {was.before} to {was.after} at {was.at}, {was.reason}")


def told_sequence(one: Counted) -> str:
    """A device's sequence numbers in words."""
    missing = f"{one.missing:,} missing between" if one.missing else "none missing"
    return f"sequence numbers {one.first} to {one.last}, {missing}"


def run_sign(text: str, key_folder: Path, business: str, *, text_only: bool) -> None:
    """`tanso oracle device sign`."""
    given = sys.stdin.read(LONGEST_READING + 1) if text == "-" else text
    try:
        if len(given) > LONGEST_READING:
            raise ValueError("it is too long")
        # A number is signed with the digits that stand there.
        stated = json.loads(given, parse_float=str)
        if not isinstance(stated, dict):
            raise ValueError("it is no object")
        stated = {
            name: str(value) if name != "sequence" and type(value) is int else value
            for name, value in stated.items()
        }
    except (ValueError, RecursionError) as error:
        raise TansoError(
            f"The reading can't be read: {error}.", hint='Give for example {"device": "press 3", …}.'
        ) from error
    if text_only:
        typer.echo(signing_text(business, stated))
        return
    typer.echo(json.dumps(signed(stated, key_folder, business), ensure_ascii=False))


def signed(stated: dict[str, Any], key_folder: Path, business: str) -> dict[str, Any]:
    """A reading with the signature of the one key in a folder, whose password is asked for."""
    keys = list(load_keystores(key_folder, read_password("Password of the device's key: ")))
    if len(keys) != 1:
        raise TansoError(f"There are {len(keys)} keys in {key_folder}.", hint="Name a folder with one.")
    return stated | {"signature": sign_reading(keys[0], business, stated)}


def _document(
    device: Device, sequence: Counted | None, counters: Sequence[tuple[str, Series]]
) -> dict[str, Any]:
    return {
        "device": device.name,
        "installations": [
            {
                "equipment_id": one.equipment_id,
                "key": one.key,
                "since": one.since,
                "recorded_at": one.recorded_at,
            }
            for one in device.installations
        ],
        "calibrations": [
            one.model_dump(exclude={"business_id", "device"}) | {"held_until": until}
            for one, until in device.calibrations
        ],
        "counters": [
            {"quantity": quantity} | series.model_dump(include={"capacity", "fastest", "resets"})
            for quantity, series in counters
        ],
        "sequence": None
        if sequence is None
        else {"first": sequence.first, "last": sequence.last, "missing": sequence.missing},
    }


def _seconds(text: str) -> int:
    return unix_seconds(parse_time(text, None, UTC))


def _clock(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
