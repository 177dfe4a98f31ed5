"""Words of the other language left on a rendered page. Pure: HTML in, the offending texts out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html.parser import HTMLParser

from babel.messages.catalog import Message

from translations.catalogues import NAMED, TAG, Key, forms, merged, read_catalogues
from translations.locale import Language, other


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_VOID = _set("area base br col embed hr img input link meta source track wbr")
_UNREAD = _set("script style textarea")  # what is in a textarea is somebody's own words
_INLINE = _set(
    "a abbr b bdi bdo br cite code data del dfn em i ins kbd mark q s samp small span strong sub sup time u"
    " var wbr"
)
_SELF_CLOSING = _set("p li dt dd tr td th option")
_READ_ATTRIBUTES = _set(
    "title alt aria-label aria-description aria-roledescription aria-valuetext placeholder label"
)
_BUTTONS = _set("submit button reset")
_DESCRIPTIONS = _set("description og:title og:description")

# Small words that hardly stand in the other language: so not a, all, am, at, do, had, her, i, o, on, or, so.
_ENGLISH = _set(
    """about after again already also an and any are as been before but by can cannot could did does each
    enter for from has have he how if in is it its may me more must my new no nobody not nothing of only our
    please she should someone something than that the their them then there these they this those to under
    until was we were what when where which who why will with without would yet you your"""
)
_WELSH = _set(
    """a'r ac ar at bod bydd byddwch cael chi dan dim drwy ei eich ein er eto eu fel fydd gael gan gyda hon
    hwn hwnnw hyn i'r i'w mae mewn na nad neu nes ni nid nifer o'ch o'r oedd oes pan pob rhag rhwng roedd
    rydym rydych sut sy sy'n sydd trwy wedi wedi'i wedi'u wrth y ydych ydym yma yn yna yno yr yw"""
)
_LEAST_WORDS = 4
_LEAST_SHARE = 0.25
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:;·|•\n]+(?:\s+|$)|[()\[\]“”\"]")


def english_left(html: str, lang: Language = "cy") -> list[str]:
    """Texts of the page that are a catalogue's English with other Welsh, or plainly English sentences.

    Read are visible text, title, alt, aria-label, placeholder, the value of buttons and the page's
    description. Left alone is what is marked as another language (lang="en") or as nobody's to translate
    (translate="no"). With lang="en" it is the mirror: Welsh left on an English page.
    """
    phrases = _phrases(lang)
    found = (text for text in _texts(html, lang) if _is_left(text, phrases, lang))
    return list(dict.fromkeys(found))


def reads_as(text: str, lang: Language) -> bool:
    """Whether a run of at least four words is plainly of the language, by its small words."""
    words = [word.replace("’", "'") for word in _WORD.findall(text.casefold())]
    if len(words) < _LEAST_WORDS:
        return False
    share = {"en": sum(word in _ENGLISH for word in words), "cy": sum(word in _WELSH for word in words)}
    return share[lang] / len(words) >= _LEAST_SHARE and share[lang] > share[other(lang)]


class _Phrases:
    """What a page in one language must not say: the messages of the other."""

    def __init__(self, wrong: Iterable[str], right: Iterable[str]) -> None:
        rightly = {_plain(text) for text in right}
        wrongly = {_plain(text) for text in wrong} - rightly
        self.whole = {text for text in wrongly if not NAMED.search(text) and _WORD.search(text)}
        self.within = [text for text in self.whole if len(text.split()) >= _LEAST_WORDS]
        self.patterns = [_pattern(text) for text in wrongly if NAMED.search(text) and _has_words(text)]

    def hold(self, text: str) -> bool:
        return (
            text in self.whole
            or any(pattern.fullmatch(text) for pattern in self.patterns)
            or any(phrase in text for phrase in self.within)
        )


def phrases_of(messages: Mapping[Key, Message], lang: Language) -> _Phrases:
    english = [text for m in messages.values() for text in ((m.id,) if isinstance(m.id, str) else m.id)]
    welsh = [text for m in messages.values() for text in forms(m)]
    return _Phrases(english, welsh) if lang == "cy" else _Phrases(welsh, english)


@cache
def _phrases(lang: Language) -> _Phrases:
    return phrases_of(merged(read_catalogues().values()), lang)


def _plain(text: str) -> str:
    return " ".join(TAG.sub("", text).replace("%%", "%").split())


def _has_words(text: str) -> bool:
    """More than one word apart from its placeholders: "%(a)s to %(b)s" would match anything."""
    return len(_WORD.findall(NAMED.sub(" ", text))) >= 2


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(NAMED.pattern.replace(r"(\w+)", r"\w+"), text)
    return re.compile(".+".join(re.escape(part) for part in parts))


def _is_left(text: str, phrases: _Phrases, lang: Language) -> bool:
    if phrases.hold(text):
        return True
    return any(reads_as(run, other(lang)) for run in _SENTENCE_END.split(text))


def _texts(html: str, lang: Language) -> Iterator[str]:
    reader = _Reader(lang)
    reader.feed(html)
    reader.close()
    reader.end_block()
    for text in dict.fromkeys(reader.texts):
        if _WORD.search(text):
            yield text


class _Reader(HTMLParser):
    """Collects the texts of a page that are in its own language, each piece alone and each block joined."""

    def __init__(self, lang: Language) -> None:
        super().__init__(convert_charrefs=True)
        self.lang = lang
        self.texts: list[str] = []
        self.open: list[tuple[str, bool]] = [("", True)]  # tag, and whether its text is this page's own
        self.block: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self.end_block()
        if tag in _SELF_CLOSING and self.open[-1][0] == tag:
            self.open.pop()
        given = {name: value or "" for name, value in attrs}
        ours = self._is_ours(tag, given)
        if ours:
            self.texts.extend(" ".join(text.split()) for text in _attribute_texts(tag, given))
        if tag not in _VOID:
            self.open.append((tag, ours and tag not in _UNREAD))

    def _is_ours(self, tag: str, given: dict[str, str]) -> bool:
        if given.get("translate") == "no":
            return False
        if "lang" in given and tag != "html":
            return given["lang"].split("-")[0].casefold() == self.lang
        return self.open[-1][1]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self.end_block()
        if any(name == tag for name, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.open[-1][1]:
            self.texts.append(" ".join(data.split()))
            self.block.append(data)

    def end_block(self) -> None:
        if len(self.block) > 1:
            self.texts.append(" ".join("".join(self.block).split()))
        self.block = []


def _attribute_texts(tag: str, given: dict[str, str]) -> Iterator[str]:
    for name, value in given.items():
        if name in _READ_ATTRIBUTES or name.startswith("data-i18n"):
            yield value
    if tag == "input" and given.get("type") in _BUTTONS:
        yield given.get("value", "")
    if tag == "meta" and (given.get("name") in _DESCRIPTIONS or given.get("property") in _DESCRIPTIONS):
        yield given.get("content", "")
