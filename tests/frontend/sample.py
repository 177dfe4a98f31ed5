"""A form with every kind of field, for the tests of the macros."""

from wtforms import (
    BooleanField,
    DateField,
    FileField,
    Form,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional


class Typed(dict[str, list[str]]):
    """What a browser sent."""

    def getlist(self, name: str) -> list[str]:
        return self.get(name, [])


CONSENTS = [SelectChoice("officers", "Officers"), SelectChoice("quote", "Quoted")]
TOPICS = [SelectChoice("1", "Transport"), SelectChoice("2", "Health")]
WARDS = [SelectChoice("e", "East"), SelectChoice("w", "West")]


class StoryForm(Form):
    story = TextAreaField(
        "What happened?", [InputRequired("Write your story")], description="No names, please."
    )
    place = StringField("Place", [Optional()])
    password = PasswordField("Password")
    consent = RadioField(
        "Who may read it?", choices=[SelectChoice("officers", "Officers"), SelectChoice("quote", "Quoted")]
    )
    topics = SelectMultipleField(
        "About", choices=[SelectChoice("1", "Transport"), SelectChoice("2", "Health")]
    )
    read = BooleanField("I have read this")
    told_on = DateField("When", [Optional()])
    ward = SelectField("Ward", choices=WARDS, validate_choice=False)
    photo = FileField("Photo")
    title_cy = StringField("Title")
    title_en = StringField("Title", [InputRequired("Enter the English title")])
    title_cy_approved = BooleanField("ok")
    title_en_approved = BooleanField("ok")
    intro_cy = TextAreaField("Intro")
    intro_en = TextAreaField("Intro")
