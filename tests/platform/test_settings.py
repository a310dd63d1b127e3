"""Settings from the environment: what is taken, what is refused, and that no secret shows."""

from dataclasses import fields
from pathlib import Path

import pytest

from tanso.devchain import dev_accounts
from tanso.platform.settings import KNOWN_ACCOUNTS, Settings, SettingsError, table


def test_defaults_hold_where_the_environment_says_nothing() -> None:
    settings = Settings.from_environment({"HOME": "/nowhere"})
    assert settings == Settings()
    assert settings.database == "sqlite:///tanso-data/tanso.db"
    assert settings.is_local


def test_each_setting_is_taken_from_its_variable(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "TANSO_DATA_DIR": str(tmp_path),
            "TANSO_DATABASE_URL": "postgresql://db/tanso",
            "TANSO_RPC_URL": "https://chain.example",
            "TANSO_DEPLOYMENT_FILE": "/etc/tanso/deployment.json",
            "TANSO_KEYS_DIR": "my-keys",
            "TANSO_ORACLE_KEYS_DIR": "my-oracle-keys",
            "TANSO_KEY_PASSWORD": "open sesame",
            "TANSO_SERVERS_CA_FILE": "network.pem",
            "TANSO_HOST": "::1",
            "TANSO_PORT": "0",
            "TANSO_POLL_SECONDS": "5",
            "TANSO_INDEX_RANGE": "77",
            "TANSO_FINALITY_BLOCKS": "12",
            "TANSO_CONFIRMATIONS": "3",
            "TANSO_FEE_CAP_GWEI": "40",
            "TANSO_RATE_PER_ADDRESS": "7",
            "TANSO_RATE_PER_PRINCIPAL": "6",
            "TANSO_RATE_FAILURES": "5",
            "TANSO_RATE_GUESSES": "4",
            "TANSO_MQTT_URL": "mqtts://broker",
            "TANSO_MQTT_USER": "oracle",
            "TANSO_MQTT_PASSWORD": "let me in",
            "TANSO_MQTT_CA_FILE": "ca.pem",
            "TANSO_MQTT_CLIENT_ID": "plant-2",
            "TANSO_MONITOR_PORT": "0",
            "TANSO_CLOSE_PERIODS": "month",
            "TANSO_CLOSE_AFTER_HOURS": "48",
            "TANSO_QUORUM_PEERS": "http://one:8090, https://two",
            "TANSO_SIGNER_URL": "https://signer/token",
            "TANSO_SIGNER_ACCOUNTS": "0x" + "11" * 20,
            "TANSO_SIGNER_ORACLE_KEYS": "0x" + "22" * 20,
        }
    )
    assert settings.database == "postgresql://db/tanso"
    assert settings.path_of(settings.deployment_file) == Path("/etc/tanso/deployment.json")
    assert settings.path_of(settings.keys_dir) == tmp_path / "my-keys"
    assert (settings.port, settings.poll_seconds, settings.index_range, settings.finality_blocks) == (
        0,
        5,
        77,
        12,
    )
    assert (settings.confirmations, settings.fee_cap_gwei) == (3, 40)
    assert settings.peers == ("http://one:8090", "https://two")
    assert settings.is_local
    changed = [item.name for item in fields(settings) if getattr(settings, item.name) == item.default]
    assert changed == [], "the test leaves a setting out"


def test_a_peer_that_is_no_http_address_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"TANSO_QUORUM_PEERS names 'two:8090'"):
        Settings.from_environment({"TANSO_QUORUM_PEERS": "http://one:8090,two:8090"})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TANSO_SIGNER_URL": "signer:9000/hidden"}, "TANSO_SIGNER_URL is no http address"),
        ({"TANSO_SIGNER_ACCOUNTS": "0x" + "11" * 20 + ",0x12"}, "TANSO_SIGNER_ACCOUNTS names '0x12'"),
        ({"TANSO_SIGNER_ORACLE_KEYS": "me"}, "TANSO_SIGNER_ORACLE_KEYS names 'me'"),
        ({"TANSO_SIGNER_ACCOUNTS": " ,"}, "TANSO_SIGNER_ACCOUNTS"),
        ({"TANSO_SIGNER_ACCOUNTS": ""}, "given together"),
        ({"TANSO_SIGNER_URL": ""}, "given together"),
    ],
)
def test_a_signer_and_its_accounts_are_checked_without_showing_where_it_is(
    changes: dict[str, str], words: str
) -> None:
    given = {"TANSO_SIGNER_URL": "http://signer/hidden", "TANSO_SIGNER_ACCOUNTS": "0x" + "11" * 20}
    assert "hidden" not in repr(Settings.from_environment(given))
    with pytest.raises(SettingsError, match=words) as caught:
        Settings.from_environment(given | changes)
    assert "hidden" not in str(caught.value)


