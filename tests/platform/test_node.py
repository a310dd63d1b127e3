"""A node moves data round the circle: outbox to chain to tables, in process and over JSON-RPC."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from sqlmodel import select

from tanso.contracts.deployment import deploy
from tanso.contracts.errors import DeploymentError
from tanso.contracts.identity import content_hash
from tanso.oracle.keys import KeyRing, KeystoreError, create_keystore
from tanso.oracle.outbox import Status
from tanso.oracle.store import reading
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.indexer.errors import ForeignDatabase
from tanso.platform.node import Node
from tanso.platform.settings import Settings, SettingsError

BUSINESS = "0x" + "5e" * 16


def register(node: Node, admin: Any, account: str) -> None:
    call = node.ledger.businesses.register(BUSINESS, account, content_hash(b"url"))
    node.outbox.enqueue(None, key=f"business:{BUSINESS}", sender=admin.address, call=call, kind="business")


def registered(node: Node) -> list[BusinessRow]:
    with reading(node.engine) as session:
        return list(session.exec(select(BusinessRow)))


def test_work_sends_what_is_queued_and_indexes_it(chain: Any, store_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=store_url)
    with Node.open(
        settings, signer=KeyRing([chain.admin]), provider=chain.w3.provider, deployment=chain.deployment
    ) as node:
        register(node, chain.admin, chain.accounts[1].address)
        assert registered(node) == []
        (message,) = node.work()
        assert message.status == Status.CONFIRMED
        (row,) = registered(node)
        assert (row.business_id, row.account) == (BUSINESS, chain.accounts[1].address)
        assert row.transaction_hash == message.tx_hash
        assert node.indexer.status().in_sync
        assert node.work() == []


def test_a_refused_message_is_given_back_parked_and_leaves_no_row(chain: Any, home: Path) -> None:
    with Node.open(
        Settings(data_dir=home),
        signer=KeyRing(chain.accounts[:2]),
        provider=chain.w3.provider,
        deployment=chain.deployment,
    ) as node:
        register(node, chain.accounts[1], chain.accounts[1].address)
        (message,) = node.work()
        assert message.status == Status.PARKED
        assert registered(node) == []


def test_listeners_are_told_at_each_work_after_the_tables_are_filled(chain: Any, home: Path) -> None:
    with Node.open(
        Settings(data_dir=home),
        signer=KeyRing([chain.admin]),
        provider=chain.w3.provider,
        deployment=chain.deployment,
    ) as node:
        seen: list[int] = []
        node.listeners.append(lambda: seen.append(len(registered(node))))
        node.work()
        assert seen[-1] == 0
        register(node, chain.admin, chain.accounts[1].address)
        node.work()
        assert seen[-1] == 1
        told = len(seen)
        node.work()
        assert len(seen) == told + 1, "what a crash left undone is made good though nothing new came"


@pytest.mark.anvil
def test_a_node_of_settings_alone_works_over_json_rpc(anvil_chain: Any, anvil_url: str, home: Path) -> None:
    anvil_chain.deployment.save(home / "deployment.json")
    create_keystore(home / "keys", "open sesame", account=anvil_chain.admin, iterations=2)
    settings = Settings(data_dir=home, rpc_url=anvil_url, key_password="open sesame")
    with Node.from_settings(settings) as node:
        register(node, anvil_chain.admin, anvil_chain.accounts[1].address)
        (message,) = node.work()
        assert message.status == Status.CONFIRMED
        assert [row.business_id for row in registered(node)] == [BUSINESS]
    # A second start on the same database goes on where the first stopped.
    with Node.from_settings(settings) as node:
        assert node.indexer.status().in_sync
        assert node.work() == []


@pytest.mark.anvil
def test_a_node_of_settings_sends_with_keys_that_only_a_signer_has(
    anvil_chain: Any, anvil_url: str, home: Path
) -> None:
    anvil_chain.deployment.save(home / "deployment.json")
    settings = Settings(
        data_dir=home,
        rpc_url=anvil_url,
        signer_url=anvil_url,
        signer_accounts=anvil_chain.admin.address.lower(),
        signer_oracle_keys=f"{anvil_chain.accounts[8].address}, {anvil_chain.accounts[9].address}",
    )
    assert not settings.has_keystores
    with Node.from_settings(settings) as node:
        register(node, anvil_chain.admin, anvil_chain.accounts[1].address)
        (message,) = node.work()
        assert message.status == Status.CONFIRMED
        assert set(node.oracle.keys.addresses) == {key.address for key in anvil_chain.accounts[8:]}
    # With a keystore beside it, both kinds of keys serve.
    create_keystore(home / "keys", "open sesame", account=anvil_chain.accounts[2], iterations=2)
    assert settings.has_keystores
    with Node.from_settings(settings.with_changes(key_password="open sesame")) as node:
        assert set(node.signer.addresses) == {
            key.address for key in (anvil_chain.admin, anvil_chain.accounts[2])
        }


def test_a_node_of_settings_needs_keys(home: Path) -> None:
    with pytest.raises(KeystoreError, match="keys"):
        Node.from_settings(Settings(data_dir=home))


def test_a_missing_deployment_file_is_named(home: Path) -> None:
    with pytest.raises(DeploymentError, match=r"deployment\.json"):
        Node.open(Settings(data_dir=home), signer=KeyRing([Account.create()]))


def test_contracts_that_are_not_there_are_refused(chain: Any, home: Path) -> None:
    elsewhere = {**chain.deployment.addresses, "Lots": "0x" + "11" * 20}
    with pytest.raises(DeploymentError, match="Lots"):
        Node.open(
            Settings(data_dir=home),
            signer=KeyRing([chain.admin]),
            provider=chain.w3.provider,
            deployment=replace(chain.deployment, addresses=elsewhere),
        )


@pytest.mark.parametrize("side", ["signer", "oracle_keys"])
def test_a_development_key_is_refused_on_an_address_that_others_reach(
    chain: Any, home: Path, side: str
) -> None:
    keys = {"signer": KeyRing([Account.create()]), "oracle_keys": KeyRing([Account.create()])}
    keys[side] = KeyRing([chain.accounts[1]])
    with pytest.raises(SettingsError, match="Anybody can sign"):
        Node.open(
            Settings(data_dir=home, host="0.0.0.0"),
            provider=chain.w3.provider,
            deployment=chain.deployment,
            **keys,
        )


def test_a_database_of_another_deployment_is_refused(chain: Any, home: Path) -> None:
    settings = Settings(data_dir=home)
    given = {"signer": KeyRing([chain.admin]), "provider": chain.w3.provider}
    with Node.open(settings, deployment=chain.deployment, **given) as node:
        node.work()
    second = deploy(chain.w3, chain.admin, oracle_keys=chain.oracle_keys.addresses, threshold=2)
    with Node.open(settings, deployment=second, **given) as node, pytest.raises(ForeignDatabase):
        node.work()


def test_the_settings_say_what_gas_may_cost_and_how_deep_a_transaction_must_lie(
    chain: Any, home: Path
) -> None:
    settings = Settings(data_dir=home, fee_cap_gwei=1, confirmations=2)
    parts = {
        "signer": KeyRing([chain.admin]),
        "provider": chain.w3.provider,
        "deployment": chain.deployment,
    }
    with Node.open(settings, **parts) as node:
        register(node, chain.admin, chain.accounts[1].address)
        assert node.work() == []
        assert f"more than the cap of {10**9}" in (node.outbox.get(f"business:{BUSINESS}").note or "")
    with Node.open(replace(settings, fee_cap_gwei=500), **parts) as node:
        assert node.work() == []
        assert "waits for 2 blocks" in (node.outbox.get(f"business:{BUSINESS}").note or "")
        chain.rpc("evm_mine")
        assert [message.status for message in node.work()] == [Status.CONFIRMED]
