"""Everything that an operator can set, read once from the environment."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

import msgspec

Environment = Literal["production", "demo", "development", "test"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SettingsError(Exception):
    """A setting is missing or contradicts another; the message says which, and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    environment: Environment = "development"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    data_dir: Path = Path("var")
    secrets_dir: Path = Path("var/secrets")
    database_url: str | None = None  # None: the embedded PostgreSQL
    broker_url: str | None = None  # None: a worker thread inside the server
    server_key: bytes = b""
    web_workers: int = 1
    trusted_proxies: int = 0  # how many of our own stand in front and add to X-Forwarded-For
    database_pool: int = 10
    smtp_url: str | None = None  # None: mail is written to DATA_DIR/mail
    mail_from: str = "cydlais@example.org"
    contact_email: str = "cydlais@example.org"
    contact_phone: str = "01632 960 000"
    log_format: Literal["json", "text"] = "json"

    @property
    def secure(self) -> bool:
        """Served over https, so cookies carry ``Secure`` and the ``__Host-`` prefix.

        Plain http is only ever allowed on the loopback interface, where some browsers drop Secure cookies.
        """
        return self.public_url.startswith("https://")

    @property
    def embedded_worker(self) -> bool:
        return self.broker_url is None


def read_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``env`` (default: the process environment).

    Raises SettingsError with a sentence for the operator.
    """
    env = os.environ if env is None else env
    data_dir = Path(env.get("DATA_DIR", "var")).absolute()
    secrets_dir = Path(env.get("SECRETS_DIR", data_dir / "secrets")).absolute()
    environment = env.get("ENGAGE_ENV", "development")
    if environment not in get_args(Environment):
        raise SettingsError(
            f"ENGAGE_ENV is {environment!r}; it must be one of {', '.join(get_args(Environment))}."
        )
    host = env.get("HOST", "127.0.0.1")
    port = _number(env, "PORT", 8000)
    settings = Settings(
        environment=environment,  # type: ignore[arg-type]  # checked above
        host=host,
        port=port,
        public_url=env.get("PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        data_dir=data_dir,
        secrets_dir=secrets_dir,
        database_url=env.get("DATABASE_URL", "").replace("+asyncpg", "", 1) or None,
        broker_url=env.get("BROKER_URL") or None,
        server_key=_server_key(env, secrets_dir, environment),
        web_workers=_number(env, "WEB_WORKERS", 1),
        trusted_proxies=_number(env, "TRUSTED_PROXIES", 0),
        database_pool=_number(env, "DATABASE_POOL", 10),
        smtp_url=env.get("SMTP_URL") or None,
        mail_from=env.get("MAIL_FROM", "cydlais@example.org"),
        contact_email=env.get("CONTACT_EMAIL", "cydlais@example.org"),
        contact_phone=env.get("CONTACT_PHONE", "01632 960 000"),
        log_format="text" if env.get("LOG_FORMAT", "json") == "text" else "json",
    )
    _refuse_contradictions(settings)
    return settings


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, str(default))
    if not value.isdecimal():
        raise SettingsError(f"{name} is {value!r}; it must be a whole number.")
    return int(value)


def _server_key(env: Mapping[str, str], secrets_dir: Path, environment: str) -> bytes:
    """32 random bytes that key hashes and tokens; made once outside production, given in production."""
    if given := env.get("SERVER_KEY"):
        try:
            key = bytes.fromhex(given)
        except ValueError:
            key = b""
        if len(key) < 32:
            raise SettingsError("SERVER_KEY must be at least 64 hexadecimal digits (32 bytes).")
        return key
    if environment == "production":
        raise SettingsError(
            "SERVER_KEY is not set. Make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    path = secrets_dir / "server.key"
    try:
        secrets_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"Cannot write to {secrets_dir}: {error.strerror}. Set DATA_DIR to a folder of yours."
        ) from error
    if len(key) < 32:
        raise SettingsError(f"{path} is damaged: it holds {len(key)} bytes of 32. Put it back from a backup.")
    return key


def _write_key(path: Path) -> None:
    """Whole or not at all, and by one process only, though several may start at once."""
    own = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(32))
    with suppress(FileExistsError):
        os.link(own, path)
    own.unlink()


def _refuse_contradictions(settings: Settings) -> None:
    public = urlsplit(settings.public_url)
    if public.scheme not in ("http", "https") or not public.hostname:
        raise SettingsError(f"PUBLIC_URL is {settings.public_url!r}; it must look like https://example.cymru")
    if not settings.secure and public.hostname not in LOOPBACK:
        raise SettingsError("PUBLIC_URL must begin with https:// unless it is an address on this machine.")
    if settings.environment == "demo" and settings.host not in LOOPBACK:
        raise SettingsError("The demonstration listens on this machine only: leave HOST at 127.0.0.1.")
    if settings.environment == "production" and _made_by_demo(settings):
        raise SettingsError(
            f"SERVER_KEY is the one that a demonstration made in {settings.secrets_dir}. "
            "Make a new one, and a DATA_DIR of its own."
        )
    if settings.environment == "production" and not settings.secure:
        raise SettingsError("In production PUBLIC_URL must begin with https://")


def _made_by_demo(settings: Settings) -> bool:
    """Outside production a key is made and left beside the data: whoever has seen that folder knows it."""
    try:
        return (settings.secrets_dir / "server.key").read_bytes() == settings.server_key
    except OSError:
        return False
