"""What every store of vectors does, Chroma and brute force alike."""

import gc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kb.errors import IndexUnusable
from kb.lookup import resolve
from kb.storing import VECTOR_STORES, Vectors, VectorStore
from kb.storing.chroma import EXACT_AMONG
from kb.storing.exact import ExactStore

DIMENSION = 32
Open = Callable[..., VectorStore]


def unit(count: int, seed: int = 0, dimension: int = DIMENSION) -> Vectors:
    """Random unit vectors."""
    drawn = np.random.default_rng(seed).normal(size=(count, dimension))
    vectors: Vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def names(count: int) -> list[str]:
    """Ids in an order that is neither that of rows nor that of names."""
    return [f"source{n * 7919 % count}#{n:012x}" for n in range(count)]


def by_definition(
    ids: list[str], vectors: Vectors, vector: Vectors, count: int
) -> list[tuple[str, float]]:
    cosines = vectors.astype(np.float64) @ vector.astype(np.float64)
    ranked = sorted(zip(ids, cosines.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
    return ranked[:count]


def assert_same(found: list[tuple[str, float]], expected: list[tuple[str, float]]) -> None:
    assert [name for name, _ in found] == [name for name, _ in expected]
    assert [score for _, score in found] == pytest.approx([s for _, s in expected], abs=1e-5)


@pytest.fixture(params=sorted(VECTOR_STORES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_store(kind: str, tmp_path: Path) -> Open:
    """Opens the store of the test's folder, as often as asked."""
    made = resolve(kind, VECTOR_STORES, "store")

    def opened(name: str = "recipe1") -> VectorStore:
        store: VectorStore = made(tmp_path / "vectors", name, DIMENSION)
        return store

    return opened


def test_an_empty_store_answers_with_nothing(open_store: Open) -> None:
    store = open_store()
    (vector,) = unit(1)
    assert len(store) == 0
    assert store.ids() == set()
    assert store.get([]).shape == (0, DIMENSION)
    assert store.nearest(vector, 5) == []
    assert store.nearest(vector, 5, among=[]) == []


def test_nothing_can_be_put_in_or_removed(open_store: Open) -> None:
    store = open_store()
    store.put([], unit(1)[:0])
    store.remove([])
    store.remove(["unknown#000000000000"])
    assert len(store) == 0


def test_what_is_put_in_is_got_back_in_the_order_asked_for(open_store: Open) -> None:
    store, ids, vectors = open_store(), names(50), unit(50)
    store.put(ids, vectors)
    assert len(store) == 50
    assert store.ids() == set(ids)
    order = np.random.default_rng(1).permutation(50)
    got = store.get([ids[row] for row in order])
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, vectors[order], atol=1e-6)


def test_the_nearest_are_those_of_highest_cosine(open_store: Open) -> None:
    store, ids, vectors = open_store(), names(400), unit(400)
    store.put(ids, vectors)
    for vector in unit(10, seed=1):
        assert_same(store.nearest(vector, 10), by_definition(ids, vectors, vector, 10))


def test_a_vector_is_nearest_to_itself_and_farthest_from_its_opposite(open_store: Open) -> None:
    store, ids, vectors = open_store(), names(20), unit(20)
    store.put([*ids, "opposite"], np.vstack([vectors, -vectors[:1]]))
    found = store.nearest(vectors[0], 21)
    assert_same([found[0], found[-1]], [(ids[0], 1.0), ("opposite", -1.0)])


@pytest.mark.parametrize("count", [1, 3, 7])
def test_only_those_among_are_found(open_store: Open, count: int) -> None:
    store, ids, vectors = open_store(), names(300), unit(300)
    store.put(ids, vectors)
    rows = np.random.default_rng(2).permutation(300)[:7]
    among = [ids[row] for row in rows]
    for vector in unit(5, seed=3):
        expected = by_definition(among, vectors[rows], vector, count)
        assert_same(store.nearest(vector, count, among=among), expected)
        assert_same(store.nearest(vector, count, among=set(among)), expected)


def test_among_all_is_the_same_as_no_choice(open_store: Open) -> None:
    store, ids, vectors = open_store(), names(200), unit(200)
    store.put(ids, vectors)
    for vector in unit(5, seed=4):
        assert_same(store.nearest(vector, 20, among=ids), store.nearest(vector, 20))


def test_no_more_are_found_than_there_are(open_store: Open) -> None:
    store, ids, vectors = open_store(), names(5), unit(5)
    store.put(ids, vectors)
    expected = by_definition(ids, vectors, vectors[0], 5)
    assert_same(store.nearest(vectors[0], 100), expected)
    assert_same(store.nearest(vectors[0], 100, among=ids), expected)


@pytest.mark.parametrize("copies", [2, 3, 7, 33])
def test_those_equally_near_come_in_the_order_of_their_ids(open_store: Open, copies: int) -> None:
    """The same sentence in many sources: one vector under many ids."""
    store = open_store()
    ids = [f"source{n:02}#000000000000" for n in range(copies)]
    ids.reverse()
    store.put(ids, np.repeat(unit(1), copies, axis=0))
    for vector in unit(5, seed=5):
        assert [name for name, _ in store.nearest(vector, copies)] == sorted(ids)
        among = store.nearest(vector, copies, among=ids)
        assert [name for name, _ in among] == sorted(ids)
        few = store.nearest(vector, copies - 1, among=ids)
        assert [name for name, _ in few] == sorted(ids)[:-1]


def test_what_is_removed_is_not_found_again(open_store: Open) -> None:
    store, ids, vectors = open_store(), names(60), unit(60)
    store.put(ids, vectors)
    store.remove({*ids[:20], "unknown#000000000000"})
    assert len(store) == 40
    assert store.ids() == set(ids[20:])
    expected = by_definition(ids[20:], vectors[20:], vectors[0], 40)
    assert_same(store.nearest(vectors[0], 60), expected)


def test_what_is_removed_can_be_put_in_again(open_store: Open) -> None:
    store, ids, vectors = open_store(), names(10), unit(10)
    store.put(ids, vectors)
    store.remove(ids)
    assert len(store) == 0
    store.put(ids[:1], vectors[1:2])
    assert_same(store.nearest(vectors[1], 5), [(ids[0], 1.0)])


def test_what_is_put_in_twice_is_replaced(open_store: Open) -> None:
    store, ids, old, new = open_store(), names(30), unit(30), unit(30, seed=6)
    store.put(ids, old)
    store.put(ids[:10], new[:10])
    assert len(store) == 30
    now = np.vstack([new[:10], old[10:]])
    np.testing.assert_allclose(store.get(ids), now, atol=1e-6)
    for vector in unit(5, seed=7):
        assert_same(store.nearest(vector, 30), by_definition(ids, now, vector, 30))


def test_all_is_still_there_when_opened_again(open_store: Open) -> None:
    ids, vectors = names(100), unit(100)
    first = open_store()
    first.put(ids, vectors)
    first.remove(ids[:10])
    again = open_store()
    assert again.ids() == set(ids[10:])
    np.testing.assert_allclose(again.get(ids[10:]), vectors[10:], atol=1e-6)
    for vector in unit(5, seed=8):
        expected = by_definition(ids[10:], vectors[10:], vector, 10)
        assert_same(again.nearest(vector, 10), expected)


def test_a_store_emptied_and_opened_again_is_empty(open_store: Open) -> None:
    store = open_store()
    store.put(names(5), unit(5))
    store.remove(names(5))
    assert len(open_store()) == 0
    assert open_store().nearest(unit(1)[0], 3) == []


def test_another_recipe_does_not_see_these_vectors(open_store: Open) -> None:
    open_store("recipe1").put(names(5), unit(5))
    other = open_store("recipe2")
    assert other.ids() == set()
    other.put(["one#000000000000"], unit(1))
    assert open_store("recipe1").ids() == set(names(5))


def test_the_vectors_of_other_recipes_can_be_dropped(open_store: Open) -> None:
    open_store("recipe1").put(names(5), unit(5))
    open_store("recipe2").put(names(6), unit(6))
    kept = open_store("recipe3")
    kept.put(names(7), unit(7))
    kept.drop_others()
    assert len(kept) == 7
    assert [len(open_store(f"recipe{n}")) for n in (1, 2, 3)] == [0, 0, 7]


def test_the_order_of_putting_in_does_not_change_an_answer(open_store: Open) -> None:
    ids, vectors = names(120), unit(120)
    forwards, backwards = open_store("forwards"), open_store("backwards")
    forwards.put(ids, vectors)
    for row in range(110, -1, -10):
        part = slice(row, row + 10)
        backwards.put(ids[part], vectors[part])
    for vector in unit(5, seed=9):
        assert_same(forwards.nearest(vector, 15), backwards.nearest(vector, 15))


def test_the_nearest_come_by_falling_cosine(open_store: Open) -> None:
    store = open_store()
    store.put(names(80), unit(80))
    scores = [score for _, score in store.nearest(unit(1, seed=10)[0], 80)]
    assert len(scores) == 80
    assert all(higher >= lower for higher, lower in pairwise(scores))


def test_a_folder_of_another_kind_of_file_is_unusable_and_not_a_crash(
    kind: str, tmp_path: Path
) -> None:
    in_the_way = {"chroma": "chroma.sqlite3", "exact": "recipe1.npz"}[kind]
    (tmp_path / in_the_way).write_bytes(b"not what it should be " * 100)
    with pytest.raises(IndexUnusable) as caught:
        resolve(kind, VECTOR_STORES, "store")(tmp_path, "recipe1", DIMENSION)
    assert "kb build --afresh" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("left", [0, 4, 40, 2000])
def test_a_file_cut_off_halfway_is_unusable_and_not_a_crash(tmp_path: Path, left: int) -> None:
    ExactStore(tmp_path, "recipe1", DIMENSION).put(names(100), unit(100))
    path = tmp_path / "recipe1.npz"
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(IndexUnusable) as caught:
        ExactStore(tmp_path, "recipe1", DIMENSION)
    assert str(caught.value).startswith(f"{path}: damaged; ")
    gc.collect()  # a file left open would be told here


def test_more_among_than_are_ranked_by_hand_are_found_as_exactly(open_store: Open) -> None:
    count = EXACT_AMONG + 1000
    store, ids, vectors = open_store(), names(count), unit(count)
    store.put(ids, vectors)
    among = ids[: EXACT_AMONG + 1]
    for vector in vectors[EXACT_AMONG + 1 : EXACT_AMONG + 6]:
        found = store.nearest(vector, 10, among=among)
        assert len(found) == 10
        assert {name for name, _ in found} <= set(among)
        assert_same(found, by_definition(among, vectors[: EXACT_AMONG + 1], vector, 10))
