"""The brokers of this machine that answer, each with a corner of our own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import kombu
import pytest
import redis

BROKERS = ["memory", "redis", "amqp"]
REDIS = "redis://127.0.0.1:6379"
RABBIT = "amqp://guest:guest@127.0.0.1:5672//"


@contextmanager
def own_corner(kind: str) -> Iterator[tuple[str | None, str]]:
    """A broker's address (None: the one inside the server) and the name of a queue of our own on it."""
    queue = f"cydlais-test-{secrets.token_hex(4)}"
    if kind == "memory":
        yield None, queue
    elif kind == "redis":
        with _own_redis() as url:
            yield url, queue
    else:
        with _own_rabbit(queue) as url:
            yield url, queue


@contextmanager
def _own_redis() -> Iterator[str]:
    """An empty database number, emptied again afterwards."""
    try:
        numbers = secrets.SystemRandom().sample(range(1, 16), 15)
        url = next(url for url in (f"{REDIS}/{number}" for number in numbers) if _claim(url))
    except redis.ConnectionError:
        pytest.skip(f"Redis does not answer at {REDIS}")
    except StopIteration:
        pytest.skip(f"no empty database number left at {REDIS}")
    try:
        yield url
    finally:
        with redis.Redis.from_url(url) as client:
            client.flushdb()


def _claim(url: str) -> bool:
    with redis.Redis.from_url(url, socket_connect_timeout=1) as client:
        return client.dbsize() == 0 and bool(client.set("claimed", 1, nx=True, ex=600))


@contextmanager
def _own_rabbit(queue: str) -> Iterator[str]:
    try:
        with kombu.Connection(RABBIT, connect_timeout=1) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except kombu.exceptions.OperationalError:
        pytest.skip("RabbitMQ does not answer at 127.0.0.1:5672")
    try:
        yield RABBIT
    finally:
        with kombu.Connection(RABBIT) as connection:
            connection.default_channel.queue_delete(queue)
            connection.default_channel.exchange_delete(queue)
