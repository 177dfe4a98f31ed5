"""What ``make demo`` prints: who can sign in, and the codes of ten voters."""

import hmac
import json
from pathlib import Path
from typing import Any

from engage.core import codes
from engage.core.settings import Settings

PASSWORD = "tri-gair-ar-hap"  # noqa: S105  # production refuses to start while a demonstration account exists
DEMO_CODES = 10


def read_content(name: str) -> Any:
    return json.loads((Path(__file__).parent / "content" / f"{name}.json").read_text(encoding="utf-8"))


def demo_codes(settings: Settings) -> list[str]:
    """Voter codes of the open round: the same at every start, and nobody's who does not have the server's key."""
    return [
        codes.from_digest(hmac.digest(settings.server_key, b"demo voter %d" % number, "sha256"))
        for number in range(DEMO_CODES)
    ]
