"""Connections between servers: TLS with an authority of one's own, names that lead elsewhere, redirects."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import trustme
import uvicorn
from sqlmodel import Session

from tanso.devchain.server import listen
from tanso.oracle.keys import KeyRing
from tanso.platform.demo.network import FirmServer, Network
from tanso.platform.federation.addresses import enter, servers_of
from tanso.platform.federation.connecting import is_public
from tanso.platform.federation.local import ServerAddress
from tanso.platform.node import Node
from tanso.platform.settings import Settings, SettingsError

from .conftest import Asker, answering_with, moved, trace

PRIVATE = "its server's name leads into a private network, which the operator alone may allow"
UNTRUSTED = "its server's certificate is of no authority that this node trusts"
OTHER_NAME = "its server's certificate is for another name than that of its address"


@contextmanager
def over_tls(firm: FirmServer, name: str, folder: Path) -> Iterator[tuple[int, str]]:
    """Serves a firm by TLS with a certificate for `name`; the port, and the file of who signed it."""
    authority = trustme.CA()
    certificate = authority.issue_cert(name)
    files = [folder / part for part in ("ca.pem", "key.pem", "certificate.pem")]
    for file, pem in zip(
        files, (authority.cert_pem, certificate.private_key_pem, certificate.cert_chain_pems[0]), strict=True
    ):
        pem.write_to_path(file)
    config = uvicorn.Config(
        firm.app, log_level="critical", lifespan="off", ssl_keyfile=files[1], ssl_certfile=files[2]
    )
    server = uvicorn.Server(config)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1], str(files[0])
        finally:
            server.should_exit = True
            thread.join()


def test_servers_ask_by_tls_with_an_authority_of_their_own(
    asker: Asker, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = network.firms["customer"].node
    with over_tls(network.firms["assembler"], "localhost", tmp_path) as (port, authority):
        (lot,) = asker.ask(f"https://localhost:{port}", ca_file=authority)["lots"]
        assert lot["refused"]["kind"] == "not-disclosed"
        assert asker.fails(f"https://127.0.0.1:{port}", ca_file=authority) == OTHER_NAME
        plain = asker.fails(f"http://localhost:{port}", ca_file=authority)
        assert plain == "its server gave no answer at its address"
        # In a search the reason stands at the lot's place.
        with moved(network, "assembler", f"https://localhost:{port}"):
            (shown,) = trace(network, "customer", asker.drive).values()
            assert (shown["disclosure"], shown["reason"]) == ("unreachable", UNTRUSTED)
            monkeypatch.setattr(node, "settings", node.settings.with_changes(servers_ca_file=authority))
            (shown,) = trace(network, "customer", asker.drive).values()
            assert shown["disclosure"] == "not disclosed"


def test_tls_asked_of_a_server_without_it_is_told_by_name(asker: Asker, network: Network) -> None:
    address = network.firms["assembler"].url.replace("http://", "https://")
    assert asker.fails(address) == "its server does not speak TLS as this node does"


def test_certificates_that_cannot_be_read_are_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificates\n")
    for file in ("missing.pem", "empty.pem"):
        settings = Settings(data_dir=tmp_path, servers_ca_file=file)
        with pytest.raises(SettingsError, match=rf"TANSO_SERVERS_CA_FILE names .*{file}"):
            Node.open(settings, signer=KeyRing())
    assert not (tmp_path / "tanso.db").exists()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_what_leads_into_a_private_network_is_not_connected_to(asker: Asker, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        url = f"http://{host}:{door.getsockname()[1]}"
        assert asker.fails(url, private=False) == PRIVATE
        with pytest.raises(BlockingIOError):
            door.accept()


def test_one_private_address_among_those_of_a_name_is_one_too_many(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to(monkeypatch, "8.8.8.8", "10.0.0.1")
    assert asker.fails("https://tanso.example", private=False) == PRIVATE


def test_each_address_of_a_name_is_tried(
    asker: Asker, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = network.firms["assembler"].url.rpartition(":")[2]
    leads_to(monkeypatch, "127.0.0.2", "127.0.0.1")
    assert asker.ask(f"http://tanso.example:{port}")["lots"]


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Names lead to these addresses, as a domain's owner may have them do at any time."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_a_name_that_leads_nowhere_is_told_by_name(asker: Asker) -> None:
    assert asker.fails(f"http://{'a' * 64}.example") == "its server's name leads to no address"


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1",
    ],
)  # fmt: skip
def test_addresses_that_lead_behind_a_wall_are_not(address: str) -> None:
    assert not is_public(address)


def test_a_redirect_is_not_followed(asker: Asker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        target = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"

        def redirect(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(307)
            handler.send_header("Location", target)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        with answering_with(redirect) as url:
            said = asker.fails(url)
        assert said == "its server answered with status 307 and without the business's signature"
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_only_what_the_operator_entered_may_lead_into_a_private_network(network: Network) -> None:
    node, parts = network.firms["steel"].node, network.firms["parts"]

    def is_private(session: Session) -> bool:
        return servers_of(session, [parts.business.id])[parts.business.id].private

    with Session(node.engine) as session:  # never committed
        assert is_private(session)
        # As a manager would have entered a name of the internet whose owner now has it lead elsewhere.
        session.merge(
            ServerAddress(business_id=parts.business.id, url=parts.url, by_operator=False, added_at=1)
        )
        assert not is_private(session)
        enter(session, parts.business.id, parts.url, by_operator=True)
        assert is_private(session)
