"""What every route, job, table and text owes."""

import ast
import re
from pathlib import Path

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from engage.app import create_app
from engage.core.database import Base
from engage.core.jobs import REGISTRY
from engage.core.settings import Settings
from engage.migrations import config, import_models
from engage.worker import JOBS, register_jobs

ROOT = Path(__file__).parents[2]


def app() -> Litestar:
    return create_app(Settings(environment="test", server_key=b"k" * 32, public_url="https://cydlais.test"))


def handlers() -> list[HTTPRouteHandler]:
    found = [handler for route in app().routes for handler in getattr(route, "route_handlers", [])]
    return [handler for handler in dict.fromkeys(found) if not handler.fn.__module__.startswith("litestar.")]


def test_every_route_names_who_may_call_it() -> None:
    own = [
        handler for handler in handlers() if not any(path.startswith("/api/schema") for path in handler.paths)
    ]
    assert len(own) > 60
    unnamed = [
        sorted(handler.paths)
        for handler in own
        if not handler.guards and "OPTIONS" not in handler.http_methods
    ]
    assert unnamed == []


def test_every_page_has_both_addresses() -> None:
    for handler in handlers():
        languages = {path[1:3] for path in handler.paths if path.startswith(("/cy", "/en"))}
        assert languages in (set(), {"cy", "en"}), handler.paths


def test_every_route_of_the_api_names_its_errors() -> None:
    document = app().openapi_schema.to_schema()
    for path, operations in document["paths"].items():
        if not path.startswith("/api/"):
            continue
        for operation in operations.values():
            assert {"404", "422", "429", "500"} <= set(operation["responses"]), path


def test_every_table_says_how_long_its_rows_are_kept() -> None:
    import_models()
    assert len(Base.metadata.tables) > 20
    assert [table.name for table in Base.metadata.tables.values() if not table.info.get("retention")] == []


def test_every_job_that_is_asked_for_is_registered() -> None:
    register_jobs()
    asked = set()
    for top in ("engage", "budgeting", "feedback"):
        for path in (ROOT / top).rglob("*.py"):
            calls = (
                node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
            )
            asked |= {call.args[1].value for call in calls if _enqueues(call)}  # type: ignore[attr-defined]
    assert asked
    assert asked <= set(REGISTRY)
    assert all(
        (ROOT / Path(*name.split("."))).with_suffix(".py").exists()
        for name in ("engage.themes.tasks", "budgeting.tasks")
        if name in JOBS
    )


def _enqueues(call: ast.Call) -> bool:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    return name == "enqueue" and len(call.args) > 1 and isinstance(call.args[1], ast.Constant)


def test_the_history_of_tables_has_one_head_and_misses_nothing(database_url: str) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory.from_config(config(database_url)).get_heads()) == 1
    command.check(config(database_url))


def test_no_template_holds_a_style_a_script_or_another_site() -> None:
    for path in (ROOT / "frontend" / "templates").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=\"|https?://(?!www\.w3\.org/2000/svg)", html), path


def test_the_project_speaks_of_itself_alone() -> None:
    """No machine's paths and no registry's hosts in anything that is committed by hand."""
    for path in ROOT.rglob("*"):
        if (
            path.suffix not in {".py", ".md", ".toml", ".html", ".ts", ".scss", ".txt", ".po", ".mjs"}
            or not path.is_file()
        ):
            continue
        if any(part in {".venv", "node_modules", ".git", "var", ".hypothesis"} for part in path.parts):
            continue
        text = path.read_text(encoding="utf-8")
        for told in ("/wor" + "k/", "pypi.or" + "g", "registry.npmj" + "s", "files.pythonhoste" + "d"):
            assert told not in text, f"{path} names {told}"
