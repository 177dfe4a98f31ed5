"""What the loader has made so far, by the keys that the content files use."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from engage.campaigns.models import Campaign
from engage.core.clock import today
from engage.core.permissions import Actor, Role
from engage.core.settings import Settings
from engage.people.models import Organisation
from engage.themes.models import Theme

MIDDAY = time(12, tzinfo=UTC)


class World:
    """What has been loaded so far, by the keys that the content files use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.today = today()
        self.organisations: dict[str, Organisation] = {}
        self.people: dict[str, Actor] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.stories: dict[str, UUID] = {}
        self.themes: dict[str, Theme] = {}

    def day(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def at(self, days: int) -> datetime:
        return datetime.combine(self.day(days), MIDDAY)

    def officer(self, organisation: str) -> Actor:
        """Someone who may act for it: an officer of its own, else the demonstration's stand-in."""
        own = self.organisations[organisation].id
        for actor in self.people.values():
            if actor.holds(Role.OFFICER, own):
                return actor
        roles = frozenset((row.id, Role.OFFICER) for row in self.organisations.values())
        return Actor(next(iter(self.people.values())).person_id, "", "cy", roles, "")
