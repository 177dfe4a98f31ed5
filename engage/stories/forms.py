"""One thing per page for who tells; one story at a time for who moderates."""

from wtforms import SelectField, StringField, TextAreaField

from engage.core.forms import Form, Needed, Optional, Radios, options, tidy
from engage.stories.models import Consent
from engage.stories.moderation import REASONS
from translations import N_

CONSENTS = [
    (Consent.OFFICERS.value, N_("Read by officers only")),
    (Consent.QUOTE.value, N_("Quoted without my name")),
    (Consent.PUBLISH.value, N_("Published without my name")),
]
CONSENT_HINTS = {
    Consent.OFFICERS.value: N_("It counts towards the themes, and its words are never shown."),
    Consent.QUOTE.value: N_("A part of it may stand in a published response."),
    Consent.PUBLISH.value: N_("Anyone can read it on this site, once a moderator has checked it."),
}
LANGUAGES = [("cy", N_("Welsh")), ("en", N_("English")), ("mixed", N_("Welsh and English"))]


class TextForm(Form):
    text = TextAreaField(
        N_("Your story"),
        filters=[tidy],
        description=N_("In Welsh, in English, or in both. Please leave out names and addresses."),
    )


class ConsentForm(Form):
    consent = Radios(
        N_("Who may read your story?"),
        [Needed(N_("Choose who may read your story"))],
        choices=options(CONSENTS),
        description=N_("You can change this later with your receipt."),
    )


class PlaceForm(Form):
    ward = SelectField(N_("Which area is your story about?"), [Optional()])


class ReceiptForm(Form):
    code = StringField(
        N_("Receipt code"),
        [Needed(N_("Enter your receipt code"))],
        description=N_(
            "14 letters and numbers, for example 7KQ4M-2XTWD-9HPC. Capitals and dashes do not matter."
        ),
    )


class DecisionForm(Form):
    text = TextAreaField(
        N_("What may be read"),
        filters=[tidy],
        description=N_("Take out what could tell who somebody is. The original stays sealed."),
    )
    language = SelectField(N_("Language of the story"), choices=options(LANGUAGES))
    reason = SelectField(
        N_("Reason, if you decline it"), [Optional()], choices=options([("", "–"), *REASONS.items()])
    )
