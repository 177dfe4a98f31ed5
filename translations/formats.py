"""Dates, money, numbers and lists as each language writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import dates, numbers

from translations.locale import Language, translator
from translations.mutations import mutations

LONDON = ZoneInfo("Europe/London")
_BABEL = {"cy": "cy", "en": "en_GB"}


def london_date(moment: date | datetime) -> date:
    """The date on the page. A naive datetime is refused: nobody knows which day it means."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no date in London")
    return moment.astimezone(LONDON).date()


def format_date(moment: date | datetime, lang: Language) -> str:
    """22 Tachwedd 2026 / 22 November 2026"""
    return dates.format_date(london_date(moment), "d MMMM y", locale=_BABEL[lang])


def format_date_short(moment: date | datetime, lang: Language) -> str:
    """22 Tach 2026 / 22 Nov 2026"""
    return dates.format_date(london_date(moment), "d MMM y", locale=_BABEL[lang])


def format_day(moment: date | datetime, lang: Language) -> str:
    """Dydd Sul 22 Tachwedd 2026 / Sunday 22 November 2026"""
    return dates.format_date(london_date(moment), "EEEE d MMMM y", locale=_BABEL[lang])


def format_time(moment: datetime) -> str:
    """17:45, the same in both languages."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no time in London")
    return moment.astimezone(LONDON).strftime("%H:%M")


def format_datetime(moment: datetime, lang: Language) -> str:
    """22 Tachwedd 2026 am 17:45 / 22 November 2026 at 17:45"""
    _ = translator(lang).gettext
    return _("%(date)s at %(time)s") % {"date": format_date(moment, lang), "time": format_time(moment)}


def format_dates(first: date | datetime, last: date | datetime, lang: Language) -> str:
    """1 Mai 2026 i 30 Mai 2026 / 1 May 2026 to 30 May 2026. A date starts with a digit: nothing to mutate."""
    _ = translator(lang).gettext
    return _("%(first)s to %(last)s") % {"first": format_date(first, lang), "last": format_date(last, lang)}


def format_pence(pence: int) -> str:
    """£1,234.50, £1,234 or -£5, the same in both languages."""
    pounds, rest = divmod(abs(pence), 100)
    sign = "-" if pence < 0 else ""
    return f"{sign}£{pounds:,}" + (f".{rest:02}" if rest else "")


def format_number(number: int | float, lang: Language, decimals: int = 0) -> str:
    """1,234; with decimals=1: 1,234.5"""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return numbers.format_decimal(number, format=pattern, locale=_BABEL[lang])


def format_percent(share: float, lang: Language, decimals: int = 0) -> str:
    """0.456 is 46%"""
    return f"{format_number(share * 100, lang, decimals)}%"


def format_ordinal(number: int, lang: Language) -> str:
    """1af 2il 3ydd … / 1st 2nd 3rd …, for 1 to 100."""
    if not 1 <= number <= 100:
        raise ValueError(f"no ordinal for {number}: only 1 to 100")
    return f"{number}{_welsh_ordinal(number) if lang == 'cy' else _english_ordinal(number)}"


def _welsh_ordinal(number: int) -> str:
    if number > 20:
        return "fed" if number % 20 == 0 or number == 50 else "ain"
    return {1: "af", 2: "il", 3: "ydd", 4: "ydd", 5: "ed", 6: "ed"}.get(number) or (
        "fed" if number in (7, 8, 9, 10, 12, 15, 18, 20) else "eg"
    )


def _english_ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def format_days_left(due: date, today: date, lang: Language) -> str:
    """12 days left / Due today / 3 days late"""
    t = translator(lang)
    days = (due - today).days
    if days == 0:
        return t.gettext("Due today")
    if days > 0:
        return t.ngettext("%(num)s day left", "%(num)s days left", days) % {"num": days}
    return t.ngettext("%(num)s day late", "%(num)s days late", -days) % {"num": -days}


def format_days_ago(moment: date | datetime, today: date, lang: Language) -> str:
    """Today / Yesterday / 5 days ago; a date beyond 30 days."""
    t = translator(lang)
    days = (today - london_date(moment)).days
    if days < 0 or days > 30:
        return format_date(moment, lang)
    if days == 0:
        return t.gettext("Today")
    if days == 1:
        return t.gettext("Yesterday")
    return t.ngettext("%(num)s day ago", "%(num)s days ago", days) % {"num": days}


def join_list(items: Sequence[str], lang: Language, mutate: bool = False) -> str:
    """a, b ac c / a, b and c

    Welsh "a" and "ac" follow the sound of what comes next; see `welsh_and`. After "a", c, p and t take the
    aspirate mutation (bara a chaws). Names of people and bodies are left alone, as they are here unless
    `mutate` says that the items are plain Welsh nouns.
    """
    if len(items) < 2:
        return "".join(items)
    *first, last = items
    if lang == "en":
        return f"{', '.join(first)} and {last}"
    joiner = welsh_and(last)
    if mutate and joiner == "a":
        last = mutations(last).aspirate or last
    return f"{', '.join(first)} {joiner} {last}"


# Written with w, spoken as a consonant before another one: "Sir y Fflint a Wrecsam".
_CONSONANT_W = ("wrecsam",)


def welsh_and(following: str) -> str:
    """ "ac" before a vowel (a e i o u w y with or without accent), "a" before a consonant, h included.

    i and w that begin a syllable count as vowels: ac iechyd, ac wedi. Digits go by how they are said:
    ac 1 (un), ac 8 (wyth), ac 11 (un deg un), but a 10 (deg), a 100 (cant).
    """
    word = following.lstrip("\"'‘’“”«([ ").casefold()
    if word.startswith(_CONSONANT_W):
        return "a"
    if word[:1].isdigit():
        return "ac" if _number_begins_with_vowel(word) else "a"
    return "ac" if word[:1] and word[0] in "aeiouwyâêîôûŵŷáéíóúẃýàèìòùẁỳäëïöüẅÿ" else "a"


def _number_begins_with_vowel(word: str) -> bool:
    digits = ""
    for character in word.replace(",", ""):
        if not character.isdigit():
            break
        digits += character
    leading = int(digits[: len(digits) % 3 or 3])  # the thousands' group that is said first
    if leading == 1:
        return len(digits) == 1  # 1,000 is mil and 1,000,000 miliwn
    return leading in range(11, 20) or str(leading)[0] == "8"
