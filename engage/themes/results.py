"""What goes into an analysis and what comes out: plain structs that msgspec writes as JSON."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

NONE_FIT = "none_fit"
CANNOT_TELL = "cannot_tell"


class StoryInput(msgspec.Struct, frozen=True):
    """One moderated story. `language` None: detected here. `author` None: the story is its own voice.
    `groups` holds whatever the results are compared by: ward, age, partner, …"""

    id: str
    text: str
    language: str | None = None
    author: str | None = None
    channel: str | None = None
    groups: Mapping[str, str] = {}


class Parameters(msgspec.Struct, frozen=True):
    """`themes` None: the number is chosen by stability. `margins`: {group: {value: share or count}} of the
    area's population, for raking and representation. `thorough` False leaves out the slow parts
    (stability curve, leave-one-out)."""

    themes: int | None = None
    seed: int = 1
    margins: Mapping[str, Mapping[str, float]] = {}
    thorough: bool = True
    runs: int = 40
    neighbours: int = 15
    copy_words: int = 8
    copy_cosine: float = 0.6
    small_theme_voices: int = 3
    trim: float = 5.0


class GroupLift(msgspec.Struct, frozen=True):
    """How often a theme is raised in one group compared with everybody; `quiet` is "", "watch", "public"."""

    group: str
    value: str
    voices: int
    lift: float
    q: float
    quiet: str = ""


class Theme(msgspec.Struct, frozen=True):
    """`share` is of all voices; `weighted_share` after raking, None without margins or when withheld.
    `unchecked` is the share of voices with no author to tell them apart by."""

    id: str
    label_cy: str
    label_en: str
    stories: int
    voices: int
    effective_voices: float
    share: float
    weighted_share: float | None
    unchecked: float
    cohesion: float
    by_language: dict[str, int]
    words: dict[str, list[str]]
    groups: list[GroupLift]
    quiet: str
    central: list[str]
    typical: list[str]
    contrasting: list[str]
    campaigns: list[str]
    members: list[str]


class Campaign(msgspec.Struct, frozen=True):
    """Near-identical texts that together are one voice. `size` is how many were sent."""

    id: str
    size: int
    members: list[str]
    central: str
    theme: str


class GroupShare(msgspec.Struct, frozen=True):
    """`expected` is the census share; `ratio` heard to expected; `expected_voices` at this turnout."""

    group: str
    value: str
    voices: int
    share: float
    expected: float | None
    expected_voices: float | None
    ratio: float | None
    under: bool
    not_heard: bool


class LanguageParity(msgspec.Struct, frozen=True):
    language: str
    stories: int
    unassigned: float
    cohesion: float | None


class Representation(msgspec.Struct, frozen=True):
    """`index` per group: one minus the total variation distance to the margin. `weighting` is "none" (no
    margins), "raked" or "withheld" (effective sample below half of the voices)."""

    voices: int
    effective_sample: float | None
    weighting: str
    index: dict[str, float]
    groups: list[GroupShare]
    parity: list[LanguageParity]


class StabilityPoint(msgspec.Struct, frozen=True):
    themes: int
    ari: float


class LeftOut(msgspec.Struct, frozen=True):
    """What is left without one channel, group, campaign…: `lost` themes, and those whose rank moved."""

    kind: str
    value: str
    voices_left: int
    lost: list[str]
    ranks: dict[str, list[int]]


class Stability(msgspec.Struct, frozen=True):
    """`reason` is a key: "given", "finest that is stable", "most stable", "too few stories"."""

    curve: list[StabilityPoint]
    themes: int
    reason: str
    left_out: list[LeftOut]


class Analysis(msgspec.Struct, frozen=True):
    """`assignments`: story id → theme id, "none_fit" or "cannot_tell". `nearest`: for stories that fit none,
    the theme they are least far from. `languages`: story id → "cy", "en" or "mixed"."""

    themes: list[Theme]
    assignments: dict[str, str]
    nearest: dict[str, str]
    languages: dict[str, str]
    campaigns: list[Campaign]
    representation: Representation
    stability: Stability
    parameters: Parameters
    seed: int
    input_hash: str
    centring: str
    versions: dict[str, str]
