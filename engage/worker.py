"""The Celery application: a composition root. It only carries; what is left to do stands in the outbox."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import Any, Self
from uuid import UUID

import structlog
from celery import Celery, signals
from celery.contrib.testing.worker import start_worker
from celery.worker import state as celery_state
from celery.worker.consumer import Consumer
from sqlalchemy.ext.asyncio import AsyncEngine

from engage.core.database import make_engine, make_sessions
from engage.core.jobs import LEASE, perform
from engage.core.logs import configure
from engage.core.relay import Lease, Publish, Relay
from engage.core.settings import Settings, SettingsError

QUEUE = "cydlais"
TASK = "perform"
NOTHING = UUID(int=0)
JOBS = (
    "engage.people.tasks",
    "engage.campaigns.tasks",
    "engage.stories.tasks",
    "engage.themes.tasks",
    "budgeting.tasks",
    "feedback.tasks",
)
log = structlog.get_logger(__name__)

signals.setup_logging.connect(lambda **_: None, weak=False)  # Celery would take the root logger for itself


def register_jobs() -> None:
    """Imports the modules whose decorators register the slices' jobs, and the pages whose addresses jobs write."""
    for name in (*JOBS, "engage.app"):
        if find_spec(name):
            import_module(name)


class Performer:
    """Does jobs one at a time in an event loop, and with an engine, of this process's own."""

    def __init__(self, settings: Settings, lease: timedelta) -> None:
        self._settings = settings
        self._lease = lease
        self._runner: asyncio.Runner | None = None
        self._engine: AsyncEngine | None = None
        self._doing: asyncio.Task[None] | None = None
        self._lock = Lock()
        self._stopped = False

    def __call__(self, row_id: str, token: str) -> None:
        try:
            self._loop().run(self._perform(UUID(row_id), UUID(token)))
        except asyncio.CancelledError:
            log.info("job left for later", row=row_id)
        except Exception as error:  # the row's lease runs out and it is sent again
            log.error("worker without database", row=row_id, error=type(error).__name__)

    async def _perform(self, row_id: UUID, token: UUID) -> None:
        assert self._engine is not None  # noqa: S101  # made with the loop
        with self._lock:
            if self._stopped:
                return
            self._doing = asyncio.current_task()
        await perform(make_sessions(self._engine), row_id, token, self._lease)

    def _loop(self) -> asyncio.Runner:
        if self._runner is None:
            self._runner = asyncio.Runner()
            self._engine = make_engine(self._settings)
        return self._runner

    def interrupt(self) -> None:
        """From another thread: whatever is being done goes back to the outbox, and nothing new is begun."""
        with self._lock:
            self._stopped = True
            if self._runner and self._doing:
                self._runner.get_loop().call_soon_threadsafe(self._doing.cancel)

    def close(self) -> None:
        if self._runner and self._engine:
            self._runner.run(self._engine.dispose())
            self._runner.close()


