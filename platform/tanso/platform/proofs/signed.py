"""What the oracle keys signed, written out so that a verifier needs neither compiler nor contract ABI."""

from eth_account.messages import SignableMessage, encode_typed_data

from tanso.platform.proofs.model import Chain, SignedReport

_REPORT = [
    {"name": "businessId", "type": "bytes16"},
    {"name": "periodStart", "type": "uint40"},
    {"name": "periodEnd", "type": "uint40"},
    {"name": "sequence", "type": "uint32"},
    {"name": "deadline", "type": "uint40"},
    {"name": "formulaId", "type": "bytes32"},
    {"name": "evidenceRoot", "type": "bytes32"},
    {"name": "declaredUg", "type": "uint96"},
    {"name": "entries", "type": "bytes"},
]


def report_message(report: SignedReport, chain: Chain) -> SignableMessage:
    """The EIP-712 message of a report, bound to chain and contract."""
    return encode_typed_data(
        domain_data={
            "name": "Tanso Oracle Reports",
            "version": "1",
            "chainId": chain.chain_id,
            "verifyingContract": chain.contracts["OracleReports"],
        },
        message_types={"Report": _REPORT},
        message_data={
            "businessId": report.business_id,
            "periodStart": report.period_start,
            "periodEnd": report.period_end,
            "sequence": report.sequence,
            "deadline": report.deadline,
            "formulaId": report.formula_id,
            "evidenceRoot": report.evidence_root,
            "declaredUg": report.declared_ug,
            # 24 bytes each: equipment ID (16), intensity in pg per base unit (8, big-endian).
            "entries": b"".join(
                bytes.fromhex(entry.equipment_id[2:]) + entry.intensity_pg.to_bytes(8, "big")
                for entry in report.entries
            ),
        },
    )
