import numpy as np

from engage.themes.voices import effective_voices, near_copies, story_weights, voice_of_each
from tests.themes.pure.samples import LETTER, MATTERS, letters


def test_edited_copies_are_one_group_and_real_stories_are_not():
    real = [text for matter in MATTERS.values() for texts in matter.values() for text in texts]
    texts = [*real, *(letter.text for letter in letters(10))]
    assert near_copies(texts) == [list(range(len(real), len(texts)))]


def test_short_texts_are_never_a_campaign():
    assert near_copies(["more buses please"] * 5) == []
    assert near_copies([LETTER] * 5) == [[0, 1, 2, 3, 4]]


def test_nothing_to_compare():
    assert near_copies([]) == []
    assert near_copies(["!!!", "1 2 3 4 5 6 7 8 9"]) == []


def test_a_voice_is_its_campaign_else_its_author_else_the_story():
    voices = voice_of_each(["a", "b", "c", "d"], ["x", "x", None, None], {"c1": [1, 3]})
    assert voices == ["author:x", "campaign:c1", "story:c", "campaign:c1"]
    assert story_weights(voices).tolist() == [1, 0.5, 1, 0.5]


def test_effective_voices_fall_when_one_tells_most():
    assert effective_voices(["a", "b", "c", "d"]) == 4
    assert effective_voices(["a"] * 9 + ["b"]) < 1.3
    assert effective_voices([]) == 0


def test_weights_of_a_voice_sum_to_one():
    voices = ["a", "a", "b", "a", "c"]
    weights = story_weights(voices)
    assert np.isclose(sum(w for w, v in zip(weights, voices, strict=True) if v == "a"), 1)
