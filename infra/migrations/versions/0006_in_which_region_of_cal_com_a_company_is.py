"""In which region of Cal.com a company is

Revision: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "companies", sa.Column("calcom_region", sa.Text(), server_default="default", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("companies", "calcom_region")
