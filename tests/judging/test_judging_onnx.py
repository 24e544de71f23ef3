"""The shipped stance model: the same pair, the same numbers; damaged, it judges nothing."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import ModelError
from kb.judging import STANCES, Pair, softmax
from kb.judging.onnx import BATCH, OnnxJudge
from kb.model_folder import SHIPPED, ModelFolder

JUDGE = OnnxJudge("stance")
ABOUT = json.loads((SHIPPED / "stance" / "model.json").read_text("utf-8"))
OTHER = ABOUT["calibration"]["other"]
KNOWN = json.loads((SHIPPED / "stance" / "wordings.json").read_text("utf-8"))[0]
CLAIM = "Reminders increase uptake."
PAIRS = [
    (CLAIM, "In a trial with 400 patients, reminders raised attendance from 60% to 72%."),
    (CLAIM, "Letters alone did not change attendance at all, the department found."),
    (CLAIM, "The recipe asks for two eggs and a pinch of salt."),
    ("?", "naïve café – “quoted” 漢字 😀"),
    (CLAIM, ""),
    ("", "Letters alone did not change attendance."),
    ("claim " * 300, "passage " * 300),
    (CLAIM, "word " * 200),
]

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)

# Judges what it is given with a number of threads; prints that number and the rows, to the bit.
CHILD = """
import functools, json, sys
import onnxruntime
from kb.judging.onnx import OnnxJudge

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(sys.argv[1])
onnxruntime.InferenceSession = functools.partial(
    onnxruntime.InferenceSession, sess_options=options
)
judge = OnnxJudge("stance")
numbers = judge.probabilities([tuple(pair) for pair in json.load(sys.stdin)])
threads = judge._session.get_session_options().intra_op_num_threads
print(json.dumps([threads, numbers.tobytes().hex()]))
"""


def refitted(**changes: Any) -> dict[str, Any]:
    """The model's calibrations, with values changed of that for claims it does not know."""
    return dict(ABOUT["calibration"], other=OTHER | changes)


def bias_of(fitted: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([fitted["bias"][stance] for stance in STANCES])


def copied(folder: Path, **changes: object) -> Path:
    """A copy of the shipped model with values of its model.json changed."""
    model = shutil.copytree(SHIPPED / "stance", folder / "model")
    (model / "model.json").write_text(json.dumps(ABOUT | changes), "utf-8")
    return model


def described(folder: Path, about: dict[str, object]) -> Path:
    """A folder with a model.json and no weights."""
    folder.mkdir(exist_ok=True)
    (folder / "model.json").write_text(json.dumps(about), "utf-8")
    return folder


def refused(folder: Path) -> str:
    """The one line with which the folder is refused."""
    with pytest.raises(ModelError) as caught:
        OnnxJudge(str(folder)).probabilities([PAIRS[0]])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def said(pair: Pair) -> str:
    """The stance that the shipped model gives a pair."""
    return STANCES[int(JUDGE.probabilities([pair])[0].argmax())]


def test_every_row_adds_up_to_one() -> None:
    found = JUDGE.probabilities(PAIRS)
    assert found.shape == (len(PAIRS), 3)
    assert found.dtype == np.float64
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)


def test_no_pairs_have_no_rows() -> None:
    assert JUDGE.probabilities([]).shape == (0, 3)


def test_a_pair_has_the_very_same_numbers_alone_and_in_any_company() -> None:
    together = JUDGE.probabilities(PAIRS)
    backwards = JUDGE.probabilities(PAIRS[::-1])[::-1]
    np.testing.assert_array_equal(together, backwards)
    for row, pair in enumerate(PAIRS):
        np.testing.assert_array_equal(JUDGE.probabilities([pair])[0], together[row])


@pytest.mark.parametrize("pieces", [1, 7, 8, 9, 60, 200, 1000])
def test_a_longer_neighbour_changes_nothing(pieces: int) -> None:
    (alone,) = JUDGE.probabilities(PAIRS[:1])
    beside = JUDGE.probabilities([(CLAIM, "word " * pieces), PAIRS[0]])[1]
    np.testing.assert_array_equal(alone, beside)


