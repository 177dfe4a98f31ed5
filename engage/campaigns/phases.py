"""A campaign's phase follows from its dates; what a phase allows stands here and nowhere else. Pure."""

from datetime import date
from enum import StrEnum

from translations import N_, Message


class Phase(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    ANALYSING = "analysing"
    ANSWERED = "answered"


NAMES: dict[Phase, Message] = {
    Phase.DRAFT: N_("Draft"),
    Phase.SCHEDULED: N_("Opens soon"),
    Phase.OPEN: N_("Open for stories"),
    Phase.ANALYSING: N_("Reading the stories"),
    Phase.ANSWERED: N_("Answered"),
}


def phase_of(*, published: bool, opens: date, closes: date, answered: bool, today: date) -> Phase:
    """``today`` is Europe/London's date; the last day counts whole."""
    if not published:
        return Phase.DRAFT
    if today < opens:
        return Phase.SCHEDULED
    if today <= closes:
        return Phase.OPEN
    return Phase.ANSWERED if answered else Phase.ANALYSING


def takes_stories(phase: Phase) -> bool:
    return phase is Phase.OPEN


def can_be_analysed(phase: Phase) -> bool:
    """Themes may be read while stories still come; they are public only once signed off."""
    return phase in (Phase.OPEN, Phase.ANALYSING, Phase.ANSWERED)


def feedback_days(feedback_by: date, today: date) -> int:
    """Days left until the promised feedback; negative when late."""
    return (feedback_by - today).days
