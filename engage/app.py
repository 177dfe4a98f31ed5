"""The web application, put together: a composition root."""

import gc
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

import budgeting.pages
import budgeting.routes
import engage.campaigns.pages
import engage.campaigns.routes
import engage.people.pages
import engage.stories.pages
import engage.stories.queue_pages
import engage.stories.receipt_pages
import engage.stories.routes
import engage.themes.pages
import engage.themes.routes
import feedback.pages
import feedback.routes
from engage import desk, site
from engage.core import problems
from engage.core.database import make_engine, make_sessions, provide_session
from engage.core.logs import RequestLog, configure
from engage.core.permissions import Role
from engage.core.security import OwnForms, add_headers
from engage.core.settings import Settings, read_settings
from engage.core.static import static_file
from engage.people.authentication import Authentication
from engage.people.service import only_partnership
from engage.worker import EmbeddedWorker
from translations import N_

PAGES = [
    *site.HANDLERS,
    *desk.HANDLERS,
    *engage.people.pages.HANDLERS,
    *engage.campaigns.pages.HANDLERS,
    *engage.stories.pages.HANDLERS,
    *engage.stories.queue_pages.HANDLERS,
    *engage.stories.receipt_pages.HANDLERS,
    *engage.themes.pages.HANDLERS,
    *budgeting.pages.HANDLERS,
    *feedback.pages.HANDLERS,
    static_file,
]

API = [
    *engage.campaigns.routes.HANDLERS,
    *engage.stories.routes.HANDLERS,
    *engage.themes.routes.HANDLERS,
    *budgeting.routes.HANDLERS,
    *feedback.routes.HANDLERS,
]

# The staff menu: the name of a page, what the menu calls it, and the roles that see it.
DESK_MENU = [
    ("desk-campaigns", N_("Campaigns"), (Role.OFFICER, Role.PARTNER, Role.MODERATOR)),
    ("desk-rounds", N_("Budget rounds"), (Role.OFFICER,)),
    ("desk-commitments", N_("Commitments"), (Role.OFFICER, Role.PARTNER)),
    ("people", N_("People"), (Role.ADMINISTRATOR,)),
]

LARGEST_BODY = 2 * 1024 * 1024  # bytes; a route that takes files says its own


def create_app(settings: Settings | None = None) -> Litestar:
    """Granian's factory; tests pass their own settings."""
    settings = settings or read_settings()
    configure(settings)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            if not hasattr(app.state, "sessions"):  # a test brings its own
                engine = make_engine(settings)
                stack.push_async_callback(engine.dispose)
                app.state.sessions = make_sessions(engine)
            async with app.state.sessions() as session:
                app.state.partnership = await only_partnership(session)
            if settings.embedded_worker and settings.environment != "test":
                await stack.enter_async_context(EmbeddedWorker(settings))
            yield

    app = Litestar(
        [Router("/", route_handlers=PAGES, include_in_schema=False), *API],
        lifespan=[lifespan],
        dependencies={"session": Provide(provide_session)},
        middleware=[RequestLog(), OwnForms(), Authentication()],
        before_send=[add_headers],
        exception_handlers={Exception: problems.handle},
        compression_config=CompressionConfig(
            backend="brotli", brotli_gzip_fallback=True, minimum_size=500, exclude=["^/static/"]
        ),
        openapi_config=OpenAPIConfig(
            title="Cydlais",
            version="1",
            path="/api/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        request_max_body_size=LARGEST_BODY,
        logging_config=None,
    )
    gc.freeze()
    gc.enable()
    app.state.settings = settings
    app.state.desk_menu = DESK_MENU
    app.state.partnership = None
    return app
