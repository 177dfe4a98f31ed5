"""Thirty short stories of three themes in both languages, and themes made without a run."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.stories.models import Story
from engage.themes.models import Theme, ThemeRun, ThemeStory
from tests.factories import both, make_story
from translations import Bilingual

BUSES = [
    ("cy", "Roedd y bws yn hwyr eto a chollais i fy apwyntiad yn yr ysbyty."),
    ("cy", "Does dim bws ar ôl chwech, felly mae’n rhaid i mi gerdded adref o’r gwaith."),
    ("cy", "Mae’r amserlen bysiau yn newid bob mis a neb yn dweud wrthym ni."),
    ("cy", "Arhosais i ddwy awr wrth yr arhosfan a ddaeth yr un bws."),
    ("cy", "Mae tocyn bws i’r dref yn costio mwy na’r cinio."),
    ("en", "The bus was late again and I missed my hospital appointment."),
    ("en", "There is no bus after six so I have to walk home from work."),
    ("en", "The bus timetable changes every month and nobody tells us."),
    ("en", "I waited two hours at the bus stop and no bus came at all."),
    ("en", "A bus ticket into town costs more than my lunch."),
]
RIVER = [
    ("cy", "Daeth dŵr yr afon i mewn i’r gegin am y trydydd gaeaf."),
    ("cy", "Mae carthion yn yr afon ac mae’r pysgod wedi marw."),
    ("cy", "Wnaeth y llifogydd ddinistrio carped a dodrefn fy mam."),
    ("cy", "Mae’r plant yn methu nofio yn yr afon achos bod y dŵr yn fudr."),
    ("cy", "Mae angen wal rhag llifogydd wrth y bont cyn y gaeaf nesaf."),
    ("en", "River water came into our kitchen for the third winter running."),
    ("en", "There is sewage in the river and the fish have died."),
    ("en", "The floods destroyed my mother’s carpet and furniture."),
    ("en", "Children cannot swim in the river because the water is dirty."),
    ("en", "We need a flood wall by the bridge before next winter."),
]
SHOPS = [
    ("cy", "Caeodd y siop olaf ar y stryd fawr ac mae’r ffenestri i gyd yn wag."),
    ("cy", "Mae’r farchnad wedi mynd a does unman i brynu bara ffres."),
    ("cy", "Mae rhent siopau’r stryd fawr yn rhy ddrud i fusnes newydd."),
    ("cy", "Ers i’r banc gau mae’r henoed yn methu cael arian yn y dref."),
    ("cy", "Roedd y stryd fawr yn brysur pan oedd y siop lyfrau ar agor."),
    ("en", "The last shop on the high street closed and every window is empty."),
    ("en", "The market has gone and there is nowhere to buy fresh bread."),
    ("en", "Rent for shops on the high street is too dear for a new business."),
    ("en", "Since the bank closed older people cannot get money in town."),
    ("en", "The high street was busy when the bookshop was still open."),
]
STORIES = [*BUSES, *RIVER, *SHOPS]


async def tell_all(session: AsyncSession, campaign: Campaign, **values: Any) -> list[Story]:
    return [
        await make_story(session, campaign, words, language=language, **values) for language, words in STORIES
    ]


def figures(stories: list[Story], voices: int | None = None) -> dict[str, Any]:
    """As a run would leave them (results.Theme without its members)."""
    by_language: dict[str, int] = {}
    for story in stories:
        by_language[story.language] = by_language.get(story.language, 0) + 1
    return {
        "id": "t01",
        "stories": len(stories),
        "voices": len(stories) if voices is None else voices,
        "effective_voices": float(len(stories)),
        "by_language": by_language,
        "words": {"cy": ["bws"], "en": ["bus"]},
        "typical": [str(stories[0].id)] if stories else [],
    }


async def make_theme(
    session: AsyncSession,
    campaign: Campaign,
    stories: list[Story],
    *,
    name: Bilingual | None = None,
    label: str = "t01",
    voices: int | None = None,
) -> Theme:
    """A draft with both sides of its name approved, as an officer leaves it before signing off."""
    run = ThemeRun(campaign_id=campaign.id, parameters={}, made_by=campaign.id)
    session.add(run)
    await session.flush()
    theme = Theme(
        campaign_id=campaign.id,
        run_id=run.id,
        label=label,
        slug_cy=f"{run.id.hex[:8]}-{label}",
        slug_en=f"{run.id.hex[:8]}-{label}",
        name=name or both("Y bws olaf", "The last bus"),
        note=Bilingual(),
        figures=figures(stories, voices),
    )
    session.add(theme)
    await session.flush()
    session.add_all(ThemeStory(theme_id=theme.id, story_id=story.id) for story in stories)
    await session.flush()
    return theme
