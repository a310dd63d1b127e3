"""`tanso oracle device`: measuring devices, their keys and calibrations. Heavy imports stay inside."""

from pathlib import Path
from typing import Annotated

import typer

from tanso.platform.cli.options import AsJson, Business, Folder, Store

app = typer.Typer(
    help="Register measuring devices: what they measure, which key signs, when they are calibrated.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="The device's name, as in its readings.", metavar="DEVICE")]


@app.command()
def register(
    device: Name,
    equipment: Annotated[
        str, typer.Option(help="ID of the equipment that it measures. Default: the whole site.", metavar="ID")
    ] = "",
    key: Annotated[
        str,
        typer.Option(help="Account that signs its readings. Default: it can't sign.", metavar="ADDRESS"),
    ] = "",
    since: Annotated[
        str, typer.Option(help="From when on this holds, ISO 8601 with offset. Default: now.", metavar="TIME")
    ] = "",
    on_ledger: Annotated[
        bool,
        typer.Option("--on-ledger", help="Also queue it for the ledger, where it holds from its block on."),
    ] = False,
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    json: AsJson = False,
) -> None:
    """Register a device, or say where it is installed, and which key it has, from a time on.

    Earlier entries stay: what a past period was measured by remains readable. Readings of a device with a key
    are refused from then on unless it signed them. Readings of a device that is not registered are marked.
    """
    from tanso.platform.cli.devices import run_register

    run_register(device, equipment, key, since, store, folder, business, on_ledger=on_ledger, as_json=json)


@app.command()
def calibrate(
    device: Name,
    valid_from: Annotated[
        str, typer.Option("--from", help="From when on it counts, ISO 8601 with offset.", metavar="TIME")
    ],
    until: Annotated[str, typer.Option(help="First second for which it doesn't.", metavar="TIME")],
    certificate: Annotated[
        Path, typer.Option(help="The certificate: its hash is kept, the file stays yours.", metavar="FILE")
    ],
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    json: AsJson = False,
) -> None:
    """Record a calibration of a registered device.

    Readings of times that no calibration covers are marked in the evidence and in reports.
    """
    from tanso.platform.cli.devices import run_calibrate

    run_calibrate(device, valid_from, until, certificate, store, folder, business, as_json=json)


@app.command()
def withdraw(
    number: Annotated[int, typer.Argument(help="Number of the calibration, see `list`.", min=1)],
    withdrawn_from: Annotated[
        str, typer.Option("--from", help="From when on it counts no longer.", metavar="TIME")
    ],
    reason: Annotated[str, typer.Option(help="Why.")],
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
) -> None:
    """Withdraw a calibration that was found wrong, from a time on; it stays on record."""
    from tanso.platform.cli.devices import run_withdraw

    run_withdraw(number, withdrawn_from, reason, store, folder, business)


Quantity = Annotated[str, typer.Argument(help="What its counter counts, for example electricity.")]


@app.command()
def counter(
    device: Name,
    quantity: Quantity,
    fastest: Annotated[
        str, typer.Option(help="The most that is used at a time, for example '400 kW'.", metavar="RATE")
    ],
    capacity: Annotated[
        str,
        typer.Option(
            help="Where it begins again at zero, for example '1000000 kWh'. Default: it never does.",
            metavar="AMOUNT",
        ),
    ] = "",
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
) -> None:
    """Declare how far a meter's counter counts, and how quickly.

    A fall counts as a rollover only if what was used then fits the rate; a rise that is faster is refused.
    This holds for all readings of the counter, by message or file. Take refused ones again with
    `tanso oracle replay`.
    """
    from tanso.platform.cli.devices import run_counter

    run_counter(device, quantity, capacity, fastest, store, folder, business)


@app.command()
def reset(
    device: Name,
    quantity: Quantity,
    at: Annotated[str, typer.Option(help="When, ISO 8601 with offset.", metavar="TIME")],
    before: Annotated[str, typer.Option(help="What it showed last, as '48211.5 kWh'.", metavar="AMOUNT")],
    after: Annotated[str, typer.Option(help="What it showed then, as '0 kWh'.", metavar="AMOUNT")],
    reason: Annotated[str, typer.Option(help="Why, for example 'meter exchanged'.")],
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
) -> None:
    """Declare that a meter's counter was set anew, or the meter exchanged.

    What was used before and after it counts then. Take refused readings again with `tanso oracle replay`.
    """
    from tanso.platform.cli.devices import run_reset

    run_reset(device, quantity, at, before, after, reason, store, folder, business)


@app.command("list")
def list_devices(
    store: Store = None, folder: Folder = None, business: Business = None, json: AsJson = False
) -> None:
    """List the registered devices: installations, keys, calibrations and missing sequence numbers."""
    from tanso.platform.cli.devices import run_list

    run_list(store, folder, business, as_json=json)


@app.command()
def key(
    out: Annotated[Path, typer.Option(help="Folder for the encrypted key file.", metavar="FOLDER")],
) -> None:
    """Make a key for a device, in a file encrypted with a password, and print its account.

    The password is asked for, or taken from TANSO_KEY_PASSWORD. Register the account with
    `tanso oracle device register DEVICE --key ACCOUNT`.
    """
    from tanso.oracle.keys import create_keystore, read_password

    typer.echo(create_keystore(out, read_password("Password of the device's key: ", twice=True)))


@app.command()
def sign(
    reading: Annotated[str, typer.Argument(help="One reading as JSON, or - to read it from standard input.")],
    key_folder: Annotated[
        Path, typer.Option("--key", help="Folder with the device's one key file.", metavar="FOLDER")
    ],
    business: Annotated[str, typer.Option(help="ID of the business that the reading is of.", metavar="ID")],
    text: Annotated[bool, typer.Option("--text", help="Print the text that is signed, and stop.")] = False,
) -> None:
    """Sign one reading as a device does, for trying: prints it with its signature.

    With --text it prints what has to be signed (EIP-191), to hold a device's own software against.
    """
    from tanso.platform.cli.devices import run_sign

    run_sign(reading, key_folder, business, text_only=text)
