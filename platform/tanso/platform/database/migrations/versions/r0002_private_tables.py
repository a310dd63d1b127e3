"""Private tables."""

import sqlalchemy as sa
from alembic import op

from tanso.oracle.store import BigUint

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Changes the tables."""
    op.create_table(
        "agreement_deletion",
        sa.Column("agreement_id", sa.String(length=34), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id"),
    )
    op.create_table(
        "agreement_received",
        sa.Column("agreement_id", sa.String(length=34), nullable=False),
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", "lot_id"),
    )
    op.create_table(
        "agreement_terms",
        sa.Column("agreement_id", sa.String(length=34), nullable=False),
        sa.Column("provider_id", sa.String(length=34), nullable=False),
        sa.Column("receiver_id", sa.String(length=34), nullable=False),
        sa.Column("terms_hash", sa.String(length=66), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id"),
    )
    op.create_index("ix_agreement_terms_provider_id", "agreement_terms", ["provider_id"])
    op.create_index("ix_agreement_terms_receiver_id", "agreement_terms", ["receiver_id"])
    op.create_table(
        "agreement_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.String(length=34), nullable=False),
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("reader_id", sa.String(length=34), nullable=False),
        sa.Column("fields", sa.String(length=40), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_agreement_use_agreement_id", "agreement_use", ["agreement_id"])
    op.create_table(
        "factor_document",
        sa.Column("factor_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("factor_id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "local_business",
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("business_id"),
        sa.UniqueConstraint("account"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "lot_draft",
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("local_name", sa.String(length=200), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("good", sa.BigInteger(), nullable=True),
        sa.Column("defects", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.String(length=34), nullable=True),
        sa.Column("co2_ug", BigUint(), nullable=True),
        sa.Column("primary_ug", BigUint(), nullable=True),
        sa.Column("breakdown_root", sa.String(length=66), nullable=True),
        sa.Column("problem", sa.String(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("lot_id"),
        sa.UniqueConstraint("business_id", "local_name"),
    )
    op.create_index("ix_lot_draft_batch_id", "lot_draft", ["batch_id"])
    op.create_index("ix_lot_draft_business_id", "lot_draft", ["business_id"])
    op.create_index("ix_lot_draft_status", "lot_draft", ["status"])
    op.create_table(
        "settlement",
        sa.Column("batch_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("formula_id", sa.String(length=66), nullable=False),
        sa.Column("transaction_key", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id"),
        sa.UniqueConstraint("business_id", "name"),
    )
    op.create_index("ix_settlement_business_id", "settlement", ["business_id"])
    op.create_table(
        "client",
        sa.Column("client_id", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=True),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["local_business.business_id"],
        ),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_index("ix_client_business_id", "client", ["business_id"])
    op.create_table(
        "left_over_input",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ref_id", sa.String(length=34), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.BigInteger(), nullable=True),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("primary_ug", BigUint(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["settlement.batch_id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_left_over_input_batch_id", "left_over_input", ["batch_id"])
    op.create_table(
        "local_equipment",
        sa.Column("equipment_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("transaction_key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["local_business.business_id"],
        ),
        sa.PrimaryKeyConstraint("equipment_id"),
    )
    op.create_index("ix_local_equipment_business_id", "local_equipment", ["business_id"])
    op.create_table(
        "local_programme",
        sa.Column("programme_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["local_business.business_id"],
        ),
        sa.PrimaryKeyConstraint("programme_id"),
    )
    op.create_index("ix_local_programme_business_id", "local_programme", ["business_id"])
    op.create_table(
        "lot_input",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ref_id", sa.String(length=34), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=True),
        sa.Column("co2_ug", BigUint(), nullable=True),
        sa.Column("primary_ug", BigUint(), nullable=True),
        sa.Column("salt", sa.String(length=66), nullable=True),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["lot_draft.lot_id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lot_id", "idempotency_key"),
    )
    op.create_index("ix_lot_input_lot_id", "lot_input", ["lot_id"])
    op.create_table(
        "lot_text",
        sa.Column("text_hash", sa.String(length=66), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["local_business.business_id"],
        ),
        sa.PrimaryKeyConstraint("text_hash", "business_id"),
    )
    op.create_table(
        "retirement_purpose",
        sa.Column("purpose_hash", sa.String(length=66), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("purpose", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["local_business.business_id"],
        ),
        sa.PrimaryKeyConstraint("purpose_hash", "business_id"),
    )
    op.create_table(
        "access_token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["client.client_id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_access_token_client_id", "access_token", ["client_id"])
    op.create_index("ix_access_token_expires_at", "access_token", ["expires_at"])
