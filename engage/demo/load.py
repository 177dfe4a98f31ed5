"""Fills an empty database with the invented partnership, through the same services that its people use."""

import csv
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign, CampaignPart, Part
from engage.core.clock import now
from engage.core.permissions import Actor, Role
from engage.core.settings import Settings
from engage.core.thread import Arrow
from engage.demo.accounts import PASSWORD
from engage.demo.accounts import read_content as read
from engage.demo.load_rounds import load_rounds
from engage.demo.world import MIDDAY, World
from engage.people.models import Membership, Organisation, Partnership, Person, Ward
from engage.people.service import hasher
from engage.stories.importing import teller_key
from engage.stories.models import Channel, Consent, State, Story
from engage.themes import service as themes
from engage.themes.models import Theme, ThemeRun, ThemeStory
from feedback import service as feedback
from feedback.models import Commitment, Kind, Response, Status
from translations import Bilingual, Side

CONTENT = Path(__file__).parent / "content"

STATES = {"published": State.CLEARED, "waiting": State.WAITING, "declined": State.DECLINED}


def both(item: dict[str, Any], name: str) -> Bilingual:
    """Both sides, approved."""
    return Bilingual(
        cy=Side(text=item[f"{name}_cy"], state="approved", at=now()),
        en=Side(text=item[f"{name}_en"], state="approved", at=now()),
    )


async def load(session: AsyncSession, settings: Settings) -> bool:
    """Loads everything once; False if there is something already."""
    if await session.scalar(select(func.count()).select_from(Partnership)):
        return False
    world = World(settings)
    await _people(session, world)
    await _campaigns(session, world)
    await _stories(session, world)
    await _themes(session, world)
    await _responses(session, world)
    await load_rounds(session, world)
    return True


async def _people(session: AsyncSession, world: World) -> None:
    content = read("partnership")
    own = content["partnership"]
    partnership = Partnership(slug_cy=own["slug_cy"], slug_en=own["slug_en"], name=both(own, "name"))
    session.add(partnership)
    await session.flush()
    session.add_all(Ward(partnership_id=partnership.id, **ward) for ward in own["wards"])
    for item in content["organisations"]:
        row = Organisation(partnership_id=partnership.id, kind=item["kind"], name=both(item, "name"))
        session.add(row)
        world.organisations[item["key"]] = row
    await session.flush()
    password = hasher.hash(PASSWORD)
    for item in content["people"]:
        person = Person(
            email=item["email"],
            name=item["name"],
            language=item["language"],
            password_hash=password,
            demo=True,
        )
        session.add(person)
        await session.flush()
        roles = [(world.organisations[key].id, Role(role)) for key, role in item["roles"]]
        session.add_all(
            Membership(person_id=person.id, organisation_id=key, role=role) for key, role in roles
        )
        world.people[item["key"]] = Actor(person.id, person.name, item["language"], frozenset(roles), "")
    await session.flush()


async def _campaigns(session: AsyncSession, world: World) -> None:
    for item in read("campaigns")["campaigns"]:
        lead = world.organisations[item["lead"]]
        campaign = Campaign(
            partnership_id=lead.partnership_id,
            slug_cy=item["slug_cy"],
            slug_en=item["slug_en"],
            **{name: both(item, name) for name in ("title", "summary", "prompt", "promise")},
            **{name: world.day(item[name]) for name in ("opens", "closes", "feedback_by")},
            made_at=world.at(item["opens"] - 30),
            published_at=world.at(item["opens"] - 2),
        )
        session.add(campaign)
        await session.flush()
        for number, key in enumerate([item["lead"], *item["partners"]]):
            session.add(
                CampaignPart(
                    campaign_id=campaign.id,
                    organisation_id=world.organisations[key].id,
                    lead=key == item["lead"],
                    may=[part.value for part in Part],
                    joined_at=world.at(item["opens"] - 30 + number),
                )
            )
        world.campaigns[item["key"]] = campaign
    await session.flush()
    for campaign in world.campaigns.values():
        await session.refresh(campaign, ["parts"])


