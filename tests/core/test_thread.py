"""Arrows are walked both ways, by the public only as far as they are public, and never for ever."""

import itertools
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from engage.core import thread
from engage.core.clock import now
from engage.core.thread import Arrow, End

KINDS = ("story", "theme", "response", "commitment")
IDS = {kind: uuid4() for kind in KINDS}


def end(kind: str, id: UUID | None = None, title: str = "") -> End:  # noqa: A002
    key = id or IDS[kind]
    return End(
        kind, key, {"cy": title or kind, "en": title or kind}, {"cy": f"/cy/{kind}", "en": f"/en/{kind}"}
    )


@pytest.fixture
async def chain(session: AsyncSession) -> AsyncSession:
    for start, led_to in itertools.pairwise(KINDS):
        await thread.tie(session, end(start), end(led_to), public_since=now())
    return session


def steps(arrows: list[Arrow]) -> list[tuple[str, str]]:
    return [(arrow.from_kind, arrow.to_kind) for arrow in arrows]


async def test_from_a_story_to_what_came_of_it_and_back(chain: AsyncSession) -> None:
    path = [("story", "theme"), ("theme", "response"), ("response", "commitment")]
    assert steps(await thread.onwards(chain, "story", [IDS["story"]])) == path
    assert steps(await thread.back(chain, "commitment", [IDS["commitment"]])) == path[::-1]
    assert steps(await thread.onwards(chain, "theme", [IDS["theme"]])) == path[1:]
    assert await thread.back(chain, "story", [IDS["story"]]) == []
    assert await thread.onwards(chain, "theme", [IDS["story"]]) == [], "an id is one kind's"
    assert await thread.onwards(chain, "story", []) == []


async def test_what_is_not_public_yet_ends_the_walk(chain: AsyncSession) -> None:
    for since in (None, now() + timedelta(hours=1)):
        await thread.tie(chain, end("theme"), end("response"), public_since=since)
        assert steps(await thread.onwards(chain, "story", [IDS["story"]])) == [("story", "theme")]
        assert steps(await thread.back(chain, "commitment", [IDS["commitment"]])) == [
            ("response", "commitment")
        ]


async def test_a_circle_is_walked_once(chain: AsyncSession) -> None:
    await thread.tie(chain, end("commitment"), end("story"), public_since=now())
    found = steps(await thread.onwards(chain, "story", [IDS["story"]]))
    assert len(found) == 4
    assert len(set(found)) == 4
    assert len(await thread.back(chain, "theme", [IDS["theme"]])) == 4


async def test_ways_that_meet_again_are_told_once(chain: AsyncSession) -> None:
    second = uuid4()
    await thread.tie(chain, end("story"), end("theme", second), public_since=now())
    await thread.tie(chain, end("theme", second), end("response"), public_since=now())
    found = steps(await thread.onwards(chain, "story", [IDS["story"]]))
    assert sorted(found) == sorted(
        [*[("story", "theme")] * 2, *[("theme", "response")] * 2, ("response", "commitment")]
    )


async def test_at_most_eight_steps(session: AsyncSession) -> None:
    ids = [uuid4() for _ in range(12)]
    for start, led_to in itertools.pairwise(ids):
        await thread.tie(session, end("update", start), end("update", led_to), public_since=now())
    assert len(await thread.onwards(session, "update", [ids[0]])) == 8


async def test_tying_again_brings_it_up_to_date(chain: AsyncSession) -> None:
    await thread.tie(chain, end("story"), end("theme", title="Y bysiau"), status="did", public_since=now())
    arrow = (await thread.onwards(chain, "story", [IDS["story"]]))[0]
    await chain.refresh(arrow)
    assert (arrow.to_titles["cy"], arrow.status) == ("Y bysiau", "did")
    await thread.set_status(chain, "theme", IDS["theme"], "done")
    await thread.retitle(chain, end("theme", title="Y trenau"))
    for arrow in await thread.onwards(chain, "story", [IDS["story"]]):
        await chain.refresh(arrow)
    first, second, _ = await thread.onwards(chain, "story", [IDS["story"]])
    assert (first.status, second.status) == ("done", "")
    assert (first.to_titles["cy"], second.from_titles["cy"]) == ("Y trenau", "Y trenau")
    assert (first.from_titles["cy"], second.to_titles["cy"]) == ("story", "response")


async def test_untying_takes_both_ends_and_leaves_the_rest(chain: AsyncSession) -> None:
    await thread.untie(chain, "theme", IDS["theme"])
    assert await thread.onwards(chain, "story", [IDS["story"]]) == []
    assert steps(await thread.onwards(chain, "response", [IDS["response"]])) == [("response", "commitment")]


async def test_many_stories_of_one_theme_in_one_go_and_not_twice(session: AsyncSession) -> None:
    stories = [end("story", uuid4()) for _ in range(1203)]
    for _ in range(2):
        await thread.tie_many(session, stories, end("theme"), public_since=now())
    assert len(await thread.back(session, "theme", [IDS["theme"]])) == 1203
    first = await thread.leading_to(session, "theme", IDS["theme"])
    assert first is not None
    assert first.from_kind == "story"
