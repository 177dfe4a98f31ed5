"""One message to one person, through a server or into a folder."""

import email
import email.policy
from pathlib import Path

import aiosmtplib
import pytest

from engage.core.mail import send
from engage.core.settings import Settings
from tests.people.mailbox import open_mailbox

TEXT = "Annwyl Siân,\n\nDyma’r ddolen: https://cydlais.test/cy\n"


async def write_to(settings: Settings, to: str = "sian@example.org") -> None:
    await send(settings, to=to, subject="Tŷ’r Cyngor", text=TEXT, message_id="abc")


async def test_words_and_names_arrive_as_written() -> None:
    async with open_mailbox() as mailbox:
        url = f"smtp://127.0.0.1:{mailbox.port}"
        await write_to(Settings(public_url="https://cydlais.test", smtp_url=url, mail_from="a@example.org"))
    (message,) = mailbox.messages
    assert (message["To"], message["From"], message["Subject"]) == (
        "sian@example.org",
        "a@example.org",
        "Tŷ’r Cyngor",
    )
    assert message["Message-ID"] == "<abc@cydlais.test>"
    assert message["Date"]
    assert mailbox.text().replace("\r\n", "\n") == TEXT


async def test_without_a_server_it_can_be_read_in_a_folder(tmp_path: Path) -> None:
    await write_to(Settings(data_dir=tmp_path))
    await write_to(Settings(data_dir=tmp_path))
    (file,) = (tmp_path / "mail").iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert message["To"] == "sian@example.org"
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


async def test_nobody_slips_a_header_in(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline|header"):
        await write_to(Settings(data_dir=tmp_path), to="a@example.org\nBcc: b@example.org")


async def test_a_busy_or_absent_server_is_an_error_that_the_outbox_retries() -> None:
    async with open_mailbox() as mailbox:
        mailbox.refusing = True
        settings = Settings(smtp_url=f"smtp://127.0.0.1:{mailbox.port}")
        with pytest.raises(aiosmtplib.SMTPException):
            await write_to(settings)
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await write_to(settings)
