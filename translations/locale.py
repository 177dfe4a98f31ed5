"""Which language, and how a sentence gets into it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from typing import TYPE_CHECKING, Any, Final, Literal

from translations.catalogues import as_translations, merged, read_catalogues

if TYPE_CHECKING:
    from jinja2 import Environment

Language = Literal["cy", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("cy", "en")


def other(lang: Language) -> Language:
    return "en" if lang == "cy" else "cy"


@cache
def translator(lang: Language) -> NullTranslations:
    """gettext, ngettext, pgettext and npgettext of a language.

    A message that Welsh lacks comes out in English, so that a page never breaks; `python -m translations
    check` is what refuses it.
    """
    return as_translations(merged(read_catalogues().values())) if lang == "cy" else NullTranslations()


class Message(str):
    """A message said later: its English as a str, and `in_language` for either language.

    Being a str it goes wherever a label or an error text goes. Named parameters stay apart until it is
    said, so that `N_("At most %(max)s letters.") % {"max": 40}` is still a message (WTForms validators
    format theirs like this). A parameter may itself be a message.
    """

    msgid: str
    plural: str | None
    number: int | None
    context: str | None
    params: dict[str, Any]

    def __new__(
        cls,
        msgid: str,
        *,
        plural: str | None = None,
        number: int | None = None,
        context: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Message:
        named = dict(params or {})
        if number is not None:
            named.setdefault("num", number)
        message = super().__new__(cls, _say(NullTranslations(), "en", msgid, plural, number, context, named))
        message.msgid, message.plural, message.number = str(msgid), plural, number
        message.context, message.params = context, named
        return message

    def in_language(self, lang: Language) -> str:
        return _say(translator(lang), lang, self.msgid, self.plural, self.number, self.context, self.params)

    def __mod__(self, params: Any) -> Message:
        return Message(
            self.msgid,
            plural=self.plural,
            number=self.number,
            context=self.context,
            params={**self.params, **params},
        )


def _say(
    translations: NullTranslations,
    lang: Language,
    msgid: str,
    plural: str | None,
    number: int | None,
    context: str | None,
    params: dict[str, Any],
) -> str:
    text = _look_up(translations, str(msgid), plural, number, context)
    if not params:
        return text
    try:
        return text % {name: say(value, lang) for name, value in params.items()}
    except KeyError:
        if lang == "en":
            return text  # not all parameters are known yet; `%` will bring them
        raise


def _look_up(
    t: NullTranslations, msgid: str, plural: str | None, number: int | None, context: str | None
) -> str:
    if plural is None or number is None:
        return t.gettext(msgid) if context is None else t.pgettext(context, msgid)
    if context is None:
        return t.ngettext(msgid, plural, number)
    return t.npgettext(context, msgid, plural, number)


def say(value: Any, lang: Language) -> Any:
    """A message in the language; anything else as it is (text that is already somebody's own words)."""
    return value.in_language(lang) if isinstance(value, Message) else value


def N_(msgid: str, /, **params: Any) -> Message:
    return Message(msgid, params=params)


def NP_(context: str, msgid: str, /, **params: Any) -> Message:
    """With a context, for single words: `NP_("button", "Open")`."""
    return Message(msgid, context=context, params=params)


def NN_(singular: str, plural: str, number: int, /, **params: Any) -> Message:
    """By number, which the sentence names as %(num)s."""
    return Message(singular, plural=plural, number=number, params=params)


def install(environment: Environment, lang: Language) -> None:
    """Give a Jinja environment (one per language) the words, as extraction reads its templates."""
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    words = translator(lang)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        words.gettext, words.ngettext, newstyle=True, pgettext=words.pgettext, npgettext=words.npgettext
    )
    environment.filters["say"] = lambda value: say(value, lang)
