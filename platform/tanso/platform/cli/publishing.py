"""`tanso oracle publish` and `replay`: one reading by hand, and refused ones again."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import typer
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from tanso.contracts.errors import TansoError
from tanso.contracts.identity import parse_id
from tanso.oracle.errors import BadTime, QuantityRefused
from tanso.oracle.intake.replay import replay
from tanso.oracle.intake.reported import reported_periods
from tanso.oracle.intake.tables import Reading as Stored
from tanso.oracle.intake.tables import RefusedRow, RegisterReading
from tanso.oracle.mqtt import BrokerAddress, publish, topic_of
from tanso.oracle.store import reading, utc_now, writing
from tanso.oracle.units import make_quantity
from tanso.platform.cli.devices import signed
from tanso.platform.cli.intake import opened
from tanso.platform.settings import Settings

ARRIVES_WITHIN_S = 15
LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """What was typed in."""

    device: str
    quantity: str
    value: str
    unit: str
    minutes: int
    end: str | None
    counter: bool

    def document(self) -> dict[str, str]:
        """As it is sent. Raises BadTime."""
        try:
            now = datetime.now(UTC).replace(second=0, microsecond=0)
            end = datetime.fromisoformat(self.end) if self.end is not None else now
            start = end - timedelta(minutes=self.minutes)
        except (ValueError, OverflowError) as error:
            raise BadTime(
                f"--end is no time: {error}.", hint="Write for example 2026-02-01T00:30:00+09:00."
            ) from error
        figure = {"device": self.device, "quantity": self.quantity, "value": self.value, "unit": self.unit}
        if self.counter:
            return figure | {"at": end.isoformat()}
        return figure | {"start": start.isoformat(), "end": end.isoformat()}


def broker_of(settings: Settings, url: str) -> BrokerAddress:
    """The broker at a URL, with the settings' name and password. Raises BrokerRefused."""
    ca_file = Path(settings.mqtt_ca_file) if settings.mqtt_ca_file else None
    return BrokerAddress.parse(url, user=settings.mqtt_user, password=settings.mqtt_password, ca_file=ca_file)


def run_publish(
    given: Reading,
    *,
    http: str | None,
    token_file: Path | None,
    key: Path | None,
    store: str | None,
    folder: Path | None,
    business: str | None,
    as_json: bool,
) -> bool:
    """Whether the reading arrived and was taken."""
    document = given.document()
    if http is not None:
        if key is not None:
            if business is None:
                raise TansoError("The business is part of what is signed.", hint="Give --business ID.")
            document = signed(document, key, parse_id(business))
        return _tell(_by_http(http, token_file, document), document, as_json)
    settings = Settings.from_environment()
    if settings.mqtt_url == "none":
        raise TansoError(
            "TANSO_MQTT_URL says that there is no MQTT.", hint="Name a broker, or give --http URL."
        )
    address = broker_of(settings, settings.mqtt_url or "mqtt://127.0.0.1")
    with opened(store, folder, business) as (engine, business_id):
        if key is not None:
            document = signed(document, key, business_id)
        publish(address, topic_of(business_id), [json.dumps(document, ensure_ascii=False)])
        if not as_json:
            typer.echo(f"{address} has it, under {topic_of(business_id)}:\n  {json.dumps(document)}")
        return _tell(_arrived(engine, business_id, document), document, as_json)


def _tell(found: dict[str, Any], document: dict[str, str], as_json: bool) -> bool:
    if as_json:
        typer.echo(json.dumps(found | {"reading": document}, ensure_ascii=False))
    elif found["result"] == "stored":
        typer.echo("It arrived and is stored.")
    else:
        typer.echo(f"It arrived and was refused: {found['error']}: {found['reason']}")
    return bool(found["result"] == "stored")


def _by_http(url: str, token_file: Path | None, document: dict[str, str]) -> dict[str, Any]:
    if token_file is None:
        raise TansoError("The API asks for a token.", hint="Give --token-file, a file that holds it.")
    headers = {"Authorization": f"Bearer {token_file.read_text('utf-8').strip()}"}
    try:
        answer = httpx.post(
            f"{url.rstrip('/')}/v1/readings/batches", json=[document], headers=headers, timeout=30
        )
        shown = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise TansoError(f"The node at {url} does not answer: {error}.", hint="Check --http.") from error
    if not answer.is_success:
        raise TansoError(f"The node refuses: {shown.get('detail')}.", hint=str(shown.get("hint", "")))
    if shown["refused"]:
        return {"result": "refused", **{name: shown["refusals"][0][name] for name in ("error", "reason")}}
    return {"result": "stored"}


def _arrived(engine: Engine, business_id: str, document: dict[str, str]) -> dict[str, Any]:
    deadline = time.monotonic() + ARRIVES_WITHIN_S
    while time.monotonic() < deadline:
        with reading(engine) as session:
            if found := _look(session, business_id, document):
                return found
        time.sleep(LOOK_S)
    raise TansoError(
        f"The broker has the reading, but it did not reach the store within {ARRIVES_WITHIN_S} s.",
        hint="Does `tanso oracle run` run, with the same broker and store?",
    )


def _look(session: Session, business_id: str, document: dict[str, str]) -> dict[str, Any] | None:
    raw = json.dumps(document, ensure_ascii=False)
    refused = session.exec(
        select(RefusedRow)
        .where(RefusedRow.business_id == business_id, RefusedRow.raw == raw, col(RefusedRow.taken).is_(False))
        .order_by(col(RefusedRow.id).desc())
    ).first()
    if refused is not None:
        return {"result": "refused", "error": refused.error, "reason": refused.reason}
    end = int(datetime.fromisoformat(document.get("end", document.get("at", ""))).timestamp())
    held: Stored | RegisterReading | None
    if "at" in document:
        held = session.exec(
            select(RegisterReading).where(
                RegisterReading.business_id == business_id,
                RegisterReading.device == document["device"],
                RegisterReading.quantity == document["quantity"],
                RegisterReading.at == end,
            )
        ).first()
    else:
        held = session.exec(
            select(Stored).where(
                Stored.business_id == business_id,
                Stored.device == document["device"],
                Stored.quantity == document["quantity"],
                Stored.end == end,
                Stored.start == int(datetime.fromisoformat(document["start"]).timestamp()),
            )
        ).first()
    return {"result": "stored"} if held is not None and _same(held, document) else None


def _same(held: Stored | RegisterReading, document: dict[str, str]) -> bool:
    """Whether the figure is the one that was sent; another one for the same time was there before."""
    try:
        sent = make_quantity(document["value"], document["unit"], "value")
    except QuantityRefused:
        return False
    return bool(make_quantity(held.value, held.unit, "value").to_root_units() == sent.to_root_units())


def run_replay(*, store: str | None, folder: Path | None, business: str | None, as_json: bool) -> None:
    """`tanso oracle replay`."""
    looked_at, taken, last = 0, 0, 0
    with opened(store, folder, business) as (engine, business_id):
        while True:
            with writing(engine) as session:
                reported = reported_periods(session, business_id)
                found = replay(session, business_id, after=last, now=utc_now(), reported=reported)
            looked_at, taken, last = looked_at + found.looked_at, taken + found.taken, found.last
            if not found.looked_at:
                break
    if as_json:
        typer.echo(json.dumps({"looked_at": looked_at, "taken": taken, "refused": looked_at - taken}))
    else:
        typer.echo(
            f"{looked_at:,} refused readings taken again: {taken:,} taken, {looked_at - taken:,} refused"
        )
