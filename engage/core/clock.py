"""The one place that reads the clock; pure functions have the time passed in."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    """The date on the page, which is Europe/London's."""
    return now().astimezone(LONDON).date()
