"""The web server: granian in front of the application, the embedded database behind it when there is no other."""

import asyncio
import errno
import gc
import os
import socket
from contextlib import ExitStack

import asyncpg
from granian.constants import Interfaces
from granian.server import MPServer

from engage.core.postgres import EmbeddedPostgres
from engage.core.settings import Settings, SettingsError
from engage.migrations import upgrade


def serve(settings: Settings) -> int:
    """Until Ctrl-C or SIGTERM; then everything that was started here is stopped, the database included."""
    refuse_taken_port(settings)
    with ExitStack() as stack:
        url = settings.database_url or stack.enter_context(EmbeddedPostgres(settings.data_dir))
        if settings.database_url is None:
            upgrade(url)
        if settings.environment == "production":
            asyncio.run(refuse_demo_accounts(url))
        os.environ["DATABASE_URL"] = url  # granian's workers read the settings anew
        server(settings).serve()
    return 0


def server(settings: Settings) -> MPServer:
    # What the workers import lives as long as they do: the collector need not look through it (create_app turns it on).
    gc.disable()
    workers = 1 if settings.embedded_worker else settings.web_workers
    return MPServer(
        "engage.app:create_app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=workers,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]
    )


def refuse_taken_port(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsError(
                    f"Port {settings.port} is in use. Stop what uses it, or choose another: PORT=8080 make demo"
                ) from error
            raise SettingsError(
                f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}."
            ) from error


async def refuse_demo_accounts(url: str) -> None:
    """Demo passwords are printed on the screen: they must not open a real system. Raises SettingsError."""
    connection = await asyncpg.connect(url)
    try:
        left = await connection.fetchval("SELECT count(*) FROM person WHERE demo")
    finally:
        await connection.close()
    if left:
        raise SettingsError(
            f"This database holds {left} demo accounts. Delete them, or start with a database of its own."
        )
