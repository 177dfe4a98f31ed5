"""One message to one person; without SMTP_URL, a file in DATA_DIR/mail, so that a demonstration can be read."""

from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib

from engage.core.settings import Settings


async def send(settings: Settings, *, to: str, subject: str, text: str, message_id: str) -> None:
    """``message_id`` (without brackets) stays the same on a retry, so that the receiver can drop a second copy.

    Raises aiosmtplib.SMTPException or OSError, which the outbox retries.
    """
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{message_id}@{urlsplit(settings.public_url).hostname}>"
    message.set_content(text)
    if settings.smtp_url is None:
        folder = settings.data_dir / "mail"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / f"{message_id}.eml").write_bytes(message.as_bytes())
        return
    server = urlsplit(settings.smtp_url)
    await aiosmtplib.send(
        message,
        hostname=server.hostname,
        port=server.port,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
    )
