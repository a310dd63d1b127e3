"""Typed access to the registry of formulas.

On the ledger a formula has a name and a version; people write both as one text, "tanso-cfp@1".
"""

import re
from typing import NamedTuple

from tanso.contracts.contract import Call, Contract
from tanso.contracts.errors import InvalidValue

_VERSIONED = re.compile(r"(?P<name>.+)@(?P<version>[1-9][0-9]*)")


class FormulaName(NamedTuple):
    """A formula's name and its version, from 1."""

    name: str
    version: int

    def __str__(self) -> str:
        """As people write it: "tanso-cfp@1"."""
        return f"{self.name}@{self.version}"

    @classmethod
    def parse(cls, text: str) -> "FormulaName":
        """Splits name and version at the last "@".

        >>> FormulaName.parse("tanso-cfp@1")
        FormulaName(name='tanso-cfp', version=1)

        :raises InvalidValue: when the text is no name with a version.
        """
        found = _VERSIONED.fullmatch(text)
        if found is None:
            raise InvalidValue(
                f"{text!r} is no name and version of a formula.",
                hint='Write the version, a whole number from 1, after an "@": for example "tanso-cfp@1".',
            )
        return cls(found["name"], int(found["version"]))


class Formulas:
    """The contract FormulaRegistry."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def register(self, formula_id: str, name: str) -> Call:
        """Registers a formula document by its content hash; the sender needs the role REGISTRAR.

        ``name`` has at most 32 ASCII characters, "@" and the name's next version: "tanso-cfp@1" first, then
        "tanso-cfp@2".

        :raises InvalidValue: when ``name`` is not so.
        """
        given = FormulaName.parse(name)
        return self._contract.call("register", formula_id, *given, what=f"register formula {name}")

    def name_of(self, formula_id: str) -> str | None:
        """Name and version of a formula, for example "tanso-cfp@1"; None when it is not registered."""
        found = self._contract.read_or_none("formulaOf", formula_id, absent="FormulaRegistryUnknown")
        return None if found is None else str(FormulaName(*found))

    def id_of(self, name: str) -> str | None:
        """ID of the formula with this name and version; None when it is not registered.

        :raises InvalidValue: when ``name`` has no version.
        """
        given = FormulaName.parse(name)
        found: str | None = self._contract.read_or_none(
            "versionOf", *given, absent="FormulaRegistryUnknownVersion"
        )
        return found

    def number_of(self, formula_id: str) -> int | None:
        """Number of a formula, from 1 in order of registration; None when it is not registered."""
        found: int | None = self._contract.read_or_none(
            "numberOf", formula_id, absent="FormulaRegistryUnknown"
        )
        return found

    def id_of_number(self, number: int) -> str | None:
        """ID of the formula with this number; None when there is none."""
        found: str | None = self._contract.read_or_none(
            "idOfNumber", number, absent="FormulaRegistryUnknownNumber"
        )
        return found

    def latest_version_of(self, name: str) -> int:
        """Latest version of a name, written without version; 0 when it has none."""
        return int(self._contract.read("latestVersionOf", name))

    def count(self) -> int:
        """How many formulas are registered: the number of the last one."""
        return int(self._contract.read("count"))
