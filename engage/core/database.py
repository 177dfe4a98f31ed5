"""The tables' base, the engine, and the one place that commits."""

from collections.abc import AsyncGenerator
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar.datastructures import State
from sqlalchemy import CheckConstraint, DateTime, Enum, MetaData, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from engage.core.settings import Settings
from translations import LANGUAGES, Bilingual

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class BilingualText(TypeDecorator[Bilingual]):
    """A :class:`translations.parity.Bilingual` as one JSONB value, so that a row carries both its sides."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Bilingual | None, dialect: Dialect) -> Any:
        return None if value is None else msgspec.to_builtins(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Bilingual | None:
        return None if value is None else msgspec.convert(value, Bilingual)


class Base(DeclarativeBase):
    """Every table says in ``__table_args__`` how long its rows are kept: ``{"info": {"retention": "…"}}``."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads a plain class attribute
        datetime: DateTime(timezone=True),
        # Kept as the words of its values: a new one needs no migration of a type.
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            length=20,
            values_callable=lambda members: [member.value for member in members],
        ),
        Bilingual: BilingualText(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        list[str]: JSONB(),
        UUID: Uuid(),
    }


def both_sides(published: str, *texts: str) -> CheckConstraint:
    """The gate at its lowest: no statement whatever can publish a row while a side is missing, a draft or stale.

    ``published`` is the SQL condition for "the public can see it", ``texts`` the bilingual columns it needs.
    """
    sides = [f"{text}->'{language}'" for text in texts for language in LANGUAGES]
    ready = " AND ".join(f"({side}->>'state' = 'approved' AND {side}->>'stale' = 'false')" for side in sides)
    return CheckConstraint(f"NOT ({published}) OR ({ready})", name="both_sides")


class HasId:
    """A random key: it says nothing of order or number."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)


def make_engine(settings: Settings) -> AsyncEngine:
    """``settings.database_url`` is set by now: the embedded server fills it in when nothing else does."""
    assert settings.database_url, "no database address"  # noqa: S101  # a programming error, not bad input
    return create_async_engine(
        async_url(settings.database_url),
        pool_size=settings.database_pool,
        max_overflow=0,
        hide_parameters=True,  # an error must not quote what somebody wrote
        pool_timeout=30,
        connect_args={"server_settings": {"timezone": "UTC", "application_name": "cydlais"}},
    )


def async_url(url: str) -> str:
    """Accepts the plain ``postgresql://`` (or ``postgres://``) that operators know; asyncpg is the one driver here."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if scheme in ("postgres", "postgresql") else url


def make_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False)


async def provide_session(state: State) -> AsyncGenerator[AsyncSession, None]:
    """One transaction per request, committed before the response leaves; any error rolls it back."""
    async with state.sessions() as session:
        try:
            yield session
        except BaseException:
            await session.rollback()
            raise
        await session.commit()
