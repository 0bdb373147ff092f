"""What workers did, and what they were given; without unique keys, for what happened twice must be seen."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, MetaData, Table, Text, text


def _table(name: str, *columns: Column[int]) -> Table:
    """``at``: by the database's clock."""
    return Table(
        name,
        effects_and_arrivals,
        Column("seq", BigInteger, Identity(), primary_key=True),
        Column("event_id", Text, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
        *columns,
    )


effects_and_arrivals = MetaData()
effects = _table("fault_effects")
#: Written before the handler does anything, by events that say ``note``.
arrivals = _table("fault_arrivals", Column("attempt", Integer, nullable=False))
