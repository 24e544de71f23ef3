"""The written stance pairs are well formed, balanced, and apart from the corpus."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kb import framework

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "data" / "stance"
READINGS = ("circumstances", "circumstances_second", "second_reading", "minimal")
PASSAGES = [path for path in sorted(FOLDER.glob("*.jsonl")) if path.stem not in READINGS]
LABELS = {"supports", "challenges", "neutral"}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def everything() -> list[dict[str, Any]]:
    return [row for path in PASSAGES for row in rows(path)]


@pytest.mark.parametrize("path", PASSAGES, ids=lambda path: path.stem)
def test_every_line_is_a_passage_with_labelled_claims(path: Path) -> None:
    for row in rows(path):
        assert set(row) == {"id", "theme", "passage", "claims"}
        assert path.stem in ("trial", row["theme"])
        assert len(row["passage"].split()) >= 12
        assert path.stem == "digest" or 2 <= len(row["claims"]) <= 4
        assert {claim["label"] for claim in row["claims"]} <= LABELS
        texts = [claim["text"] for claim in row["claims"]]
        assert len(set(texts)) == len(texts)
        assert all(4 <= len(text.split()) <= 26 for text in texts)


def test_every_minimal_pair_is_two_claims_and_two_passages() -> None:
    items = rows(FOLDER / "minimal.jsonl")
    keys = ("claim", "claim_contrary", "passage", "passage_contrary", "unrelated")
    assert len({item["id"] for item in items}) == len(items) >= 600
    for item in items:
        assert set(item) == {"id", "label", *keys}
        assert len({item[key] for key in keys}) == len(keys)
        assert item["label"] in LABELS - {"neutral"}
    supporting = sum(item["label"] == "supports" for item in items)
    assert 0.45 < supporting / len(items) < 0.55


def test_no_probe_is_among_the_minimal_pairs() -> None:
    probe = (ROOT / "tests" / "negation.jsonl").read_text("utf-8")
    assert not [item["id"] for item in rows(FOLDER / "minimal.jsonl") if item["passage"] in probe]


def test_no_passage_stands_twice() -> None:
    ids = Counter(row["id"] for row in everything())
    texts = Counter(row["passage"] for row in everything())
    assert max(ids.values()) == max(texts.values()) == 1


def test_labels_are_in_balance_also_among_negated_claims() -> None:
    claims = [claim for row in everything() for claim in row["claims"]]
    negated = re.compile(r"\b(not|no|never|rarely|fails?|cannot|without|seldom)\b", re.IGNORECASE)
    for chosen in (claims, [claim for claim in claims if negated.search(claim["text"])]):
        counts = Counter(claim["label"] for claim in chosen)
        assert all(0.25 < counts[label] / len(chosen) < 0.42 for label in LABELS)


def test_every_circumstance_recurs_with_every_label() -> None:
    seen = {(c["text"], c["label"]) for row in everything() for c in row["claims"]}
    for circumstance in framework.load(ROOT / "criteria.yaml").circumstances:
        assert {label for text, label in seen if text == circumstance.statement} == LABELS


def test_every_passage_was_read_against_the_circumstances() -> None:
    circumstances = {c.id for c in framework.load(ROOT / "criteria.yaml").circumstances}
    read = {row["id"]: row for row in rows(FOLDER / "circumstances.jsonl")}
    assert read.keys() == {row["id"] for row in everything()}
    for row in [*read.values(), *rows(FOLDER / "circumstances_second.jsonl")]:
        said = [code for label in sorted(LABELS) for code in row[label]]
        assert set(said) <= circumstances
        assert len(said) == len(set(said)), f"{row['id']}: one circumstance, one label"


def test_every_digest_was_read_twice() -> None:
    second = {row["id"] for row in rows(FOLDER / "circumstances_second.jsonl")}
    assert second == {row["id"] for row in rows(FOLDER / "digest.jsonl")}


def test_every_circumstance_has_paraphrases_and_opposites_of_its_own() -> None:
    wordings = json.loads((FOLDER / "wordings.json").read_text("utf-8"))
    statements = {c.id: c.statement for c in framework.load(ROOT / "criteria.yaml").circumstances}
    assert {code: words["statement"] for code, words in wordings.items()} == statements
    texts = [text for words in wordings.values() for text in words["same"] + words["opposite"]]
    assert len(texts) == len(set(texts)) == 200
    assert not set(texts) & set(statements.values())


def test_the_second_reading_covers_a_tenth_and_no_pair_it_disputes_is_kept() -> None:
    second = rows(FOLDER / "second_reading.jsonl")
    kept = {(row["id"], c["text"]): c["label"] for row in everything() for c in row["claims"]}
    firsthand = [row for row in everything() if row["theme"] != "digest" and "2-" in row["id"]]
    assert len({row["id"] for row in second}) >= len(firsthand) / 10
    for row in second:
        if row["first"] == row["second"]:
            assert kept[row["id"], row["claim"]] == row["first"]
        else:
            assert (row["id"], row["claim"]) not in kept


def test_no_written_passage_is_in_the_corpus() -> None:
    corpus = " ".join(path.read_text("utf-8") for path in (ROOT / "corpus").glob("*.md"))
    assert not [row["id"] for row in everything() if row["passage"] in corpus]
