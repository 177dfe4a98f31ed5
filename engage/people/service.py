"""Signing in and out, invitations and password resets, and who belongs where."""

import asyncio
from datetime import timedelta
from functools import lru_cache
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from engage.core import audit
from engage.core.clock import now
from engage.core.errors import InvalidInput, NotFound, Refused
from engage.core.outbox import enqueue
from engage.core.permissions import Actor, Role, require
from engage.core.security import hash_token, new_token
from engage.people.models import (
    Membership,
    Organisation,
    Partnership,
    Person,
    SingleUseLink,
    StaffSession,
    Ward,
)
from translations import N_, Bilingual, draft, slugify

SESSION_LASTS = timedelta(hours=12)
LINK_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=1)
SHORTEST_PASSWORD = 12

hasher = PasswordHasher()


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hasher.hash(new_token())


async def check_password(session: AsyncSession, email: str, password: str) -> Person | None:
    """The person, or None; an unknown address takes as long as a wrong password."""
    person = await session.scalar(select(Person).where(func.lower(Person.email) == email.strip().lower()))
    stored = person.password_hash if person else None
    try:
        await asyncio.to_thread(hasher.verify, stored or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return None
    return person if stored else None


async def start_session(session: AsyncSession, person: Person) -> str:
    """The token for the cookie; only its hash stays here."""
    token = new_token()
    session.add(
        StaffSession(token_hash=hash_token(token), person_id=person.id, expires_at=now() + SESSION_LASTS)
    )
    await session.flush()
    return token


async def end_session(session: AsyncSession, token: str) -> None:
    await session.execute(delete(StaffSession).where(StaffSession.token_hash == hash_token(token)))


async def actor_by_token(session: AsyncSession, token: str) -> Actor | None:
    """Who holds this session cookie, with every role, in one statement."""
    rows = (
        await session.execute(
            select(Person.id, Person.name, Person.language, Membership.organisation_id, Membership.role)
            .join(StaffSession, StaffSession.person_id == Person.id)
            .outerjoin(Membership, Membership.person_id == Person.id)
            .where(StaffSession.token_hash == hash_token(token), StaffSession.expires_at > now())
        )
    ).all()
    if not rows:
        return None
    person_id, name, language, *_ = rows[0]
    roles = frozenset((organisation, role) for *_, organisation, role in rows if organisation)
    return Actor(person_id=person_id, name=name, language=language, roles=roles, session_token=token)


def check_new_password(password: str) -> None:
    """Length is the rule (NCSC, NIST SP 800-63B section 5.1.1.2): no demands for special characters."""
    if len(password) < SHORTEST_PASSWORD:
        message = N_(
            "Use at least %(number)s characters. Three random words are a good password.",
            number=SHORTEST_PASSWORD,
        )
        raise InvalidInput({"password": message})


async def set_password(session: AsyncSession, person: Person, password: str) -> None:
    """Every session of the person ends, and every other link that could change the password is dead."""
    check_new_password(password)
    person.password_hash = await asyncio.to_thread(hasher.hash, password)
    await session.execute(delete(StaffSession).where(StaffSession.person_id == person.id))
    unused = (SingleUseLink.person_id == person.id) & SingleUseLink.used_at.is_(None)
    await session.execute(delete(SingleUseLink).where(unused))


async def create_administrator(
    session: AsyncSession, *, email: str, name: str, organisation_id: UUID, password: str
) -> Person:
    """For whoever holds the server: a person who is known already gets the role and this password."""
    person = await session.scalar(select(Person).where(func.lower(Person.email) == email.strip().lower()))
    if person is None:
        person = Person(email=email.strip(), name=name)
        session.add(person)
        await session.flush()
    await set_password(session, person, password)
    role = {"person_id": person.id, "organisation_id": organisation_id, "role": Role.ADMINISTRATOR}
    await session.execute(insert(Membership).values(id=uuid4(), **role).on_conflict_do_nothing())
    audit.record(session, None, "person.administrator-created", "person", person.id)
    await session.flush()
    return person


async def invite(
    session: AsyncSession,
    actor: Actor,
    *,
    email: str,
    name: str,
    language: str,
    organisation_id: UUID,
    role: Role,
) -> Person:
    """Makes the person if need be, gives the role, and sends a single-use link to choose a password."""
    require(actor.holds(Role.ADMINISTRATOR, organisation_id))
    person = await session.scalar(select(Person).where(func.lower(Person.email) == email.strip().lower()))
    if person is None:
        person = Person(email=email.strip(), name=name.strip(), language=language)
        session.add(person)
        await session.flush()
    held = await session.scalar(
        select(Membership.id).where(
            Membership.person_id == person.id,
            Membership.organisation_id == organisation_id,
            Membership.role == role,
        )
    )
    if held:
        raise Refused(N_("This person already has that role"), N_("Nothing needs to be done."))
    session.add(Membership(person_id=person.id, organisation_id=organisation_id, role=role))
    audit.record(session, actor, "person.invited", "person", person.id, reason=role)
    await session.flush()
    if person.password_hash is None:
        await enqueue(session, "people.send_link", person_id=str(person.id), purpose="invitation")
    return person


async def ask_for_reset(session: AsyncSession, email: str) -> None:
    """Says the same whether the address is known or not."""
    person_id = await session.scalar(
        select(Person.id).where(func.lower(Person.email) == email.strip().lower())
    )
    if person_id:
        await enqueue(session, "people.send_link", person_id=str(person_id), purpose="reset")


async def make_link(session: AsyncSession, person_id: UUID, purpose: str) -> str:
    """The token of a fresh single-use link; earlier ones of the same purpose stop working."""
    token = new_token()
    await session.execute(
        delete(SingleUseLink).where(SingleUseLink.person_id == person_id, SingleUseLink.purpose == purpose)
    )
    lasts = RESET_LASTS if purpose == "reset" else LINK_LASTS
    session.add(
        SingleUseLink(
            token_hash=hash_token(token), person_id=person_id, purpose=purpose, expires_at=now() + lasts
        )
    )
    await session.flush()
    return token


async def link_owner(session: AsyncSession, token: str) -> Person:
    """Whose live link this is. Raises NotFound for a used, expired or made-up one."""
    person = await session.scalar(select(Person).join(SingleUseLink).where(_live(token)))
    if person is None:
        raise NotFound(N_("This link no longer works"), N_("Ask for a new one on the sign-in page."))
    return person


async def use_link(session: AsyncSession, token: str, password: str) -> Person:
    """Sets the password and spends the link in one go: of two tabs, one wins."""
    person = await link_owner(session, token)
    check_new_password(password)
    spent = await session.execute(
        update(SingleUseLink).where(_live(token)).values(used_at=now()).returning(SingleUseLink.person_id)
    )
    if spent.first() is None:
        raise NotFound(N_("This link no longer works"), N_("Ask for a new one on the sign-in page."))
    await set_password(session, person, password)
    audit.record(session, None, "person.password-set", "person", person.id)
    return person


def _live(token: str) -> ColumnElement[bool]:
    return (
        (SingleUseLink.token_hash == hash_token(token))
        & SingleUseLink.used_at.is_(None)
        & (SingleUseLink.expires_at > now())
    )


async def organisations(session: AsyncSession, partnership_id: UUID | None = None) -> list[Organisation]:
    wanted = select(Organisation)
    if partnership_id:
        wanted = wanted.where(Organisation.partnership_id == partnership_id)
    return list(await session.scalars(wanted))


async def organisations_of(session: AsyncSession, actor: Actor, *roles: Role) -> list[Organisation]:
    """Where the person holds one of these roles."""
    ids = [
        organisation
        for organisation in actor.organisations
        if any(actor.holds(role, organisation) for role in roles)
    ]
    return list(await session.scalars(select(Organisation).where(Organisation.id.in_(ids))))


async def only_partnership(session: AsyncSession) -> Bilingual | None:
    """The name that stands beside the product's own, where the platform serves one partnership."""
    names = (await session.scalars(select(Partnership.name).limit(2))).all()
    return names[0] if len(names) == 1 else None


async def partnership(session: AsyncSession, slug: str) -> Partnership:
    found = await session.scalar(
        select(Partnership).where((Partnership.slug_cy == slug) | (Partnership.slug_en == slug))
    )
    if found is None:
        raise NotFound
    return found


async def wards(session: AsyncSession, partnership_id: UUID) -> list[Ward]:
    return list(await session.scalars(select(Ward).where(Ward.partnership_id == partnership_id)))


async def colleagues(session: AsyncSession, organisation_ids: list[UUID]) -> list[Person]:
    """Everyone with a role in these organisations, with their roles."""
    return list(
        await session.scalars(
            select(Person)
            .where(
                Person.id.in_(
                    select(Membership.person_id).where(Membership.organisation_id.in_(organisation_ids))
                )
            )
            .options(selectinload(Person.memberships))
            .order_by(Person.name)
        )
    )


async def found_organisation(session: AsyncSession, partnership_name: str, name: str) -> Organisation:
    """The organisation of this name, made (and its partnership) if there is none; names are corrected later."""
    for organisation in await organisations(session):
        if name in (organisation.name.cy.text, organisation.name.en.text):
            return organisation
    found = await session.scalar(
        select(Partnership).where(Partnership.slug_en == (slugify(partnership_name, "en") or "partnership"))
    )
    if found is None:
        slug = slugify(partnership_name, "en") or "partnership"
        found = Partnership(slug_cy=slug, slug_en=slug, name=draft(cy=partnership_name, en=partnership_name))
        session.add(found)
        await session.flush()
    organisation = Organisation(partnership_id=found.id, kind="council", name=draft(cy=name, en=name))
    session.add(organisation)
    await session.flush()
    return organisation
