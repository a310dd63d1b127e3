"""Typed access to oracle reports and the intensities they registered."""

from collections.abc import Sequence
from typing import Any

from tanso.contracts.contract import Call, Contract, short
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
        return self._contract.call("submit", report, list(signatures), what=what)

    def submitted(self, data: str) -> tuple[Report, tuple[str, ...]]:
        """Report and signatures (hex text) out of the call data (hex text) of a `submit`."""
        report, signatures = self._contract.arguments("submit", bytes.fromhex(data.removeprefix("0x")))
        return report, signatures

    def typed_data(self, report: Report) -> dict[str, Any]:
        """What oracle keys sign, for ``eth_account.messages.encode_typed_data(full_message=…)``."""
        types = {
            "Report": members(self._contract, "submit"),
            "Entry": members(self._contract, "submit", "entries"),
        }
        return typed("Tanso Oracle Reports", self._chain_id, self._contract.address, types, report)

    def digest_of(self, report: Report) -> str:
        """The contract's own digest of the typed data."""
        return str(self._contract.read("digestOf", report))

    def next_sequence(self, business_id: str) -> int:
        """Sequence that the business's next report must carry."""
        return int(self._contract.read("nextSequence", business_id))

    def record_count(self, equipment_id: str) -> int:
        """Number of intensities registered for the equipment."""
        return int(self._contract.read("recordCount", equipment_id))

    def record_of(self, equipment_id: str, record: int) -> IntensityRecord | None:
        """One intensity of the equipment's history, counted from 0; None when there is none."""
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
