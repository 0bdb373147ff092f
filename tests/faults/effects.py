"""The table of what workers did; without a unique key, for an effect that happened twice must be seen."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, MetaData, Table, Text, text

effects = Table(
    "fault_effects",
    MetaData(),
    Column("seq", BigInteger, Identity(), primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
)
