"""Ledger tables 1."""

import sqlalchemy as sa
from alembic import op

from tanso.oracle.store import BigUint

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Changes the tables."""
    op.create_table(
        "chain_agreement",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("agreement_id", sa.String(length=34), nullable=False),
        sa.Column("provider_id", sa.String(length=34), nullable=False),
        sa.Column("receiver_id", sa.String(length=34), nullable=False),
        sa.Column("terms_hash", sa.String(length=66), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("demanded_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmation_hash", sa.String(length=66), nullable=True),
        sa.PrimaryKeyConstraint("agreement_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_agreement_block_number", "chain_agreement", ["block_number"])
    op.create_index("ix_chain_agreement_block_time", "chain_agreement", ["block_time"])
    op.create_index("ix_chain_agreement_provider_id", "chain_agreement", ["provider_id"])
    op.create_index("ix_chain_agreement_receiver_id", "chain_agreement", ["receiver_id"])
    op.create_table(
        "chain_agreement_step",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("agreement_id", sa.String(length=34), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=True),
        sa.Column("confirmation_hash", sa.String(length=66), nullable=True),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_agreement_step_agreement_id", "chain_agreement_step", ["agreement_id"])
    op.create_index("ix_chain_agreement_step_block_number", "chain_agreement_step", ["block_number"])
    op.create_index("ix_chain_agreement_step_block_time", "chain_agreement_step", ["block_time"])
    op.create_table(
        "chain_baseline",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("baseline_pg", BigUint(), nullable=False),
        sa.Column("counts_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("equipment_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_baseline_block_number", "chain_baseline", ["block_number"])
    op.create_index("ix_chain_baseline_block_time", "chain_baseline", ["block_time"])
    op.create_table(
        "chain_batch",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("formula_id", sa.String(length=66), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_batch_block_number", "chain_batch", ["block_number"])
    op.create_index("ix_chain_batch_block_time", "chain_batch", ["block_time"])
    op.create_index("ix_chain_batch_business_id", "chain_batch", ["business_id"])
    op.create_table(
        "chain_block",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number"),
    )
    op.create_table(
        "chain_bundled_reduction",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("reduction_id", sa.String(length=66), nullable=False),
        sa.Column("programme_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("reduction_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("reduction_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_bundled_reduction_block_number", "chain_bundled_reduction", ["block_number"])
    op.create_index("ix_chain_bundled_reduction_block_time", "chain_bundled_reduction", ["block_time"])
    op.create_index("ix_chain_bundled_reduction_business_id", "chain_bundled_reduction", ["business_id"])
    op.create_index("ix_chain_bundled_reduction_programme_id", "chain_bundled_reduction", ["programme_id"])
    op.create_table(
        "chain_business",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("endpoint_hash", sa.String(length=66), nullable=False),
        sa.Column("first_endpoint_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("business_id"),
        sa.UniqueConstraint("account"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_business_block_number", "chain_business", ["block_number"])
    op.create_index("ix_chain_business_block_time", "chain_business", ["block_time"])
    op.create_table(
        "chain_consumption",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("quantity", BigUint(), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.Column("purpose_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_consumption_block_number", "chain_consumption", ["block_number"])
    op.create_index("ix_chain_consumption_block_time", "chain_consumption", ["block_time"])
    op.create_index("ix_chain_consumption_business_id", "chain_consumption", ["business_id"])
    op.create_index("ix_chain_consumption_lot_id", "chain_consumption", ["lot_id"])
    op.create_table(
        "chain_credit_balance",
        sa.Column("programme_id", sa.String(length=34), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("tonnes", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "account"),
    )
    op.create_table(
        "chain_credit_issue",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.String(length=34), nullable=False),
        sa.Column("tonnes", BigUint(), nullable=False),
        sa.Column("carried_ug", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_credit_issue_block_number", "chain_credit_issue", ["block_number"])
    op.create_index("ix_chain_credit_issue_block_time", "chain_credit_issue", ["block_time"])
    op.create_index("ix_chain_credit_issue_programme_id", "chain_credit_issue", ["programme_id"])
    op.create_table(
        "chain_credit_transfer",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.String(length=34), nullable=False),
        sa.Column("from_account", sa.String(length=42), nullable=False),
        sa.Column("to_account", sa.String(length=42), nullable=False),
        sa.Column("tonnes", BigUint(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index", "item"),
    )
    op.create_index("ix_chain_credit_transfer_block_number", "chain_credit_transfer", ["block_number"])
    op.create_index("ix_chain_credit_transfer_block_time", "chain_credit_transfer", ["block_time"])
    op.create_index("ix_chain_credit_transfer_from_account", "chain_credit_transfer", ["from_account"])
    op.create_index("ix_chain_credit_transfer_programme_id", "chain_credit_transfer", ["programme_id"])
    op.create_index("ix_chain_credit_transfer_to_account", "chain_credit_transfer", ["to_account"])
    op.create_table(
        "chain_cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("deployment", sa.String(length=66), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "chain_device",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("key", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("device_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_device_block_number", "chain_device", ["block_number"])
    op.create_index("ix_chain_device_block_time", "chain_device", ["block_time"])
    op.create_index("ix_chain_device_business_id", "chain_device", ["business_id"])
    op.create_index("ix_chain_device_equipment_id", "chain_device", ["equipment_id"])
    op.create_table(
        "chain_device_calibration",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.String(length=34), nullable=False),
        sa.Column("calibration", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("certificate_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "calibration"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_device_calibration_block_number", "chain_device_calibration", ["block_number"])
    op.create_index("ix_chain_device_calibration_block_time", "chain_device_calibration", ["block_time"])
    op.create_table(
        "chain_device_installation",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.String(length=34), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("key", sa.String(length=42), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index(
        "ix_chain_device_installation_block_number", "chain_device_installation", ["block_number"]
    )
    op.create_index("ix_chain_device_installation_block_time", "chain_device_installation", ["block_time"])
    op.create_index("ix_chain_device_installation_device_id", "chain_device_installation", ["device_id"])
    op.create_index(
        "ix_chain_device_installation_equipment_id", "chain_device_installation", ["equipment_id"]
    )
    op.create_table(
        "chain_device_withdrawal",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.String(length=34), nullable=False),
        sa.Column("calibration", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_from", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_device_withdrawal_block_number", "chain_device_withdrawal", ["block_number"])
    op.create_index("ix_chain_device_withdrawal_block_time", "chain_device_withdrawal", ["block_time"])
    op.create_index("ix_chain_device_withdrawal_device_id", "chain_device_withdrawal", ["device_id"])
    op.create_table(
        "chain_endpoint",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("endpoint_hash", sa.String(length=66), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_endpoint_block_number", "chain_endpoint", ["block_number"])
    op.create_index("ix_chain_endpoint_block_time", "chain_endpoint", ["block_time"])
    op.create_index("ix_chain_endpoint_business_id", "chain_endpoint", ["business_id"])
    op.create_table(
        "chain_enrolment",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("programme_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("baseline_pg", BigUint(), nullable=False),
        sa.Column("counts_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("equipment_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_enrolment_block_number", "chain_enrolment", ["block_number"])
    op.create_index("ix_chain_enrolment_block_time", "chain_enrolment", ["block_time"])
    op.create_index("ix_chain_enrolment_business_id", "chain_enrolment", ["business_id"])
    op.create_index("ix_chain_enrolment_programme_id", "chain_enrolment", ["programme_id"])
    op.create_table(
        "chain_equipment",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("holder_id", sa.String(length=34), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("equipment_id"),
        sa.UniqueConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_equipment_block_number", "chain_equipment", ["block_number"])
    op.create_index("ix_chain_equipment_block_time", "chain_equipment", ["block_time"])
    op.create_index("ix_chain_equipment_business_id", "chain_equipment", ["business_id"])
    op.create_index("ix_chain_equipment_holder_id", "chain_equipment", ["holder_id"])
    op.create_table(
        "chain_equipment_transfer",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("from_account", sa.String(length=42), nullable=False),
        sa.Column("to_account", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("transaction_hash", "log_index"),
    )
    op.create_index("ix_chain_equipment_transfer_block_number", "chain_equipment_transfer", ["block_number"])
    op.create_index("ix_chain_equipment_transfer_block_time", "chain_equipment_transfer", ["block_time"])
    op.create_index("ix_chain_equipment_transfer_equipment_id", "chain_equipment_transfer", ["equipment_id"])
