"""Sets up everything `make` needs; see setup_steps.py. Runs on any Python 3, to say which one is wanted."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one place that meets an older Python
    sys.exit(
        "Tanso needs Python 3.11 or newer, and this is Python {}.{}: install a newer one and name it, "
        "for example `make PYTHON=python3.12 {}`.".format(
            sys.version_info[0], sys.version_info[1], os.environ.get("TANSO_GOAL", "demo")
        )
    )

from setup_steps import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