class PlainConsumer(Consumer):  # type: ignore[misc]  # Celery has no types
    """Without the 28 exchanges and queues that Celery sets up on RabbitMQ for delays: the outbox delays."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        default_steps = [step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step]  # noqa: RUF012


def make_celery(
    settings: Settings, performer: Performer, queue: str = QUEUE, lease: timedelta = LEASE
) -> Celery:
    broker = settings.broker_url or "memory://localhost"
    app = Celery("cydlais", broker=broker, set_as_current=False)
    app.conf.update(
        task_default_queue=queue,
        task_default_queue_type="quorum" if "amqp" in broker.partition(":")[0] else "classic",
        task_acks_late=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_consumer="engage.worker:PlainConsumer",
        worker_enable_remote_control=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport_options(broker, lease),
    )

    @app.task(name=TASK, shared=False)  # type: ignore[untyped-decorator]
    def carry(row_id: str, token: str) -> None:
        performer(row_id, token)

    return app


def _transport_options(broker: str, lease: timedelta) -> dict[str, Any]:
    if broker.startswith("memory"):
        return {"polling_interval": 0.01}
    if broker.startswith("redis"):
        # What a killed worker held comes back after two leases; by default it would take more than an hour.
        soon = {"unacked_restore_interval": 5, "unacked_restore_throttle": 1}
        return {"visibility_timeout": 2 * lease.total_seconds(), "socket_connect_timeout": 5, **soon}
    return {"confirm_publish": True}


def publisher(app: Celery) -> Publish:
    """One generic task for each lease. A broken connection is mended once; then the relay tries later."""
    policy = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}

    def publish(leases: Sequence[Lease]) -> None:
        with app.producer_or_acquire() as producer:
            for row_id, token in leases:
                app.send_task(
                    TASK, (str(row_id), str(token)), producer=producer, retry=True, retry_policy=policy
                )

    return publish


class EmbeddedWorker:
    """Relay and worker thread inside the web server: ``async with EmbeddedWorker(settings): …``"""

    def __init__(self, settings: Settings, *, queue: str = QUEUE, lease: timedelta = LEASE) -> None:
        assert settings.database_url, "no database address"  # noqa: S101  # a programming error
        self._performer = Performer(settings, lease)
        self._app = make_celery(settings, self._performer, queue, lease)
        self.database_url = settings.database_url
        self.publish = publisher(self._app)
        self._relay = Relay(self.database_url, self.publish, lease=lease, take_back=True)
        # On RabbitMQ a solo pool can sleep ten seconds on an acknowledgement: Celery's event loop does not see
        # what its own thread schedules. A pool of one thread wakes it.
        pool = "solo" if settings.embedded_worker else "threads"
        self._thread: AbstractContextManager[Any] = start_worker(
            self._app, pool=pool, concurrency=1, perform_ping_check=False, loglevel="ERROR"
        )

    async def __aenter__(self) -> Self:
        register_jobs()
        await asyncio.to_thread(self._thread.__enter__)
        self._relaying = asyncio.create_task(self._relay.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._relay.stop()
        await self._relaying
        await asyncio.to_thread(self._stop_thread)

    def _stop_thread(self) -> None:
        self._performer.interrupt()
        # Celery looks at this between messages, and once it has seen it waits for one more: with two that ask
        # for nothing it need not wait out its two seconds.
        celery_state.should_terminate = 0
        self.publish([(NOTHING, NOTHING)] * 2)
        self._thread.__exit__(None, None, None)
        self._performer.close()
        self._app.close()


def run_worker(
    settings: Settings,
    *,
    concurrency: int | None = None,
    queue: str = QUEUE,
    lease: timedelta = LEASE,
) -> None:
    """Relay and Celery worker until SIGTERM or Ctrl-C; any number of these share one broker and database.

    ``concurrency`` processes do the jobs, by default one for each core.
    """
    if settings.broker_url is None:
        raise SettingsError("BROKER_URL is not set: the worker runs inside the server, not by itself.")
    configure(settings)
    register_jobs()
    # A process, not a thread, and before Celery begins: it forks its workers, and a fork among threads can hang.
    relay = multiprocessing.get_context("fork").Process(target=run_relay, args=(settings, queue, lease))
    relay.start()
    performer = Performer(settings, lease)
    app = make_celery(settings, performer, queue, lease)
    plain = {"without_gossip": True, "without_mingle": True, "quiet": True, "loglevel": "WARNING"}
    try:
        app.Worker(pool="prefork", concurrency=concurrency, **plain).start()
    finally:
        performer.close()
        relay.terminate()
        relay.join()


def run_relay(settings: Settings, queue: str, lease: timedelta) -> None:
    """A process of run_worker: it ends with its parent, however that ends."""
    configure(settings)
    asyncio.run(_relay(settings, queue, lease))


async def _relay(settings: Settings, queue: str, lease: timedelta) -> None:
    assert settings.database_url, "no database address"  # noqa: S101  # a programming error
    app = make_celery(settings, Performer(settings, lease), queue, lease)
    relay = Relay(settings.database_url, publisher(app), lease=lease)
    loop, parent = asyncio.get_running_loop(), os.getppid()
    loop.add_signal_handler(signal.SIGTERM, relay.stop)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # a Ctrl-C reaches the parent, which then stops us
    relaying = asyncio.create_task(relay.run())
    while not relaying.done():
        if os.getppid() != parent:
            relay.stop()
        await asyncio.wait([relaying], timeout=0.5)
    await relaying
