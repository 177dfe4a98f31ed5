"""The demonstration's two rounds: one that was decided, and one that is open for votes.

Everything goes through the services that officers and voters use, but for the 400 ballots of the past: those
are put where casting would have put them.
"""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import box, drafting, passes, projects, results, roll, round_secret, rounds, sealing
from budgeting.models import (
    Ballot,
    BallotState,
    Channel,
    CountResult,
    Issued,
    ProjectState,
    RollEntry,
    RollMark,
    Round,
)
from budgeting.roll import Voter
from budgeting.rule_sheet import Counting, Terms, WhoMayVote
from budgeting.validity import check
from engage.core.clock import now
from engage.core.outbox import enqueue
from engage.core.thread import Arrow
from engage.demo.accounts import demo_codes
from engage.demo.world import World
from feedback import service as feedback
from feedback.models import Status
from translations import Bilingual, Side

CONTENT = Path(__file__).parent / "content"

CAST_ONCE = {"channel": Channel.WEB, "version": 1, "earlier": b"", "state": BallotState.CAST}
PROGRESS = [
    {
        "cy": "Mae'r gwaith wedi'i archebu. Bydd y contractwr yn dechrau ar y safle fis nesaf.",
        "en": "The work has been ordered. The contractor starts on site next month.",
    },
    {
        "cy": "Mae'r grŵp wedi cyfarfod ddwywaith ac mae'r cynllun terfynol yn barod.",
        "en": "The group has met twice and the final plan is ready.",
    },
]
POT = {"cy": "Y gronfa", "en": "The pot"}
PURPOSES = {
    "safer-streets": {
        "cy": "Gwneud strydoedd a phentrefi’r sir yn llefydd braf i fod ynddyn nhw, ddydd a nos.",
        "en": "To make the county’s streets and villages good places to be, by day and by night.",
    },
    "small-sparks": {
        "cy": "Helpu grwpiau lleol i ddod â phobl at ei gilydd.",
        "en": "To help local groups bring people together.",
    },
}


async def load_rounds(session: AsyncSession, world: World) -> None:
    votes = _read("ballots")
    for item in _read("rounds")["rounds"]:
        round_, keys = await _frozen(session, world, item)
        if item["key"] == votes["round"]:
            await _vote(session, world, round_, keys, votes["ballots"])
            await _decide(session, world, round_, item)
        else:
            officer = world.officer(item["organisation"])
            voters = [Voter(code) for code in demo_codes(world.settings)]
            await roll.import_voters(session, world.settings, officer, round_, voters)
            await enqueue(
                session,
                "budgeting.close",
                unique=str(round_.id),
                run_after=round_.voting_closes,
                round_id=round_.id,
            )


def _read(name: str) -> Any:
    return json.loads((CONTENT / f"{name}.json").read_text(encoding="utf-8"))


def _both(cy: str, en: str) -> Bilingual:
    at = now()
    return Bilingual(cy=Side(text=cy, state="approved", at=at), en=Side(text=en, state="approved", at=at))


def _text(item: dict[str, Any], name: str) -> Bilingual:
    return _both(item[f"{name}_cy"], item[f"{name}_en"])


async def _frozen(session: AsyncSession, world: World, item: dict[str, Any]) -> tuple[Round, dict[str, UUID]]:
    """The round with its rules frozen, and the ids of its projects by the keys of the content file."""
    officer = world.officer(item["organisation"])
    terms = Terms(
        counting=Counting(rule=item["rule"]),
        who=WhoMayVote(minimum_age=item["min_age"]),
        most_project_pence=item["max_project_pence"],
    )
    draft = rounds.RoundDraft(
        title=_text(item, "title"),
        summary=_text(item, "summary"),
        purpose=_both(**PURPOSES[item["key"]]),
        voting_opens=world.at(item["opens"]),
        voting_closes=world.at(item["closes"]),
        terms=terms,
    )
    round_ = await rounds.create(session, officer, world.organisations[item["organisation"]].id, draft)
    round_.slug_cy, round_.slug_en = item["slug_cy"], item["slug_en"]
    contest = await rounds.add_contest(
        session, officer, round_, title=_both(**POT), pot_pence=item["pot_pence"]
    )
    keys = {}
    for one in item["projects"]:
        project = await projects.add(
            session,
            officer,
            round_,
            contest,
            title=_text(one, "title"),
            summary=_text(one, "summary"),
            cost_pence=one["cost_pence"],
            category=one["category"],
            ward_code=one["ward"],
            state=ProjectState.SHORTLISTED,
        )
        keys[one["key"]] = project.id
    await drafting.set_campaign(session, officer, round_, world.campaigns[item["campaign"]])
    await rounds.freeze_rules(session, world.settings, officer, round_.id)
    round_.frozen_at = round_.published_at = world.at(item["opens"] - 7)
    await session.flush()
    await drafting.publish_thread(session, round_)
    return round_, keys


