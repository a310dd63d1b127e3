"""Errors of all Tanso packages start here.

The tree::

    TansoError                 base of every error that Tanso raises on purpose
    ├── InvalidValue           a value is out of range, of the wrong type or malformed (also a ValueError)
    │   └── InvalidId          an ID, hash or address is malformed
    ├── ToolchainError         the compiler, Node or the npm packages are missing or of the wrong version
    │   └── CompilationError   the compiler refused the Solidity sources
    ├── DeploymentError        a deployment file is missing, unfinished, or does not fit the chain
    └── LedgerError            the chain could not be asked, or answered something unusable
        ├── ChainUnreachable   no answer from the node
        └── Reverted           a contract refused, by a named custom error with its values

Each error has a ``message`` that says what is wrong and a ``hint`` that says what to do next.
"""

from collections.abc import Mapping

ErrorValue = int | str | bool


class TansoError(Exception):
    """Base of every error that Tanso raises on purpose.

    >>> print(TansoError("The meter has no unit.", hint="Add the column `unit`."))
    The meter has no unit. Add the column `unit`.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class InvalidValue(TansoError, ValueError):
    """A value is out of range, of the wrong type or malformed; the message names the field."""


class InvalidId(InvalidValue):
    """An ID, hash or address is not the hexadecimal text it must be."""


class ToolchainError(TansoError):
    """The compiler, Node or the npm packages are missing or of the wrong version."""


class CompilationError(ToolchainError):
    """The compiler refused the Solidity sources; the message is the compiler's own."""


class DeploymentError(TansoError):
    """A deployment file is missing, unfinished or damaged, or does not fit the chain."""


class LedgerError(TansoError):
    """The chain could not be asked, or answered something unusable."""


class ChainUnreachable(LedgerError):
    """The node gave no answer."""


class Reverted(LedgerError):
    """A contract refused, by a named error.

    ``name`` is the Solidity error's name, ``values`` its parameters in snake_case (IDs and hashes as hex
    text, amounts as int), ``contract`` the contract that defines it. ``name`` is "Error" for a reason
    string, "Panic" for the compiler's own checks and "Unknown" when no compiled contract knows the data.
    """

    def __init__(
        self,
        name: str,
        values: Mapping[str, ErrorValue] | None = None,
        contract: str = "",
        *,
        sentence: str = "",
        hint: str = "",
    ) -> None:
        self.name = name
        self.values: dict[str, ErrorValue] = dict(values or {})
        self.contract = contract
        said = ", ".join(f"{key}={value}" for key, value in self.values.items())
        message = f"{name}: {sentence}" if sentence else name
        super().__init__(f"{message} ({said})" if said else message, hint=hint)
