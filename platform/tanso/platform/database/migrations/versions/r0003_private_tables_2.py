"""Private tables 2."""

import sqlalchemy as sa
from alembic import op

from tanso.oracle.store import BigUint

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Changes the tables."""
    op.create_table(
        "category_lot",
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("term_id", sa.String(length=34), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("release_id", sa.String(length=34), nullable=True),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["term.term_id"],
        ),
        sa.PrimaryKeyConstraint("lot_id"),
    )
    op.create_index("ix_category_lot_business_id", "category_lot", ["business_id"])
    op.create_index("ix_category_lot_release_id", "category_lot", ["release_id"])
    op.create_index("ix_category_lot_term_id", "category_lot", ["term_id"])
    op.create_table(
        "category_product",
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("term_id", sa.String(length=34), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["local_business.business_id"],
        ),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["term.term_id"],
        ),
        sa.PrimaryKeyConstraint("business_id", "product"),
    )
    op.create_index("ix_category_product_term_id", "category_product", ["term_id"])
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
        "community_member",
        sa.Column("community_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("standing", sa.String(length=7), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.community_id"],
        ),
        sa.PrimaryKeyConstraint("community_id", "business_id"),
    )
    op.create_index("ix_community_member_business_id", "community_member", ["business_id"])
    op.create_table(
        "factor_import_row",
        sa.Column("import_id", sa.String(length=34), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=11), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["factor_import.import_id"],
        ),
        sa.PrimaryKeyConstraint("import_id", "line"),
    )
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
    )
    op.create_index("ix_lot_input_lot_id", "lot_input", ["lot_id"])
    op.create_index("ix_lot_input_ref_id", "lot_input", ["ref_id"])
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
        "membership",
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=34), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.person_id"],
        ),
        sa.PrimaryKeyConstraint("person_id", "place"),
    )
    op.create_index("ix_membership_place", "membership", ["place"])
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
        "server_lot",
        sa.Column("lot_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("server_id", sa.String(length=34), nullable=False),
        sa.Column("term_id", sa.String(length=34), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["local_business.business_id"],
        ),
        sa.PrimaryKeyConstraint("lot_id"),
    )
    op.create_index("ix_server_lot_business_id", "server_lot", ["business_id"])
    op.create_index("ix_server_lot_server_id", "server_lot", ["server_id"])
    op.create_table(
        "server_product",
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("server_id", sa.String(length=34), nullable=False),
        sa.Column("term_id", sa.String(length=34), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["local_business.business_id"],
        ),
        sa.PrimaryKeyConstraint("business_id", "product"),
    )
    op.create_index("ix_server_product_server_id", "server_product", ["server_id"])
    op.create_table(
        "settlement_policy",
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("per", sa.String(length=6), nullable=False),
        sa.Column("after_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["local_business.business_id"],
        ),
        sa.PrimaryKeyConstraint("business_id"),
    )
    op.create_table(
        "statistics_release",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.String(length=34), nullable=False),
        sa.Column("term_id", sa.String(length=34), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("contributors", sa.BigInteger(), nullable=False),
        sa.Column("lots", sa.BigInteger(), nullable=False),
        sa.Column("p10_pg", BigUint(), nullable=False),
        sa.Column("p25_pg", BigUint(), nullable=False),
        sa.Column("p50_pg", BigUint(), nullable=False),
        sa.Column("p75_pg", BigUint(), nullable=False),
        sa.Column("p90_pg", BigUint(), nullable=False),
        sa.Column("primary_percent", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["term.term_id"],
        ),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("release_id"),
    )
    op.create_index("ix_statistics_release_term_id", "statistics_release", ["term_id"])
    op.create_table(
        "term_community",
        sa.Column("term_id", sa.String(length=34), nullable=False),
        sa.Column("community_id", sa.String(length=34), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.community_id"],
        ),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["term.term_id"],
        ),
        sa.PrimaryKeyConstraint("term_id", "community_id"),
    )
    op.create_index("ix_term_community_community_id", "term_community", ["community_id"])
    op.create_table(
        "term_mapping",
        sa.Column("mapping_id", sa.String(length=34), nullable=False),
        sa.Column("term_id", sa.String(length=34), nullable=False),
        sa.Column("relation", sa.String(length=7), nullable=False),
        sa.Column("target_id", sa.String(length=34), nullable=False),
        sa.Column("code_system", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("added_by", sa.String(length=34), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["term_id"],
            ["term.term_id"],
        ),
        sa.PrimaryKeyConstraint("mapping_id"),
        sa.UniqueConstraint("term_id", "relation", "target_id", "code_system", "code"),
    )
    op.create_index("ix_term_mapping_code", "term_mapping", ["code"])
    op.create_index("ix_term_mapping_target_id", "term_mapping", ["target_id"])
    op.create_index("ix_term_mapping_term_id", "term_mapping", ["term_id"])
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
    op.create_table(
        "person_session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=True),
        sa.Column("client_id", sa.String(length=16), nullable=True),
        sa.Column("place", sa.String(length=34), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["client.client_id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.person_id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_person_session_client_id", "person_session", ["client_id"])
    op.create_index("ix_person_session_expires_at", "person_session", ["expires_at"])
    op.create_index("ix_person_session_person_id", "person_session", ["person_id"])
