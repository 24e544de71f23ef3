"""The Python interface, as a notebook uses it."""

import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest

import kb
from kb.errors import ConfigError, KbError, ModelError, NotAKnowledgeBase, UnknownName
from tests.conftest import LETTERS


def test_open_finds_the_root_and_says_where_there_is_none(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KB_HOME", raising=False)
    monkeypatch.chdir(home / "corpus")
    assert kb.open().home == home
    assert kb.open(str(home)).home == home
    with pytest.raises(NotAKnowledgeBase, match="kb init"):
        kb.open(tmp_path)


def test_an_answer_is_made_of_records(base: kb.KnowledgeBase) -> None:
    answer = base.ask("do letters work?", sources=["health2019letters"])
    (item,) = answer.context
    assert isinstance(answer, kb.Answer)
    assert isinstance(item, kb.Evidence)
    assert (item.passage.text, item.kind, item.judgement.judge) == (
        LETTERS,
        "original",
        "not yet judged",
    )


def test_asking_without_an_index_says_how_to_get_one(home: Path) -> None:
    with pytest.raises(KbError, match="kb build"):
        kb.open(home).ask("anything")


def test_an_exact_store_gives_the_same_answer_as_chroma(home: Path) -> None:
    list(kb.open(home).build())
    with_chroma = kb.open(home).ask("do reminders work")
    (home / "kb.toml").write_text('[storing]\nvectors = "exact"\n')
    list(kb.open(home).build(afresh=True))
    with_exact = kb.open(home).ask("do reminders work")
    assert [e.passage.id for e in with_exact.context] == [e.passage.id for e in with_chroma.context]
    for ours, theirs in zip(with_exact.context, with_chroma.context, strict=True):
        assert ours.score == pytest.approx(theirs.score, abs=1e-5)


def test_changing_the_store_without_a_build_is_an_error_not_half_an_answer(home: Path) -> None:
    list(kb.open(home).build())
    (home / "kb.toml").write_text('[storing]\nvectors = "exact"\n')
    with pytest.raises(KbError, match="other settings"):
        kb.open(home).ask("do reminders work")


def test_a_filter_by_criterion_keeps_what_was_judged_on_its_circumstances(
    shipped: kb.KnowledgeBase,
) -> None:
    for circumstance in shipped.framework.circumstances:
        whole = shipped.ask(circumstance.id)
        narrowed = shipped.ask(circumstance.id, criterion=circumstance.criterion)
        assert narrowed.sources == whole.sources, circumstance.id
        assert narrowed.disputed == whole.disputed


def test_a_question_as_long_as_the_model_reads_is_answered(shipped: kb.KnowledgeBase) -> None:
    longest = "does co-production save money " * 35
    assert 200 < shipped.embedder.count_tokens(longest) <= shipped.embedder.max_tokens
    assert shipped.ask(longest).claim.id == "R2"


def test_a_circumstance_of_another_criterion_is_refused(shipped: kb.KnowledgeBase) -> None:
    with pytest.raises(KbError, match="S2 belongs to the criterion 'scale'"):
        shipped.ask("S2", criterion="resources")


def test_the_limit_changes_what_is_shown_and_not_what_is_found(shipped: kb.KnowledgeBase) -> None:
    few, more = shipped.ask("S1", limit=1), shipped.ask("S1", limit=20)
    assert few.considered == more.considered
    assert few.totals == more.totals
    assert few.supporting == more.supporting[:1]


def test_evidence_can_be_read_without_knowing_its_parts(shipped: kb.KnowledgeBase) -> None:
    item = shipped.ask("S1").supporting[0]
    assert (item.text, item.citation) == (item.passage.text, item.source.citation)
    assert item.stance == kb.Stance.SUPPORTS


def test_a_part_of_ones_own_is_named_in_the_settings(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(
        "import numpy as np\n"
        "class Everything:\n"
        "    identity = 'everything'\n"
        "    def __init__(self, framework, embedder):\n"
        "        self.thresholds = np.full(len(framework.criteria), 0.5, np.float32)\n"
        "    def score(self, texts, vectors):\n"
        "        return np.ones((len(texts), len(self.thresholds)), np.float32)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (home / "kb.toml").write_text('[tagging]\ntagger = "mine:Everything"\n')
    list(kb.open(home).build())
    for summary in kb.open(home).sources():
        assert summary.criteria == ("uptake", "cost")


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ("[storing]\nvectors = 'faiss'\n", UnknownName, "chroma, exact"),
        ("[embedding]\nembedder = 'word2vec'\n", UnknownName, "onnx, transformer"),
        ("[embedding]\nmodel = 'bert'\n", ModelError, "shipped models are: minilm"),
        ("[passages]\nmax_tokens = 300\n", ConfigError, "reads at most 256"),
        ("[tagging]\ntagger = 'nowhere.nothing:f'\n", UnknownName, "cannot be loaded"),
    ],
)
def test_settings_that_name_nothing(
    home: Path, settings: str, error: type[KbError], said: str
) -> None:
    (home / "kb.toml").write_text(settings)
    with pytest.raises(error, match=said) as raised:
        list(kb.open(home).build())
    assert "\n" not in str(raised.value)


def test_nothing_calls_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: Any) -> NoReturn:
        raise AssertionError(f"a connection to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    base = kb.open(home)
    list(base.build())
    assert base.ask("do reminders work?").considered == 2
    assert base.search("pence")


def test_building_in_the_same_process_renews_what_is_asked(base: kb.KnowledgeBase) -> None:
    assert base.ask("letters").index.documents == 2
    (base.home / "corpus" / "health2019letters.txt").unlink()
    list(base.build())
    assert base.ask("letters").index.documents == 1
    list(base.build(afresh=True))
    assert base.ask("letters").index.documents == 1
