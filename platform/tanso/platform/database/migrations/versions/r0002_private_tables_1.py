"""Private tables 1."""

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
        "community",
        sa.Column("community_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=False),
        sa.Column("founded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community_id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "dictionary_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.String(length=34), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("by_business_id", sa.String(length=34), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_dictionary_change_subject_id", "dictionary_change", ["subject_id"])
    op.create_table(
        "factor_document",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("series", sa.String(length=200), nullable=False),
        sa.Column("publisher", sa.String(length=1000), nullable=False),
        sa.Column("year", sa.String(length=200), nullable=False),
        sa.Column("geography", sa.String(length=1000), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("factor_id", sa.String(length=34), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("factor_id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index("ix_factor_document_series", "factor_document", ["series"])
    op.create_table(
        "factor_import",
        sa.Column("import_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_hash", sa.String(length=66), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("import_id"),
    )
    op.create_index("ix_factor_import_business_id", "factor_import", ["business_id"])
    op.create_table(
        "factor_withdrawal_reason",
        sa.Column("reason_hash", sa.String(length=66), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("reason_hash"),
    )
    op.create_table(
        "false_answer",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("answerer_id", sa.String(length=34), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("lots", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("emptied", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_false_answer_parties", "false_answer", ["business_id", "answerer_id"])
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
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.String(length=34), nullable=True),
        sa.Column("co2_ug", BigUint(), nullable=True),
        sa.Column("primary_ug", BigUint(), nullable=True),
        sa.Column("breakdown_root", sa.String(length=66), nullable=True),
        sa.Column("problem", sa.String(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("lot_id"),
        sa.UniqueConstraint("business_id", "local_name"),
    )
    op.create_index("ix_lot_draft_batch_id", "lot_draft", ["batch_id"])
    op.create_index("ix_lot_draft_newest", "lot_draft", ["business_id", "started_at", "lot_id"])
    op.create_index("ix_lot_draft_status", "lot_draft", ["status"])
    op.create_table(
        "own_factor",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("series", sa.String(length=200), nullable=False),
        sa.Column("publisher", sa.String(length=1000), nullable=False),
        sa.Column("year", sa.String(length=200), nullable=False),
        sa.Column("geography", sa.String(length=1000), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("factor_id", sa.String(length=34), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "factor_id"),
        sa.UniqueConstraint("business_id", "name"),
    )
    op.create_index("ix_own_factor_series", "own_factor", ["series"])
    op.create_table(
        "person",
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "person_link",
        sa.Column("link_id", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=34), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("link_id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_person_link_email", "person_link", ["email"])
    op.create_index("ix_person_link_expires_at", "person_link", ["expires_at"])
    op.create_index("ix_person_link_place", "person_link", ["place"])
    op.create_table(
        "request_key",
        sa.Column("asker", sa.String(length=50), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=300), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(length=100), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("asker", "key"),
    )
    op.create_index("ix_request_key_created_at", "request_key", ["created_at"])
    op.create_table(
        "server_address",
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("by_operator", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("business_id"),
    )
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
        "spent_nonce",
        sa.Column("asker_id", sa.String(length=34), nullable=False),
        sa.Column("nonce", sa.String(length=34), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("asker_id", "nonce"),
    )
    op.create_index("ix_spent_nonce_until", "spent_nonce", ["until"])
    op.create_table(
        "term",
        sa.Column("term_id", sa.String(length=34), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("definition", sa.String(length=1000), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=7), nullable=False),
        sa.Column("merged_into", sa.String(length=34), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(length=34), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["term.term_id"],
        ),
        sa.PrimaryKeyConstraint("term_id"),
    )
    op.create_index("ix_term_merged_into", "term", ["merged_into"])