def test_pairs_of_more_than_one_batch_keep_their_order() -> None:
    pairs = [(CLAIM, f"{'very ' * (n % 13)}number {n}") for n in range(2 * BATCH + 5)]
    found = JUDGE.probabilities(pairs)
    for row in (0, 12, BATCH - 1, BATCH, 2 * BATCH, 2 * BATCH + 4):
        np.testing.assert_array_equal(JUDGE.probabilities([pairs[row]])[0], found[row])


def test_texts_of_every_length_have_the_same_numbers_together_and_alone() -> None:
    pairs = [("so " * (n % 5 + 1), f"{'word ' * n}end") for n in range(0, 120, 3)]
    together = JUDGE.probabilities(pairs)
    alone = np.vstack([JUDGE.probabilities([pair]) for pair in pairs])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("threads", [1, 2])
def test_another_process_with_any_number_of_threads_says_the_very_same(threads: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(threads)],
        input=json.dumps(PAIRS),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout) == [threads, JUDGE.probabilities(PAIRS).tobytes().hex()]


@given(TEXTS, TEXTS)
@settings(max_examples=30, deadline=None)
def test_any_two_texts_are_judged(claim: str, passage: str) -> None:
    (row,) = JUDGE.probabilities([(claim, passage)])
    assert np.isfinite(row).all()
    assert row.sum() == pytest.approx(1)


def test_a_passage_that_fits_is_read_to_its_last_word() -> None:
    room = ABOUT["max_tokens"] - 3 - 1
    pairs = [("a", "word " * (room - 1) + last) for last in ("cat", "money")]
    one, other = JUDGE.probabilities(pairs)
    assert not np.array_equal(one, other)


def test_a_passage_that_is_too_long_is_cut_at_its_end_and_judged() -> None:
    room = ABOUT["max_tokens"] - 3 - 1
    fitting, longer, longest = JUDGE.probabilities(
        [("a", "word " * room + more) for more in ("", "cat", "money " * 5000)]
    )
    np.testing.assert_array_equal(fitting, longer)
    np.testing.assert_array_equal(fitting, longest)


def test_a_claim_that_is_too_long_leaves_half_the_room_to_the_passage() -> None:
    half = "word " * ((ABOUT["max_tokens"] - 3) // 2)
    long = "money " * 5000
    cut, whole = JUDGE.probabilities([(half + "cat " * 5000, long), (half, long)])
    np.testing.assert_array_equal(cut, whole)
    one, other = JUDGE.probabilities([("cat " * 5000, passage) for passage in ("So.", "Not so.")])
    assert not np.array_equal(one, other), "the passage is still read"


@pytest.mark.parametrize(("claim", "passage"), PAIRS[:6])
def test_it_reads_the_passage_then_the_claim_as_its_tokenizer_joins_the_two(
    claim: str, passage: str
) -> None:
    """Without padding and without the judge: word pieces, segments, numbers."""
    folder = ModelFolder("stance")
    joined = folder.tokenizer.encode(passage, claim)
    assert set(joined.type_ids) == {0, 1}
    inputs = {
        "input_ids": np.array([joined.ids]),
        "attention_mask": np.array([joined.attention_mask]),
        "token_type_ids": np.array([joined.type_ids]),
    }
    (logits,) = folder.session.run(["logits"], inputs)
    columns = [ABOUT["labels"].index(stance) for stance in STANCES]
    expected = softmax((logits[:, columns] + bias_of(OTHER)) / OTHER["temperature"])
    np.testing.assert_allclose(JUDGE.probabilities([(claim, passage)]), expected, atol=1e-5)


def test_what_must_be_judged_rightly_is() -> None:
    canaries = ABOUT["canaries"]
    found = [said((canary["claim"], canary["passage"])) for canary in canaries]
    assert found == [canary["label"] for canary in canaries]


def test_the_threshold_is_the_models_own_and_it_is_calibrated() -> None:
    assert JUDGE.threshold == ABOUT["threshold"]
    assert 0 < JUDGE.threshold <= 1
    assert JUDGE.calibrated


# -- claims that it knows -----------------------------------------------------------------------


def test_a_claim_that_it_knows_is_read_in_all_its_wordings() -> None:
    """The mean of the readings one by one, those of denials with the sides turned round."""
    passage = PAIRS[1][1]
    wordings = [
        *((text, [0, 1, 2]) for text in (KNOWN["statement"], *KNOWN["same"])),
        *((text, [1, 0, 2]) for text in KNOWN["opposite"]),
    ]
    readings = []
    for text, columns in wordings:
        (plain,) = JUDGE.probabilities([(text, passage)], thorough=False)
        logs = np.log(plain) * OTHER["temperature"] - bias_of(OTHER)
        readings.append((logs - np.logaddexp.reduce(logs))[columns])
    fitted = ABOUT["calibration"]["known"]
    expected = softmax((np.mean(readings, axis=0) + bias_of(fitted))[None] / fitted["temperature"])
    np.testing.assert_allclose(
        JUDGE.probabilities([(KNOWN["statement"], passage)]), expected, atol=1e-6
    )


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: f"  {text.rstrip('.')} "], ids=["capitals", "no stop"]
)
def test_a_claim_is_known_in_any_spelling(change: Callable[[str], str]) -> None:
    spelled = change(KNOWN["statement"])
    calm = np.abs(
        JUDGE.probabilities([(spelled, PAIRS[1][1])], thorough=False)
        - JUDGE.probabilities([(spelled, PAIRS[1][1])])
    )
    assert calm.max() > 0, "read in more wordings than its own"


