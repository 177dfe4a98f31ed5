"""The one history of the database's tables. Alembic's command line finds it too (pyproject.toml)."""

from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REVISIONS = HERE / "versions"


def config(database_url: str | None = None) -> Config:
    """Without an address, the one in the settings is used."""
    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.attributes["database_url"] = database_url
    return made


def upgrade(database_url: str) -> None:
    """Brings the tables up to date, in an event loop of its own; several processes may do it at once."""
    command.upgrade(config(database_url), "head")


def import_models() -> None:
    """Makes every table known to ``Base.metadata``: the slices' models, and the core's modules."""
    slices = [
        *ROOT.glob("engage/*/models*.py"),
        *ROOT.glob("budgeting/models*.py"),
        *ROOT.glob("feedback/models*.py"),
    ]
    for path in sorted([*ROOT.glob("engage/core/*.py"), *slices]):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
