"""Signing keys: in memory, in a folder of encrypted keystore files, or behind an external signer."""

from tanso.oracle.keys.external import ExternalSigner
from tanso.oracle.keys.ring import Key, KeyMissing, KeyRing
from tanso.oracle.keys.store import (
    PASSWORD_VARIABLE,
    KeystoreError,
    create_keystore,
    load_keystores,
    read_password,
)

__all__ = [
    "PASSWORD_VARIABLE",
    "ExternalSigner",
    "Key",
    "KeyMissing",
    "KeyRing",
    "KeystoreError",
    "create_keystore",
    "load_keystores",
    "read_password",
]
