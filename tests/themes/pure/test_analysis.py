import random
from dataclasses import replace

import msgspec
import pytest
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from engage.themes.analysis import Parameters, Stopped, StoryInput, analyse
from engage.themes.resources import tools
from tests.themes.pure.samples import letters, told

STORIES, GOLD = told()
QUICK = Parameters(themes=3, seed=5)


@pytest.fixture(scope="module")
def helpers():
    return tools()


@pytest.fixture(scope="module")
def analysis(helpers):
    return analyse([*STORIES, *letters(12)], Parameters(themes=4, seed=5), tools=helpers)


def agreement(found):
    return adjusted_rand_score([GOLD[i] for i in GOLD], [found.assignments[i] for i in GOLD])


def test_welsh_and_english_stories_share_their_themes(analysis):
    assert agreement(analysis) >= 0.8
    large = [theme for theme in analysis.themes if theme.voices >= 10]
    assert len(large) >= 3
    for theme in large:
        assert min(theme.by_language.get("cy", 0), theme.by_language.get("en", 0)) >= theme.stories / 4


def test_words_of_a_theme_come_in_both_languages(analysis):
    buses = next(theme for theme in analysis.themes if "buses-000" in theme.members)
    assert "bus" in buses.words["en"]
    assert "bws" in buses.words["cy"]
    assert buses.label_cy
    assert set(buses.central) <= set(buses.members)


def test_a_letter_of_many_is_one_voice(analysis):
    (campaign,) = [c for c in analysis.campaigns if "letter-000" in c.members]
    assert campaign.size == 12
    assert {analysis.assignments[i] for i in campaign.members} == {campaign.theme}
    assert analysis.representation.voices == len(STORIES) + 1
    assert sum(theme.voices for theme in analysis.themes) <= len(STORIES) + 1


def test_order_and_threads_change_nothing(analysis, helpers):
    shuffled = [*STORIES, *letters(12)]
    random.Random(3).shuffle(shuffled)
    with threadpool_limits(1):
        again = analyse(shuffled, Parameters(themes=4, seed=5), tools=helpers)
    assert msgspec.json.encode(again) == msgspec.json.encode(analysis)


def test_every_story_is_answered_and_what_says_nothing_cannot_be_told(helpers):
    stories = [*STORIES, StoryInput("empty", ""), StoryInput("marks", "?? !!"), StoryInput("dk", "dim")]
    found = analyse(stories, QUICK, tools=helpers)
    assert set(found.assignments) == {story.id for story in stories}
    assert {found.assignments[i] for i in ("empty", "marks", "dk")} == {"cannot_tell"}
    members = [i for theme in found.themes for i in theme.members]
    assert len(members) == len(set(members))


def test_without_a_model_it_still_works_and_says_so(helpers):
    weaker = analyse(STORIES, QUICK, tools=replace(helpers, encode=None, encoder=""))
    assert agreement(weaker) >= 0.5
    assert weaker.versions["meaning"] == "words only (TF-IDF and SVD)"
    assert analyse(STORIES, QUICK).versions["meaning"] == "words only (TF-IDF and SVD)"


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_few_stories(count, helpers):
    found = analyse(STORIES[:count], Parameters(seed=2), tools=helpers)
    assert len(found.assignments) == count


def test_the_number_of_themes_is_chosen_and_explained(helpers):
    found = analyse(STORIES, Parameters(seed=2), tools=helpers)
    assert found.stability.curve
    assert found.stability.themes in {point.themes for point in found.stability.curve}
    assert found.stability.reason in {"finest that is stable", "most stable"}


def test_margins_weight_and_who_was_heard(helpers):
    def grouped(story, number):
        young = number % 12 == 0
        return StoryInput(story.id, story.text, story.language, groups={"age": "young" if young else "old"})

    stories = [grouped(story, n) for n, story in enumerate(STORIES)]
    mild = Parameters(themes=3, margins={"age": {"old": 85.0, "young": 15.0}})
    found = analyse(stories, mild, tools=helpers)
    assert found.representation.weighting == "raked"
    assert sum(theme.weighted_share or 0 for theme in found.themes) == pytest.approx(1, abs=0.05)
    severe = Parameters(themes=3, margins={"age": {"old": 10.0, "young": 90.0}})
    withheld = analyse(stories, severe, tools=helpers).representation
    assert withheld.weighting == "withheld"
    assert withheld.effective_sample < len(stories) / 2
    assert {parity.language for parity in withheld.parity} == {"cy", "en"}


def test_it_stops_soon_and_reports_its_progress(helpers):
    seen = []

    def stop():
        return len(seen) >= 3

    with pytest.raises(Stopped):
        analyse(STORIES, QUICK, tools=helpers, progress=lambda *at: seen.append(at), should_stop=stop)
    assert [step for _, step in seen] == ["languages", "copies", "meaning"]


def test_the_same_id_twice_is_refused():
    with pytest.raises(ValueError, match="same id"):
        analyse([StoryInput("a", "x"), StoryInput("a", "y")], QUICK)


def test_it_is_kept_whole_as_json(analysis):
    kept = msgspec.json.decode(msgspec.json.encode(analysis), type=type(analysis))
    assert kept == analysis
    assert len(analysis.input_hash) == 64
