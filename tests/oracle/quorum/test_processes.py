"""Oracle processes with a key and a copy of the readings each: two signers and the one that closes."""

import os
import re
import select as select_module
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account
from sqlmodel import select

from tanso.contracts.identity import derive_id
from tanso.contracts.units import Unit
from tanso.oracle.evidence import canonical_json
from tanso.oracle.evidence.store import EvidenceRecord
from tanso.oracle.factors import factor
from tanso.oracle.formulas import all_formulas
from tanso.oracle.intake import parse_layout
from tanso.oracle.keys import create_keystore
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.quorum import QuorumDisagrees, TooFewKeys
from tanso.oracle.quorum.proposal import headers_for
from tanso.oracle.quorum.tables import SignedStatement
from tanso.oracle.sites import Site, SiteEnergy, SiteEquipment
from tanso.oracle.store import create_tables, open_store, reading, utc_now, writing
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.node import Node
from tanso.platform.settings import Settings

from ...databases import settled

pytestmark = [pytest.mark.anvil, pytest.mark.slow]

TANSO = Path(sys.executable).with_name("tanso")
PASSWORD = "only for this test"
SECRET = b"the factory's own secret 32 bytes"[:32]
FACTORY = derive_id(SECRET, "business", "factory")
PRESS = derive_id(SECRET, "equipment", "press")
START, END = 1674572400, 1674572400 + 2 * 86_400
"""Two days from 2023-01-25T00:00+09:00."""
LAYOUT = parse_layout(
    """
zone = "+09:00"
[time]
start = "start"
length = "1 d"
[[series]]
device = "main meter"
quantity = "electricity"
value = "kWh"
unit = "kWh"
[[series]]
device = "press"
quantity = "operating time"
value = "h"
unit = "h"
"""
)
ROWS = b"start,kWh,h\n2023-01-25,120,8\n2023-01-26,80,5\n"
SITE = Site(
    business_id=FACTORY,
    zone="+09:00",
    energies=(
        SiteEnergy(energy="electricity", factor=factor("electricity-tepco-2021"), devices=("main meter",)),
    ),
    equipment=(
        SiteEquipment(equipment_id=PRESS, activity_devices=("press",), performance={"electricity": "30 kW"}),
    ),
)


