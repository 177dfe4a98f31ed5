"""What people type to sign in, to be invited, and to choose a password."""

from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import Regexp

from engage.core.forms import AtMost, Form, Needed, options, tidy
from engage.core.permissions import Role
from translations import N_

ROLES = [
    (Role.ADMINISTRATOR, N_("Administrator")),
    (Role.OFFICER, N_("Officer")),
    (Role.MODERATOR, N_("Moderator")),
    (Role.TRANSLATOR, N_("Translator")),
    (Role.PARTNER, N_("Partner")),
    (Role.SCRUTINY, N_("Scrutiny")),
]

LOOKS_LIKE_EMAIL = Regexp(
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    message=N_("Enter an e-mail address like name@example.org"),
)


class SignInForm(Form):
    email = EmailField(N_("E-mail address"), [Needed(N_("Enter your e-mail address"))], filters=[tidy])
    password = PasswordField(N_("Password"), [Needed(N_("Enter your password"))])


class ResetForm(Form):
    email = EmailField(
        N_("E-mail address"), [Needed(N_("Enter your e-mail address")), LOOKS_LIKE_EMAIL], filters=[tidy]
    )


class PasswordForm(Form):
    password = PasswordField(
        N_("New password"),
        [Needed(N_("Choose a password"))],
        description=N_("At least 12 characters. Three random words are a good password."),
    )


class InvitationForm(Form):
    name = StringField(N_("Full name"), [Needed(N_("Enter the person's name")), AtMost(120)], filters=[tidy])
    email = EmailField(
        N_("E-mail address"),
        [Needed(N_("Enter the person's e-mail address")), LOOKS_LIKE_EMAIL],
        filters=[tidy],
    )
    organisation = SelectField(N_("Organisation"))
    role = SelectField(N_("Role"), choices=options(ROLES))
    language = SelectField(
        N_("Language of the invitation"), choices=options([("cy", N_("Welsh")), ("en", N_("English"))])
    )
