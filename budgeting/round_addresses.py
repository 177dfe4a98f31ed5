"""A round's pages know its slug in either language and lead on to that of the page."""

from litestar.response import Redirect

from budgeting.models import Round
from engage.core.addresses import url
from engage.core.http import Request
from engage.core.pages import language


def to_own_slug(
    request: Request,
    name: str,
    given: str,
    round_: Round,
    **parameters: object,
) -> Redirect | None:
    lang = language(request)
    own = round_.slug(lang)
    return None if given == own else Redirect(url(lang, name, slug=own, **parameters), status_code=301)
