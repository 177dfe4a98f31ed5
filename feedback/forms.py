"""What an officer fills in to answer a theme, and to say how a commitment goes."""

from wtforms import SelectField, SelectMultipleField

from engage.campaigns.forms import Day
from engage.core.forms import Form, Needed, Optional, Radios, options
from engage.core.texts import two_sided
from engage.core.thread import STATUS_NAMES
from feedback.models import Kind, Status
from translations import N_


@two_sided("promise", N_("What is promised (leave it empty if nothing is)"), limit=200)
@two_sided("we_did", N_("We did, we will do, or we cannot, because"), limit=3000, area=True)
@two_sided("you_said", N_("You said"), limit=2000, area=True)
class ResponseForm(Form):
    kind = Radios(
        N_("Our answer"),
        [Needed(N_("Choose an answer"))],
        choices=options((kind.value, STATUS_NAMES[kind.value]) for kind in Kind),
    )
    owner = SelectField(N_("Who answers for it"))
    quotes = SelectMultipleField(
        N_("Quotes"), description=N_("Only stories whose tellers allow it are listed.")
    )
    due = Day(N_("Promised by"), [Optional()])


@two_sided("text", N_("What has happened"), limit=1000, area=True)
class UpdateForm(Form):
    status = SelectField(
        N_("Status"), choices=options((status.value, STATUS_NAMES[status.value]) for status in Status)
    )