def test_a_claim_that_it_does_not_know_is_read_once() -> None:
    np.testing.assert_array_equal(
        JUDGE.probabilities(PAIRS), JUDGE.probabilities(PAIRS, thorough=False)
    )


def test_known_and_other_claims_do_not_disturb_each_other() -> None:
    pairs = [(KNOWN["statement"], PAIRS[0][1]), *PAIRS, (KNOWN["statement"], "Tea.")]
    together = JUDGE.probabilities(pairs)
    for row, pair in enumerate(pairs):
        np.testing.assert_array_equal(JUDGE.probabilities([pair])[0], together[row])


def test_a_model_without_wordings_reads_every_claim_once(tmp_path: Path) -> None:
    hashes = {name: value for name, value in ABOUT["sha256"].items() if name != "wordings.json"}
    own = OnnxJudge(str(copied(tmp_path, sha256=hashes)))
    pairs = [(KNOWN["statement"], PAIRS[0][1])]
    np.testing.assert_array_equal(
        own.probabilities(pairs), JUDGE.probabilities(pairs, thorough=False)
    )


@pytest.mark.parametrize("content", ["no JSON", "{}x", '[{"statement": "A."}]', "[1]"])
def test_wordings_of_another_shape_are_refused(tmp_path: Path, content: str) -> None:
    digest = hashlib.sha256(content.encode()).hexdigest()
    folder = copied(tmp_path, sha256=ABOUT["sha256"] | {"wordings.json": digest})
    (folder / "wordings.json").write_text(content, "utf-8")
    assert "no usable model.json" in refused(folder)


# -- canaries -----------------------------------------------------------------------------------


def test_a_canary_judged_rightly_lets_the_model_be_used(tmp_path: Path) -> None:
    claim, passage = PAIRS[0]
    canary = {"claim": claim, "passage": passage, "label": said(PAIRS[0])}
    judge = OnnxJudge(str(copied(tmp_path, canaries=[canary])))
    np.testing.assert_array_equal(judge.probabilities(PAIRS), JUDGE.probabilities(PAIRS))


def test_a_canary_judged_wrongly_stops_everything(tmp_path: Path) -> None:
    right = said(PAIRS[0])
    wrong = next(stance.value for stance in STANCES if stance != right)
    claim, passage = PAIRS[0]
    canaries = [
        {"claim": claim, "passage": passage, "label": label} for label in (right, wrong, right)
    ]
    folder = copied(tmp_path, canaries=canaries)
    message = refused(folder)
    assert message.startswith(
        f"{folder / 'model.onnx'}: judges a passage of known stance as {right}, not {wrong}; "
    )
    assert message.endswith('set judge = "none" under [judging] in kb.toml')


