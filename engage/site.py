"""The home page and the footer's pages: what belongs to no one slice."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting.queries import open_rounds
from engage.campaigns.queries import open_campaigns
from engage.core.addresses import address
from engage.core.http import Request
from engage.core.pages import language, remembered_language, render, settings_of
from engage.core.permissions import EVERYONE
from feedback.queries import latest_responses
from translations import N_, Message, say

HOME = address("home", cy="/", en="/")


@get("/", guards=[EVERYONE], include_in_schema=False)
async def choose(request: Request) -> Response[str] | Redirect:
    """The first visit shows both languages; afterwards the remembered one."""
    remembered = remembered_language(request)
    if remembered:
        return Redirect(f"/{remembered}", status_code=303)
    return render(request, "site/choose.html")


@get("/health", guards=[EVERYONE], include_in_schema=False, opt={"quiet": True})
async def health(session: NamedDependency[AsyncSession]) -> dict[str, str]:
    """For whatever watches the server: it answers, and so does its database."""
    await session.execute(select(1))
    return {"status": "ok"}


@get(HOME, guards=[EVERYONE])
async def home(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    lang = language(request)
    return render(
        request,
        "site/home.html",
        open_campaigns=await open_campaigns(session, lang),
        open_rounds=await open_rounds(session, lang),
        latest_responses=await latest_responses(session, lang),
    )


def _static_page(name: str, *, cy: str, en: str) -> HTTPRouteHandler:
    @get(address(name, cy=cy, en=en), guards=[EVERYONE], name=name)
    async def page(request: Request) -> Response[str]:
        return render(request, f"site/{name}.html", **_context(request))

    return page


def _context(request: Request) -> dict[str, Any]:
    settings, lang = settings_of(request), language(request)
    contact = {
        "name": "Cydlais",
        "email": settings.contact_email,
        "phone": settings.contact_phone,
        "post": None,
    }
    retention = [{"what": say(what, lang), "rule": say(rule, lang)} for what, rule in RETENTION]
    return {"contact": contact, "retention": retention, "prepared": None}


# What the tables say of themselves (``info["retention"]``), in the words of the people whom it concerns.
RETENTION: list[tuple[Message, Message]] = [
    (N_("The words of a published story"), N_("Until you withdraw it")),
    (N_("What a moderator took out of a story"), N_("Until 12 months after the campaign ends, sealed")),
    (N_("A story that you have not finished"), N_("24 hours")),
    (N_("That your browser opened a receipt"), N_("One hour")),
    (N_("The roll of a vote: who may vote"), N_("Until 6 months after the vote is decided")),
    (N_("Ballots, without anything that says whose they are"), N_("For ever, as the proof of the count")),
    (N_("Wrong tries at a code, without your address"), N_("10 minutes")),
    (N_("Who on our staff did what"), N_("7 years")),
    (N_("Accounts of our staff"), N_("While they work here")),
    (N_("Themes, responses and commitments"), N_("For ever, as the public record")),
]

HANDLERS = [
    choose,
    health,
    home,
    _static_page("accessibility", cy="/hygyrchedd", en="/accessibility"),
    _static_page("privacy", cy="/preifatrwydd", en="/privacy"),
    _static_page("cookies", cy="/cwcis", en="/cookies"),
    _static_page("contact", cy="/cysylltu", en="/contact"),
]
