"""kb.toml: defaults, what may be set, and what is said of a mistake."""

from dataclasses import asdict
from pathlib import Path

import pytest

from kb.config import Settings, find_home, load
from kb.errors import ConfigError, NotAKnowledgeBase
from kb.version import __version__

NEWER = f"(if a newer kb wrote it, update this one, {__version__})"
TABLES = (
    "reading, passages, embedding, storing, search, matching, tagging, judging, second_opinion, "
    "online"
)


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "kb.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A knowledge base with a folder in it, and no KB_HOME from outside."""
    monkeypatch.delenv("KB_HOME", raising=False)
    folder = tmp_path / "base"
    (folder / "corpus" / "deep").mkdir(parents=True)
    written(folder, "")
    return folder.resolve()


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")) == Settings()


def test_the_defaults_are_those_the_guide_names() -> None:
    assert asdict(Settings()) == {
        "reading": {"seconds": 120, "memory_mb": 1500, "file_mb": 200, "pages": 3000},
        "passages": {"max_tokens": 200},
        "embedding": {"embedder": "onnx", "model": "minilm", "allow_download": False},
        "storing": {"vectors": "chroma"},
        "search": {"meaning_weight": 0.6, "candidates": 100, "floor": 0.25},
        "matching": {"threshold": 0.25},
        "tagging": {"tagger": "linear", "threshold": 0.0},
        "judging": {"judge": "onnx", "model": "stance", "threshold": 0.0},
        "second_opinion": {"endpoint": "", "model": "", "key_variable": "", "seconds": 60},
        "online": {"contact": ""},
    }


def test_what_is_written_is_set_and_the_rest_stays(tmp_path: Path) -> None:
    content = '[storing]\nvectors = "exact"\n[search]\nmeaning_weight = 0.5\n'
    settings = load(written(tmp_path, content))
    assert settings.storing.vectors == "exact"
    assert settings.search.meaning_weight == 0.5
    assert settings.search.candidates == 100
    assert settings.passages == Settings().passages


def test_a_whole_number_will_do_for_a_share(tmp_path: Path) -> None:
    weight = load(written(tmp_path, "[search]\nmeaning_weight = 1\n")).search.meaning_weight
    assert weight == 1.0
    assert isinstance(weight, float)


@pytest.mark.parametrize("value", [16, 100_000])
def test_the_ends_of_the_range_of_a_count_may_be_set(tmp_path: Path, value: int) -> None:
    settings = load(written(tmp_path, f"[passages]\nmax_tokens = {value}\n"))
    assert settings.passages.max_tokens == value


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[searching]\n", f"unknown 'searching'; tables are: {TABLES} {NEWER}"),
        ("search = 1\n", f"unknown 'search'; tables are: {TABLES} {NEWER}"),
        (
            "[search]\nweight = 0.5\n",
            "unknown key 'weight' in [search]; keys are: meaning_weight, candidates, floor "
            f"{NEWER}",
        ),
        ("[search]\ncandidates = 10.5\n", "search.candidates must be int, not 10.5"),
        ("[search]\ncandidates = true\n", "search.candidates must be int, not True"),
        ('[search]\ncandidates = "50"\n', "search.candidates must be int, not '50'"),
        ("[search]\ncandidates = 15\n", "search.candidates must be from 16 to 100000, not 15"),
        (
            "[passages]\nmax_tokens = 100_001\n",
            "passages.max_tokens must be from 16 to 100000, not 100001",
        ),
        ("[search]\nmeaning_weight = 60\n", "search.meaning_weight must be from 0 to 1, not 60.0"),
        (
            "[search]\nmeaning_weight = -0.1\n",
            "search.meaning_weight must be from 0 to 1, not -0.1",
        ),
        ("[search]\nmeaning_weight = nan\n", "search.meaning_weight must be from 0 to 1, not nan"),
        ('[search]\nmeaning_weight = "a"\n', "search.meaning_weight must be float, not 'a'"),
        ("[embedding]\nallow_download = 1\n", "embedding.allow_download must be bool, not 1"),
        ("[embedding]\nmodel = ['a', 'b']\n", "embedding.model must be str, not ['a', 'b']"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_and_key(
    tmp_path: Path, content: str, complaint: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: {complaint}"


def test_a_syntax_error_names_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, "[search]\n\ncandidates 50\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: not valid TOML: ")
    assert "line 3" in str(caught.value)


def test_a_file_that_is_not_utf8_is_told_as_such(tmp_path: Path) -> None:
    path = written(tmp_path, "# naïve\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"not UTF-8 text \(byte 4\)"):
        load(path)


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    path = tmp_path / "kb.toml"
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: not found; make one with: kb init"


def test_the_nearest_folder_above_is_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "corpus" / "deep")
    assert find_home() == home


def test_a_knowledge_base_within_another_is_its_own_home(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(home / "corpus", "")
    monkeypatch.chdir(home / "corpus" / "deep")
    assert find_home() == home / "corpus"


def test_the_environment_names_a_home(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB_HOME", str(home))
    assert find_home() == home


def test_an_empty_environment_variable_names_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("KB_HOME", "")
    assert find_home() == home


def test_a_folder_that_is_named_outranks_the_environment(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    written(other, "")
    monkeypatch.setenv("KB_HOME", str(home))
    assert find_home(other) == other.resolve()


def test_a_tilde_in_a_name_is_the_users_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home.parent))
    monkeypatch.setenv("USERPROFILE", str(home.parent))
    assert find_home("~/base") == home


def test_a_folder_that_is_named_is_not_searched_upwards(home: Path) -> None:
    with pytest.raises(NotAKnowledgeBase) as caught:
        find_home(home / "corpus")
    assert str(caught.value).startswith(f"{home / 'corpus'} is not a knowledge base (no kb.toml)")


def test_outside_any_knowledge_base_the_way_to_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KB_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotAKnowledgeBase) as caught:
        find_home()
    assert str(caught.value).startswith(f"{tmp_path.resolve()} is not in a knowledge base")
    assert "kb init" in str(caught.value)
