"""The one history of the database's tables. Alembic's command line finds it too (pyproject.toml)."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:  # a warm start need not wait for Alembic
    from alembic.config import Config

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REVISIONS = HERE / "versions"


def config(database_url: str | None = None) -> "Config":
    """Without an address, the one in the settings is used."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.attributes["database_url"] = database_url
    return made


def upgrade(database_url: str) -> None:
    """Brings the tables up to date, in an event loop of its own; several processes may do it at once."""
    from alembic import command

    command.upgrade(config(database_url), "head")


async def is_current(database_url: str) -> bool:
    """Whether the tables are those of the newest revision; revisions are numbered, 0001 and on."""
    newest = max(path.name.split("_")[0] for path in REVISIONS.glob("[0-9]*.py"))
    connection = await asyncpg.connect(database_url)
    try:
        return bool(await connection.fetchval("SELECT version_num FROM alembic_version") == newest)
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()


def import_models() -> None:
    """Makes every table known to ``Base.metadata``: the slices' models, and the core's modules."""
    slices = [
        *ROOT.glob("engage/*/models*.py"),
        *ROOT.glob("budgeting/models*.py"),
        *ROOT.glob("feedback/models*.py"),
    ]
    for path in sorted([*ROOT.glob("engage/core/*.py"), *slices]):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
