"""A model's folder, whichever part runs it. What both models do is in their own tests."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import framework, model_folder
from kb.embedding.onnx import OnnxEmbedder
from kb.errors import ModelError
from kb.model_folder import SHIPPED, ModelFolder, sealed
from kb.tagging.linear import LinearTagger

NAMES = sorted(path.parent.name for path in SHIPPED.glob("*/model.json"))


def described(folder: Path, **changes: object) -> Path:
    """A folder with no more than a model.json."""
    folder.mkdir(parents=True)
    about = {"name": "tiny", "max_tokens": 8, "sha256": {"model.onnx": "a" * 64}} | changes
    (folder / "model.json").write_text(json.dumps(about), "utf-8")
    return folder


def test_the_models_that_ship_are_known() -> None:
    assert {"minilm", "stance"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_is_whole_and_runs(name: str) -> None:
    folder = ModelFolder(name)
    assert folder.path == SHIPPED / name
    assert folder.session.get_inputs()
    assert folder.tokenizer.encode("One two.").ids
    assert folder.identity.startswith(f"onnx:{folder.name}@")


@pytest.mark.parametrize("name", NAMES)
def test_its_tokenizer_neither_cuts_nor_pads(name: str) -> None:
    tokenizer = ModelFolder(name).tokenizer
    lengths = [len(row.ids) for row in tokenizer.encode_batch(["word", "word " * 5000])]
    assert lengths == [3, 5002]


def test_a_shipped_name_is_the_shipped_model_whatever_lies_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described(tmp_path / "minilm")
    monkeypatch.chdir(tmp_path)
    assert ModelFolder("minilm").path == SHIPPED / "minilm"


def test_a_path_is_a_folder_even_if_its_last_part_is_a_shipped_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described(tmp_path / "minilm")
    monkeypatch.chdir(tmp_path)
    assert ModelFolder("./minilm").name == "tiny"


def test_a_folder_may_be_named_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    described(tmp_path / "models" / "tiny")
    folder = ModelFolder("~/models/tiny")
    assert folder.path == tmp_path / "models" / "tiny"
    assert (folder.name, folder.max_tokens) == ("tiny", 8)


def test_what_else_the_description_says_is_there_for_who_runs_it(tmp_path: Path) -> None:
    folder = ModelFolder(str(described(tmp_path / "tiny", labels=["a", "b"])))
    assert folder.about["labels"] == ["a", "b"]


def test_the_identity_is_the_name_and_both_hashes(tmp_path: Path) -> None:
    both = {"model.onnx": "a" * 64, "tokenizer.json": "b" * 64}
    folder = ModelFolder(str(described(tmp_path / "tiny", sha256=both)))
    assert folder.identity == f"onnx:tiny@{'a' * 12}-{'b' * 12}"


@pytest.mark.parametrize("content", ["[]", "{}", "null", '"text"', "", "{", '{"name": "tiny"}'])
def test_an_unusable_description_is_one_line_and_lists_the_shipped_models(
    tmp_path: Path, content: str
) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "model.json").write_text(content)
    with pytest.raises(ModelError) as caught:
        ModelFolder(str(folder))
    assert str(caught.value).startswith(f"model 'tiny': no usable model.json in {folder} (")
    assert str(caught.value).endswith(f"); shipped models are: {', '.join(NAMES)}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [{"sha256": "a"}, {"sha256": 5}, {"max_tokens": None}, {"pad_to_multiple_of": "eight"}],
    ids=str,
)
def test_a_description_with_a_value_of_another_kind_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    with pytest.raises(ModelError, match=r"no usable model\.json"):
        ModelFolder(str(described(tmp_path / "tiny", **change)))


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(ModelError, match=r"no usable model\.json"):
        ModelFolder("a\0b")


def test_a_damaged_file_is_refused_each_time_and_a_mended_one_is_used(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED / "minilm", tmp_path / "model")
    whole = (folder / "tokenizer.json").read_bytes()
    (folder / "tokenizer.json").write_bytes(whole[:-1])
    model = ModelFolder(str(folder))
    for _ in range(2):
        with pytest.raises(ModelError, match=r"tokenizer\.json: not the file it should be"):
            _ = model.tokenizer
    (folder / "tokenizer.json").write_bytes(whole)
    assert model.tokenizer.encode("One").ids


FRAMEWORK = framework.load(Path(__file__).parents[1] / "criteria.yaml")
DESCRIBED = [*((name, "model.json") for name in NAMES), ("tagging", "tagger.json")]
FILES = sorted(path.relative_to(SHIPPED).as_posix() for path in SHIPPED.glob("*/*.[jo]*n*"))


def test_every_file_of_a_model_has_its_hash_written_down() -> None:
    lines = (SHIPPED / "SHA256SUMS").read_text("ascii").splitlines()
    written = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    assert set(FILES) <= set(written)
    for name, digest in written.items():
        assert hashlib.sha256((SHIPPED / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("path", [f"{folder}/{name}" for folder, name in DESCRIBED])
def test_a_description_that_ships_is_refused_with_one_byte_changed(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SHIPPED, tmp_path / "models")
    monkeypatch.setattr(model_folder, "SHIPPED", tmp_path / "models")
    changed = tmp_path / "models" / path
    model = changed.parent.name
    assert sealed(changed) == (SHIPPED / path).read_bytes()
    changed.write_bytes(changed.read_bytes().replace(b"0", b"1", 1))
    with pytest.raises(ModelError) as caught:
        sealed(changed)
    assert str(caught.value) == (
        f"{changed}: not the file it should be (its SHA-256 differs from SHA256SUMS); install kb "
        "again"
    )
    embedder = OnnxEmbedder("minilm") if path == "tagging/tagger.json" else None
    with pytest.raises(ModelError, match="differs from SHA256SUMS"):
        _ = LinearTagger(FRAMEWORK, embedder, changed.parent) if embedder else ModelFolder(model)


def test_the_runtime_is_told_to_report_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert ModelFolder("minilm").session.get_providers() == ["CPUExecutionProvider"]
    assert [os.environ[name] for name in names] == ["1", "1"]


@given(st.lists(st.lists(st.integers(1, 9), max_size=20), min_size=1), st.integers(1, 16))
def test_rows_are_padded_to_the_longest_and_to_a_whole_multiple(
    rows: list[list[int]], multiple: int
) -> None:
    folder = ModelFolder("minilm")
    folder._pad_to = multiple
    table = folder.padded(rows)
    longest = max(map(len, rows))
    assert table.dtype == np.int64
    assert table.shape[0] == len(rows)
    assert longest <= table.shape[1] < longest + multiple
    assert table.shape[1] % multiple == 0
    for row, padded in zip(rows, table.tolist(), strict=True):
        assert padded == row + [0] * (len(padded) - len(row))


def test_without_a_multiple_rows_are_as_wide_as_the_longest(tmp_path: Path) -> None:
    folder = ModelFolder(str(described(tmp_path / "tiny")))
    assert folder.padded([[1, 2, 3], [4]]).tolist() == [[1, 2, 3], [4, 0, 0]]
