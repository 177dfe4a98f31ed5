"""What can go wrong in the domain, said in a sentence that a person can use.

Services raise these; :mod:`engage.core.problems` alone turns them into a page or into problem+json.
"""

from translations import N_, Message


class DomainError(Exception):
    """``title`` says what happened, ``advice`` what to do now. ``code`` is the stable name in the API."""

    status = 400
    code = "bad-request"
    title: Message = N_("We could not do that")
    advice: Message = N_("Go back and try again.")

    def __init__(self, title: Message | None = None, advice: Message | None = None) -> None:
        super().__init__(str(title or self.title))
        self.title = title or self.title
        self.advice = advice or self.advice


class InvalidInput(DomainError):
    """``fields``: name of the field → what is wrong with it."""

    status = 422
    code = "invalid-input"
    title = N_("There is a problem with what you entered")
    advice = N_("Correct it and send it again. What you typed is below.")

    def __init__(
        self,
        fields: dict[str, Message] | None = None,
        title: Message | None = None,
        advice: Message | None = None,
    ) -> None:
        super().__init__(title, advice)
        self.fields = fields or {}


class NotFound(DomainError):
    status = 404
    code = "not-found"
    title = N_("Page not found")
    advice = N_("Check the address, or start from the home page.")


class SignInNeeded(DomainError):
    status = 401
    code = "sign-in-needed"
    title = N_("Sign in to see this page")
    advice = N_("Sign in with your work e-mail address.")


class Forbidden(DomainError):
    status = 403
    code = "forbidden"
    title = N_("You cannot do this")
    advice = N_("Your role does not include it. Ask an administrator of your organisation.")


class CrossSite(DomainError):
    status = 403
    code = "cross-site"
    title = N_("We could not be sure that this came from our own page")
    advice = N_("Send it again from here. What you typed is below.")


class Conflict(DomainError):
    status = 409
    code = "conflict"
    title = N_("Someone changed this before you")
    advice = N_("Look at it as it is now, then decide.")


class Refused(DomainError):
    """The rules of the phase, or of the law, do not allow it now; nothing is wrong with the input."""

    status = 409
    code = "refused"
    title = N_("This cannot be done now")
    advice = N_("Look at the dates and the state of this page.")


class TooMany(DomainError):
    status = 429
    code = "too-many"
    title = N_("Too many tries")
    advice = N_("Wait a few minutes, then try again.")
