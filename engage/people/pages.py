"""Sign in, sign out, choose a password; the desk's people page."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.addresses import address, url
from engage.core.errors import InvalidInput
from engage.core.forms import options, read_form
from engage.core.http import Request
from engage.core.limits import address_key, count_failure, refuse_if_too_many
from engage.core.pages import go, language, render, settings_of
from engage.core.permissions import EVERYONE, STAFF, Role, actor_of, holds
from engage.core.security import SESSION_COOKIE, drop_cookie, keyed_hash, make_cookie
from engage.people import service
from engage.people.forms import ROLES, InvitationForm, PasswordForm, ResetForm, SignInForm
from translations import N_, in_language

SIGN_IN = address("sign-in", cy="/mewngofnodi", en="/sign-in")
SIGN_OUT = address("sign-out", cy="/allgofnodi", en="/sign-out")
FORGOTTEN = address("forgotten-password", cy="/cyfrinair-newydd", en="/new-password")
CHOOSE = address("choose-password", cy="/dewis-cyfrinair/{token:str}", en="/choose-password/{token:str}")
PEOPLE = address("people", cy="/desg/pobl", en="/desk/people")

TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100


def _inside(path: str | None) -> str | None:
    """A path of our own to go on to after signing in; never another site."""
    return path if path and path.startswith(("/cy/", "/en/")) and "\\" not in path else None


@get(SIGN_IN, guards=[EVERYONE])
async def sign_in_page(request: Request) -> Response[str]:
    return render(request, "people/sign-in.html", form=SignInForm(), switch_form=True)


@post(SIGN_IN, guards=[EVERYONE])
async def sign_in(request: Request, session: NamedDependency[AsyncSession]) -> Response[str] | Redirect:
    form = await read_form(request, SignInForm)
    if form.switching or not form.validate():
        return render(request, "people/sign-in.html", form=form, switch_form=True)
    settings = settings_of(request)
    keys = [
        (keyed_hash(settings, "sign-in", (form.email.data or "").lower()), TRIES_PER_ACCOUNT),
        (address_key(settings, request, "sign-in"), TRIES_PER_ADDRESS),
    ]
    for key, limit in keys:
        await refuse_if_too_many(session, key, limit)
    person = await service.check_password(session, form.email.data or "", form.password.data or "")
    if person is None:
        for key, _limit in keys:
            await count_failure(request.app.state.sessions, key)
        form.refuse(InvalidInput({"email": N_("The e-mail address or the password is not right")}))
        return render(request, "people/sign-in.html", form=form, switch_form=True)
    token = await service.start_session(session, person)
    onward = _inside(request.query_params.get("next")) or url(language(request), "desk")
    answer = Redirect(onward, status_code=303)
    answer.set_cookie(make_cookie(settings, SESSION_COOKIE, token))
    return answer


@post(SIGN_OUT, guards=[STAFF])
async def sign_out(request: Request, session: NamedDependency[AsyncSession]) -> Redirect:
    await service.end_session(session, actor_of(request).session_token)
    answer = go(request, "home")
    answer.set_cookie(drop_cookie(settings_of(request), SESSION_COOKIE))
    return answer


@get(FORGOTTEN, guards=[EVERYONE])
async def forgotten_page(request: Request) -> Response[str]:
    return render(request, "people/forgotten.html", form=ResetForm(), switch_form=True, sent=False)


@post(FORGOTTEN, guards=[EVERYONE])
async def forgotten(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    form = await read_form(request, ResetForm)
    if form.switching or not form.validate():
        return render(request, "people/forgotten.html", form=form, switch_form=True, sent=False)
    key = address_key(settings_of(request), request, "reset")
    await refuse_if_too_many(session, key, TRIES_PER_ADDRESS)
    await count_failure(request.app.state.sessions, key)
    await service.ask_for_reset(session, form.email.data or "")
    return render(request, "people/forgotten.html", form=form, sent=True)


@get(CHOOSE, guards=[EVERYONE])
async def choose_password_page(
    request: Request,
    token: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str]:
    person = await service.link_owner(session, token)
    return render(
        request, "people/choose-password.html", form=PasswordForm(), email=person.email, headers=NO_REFERRER
    )


@post(CHOOSE, guards=[EVERYONE])
async def choose_password(
    request: Request,
    token: FromPath[str],
    session: NamedDependency[AsyncSession],
) -> Response[str] | Redirect:
    person = await service.link_owner(session, token)
    form = await read_form(request, PasswordForm)
    if form.validate():
        try:
            await service.use_link(session, token, form.password.data or "")
            return go(request, "sign-in")
        except InvalidInput as error:
            form.refuse(error)
    return render(request, "people/choose-password.html", form=form, email=person.email, headers=NO_REFERRER)


NO_REFERRER = {"referrer-policy": "no-referrer"}


async def _people_page(request: Request, session: AsyncSession, form: InvitationForm) -> Response[str]:
    own = await service.organisations_of(session, actor_of(request), Role.ADMINISTRATOR)
    names = {organisation.id: in_language(organisation.name, language(request)) for organisation in own}
    form.organisation.choices = options((str(key), name) for key, name in names.items())
    people = await service.colleagues(session, list(names))
    return render(
        request,
        "people/people.html",
        form=form,
        people=people,
        names=names,
        role_names=dict(ROLES),
        switch_form=True,
    )


@get(PEOPLE, guards=[holds(Role.ADMINISTRATOR)])
async def people_page(request: Request, session: NamedDependency[AsyncSession]) -> Response[str]:
    return await _people_page(request, session, InvitationForm())


@post(PEOPLE, guards=[holds(Role.ADMINISTRATOR)])
async def invite(request: Request, session: NamedDependency[AsyncSession]) -> Response[str] | Redirect:
    form = await read_form(request, InvitationForm)
    own = await service.organisations_of(session, actor_of(request), Role.ADMINISTRATOR)
    form.organisation.choices = options((str(organisation.id), "") for organisation in own)
    if form.switching or not form.validate():
        return await _people_page(request, session, form)
    await service.invite(
        session,
        actor_of(request),
        email=form.email.data or "",
        name=form.name.data or "",
        language=form.language.data,
        organisation_id=UUID(form.organisation.data),
        role=Role(form.role.data),
    )
    return go(request, "people")


HANDLERS = [
    sign_in_page,
    sign_in,
    sign_out,
    forgotten_page,
    forgotten,
    choose_password_page,
    choose_password,
    people_page,
    invite,
]
