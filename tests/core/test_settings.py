"""What an operator may set, and the sentence for each thing that cannot be."""

import stat
from pathlib import Path

import pytest

from engage.core.settings import SettingsError, read_settings

KEY = "ab" * 32
GOOD = {"ENGAGE_ENV": "production", "PUBLIC_URL": "https://cydlais.test", "SERVER_KEY": KEY}


def read(tmp_path: Path, **env: str):  # type: ignore[no-untyped-def]
    return read_settings({"DATA_DIR": str(tmp_path / "var"), **env})


def test_nothing_need_be_set_on_one_s_own_machine(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert (settings.environment, settings.host, settings.port) == ("development", "127.0.0.1", 8000)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert (settings.database_url, settings.broker_url, settings.smtp_url) == (None, None, None)
    assert (settings.secure, settings.embedded_worker) == (False, True)
    assert settings.secrets_dir == tmp_path / "var" / "secrets"


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.server_key == second.server_key
    assert len(first.server_key) == 32
    (file,) = first.secrets_dir.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.secrets_dir.stat().st_mode) == 0o700
    assert read(tmp_path / "another").server_key != first.server_key


def test_a_damaged_key_is_never_used(tmp_path: Path) -> None:
    settings = read(tmp_path)
    file = settings.secrets_dir / "server.key"
    for left in (b"", b"short"):
        file.write_bytes(left)
        with pytest.raises(SettingsError, match="is damaged: it holds"):
            read(tmp_path)


def test_production_takes_what_it_is_given(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        **GOOD,
        PORT="9000",
        DATABASE_URL="postgresql://db/x",
        BROKER_URL="redis://r",
        LOG_FORMAT="text",
    )
    assert (settings.server_key, settings.secure, settings.embedded_worker) == (
        bytes.fromhex(KEY),
        True,
        False,
    )
    assert (settings.port, settings.database_url, settings.log_format) == (9000, "postgresql://db/x", "text")
    assert not (tmp_path / "var").exists(), "given a key, nothing is written"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"ENGAGE_ENV": "prod"}, "ENGAGE_ENV is 'prod'; it must be one of production, demo"),
        ({"PORT": "eight"}, "PORT is 'eight'; it must be a whole number."),
        ({"PORT": "²"}, "PORT is '²'"),
        ({"PORT": "-1"}, "PORT is '-1'"),
        ({"WEB_WORKERS": "1.5"}, "WEB_WORKERS is '1.5'"),
        ({"DATABASE_POOL": ""}, "DATABASE_POOL is ''"),
        ({"SERVER_KEY": "ab" * 31}, "SERVER_KEY must be at least 64 hexadecimal digits"),
        ({"SERVER_KEY": "zz" * 32}, "SERVER_KEY must be at least 64 hexadecimal digits"),
        ({**GOOD, "SERVER_KEY": ""}, "SERVER_KEY is not set. Make one with"),
        ({"PUBLIC_URL": "cydlais.test"}, "it must look like https://example.cymru"),
        ({"PUBLIC_URL": "ftp://cydlais.test"}, "it must look like https://example.cymru"),
        ({"PUBLIC_URL": "http://cydlais.test"}, "PUBLIC_URL must begin with https:// unless"),
        ({"ENGAGE_ENV": "demo", "HOST": "0.0.0.0"}, "The demonstration listens on this machine only"),  # noqa: S104
        (
            {**GOOD, "PUBLIC_URL": "http://127.0.0.1:8000"},
            "In production PUBLIC_URL must begin with https://",
        ),
    ],
)
def test_each_contradiction_has_its_sentence(tmp_path: Path, env: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read(tmp_path, **env)
    assert said in str(raised.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file, not a folder")
    with pytest.raises(SettingsError, match=r"Cannot write to .*Set DATA_DIR to a folder of yours"):
        read(tmp_path)