def test_a_model_that_failed_its_canaries_stays_refused(tmp_path: Path) -> None:
    least = STANCES[int(JUDGE.probabilities([(CLAIM, "A trial.")])[0].argmin())]
    canary = {"claim": CLAIM, "passage": "A trial.", "label": least}
    judge = OnnxJudge(str(copied(tmp_path, canaries=[canary])))
    for _ in range(2):
        with pytest.raises(ModelError, match=f"not {least}"):
            judge.probabilities(PAIRS)


# -- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "wordings.json"])
@pytest.mark.parametrize("place", [0, 1000, -1])
def test_a_file_with_one_bit_changed_is_refused_by_name(
    tmp_path: Path, name: str, place: int
) -> None:
    folder = copied(tmp_path)
    content = bytearray((folder / name).read_bytes())
    content[place] ^= 1
    (folder / name).write_bytes(content)
    assert refused(folder).startswith(f"{folder / name}: not the file it should be")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("hashes", [{}, {"other": "0" * 64}, "wrong"])
def test_a_file_whose_hash_is_wrong_or_not_given_is_refused(
    tmp_path: Path, name: str, hashes: object
) -> None:
    given = ABOUT["sha256"] | {name: "0" * 64} if hashes == "wrong" else hashes
    folder = copied(tmp_path, sha256=given)
    message = refused(folder)
    assert "not the file it should be (its SHA-256 differs from model.json)" in message
    assert message.endswith("install kb again")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_missing_is_told_by_name(tmp_path: Path, name: str) -> None:
    folder = copied(tmp_path)
    (folder / name).unlink()
    assert refused(folder).startswith(f"{folder / name}: cannot be read (No such file")


@pytest.mark.parametrize(
    "key",
    ["name", "max_tokens", "sha256", "labels", "calibration", "threshold", "canaries"],
)
def test_a_description_without_one_of_its_keys_is_refused_before_anything_runs(
    tmp_path: Path, key: str
) -> None:
    folder = described(
        tmp_path / "model", {name: value for name, value in ABOUT.items() if name != key}
    )
    with pytest.raises(ModelError) as caught:
        OnnxJudge(str(folder))
    assert str(caught.value).startswith(
        f"model 'model': no usable model.json in {folder} ('{key}'); shipped models are: "
    )
    assert "stance" in str(caught.value).rpartition("shipped models are: ")[2]


@pytest.mark.parametrize(
    "change",
    [
        {"labels": ["supports", "challenges", "unknown"]},
        {"labels": ["supports", "challenges"]},
        {"labels": ["SUPPORTS", "CHALLENGES", "NEUTRAL"]},
        {"labels": 3},
        {"calibration": {"known": OTHER}},
        {"calibration": {"known": OTHER, "other": {"temperature": 1.0}}},
        {"calibration": refitted(bias={"supports": 0.0, "challenges": 0.0})},
        {"calibration": refitted(bias=[0.0, 0.0, 0.0])},
        {"calibration": refitted(temperature="warm")},
        {"threshold": None},
        {"canaries": 1},
        {"max_tokens": "many"},
    ],
    ids=str,
)
def test_a_description_that_says_something_else_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    folder = described(tmp_path / "model", ABOUT | change)
    with pytest.raises(ModelError) as caught:
        OnnxJudge(str(folder))
    assert str(caught.value).startswith(f"model 'model': no usable model.json in {folder} (")
    assert "\n" not in str(caught.value)


def test_a_model_for_something_else_is_no_judge() -> None:
    with pytest.raises(ModelError, match=r"model 'minilm': no usable model\.json in .* \('labels'"):
        OnnxJudge("minilm")


