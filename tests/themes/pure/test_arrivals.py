import pytest

from engage.themes.analysis import Parameters, StoryInput
from engage.themes.arrivals import assign_new, should_analyse_again
from engage.themes.resources import tools
from tests.themes.pure.samples import told


@pytest.fixture(scope="module")
def assigned():
    known, gold = told()
    new = [
        StoryInput("new-bus", "Nid yw'r bws i'r dref byth yn dod ar amser", "cy"),
        StoryInput("new-light", "The street lamp outside my house is broken and it is dark", "en"),
        StoryInput("new-other", "Teach the children to play the violin and the harp", "en"),
        StoryInput("new-mute", "???", "en"),
    ]
    return assign_new(new, known, gold, Parameters(), tools=tools())


def test_new_stories_join_the_theme_of_their_neighbours_across_languages(assigned):
    assert assigned["new-bus"] == "buses"
    assert assigned["new-light"] == "lights"


def test_the_two_lanes_are_different(assigned):
    assert assigned["new-other"] == "none_fit"
    assert assigned["new-mute"] == "cannot_tell"


def test_full_lanes_ask_for_a_new_analysis():
    assert should_analyse_again({str(n): "none_fit" if n < 10 else "t01" for n in range(50)})
    assert not should_analyse_again({str(n): "none_fit" if n < 9 else "t01" for n in range(50)})
    assert not should_analyse_again({str(n): "none_fit" if n < 12 else "t01" for n in range(100)})
