"""Who is calling: the session cookie becomes an Actor in the scope, before any guard runs."""

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from engage.core.http import Request
from engage.core.security import SESSION_COOKIE, read_cookie
from engage.people.service import actor_by_token


class Authentication(ASGIMiddleware):
    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        scope["user"] = None
        if scope["type"] == ScopeType.HTTP and (token := read_cookie(Request(scope), SESSION_COOKIE)):
            async with scope["litestar_app"].state.sessions() as session:
                scope["user"] = await actor_by_token(session, token)
        await next_app(scope, receive, send)
