"""A site as a small TOML file, for computing figures without a node: what `Site` holds, equipment by name."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tanso.contracts.identity import content_hash
from tanso.oracle.errors import SiteRefused
from tanso.oracle.sites import Site

MAX_BYTES = 4 * 1024 * 1024
_HINT = "docs/calculation.md shows one."


def load_site(path: Path, business_id: str) -> tuple[Site, dict[str, str]]:
    """The site of a business, and the names of its equipment by ID; raises SiteRefused.

    Equipment has an `equipment_id` as registered, or a `name` from which an ID follows that is good for
    looking at figures only.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SiteRefused(f"{path} is larger than {MAX_BYTES} bytes.", hint=_HINT)
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SiteRefused(f"{path} is no TOML file: {error}.", hint=_HINT) from error
    names: dict[str, str] = {}
    machines = document.get("equipment")
    if not isinstance(machines, list) or not all(isinstance(machine, dict) for machine in machines):
        raise SiteRefused(f"{path} has no [[equipment]].", hint=_HINT)
    document["equipment"] = [_named(machine, names) for machine in machines]
    try:
        return Site.model_validate({"business_id": business_id} | document), names
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise SiteRefused(f"{path}, {where}: {fault['msg']}.", hint=_HINT) from error


def _named(machine: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    name = machine.get("name")
    if not isinstance(name, str) or not name.strip():
        return machine
    rest = {key: value for key, value in machine.items() if key != "name"}
    found = {"equipment_id": content_hash(b"tanso equipment " + name.encode())[:34]} | rest
    if isinstance(found["equipment_id"], str):
        names[found["equipment_id"].lower()] = name
    return found
