"""Errors of the platform's services.

    TansoError (tanso.contracts.errors)
    └── PlatformError        what went wrong, and what to do next
        ├── BadRequest       the request cannot be read                             (HTTP 400)
        ├── BadInput         something given does not fit; names the field          (HTTP 422)
        ├── NotAuthenticated no proof of who asks, or one that is not valid         (HTTP 401)
        ├── NotAllowed       the role, scope or business may not do this            (HTTP 403)
        ├── NotFound         no such thing, or none that the asker may know of      (HTTP 404)
        ├── Conflict         the thing is not in a state in which this can be done  (HTTP 409)
        ├── TooLarge         the request is larger than the node takes              (HTTP 413)
        ├── RateLimited      more requests than the node takes                      (HTTP 429)
        └── WrongMedia       the body is in a form that this route does not read    (HTTP 415)

The mapping to HTTP, also of the chain's and the oracle's errors, stands in one table:
`tanso.platform.api.problems`.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from tanso.contracts.errors import TansoError


class PlatformError(TansoError):
    """Base of the platform's errors.

    `message` says what is wrong with which thing, `hint` what to do next.
    """

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "platform-error"
    title: ClassVar[str] = "The request could not be carried out"

    def __init__(
        self, message: str, hint: str, *, slug: str | None = None, fields: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.fields = list(fields)
        """All fields or lines that do not fit, each with the reason, where there may be several."""
        self.kind = slug or self.slug
        """Short stable name of the case, the end of the problem's `type`."""


class BadRequest(PlatformError):
    """The request cannot be read: not HTTP as this API understands it."""

    status = 400
    slug = "bad-request"
    title = "The request cannot be read"


class BadInput(PlatformError):
    """Something given does not fit; the message names the field."""

    status = 422
    slug = "bad-input"
    title = "Something in the request does not fit"


class NotAuthenticated(PlatformError):
    """No token or session was given, or one that is not valid."""

    status = 401
    slug = "not-authenticated"
    title = "A valid token is needed"


class NotAllowed(PlatformError):
    """It is known who asks, but the role, scope or business may not do this."""

    status = 403
    slug = "not-allowed"
    title = "You may not do that"


class NotFound(PlatformError):
    """There is no such thing, or none that the asker may know of."""

    status = 404
    slug = "not-found"
    title = "No such thing"


class Conflict(PlatformError):
    """The thing is not in a state in which this can be done."""

    status = 409
    slug = "conflict"
    title = "Not possible in the present state"


class TooLarge(PlatformError):
    """The request is larger than the node takes."""

    status = 413
    slug = "too-large"
    title = "The request is too large"


class RateLimited(PlatformError):
    """More requests than the node takes; `headers` say when the next one is taken."""

    status = 429
    slug = "rate-limited"
    title = "Too many requests"

    def __init__(self, message: str, hint: str, *, headers: Mapping[str, str]) -> None:
        super().__init__(message, hint)
        self.headers = dict(headers)


class WrongMedia(PlatformError):
    """The body is in a form that this route does not read."""

    status = 415
    slug = "wrong-media"
    title = "The body is in another form than this route reads"