@pytest.fixture
def network(
    request: pytest.FixtureRequest, anvil_chain: Any, anvil_url: str, tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """Makes a folder per process; `start` runs a signer in it and gives its address, else opens the node."""
    chain, ledger, factory = anvil_chain, anvil_chain.ledger, anvil_chain.accounts[1]
    chain.send(ledger.businesses.register(FACTORY, factory.address, "0x" + "ab" * 32), chain.admin)
    for document in all_formulas():
        chain.send(ledger.formulas.register(document.content_hash, document.name), chain.admin)
    chain.send(ledger.equipment.register(PRESS, Unit.SECOND), factory)
    oracle_keys = list(chain.oracle_keys)
    with ExitStack() as stack:

        def make(number: int, *, rows: bytes = ROWS, start: bool = False, peers: str = "") -> Any:
            folder = stack.enter_context(settled(request, tmp_path / f"process {number}"))
            chain.deployment.save(folder / "deployment.json")
            create_keystore(folder / "keys", PASSWORD, account=chain.accounts[number], iterations=2)
            create_keystore(folder / "oracle-keys", PASSWORD, account=oracle_keys[number], iterations=2)
            settings = Settings(
                data_dir=folder, rpc_url=anvil_url, key_password=PASSWORD, quorum_peers=peers, confirmations=1
            )
            node = Node.from_settings(settings)
            with writing(node.engine) as session:
                session.add(
                    LocalBusiness(business_id=FACTORY, name="factory", account=factory.address, secret=SECRET)
                )
            node.oracle.register(SITE)
            node.oracle.ingest(FACTORY, "days.csv", rows, LAYOUT)
            if start:
                node.close()
                return stack.enter_context(running(folder, anvil_url))
            return stack.enter_context(node)

        yield make


class running:  # noqa: N801 - reads like a verb
    """A signer as a process of its own; its address."""

    def __init__(self, folder: Path, rpc_url: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TANSO_")}
        given = {"TANSO_DATA_DIR": str(folder), "TANSO_RPC_URL": rpc_url, "TANSO_KEY_PASSWORD": PASSWORD}
        self._process = subprocess.Popen(
            [TANSO, "oracle", "signer", "--port", "0"], env=kept | given, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> str:
        assert self._process.stdout is not None
        found = re.search(r"http://\S+", self._process.stdout.readline())
        assert found, f"the signer ended with {self._process.wait()}"
        return found[0]

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def assert_nothing_stated(node: Node) -> None:
    with reading(node.engine) as session:
        assert session.exec(select(EvidenceRecord)).all() == []
        assert session.exec(select(OutboxMessage)).all() == []


def test_three_processes_agree_or_nothing_is_sent(
    anvil_chain: Any, network: Callable[..., Any], tmp_path: Path
) -> None:
    reports = anvil_chain.ledger.reports
    same = network(1, start=True)
    other = network(2, rows=ROWS.replace(b"80", b"81"), start=True)
    nobody = "http://127.0.0.1:9"

    node = network(0, peers=f"{same}, {other}")
    with pytest.raises(QuorumDisagrees) as disagreed:
        node.oracle.close_period(FACTORY, START, END)
    first = disagreed.value.differences[0]
    assert first.what == "reading main meter electricity 2023-01-25T15:00:00Z"
    assert (first.here["value"], first.there["value"], first.peer) == ("80", "81", other)
    assert "salt" not in first.there
    # What follows from the one reading differs, too; the press's hours and the first day don't.
    assert {one.what.split()[0] for one in disagreed.value.differences} == {"reading", "result", "declared"}
    assert len(disagreed.value.differences) == 3
    assert "value 80 here" in str(disagreed.value)
    assert_nothing_stated(node)

    node.oracle.peers = type(node.oracle.peers)([nobody])
    with pytest.raises(TooFewKeys, match=r"2 oracle keys must sign, 1 did .*no answer"):
        node.oracle.close_period(FACTORY, START, END)
    assert_nothing_stated(node)

    node.oracle.peers = type(node.oracle.peers)([nobody, same])
    closed = node.oracle.close_period(FACTORY, START, END)
    node.work()
    assert reports.next_sequence(FACTORY) == 1
    report, signatures = reports.submitted(closed.message.data)
    assert report.evidence_root == closed.evidence.record.root
    assert len(signatures) == 2

    # Who signed keeps what it signed: late readings of that time are refused there as well.
    engine = open_store(Settings(data_dir=tmp_path / "process 1").database)
    create_tables(engine)
    with reading(engine) as session:
        (kept,) = session.exec(select(SignedStatement)).all()
        assert (kept.root, kept.sequence, kept.period_end) == (report.evidence_root, 0, END)
    engine.dispose()
    hostile(same, node)


def hostile(url: str, node: Node) -> None:
    """Requests that get nothing out of a signer."""
    (key,) = node.oracle.keys
    now = utc_now()
    good = {
        "kind": "report", "business_id": FACTORY, "subject": FACTORY, "period_start": END,
        "period_end": END + 86_400, "sequence": 1, "deadline": now + 3600, "allow_refused": 0,
        "root": "0x" + "00" * 32, "fingerprints": [],
    }  # fmt: skip

    def ask(
        changes: dict[str, Any] | None = None, *, by: Any = key, secret: bytes = SECRET
    ) -> httpx.Response:
        body = canonical_json(good | (changes or {}))
        return httpx.post(url + "/v1/quorum/sign", content=body, headers=headers_for(body, by, secret))

    stranger, unknown = Account.from_key("0x" + "77" * 32), "0x" + "77" * 16
    for wrong in (
        ask(by=stranger),
        ask(secret=b"another secret of 32 bytes......"),
        ask({"business_id": unknown}),
        httpx.post(url + "/v1/quorum/sign", content=b"{}"),
        httpx.post(url + "/v1/quorum/sign", content=b"{}", headers={"X-Tanso-Signature": "0x00"}),
    ):
        assert wrong.status_code == 403, wrong.text
        assert "main meter" not in wrong.text
    # Who may not ask is turned away before the body comes, and of those who may, four at a time are heard.
    host, port = url.removeprefix("http://").split(":")
    with ExitStack() as stack:

        def begin(headers: dict[str, str]) -> HTTPConnection:
            asking = stack.enter_context(closing(HTTPConnection(host, int(port), timeout=20)))
            asking.putrequest("POST", "/v1/quorum/sign")
            for name, value in (headers | {"content-length": str(2**24)}).items():
                asking.putheader(name, value)
            asking.endheaders()
            return asking

        assert begin({}).getresponse().status == 403
        body = canonical_json(good)
        assert begin(headers_for(body, stranger, SECRET)).getresponse().status == 403
        open_ones = [begin(headers_for(body, key, SECRET)) for _ in range(5)]
        # Four wait for their bodies, whichever they are; the one too many is answered.
        answered, _, _ = select_module.select([one.sock for one in open_ones], [], [], 20)
        assert len(answered) == 1
        (busy,) = (one for one in open_ones if one.sock in answered)
        assert busy.getresponse().status == 503
    for changes, error in (
        ({}, "MissingReadings"),
        ({"period_start": START + 60, "period_end": END}, "ReadingStraddlesPeriod"),
        ({"sequence": 0}, "ProposalRefused"),
        ({"sequence": 5000}, "ProposalRefused"),
        ({"subject": PRESS}, "ProposalRefused"),
        ({"kind": "reduction", "subject": PRESS}, "NotConfigured"),
        ({"kind": "wish"}, "ProposalRefused"),
        ({"deadline": now - 3600}, "ProposalRefused"),
        ({"deadline": now + 30 * 86_400}, "ProposalRefused"),
        ({"period_end": now + 86_400}, "PeriodNotOver"),
        ({"period_end": END}, "PeriodNotOver"),
        ({"extra": 1}, "ProposalRefused"),
        ({"fingerprints": ["x"]}, "ProposalRefused"),
    ):
        refused = ask(changes)
        assert refused.status_code == 409, refused.text
        assert re.match(error, refused.text), refused.text
    # The period that was signed, as another number: nothing is declared twice.
    statement = node.oracle.statements(FACTORY)[0]
    again = {"period_start": START, "period_end": END, "root": statement.root}
    assert "Something else was signed here" in ask(again).text
    # Other leaves than those held: what the other side lacks is shown, and no signature comes.
    told = ask({"period_start": START, "period_end": END})
    assert told.status_code == 200
    assert told.json()["signatures"] == []
    assert told.json()["differing"] == len(told.json()["leaves"]) > 0
    assert "salt" not in told.text
    assert "main meter" not in told.text
