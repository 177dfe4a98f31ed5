"""A round from its draft to its frozen rules, and its end if it is cancelled."""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import passes, receipts, round_secret
from budgeting.models import Contest, FrozenRules, Phase, Project, ProjectState, Round
from budgeting.partitions import create_partitions, empty_partition
from budgeting.rule_sheet import (
    Frozen,
    RuleSheet,
    SheetContest,
    SheetProject,
    Terms,
    freeze,
    problems,
    thaw,
    titles,
    whole_second,
)
from engage.core import audit
from engage.core.clock import now
from engage.core.errors import InvalidInput, NotFound, Refused
from engage.core.permissions import Actor, Role, require
from engage.core.settings import Settings
from engage.people.models import Organisation
from translations import (
    LANGUAGES,
    N_,
    Bilingual,
    Message,
    in_language,
    require_publishable,
    slugify,
)

DRAFTING = (Phase.IDEAS, Phase.CHECKING, Phase.SHORTLIST)
ON_THE_BALLOT = (ProjectState.SHORTLISTED, ProjectState.ON_BALLOT)


class RoundDraft(msgspec.Struct, kw_only=True):
    """What an officer fills in. Moments are aware; the last second counts as closed."""

    title: Bilingual
    summary: Bilingual
    purpose: Bilingual
    voting_opens: datetime
    voting_closes: datetime
    terms: Terms = msgspec.field(default_factory=Terms)


class RulesNotReady(InvalidInput):
    """``problems``: every reason, in sentences."""

    code = "rules-not-ready"
    title = N_("These rules cannot be frozen yet")
    advice = N_("Put right what is listed, then freeze them.")

    def __init__(self, problems: list[Message]) -> None:
        super().__init__({f"rules_{number}": problem for number, problem in enumerate(problems, 1)})
        self.problems = problems


class OpenRules(msgspec.Struct, frozen=True):
    """Frozen rules with what verifying a pass needs."""

    frozen: Frozen
    fingerprint: bytes
    contest: SheetContest

    @property
    def round_id(self) -> UUID:
        return self.frozen.sheet.round


# Frozen rules never change and every casting statement checks their hash: a process may keep them.
_known: dict[UUID, OpenRules] = {}
_MOST_KNOWN = 256


async def create(
    session: AsyncSession,
    actor: Actor,
    organisation_id: UUID,
    draft: RoundDraft,
    *,
    replaces: UUID | None = None,
) -> Round:
    """A draft with its partitions. ``replaces``: the cancelled round that this one starts anew."""
    require(actor.holds(Role.OFFICER, organisation_id))
    organisation = await session.get_one(Organisation, organisation_id)
    round_ = Round(
        id=uuid4(),
        partnership_id=organisation.partnership_id,
        organisation_id=organisation_id,
        replaces_id=replaces,
        **_fields(draft),
        **await _free_slugs(session, draft.title),
    )
    session.add(round_)
    audit.record(session, actor, "round.created", "round", round_.id)
    await session.flush()
    await create_partitions(session, round_.id)
    return round_


async def change(session: AsyncSession, actor: Actor, round_: Round, draft: RoundDraft) -> None:
    require_officer(actor, round_)
    require_draft(round_)
    for name, value in _fields(draft).items():
        setattr(round_, name, value)
    audit.record(session, actor, "round.changed", "round", round_.id)
    await session.flush()


async def add_contest(
    session: AsyncSession,
    actor: Actor,
    round_: Round,
    *,
    title: Bilingual,
    pot_pence: int,
    wards: list[str] | None = None,
    merges_into: UUID | None = None,
) -> Contest:
    """A pot: the whole round's, or one area's (``wards``: codes)."""
    require_officer(actor, round_)
    require_draft(round_)
    if pot_pence < 1:
        raise InvalidInput({"pot": N_("Enter how much money there is")})
    position = await session.scalar(select(func.count()).where(Contest.round_id == round_.id))
    contest = Contest(
        round_id=round_.id,
        position=position or 0,
        title=title,
        pot_pence=pot_pence,
        wards=wards or [],
        merges_into_id=merges_into,
    )
    session.add(contest)
    await session.flush()
    return contest


