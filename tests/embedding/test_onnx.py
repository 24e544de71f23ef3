"""The shipped MiniLM: the same text, the same vector, whatever stands beside it."""

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.embedding.onnx import OnnxEmbedder
from kb.errors import ModelError
from kb.model_folder import SHIPPED, batches

EMBEDDER = OnnxEmbedder("minilm")
TEXTS = [
    "Senior leaders back the work in public.",
    "Backing from the top of the organisation.",
    "The recipe asks for two eggs and a pinch of salt.",
    "Co-production works best at a neighbourhood scale.",
    "?",
    "naïve café – “quoted” 漢字 😀",
    "word " * 250,
]


def copied(folder: Path) -> Path:
    """A copy of the shipped model, to be spoilt."""
    return shutil.copytree(SHIPPED / "minilm", folder / "model")


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def about(folder: Path, **changes: object) -> None:
    """Rewrites model.json with some values changed."""
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def test_every_vector_has_length_one() -> None:
    vectors = EMBEDDER.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_text_has_the_very_same_vector_alone_and_in_any_company() -> None:
    together = EMBEDDER.embed(TEXTS)
    for row, text in enumerate(TEXTS):
        (alone,) = EMBEDDER.embed([text])
        np.testing.assert_array_equal(alone, together[row])


def test_a_longer_neighbour_changes_nothing() -> None:
    (alone,) = EMBEDDER.embed(["a short one"])
    for pieces in (1, 7, 8, 9, 60, 250):
        beside = EMBEDDER.embed(["word " * pieces, "a short one"])[1]
        np.testing.assert_array_equal(alone, beside)


def test_texts_of_more_than_one_batch_keep_their_order() -> None:
    texts = [f"{'very ' * (n % 13)}number {n}" for n in range(75)]
    vectors = EMBEDDER.embed(texts)
    for row in (0, 12, 31, 32, 64, 74):
        np.testing.assert_array_equal(EMBEDDER.embed([texts[row]])[0], vectors[row])


def test_the_same_text_twice_has_the_same_vector_twice() -> None:
    vectors = EMBEDDER.embed([TEXTS[0], TEXTS[1], TEXTS[0]])
    np.testing.assert_array_equal(vectors[0], vectors[2])


@pytest.mark.parametrize(
    ("one", "alike", "unlike"),
    [
        (
            "Senior leaders back the work in public.",
            "The chief executive supports it visibly.",
            "The recipe asks for two eggs and a pinch of salt.",
        ),
        (
            "Does it save money?",
            "The programme reduced costs by a third.",
            "Patients with diabetes were invited by letter.",
        ),
        (
            "Co-production works best at a small local scale.",
            "It succeeds in neighbourhoods rather than whole regions.",
            "The train to London was late.",
        ),
    ],
)
def test_sentences_that_mean_the_same_are_nearer_than_others(
    one: str, alike: str, unlike: str
) -> None:
    first, near, far = EMBEDDER.embed([one, alike, unlike])
    assert first @ near > first @ far + 0.1


def test_no_texts_have_no_vectors() -> None:
    vectors = EMBEDDER.embed([])
    assert vectors.shape == (0, 384)
    assert vectors.dtype == np.float32


def test_word_pieces_are_counted_with_the_special_ones() -> None:
    assert EMBEDDER.count_tokens("") == 2
    assert EMBEDDER.count_tokens("the cat sat") == 5
    assert EMBEDDER.count_tokens("co-production") == 5, "one word, three pieces"


@pytest.mark.parametrize("words", [254, 255, 1000, 20_000])
def test_counting_does_not_stop_at_what_the_model_reads(words: int) -> None:
    assert EMBEDDER.count_tokens("word " * words) == words + 2


def test_a_text_as_long_as_the_model_reads_is_read_to_its_last_word() -> None:
    limit = EMBEDDER.max_tokens
    assert limit == 256
    one, other = "word " * (limit - 3) + "cat", "word " * (limit - 3) + "money"
    assert EMBEDDER.count_tokens(one) == EMBEDDER.count_tokens(other) == limit
    vectors = EMBEDDER.embed([one, other])
    assert not np.array_equal(vectors[0], vectors[1])