async def _vote(
    session: AsyncSession, world: World, round_: Round, keys: dict[str, UUID], votes: list[list[str]]
) -> None:
    """A roll entry, a mark and a ballot for each of the voters of the past."""
    assert round_.secret_fingerprint is not None  # noqa: S101  # the rules are frozen
    secret = round_secret.read(world.settings.secrets_dir, round_.id, round_.secret_fingerprint)
    sheet = (await rounds.frozen_rules(session, round_.id)).sheet
    contest = sheet.contests[0]
    entries = [uuid4() for _ in votes]
    ballots = []
    for entry, vote in zip(entries, votes, strict=True):
        checked = check(sheet.terms.ballot, contest, [keys[key] for key in vote])
        row = box.new_row(contest.id, checked.choices)
        key_hash = passes.derive(secret, contest.id, entry, 0).key_hash
        ballots.append(
            {**row, **CAST_ONCE, "round_id": round_.id, "contest_id": contest.id, "key_hash": key_hash}
        )
    mark = {"round_id": round_.id, "contest_id": contest.id, "issued": Issued.PASS}
    await session.execute(
        insert(RollEntry), [{"round_id": round_.id, "id": entry, "generation": 0} for entry in entries]
    )
    await session.execute(
        insert(RollMark), [{**mark, "mark": passes.mark(secret, contest.id, entry, 0)} for entry in entries]
    )
    await session.execute(insert(Ballot), ballots)


async def _decide(session: AsyncSession, world: World, round_: Round, item: dict[str, Any]) -> None:
    """The real close, sealing and count. Each step wants the one before stored: a savepoint each."""
    async with session.begin_nested():
        await sealing.close_voting(session, round_.id)
    async with session.begin_nested():
        await sealing.drain_box(session, round_.id)
    async with session.begin_nested():
        await sealing.reconcile(session, world.officer(item["organisation"]), round_.id)
    async with session.begin_nested():
        await sealing.seal(session, world.settings, round_.id)
    async with session.begin_nested():
        await sealing.destroy_secret(session, world.settings, round_.id)
    counted = results.count(await results.inputs(session, round_.id), costs_needed=False)
    await results.keep(session, round_.id, counted)
    await _date_back(session, world, round_, item["closes"])
    await _promise(session, world, round_, item)


async def _date_back(session: AsyncSession, world: World, round_: Round, closes: int) -> None:
    """What was done weeks ago in the demonstration's world stands with those days."""
    round_.drained_at = world.at(closes)
    round_.reconciled_at = world.at(closes + 1)
    round_.sealed_at = round_.secret_destroyed_at = decided = world.at(closes + 2)
    of_round = CountResult.round_id == round_.id
    await session.execute(update(CountResult).where(of_round).values(counted_at=decided, released_at=decided))
    led_from = (Arrow.from_kind == "round") & (Arrow.from_id == round_.id)
    await session.execute(update(Arrow).where(led_from).values(public_since=decided, made_at=decided))


async def _promise(session: AsyncSession, world: World, round_: Round, item: dict[str, Any]) -> None:
    """Winners become commitments, as the job would make them (it finds them made), and two are on their way."""
    won = await projects.of_round(session, round_.id, [ProjectState.FUNDED])
    for number, project in enumerate(sorted(won, key=lambda one: one.slug_en)):
        await feedback.promise_project(
            session, project.id, round_.organisation_id, world.day(120 + 30 * number)
        )
        if number < len(PROGRESS):
            made = (await feedback.commitments_of(session, "project", [project.id]))[project.id]
            officer = world.officer(item["organisation"])
            await feedback.report(session, officer, made[0], Status.UNDER_WAY, _both(**PROGRESS[number]))