async def by_slug(session: AsyncSession, slug: str) -> Round:
    """By either language's slug. Raises NotFound."""
    round_ = await session.scalar(select(Round).where((Round.slug_cy == slug) | (Round.slug_en == slug)))
    if round_ is None:
        raise NotFound
    return round_


async def by_id(session: AsyncSession, round_id: UUID, *, lock: bool = False) -> Round:
    """``lock``: nobody else changes its phase until the transaction ends. Raises NotFound."""
    statement = select(Round).where(Round.id == round_id).execution_options(populate_existing=True)
    round_ = await session.scalar(statement.with_for_update() if lock else statement)
    if round_ is None:
        raise NotFound
    return round_


async def contests(session: AsyncSession, round_id: UUID) -> list[Contest]:
    return list(
        await session.scalars(select(Contest).where(Contest.round_id == round_id).order_by(Contest.position))
    )


async def freeze_rules(session: AsyncSession, settings: Settings, actor: Actor, round_id: UUID) -> Frozen:
    """From here nothing in the rules can change. Makes the round secret; voting opens by its date.

    Raises OneSided, RulesNotReady, Refused.
    """
    round_ = await by_id(session, round_id, lock=True)
    require_officer(actor, round_)
    require_draft(round_)
    require_publishable(title=round_.title, summary=round_.summary, purpose=round_.purpose)
    sheet_contests = await _sheet_contests(session, round_)
    terms = msgspec.convert(round_.terms, Terms)
    if found := problems(terms, sheet_contests, round_.voting_opens, round_.voting_closes):
        raise RulesNotReady(found)
    fingerprint = round_secret.create(settings.secrets_dir, round_.id)
    secret = round_secret.read(settings.secrets_dir, round_.id, fingerprint)
    frozen = freeze(_sheet(settings, round_, terms, sheet_contests, secret))
    session.add(FrozenRules(rules_hash=frozen.rules_hash, round_id=round_.id, body=frozen.body.decode()))
    round_.phase = Phase.VOTING
    round_.rules_hash, round_.secret_fingerprint = frozen.rules_hash, fingerprint
    round_.public_key = bytes.fromhex(frozen.sheet.public_key)
    round_.frozen_at = now()
    round_.published_at = round_.published_at or round_.frozen_at
    audit.record(session, actor, "round.rules-frozen", "round", round_.id)
    await session.flush()
    return frozen


async def frozen_rules(session: AsyncSession, round_id: UUID) -> Frozen:
    """Raises NotFound while they are not frozen."""
    body = await session.scalar(select(FrozenRules.body).where(FrozenRules.round_id == round_id))
    if body is None:
        raise NotFound
    return thaw(body.encode())


async def rules_of(session: AsyncSession, contest_id: UUID) -> OpenRules:
    """The frozen rules that a pass's contest stands in. Raises NotFound."""
    if contest_id not in _known:
        row = (
            await session.execute(
                select(FrozenRules.body, Round.secret_fingerprint)
                .join(Contest, Contest.round_id == FrozenRules.round_id)
                .join(Round, Round.id == FrozenRules.round_id)
                .where(Contest.id == contest_id)
            )
        ).one_or_none()
        if row is None:
            raise NotFound
        frozen = thaw(row.body.encode())
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[contest_id] = OpenRules(frozen, row.secret_fingerprint, frozen.sheet.contest(contest_id))
    return _known[contest_id]


