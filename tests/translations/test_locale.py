import copy
import pickle

import pytest
from jinja2 import Environment
from wtforms import Form, StringField
from wtforms.validators import Length

from translations import LANGUAGES, N_, NN_, NP_, Message, install, other, say, translator
from translations.catalogues import PLURAL_FORMS, Catalog, as_translations, key, merged


def test_languages() -> None:
    assert [other(lang) for lang in LANGUAGES] == ["en", "cy"]
    assert translator("cy") is translator("cy")
    assert translator("cy").gettext("Yesterday") == "Ddoe"
    assert translator("en").gettext("Yesterday") == "Yesterday"


def test_a_message_that_welsh_lacks_comes_out_in_english() -> None:
    welsh = translator("cy")
    assert welsh.gettext("Surely nobody wrote this") == "Surely nobody wrote this"
    assert welsh.ngettext("one zyx", "many zyx", 2) == "many zyx"
    assert welsh.pgettext("zyx", "Open") == "Open"


def test_all_six_plural_forms_are_used() -> None:
    catalog = Catalog(locale="cy")
    catalog.mime_headers = [("Plural-Forms", PLURAL_FORMS)]
    catalog.add(("dog", "dogs"), ("dim", "un", "dau", "tri", "chwe", "llawer"))
    words = as_translations({key(message): message for message in catalog if message.id})
    said = [words.ngettext("dog", "dogs", n) for n in (0, 1, 2, 3, 6, 4, 5, 7, 100)]
    assert said == ["dim", "un", "dau", "tri", "chwe", "llawer", "llawer", "llawer", "llawer"]


def test_a_reader_sees_nothing_fuzzy_and_nothing_half_done() -> None:
    catalog = Catalog(locale="cy")
    catalog.mime_headers = [("Plural-Forms", PLURAL_FORMS)]
    catalog.add("Yes", "Ie", flags=["fuzzy"])
    catalog.add(("dog", "dogs"), ("ci", "ci", "", "", "", ""))
    catalog.add("No", "Na")
    assert list(merged([catalog])) == [("No", None)]


def test_a_lazy_message_is_its_english_and_says_its_welsh() -> None:
    message = N_("Yesterday")
    assert message == "Yesterday"
    assert message.in_language("cy") == "Ddoe"
    assert (say(message, "cy"), say("Yesterday", "cy"), say(None, "cy")) == ("Ddoe", "Yesterday", None)
    assert type(message.in_language("en")) is str


def test_a_lazy_message_keeps_its_parameters() -> None:
    message = N_("%(date)s at %(time)s", date=N_("Today"), time="17:45")
    assert str(message) == "Today at 17:45"
    assert message.in_language("cy") == "Heddiw am 17:45"
    days = NN_("%(num)s day late", "%(num)s days late", 2)
    assert (str(days), days.in_language("cy")) == ("2 days late", "2 ddiwrnod yn hwyr")
    more = NN_("%(num)s day %(x)s", "%(num)s days %(x)s", 2, x="more") % {"y": "or so"}
    assert (str(more), more.params) == ("2 days more", {"num": 2, "x": "more", "y": "or so"})
    assert NP_("zyx", "Open").in_language("cy") == "Open"
    for copied in (pickle.loads(pickle.dumps(message)), copy.deepcopy(message)):  # noqa: S301
        assert copied.in_language("cy") == "Heddiw am 17:45"


def test_a_percent_sign_without_parameters_is_left_alone() -> None:
    assert N_("100% sure").in_language("cy") == "100% sure"


def test_labels_and_errors_of_a_form_stay_messages() -> None:
    class Short(Form):
        text = StringField(N_("Yesterday"), [Length(max=2, message=N_("%(min)s %(max)s"))])

    form = Short(data={"text": "abc"})
    assert not form.validate()
    [error] = form.text.errors
    assert isinstance(error, Message)
    assert (error, error.params["max"]) == ("-1 2", 2)
    assert form.text.label.text.in_language("cy") == "Ddoe"


def environment(lang: str) -> Environment:
    env = Environment(autoescape=True)
    install(env, lang)
    return env


def test_templates_speak_by_environment() -> None:
    source = (
        "{{ _('Yesterday') }} {{ label|say }} "
        "{{ ngettext('%(num)s day late', '%(num)s days late', 2) }} "
        "{% trans date='<b>', time='1' %}\n  {{ date }} at\n  {{ time }}\n{% endtrans %}"
    )
    label = N_("Today")
    assert environment("cy").from_string(source).render(label=label) == (
        "Ddoe Heddiw 2 ddiwrnod yn hwyr &lt;b&gt; am 1"
    )
    assert environment("en").from_string(source).render(label=label) == (
        "Yesterday Today 2 days late &lt;b&gt; at 1"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_missing_parameter_is_no_silence_in_welsh(lang: str) -> None:
    message = N_("%(date)s at %(time)s", date="1")
    if lang == "cy":
        with pytest.raises(KeyError):
            message.in_language("cy")
    else:
        assert message.in_language("en") == "%(date)s at %(time)s"
