"""Structured logs without story text, contact, code or token: routes are named by template, people not at all."""

import logging
import time
from uuid import uuid4

import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.types import Message as ASGIMessage

from engage.core.settings import Settings

log = structlog.get_logger()


def configure(settings: Settings) -> None:
    renderer = (
        structlog.dev.ConsoleRenderer(colors=False)
        if settings.log_format == "text"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


class RequestLog(ASGIMiddleware):
    """One line per request. A route with ``opt={"quiet": True}`` (casting a ballot, static files) leaves none."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope["type"] != ScopeType.HTTP:
            await next_app(scope, receive, send)
            return
        request_id = uuid4().hex[:12]
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def watch(message: ASGIMessage) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await next_app(scope, receive, watch)
        handler = scope.get("route_handler")
        if handler is None or not handler.opt.get("quiet"):
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=scope.get("path_template", ""),
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
