"""Findings in two languages

Nobody has written or read the table before.

Revision: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("branch_checks", "found")
    op.drop_column("branch_checks", "advice")
    op.add_column("branch_checks", sa.Column("place", sa.Integer(), nullable=False))
    op.add_column("branch_checks", sa.Column("found_de", sa.Text(), nullable=False))
    op.add_column("branch_checks", sa.Column("found_en", sa.Text(), nullable=False))
    op.add_column("branch_checks", sa.Column("advice_de", sa.Text(), nullable=True))
    op.add_column("branch_checks", sa.Column("advice_en", sa.Text(), nullable=True))


def downgrade() -> None:
    op.execute("delete from branch_checks")
    for column in ("place", "found_de", "found_en", "advice_de", "advice_en"):
        op.drop_column("branch_checks", column)
    op.add_column("branch_checks", sa.Column("found", sa.Text(), nullable=False))
    op.add_column("branch_checks", sa.Column("advice", sa.Text(), nullable=True))
