import json
import stat
from pathlib import Path

import pytest
from eth_account import Account

from tanso.oracle.keys import PASSWORD_VARIABLE, KeystoreError, create_keystore, load_keystores, read_password

KEY = Account.from_key("0x" + "33" * 32)
QUICK = 2  # work factor of scrypt: tests need no strength


def test_a_keystore_comes_back_with_its_password(tmp_path: Path) -> None:
    address = create_keystore(tmp_path, "pass word", account=KEY, iterations=QUICK)
    ring = load_keystores(tmp_path, "pass word")
    assert ring.addresses == (address,) == (KEY.address,)
    assert ring.account(address).key == KEY.key


def test_a_new_random_key_is_made_if_none_is_given(tmp_path: Path) -> None:
    addresses = {create_keystore(tmp_path, "p", iterations=QUICK) for _ in range(3)}
    assert len(addresses) == 3
    assert set(load_keystores(tmp_path, "p").addresses) == addresses


def test_only_the_owner_can_read_the_file_and_no_draft_stays(tmp_path: Path) -> None:
    create_keystore(tmp_path / "keys", "p", account=KEY, iterations=QUICK)
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert KEY.key.hex().removeprefix("0x") not in file.read_text()


def test_a_keystore_is_never_overwritten(tmp_path: Path) -> None:
    create_keystore(tmp_path, "first", account=KEY, iterations=QUICK)
    with pytest.raises(KeystoreError, match="there already"):
        create_keystore(tmp_path, "second", account=KEY, iterations=QUICK)
    assert load_keystores(tmp_path, "first").addresses == (KEY.address,)
    assert len(list(tmp_path.iterdir())) == 1


def test_an_empty_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="needs a password"):
        create_keystore(tmp_path, "")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_password_is_named_with_the_file_and_not_shown(tmp_path: Path) -> None:
    create_keystore(tmp_path, "right", account=KEY, iterations=QUICK)
    with pytest.raises(KeystoreError, match=rf"wrong password for .*{KEY.address}") as caught:
        load_keystores(tmp_path, "hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"version": 3}', "\xff"])
def test_a_file_that_is_no_keystore_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "odd.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(KeystoreError, match=r"odd\.json"):
        load_keystores(tmp_path, "p")


def test_a_keystore_that_states_another_address_is_refused(tmp_path: Path) -> None:
    create_keystore(tmp_path, "p", account=KEY, iterations=QUICK)
    (file,) = tmp_path.iterdir()
    document = json.loads(file.read_text())
    file.write_text(json.dumps(document | {"address": "0" * 40}))
    with pytest.raises(KeystoreError, match="another address"):
        load_keystores(tmp_path, "p")


@pytest.mark.parametrize("folder", [".", "missing"])
def test_a_folder_without_keystores_is_named(tmp_path: Path, folder: str) -> None:
    with pytest.raises(KeystoreError, match="no keystore file"):
        load_keystores(tmp_path / folder, "p")


def test_the_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "from the environment")
    assert read_password() == "from the environment"


def test_without_environment_and_terminal_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    with pytest.raises(KeystoreError, match=PASSWORD_VARIABLE):
        read_password()
