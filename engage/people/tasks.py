"""Jobs of this slice."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from engage.core.addresses import url
from engage.core.jobs import job
from engage.core.mail import send
from engage.core.security import hash_token
from engage.core.settings import read_settings
from engage.people.models import Person
from engage.people.service import make_link
from translations import Language, translator


@job("people.send_link")
async def send_link(session: AsyncSession, person_id: str, purpose: str) -> None:
    """Makes the link here and not earlier, so that its token is never stored in clear.

    A retry makes a new link; the one in a first message that did arrive stops working with it.
    """
    person = await session.get_one(Person, UUID(person_id))
    settings = read_settings()
    token = await make_link(session, person.id, purpose)
    address = settings.public_url + url(person.language, "choose-password", token=token)
    subject, text = _message(person.language, purpose, person.name, address)
    message_id = f"link-{hash_token(token).hex()[:16]}"  # of the token nothing stands in a mail server's log
    await send(settings, to=person.email, subject=subject, text=text, message_id=message_id)


def _message(language: Language, purpose: str, name: str, address: str) -> tuple[str, str]:
    _ = translator(language).gettext
    if purpose == "invitation":
        subject = _("An invitation to Cydlais")
        text = _(
            "You have been invited to work on Cydlais. Choose a password here within 7 days. The link works once."
        )
    else:
        subject = _("Choose a new password for Cydlais")
        text = _("Choose a new password here within one hour. If you did not ask for this, do nothing.")
    return subject, f"{name},\n\n{text}\n\n{address}\n"
