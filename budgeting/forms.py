"""What officers fill in to make a round, and what voters do to get their ballot."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import NumberRange

from budgeting.queries import CATEGORIES
from engage.core.forms import AtMost, Form, Needed, Optional, options, tidy
from engage.core.texts import two_sided
from translations import N_

LONDON = ZoneInfo("Europe/London")
MOST_POUNDS = 100_000_000


class Moment(Field):
    """A day and a time of day in London, as the browser's field sends it; ``data`` is aware."""

    data: datetime | None
    typed = ""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip()
        self.typed, self.data = typed, None
        if not typed:
            return
        try:
            self.data = datetime.fromisoformat(typed).replace(tzinfo=LONDON)
        except ValueError as error:
            raise ValueError(N_("Enter a day and a time, for example 31/03/2027 09:00")) from error

    def _value(self) -> str:
        if isinstance(self.data, datetime):
            return self.data.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")
        return self.typed


class Pounds(Field):
    """Money as people type it, £ and commas allowed; ``data`` is whole pence."""

    data: int | None
    typed = ""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip()
        self.typed, self.data = typed, None
        if not typed:
            return
        try:
            pence = Decimal(typed.replace("£", "").replace(",", "").replace(" ", "")) * 100
        except InvalidOperation:
            pence = Decimal("NaN")
        if not pence.is_finite() or pence != pence.to_integral_value() or not 0 < pence <= MOST_POUNDS * 100:
            raise ValueError(N_("Enter an amount in pounds, for example 3,500 or 3,500.50"))
        self.data = int(pence)

    def _value(self) -> str:
        if isinstance(self.data, int):
            pounds, pence = divmod(self.data, 100)
            return f"{pounds:,}" + (f".{pence:02}" if pence else "")
        return self.typed


def from_to(least: int, most: int) -> Any:
    return NumberRange(least, most, N_("Enter a number from %(least)s to %(most)s", least=least, most=most))


class CodeForm(Form):
    code = StringField(
        N_("Your voter code"),
        [Needed(N_("Enter your voter code")), AtMost(60)],
        filters=[tidy],
        description=N_(
            "It has 14 letters and numbers, for example 7KQ4M-2XTWD-9HPC. Small letters are fine."
        ),
    )


class BallotForm(Form):
    """Choices come as they are ticked; the frozen rules judge them, not this form."""

    choice = SelectMultipleField(N_("Your choices"), validate_choice=False)


class CheckReceiptForm(Form):
    receipt = TextAreaField(
        N_("Your ballot receipt"),
        [Needed(N_("Paste your receipt")), AtMost(1000)],
        filters=[tidy],
        description=N_("The long line of letters and numbers that you kept when you voted."),
    )


RULES = [
    ("equal-shares", N_("Equal shares: every voter holds the same part of the money")),
    ("greedy", N_("Most votes: the projects with the most votes, while the money lasts")),
]
STYLES = [
    ("approval", N_("Any number of projects, or up to a number that you set")),
    ("knapsack", N_("As many projects as fit into the pot together")),
]
MONEY_LEFT = [
    ("next-round", N_("It goes into the next round")),
    ("returned-to-funder", N_("It goes back to the funder")),
    ("same-purpose", N_("It is spent on the same purpose")),
]
CANNOT_DELIVER = [
    ("next-project", N_("The next project by the same rule gets the money")),
    ("money-left", N_("The money is treated as money left over")),
]


@two_sided("purpose", N_("What the money is for"), limit=500, area=True)
@two_sided("summary", N_("What voters should know"), limit=1000, area=True)
@two_sided("title", N_("Title"), limit=120)
class RoundForm(Form):
    organisation = SelectField(N_("Organisation that runs the vote"))
    campaign = SelectField(
        N_("Campaign that it came from"),
        description=N_("Everybody who told a story there will see that it led to this vote."),
    )
    voting_opens = Moment(N_("Voting opens"), [Needed(N_("Enter when voting opens"))])
    voting_closes = Moment(N_("Voting closes"), [Needed(N_("Enter when voting closes"))])
    minimum_age = IntegerField(N_("Lowest age to vote"), [Optional(), from_to(1, 120)])
    style = RadioField(N_("What a voter may choose"), choices=options(STYLES), default="approval")
    most_choices = IntegerField(
        N_("Most projects that one voter may choose"),
        [Optional(), from_to(1, 500)],
        description=N_("Leave this empty for any number."),
    )
    rule = RadioField(N_("How votes become winners"), choices=options(RULES), default="equal-shares")
    minimum_ballots = IntegerField(
        N_("Fewest ballots to be opened"),
        [Needed(N_("Enter a number")), from_to(1, 1000)],
        default=20,
        description=N_(
            "With fewer ballots only the totals are published, so that nobody's vote can be guessed."
        ),
    )
    most_project = Pounds(N_("Most that one project may cost, in pounds"), [Optional()])
    money_left = SelectField(N_("Money that is left over"), choices=options(MONEY_LEFT), default="next-round")
    cannot_deliver = SelectField(
        N_("If a winner cannot be delivered"), choices=options(CANNOT_DELIVER), default="next-project"
    )
    funder = StringField(N_("Funder"), [AtMost(200)], filters=[tidy])


@two_sided("title", N_("Name of the pot"), limit=120)
class ContestForm(Form):
    pot = Pounds(N_("Money in the pot, in pounds"), [Needed(N_("Enter how much money there is"))])


@two_sided("summary", N_("What it is"), limit=1000, area=True)
@two_sided("title", N_("Name of the project"), limit=120)
class ProjectForm(Form):
    contest = SelectField(N_("Pot"))
    cost = Pounds(N_("What it costs, in pounds"), [Needed(N_("Enter what it costs"))])
    category = SelectField(N_("Kind of project"), choices=options([("", N_("None")), *CATEGORIES.items()]))
    ward = SelectField(N_("Area"))


class CodesForm(Form):
    number = IntegerField(
        N_("How many codes"), [Needed(N_("Enter how many codes you need")), from_to(1, 2000)], default=50
    )


class FreezeForm(Form):
    sure = BooleanField(N_("I have read the rules. From now on nothing in them can change."))


REASONS = [
    ("stolen-code", N_("The code was lost or stolen")),
    ("paper-instead", N_("The voter needs a paper ballot instead")),
    ("fraud", N_("A suspicion of fraud was upheld")),
]


class VoidForm(Form):
    code = StringField(N_("Voter code"), [Needed(N_("Enter the voter code")), AtMost(60)], filters=[tidy])
    reason = RadioField(N_("Reason"), choices=options(REASONS), validate_choice=True)


@two_sided("reason", N_("Why the round is cancelled"), limit=500, area=True)
class CancelForm(Form):
    pass
