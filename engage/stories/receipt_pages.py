"""What a receipt opens: the story, what came of it, and the teller's rights over it."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns import service as campaigns
from engage.core import thread
from engage.core.addresses import address
from engage.core.errors import InvalidInput
from engage.core.forms import read_form
from engage.core.http import Request
from engage.core.limits import address_key, count_failure, refuse_if_too_many
from engage.core.pages import go, render, settings_of
from engage.core.permissions import EVERYONE
from engage.core.security import SESSION_COOKIE, make_cookie, new_token, read_cookie
from engage.stories import moderation, telling
from engage.stories.forms import CONSENT_HINTS, CONSENTS, ConsentForm, ReceiptForm, TextForm
from engage.stories.models import Consent, State, Story
from translations import N_

RECEIPT = address("receipt", cy="/derbynneb", en="/receipt")
YOUR_STORY = address("your-story", cy="/derbynneb/stori", en="/receipt/story")
YOUR_CONSENT = address("your-consent", cy="/derbynneb/stori/caniatad", en="/receipt/story/consent")
YOUR_TEXT = address("your-text", cy="/derbynneb/stori/cywiro", en="/receipt/story/correct")
WITHDRAW = address("withdraw", cy="/derbynneb/stori/tynnu-yn-ol", en="/receipt/story/withdraw")

WRONG_CODES = 200  # per address and ten minutes: a hall of people shares one address
CONSENT_NAMES = dict(CONSENTS)
STATES = {
    State.WAITING: N_("Waiting for a moderator"),
    State.CLEARED: N_("Read by a moderator"),
    State.DECLINED: N_("Not used"),
    State.WITHDRAWN: N_("Withdrawn: its words are gone"),
}


@get(RECEIPT, guards=[EVERYONE])
async def receipt_page(request: Request) -> Response[str]:
    return render(request, "stories/receipt.html", form=ReceiptForm(), switch_form=True)


@post(RECEIPT, guards=[EVERYONE])
async def open_receipt(request: Request, session: NamedDependency[AsyncSession]) -> Response[str] | Redirect:
    form = await read_form(request, ReceiptForm)
    if form.switching or not form.validate():
        return render(request, "stories/receipt.html", form=form, switch_form=True)
    settings = settings_of(request)
    key = address_key(settings, request, "receipt")
    await refuse_if_too_many(session, key, WRONG_CODES)
    story = await telling.story_by_code(session, settings, form.code.data or "")
    if story is None:
        await count_failure(request.app.state.sessions, key)
        form.refuse(InvalidInput({"code": N_("We do not know this code. Check each letter and number.")}))
        return render(request, "stories/receipt.html", form=form, switch_form=True)
    token = read_cookie(request, SESSION_COOKIE) or new_token()
    await telling.open_receipt(session, token, story.id)
    answer = go(request, "your-story")
    answer.set_cookie(make_cookie(settings, SESSION_COOKIE, token))
    return answer


async def _own(request: Request, session: AsyncSession) -> Story | None:
    return await telling.opened_story(session, read_cookie(request, SESSION_COOKIE))


@get(YOUR_STORY, guards=[EVERYONE])
async def your_story(request: Request, session: NamedDependency[AsyncSession]) -> Response[str] | Redirect:
    story = await _own(request, session)
    if story is None:
        return go(request, "receipt")
    return render(
        request,
        "stories/your-story.html",
        story=story,
        campaign=await campaigns.by_id(session, story.campaign_id),
        consent=CONSENT_NAMES[story.consent],
        state=STATES[story.state],
        arrows=await thread.onwards(session, "story", [story.id]),
    )


@get(YOUR_CONSENT, guards=[EVERYONE])
async def your_consent_page(
    request: Request, session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    story = await _own(request, session)
    if story is None:
        return go(request, "receipt")
    form = ConsentForm(data={"consent": story.consent.value})
    return render(request, "stories/your-consent.html", form=form, hints=CONSENT_HINTS, switch_form=True)


@post(YOUR_CONSENT, guards=[EVERYONE])
async def your_consent(request: Request, session: NamedDependency[AsyncSession]) -> Response[str] | Redirect:
    story = await _own(request, session)
    if story is None:
        return go(request, "receipt")
    form = await read_form(request, ConsentForm)
    if form.switching or not form.validate():
        return render(request, "stories/your-consent.html", form=form, hints=CONSENT_HINTS, switch_form=True)
    await moderation.change_consent(session, story, Consent(form.consent.data))
    return go(request, "your-story")


@get(YOUR_TEXT, guards=[EVERYONE])
async def your_text_page(
    request: Request, session: NamedDependency[AsyncSession]
) -> Response[str] | Redirect:
    story = await _own(request, session)
    if story is None:
        return go(request, "receipt")
    form = TextForm(data={"text": story.sealed or story.text})
    return render(request, "stories/your-text.html", form=form, switch_form=True)


@post(YOUR_TEXT, guards=[EVERYONE])
async def your_text(request: Request, session: NamedDependency[AsyncSession]) -> Response[str] | Redirect:
    story = await _own(request, session)
    if story is None:
        return go(request, "receipt")
    form = await read_form(request, TextForm)
    if not form.switching:
        try:
            await moderation.correct(session, story, form.text.data or "")
            return go(request, "your-story")
        except InvalidInput as error:
            form.validate()
            form.refuse(error)
    return render(request, "stories/your-text.html", form=form, switch_form=True)


@get(WITHDRAW, guards=[EVERYONE])
async def withdraw_page(request: Request, session: NamedDependency[AsyncSession]) -> Response[str] | Redirect:
    if await _own(request, session) is None:
        return go(request, "receipt")
    return render(request, "stories/withdraw.html")


@post(WITHDRAW, guards=[EVERYONE])
async def withdraw(request: Request, session: NamedDependency[AsyncSession]) -> Redirect:
    story = await _own(request, session)
    if story is None:
        return go(request, "receipt")
    await moderation.withdraw(session, story)
    return go(request, "your-story")


HANDLERS = [
    receipt_page,
    open_receipt,
    your_story,
    your_consent_page,
    your_consent,
    your_text_page,
    your_text,
    withdraw_page,
    withdraw,
]
