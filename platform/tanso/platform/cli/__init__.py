"""The command `tanso`. Each command is a file here; what it does is elsewhere."""

import sys

from tanso.platform.cli.app import app


def main() -> None:
    """Runs the command line; whatever the user can put right is one clear sentence and exit code 1, never a
    traceback."""
    try:
        app()
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        print(f"Error: {sentence}", file=sys.stderr)  # noqa: T201  (a command line prints)
        sys.exit(1)


def _sentence(error: Exception) -> str | None:
    """What to tell the user; None for a fault of Tanso, whose traceback is wanted."""
    from tanso.contracts.errors import TansoError
    from tanso.devchain import DevchainError

    if isinstance(error, TansoError):
        return f"{error.message.rstrip('.')}. {error.hint}".rstrip()
    if isinstance(error, DevchainError):
        return str(error)
    if isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
        return f"{what}. Check the path, its permissions and the space on the disk."
    from sqlalchemy.exc import DatabaseError

    if isinstance(error, DatabaseError):
        # `orig` is the driver's own message, which names neither the statement nor a password.
        return (
            f"The database cannot be used: {str(error.orig).strip().rstrip('.')}. "
            "Check that it is there and whole, and TANSO_DATABASE_URL if you set it."
        )
    return None


__all__ = ["app", "main"]
