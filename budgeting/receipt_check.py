"""What a ballot receipt proves at this moment: its signature, its place in the log, and the opened ballot."""

from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from budgeting import merkle
from budgeting.models import Ballot, CountResult, FrozenRules, Round, TreeLeaf
from budgeting.queries import DECIDED
from budgeting.receipts import Receipt, from_text, leaf_document, receipt_is_genuine
from budgeting.results import told
from budgeting.rule_sheet import thaw
from translations import Language

Standing = Literal["unreadable", "not-ours", "kept", "in-log", "missing"]


class Found(msgspec.Struct, frozen=True):
    """``standing``: kept is signed by us and not in the published log yet; missing is what should never be.

    ``latest``: this receipt is of the last version. ``choices``: titles, once the result is decided.
    """

    standing: Standing
    round: Round | None = None
    version: int = 0
    sealed: bool = False
    latest: bool | None = None
    removed: bool = False
    choices: list[str] | None = None


async def look_up(session: AsyncSession, text: str, lang: Language) -> Found:
    receipt = from_text(text)
    if receipt is None:
        return Found("unreadable")
    round_ = await session.get(Round, receipt.round)
    if round_ is None or not round_.public_key or not receipt_is_genuine(receipt, round_.public_key):
        return Found("not-ours")
    leaf = merkle.leaf_hash(leaf_document(receipt.slot, receipt.version, receipt.commitment))
    entered = await session.scalar(
        select(TreeLeaf.position).where(TreeLeaf.round_id == round_.id, TreeLeaf.leaf == leaf)
    )
    sealed = round_.sealed_at is not None
    if entered is None:
        return Found("missing" if sealed else "kept", round_, receipt.version, sealed)
    if round_.phase not in DECIDED:
        return Found("in-log", round_, receipt.version, sealed)
    return await _opened(session, round_, receipt, lang)


async def _opened(session: AsyncSession, round_: Round, receipt: Receipt, lang: Language) -> Found:
    """After the sealing the ballot that counted can be read by whoever holds its receipt."""
    row = (
        await session.execute(
            select(Ballot.version, Ballot.choices, Ballot.contest_id, FrozenRules.body)
            .join(FrozenRules, FrozenRules.round_id == Ballot.round_id)
            .where(Ballot.round_id == round_.id, Ballot.slot == receipt.slot)
        )
    ).one_or_none()
    if row is None:
        return Found("missing", round_, receipt.version, True)
    latest = row.version == receipt.version
    if row.choices is None or not latest:
        return Found("in-log", round_, receipt.version, True, latest, removed=row.choices is None)
    if await _only_totals(session, round_, row.contest_id):
        return Found("in-log", round_, receipt.version, True, latest)
    sheet = thaw(row.body.encode()).sheet
    titles = {str(p.id): getattr(p.title, lang) for contest in sheet.contests for p in contest.projects}
    made = msgspec.json.decode(row.choices)
    chosen = [titles[one if isinstance(one, str) else one[0]] for one in made]
    return Found("in-log", round_, receipt.version, True, True, choices=chosen)


async def _only_totals(session: AsyncSession, round_: Round, contest_id: UUID) -> bool:
    rows = await session.scalars(
        select(CountResult).where(CountResult.round_id == round_.id, CountResult.decides)
    )
    return any(told(row).totals_only for row in rows if contest_id in told(row).contests)
