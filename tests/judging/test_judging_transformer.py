"""Any CrossEncoder with three labels, here a tiny one with random weights.

Runs where sentence-transformers is installed; where it is not, what to install is said.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from kb.errors import ModelError
from kb.judging import Pair
from kb.judging.transformer import TransformerJudge

INSTALLED = importlib.util.find_spec("sentence_transformers") is not None
needs_it = pytest.mark.skipif(not INSTALLED, reason="sentence-transformers is not installed")

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] small is best a trial found that large worse".split()
INFERENCE = ("contradiction", "entailment", "neutral")
PAIRS: list[Pair] = [
    ("small is best", "a trial found that small is best"),
    ("small is best", "a trial found that large is worse"),
    ("large is best", ""),
    ("", ""),
    ("small is best", "worse " * 500),
]


def made(folder: Path, labels: tuple[str, ...] = INFERENCE, dtype: str = "float32") -> Path:
    """A CrossEncoder of one small layer, the same weights each time."""
    import torch
    import transformers

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
        initializer_range=1.0,
        id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)},
    )
    model = transformers.BertForSequenceClassification(config)
    model.to(getattr(torch, dtype)).save_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, model_max_length=32)
    tokenizer.save_pretrained(folder)
    return folder


def refused(folder: Path) -> str:
    """The one line with which the folder is refused."""
    with pytest.raises(ModelError) as caught:
        TransformerJudge(str(folder)).probabilities(PAIRS)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.skipif(INSTALLED, reason="sentence-transformers is installed")
def test_without_the_package_it_is_said_what_to_install() -> None:
    with pytest.raises(ModelError) as caught:
        TransformerJudge("model")
    assert str(caught.value) == (
        "judge 'transformer' needs sentence-transformers; install it with "
        "pip install 'evidence-kb[models]', or set judge = \"onnx\" in kb.toml"
    )


@needs_it
def test_every_row_adds_up_to_one(tmp_path: Path) -> None:
    found = TransformerJudge(str(made(tmp_path / "tiny"))).probabilities(PAIRS)
    assert found.shape == (len(PAIRS), 3)
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-9)


@needs_it
def test_no_pairs_have_no_rows(tmp_path: Path) -> None:
    judge = TransformerJudge(str(made(tmp_path / "tiny")))
    assert judge.probabilities([]).shape == (0, 3)


@needs_it
def test_a_pair_has_the_same_numbers_in_any_company(tmp_path: Path) -> None:
    judge = TransformerJudge(str(made(tmp_path / "tiny")))
    together = judge.probabilities(PAIRS)
    alone = np.vstack([judge.probabilities([pair]) for pair in PAIRS])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert not np.allclose(together[0], together[1])


@needs_it
def test_numbers_are_the_softmax_of_the_models_own_for_passage_then_claim(tmp_path: Path) -> None:
    import torch
    import transformers

    folder = made(tmp_path / "tiny")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    claim, passage = PAIRS[0]
    with torch.no_grad():
        logits = model.eval()(**tokenizer(passage, claim, return_tensors="pt")).logits[0]
    contradiction, entailment, neutral = torch.softmax(logits, -1).tolist()
    (row,) = TransformerJudge(str(folder)).probabilities([PAIRS[0]])
    np.testing.assert_allclose(row, [entailment, contradiction, neutral], atol=1e-5)


@needs_it
@pytest.mark.parametrize(
    "labels",
    [
        ("contradiction", "supports", "NEUTRAL"),
        ("Contradiction", "Entailment", "Neutral"),
        ("refutes", "supports", "neutral"),
        ("challenges", "supports", "neutral"),
    ],
)
def test_labels_are_known_by_their_words_in_any_case(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    known = TransformerJudge(str(made(tmp_path / "known"))).probabilities(PAIRS)
    found = TransformerJudge(str(made(tmp_path / "tiny", labels))).probabilities(PAIRS)
    np.testing.assert_array_equal(found, known)


@needs_it
def test_labels_say_which_number_is_which(tmp_path: Path) -> None:
    known = TransformerJudge(str(made(tmp_path / "known"))).probabilities(PAIRS)
    other = made(tmp_path / "tiny", ("neutral", "contradiction", "entailment"))
    found = TransformerJudge(str(other)).probabilities(PAIRS)
    np.testing.assert_array_equal(found, known[:, [2, 0, 1]])


@needs_it
@pytest.mark.parametrize(
    "labels",
    [
        ("LABEL_0", "LABEL_1", "LABEL_2"),
        ("entailment", "neutral", "other"),
        ("entailment", "not_entailment"),
        ("score",),
    ],
)
def test_a_model_with_other_labels_is_refused_and_they_are_named(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    folder = made(tmp_path / "tiny", labels)
    assert refused(folder) == (
        f"model '{folder}': its labels are {', '.join(labels).lower()}; a judge needs supports, "
        "challenges, neutral (or entailment, contradiction, neutral)"
    )


@needs_it
@pytest.mark.parametrize("content", ["no folder", "nothing", "a text", "broken"])
def test_a_folder_without_a_model_is_one_line(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "no-model"
    if content != "no folder":
        folder.mkdir()
    if content == "a text":
        (folder / "model.safetensors").write_text("weights")
    if content == "broken":
        (folder / "config.json").write_text("{")
    message = refused(folder)
    assert message.startswith(f"model '{folder}' cannot be loaded (")
    assert message.endswith("give the folder of a CrossEncoder under [judging] in kb.toml")


@needs_it
def test_the_identity_is_that_of_the_weights(tmp_path: Path) -> None:
    import safetensors.torch

    folder = made(tmp_path / "tiny")
    before = TransformerJudge(str(folder)).identity
    assert before.startswith("transformer:tiny@")
    assert TransformerJudge(str(folder)).identity == before
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    weights["classifier.bias"][0] += 0.5
    safetensors.torch.save_file(weights, folder / "model.safetensors", {"format": "pt"})
    assert TransformerJudge(str(folder)).identity != before


@needs_it
def test_weights_that_are_a_pickle_are_not_opened(tmp_path: Path) -> None:
    import safetensors.torch
    import torch

    folder = made(tmp_path / "tiny")
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert "cannot be loaded" in refused(folder)


@needs_it
def test_weights_of_half_the_size_have_an_identity_too(tmp_path: Path) -> None:
    folder = made(tmp_path / "tiny", dtype="bfloat16")
    assert TransformerJudge(str(folder)).identity.startswith("transformer:tiny@")


@needs_it
def test_nobody_has_calibrated_it(tmp_path: Path) -> None:
    judge = TransformerJudge(str(made(tmp_path / "tiny")))
    assert not judge.calibrated
    assert judge.threshold == 0.9