async def _stories(session: AsyncSession, world: World) -> None:
    moderator = next(iter(world.people.values())).person_id
    with (CONTENT / "stories.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        campaign = world.campaigns[row["campaign"]]
        told = world.day(-int(row["told_days_ago"]))
        decided = row["state"] != "waiting"
        story = Story(
            campaign_id=campaign.id,
            state=STATES[row["state"]],
            text=row["text"],
            language=row["language"],
            channel=Channel(row["channel"]),
            consent=Consent(row["consent"]),
            ward_code=row["ward"] or None,
            told_on=told,
            groups={"age_group": row["age_group"]} if row["age_group"] else {},
            teller_key=teller_key(world.settings, campaign.id, row["author"]) if row["author"] else None,
            reference=row["ref"],
            reason="not-a-story" if row["state"] == "declined" else None,
            moderated_by=moderator if decided else None,
            moderated_at=datetime.combine(told, MIDDAY) + timedelta(days=1) if decided else None,
        )
        session.add(story)
        await session.flush()
        world.stories[row["ref"]] = story.id


async def _themes(session: AsyncSession, world: World) -> None:
    """The finished campaign's themes as its officers signed them off; an analysis of one's own can follow."""
    content = read("themes")
    campaign = world.campaigns[content["campaign"]]
    signed = world.at((campaign.closes - world.today).days + 21)
    officer = world.officer("council")
    run = ThemeRun(
        campaign_id=campaign.id, parameters={}, made_by=officer.person_id, made_at=signed, finished_at=signed
    )
    session.add(run)
    await session.flush()
    for number, item in enumerate(content["themes"], 1):
        members = [world.stories[ref] for ref in item["story_refs"]]
        theme = Theme(
            campaign_id=campaign.id,
            run_id=run.id,
            label=f"t{number:02d}",
            slug_cy=item["key"],
            slug_en=item["key"],
            name=both(item, "name"),
            note=both(item, "note"),
            figures=await _figures(session, members),
        )
        session.add(theme)
        await session.flush()
        await session.execute(
            insert(ThemeStory), [{"theme_id": theme.id, "story_id": member} for member in members]
        )
        await themes.sign_off(session, officer, campaign, theme)
        theme.signed_off_at = signed
        await _date_arrows(session, "theme", theme.id, signed)
        world.themes[item["key"]] = theme


async def _figures(session: AsyncSession, members: list[UUID]) -> dict[str, Any]:
    """Counts of what was put together by hand; words and typical stories are an analysis's to find."""
    wanted = select(Story.id, Story.language, Story.teller_key).where(Story.id.in_(members))
    rows = (await session.execute(wanted)).all()
    voices = Counter(key or id.bytes for id, _, key in rows)  # noqa: A001
    return {
        "stories": len(rows),
        "voices": len(voices),
        "effective_voices": len(rows) ** 2 / sum(count * count for count in voices.values()),
        "by_language": dict(Counter(language for _, language, _ in rows)),
        "words": {},
        "typical": [],
    }


async def _responses(session: AsyncSession, world: World) -> None:
    content = read("themes")
    campaign = world.campaigns[content["campaign"]]
    for item in content["responses"]:
        theme = world.themes[item["theme"]]
        actor = world.officer("council")
        promises = item["commitments"]
        answer = feedback.Answer(
            kind=Kind(item["kind"]),
            you_said=both(item, "you_said"),
            we_did=both(item, "we_did"),
            owner_id=world.organisations[item["owner"]].id,
            quotes=[world.stories[ref] for ref in item["quote_refs"]],
        )
        response = await feedback.save(session, actor, campaign, theme, answer, None)
        for promise in promises:
            await _commitment(session, world, response, promise)
        await feedback.publish(session, actor, campaign, response)
        # Answered in the weeks before the promised day, each by what it promises.
        published = world.at((campaign.feedback_by - world.today).days - 2 - len(promises))
        response.published_at = theme.answered_at = published
        await _date_arrows(session, "response", response.id, published)
        for row in (await feedback.commitments_of(session, "response", [response.id]))[response.id]:
            row.published_at = published
            await _date_arrows(session, "commitment", row.id, published)


async def _commitment(
    session: AsyncSession, world: World, response: Response, promise: dict[str, Any]
) -> None:
    # Late is computed from the date: a late commitment is one that has not been started.
    status = Status.NOT_STARTED if promise["status"] == "late" else Status(promise["status"])
    session.add(
        Commitment(
            source_kind="response",
            source_id=response.id,
            title=both(promise, "title"),
            owner_id=world.organisations[promise["owner"]].id,
            due=world.day(promise["due_days"]),
            status=status,
        )
    )
    await session.flush()


async def _date_arrows(session: AsyncSession, kind: str, id: UUID, at: datetime) -> None:  # noqa: A002
    """What was done months ago in the demonstration's world stands in the thread with that day."""
    for arrow in await session.scalars(select(Arrow).where(Arrow.to_kind == kind, Arrow.to_id == id)):
        arrow.public_since = at
