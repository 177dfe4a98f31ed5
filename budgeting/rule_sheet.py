"""The rule sheet: everything that decides a round, said before voting opens, then frozen.

:class:`Terms` is what officers choose. :class:`RuleSheet` is the whole, with projects, pots, dates and
keys; its canonical JSON is published and its SHA-256 is what every casting statement checks.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

import msgspec

from budgeting.canonical import encode
from translations import LANGUAGES, N_, Bilingual, Message, in_language

Style = Literal["approval", "knapsack", "points", "ranking", "score"]
Way = Literal["voter-list", "email", "sms", "attendee-codes", "declaration", "shared-code"]
Warning_ = Literal["several-ballots-possible"]
Rule = Literal["equal-shares", "greedy"]

IDENTIFYING: frozenset[Way] = frozenset({"voter-list", "email", "sms", "attendee-codes"})
TIE_BREAK = "ascending SHA-256(seed || final root || project id)"
COUNT_STARTS = "after-sealing"


class BallotForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only what the style uses counts; the rest stays at its default.

    ``most_choices``: approval up to N, ranking up to K; None is any number.
    """

    style: Style = "approval"
    most_choices: int | None = None
    points: int = 10
    most_points_each: int | None = None
    highest_score: int = 10


class Counting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Both rules are always computed; ``rule`` decides. The rest is for equal shares."""

    rule: Rule = "equal-shares"
    utility: Literal["cost", "cardinality"] = "cost"
    completion: Literal["none", "add1", "add1-exhaustive"] = "add1"
    increment_pence: int = 100
    top_up: Literal["none", "greedy"] = "none"
    tie_break: tuple[Literal["cost", "votes", "lot"], ...] = ("cost", "votes", "lot")
    minimum_votes: int = 0


class WhoMayVote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    minimum_age: int | None = None
    wards: tuple[str, ...] = ()
    attends_event: bool = False


class Promises(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens if. The first two are the same in every round and stand here so that they are read."""

    project_withdrawn: Literal["ballots-stand-it-cannot-win"] = "ballots-stand-it-cannot-win"
    round_cancelled: Literal["ballots-destroyed-uncounted"] = "ballots-destroyed-uncounted"
    money_left: Literal["next-round", "returned-to-funder", "same-purpose"] = "next-round"
    winner_cannot_deliver: Literal["next-project", "money-left"] = "next-project"
    below_minimum: Literal["totals-and-audited-recount", "merge"] = "totals-and-audited-recount"


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What officers choose.

    ``copies_deleted_after_days``: how long after the close the backups, write-ahead log and logs of the
    voting days may live.
    """

    ballot: BallotForm = BallotForm()
    counting: Counting = Counting()
    who: WhoMayVote = WhoMayVote()
    ways: tuple[Way, ...] = ("voter-list",)
    declaration: bool = False
    channels: tuple[Literal["web", "event", "kiosk", "paper"], ...] = ("web",)
    promises: Promises = Promises()
    minimum_ballots: int = 20
    least_project_pence: int | None = None
    most_project_pence: int | None = None
    part_funding: bool = False
    adjustable_costs: bool = False
    funder: str = ""
    copies_deleted_after_days: int = 30
    spends_money: bool = True
    warnings_confirmed: tuple[Warning_, ...] = ()


class Titles(msgspec.Struct, frozen=True):
    cy: str
    en: str

    @property
    def both(self) -> str:
        """For a message that does not know its reader."""
        return self.cy if self.cy == self.en else f"{self.cy} / {self.en}"


class SheetProject(msgspec.Struct, frozen=True):
    id: UUID
    title: Titles
    cost_pence: int
    category: str | None
    ward: str | None


class SheetContest(msgspec.Struct, frozen=True):
    """``merges_into``: the contest that this one joins when fewer than the minimum vote in it."""

    id: UUID
    title: Titles
    pot_pence: int
    wards: tuple[str, ...]
    projects: tuple[SheetProject, ...]
    merges_into: UUID | None = None


class RuleSheet(msgspec.Struct, frozen=True, kw_only=True):
    format: Literal["cydlais-rules-1"] = "cydlais-rules-1"
    round: UUID
    title: Titles
    purpose: Titles
    voting_opens: datetime
    voting_closes: datetime
    copies_deleted_by: date
    contests: tuple[SheetContest, ...]
    terms: Terms
    tie_break: str = TIE_BREAK
    lot_seed_hash: str
    public_key: str
    count_starts: str = COUNT_STARTS
    replaces: UUID | None = None

    def contest(self, contest_id: UUID) -> SheetContest:
        """Raises KeyError."""
        for contest in self.contests:
            if contest.id == contest_id:
                return contest
        raise KeyError(contest_id)


class Frozen(msgspec.Struct, frozen=True):
    """A sheet with the bytes that were hashed. ``rules_hash`` names it for ever."""

    sheet: RuleSheet
    body: bytes
    rules_hash: bytes


def freeze(sheet: RuleSheet) -> Frozen:
    body = encode(sheet)
    return Frozen(sheet, body, sha256(body).digest())


def thaw(body: bytes) -> Frozen:
    """A published sheet read back. Raises msgspec.ValidationError."""
    return Frozen(msgspec.json.decode(body, type=RuleSheet), body, sha256(body).digest())


def titles(text: Bilingual) -> Titles:
    return Titles(*(in_language(text, language) for language in LANGUAGES))


def whole_second(moment: datetime) -> datetime:
    """UTC without fractions, so that the sheet says the date as it is kept."""
    return moment.astimezone(UTC).replace(microsecond=0)


def warnings(terms: Terms) -> list[Warning_]:
    """What an officer must confirm; it then stands on the sheet and on the result page."""
    holds = bool(set(terms.ways) & IDENTIFYING)
    return [] if holds or not terms.spends_money else ["several-ballots-possible"]


WARNINGS: dict[Warning_, Message] = {
    "several-ballots-possible": N_(
        "With a declaration or a shared code alone, somebody could vote more than once."
    ),
}


def problems(
    terms: Terms, contests: Sequence[SheetContest], opens: datetime, closes: datetime
) -> list[Message]:
    """Why these rules cannot be frozen, in sentences; empty when they can."""
    return [
        *_ways_problems(terms),
        *_ballot_problems(terms.ballot),
        *_contest_problems(terms, contests),
        *([] if opens < closes else [N_("Voting must end after it opens.")]),
        *(WARNINGS[found] for found in warnings(terms) if found not in terms.warnings_confirmed),
    ]


def _ways_problems(terms: Terms) -> list[Message]:
    ways = set(terms.ways)
    identifying = ways & IDENTIFYING
    found = []
    if not ways:
        found.append(N_("Choose how voters show who they are."))
    if len(identifying) > 1 and "voter-list" not in ways:
        found.append(
            N_("Without a voter list, choose one way: e-mail, text message or single-use attendee codes.")
        )
    if "paper" in terms.channels and not ways & {"voter-list", "attendee-codes"}:
        found.append(N_("Paper needs a voter list or single-use codes, so that nobody votes twice."))
    return found


def _ballot_problems(ballot: BallotForm) -> list[Message]:
    numbers = (ballot.most_choices, ballot.points, ballot.most_points_each, ballot.highest_score)
    if any(number is not None and number < 1 for number in numbers):
        return [N_("Every limit of the ballot must be 1 or more.")]
    return []


def _contest_problems(terms: Terms, contests: Sequence[SheetContest]) -> list[Message]:
    found = [] if contests else [N_("The round has no pot yet.")]
    ids = {contest.id for contest in contests}
    for contest in contests:
        if not contest.projects:
            found.append(
                N_("There is no project on this ballot yet: %(contest)s", contest=contest.title.both)
            )
        if contest.merges_into is not None and contest.merges_into not in ids - {contest.id}:
            found.append(
                N_(
                    "It says nowhere which ballot this one merges into: %(contest)s",
                    contest=contest.title.both,
                )
            )
        found += [
            N_("The cost is outside the limits of the round: %(project)s", project=project.title.both)
            for project in contest.projects
            if not _cost_fits(terms, contest, project.cost_pence)
        ]
    return found


def _cost_fits(terms: Terms, contest: SheetContest, cost: int) -> bool:
    least, most = terms.least_project_pence or 1, terms.most_project_pence or contest.pot_pence
    return least <= cost <= min(most, contest.pot_pence)
