"""Stories from a file: read, checked row by row, shown, and only then taken in; a whole batch can be undone.

Columns: ``text``, and optionally id, language, channel, author, place, consent, told_on; every other column is a group
(an about-you answer).
"""

import csv
import hmac
import io
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from engage.campaigns.models import Campaign
from engage.core import audit
from engage.core.clock import now, today
from engage.core.errors import InvalidInput, NotFound, Refused
from engage.core.permissions import Actor
from engage.core.settings import Settings
from engage.people.models import Ward
from engage.stories.models import Channel, Consent, ImportBatch, Quote, State, Story
from engage.stories.telling import LONGEST
from translations import N_, Message
from translations.detection import language_told

KNOWN = ("text", "id", "language", "channel", "author", "place", "consent", "told_on")
LARGEST_FILE = 50 * 1024 * 1024  # bytes
MOST_GROUPS = 30


class RowError(msgspec.Struct, frozen=True):
    """``row`` counts as a spreadsheet does: the heading is row 1."""

    row: int
    message: Message


class Row(msgspec.Struct, frozen=True, kw_only=True):
    row: int
    text: str
    reference: str | None
    language: str
    channel: Channel
    author: str | None
    place: str | None
    consent: Consent
    told_on: date
    groups: dict[str, str]


class Preview(msgspec.Struct):
    rows: list[Row]
    errors: list[RowError]
    groups: list[str]


