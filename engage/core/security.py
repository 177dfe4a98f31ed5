"""Headers, cookies and the proof that a form was sent from our own page."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from litestar.datastructures import Cookie, FormMultiDict
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.types import Message as ASGIMessage

from engage.core.errors import CrossSite
from engage.core.http import Request
from engage.core.settings import Settings

SESSION_COOKIE = "session"
LANGUAGE_COOKIE = "language"
PASS_COOKIE = "pass"  # noqa: S105  # the cookie's name

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


async def add_headers(message: ASGIMessage, scope: Scope) -> None:
    """Litestar's ``before_send``: every answer carries the headers, error pages and static files too."""
    if message["type"] != "http.response.start":
        return
    headers = list(message.get("headers", []))
    present = {name.lower() for name, _ in headers}
    for name, value in HEADERS.items():
        if name.encode() not in present:
            headers.append((name.encode(), value.encode()))
    settings: Settings = scope["litestar_app"].state.settings
    if settings.secure:
        headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    if b"cache-control" not in present:
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers


def cookie_name(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.secure else name


def make_cookie(settings: Settings, name: str, value: str, *, max_age: int | None = None) -> Cookie:
    return Cookie(
        key=cookie_name(settings, name),
        value=value,
        path="/",
        httponly=True,
        secure=settings.secure,
        samesite="lax",
        max_age=max_age,
    )


def drop_cookie(settings: Settings, name: str) -> Cookie:
    return make_cookie(settings, name, "", max_age=0)


def read_cookie(request: Request, name: str) -> str | None:
    return request.cookies.get(cookie_name(request.app.state.settings, name)) or None


def new_token() -> str:
    """256 bits; only its hash is ever stored."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Enough for a random token of 256 bits; what a person can guess goes through argon2 or a keyed hash."""
    return hashlib.sha256(token.encode()).digest()


def keyed_hash(settings: Settings, purpose: str, value: str) -> bytes:
    """HMAC-SHA-256 under the server key, one purpose never comparable with another."""
    return hmac.digest(settings.server_key, f"{purpose}\0{value}".encode(), "sha256")


def csrf_token(settings: Settings, session_token: str) -> str:
    """Bound to the session, and masked anew on each page so that compression cannot leak it (BREACH)."""
    mask = secrets.token_bytes(32)
    secret = keyed_hash(settings, "csrf", session_token)
    return base64.urlsafe_b64encode(mask + _xor(mask, secret)).decode()


def csrf_token_is_valid(settings: Settings, session_token: str, given: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(given.encode())
    except ValueError:
        return False
    secret = keyed_hash(settings, "csrf", session_token)
    return len(raw) == 64 and hmac.compare_digest(_xor(raw[:32], raw[32:]), secret)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


class OwnForms(ASGIMiddleware):
    """Every unsafe request must come from our own page. Raises CrossSite.

    The browser says where it comes from (Sec-Fetch-Site, else Origin): another site is refused. A form sent with a
    session must carry that session's token besides; JSON cannot be sent across sites unasked. The form is read here,
    before any guard, so that whatever goes wrong afterwards the error page can give back what was typed.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS:
            request = Request(scope, receive)
            sent = await request.form() if _is_form(request) else None
            scope.setdefault("state", {})["sent"] = sent
            _refuse_cross_site(request, sent)
        await next_app(scope, receive, send)


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "")
    return kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data"))


def _refuse_cross_site(request: Request, sent: FormMultiDict | None) -> None:
    if not _from_our_own_page(request):
        raise CrossSite
    session = read_cookie(request, SESSION_COOKIE)
    if not session or request.headers.get("content-type", "").startswith("application/json"):
        return
    given = str(sent.get("csrf_token", "")) if sent is not None else ""
    if not csrf_token_is_valid(request.app.state.settings, session, given):
        raise CrossSite


def _from_our_own_page(request: Request) -> bool:
    if site := request.headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    if origin := request.headers.get("origin"):
        return urlsplit(origin).netloc == request.headers.get("host")
    # A browser too old for either header is only trusted with what needs no cookie, or with the session's own token.
    return True