def test_a_longer_text_is_refused_and_never_cut_in_silence() -> None:
    too_long = "word " * (EMBEDDER.max_tokens - 1)
    with pytest.raises(ModelError) as caught:
        EMBEDDER.embed(["short", too_long])
    assert str(caught.value) == (
        "a text of 257 word pieces is longer than the 256 that all-MiniLM-L6-v2 reads; cut it first"
    )


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("place", [0, 1000, -1])
def test_a_file_with_one_bit_changed_is_refused_by_name(
    tmp_path: Path, name: str, place: int
) -> None:
    folder = copied(tmp_path)
    flip(folder / name, place)
    with pytest.raises(ModelError) as caught:
        OnnxEmbedder(str(folder)).embed(["text"])
    assert str(caught.value).startswith(f"{folder / name}: not the file it should be")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_missing_is_told_by_name(tmp_path: Path, name: str) -> None:
    folder = copied(tmp_path)
    (folder / name).unlink()
    with pytest.raises(ModelError) as caught:
        OnnxEmbedder(str(folder)).embed(["text"])
    assert str(caught.value).startswith(f"{folder / name}: cannot be read")


def test_a_folder_laid_out_like_the_shipped_one_is_the_same_model(tmp_path: Path) -> None:
    own = OnnxEmbedder(str(copied(tmp_path)))
    assert own.identity == EMBEDDER.identity
    np.testing.assert_array_equal(own.embed(TEXTS[:2]), EMBEDDER.embed(TEXTS[:2]))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_other_files_are_another_model(tmp_path: Path, name: str) -> None:
    folder = copied(tmp_path)
    hashes = json.loads((folder / "model.json").read_text("utf-8"))["sha256"]
    about(folder, sha256=hashes | {name: "0" * 64})
    assert OnnxEmbedder(str(folder)).identity != EMBEDDER.identity


@pytest.mark.parametrize("change", ["no file", "not JSON", "a key less", "a list", "not a number"])
def test_a_folder_without_a_usable_description_lists_the_shipped_models(
    tmp_path: Path, change: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    whole = json.loads((SHIPPED / "minilm" / "model.json").read_text("utf-8"))
    contents = {
        "not JSON": "{",
        "a key less": json.dumps({k: v for k, v in whole.items() if k != "dimension"}),
        "a list": json.dumps([whole]),
        "not a number": json.dumps(whole | {"max_tokens": "many"}),
    }
    if change in contents:
        (folder / "model.json").write_text(contents[change])
    with pytest.raises(ModelError) as caught:
        OnnxEmbedder(str(folder))
    assert str(caught.value).startswith(f"model '{folder.name}': no usable model.json in {folder}")
    assert str(caught.value).endswith("shipped models are: minilm, stance")
    assert "\n" not in str(caught.value)


def test_an_unknown_name_lists_the_shipped_models() -> None:
    with pytest.raises(ModelError) as caught:
        OnnxEmbedder("maxilm")
    assert str(caught.value).startswith("model 'maxilm': ")
    assert str(caught.value).endswith("shipped models are: minilm, stance")


def test_the_model_is_named_with_its_weights() -> None:
    hashes = json.loads((SHIPPED / "minilm" / "model.json").read_text("utf-8"))["sha256"]
    assert EMBEDDER.identity.startswith("onnx:all-MiniLM-L6-v2@")
    assert hashes["model.onnx"][:12] in EMBEDDER.identity
    assert EMBEDDER.dimension == 384


@given(st.lists(st.integers(0, 300), max_size=100), st.integers(1, 40))
@settings(deadline=None)
def test_batches_hold_every_text_once_and_go_from_short_to_long(
    lengths: list[int], size: int
) -> None:
    made = list(batches(lengths, size))
    order = list(itertools.chain.from_iterable(made))
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[position] for position in order] == sorted(lengths)
    assert all(len(batch) == size for batch in made[:-1])
    assert all(0 < len(batch) <= size for batch in made)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_text_has_a_vector_and_a_count(text: str) -> None:
    (vector,) = EMBEDDER.embed([text])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert EMBEDDER.count_tokens(text) >= 2
