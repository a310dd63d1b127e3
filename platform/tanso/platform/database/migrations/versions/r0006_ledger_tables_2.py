"""Ledger tables 2."""

import sqlalchemy as sa
from alembic import op

from tanso.oracle.store import BigUint

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Changes the tables."""
    op.create_table(
        "chain_equipment_use",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("activity", BigUint(), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_equipment_use_batch_id", "chain_equipment_use", ["batch_id"])
    op.create_index("ix_chain_equipment_use_block_number", "chain_equipment_use", ["block_number"])
    op.create_index("ix_chain_equipment_use_block_time", "chain_equipment_use", ["block_time"])
    op.create_index("ix_chain_equipment_use_business_id", "chain_equipment_use", ["business_id"])
    op.create_index("ix_chain_equipment_use_equipment_id", "chain_equipment_use", ["equipment_id"])
    op.create_table(
        "chain_external_use",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("factor_id", sa.String(length=34), nullable=False),
        sa.Column("quantity", BigUint(), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_external_use_batch_id", "chain_external_use", ["batch_id"])
    op.create_index("ix_chain_external_use_block_number", "chain_external_use", ["block_number"])
    op.create_index("ix_chain_external_use_block_time", "chain_external_use", ["block_time"])
    op.create_index("ix_chain_external_use_business_id", "chain_external_use", ["business_id"])
    op.create_index("ix_chain_external_use_factor_id", "chain_external_use", ["factor_id"])
    op.create_table(
        "chain_factor",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("factor_id", sa.String(length=34), nullable=False),
        sa.Column("intensity_pg", BigUint(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("gwp_set", sa.String(length=18), nullable=False),
        sa.Column("source_hash", sa.String(length=66), nullable=False),
        sa.Column("withdrawn_from", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("factor_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_factor_block_number", "chain_factor", ["block_number"])
    op.create_index("ix_chain_factor_block_time", "chain_factor", ["block_time"])
    op.create_table(
        "chain_factor_withdrawal",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("factor_id", sa.String(length=34), nullable=False),
        sa.Column("withdrawn_from", sa.BigInteger(), nullable=False),
        sa.Column("reason_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_factor_withdrawal_block_number", "chain_factor_withdrawal", ["block_number"])
    op.create_index("ix_chain_factor_withdrawal_block_time", "chain_factor_withdrawal", ["block_time"])
    op.create_index("ix_chain_factor_withdrawal_factor_id", "chain_factor_withdrawal", ["factor_id"])
    op.create_table(
        "chain_formula",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("formula_id", sa.String(length=66), nullable=False),
        sa.Column("name", sa.String(length=77), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("formula_id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_formula_block_number", "chain_formula", ["block_number"])
    op.create_index("ix_chain_formula_block_time", "chain_formula", ["block_time"])
    op.create_table(
        "chain_intensity",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("intensity_pg", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("equipment_id", "record"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_intensity_block_number", "chain_intensity", ["block_number"])
    op.create_index("ix_chain_intensity_block_time", "chain_intensity", ["block_time"])
    op.create_index("ix_chain_intensity_business_id", "chain_intensity", ["business_id"])
    op.create_table(
        "chain_left_over",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=66), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_left_over_batch_id", "chain_left_over", ["batch_id"])
    op.create_index("ix_chain_left_over_block_number", "chain_left_over", ["block_number"])
    op.create_index("ix_chain_left_over_block_time", "chain_left_over", ["block_time"])
    op.create_index("ix_chain_left_over_business_id", "chain_left_over", ["business_id"])
    op.create_table(
        "chain_lot",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("batch_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.Column("good", BigUint(), nullable=False),
        sa.Column("defects", BigUint(), nullable=False),
        sa.Column("breakdown_root", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("lot_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_lot_batch_id", "chain_lot", ["batch_id"])
    op.create_index("ix_chain_lot_block_number", "chain_lot", ["block_number"])
    op.create_index("ix_chain_lot_block_time", "chain_lot", ["block_time"])
    op.create_index("ix_chain_lot_business_id", "chain_lot", ["business_id"])
    op.create_table(
        "chain_lot_position",
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("quantity", BigUint(), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("lot_id", "business_id"),
    )
    op.create_index("ix_chain_lot_position_business_id", "chain_lot_position", ["business_id"])
    op.create_table(
        "chain_material_use",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("quantity", BigUint(), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_material_use_batch_id", "chain_material_use", ["batch_id"])
    op.create_index("ix_chain_material_use_block_number", "chain_material_use", ["block_number"])
    op.create_index("ix_chain_material_use_block_time", "chain_material_use", ["block_time"])
    op.create_index("ix_chain_material_use_business_id", "chain_material_use", ["business_id"])
    op.create_index("ix_chain_material_use_lot_id", "chain_material_use", ["lot_id"])
    op.create_table(
        "chain_oracle_keys",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_oracle_keys_block_number", "chain_oracle_keys", ["block_number"])
    op.create_index("ix_chain_oracle_keys_block_time", "chain_oracle_keys", ["block_time"])
    op.create_table(
        "chain_pause",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("contract", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_pause_block_number", "chain_pause", ["block_number"])
    op.create_index("ix_chain_pause_block_time", "chain_pause", ["block_time"])
    op.create_index("ix_chain_pause_contract", "chain_pause", ["contract"])
    op.create_table(
        "chain_programme",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("methodology_id", sa.String(length=66), nullable=False),
        sa.Column("reduced_ug", BigUint(), nullable=False),
        sa.Column("carried_ug", BigUint(), nullable=False),
        sa.Column("issued_tonnes", BigUint(), nullable=False),
        sa.Column("retired_tonnes", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_programme_block_number", "chain_programme", ["block_number"])
    op.create_index("ix_chain_programme_block_time", "chain_programme", ["block_time"])
    op.create_index("ix_chain_programme_business_id", "chain_programme", ["business_id"])
    op.create_table(
        "chain_reduction",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("reduction_id", sa.String(length=66), nullable=False),
        sa.Column("programme_id", sa.String(length=34), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("reduction_ug", BigUint(), nullable=False),
        sa.Column("baseline_pg", BigUint(), nullable=False),
        sa.Column("evidence_root", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("reduction_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_reduction_block_number", "chain_reduction", ["block_number"])
    op.create_index("ix_chain_reduction_block_time", "chain_reduction", ["block_time"])
    op.create_index("ix_chain_reduction_business_id", "chain_reduction", ["business_id"])
    op.create_index("ix_chain_reduction_equipment_id", "chain_reduction", ["equipment_id"])
    op.create_index("ix_chain_reduction_programme_id", "chain_reduction", ["programme_id"])
    op.create_table(
        "chain_report",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("formula_id", sa.String(length=66), nullable=False),
        sa.Column("evidence_root", sa.String(length=66), nullable=False),
        sa.Column("declared_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "sequence"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_report_block_number", "chain_report", ["block_number"])
    op.create_index("ix_chain_report_block_time", "chain_report", ["block_time"])
    op.create_table(
        "chain_restatement",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.Column("charged_ug", BigUint(), nullable=False),
        sa.Column("reason_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("lot_id", "number"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_restatement_block_number", "chain_restatement", ["block_number"])
    op.create_index("ix_chain_restatement_block_time", "chain_restatement", ["block_time"])
    op.create_index("ix_chain_restatement_business_id", "chain_restatement", ["business_id"])
    op.create_table(
        "chain_retirement",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("certificate_id", BigUint(), nullable=False),
        sa.Column("programme_id", sa.String(length=34), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("tonnes", BigUint(), nullable=False),
        sa.Column("beneficiary_id", sa.String(length=34), nullable=False),
        sa.Column("purpose_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("certificate_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_retirement_account", "chain_retirement", ["account"])
    op.create_index("ix_chain_retirement_beneficiary_id", "chain_retirement", ["beneficiary_id"])
    op.create_index("ix_chain_retirement_block_number", "chain_retirement", ["block_number"])
    op.create_index("ix_chain_retirement_block_time", "chain_retirement", ["block_time"])
    op.create_index("ix_chain_retirement_programme_id", "chain_retirement", ["programme_id"])
    op.create_table(
        "chain_shipment",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("from_business_id", sa.String(length=34), nullable=False),
        sa.Column("to_business_id", sa.String(length=34), nullable=False),
        sa.Column("quantity", BigUint(), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_shipment_block_number", "chain_shipment", ["block_number"])
    op.create_index("ix_chain_shipment_block_time", "chain_shipment", ["block_time"])
    op.create_index("ix_chain_shipment_from_business_id", "chain_shipment", ["from_business_id"])
    op.create_index("ix_chain_shipment_lot_id", "chain_shipment", ["lot_id"])
    op.create_index("ix_chain_shipment_to_business_id", "chain_shipment", ["to_business_id"])
