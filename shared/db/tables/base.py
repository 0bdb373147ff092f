"""The declarative base: names of constraints are predictable, instants are aware."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Index, LargeBinary, MetaData, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    """Every table of the platform."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        datetime: DateTime(timezone=True),
        bytes: LargeBinary(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


Stamp = Annotated[datetime, mapped_column(server_default=func.now())]
Version = Annotated[int, mapped_column(BigInteger)]


def company_key() -> ForeignKeyConstraint:
    """What belongs to a company goes with it."""
    return ForeignKeyConstraint(["company_id"], ["companies.id"], ondelete="CASCADE")


def found_by_text(table: str, *columns: str) -> Index:
    """Any part of ``columns`` is found without reading the table, from three characters on."""
    return Index(
        f"ix_{table}_text",
        *columns,
        postgresql_using="gin",
        postgresql_ops=dict.fromkeys(columns, "gin_trgm_ops"),
    )
