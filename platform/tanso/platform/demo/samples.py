"""The sample files of operation data and their layouts: in `samples/` of the checkout, beside this file in a
wheel."""

from pathlib import Path

from tanso.contracts.errors import TansoError

_HERE = Path(__file__).parent / "samples"
_CHECKOUT = Path(__file__).parents[4] / "samples"


def sample(name: str) -> str:
    """The text of a sample file, for example "factory-day.csv"."""
    for folder in (_HERE, _CHECKOUT):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8")
    raise TansoError(
        f"The sample {name} is missing.", hint="Install Tanso anew, or run the demo in a checkout."
    )