@pytest.mark.parametrize(
    "canary", ["a text", {"claim": CLAIM}, {"claim": CLAIM, "passage": "A trial."}], ids=str
)
def test_a_canary_that_is_not_whole_is_refused(tmp_path: Path, canary: object) -> None:
    assert "no usable model.json" in refused(copied(tmp_path, canaries=[canary]))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_temperature_must_be_above_nothing(tmp_path: Path, temperature: float) -> None:
    fitted = refitted(temperature=temperature)
    assert "no usable model.json" in refused(copied(tmp_path, calibration=fitted))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_of_another_kind_is_refused_even_if_its_hash_is_right(
    tmp_path: Path, name: str
) -> None:
    junk = hashlib.sha256(b"junk").hexdigest()
    folder = copied(tmp_path, sha256=ABOUT["sha256"] | {name: junk})
    (folder / name).write_bytes(b"junk")
    assert refused(folder).startswith(str(folder / name))


# -- identity and calibration -------------------------------------------------------------------


def test_the_model_is_named_with_its_weights() -> None:
    assert JUDGE.identity.startswith(f"onnx:{ABOUT['name']}@{ABOUT['sha256']['model.onnx'][:12]}-")
    assert OnnxJudge(str(SHIPPED / "stance")).identity == JUDGE.identity, "by name or by folder"


@pytest.mark.parametrize(
    "change",
    [
        {"calibration": refitted(temperature=OTHER["temperature"] + 0.01)},
        {"calibration": refitted(bias=OTHER["bias"] | {"supports": 9.0})},
        {"calibration": {"known": OTHER | {"temperature": 9.0}, "other": OTHER}},
        {"sha256": ABOUT["sha256"] | {"wordings.json": "0" * 64}},
        {"sha256": ABOUT["sha256"] | {"model.onnx": "0" * 64}},
        {"sha256": ABOUT["sha256"] | {"tokenizer.json": "0" * 64}},
        {"name": "other"},
        {"labels": ABOUT["labels"][::-1]},
        {"max_tokens": ABOUT["max_tokens"] // 2},
    ],
    ids=str,
)
def test_whatever_changes_its_judgements_makes_it_another_model(
    tmp_path: Path, change: dict[str, object]
) -> None:
    folder = described(tmp_path / "model", ABOUT | change)
    assert OnnxJudge(str(folder)).identity != JUDGE.identity


def test_the_threshold_changes_no_judgement_and_not_the_identity(tmp_path: Path) -> None:
    judge = OnnxJudge(str(described(tmp_path / "model", ABOUT | {"threshold": 0.5})))
    assert judge.threshold == 0.5
    assert judge.identity == JUDGE.identity


def test_a_higher_temperature_makes_it_less_sure(tmp_path: Path) -> None:
    own = copied(tmp_path, calibration=refitted(temperature=2 * OTHER["temperature"]), canaries=[])
    roots = np.sqrt(JUDGE.probabilities(PAIRS))
    np.testing.assert_allclose(
        OnnxJudge(str(own)).probabilities(PAIRS), roots / roots.sum(axis=1, keepdims=True)
    )


@pytest.mark.parametrize("stance", STANCES)
def test_a_bias_raises_the_stance_that_it_is_for(tmp_path: Path, stance: str) -> None:
    more = OTHER["bias"][stance] + OTHER["temperature"]
    own = copied(tmp_path, calibration=refitted(bias=OTHER["bias"] | {stance: more}), canaries=[])
    raised = JUDGE.probabilities(PAIRS) * np.where([s == stance for s in STANCES], np.e, 1)
    np.testing.assert_allclose(
        OnnxJudge(str(own)).probabilities(PAIRS), raised / raised.sum(axis=1, keepdims=True)
    )


def test_labels_say_which_number_is_which(tmp_path: Path) -> None:
    swapped = [{"supports": "challenges", "challenges": "supports"}.get(x, x) for x in STANCES]
    labels = [swapped[STANCES.index(label)] for label in ABOUT["labels"]]
    bias = {swapped[STANCES.index(name)]: value for name, value in OTHER["bias"].items()}
    fitted = refitted(bias=bias)
    own = OnnxJudge(str(copied(tmp_path, labels=labels, calibration=fitted, canaries=[])))
    there = JUDGE.probabilities(PAIRS)
    np.testing.assert_array_equal(own.probabilities(PAIRS), there[:, [1, 0, 2]])
