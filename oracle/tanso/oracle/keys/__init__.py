"""Signing keys: in memory, or in a folder of encrypted keystore files."""

from tanso.oracle.keys.ring import KeyMissing, KeyRing
from tanso.oracle.keys.store import (
    PASSWORD_VARIABLE,
    KeystoreError,
    create_keystore,
    load_keystores,
    read_password,
)

__all__ = [
    "PASSWORD_VARIABLE",
    "KeyMissing",
    "KeyRing",
    "KeystoreError",
    "create_keystore",
    "load_keystores",
    "read_password",
]
