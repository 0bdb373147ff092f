"""Until when a slot is held

Revision: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("slot_holds", sa.Column("end_at", sa.DateTime(timezone=True), nullable=True))
    # Who calls again is looked for among the attempts of the last minutes.
    op.create_index("ix_bookings_company_id_created_at", "bookings", ["company_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_bookings_company_id_created_at", "bookings")
    op.drop_column("slot_holds", "end_at")
