"""The proof bundle, format `tanso-proof@2`.

A bundle holds, for one lot and every lot upstream of it that was disclosed: what the ledger records of it,
its breakdown
leaves, the intensities and factors these refer to, the oracle reports behind the intensities with their
signatures and
evidence leaves, and the formula documents. It holds IDs and numbers, never a name. The producer of the
subject lot
signs the whole, so that no digit of it can be changed unseen.

Masses are µg CO2e, intensities pg CO2e per base unit, times Unix seconds (UTC), IDs and hashes hex text.
"""

import json
import re
from typing import Annotated, Any, Literal

from eth_utils.address import is_checksum_address
from eth_utils.crypto import keccak
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from tanso.contracts.deployment import CONTRACTS
from tanso.contracts.errors import TansoError

MAX_DEPTH = 32
"""Objects and lists within each other in the whole file; a bundle has nine."""

MAX_LEAF_DEPTH = 8
"""Objects and lists within each other in a leaf; the documented ones have three."""

MAX_INTEGER_DIGITS = 40
"""More than any number of the ledger has; products of bounded numbers stay quick."""


def _checksummed(address: str) -> str:
    if not is_checksum_address(address):
        raise ValueError("an address must be written with its checksum (EIP-55)")
    return address


def _not_deep(text: str) -> str:
    """Text that can be handed to a JSON parser: libraries raise Python's recursion limit so far that deep
    nesting overruns the parser's stack."""
    unquoted = "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", unquoted):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise ValueError("it is nested too deeply")
    return text


def _all_contracts(contracts: dict[str, str]) -> dict[str, str]:
    if contracts.keys() != set(CONTRACTS):
        raise ValueError(f"must name these contracts: {', '.join(CONTRACTS)}")
    return contracts


