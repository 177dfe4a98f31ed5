"""Small worlds for tests, made the way the product makes them where that is cheap."""

import secrets
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign, CampaignPart, Part
from engage.core.clock import now, today
from engage.core.permissions import Actor, Role
from engage.people.models import Membership, Organisation, Partnership, Person, Ward
from engage.stories.models import Channel, Consent, State, Story
from translations import Bilingual, Side


def both(cy: str, en: str) -> Bilingual:
    return Bilingual(
        cy=Side(text=cy, state="approved", at=now()), en=Side(text=en, state="approved", at=now())
    )


async def make_partnership(session: AsyncSession, slug: str = "bro-prawf") -> Partnership:
    partnership = Partnership(
        slug_cy=slug, slug_en=f"{slug}-en", name=both("Partneriaeth y Fro", "Vale Partnership")
    )
    session.add(partnership)
    await session.flush()
    session.add(Ward(code=f"{slug}-1", partnership_id=partnership.id, name_cy="Y Cei", name_en="The Quay"))
    session.add(
        Ward(code=f"{slug}-2", partnership_id=partnership.id, name_cy="Pen-y-bryn", name_en="Pen-y-bryn")
    )
    await session.flush()
    return partnership


async def make_organisation(
    session: AsyncSession, partnership: Partnership, cy: str = "Cyngor y Fro", en: str = "Vale Council"
) -> Organisation:
    organisation = Organisation(partnership_id=partnership.id, kind="council", name=both(cy, en))
    session.add(organisation)
    await session.flush()
    return organisation


async def make_person(
    session: AsyncSession, organisation: Organisation, *roles: Role, name: str = "Elin Prydderch"
) -> Person:
    email = f"{name.split()[0].lower()}.{organisation.id.hex[:8]}@example.org"
    person = Person(email=email, name=name, language="cy")
    session.add(person)
    await session.flush()
    session.add_all(
        Membership(person_id=person.id, organisation_id=organisation.id, role=role) for role in roles
    )
    await session.flush()
    return person


def actor_for(person: Person, organisation: Organisation, *roles: Role) -> Actor:
    return Actor(person.id, person.name, "cy", frozenset((organisation.id, role) for role in roles), "")


async def make_campaign(
    session: AsyncSession,
    lead: Organisation,
    *,
    partners: tuple[Organisation, ...] = (),
    published: bool = True,
    **values: Any,
) -> Campaign:
    """Open today unless its dates say otherwise."""
    day: date = today()
    number = secrets.token_hex(3)
    campaign = Campaign(
        **{
            "partnership_id": lead.partnership_id,
            "slug_cy": f"y-stryd-{number}",
            "slug_en": f"the-street-{number}",
            "title": both("Y stryd fawr", "The high street"),
            "summary": both("Rydyn ni am glywed am y stryd.", "We want to hear about the street."),
            "prompt": both("Beth ddigwyddodd ar y stryd?", "What happened on the street?"),
            "promise": both("Byddwn ni’n darllen pob stori.", "We will read every story."),
            "opens": day - timedelta(days=5),
            "closes": day + timedelta(days=5),
            "feedback_by": day + timedelta(days=40),
            "published_at": now() if published else None,
            **values,
        }
    )
    session.add(campaign)
    await session.flush()
    for organisation in (lead, *partners):
        session.add(
            CampaignPart(
                campaign_id=campaign.id,
                organisation_id=organisation.id,
                lead=organisation is lead,
                may=[part.value for part in Part],
            )
        )
    await session.flush()
    await session.refresh(campaign, ["parts"])
    return campaign


async def make_story(
    session: AsyncSession, campaign: Campaign, text: str = "Roedd y stryd yn dawel.", **values: Any
) -> Story:
    story = Story(
        **{
            "campaign_id": campaign.id,
            "state": State.CLEARED,
            "text": text,
            "language": "cy",
            "channel": Channel.WEB,
            "consent": Consent.PUBLISH,
            "told_on": today(),
            **values,
        }
    )
    session.add(story)
    await session.flush()
    return story