async def cancel(session: AsyncSession, actor: Actor, round_id: UUID, reason: Bilingual) -> None:
    """Ballots are destroyed uncounted. The reason is public, in both languages.

    Once this is committed :func:`budgeting.sealing.destroy_secret` destroys R.
    """
    round_ = await by_id(session, round_id, lock=True)
    require_officer(actor, round_)
    if round_.sealed_at is not None or round_.phase is Phase.CANCELLED:
        raise Refused(N_("This round can no longer be cancelled"))
    require_publishable(reason=reason)
    round_.phase, round_.cancelled_at, round_.cancel_reason = Phase.CANCELLED, now(), reason
    audit.record(session, actor, "round.cancelled", "round", round_.id)
    await session.flush()
    await empty_partition(session, "ballot", round_.id)
    await empty_partition(session, "roll_mark", round_.id)


def require_officer(actor: Actor, round_: Round) -> None:
    require(actor.holds(Role.OFFICER, round_.organisation_id))


def require_draft(round_: Round) -> None:
    if round_.phase not in DRAFTING:
        raise Refused(
            N_("The rules of this round are frozen"),
            N_("Nothing in them can change. A mistake means cancelling this round and starting a new one."),
        )


def _fields(draft: RoundDraft) -> dict[str, object]:
    if draft.voting_closes <= draft.voting_opens:
        raise InvalidInput({"voting_closes": N_("Voting must end after it opens.")})
    dates = {name: whole_second(getattr(draft, name)) for name in ("voting_opens", "voting_closes")}
    texts = {name: getattr(draft, name) for name in ("title", "summary", "purpose")}
    return {**texts, **dates, "terms": msgspec.to_builtins(draft.terms)}


async def _free_slugs(session: AsyncSession, title: Bilingual) -> dict[str, str]:
    """A slug names one round whichever language it is in."""
    slugs = {}
    for language in LANGUAGES:
        stem = slugify(in_language(title, language) or in_language(title, "en"), language) or "round"
        rows = await session.execute(
            select(Round.slug_cy, Round.slug_en).where(
                Round.slug_cy.startswith(stem) | Round.slug_en.startswith(stem)
            )
        )
        taken = {slug for row in rows for slug in row}
        slugs[f"slug_{language}"] = next(
            slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken
        )
    return slugs


async def _sheet_contests(session: AsyncSession, round_: Round) -> tuple[SheetContest, ...]:
    """As they stand now; the projects that are ready go on the ballot. Raises OneSided."""
    ready = list(
        await session.scalars(
            select(Project).where(Project.round_id == round_.id, Project.state.in_(ON_THE_BALLOT))
        )
    )
    for project in ready:
        require_publishable(title=project.title, summary=project.summary)
        project.state = ProjectState.ON_BALLOT
    found = []
    for contest in await contests(session, round_.id):
        require_publishable(title=contest.title)
        found.append(_sheet_contest(contest, [p for p in ready if p.contest_id == contest.id]))
    return tuple(found)


def _sheet_contest(contest: Contest, projects: list[Project]) -> SheetContest:
    return SheetContest(
        id=contest.id,
        title=titles(contest.title),
        pot_pence=contest.pot_pence,
        wards=tuple(contest.wards),
        projects=tuple(
            SheetProject(p.id, titles(p.title), p.cost_pence, p.category, p.ward_code)
            for p in sorted(projects, key=lambda p: str(p.id))
        ),
        merges_into=contest.merges_into_id,
    )


def _sheet(
    settings: Settings, round_: Round, terms: Terms, contests: tuple[SheetContest, ...], secret: bytes
) -> RuleSheet:
    """R decides the lot's seed and the server key the signing key; only a hash and a public key are
    said.
    """
    return RuleSheet(
        round=round_.id,
        title=titles(round_.title),
        purpose=titles(round_.purpose),
        voting_opens=whole_second(round_.voting_opens),
        voting_closes=whole_second(round_.voting_closes),
        copies_deleted_by=(round_.voting_closes + timedelta(days=terms.copies_deleted_after_days)).date(),
        contests=contests,
        terms=terms,
        lot_seed_hash=sha256(passes.lot_seed(secret)).hexdigest(),
        public_key=receipts.public_bytes(receipts.round_key(settings.server_key, round_.id)).hex(),
        replaces=round_.replaces_id,
    )