def test_what_the_caller_gives_wins_over_the_environment() -> None:
    assert Settings.from_environment({"TANSO_PORT": "1"}, port=2).port == 2


def test_a_secret_is_read_from_the_file_that_its_variable_names(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("open sesame\n")
    assert Settings.from_environment({"TANSO_KEY_PASSWORD_FILE": str(file)}).key_password == "open sesame"


def test_a_secrets_file_that_is_missing_is_named() -> None:
    with pytest.raises(SettingsError, match=r"TANSO_KEY_PASSWORD_FILE.*/nowhere"):
        Settings.from_environment({"TANSO_KEY_PASSWORD_FILE": "/nowhere"})


def test_a_misspelt_variable_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match=r"TANSO_PROT is not a setting.*TANSO_PORT"):
        Settings.from_environment({"TANSO_PROT": "1"})


def test_only_secrets_have_files() -> None:
    with pytest.raises(SettingsError, match="TANSO_PORT_FILE is not a setting"):
        Settings.from_environment({"TANSO_PORT_FILE": "1"})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TANSO_PORT", "65536"),
        ("TANSO_PORT", "-1"),
        ("TANSO_PORT", "eighty"),
        ("TANSO_PORT", "٣"),
        ("TANSO_PORT", ""),
        ("TANSO_POLL_SECONDS", "0"),
        ("TANSO_INDEX_RANGE", "0"),
        ("TANSO_FINALITY_BLOCKS", "0"),
        ("TANSO_MONITOR_PORT", "65536"),
        ("TANSO_CLOSE_AFTER_HOURS", "8785"),
        ("TANSO_CLOSE_PERIODS", "weekly"),
        ("TANSO_MQTT_CLIENT_ID", ""),
    ],
)
def test_a_number_out_of_range_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Settings.from_environment({variable: value})


def test_secrets_do_not_show() -> None:
    settings = Settings(
        key_password="open sesame", database_url="postgresql://u:pw@db/x", rpc_url="https://key@rpc"
    )
    assert "sesame" not in repr(settings)
    assert "pw" not in repr(settings)
    assert "key@rpc" not in repr(settings)


def test_the_known_accounts_are_those_of_the_development_chain() -> None:
    assert {account.address for account in dev_accounts(10)} == KNOWN_ACCOUNTS


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "tanso.example", "127.0.0.1.example"])
def test_a_public_key_is_refused_where_others_reach_the_node(host: str) -> None:
    settings = Settings(host=host)
    assert not settings.is_local
    with pytest.raises(SettingsError, match="Anybody can sign"):
        settings.refuse_known_secrets([dev_accounts(1)[0].address])


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.5.5", "::1", "localhost"])
def test_a_public_key_is_fine_on_ones_own_machine(host: str) -> None:
    Settings(host=host).refuse_known_secrets([dev_accounts(1)[0].address])


def test_the_table_names_each_setting_once() -> None:
    for item in fields(Settings):
        assert table().count(f"| `TANSO_{item.name.upper()}` |") == 1


def test_there_cannot_be_more_confirmations_than_blocks_to_finality() -> None:
    with pytest.raises(SettingsError, match="TANSO_CONFIRMATIONS must be from 1 to 12, not 13"):
        Settings(finality_blocks=12, confirmations=13)


def test_a_data_folder_may_name_the_database(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).database == f"sqlite:///{tmp_path / 'tanso.db'}"
    (tmp_path / "database-url").write_text("postgresql://u:pw@db/tanso\n")
    assert Settings(data_dir=tmp_path).database == "postgresql://u:pw@db/tanso"
    assert Settings(data_dir=tmp_path, database_url="sqlite:///x.db").database == "sqlite:///x.db"
    (tmp_path / "database-url").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="database-url"):
        _ = Settings(data_dir=tmp_path).database
