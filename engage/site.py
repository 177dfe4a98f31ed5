"""The home page and the footer's pages: what belongs to no one slice."""

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting.queries import open_rounds
from engage.campaigns.queries import open_campaigns
from engage.core.addresses import address
from engage.core.database import Base
from engage.core.pages import language, remembered_language, render, settings_of
from engage.core.permissions import EVERYONE
from feedback.queries import latest_responses

HOME = address("home", cy="/", en="/")


@get("/", guards=[EVERYONE], include_in_schema=False)
async def choose(request: Request) -> Response[str] | Redirect:  # type: ignore[type-arg]
    """The first visit shows both languages; afterwards the remembered one."""
    remembered = remembered_language(request)
    if remembered:
        return Redirect(f"/{remembered}", status_code=303)
    return render(request, "site/choose.html", contact=None)


@get(HOME, guards=[EVERYONE])
async def home(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:  # type: ignore[type-arg]
    lang = language(request)
    return render(
        request,
        "site/home.html",
        open_campaigns=await open_campaigns(session, lang),
        open_rounds=await open_rounds(session, lang),
        latest_responses=await latest_responses(session, lang),
    )


def _static_page(name: str, *, cy: str, en: str):  # type: ignore[no-untyped-def]
    @get(address(name, cy=cy, en=en), guards=[EVERYONE], name=name)
    async def page(request: Request) -> Response[str]:  # type: ignore[type-arg]
        settings = settings_of(request)
        contact = {"email": settings.contact_email, "phone": settings.contact_phone}
        return render(request, f"site/{name}.html", contact=contact, retention=retention())

    return page


def retention() -> list[dict[str, str]]:
    """Every table with how long its rows are kept, as the tables themselves say."""
    return [
        {"what": table.name, "rule": table.info["retention"]}
        for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    ]


HANDLERS = [
    choose,
    home,
    _static_page("accessibility", cy="/hygyrchedd", en="/accessibility"),
    _static_page("privacy", cy="/preifatrwydd", en="/privacy"),
    _static_page("cookies", cy="/cwcis", en="/cookies"),
    _static_page("contact", cy="/cysylltu", en="/contact"),
]
