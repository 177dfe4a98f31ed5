"""Every round has its own partition of the roll, of its marks and of the box.

They are made with the round and addressed directly: a close that locks one round's box leaves the
others alone, and a statement on the partition itself holds its lock before it looks at the clock.
"""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Partitioned = Literal["roll", "roll_mark", "ballot"]
PARTITIONED: tuple[Partitioned, ...] = ("roll", "roll_mark", "ballot")


def partition(table: Partitioned, round_id: UUID) -> str:
    """The name of a round's partition. Hexadecimal digits only, so it may stand in a statement."""
    return f"{table}_{round_id.hex}"


def is_partition(name: str) -> bool:
    """For migrations, which know the parents only."""
    parent, _, digits = name.rpartition("_")
    return parent in PARTITIONED and len(digits) == 32


async def create_partitions(session: AsyncSession, round_id: UUID) -> None:
    for table in PARTITIONED:
        await session.execute(
            text(
                f"CREATE TABLE {partition(table, round_id)} PARTITION OF {table} FOR VALUES IN ('{round_id}')"
            )
        )


async def empty_partition(session: AsyncSession, table: Partitioned, round_id: UUID) -> None:
    """Its file goes too. Waits for statements in flight; later ones find it empty, and see the phase."""
    await session.execute(text(f"TRUNCATE {partition(table, round_id)}"))


async def rewrite_partition(
    session: AsyncSession,
    table: Partitioned,
    round_id: UUID,
    columns: Mapping[str, str],
    *,
    joined: str = "",
    values: Mapping[str, Any] | None = None,
) -> None:
    """Every row anew, by one transaction, in an order from the system's randomness that is kept nowhere.

    ``columns``: name → expression over ``old`` (and what is ``joined``). The old file goes at the commit.
    """
    name = partition(table, round_id)
    anew = f"{name}_anew"
    await session.execute(text(f"CREATE TABLE {anew} (LIKE {name} INCLUDING ALL)"))
    await session.execute(
        text(
            f"INSERT INTO {anew} ({', '.join(columns)}) SELECT {', '.join(columns.values())} "  # noqa: S608
            f"FROM {name} AS old {joined} ORDER BY gen_random_uuid()"
        ),
        dict(values or {}),
    )
    await session.execute(text(f"DROP TABLE {name}"))
    await session.execute(text(f"ALTER TABLE {anew} RENAME TO {name}"))
    await session.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES IN ('{round_id}')"))
