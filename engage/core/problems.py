"""The one place where an error becomes a page, or problem+json (RFC 9457), in the reader's language."""

import traceback
from typing import Any

import asyncpg
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.response import Redirect
from sqlalchemy.exc import DBAPIError, IntegrityError

from engage.core.addresses import url
from engage.core.errors import Conflict, DomainError, InvalidInput, NotFound, SignInNeeded
from engage.core.http import Request
from engage.core.pages import language, render
from engage.core.security import SAFE_METHODS
from translations import N_, Message, OneSided, say

log = structlog.get_logger()

# What is echoed back so that nothing typed is lost; secrets and machinery are not.
NEVER_ECHOED = frozenset(
    {"csrf_token", "password", "password_again", "code", "receipt", "token", "switch_language"}
)

_SENTENCES: dict[str, Message] = {}


class Unexpected(DomainError):
    status = 500
    code = "unexpected"
    title = N_("Something went wrong on our side")
    advice = N_(
        "Nothing was saved. Try again in a few minutes; if it happens again, tell us the number below."
    )


class TooLarge(DomainError):
    status = 413
    code = "too-large"
    title = N_("That was too large")
    advice = N_("Send a smaller file or a shorter text.")


class NotUnderstood(DomainError):
    title = N_("We did not understand that request")
    advice = N_("Go back and try again.")


class WrongMethod(DomainError):
    status = 405
    code = "method-not-allowed"
    title = N_("This page cannot be used that way")
    advice = N_("Go back and use the buttons on the page.")


class NotBothSides(DomainError):
    """What OneSided, or the database's own gate, becomes."""

    status = 409
    code = "not-both-languages"
    title = OneSided.message
    advice = N_("Complete and approve the Welsh and the English, then try again.")


def conflict_says(constraint: str, sentence: Message) -> None:
    """What a person reads when this database constraint refuses a row; the answer is a 409, never a 500."""
    _SENTENCES[constraint] = sentence


def to_domain(error: Exception) -> DomainError:
    match error:
        case DomainError():
            return error
        case OneSided():
            return NotBothSides()
        case IntegrityError() if _constraint(error).endswith("_both_sides"):
            return NotBothSides()
        case IntegrityError():
            return Conflict(_SENTENCES.get(_constraint(error)))
        case DBAPIError() if getattr(error.orig, "sqlstate", "") in ("40001", "40P01", "55P03"):
            return Conflict()
        case DBAPIError() if isinstance(getattr(error.orig, "__cause__", None), asyncpg.DataError):
            return NotUnderstood()  # a NUL in an address, a number beyond all numbers
        case NotFoundException():
            return NotFound()
        case MethodNotAllowedException():
            return WrongMethod()
        case HTTPException() if error.status_code == 413:
            return TooLarge()
        case HTTPException() if error.status_code < 500:
            return NotUnderstood()
    return Unexpected()


def _constraint(error: IntegrityError) -> str:
    cause: Any = error.orig
    while cause is not None and not getattr(cause, "constraint_name", None):
        cause = cause.__cause__
    return str(getattr(cause, "constraint_name", ""))


def handle(request: Request, error: Exception) -> Response[Any]:
    """Litestar's one exception handler."""
    problem = to_domain(error)
    if problem.status >= 500:
        # The class and the place, not the message: a database error quotes the values of the row.
        log.error("unexpected", error=type(error).__name__, where=_where(error))
        if request.app.state.settings.environment in ("development", "test"):
            traceback.print_exception(error)
    if request.scope["path"].startswith("/api/"):
        return as_problem(request, problem)
    if isinstance(problem, SignInNeeded) and request.method in SAFE_METHODS:
        return Redirect(url(language(request), "sign-in", next=request.scope["path"]), status_code=303)
    return as_page(request, problem)


def as_problem(request: Request, problem: DomainError) -> Response[dict[str, Any]]:
    reader = language(request)
    body: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": say(problem.title, reader),
        "status": problem.status,
        "detail": say(problem.advice, reader),
        "instance": request.scope.get("state", {}).get("request_id"),
    }
    if isinstance(problem, InvalidInput):
        body["errors"] = {name: say(message, reader) for name, message in problem.fields.items()}
    return Response(
        body,
        status_code=problem.status,
        media_type="application/problem+json",
        headers={"content-language": reader},
    )


def as_page(request: Request, problem: DomainError) -> Response[str]:
    fields = list(problem.fields.values()) if isinstance(problem, InvalidInput) else []
    return render(
        request,
        "errors/error.html",
        status=problem.status,
        title=problem.title,
        explanation=fields,
        what_to_do=problem.advice,
        request_id=request.scope.get("state", {}).get("request_id"),
        typed=_typed(request),
        retry_address=request.scope["path"],
    )


def _typed(request: Request) -> list[tuple[str, str]]:
    """What OwnForms read before anything could go wrong."""
    sent = request.scope.get("state", {}).get("sent")
    if sent is None:
        return []
    return [
        (name, value)
        for name, value in sent.multi_items()
        if isinstance(value, str) and name not in NEVER_ECHOED
    ]


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
