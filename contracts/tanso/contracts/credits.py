"""Typed access to reductions, programmes, credits and their retirement."""

from collections.abc import Sequence
from typing import Any

from tanso.contracts.contract import Call, Contract, short
from tanso.contracts.identity import keccak, parse_id
from tanso.contracts.typed_data import members, typed
from tanso.contracts.values import ZERO_ID, Certificate, Programme, Reduction


class CreditTokens:
    """The contract Credits."""

    def __init__(self, contract: Contract, chain_id: int) -> None:
        self._contract = contract
        self._chain_id = chain_id

    def create_programme(self, programme_id: str, methodology_id: str) -> Call:
        """Creates a programme run by the sending business; the sender needs the role AGGREGATOR."""
        what = f"create programme {short(programme_id)}"
        return self._contract.call("createProgramme", programme_id, methodology_id, what=what)

    def enrol(self, programme_id: str, equipment_id: str, baseline_pg: int) -> Call:
        """Gives the environmental value of own equipment up to a programme, for good.

        From the end of what was reported of the business on, its lots are charged at least ``baseline_pg``
        picograms CO2e for each base unit of the equipment's activity.
        """
        what = f"enrol equipment {short(equipment_id)} in programme {short(programme_id)}"
        return self._contract.call("enrol", programme_id, equipment_id, baseline_pg, what=what)

    def record(self, reduction: Reduction, signatures: Sequence[bytes]) -> Call:
        """Records an attested reduction. Signatures are sorted by rising signer address."""
        what = f"reduction of equipment {short(reduction.equipment_id)}"
        return self._contract.call("record", reduction, list(signatures), what=what)

    def recorded(self, data: str) -> tuple[Reduction, tuple[str, ...]]:
        """Reduction and signatures (hex text) out of the call data (hex text) of a `record`.

        :raises InvalidValue: when the data is no such call.
        """
        reduction, signatures = self._contract.arguments("record", bytes.fromhex(data.removeprefix("0x")))
        return reduction, signatures

    def bundle(self, programme_id: str, reduction_ids: Sequence[str]) -> Call:
        """Bundles recorded reductions and issues the whole tonnes to the operator, rounded down."""
        what = f"bundle {len(reduction_ids)} reductions of programme {short(programme_id)}"
        return self._contract.call("bundle", programme_id, list(reduction_ids), what=what)

    def retire(self, programme_id: str, tonnes: int, beneficiary_id: str | None, purpose_hash: str) -> Call:
        """Burns own credits and leaves a certificate; the beneficiary is a business, or None."""
        what = f"retire {tonnes} t of programme {short(programme_id)}"
        beneficiary = beneficiary_id or ZERO_ID
        return self._contract.call("retire", programme_id, tonnes, beneficiary, purpose_hash, what=what)

    def transfer(self, programme_id: str, from_account: str, to_account: str, tonnes: int) -> Call:
        """Hands credits over, by ERC-1155 safeTransferFrom."""
        what = f"transfer {tonnes} t of programme {short(programme_id)} to {short(to_account)}"
        token = int(programme_id, 16)
        return self._contract.call(
            "safeTransferFrom", from_account, to_account, token, tonnes, b"", what=what
        )

    def typed_data(self, reduction: Reduction) -> dict[str, Any]:
        """What oracle keys sign, for ``eth_account.messages.encode_typed_data(full_message=…)``."""
        types = {"Reduction": members(self._contract, "record")}
        return typed("Tanso Credits", self._chain_id, self._contract.address, types, reduction)

    def digest_of(self, reduction: Reduction) -> str:
        """The contract's own digest of the typed data."""
        return str(self._contract.read("digestOf", reduction))

    def reduction_id(self, equipment_id: str, period_start: int, period_end: int) -> str:
        """ID of a reduction: keccak256 of the ABI encoding of equipment and period."""
        head = bytes.fromhex(parse_id(equipment_id)[2:]).ljust(32, b"\0")
        return "0x" + keccak(head + period_start.to_bytes(32, "big") + period_end.to_bytes(32, "big")).hex()

    def programme_of(self, programme_id: str) -> Programme | None:
        """A programme's account; None when there is none."""
        found: Programme | None = self._contract.read_or_none(
            "programmeOf", programme_id, absent="CreditsUnknownProgramme"
        )
        return found

    def reduction_of(self, reduction_id: str) -> tuple[int, bool] | None:
        """Micrograms of a recorded reduction and whether it is bundled; None when it is not recorded."""
        reduction_ug, bundled = self._contract.read("reductionOf", reduction_id)
        return (reduction_ug, bundled) if reduction_ug else None

    def certificate_of(self, certificate_id: int) -> Certificate | None:
        """A retirement certificate; None when there is none."""
        found: Certificate = self._contract.read("certificateOf", certificate_id)
        return found if found.tonnes else None

    def balance_of(self, account: str, programme_id: str) -> int:
        """Whole tonnes of a programme's credits that an account holds."""
        return int(self._contract.read("balanceOf", account, int(programme_id, 16)))
