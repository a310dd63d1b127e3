"""The command `tanso`. Each command is a file here; what it does is elsewhere."""

import sys

from tanso.platform.cli.app import app


def main() -> None:
    """Runs the command line; an error made on purpose is one clear sentence and exit code 1, never a
    traceback."""
    from tanso.contracts.errors import TansoError
    from tanso.devchain import DevchainError

    try:
        app()
    except (TansoError, DevchainError) as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201  (a command line prints)
        sys.exit(1)


__all__ = ["app", "main"]
