"""Writes the parts of the documentation that follow from the code: `make docs`. A test fails where stale.

Pages: docs/contracts.md (NatSpec), docs/errors.md (contracts' errors), docs/configuration.md (settings),
docs/factors.md (bundled factors), docs/white-paper.md (deviations), docs/audit.md (what an audit can find),
docs/reading.schema.json.
Run it with the project's virtual environment.
"""

import json
from collections.abc import Callable
from pathlib import Path

from tanso.contracts.compiler import compile_contracts
from tanso.contracts.hints import HINTS
from tanso.contracts.natspec import page as contracts_page
from tanso.oracle.factors import bundled_factors
from tanso.oracle.intake.messages import READING_EXAMPLE, READING_SCHEMA
from tanso.oracle.paper import DEVIATIONS
from tanso.platform.audit.findings import documentation
from tanso.platform.settings import table

DOCS = Path(__file__).parents[1] / "docs"
FROM_HERE = "<!-- From here on made by `make docs`; change the source, not this page. -->\n\n"
MADE = "<!-- Made by `make docs`; change the source, not this page. -->\n\n"


def errors_page() -> str:
    """Every custom error of the contracts: when, why, what to do."""
    lines = [
        "# Errors of the contracts\n",
        "A refusal changes nothing. Python raises `tanso.contracts.errors.Reverted` with the error's name "
        "and values; the API answers 409 with the name in the problem's `type`.\n",
    ]
    for name, artifact in sorted(compile_contracts().items()):
        found = artifact.userdoc.get("errors", {}) if name.startswith("I") else {}
        if not found:
            continue
        title = name.removeprefix("I") if name[1].isupper() else name
        lines += [f"\n## {title}\n", "| error | when and why | what to do |", "|---|---|---|"]
        for signature, notices in sorted(found.items()):
            when = " ".join(notices[0]["notice"].split())
            lines.append(f"| `{signature}` | {when} | {HINTS[signature.split('(')[0]]} |")
    return MADE + "\n".join(lines) + "\n"


def configuration_page() -> str:
    """The settings of `tanso serve`."""
    head = (
        "# Configuration\n\n`tanso serve` runs a node of your own. It reads these environment variables; "
        "`tanso settings` prints the same table. A variable that begins with `TANSO_` and is not in it is "
        "refused, so a typing error cannot go unnoticed.\n\n"
    )
    return MADE + head + table()


def white_paper_page() -> str:
    """Where the white paper's worked example departs from its own arithmetic."""
    lines = [
        "# The white paper's worked example\n",
        "IVI's *Introduction to CTN* (25 January 2023) works one factory day through in Tables 3 to 10. "
        "`tanso.oracle.paper` reproduces the tables as printed; the calculation proper keeps to the units. "
        "These are all the places where the two differ.\n",
        "| deviation | printed | by the paper's own inputs | why |",
        "|---|---|---|---|",
    ]
    lines += [f"| {d.name} | {d.printed} | {d.exact} | {d.explanation} |" for d in DEVIATIONS]
    return MADE + "\n".join(lines) + "\n"


def audit_page() -> str:
    """The page as it is down to the mark, and then what an audit can find, from its catalogue."""
    head = (DOCS / "audit.md").read_text(encoding="utf-8").partition(FROM_HERE)[0]
    return head + FROM_HERE + documentation()


def factors_page() -> str:
    """The emission factors that ship with the package."""
    lines = [
        "# Emission factors that ship with Tanso\n",
        "Named in `PUT /v1/site` and `PUT /v1/roofs/{equipment_id}`; any other factor is given with its "
        'source. What a source does not state is "not stated".\n',
        "| name | value | publisher | year | geography | basis | GWP set |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{f.name}` | {f.value} {f.unit} | {f.publisher} | {f.year} | {f.geography} | {f.basis} | "
        f"{f.gwp_set} |"
        for f in bundled_factors().values()
    ]
    return MADE + "\n".join(lines) + "\n"


def reading_schema() -> str:
    """What a reading is as JSON, for MQTT and HTTP."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(head | READING_SCHEMA | {"examples": [READING_EXAMPLE]}, indent=2) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "contracts.md": lambda: MADE + contracts_page(compile_contracts()),
    "errors.md": errors_page,
    "audit.md": audit_page,
    "configuration.md": configuration_page,
    "factors.md": factors_page,
    "white-paper.md": white_paper_page,
    "reading.schema.json": reading_schema,
}


def main() -> None:
    """Writes every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
