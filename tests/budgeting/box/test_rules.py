"""The rule sheet: what must be in it, what keeps it from being frozen, and that nothing changes it after."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import passes, projects, receipts, round_secret, rounds
from budgeting.models import ProjectState
from budgeting.rounds import RoundDraft, RulesNotReady
from budgeting.rule_sheet import BallotForm, Terms, freeze, problems, thaw, warnings
from engage.core.errors import Forbidden, Refused
from engage.core.settings import Settings
from translations import Bilingual, OneSided, Side, draft

from .world import both, make_world

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def test_the_sheet_says_in_advance_what_it_must(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings, terms=Terms())
    frozen = await rounds.frozen_rules(session, world.round.id)
    sheet = json.loads(frozen.body)
    assert sheet["terms"]["promises"] == {
        "project_withdrawn": "ballots-stand-it-cannot-win",
        "round_cancelled": "ballots-destroyed-uncounted",
        "money_left": "next-round",
        "winner_cannot_deliver": "next-project",
        "below_minimum": "totals-and-audited-recount",
    }
    assert sheet["terms"]["minimum_ballots"] == 20
    assert sheet["terms"]["ways"] == ["voter-list"]
    assert sheet["terms"]["counting"]["rule"] == "equal-shares"
    assert sheet["terms"]["part_funding"] is False
    assert sheet["terms"]["warnings_confirmed"] == []
    assert sheet["tie_break"] == "ascending SHA-256(seed || final root || project id)"
    assert sheet["count_starts"] == "after-sealing"
    closes = datetime.fromisoformat(sheet["voting_closes"])
    assert sheet["copies_deleted_by"] == (closes + timedelta(days=30)).date().isoformat()
    secret = round_secret.read(settings.secrets_dir, world.round.id, world.round.secret_fingerprint or b"")
    assert sheet["lot_seed_hash"] == sha256(passes.lot_seed(secret)).hexdigest()
    key = receipts.round_key(settings.server_key, world.round.id)
    assert sheet["public_key"] == receipts.public_bytes(key).hex()
    assert [p["cost_pence"] for p in sheet["contests"][0]["projects"]].count(300_000) == 1
    assert sheet["contests"][0]["projects"][0]["title"].keys() == {"cy", "en"}


async def test_the_hash_is_of_the_canonical_bytes_and_names_them(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    frozen = await rounds.frozen_rules(session, world.round.id)
    assert world.round.rules_hash == frozen.rules_hash == sha256(frozen.body).digest()
    assert freeze(frozen.sheet).body == frozen.body, "read and written again it is the same to the byte"
    assert thaw(frozen.body) == frozen
    assert b" " not in frozen.body.split(b'"title"')[0]


async def test_nothing_changes_once_the_rules_are_frozen(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings)
    frozen = await rounds.frozen_rules(session, world.round.id)
    officer, round_ = world.officer, world.round
    text = {"title": both("Late"), "summary": both("Late")}
    new = RoundDraft(**text, purpose=both("Late"), voting_opens=NOW, voting_closes=NOW + timedelta(days=1))
    for attempt in (
        rounds.change(session, officer, round_, new),
        rounds.add_contest(session, officer, round_, title=both("Late"), pot_pence=1),
        projects.add(session, officer, round_, world.contests[0], **text, cost_pence=1),
        projects.shortlist(session, officer, round_, world.projects[0]),
        rounds.freeze_rules(session, settings, officer, round_.id),
    ):
        with pytest.raises(Refused):
            await attempt
    assert await rounds.frozen_rules(session, round_.id) == frozen
    assert len(list(settings.secrets_dir.iterdir())) == 1


async def test_one_sided_text_never_gets_onto_a_ballot(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings, freeze=False)
    one_sided = Bilingual(cy=Side(), en=Side("Only English", "approved"))
    with pytest.raises(OneSided):
        await projects.add(
            session,
            world.officer,
            world.round,
            world.contests[0],
            title=one_sided,
            summary=both("x"),
            cost_pence=100,
            state=ProjectState.SHORTLISTED,
        )
    world.contests[0].title = draft(cy="Cronfa", en="Pot")
    with pytest.raises(OneSided):
        await rounds.freeze_rules(session, settings, world.officer, world.round.id)
    assert not settings.secrets_dir.exists(), "no secret for a round that is not frozen"
    world.projects[0].title = one_sided
    with pytest.raises(IntegrityError):
        await session.flush()


async def test_only_an_officer_of_the_organisation_freezes(session: AsyncSession, settings: Settings) -> None:
    world, other = await make_world(session, settings, freeze=False), await make_world(session, settings)
    with pytest.raises(Forbidden):
        await rounds.freeze_rules(session, settings, other.officer, world.round.id)


async def test_weak_ways_to_vote_need_a_confirmed_warning(session: AsyncSession, settings: Settings) -> None:
    world = await make_world(session, settings, terms=Terms(ways=("declaration",)), freeze=False)
    with pytest.raises(RulesNotReady) as refused:
        await rounds.freeze_rules(session, settings, world.officer, world.round.id)
    assert any("more than once" in str(problem) for problem in refused.value.problems)
    world.round.terms = world.round.terms | {"warnings_confirmed": ["several-ballots-possible"]}
    frozen = await rounds.freeze_rules(session, settings, world.officer, world.round.id)
    assert frozen.sheet.terms.warnings_confirmed == ("several-ballots-possible",), "it stands on the sheet"


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (Terms(ways=()), "Choose how voters show"),
        (Terms(ways=("email", "sms")), "choose one way"),
        (Terms(ways=("email", "attendee-codes")), "choose one way"),
        (Terms(ways=("shared-code",)), "more than once"),
        (Terms(ways=("email",), channels=("web", "paper")), "Paper needs"),
        (Terms(ballot=BallotForm(most_choices=0)), "1 or more"),
        (Terms(least_project_pence=150_000), "outside the limits"),
        (Terms(most_project_pence=250_000), "outside the limits"),
    ],
)
async def test_what_keeps_rules_from_being_frozen(
    session: AsyncSession, settings: Settings, terms: Terms, sentence: str
) -> None:
    world = await make_world(session, settings, terms=terms, freeze=False)
    with pytest.raises(RulesNotReady) as refused:
        await rounds.freeze_rules(session, settings, world.officer, world.round.id)
    assert any(sentence in str(problem) for problem in refused.value.problems)


def test_ways_that_all_point_to_the_voter_list_may_be_combined() -> None:
    terms = Terms(ways=("voter-list", "email", "sms"), declaration=True, channels=("web", "paper"))
    found = [str(one) for one in problems(terms, [], NOW, NOW + timedelta(days=1))]
    assert found == ["The round has no pot yet."]
    assert warnings(Terms(ways=("declaration",), spends_money=False)) == []


async def test_a_withdrawal_after_the_freeze_is_dated_and_signed(
    session: AsyncSession, settings: Settings
) -> None:
    world = await make_world(session, settings)
    project = world.projects[0]
    await projects.withdraw(session, settings, world.officer, world.round, project, both("No land"))
    assert project.withdrawn_at is not None
    key = Ed25519PublicKey.from_public_bytes(world.round.public_key or b"")
    key.verify(project.withdrawn_signature or b"", projects.notice_document(project))
    assert await projects.withdrawn_ids(session, world.round.id) == {project.id}
    frozen = await rounds.frozen_rules(session, world.round.id)
    assert project.id in {p.id for p in frozen.sheet.contests[0].projects}, "the frozen sheet stands"


async def test_a_freeze_that_is_rolled_back_can_be_tried_again(
    session: AsyncSession, settings: Settings
) -> None:
    """The secret of the first try stays behind, read by nobody; the second makes its own."""
    world = await make_world(session, settings, freeze=False)
    round_id = world.round.id
    nested = await session.begin_nested()
    await rounds.freeze_rules(session, settings, world.officer, round_id)
    await nested.rollback()
    await rounds.freeze_rules(session, settings, world.officer, round_id)
    round_ = await rounds.by_id(session, round_id)
    assert len(list(settings.secrets_dir.iterdir())) == 2
    assert round_secret.read(settings.secrets_dir, round_.id, round_.secret_fingerprint or b"")
    assert round_secret.destroy(settings.secrets_dir, round_.id) == 2


def test_a_secret_is_made_once_and_never_overwritten(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = uuid4()
    monkeypatch.setattr(round_secret.secrets, "token_bytes", lambda size: b"s" * size)
    round_secret.create(settings.secrets_dir, round_id)
    with pytest.raises(FileExistsError):
        round_secret.create(settings.secrets_dir, round_id)
