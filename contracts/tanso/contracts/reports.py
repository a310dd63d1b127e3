"""Typed access to oracle reports and the intensities they registered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tanso.contracts.contract import Call, Contract, short
from tanso.contracts.packing import pack_entries, unpack_entries
from tanso.contracts.typed_data import members, typed
from tanso.contracts.values import IntensityRecord, Report


class Reports:
    """The contract OracleReports."""

    def __init__(self, contract: Contract, chain_id: int) -> None:
        self._contract = contract
        self._chain_id = chain_id

    def submit(self, report: Report, signatures: Sequence[bytes]) -> Call:
        """Lands a report. Signatures have 65 bytes each and are sorted by rising signer address."""
        what = f"report {report.sequence} of business {short(report.business_id)}"
        return self._contract.call("submit", _packed(report), list(signatures), what=what)

    def submitted(self, data: str) -> tuple[Report, tuple[str, ...]]:
        """Report and signatures (hex text) out of the call data (hex text) of a `submit`.

        :raises InvalidValue: when the data is no such call.
        """
        report, signatures = self._contract.arguments("submit", bytes.fromhex(data.removeprefix("0x")))
        return replace(report, entries=unpack_entries(bytes.fromhex(report.entries[2:]))), signatures

    def typed_data(self, report: Report) -> dict[str, Any]:
        """What oracle keys sign, for ``eth_account.messages.encode_typed_data(full_message=…)``.

        Entries are one member of packed bytes: 16 bytes of equipment ID and 8 of intensity for each.
        """
        types = {"Report": members(self._contract, "submit")}
        packed = replace(report, entries="0x" + pack_entries(report.entries).hex())  # type: ignore[arg-type]
        return typed("Tanso Oracle Reports", self._chain_id, self._contract.address, types, packed)

    def digest_of(self, report: Report) -> str:
        """The contract's own digest of the typed data."""
        return str(self._contract.read("digestOf", _packed(report)))

    def next_sequence(self, business_id: str) -> int:
        """Sequence that the business's next report must carry."""
        return int(self._contract.read("nextSequence", business_id))

    def record_count(self, equipment_id: str) -> int:
        """Number of intensities registered for the equipment."""
        return int(self._contract.read("recordCount", equipment_id))

    def records_of(self, equipment_id: str) -> tuple[int, ...]:
        """Records of all the equipment's intensities, oldest first."""
        found: tuple[int, ...] = self._contract.read("recordsOf", equipment_id)
        return found

    def record_of(self, equipment_id: str, record: int) -> IntensityRecord | None:
        """One intensity of the equipment's history by its record; None when there is none."""
        found: IntensityRecord | None = self._contract.read_or_none(
            "recordOf", equipment_id, record, absent="OracleReportsNoIntensity"
        )
        return found

    def intensity_at(self, equipment_id: str, time: int) -> IntensityRecord | None:
        """The intensity that held at a Unix time; None when there is none."""
        found: IntensityRecord | None = self._contract.read_or_none(
            "intensityAt", equipment_id, time, absent="OracleReportsNoIntensity"
        )
        return found


def _packed(report: Report) -> Report:
    """The report with its entries as the contract takes them."""
    return replace(report, entries=pack_entries(report.entries))  # type: ignore[arg-type]
