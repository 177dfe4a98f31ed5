"""Where a round and its projects are found, for pages and for the jobs that write of them in the thread."""

from litestar.response import Redirect

from budgeting.models import Round
from engage.core.addresses import address, url
from engage.core.http import Request
from engage.core.pages import language

ROUND = address("round", cy="/rowndiau/{slug:str}", en="/rounds/{slug:str}")
PROJECT = address(
    "project",
    cy="/rowndiau/{slug:str}/prosiectau/{project:str}",
    en="/rounds/{slug:str}/projects/{project:str}",
)


def to_own_slug(
    request: Request, name: str, given: str, round_: Round, **parameters: object
) -> Redirect | None:
    """The other language's slug leads on to that of the page."""
    lang = language(request)
    own = round_.slug(lang)
    return None if given == own else Redirect(url(lang, name, slug=own, **parameters), status_code=301)
