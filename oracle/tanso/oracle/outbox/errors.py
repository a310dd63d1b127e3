"""Errors of the outbox's callers. What goes wrong with a message itself is kept on it, in `error_name`.

TansoError
└── OutboxError
    ├── KeyReused        the idempotency key stands for another message already
    ├── UnknownSender    no signing key for this account
    ├── UnknownMessage   no message under this key
    └── NotParked        only a parked message can be tried again
"""

from tanso.contracts.errors import TansoError


class OutboxError(TansoError):
    """Base of the outbox's errors."""


class KeyReused(OutboxError):
    """Another message (other sender, contract, data or kind) was queued under this key."""


class UnknownSender(OutboxError):
    """The key ring holds no key for the account that is to send."""


class UnknownMessage(OutboxError):
    """No message was queued under this key."""


class NotParked(OutboxError):
    """The message is not parked, so there is nothing to try again."""
