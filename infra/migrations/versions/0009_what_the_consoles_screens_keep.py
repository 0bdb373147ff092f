"""What the console's screens keep, and the indexes they read by

Revision: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: As ``shared.db.dead_counts`` makes it.
_IN_GROUPS = """
    update deliveries set group_id = left(encode(sha256(convert_to(concat(
        coalesce(error->>'class', 'unknown'), ' at ',
        regexp_replace(coalesce(error->>'place', 'unknown'), ':[0-9]+ ', ' '), ' in ', queue
    ), 'UTF8')), 'hex'), 16) where state = 'dead'
"""
#: What is dead already is in its group; nobody is told that it is new.
_GROUPS = """
    insert into dead_letter_groups
        (id, queue, error_class, place, first_seen, last_seen, total, open, alerted_at)
    select group_id, queue, coalesce(max(error->>'class'), 'unknown'),
        regexp_replace(coalesce(max(error->>'place'), 'unknown'), ':[0-9]+ ', ' '),
        min(updated_at), max(updated_at), count(*), count(*), now()
    from deliveries where state = 'dead' group by group_id, queue
"""


def upgrade() -> None:
    # Trusted: whoever may create schemas in the database may create it; it stays, others may use it too.
    op.execute("create extension if not exists pg_trgm")
    op.create_table(
        "attempt_stacks",
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stack", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "attempt", "at", name=op.f("pk_attempt_stacks")),
    )
    op.create_table(
        "dead_letter_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter_deltas")),
    )
    op.create_table(
        "dead_letter_groups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("error_class", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until_total", sa.BigInteger(), nullable=True),
        sa.Column("until_per_hour", sa.Integer(), nullable=True),
        sa.Column("state_by", sa.Text(), nullable=True),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grown_to", sa.BigInteger(), nullable=True),
        sa.Column("aged_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter_groups")),
    )
    op.create_table(
        "dead_letter_hours",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "hour", name=op.f("pk_dead_letter_hours")),
    )
    op.create_table(
        "dead_letter_texts",
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_dead_letter_texts")),
    )
    op.create_index(
        "ix_dead_letter_texts_text",
        "dead_letter_texts",
        ["text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"text": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_dead_letter_texts_unread",
        "dead_letter_texts",
        ["delivery_id"],
        unique=False,
        postgresql_where=sa.text("text is null"),
    )
    op.create_table(
        "edit_drafts",
        sa.Column("letter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("letter_id", "operator", "number", name=op.f("pk_edit_drafts")),
    )
    op.create_table(
        "operations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("selection", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("patch", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("level", sa.Double(), nullable=True),
        sa.Column("level_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_reason", sa.Text(), nullable=True),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
    )
    op.create_index(
        "ix_operations_unfinished",
        "operations",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state in ('planned', 'running', 'paused', 'stopped')"),
    )
    op.create_table(
        "rejected_requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.Column("reingested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reingested_by", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected_requests")),
    )
    op.create_index(
        op.f("ix_rejected_requests_company_id_day"), "rejected_requests", ["company_id", "day"], unique=False
    )
    op.create_index(
        op.f("ix_rejected_requests_received_at"), "rejected_requests", ["received_at"], unique=False
    )
    op.create_table(
        "request_minutes",
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("slow", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("minute", "service", "process", name=op.f("pk_request_minutes")),
    )
    op.create_table(
        "samples",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("series", "label", "at", name=op.f("pk_samples")),
    )
    op.create_index(op.f("ix_samples_at"), "samples", ["at"], unique=False)
    op.create_table(
        "operation_items",
        sa.Column("operation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="chosen", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures_before", sa.Integer(), nullable=True),
        sa.Column("new_event_id", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_operation_items_operation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operation_id", "place", name=op.f("pk_operation_items")),
    )
    op.create_index(
        op.f("ix_operation_items_operation_id_state_place"),
        "operation_items",
        ["operation_id", "state", "place"],
        unique=False,
    )
    op.create_index(
        "ix_operation_items_taken",
        "operation_items",
        ["delivery_id"],
        unique=True,
        postgresql_where=sa.text("state in ('chosen', 'sent')"),
    )
    op.create_table(
        "branch_notices",
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("branch_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "branch_id"],
            ["branches.company_id", "branches.id"],
            name=op.f("fk_branch_notices_company_id_branch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "branch_id", "day", name=op.f("pk_branch_notices")),
    )
    op.drop_index(op.f("ix_appointments_company_id_start_at"), table_name="appointments")
    op.create_index(
        op.f("ix_appointments_company_id_branch_id_start_at_id"),
        "appointments",
        ["company_id", "branch_id", "start_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_company_id_start_at_id"),
        "appointments",
        ["company_id", "start_at", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_appointments_start_at_id"), "appointments", ["start_at", "id"], unique=False)
    op.create_index(
        "ix_appointments_text",
        "appointments",
        ["title", "attendee_name", "attendee_phone"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={
            "title": "gin_trgm_ops",
            "attendee_name": "gin_trgm_ops",
            "attendee_phone": "gin_trgm_ops",
        },
    )
    op.create_index(op.f("ix_audit_action_id"), "audit", ["action", "id"], unique=False)
    op.create_index(op.f("ix_audit_operator_id"), "audit", ["operator", "id"], unique=False)
    op.create_index(
        "ix_bookings_unfinished",
        "bookings",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("state in ('started', 'requested')"),
    )
    op.add_column("callbacks", sa.Column("kind", sa.Text(), server_default="callback", nullable=False))
    op.add_column("callbacks", sa.Column("outcome", sa.Text(), nullable=True))
    op.add_column("callbacks", sa.Column("closed_note", sa.Text(), nullable=True))
    op.create_index(
        "ix_callbacks_open",
        "callbacks",
        ["urgency", "created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_calls_company_id_started_at"), table_name="calls")
    op.create_index(
        op.f("ix_calls_company_id_started_at_call_id"),
        "calls",
        ["company_id", "started_at", "call_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_calls_started_at_company_id_call_id"),
        "calls",
        ["started_at", "company_id", "call_id"],
        unique=False,
    )
    op.create_index(
        "ix_calls_text",
        "calls",
        ["from_number", "summary"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"from_number": "gin_trgm_ops", "summary": "gin_trgm_ops"},
    )
    op.add_column("deliveries", sa.Column("group_id", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("copy_of", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_deliveries_copy_of",
        "deliveries",
        ["copy_of"],
        unique=False,
        postgresql_where=sa.text("copy_of is not null"),
    )
    op.create_index(
        "ix_deliveries_dead_at",
        "deliveries",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_deliveries_dead_company_id",
        "deliveries",
        ["company_id", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_deliveries_dead_event_type",
        "deliveries",
        ["event_type", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_deliveries_dead_group_id",
        "deliveries",
        ["group_id", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_deliveries_dead_of_company",
        "deliveries",
        ["company_id", "group_id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_deliveries_dead_queue",
        "deliveries",
        ["queue", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_deliveries_dead_reason",
        "deliveries",
        ["reason", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_deliveries_discarded",
        "deliveries",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'discarded'"),
    )
    op.add_column(
        "operator_sessions",
        sa.Column(
            "last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
    )
    op.add_column(
        "operators", sa.Column("may_reveal", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("operators", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_IN_GROUPS)
    op.execute(_GROUPS)
    op.execute("insert into dead_letter_texts (delivery_id) select id from deliveries where state = 'dead'")


def downgrade() -> None:
    op.drop_column("operators", "disabled_at")
    op.drop_column("operators", "may_reveal")
    op.drop_column("operator_sessions", "last_seen_at")
    op.drop_index(
        "ix_deliveries_discarded", table_name="deliveries", postgresql_where=sa.text("state = 'discarded'")
    )
    op.drop_index(
        "ix_deliveries_dead_reason", table_name="deliveries", postgresql_where=sa.text("state = 'dead'")
    )
    op.drop_index(
        "ix_deliveries_dead_queue", table_name="deliveries", postgresql_where=sa.text("state = 'dead'")
    )
    op.drop_index(
        "ix_deliveries_dead_of_company", table_name="deliveries", postgresql_where=sa.text("state = 'dead'")
    )
    op.drop_index(
        "ix_deliveries_dead_group_id", table_name="deliveries", postgresql_where=sa.text("state = 'dead'")
    )
    op.drop_index(
        "ix_deliveries_dead_event_type", table_name="deliveries", postgresql_where=sa.text("state = 'dead'")
    )
    op.drop_index(
        "ix_deliveries_dead_company_id", table_name="deliveries", postgresql_where=sa.text("state = 'dead'")
    )
    op.drop_index(
        "ix_deliveries_dead_at", table_name="deliveries", postgresql_where=sa.text("state = 'dead'")
    )
    op.drop_index(
        "ix_deliveries_copy_of", table_name="deliveries", postgresql_where=sa.text("copy_of is not null")
    )
    op.drop_column("deliveries", "copy_of")
    op.drop_column("deliveries", "group_id")
    op.drop_index(
        "ix_calls_text",
        table_name="calls",
        postgresql_using="gin",
        postgresql_ops={"from_number": "gin_trgm_ops", "summary": "gin_trgm_ops"},
    )
    op.drop_index(op.f("ix_calls_started_at_company_id_call_id"), table_name="calls")
    op.drop_index(op.f("ix_calls_company_id_started_at_call_id"), table_name="calls")
    op.create_index(
        op.f("ix_calls_company_id_started_at"), "calls", ["company_id", "started_at"], unique=False
    )
    op.drop_index("ix_callbacks_open", table_name="callbacks", postgresql_where=sa.text("state = 'open'"))
    op.drop_column("callbacks", "closed_note")
    op.drop_column("callbacks", "outcome")
    op.drop_column("callbacks", "kind")
    op.drop_index(
        "ix_bookings_unfinished",
        table_name="bookings",
        postgresql_where=sa.text("state in ('started', 'requested')"),
    )
    op.drop_index(op.f("ix_audit_operator_id"), table_name="audit")
    op.drop_index(op.f("ix_audit_action_id"), table_name="audit")
    op.drop_index(
        "ix_appointments_text",
        table_name="appointments",
        postgresql_using="gin",
        postgresql_ops={
            "title": "gin_trgm_ops",
            "attendee_name": "gin_trgm_ops",
            "attendee_phone": "gin_trgm_ops",
        },
    )
    op.drop_index(op.f("ix_appointments_start_at_id"), table_name="appointments")
    op.drop_index(op.f("ix_appointments_company_id_start_at_id"), table_name="appointments")
    op.drop_index(op.f("ix_appointments_company_id_branch_id_start_at_id"), table_name="appointments")
    op.create_index(
        op.f("ix_appointments_company_id_start_at"), "appointments", ["company_id", "start_at"], unique=False
    )
    op.drop_table("branch_notices")
    op.drop_index(
        "ix_operation_items_taken",
        table_name="operation_items",
        postgresql_where=sa.text("state in ('chosen', 'sent')"),
    )
    op.drop_index(op.f("ix_operation_items_operation_id_state_place"), table_name="operation_items")
    op.drop_table("operation_items")
    op.drop_index(op.f("ix_samples_at"), table_name="samples")
    op.drop_table("samples")
    op.drop_table("request_minutes")
    op.drop_index(op.f("ix_rejected_requests_received_at"), table_name="rejected_requests")
    op.drop_index(op.f("ix_rejected_requests_company_id_day"), table_name="rejected_requests")
    op.drop_table("rejected_requests")
    op.drop_index(
        "ix_operations_unfinished",
        table_name="operations",
        postgresql_where=sa.text("state in ('planned', 'running', 'paused', 'stopped')"),
    )
    op.drop_table("operations")
    op.drop_table("edit_drafts")
    op.drop_index(
        "ix_dead_letter_texts_unread",
        table_name="dead_letter_texts",
        postgresql_where=sa.text("text is null"),
    )
    op.drop_index(
        "ix_dead_letter_texts_text",
        table_name="dead_letter_texts",
        postgresql_using="gin",
        postgresql_ops={"text": "gin_trgm_ops"},
    )
    op.drop_table("dead_letter_texts")
    op.drop_table("dead_letter_hours")
    op.drop_table("dead_letter_groups")
    op.drop_table("dead_letter_deltas")
    op.drop_table("attempt_stacks")
