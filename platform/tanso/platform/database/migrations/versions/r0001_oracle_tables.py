"""Oracle tables."""

import sqlalchemy as sa
from alembic import op

from tanso.oracle.store import BigUint

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Changes the tables."""
    op.create_table(
        "oracle_configuration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("subject", sa.String(length=34), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "kind", "subject", "version"),
    )
    op.create_index("ix_oracle_configuration_business_id", "oracle_configuration", ["business_id"])
    op.create_table(
        "oracle_counter_limits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("quantity", sa.String(length=120), nullable=False),
        sa.Column("capacity", sa.String(length=120), nullable=True),
        sa.Column("fastest", sa.String(length=120), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_oracle_counter_limits", "oracle_counter_limits", ["business_id", "device", "quantity"]
    )
    op.create_table(
        "oracle_counter_reset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("quantity", sa.String(length=120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.String(length=120), nullable=False),
        sa.Column("after", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "device", "quantity", "at"),
    )
    op.create_table(
        "oracle_device_calibration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("certificate_hash", sa.String(length=66), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "device", "valid_from", "valid_until", "certificate_hash"),
    )
    op.create_table(
        "oracle_device_installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("key", sa.String(length=42), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_oracle_device_installation", "oracle_device_installation", ["business_id", "device", "since"]
    )
    op.create_table(
        "oracle_device_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("quantity", sa.String(length=120), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("signed", sa.Text(), nullable=True),
        sa.Column("signature", sa.String(length=132), nullable=True),
        sa.Column("signer", sa.String(length=42), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "device", "sequence"),
    )
    op.create_index(
        "ix_oracle_device_reading", "oracle_device_reading", ["business_id", "device", "quantity", "end"]
    )
    op.create_table(
        "oracle_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("subject", sa.String(length=34), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("root", sa.String(length=66), nullable=False),
        sa.Column("formula_id", sa.String(length=66), nullable=False),
        sa.Column("amount_ug", BigUint(), nullable=False),
        sa.Column("devices", sa.Text(), nullable=False),
        sa.Column("outbox_key", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "sequence"),
        sa.UniqueConstraint("kind", "subject", "period_start", "period_end"),
        sa.UniqueConstraint("outbox_key"),
    )
    op.create_index("ix_oracle_evidence_business_id", "oracle_evidence", ["business_id"])
    op.create_index("ix_oracle_evidence_root", "oracle_evidence", ["root"])
    op.create_table(
        "oracle_intake_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("file_hash", sa.String(length=66), nullable=False),
        sa.Column("layout_hash", sa.String(length=66), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "file_hash", "layout_hash"),
    )
    op.create_index("ix_oracle_intake_file_business_id", "oracle_intake_file", ["business_id"])
    op.create_table(
        "oracle_quorum_signed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("subject", sa.String(length=34), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=66), nullable=False),
        sa.Column("devices", sa.Text(), nullable=False),
        sa.Column("last_refused_row", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "subject", "period_start", "period_end"),
    )
    op.create_index("ix_oracle_quorum_signed_business_id", "oracle_quorum_signed", ["business_id"])
    op.create_table(
        "oracle_watched_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("file_hash", sa.String(length=66), nullable=False),
        sa.Column("layout_hash", sa.String(length=66), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "file_hash", "layout_hash"),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sender", sa.String(length=42), nullable=False),
        sa.Column("to", sa.String(length=42), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=True),
        sa.Column("tx_hash", sa.String(length=66), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.String(length=66), nullable=True),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.Column("error_name", sa.String(length=100), nullable=True),
        sa.Column("error_text", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_outbox_message_kind", "outbox_message", ["kind"])
    op.create_index("ix_outbox_message_queue", "outbox_message", ["sender", "status", "id"])
    op.create_index("ix_outbox_message_status", "outbox_message", ["status"])
    op.create_index("ix_outbox_message_tx_hash", "outbox_message", ["tx_hash"])
    op.create_table(
        "outbox_sender",
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "oracle_device_withdrawal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calibration_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_from", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["oracle_device_calibration.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_oracle_device_withdrawal_calibration_id", "oracle_device_withdrawal", ["calibration_id"]
    )
    op.create_table(
        "oracle_evidence_leaf",
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["oracle_evidence.id"],
        ),
        sa.PrimaryKeyConstraint("evidence_id", "position"),
    )
    op.create_table(
        "oracle_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("quantity", sa.String(length=120), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["oracle_intake_file.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "device", "quantity", "start", "end"),
    )
    op.create_index("ix_oracle_reading_file_id", "oracle_reading", ["file_id"])
    op.create_index("ix_oracle_reading_period", "oracle_reading", ["business_id", "start", "end"])
    op.create_table(
        "oracle_refused_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["oracle_intake_file.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("file_id", "line", "series"),
    )
    op.create_index("ix_oracle_refused_row_business_id", "oracle_refused_row", ["business_id"])
    op.create_table(
        "oracle_register_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("quantity", sa.String(length=120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("aside", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["oracle_intake_file.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "device", "quantity", "at"),
    )
    op.create_index("ix_oracle_register_reading_file_id", "oracle_register_reading", ["file_id"])
    op.create_table(
        "outbox_transaction",
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("gas", sa.BigInteger(), nullable=False),
        sa.Column("max_fee_wei", BigUint(), nullable=False),
        sa.Column("tip_wei", BigUint(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox_message.id"],
        ),
        sa.PrimaryKeyConstraint("tx_hash"),
    )
    op.create_index("ix_outbox_transaction_message_id", "outbox_transaction", ["message_id"])
    op.create_index("ix_outbox_transaction_sender", "outbox_transaction", ["sender"])
    op.create_table(
        "outbox_watch",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.String(length=42), nullable=False),
        sa.Column("first_block", sa.BigInteger(), nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox_message.id"],
        ),
        sa.PrimaryKeyConstraint("message_id"),
    )
