"""What an officer fills in to make a campaign."""

from wtforms import DateField, SelectField, SelectMultipleField

from engage.core.forms import Form, Needed
from engage.core.texts import two_sided
from translations import N_


class Day(DateField):
    """A date, with our sentence when it cannot be read."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value for value in valuelist if value.strip()])
        except ValueError as error:
            raise ValueError(N_("Enter a day, month and year, for example 31/03/2027")) from error


@two_sided("promise", N_("What we promise to do with what you say"), limit=500, area=True)
@two_sided("prompt", N_("The open question"), limit=300, area=True)
@two_sided("summary", N_("Why we ask"), limit=1000, area=True)
@two_sided("title", N_("Title"), limit=120)
class CampaignForm(Form):
    lead = SelectField(N_("Lead organisation"))
    partners = SelectMultipleField(N_("Partner organisations"))
    opens = Day(N_("First day"), [Needed(N_("Enter the first day"))])
    closes = Day(N_("Last day"), [Needed(N_("Enter the last day"))])
    feedback_by = Day(
        N_("Feedback promised by"),
        [Needed(N_("Enter the day by which you promise feedback"))],
        description=N_("Everyone will see this day, and whether you kept it."),
    )