def _shallow(leaf: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [leaf]
    for _ in range(MAX_LEAF_DEPTH):
        level = [
            part
            for value in level
            if isinstance(value, dict | list)
            for part in (value.values() if isinstance(value, dict) else value)
        ]
    if level:
        raise ValueError("a leaf is nested too deeply")
    return leaf


Id = Annotated[str, Field(pattern=r"^0x[0-9a-f]{32}$")]
Hash = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$"), AfterValidator(_checksummed)]
# The last byte is 27 or 28: other writings of the same signature exist, and a changed digit must not pass.
Signature = Annotated[str, Field(pattern=r"^0x[0-9a-f]{128}1[bc]$")]
Micrograms = Annotated[int, Field(ge=0, lt=2**96)]
Picograms = Annotated[int, Field(ge=0, lt=2**64)]
Count = Annotated[int, Field(ge=0, lt=2**64)]
Time = Annotated[int, Field(ge=0, lt=2**40)]
UnitSymbol = Literal["pc", "g", "mL", "Wh", "s"]
Leaf = Annotated[dict[str, Any], AfterValidator(_shallow)]


class BundleUnreadable(TansoError):
    """The file is no proof bundle: not JSON, a key twice, a field missing, unknown or out of bounds."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Chain(_Part):
    """Where the ledger is: chain ID and the address of each of its contracts."""

    chain_id: Annotated[int, Field(ge=1, lt=2**63)]
    contracts: Annotated[dict[str, Address], AfterValidator(_all_contracts)]


class LedgerLot(_Part):
    """What the ledger records of a lot and of the batch it was settled in."""

    business_id: Id
    batch_id: Id
    unit: UnitSymbol
    co2_ug: Micrograms
    primary_ug: Micrograms
    good: Annotated[int, Field(ge=1, lt=2**64)]
    defects: Count
    breakdown_root: Hash
    period_start: Time
    period_end: Time
    formula_id: Hash


class Restatement(_Part):
    """What the producer later found that the lot should have carried; `ledger` stays what it carries."""

    number: Annotated[int, Field(ge=1, lt=2**32, description="Number of the restatement, from 1.")]
    co2_ug: Micrograms
    primary_ug: Micrograms
    charged_ug: Micrograms
    """What the producer's account bears for the lot from then on."""
    reason_hash: Hash


class LotPart(_Part):
    """A lot with all its restatements; `breakdown` is null where its producer did not disclose it."""

    ledger: LedgerLot
    restatements: list[Restatement]
    breakdown: list[Leaf] | None


class Intensity(_Part):
    """An intensity of an equipment's history and the report it came with.

    Lots of batches that end after `baseline_from` are charged the baseline of a credit programme where that
    is above the measured `intensity_pg`; both are 0 for equipment that is in none.
    """

    equipment_id: Id
    record: Annotated[int, Field(ge=0, lt=2**32)]
    business_id: Id
    sequence: Annotated[int, Field(ge=0, lt=2**32)]
    period_start: Time
    period_end: Time
    intensity_pg: Picograms
    baseline_pg: Picograms
    baseline_from: Time
    unit: UnitSymbol


class ReportEntry(_Part):
    equipment_id: Id
    intensity_pg: Picograms


class SignedReport(_Part):
    """An oracle report as it was signed, with the evidence its root stands for."""

    business_id: Id
    period_start: Time
    period_end: Time
    sequence: Annotated[int, Field(ge=0, lt=2**32)]
    deadline: Time
    formula_id: Hash
    evidence_root: Hash
    declared_ug: Micrograms
    entries: list[ReportEntry]
    signatures: list[Signature]
    evidence: list[Leaf]


class FactorPart(_Part):
    """An external factor as registered, with the document its source hash stands for."""

    factor_id: Id
    intensity_pg: Picograms
    unit: UnitSymbol
    valid_from: Time
    valid_until: Time
    gwp_set: Annotated[str, Field(max_length=8)]
    source_hash: Hash
    source: Annotated[str, AfterValidator(_not_deep)]


class FormulaPart(_Part):
    """A formula document; its content hash is its ID."""

    name: Annotated[str, Field(max_length=32)]
    document: str


class Oracle(_Part):
    """Oracle keys and the number of them that must sign."""

    keys: list[Address]
    threshold: Annotated[int, Field(ge=1, le=32)]


class Issuer(_Part):
    """Who put the bundle together: the producer of the subject lot."""

    business_id: Id
    account: Address


class Bundle(_Part):
    """A whole proof bundle."""

    format: Literal["tanso-proof@2"]
    lot: Id
    chain: Chain
    oracle: Oracle
    lots: dict[Id, LotPart]
    intensities: list[Intensity]
    reports: list[SignedReport]
    factors: list[FactorPart]
    formulas: dict[Hash, FormulaPart]
    issuer: Issuer
    seals: dict[str, Hash]
    """keccak256 of each other part's canonical JSON, so that a change is found in the part it was made in."""
    signature: Signature

    def computed_seals(self) -> dict[str, str]:
        """The seals that the parts as they are would have."""
        body = self.model_dump(mode="json", exclude={"seals", "signature"})
        return {part: "0x" + _hash(content).hex() for part, content in body.items()}

    def digest(self) -> bytes:
        """keccak256 of the canonical JSON of the seals: what the issuer signs (EIP-191)."""
        return _hash(self.seals)


def _hash(value: Any) -> bytes:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return bytes(keccak(canonical.encode()))


def read_bundle(text: str) -> Bundle:
    """Parses a bundle; raises `BundleUnreadable` naming the first field that does not fit."""
    try:
        data = json.loads(
            _not_deep(text),
            object_pairs_hook=_refuse_doubles,
            parse_int=_bounded_int,
            parse_float=_refuse_float,
            parse_constant=_refuse_float,
        )
        # Half of a surrogate pair can be written in JSON, but is no text that can be hashed.
        json.dumps(data, ensure_ascii=False).encode()
        return Bundle.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BundleUnreadable(
            f"{place}: {first['msg']}", hint="Ask the issuer for the bundle again."
        ) from error
    except (ValueError, RecursionError) as error:
        raise BundleUnreadable(
            f"not a proof bundle: {error}", hint="Ask the issuer for the bundle again."
        ) from error


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return result


def _bounded_int(text: str) -> int:
    if len(text) > MAX_INTEGER_DIGITS:
        raise ValueError(f"a number has more than {MAX_INTEGER_DIGITS} digits")
    return int(text)


def _refuse_float(text: str) -> Any:
    raise ValueError(f"{text} is no whole number; amounts with decimals are text")
