"""``python -m engage import-stories`` and ``undo-import``, as an operator runs them, on a database of their own."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from engage.campaigns.models import Campaign
from engage.core.database import make_engine, make_sessions
from engage.core.settings import Settings
from engage.stories.models import ImportBatch, State, Story
from engage.stories.moderation import set_quotes
from tests.factories import make_campaign, make_organisation, make_partnership
from tests.people.test_create_admin import engage

TABLE = """id,text,language,author,place,consent,oed
a1,Roedd y bws yn hwyr.,cy,tad 1,Y Cei,publish,25-44
a2,The bus was late.,en,tad 1,,quote,
a3,,en,,,,
a4,Nid yw'n stopio yma.,cy,,Nunlle,,
"""
Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def url(fresh_database: Callable[[], Awaitable[str]]) -> str:
    return await fresh_database()


@pytest.fixture
async def sessions(url: str) -> AsyncIterator[Sessions]:
    engine = make_engine(Settings(environment="test", database_url=url))
    yield make_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def campaign(sessions: Sessions) -> Campaign:
    async with sessions.begin() as session:
        return await make_campaign(session, await make_organisation(session, await make_partnership(session)))


async def stories(sessions: Sessions) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(Story)) or 0


async def test_look_import_and_take_back(
    url: str, sessions: Sessions, campaign: Campaign, tmp_path: Path
) -> None:
    file = tmp_path / "straeon.csv"
    file.write_text(TABLE)
    command = ["import-stories", str(file), "--campaign", campaign.slug_cy]
    code, out, err = await engage(url, str(tmp_path), *command)
    assert (code, err) == (1, "")
    assert "Rows that can be imported: 2. Rows with errors: 2." in out
    assert "row 4: The text is empty" in out
    assert "row 5: The place is not a ward of this partnership: Nunlle" in out
    assert "Nothing was imported. Add --yes" in out
    assert await stories(sessions) == 0

    code, out, err = await engage(url, str(tmp_path), *command, "--yes")
    assert (code, err) == (0, "")
    assert "Imported 2 stories into the moderation queue; rows left out: 2." in out
    found = re.search(r"undo-import ([0-9a-f-]{36})", out)
    assert found is not None
    async with sessions() as session:
        first, second = await session.scalars(select(Story).order_by(Story.reference))
        assert {first.state, second.state} == {State.WAITING}
        assert (first.ward_code, second.ward_code, first.groups) == ("bro-prawf-1", None, {"oed": "25-44"})
        assert first.teller_key == second.teller_key is not None
        assert b"tad" not in first.teller_key

    async with sessions.begin() as session:
        story = await session.get_one(Story, first.id)
        story.state = State.CLEARED
        titles = {"cy": "Y bws olaf", "en": "The last bus"}
        response = uuid4()
        await set_quotes(session, "response", response, titles, [first.id], published=True)
    code, _, err = await engage(url, str(tmp_path), "undo-import", found[1])
    assert code == 2
    assert "a1 (The last bus)" in err
    assert "a2" not in err
    assert await stories(sessions) == 2

    async with sessions.begin() as session:
        await set_quotes(session, "response", response, titles, [], published=True)
    code, out, err = await engage(url, str(tmp_path), "undo-import", found[1])
    assert (code, out, err) == (0, "Undone: 2 stories removed.\n", "")
    assert await stories(sessions) == 0
    async with sessions() as session:
        batch = await session.get_one(ImportBatch, UUID(found[1]))
        assert batch.undone_at is not None
    code, _, err = await engage(url, str(tmp_path), "undo-import", found[1])
    assert code == 2
    assert "This batch has already been undone" in err


async def test_what_cannot_be_done_is_said_in_a_sentence(
    url: str, campaign: Campaign, tmp_path: Path
) -> None:
    file = tmp_path / "straeon.csv"
    file.write_text("stori\nDim.\n")
    slug = campaign.slug_en
    for arguments, said in [
        (["import-stories", str(tmp_path / "none.csv"), "--campaign", slug], "No such file"),
        (["import-stories", str(file), "--campaign", "nowhere"], "There is no such campaign"),
        (["import-stories", str(file), "--campaign", slug], "The file has no column called text"),
        (["undo-import", str(uuid4())], "There is no such import batch"),
    ]:
        code, _, err = await engage(url, str(tmp_path), *arguments)
        assert code == 2
        assert said in err
        assert "Traceback" not in err