def read_csv(data: bytes, *, today: date, places: Mapping[str, str]) -> Preview:
    """Every good row and every problem of the file, in one pass. Pure.

    ``places``: what a cell may say (code or name, folded to lower case) → ward code. Empty consent is "officers",
    empty language that of the words (a moderator confirms it). Raises InvalidInput when the file cannot be read at all.
    """
    if len(data) > LARGEST_FILE:
        raise InvalidInput(title=N_("The file is larger than 50 MB"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(title=N_("The file is not UTF-8 text. Save it as CSV UTF-8.")) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        headings = [_clean(heading).lower() for heading in next(reader, [])]
    except csv.Error as error:
        raise InvalidInput(title=N_("The file is not a CSV table")) from error
    if "text" not in headings:
        raise InvalidInput(title=N_("The file has no column called text"))
    named = [heading for heading in headings if heading]
    if len(set(named)) < len(named):
        raise InvalidInput(title=N_("Two columns of the file have the same name"))
    groups = [heading for heading in named if heading not in KNOWN]
    if len(groups) > MOST_GROUPS:
        raise InvalidInput(title=N_("The file has more than %(number)s group columns", number=MOST_GROUPS))
    preview = Preview([], [], groups)
    seen: set[str] = set()
    number = 1
    try:
        for number, row in enumerate(reader, start=2):  # where a table breaks off is told below
            if row:  # an empty line is a row of the spreadsheet all the same
                too_many = any(row[len(headings) :])
                cells = dict(zip(headings, map(_clean, row), strict=False))
                _read_row(preview, number, cells, too_many, seen, today, places)
    except csv.Error:
        message = N_("From this line on the file is not a CSV table")
        preview.errors.append(RowError(number + 1, message))
    return preview


def _clean(cell: str) -> str:
    """PostgreSQL keeps no NUL, and nobody means one."""
    return cell.replace("\0", "").strip()


def _read_row(
    preview: Preview,
    number: int,
    cells: Mapping[str, str],
    too_many: bool,
    seen: set[str],
    today: date,
    places: Mapping[str, str],
) -> None:
    wrong: list[Message] = []
    cell = {name: cells.get(name, "") for name in (*KNOWN, *preview.groups)}
    if too_many:
        wrong.append(N_("The row has more cells than the heading"))
    if not cell["text"]:
        wrong.append(N_("The text is empty"))
    elif len(cell["text"]) > LONGEST:
        wrong.append(N_("The text is longer than %(limit)s characters", limit=LONGEST))
    if cell["id"] and cell["id"] in seen:
        wrong.append(N_("The id stands in an earlier row: %(id)s", id=cell["id"]))
    seen.add(cell["id"])
    language = cell["language"].lower() or language_told(cell["text"], "mixed")
    if language not in ("cy", "en", "mixed"):
        wrong.append(N_("The language must be cy, en or mixed"))
    channel = cell["channel"].lower() or Channel.IMPORT
    if channel not in list(Channel):
        wrong.append(N_("The channel must be one of: %(channels)s", channels=", ".join(Channel)))
    consent = cell["consent"].lower() or Consent.OFFICERS
    if consent not in list(Consent):
        wrong.append(N_("The consent must be one of: %(consents)s", consents=", ".join(Consent)))
    place = places.get(cell["place"].lower()) if cell["place"] else None
    if cell["place"] and place is None:
        wrong.append(N_("The place is not a ward of this partnership: %(place)s", place=cell["place"]))
    told_on = today
    if cell["told_on"]:
        try:
            told_on = date.fromisoformat(cell["told_on"])
        except ValueError:
            wrong.append(N_("The date must look like 2027-03-31"))
        if told_on > today:
            wrong.append(N_("The date is in the future"))
    if wrong:
        preview.errors += [RowError(number, message) for message in wrong]
        return
    preview.rows.append(
        Row(
            row=number,
            text=cell["text"].replace("\r\n", "\n"),
            reference=cell["id"] or None,
            language=language,
            channel=Channel(channel),
            author=cell["author"] or None,
            place=place,
            consent=Consent(consent),
            told_on=told_on,
            groups={name: cell[name] for name in preview.groups if cell[name]},
        )
    )


async def preview(session: AsyncSession, campaign: Campaign, data: bytes) -> Preview:
    wards = await session.scalars(select(Ward).where(Ward.partnership_id == campaign.partnership_id))
    places = {name.lower(): ward.code for ward in wards for name in (ward.code, ward.name_cy, ward.name_en)}
    return read_csv(data, today=today(), places=places)


async def take_in(
    session: AsyncSession,
    settings: Settings,
    actor: Actor | None,
    campaign: Campaign,
    file_name: str,
    rows: list[Row],
) -> ImportBatch:
    """Every row becomes a story that waits for a moderator; an author is kept as a keyed hash only."""
    batch = ImportBatch(campaign_id=campaign.id, file_name=file_name)
    session.add(batch)
    await session.flush()
    session.add_all(
        Story(
            campaign_id=campaign.id,
            text=row.text,
            language=row.language,
            channel=row.channel,
            consent=row.consent,
            ward_code=row.place,
            told_on=row.told_on,
            groups=row.groups,
            teller_key=teller_key(settings, campaign.id, row.author) if row.author else None,
            batch_id=batch.id,
            reference=row.reference,
        )
        for row in rows
    )
    audit.record(session, actor, "stories.imported", "batch", batch.id)
    await session.flush()
    return batch


def teller_key(settings: Settings, campaign_id: UUID, who: str) -> bytes:
    """Comparable within one campaign, and nowhere else (TRUST: what "the same person" means)."""
    return hmac.digest(settings.server_key, b"teller\0" + campaign_id.bytes + who.encode(), "sha256")


class StillQuoted(Refused):
    """``stories``: what to name, each with where it is quoted."""

    def __init__(self, stories: list[tuple[str, str]]) -> None:
        named = "; ".join(f"{story} ({place})" for story, place in stories)
        super().__init__(
            N_("Stories of this batch are quoted in a published response: %(stories)s", stories=named),
            N_("Take the quotes out of those responses first. Nothing was undone."),
        )
        self.stories = stories


async def undo(session: AsyncSession, actor: Actor | None, batch_id: UUID) -> int:
    """Removes a batch's stories and returns their number. Raises NotFound, Refused, StillQuoted."""
    batch = await session.get(ImportBatch, batch_id, with_for_update=True)
    if batch is None:
        raise NotFound(N_("There is no such import batch"), N_("Check the number that the import printed."))
    if batch.undone_at:
        raise Refused(N_("This batch has already been undone"), N_("Nothing needs to be done."))
    quoted = await session.execute(
        select(Story.id, Story.reference, Quote.place_titles)
        .join(Quote, Quote.story_id == Story.id)
        .where(Story.batch_id == batch_id, Quote.published, Story.state != State.WITHDRAWN)
    )
    if named := [(reference or str(id), titles["en"]) for id, reference, titles in quoted]:  # noqa: A001
        raise StillQuoted(named)
    gone = await session.execute(delete(Story).where(Story.batch_id == batch_id).returning(Story.id))
    batch.undone_at = now()
    audit.record(session, actor, "stories.import-undone", "batch", batch.id)
    return len(gone.all())
