"""IDs of what has no secret name that one could be derived from."""

import secrets


def new_id() -> str:
    """A random 128-bit ID."""
    return "0x" + secrets.token_hex(16)
