"""Every round has its own partition of the roll, of its marks and of the box.

They are made with the round and addressed directly: a close that locks one round's box leaves the
others alone, and a statement on the partition itself holds its lock before it looks at the clock.
"""

from typing import Literal
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
