"""A folder of encrypted keystore files (Web3 Secret Storage, as geth and foundry's cast write them)."""

import getpass
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from tanso.contracts.errors import TansoError
from tanso.oracle.keys.ring import KeyRing

PASSWORD_VARIABLE = "TANSO_KEY_PASSWORD"  # noqa: S105 - the variable's name, not a password
"""Environment variable that holds the password of the keystore files."""


class KeystoreError(TansoError):
    """A keystore file is missing, malformed, in the way, or its password is wrong."""


def create_keystore(
    folder: Path, password: str, *, account: LocalAccount | None = None, iterations: int | None = None
) -> str:
    """Writes an encrypted keystore file for `account`, or for a new random key, and returns its address.

    iterations: work factor of scrypt (a power of two; None takes the library's, about a second per key).
    The file is `<address>.json`, readable by its owner alone. One that is there already is never overwritten.
    Raises KeystoreError.
    """
    if not password:
        raise KeystoreError(
            "a keystore needs a password", hint=f"Set {PASSWORD_VARIABLE} or answer the prompt."
        )
    account = account if account is not None else Account.create()
    document = Account.encrypt(account.key, password, kdf="scrypt", iterations=iterations)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{account.address}.json"
    draft = folder / f".{account.address}.{secrets.token_hex(4)}"
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        # A hard link fails if the name is taken, where a rename would replace the older key.
        os.link(draft, target)
    except FileExistsError:
        raise KeystoreError(f"{target} is there already", hint="Move it away first.") from None
    finally:
        draft.unlink()
    return str(account.address)


def load_keystores(folder: Path, password: str) -> KeyRing:
    """Reads every `*.json` in `folder` with one password. Raises KeystoreError, naming the file."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        raise KeystoreError(
            f"no keystore file (*.json) in {folder}", hint="Create one, or name another folder."
        )
    return KeyRing([_decrypt(file, password) for file in files])


def read_password(prompt: str = "Password of the keystore files: ", *, twice: bool = False) -> str:
    """The password from the environment variable TANSO_KEY_PASSWORD, else asked for at the terminal.

    twice: ask a second time, for new files that a mistyped password would lock for good.
    Raises KeystoreError if there is neither, or the two answers differ.
    """
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise KeystoreError("no password for the keystore files", hint=f"Set {PASSWORD_VARIABLE}.")
    answer = getpass.getpass(prompt)
    if twice and getpass.getpass("The same again: ") != answer:
        raise KeystoreError("the two passwords differ", hint="Start again and type the same one twice.")
    return answer


def _decrypt(file: Path, password: str) -> LocalAccount:
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
        account: LocalAccount = Account.from_key(Account.decrypt(document, password))
    except ValueError as error:
        if "MAC mismatch" in str(error):
            raise KeystoreError(f"wrong password for {file}") from None
        raise KeystoreError(f"{file} is not a keystore file") from None
    except (OSError, KeyError, TypeError, AttributeError):
        raise KeystoreError(f"{file} is not a readable keystore file") from None
    stated = document.get("address")
    if stated and int(stated, 16) != int(account.address, 16):
        raise KeystoreError(f"{file} states another address than its key has: {account.address}")
    return account
