"""Formula documents: what the figures are computed by, named by version and by hash of content.

    formula("tanso-intensity@1").content_hash    # the formula ID on the ledger

A document never changes once figures name it: a change makes a new version beside the old one.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tanso.contracts.identity import content_hash
from tanso.oracle.errors import FormulaUnknown

INTENSITY_1 = "tanso-intensity@1"
"""As INTENSITY, without lines, changes of a factor and standard times. Its reports stay recomputable."""

INTENSITY = "tanso-intensity@2"
"""Intensity of equipment and declared emissions, equations (5)–(8)."""

CFP = "tanso-cfp@1"
"""Footprint of lots, equations (1)–(4), splitting and rounding."""

SOLAR = "tanso-solar@1"
"""Reduction by self-consumed solar electricity."""

GAPS = "tanso-gaps@1"
"""Filling of gaps in readings, for the others' inputs."""

NAMES = (INTENSITY_1, INTENSITY, CFP, SOLAR, GAPS)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula document."""

    name: str
    """Name and version, at most 32 ASCII characters."""
    content_hash: str
    """keccak256 of the document's bytes: its ID on the ledger."""
    text: str
    """The document, Markdown."""


@cache
def formula(name: str) -> Formula:
    """The formula document of this name; raises FormulaUnknown.

    >>> formula("tanso-cfp@1").text.splitlines()[0]
    '# tanso-cfp@1'
    """
    if name not in NAMES:
        raise FormulaUnknown(f"There is no formula {name!r}.", hint=f"Known are {', '.join(NAMES)}.")
    document = files(__name__).joinpath(f"{name}.md").read_bytes()
    return Formula(name, content_hash(document), document.decode())


def all_formulas() -> list[Formula]:
    """Every formula document of this package."""
    return [formula(name) for name in NAMES]
