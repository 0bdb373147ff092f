"""When an appointment was asked about

Revision: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "appointment_codes", sa.Column("asked_turn", sa.Integer(), server_default="-1", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("appointment_codes", "asked_turn")
