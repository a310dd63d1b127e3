"""Passwords: what is taken as one, and their argon2id hashes."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tanso.platform.errors import BadInput

SHORTEST, LONGEST = 12, 200

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""19 MiB and two passes: what OWASP asks for at least, as a node is a small machine."""

_at_once = threading.Semaphore(4)
"""So that many who sign in at a time take turns instead of all the memory."""


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")


def hash_of(password: str, *, unlike: tuple[str, ...] = ()) -> str:
    """The hash of a new password. `BadInput` for one that is too short, too long or the person's own name."""
    normal = _normal(password)
    if not SHORTEST <= len(normal) <= LONGEST:
        raise BadInput(
            f"password: it must have {SHORTEST} to {LONGEST} signs",
            "Several words make a good one.",
            slug="bad-password",
        )
    if len(set(normal)) < 5 or normal.casefold() in {text.casefold() for text in unlike}:
        raise BadInput(
            "password: it is too easily guessed",
            "Several words make a good one; your own name or address does not.",
            slug="bad-password",
        )
    with _at_once:
        return _hasher.hash(normal)


def fits(password_hash: str | None, password: str) -> bool:
    """Whether it is the password. Takes as long where there is nobody to have one."""
    normal = _normal(password)[:LONGEST]
    with _at_once:
        try:
            _hasher.verify(password_hash or _nobodys(), normal)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def _normal(password: str) -> str:
    """The same password, whichever keyboard composed its letters."""
    return unicodedata.normalize("NFKC", password)
