"""Private tables 3."""

import sqlalchemy as sa
from alembic import op

from tanso.oracle.store import BigUint

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Changes the tables."""
    op.create_table(
        "statistics_contributor",
        sa.Column("release_id", sa.String(length=34), nullable=False),
        sa.Column("business_id", sa.String(length=34), nullable=False),
        sa.Column("co2_ug", BigUint(), nullable=False),
        sa.Column("good", BigUint(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["statistics_release.release_id"],
        ),
        sa.PrimaryKeyConstraint("release_id", "business_id"),
    )
    op.create_index("ix_statistics_contributor_business_id", "statistics_contributor", ["business_id"])
