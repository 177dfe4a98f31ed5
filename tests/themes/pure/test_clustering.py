import numpy as np
import pytest

from engage.themes.assignment import nearest_theme
from engage.themes.clustering import Stopped, cluster, ground, micro_clusters, neighbour_graph
from engage.themes.meaning import centre_by_language, compress, unit
from engage.themes.protection import Answer, protect
from engage.themes.results import StabilityPoint
from engage.themes.stability import agreement, candidates, choose, left_out, match_themes, subsamples


def clouds(sizes, width=20, noise=0.25, seed=1):
    """Unit vectors around one direction each, and which."""
    draw = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return unit(np.eye(width)[labels] + noise * draw.normal(size=(len(labels), width)) / 2), labels


def test_clear_groups_are_found_with_their_sizes():
    vectors, labels = clouds([60, 40, 30, 8])
    found = cluster(ground(vectors, np.ones(len(vectors)), seed=1), 4, seed=1)
    assert agreement(len(labels), [(np.arange(len(labels)), labels), (np.arange(len(labels)), found)]) > 0.98


def test_micro_clusters_stand_for_many_stories():
    vectors, labels = clouds([2000, 1500, 600])
    centres, weights, row = micro_clusters(vectors, np.ones(len(vectors)), 1)
    assert len(centres) <= 2000
    assert weights.sum() == len(vectors)
    found = cluster(ground(vectors, np.ones(len(vectors)), seed=1), 3, seed=1, runs=5)
    everyone = np.arange(len(labels))
    assert agreement(len(labels), [(everyone, labels), (everyone, found)]) > 0.95
    assert len(row) == len(vectors)


def test_few_or_equal_stories_do_not_break():
    assert cluster(ground(np.ones((5, 3)), np.ones(5), seed=1), 3, seed=1).tolist() == [0] * 5
    vectors, _ = clouds([2, 2])
    assert set(cluster(ground(vectors, np.ones(4), seed=1, neighbours=2), 4, seed=1)) <= {0, 1, 2, 3}


def test_neighbours_are_symmetric_and_never_oneself():
    graph = neighbour_graph(clouds([20, 20])[0], 5).toarray()
    assert (graph == graph.T).all()
    assert (np.diag(graph) == 0).all()
    assert ((graph > 0).sum(axis=1) >= 5).all()


def test_clustering_stops_when_asked():
    vectors, _ = clouds([30, 30])

    def stop():
        raise Stopped

    with pytest.raises(Stopped):
        cluster(ground(vectors, np.ones(60), seed=1), 2, seed=1, check=stop)


def test_centring_takes_the_language_out_or_says_that_it_could_not():
    vectors, _ = clouds([40, 40])
    welsh = np.arange(80) % 2 == 0
    shifted = vectors + np.where(welsh[:, None], 3.0, 0.0) * np.eye(20)[10]
    tags = ["cy" if w else "en" for w in welsh]
    centred, how = centre_by_language(shifted, tags)
    assert how == "per language"
    assert abs(centred[welsh, 10].mean() - centred[~welsh, 10].mean()) < 0.05
    few = ["cy"] * 5 + ["en"] * 75
    assert centre_by_language(shifted, few)[1] == "per language where 20"
    assert centre_by_language(shifted[:9], ["cy"] * 4 + ["en"] * 5)[1] == "together"
    assert compress(vectors, 5).shape == (80, 5)


def test_a_small_group_apart_is_split_off_and_a_part_of_the_whole_is_not():
    vectors, truth = clouds([100, 60, 6])
    labels = np.where(truth == 2, 0, truth)
    fine = truth.copy()
    fine[:5] = 3
    kept = protect(vectors, labels, fine, [], least=3)
    assert len(set(kept[truth == 2].tolist()) | set(kept[truth == 0].tolist())) == 2
    assert set(kept[:5].tolist()) == {0}


def test_what_a_quiet_group_raises_is_split_off_even_when_near():
    vectors, _ = clouds([160])
    labels = np.zeros(160, np.intp)
    fine = np.where(np.arange(160) < 8, 1, 0)
    given = np.isin(np.arange(160), [*range(8), 20, 40, 60, 80])
    everyone = np.ones(160, bool)
    assert set(protect(vectors, labels, fine, [], least=3)) == {0}
    kept = protect(vectors, labels, fine, [Answer(everyone, given)], least=3)
    assert kept[:8].tolist() == [1] * 8
    assert (kept[8:] == 0).all()


def test_stability_prefers_the_finest_that_is_stable():
    curve = [StabilityPoint(4, 0.9), StabilityPoint(8, 0.8), StabilityPoint(12, 0.6)]
    assert choose(curve) == (8, "finest that is stable")
    assert choose(curve[2:]) == (12, "most stable")
    assert candidates(1000)[-1] <= 60
    assert candidates(12) == [3]
    assert [len(part) for part in subsamples(100, seed=3)] == [90, 90, 90]


def test_themes_keep_their_identity_through_best_matching():
    old = {"a": {"1", "2", "3"}, "b": {"4", "5", "6"}}
    new = {"x": {"4", "5"}, "y": {"1", "2", "3", "6"}, "z": {"7"}}
    assert match_themes(old, new) == {"x": "b", "y": "a"}
    assert match_themes({}, new) == {}


def test_leaving_out_a_loud_group_shows_what_falls():
    themes = {"t1": {"a", "b", "c", "d", "e"}, "t2": {"f", "g", "h", "i"}, "t3": {"j", "k", "l"}}
    found = left_out(themes, [("channel", "stall", {"a", "b", "c", "j"}), ("channel", "web", set())], least=3)
    assert [(entry.value, entry.voices_left, entry.lost) for entry in found] == [("stall", 8, ["t1", "t3"])]
    assert left_out(themes, [("age", "old", {"a", "b"})], least=3)[0].ranks == {"t1": [1, 2], "t2": [2, 1]}


def test_new_stories_go_to_their_neighbours_theme_or_to_a_lane():
    known, labels = clouds([30, 30])
    names = [f"t{label}" for label in labels]
    new = np.vstack([clouds([1, 1], seed=9)[0], np.eye(20)[15], np.zeros(20)])
    assert nearest_theme(new, known, names) == ["t0", "t1", "none_fit", "cannot_tell"]
    assert nearest_theme(new[:1], known[:0], []) == ["none_fit"]
