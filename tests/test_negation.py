"""The negation probe is well formed: pairs that one negation turns round."""

import json
from collections import Counter
from pathlib import Path

ITEMS = [
    json.loads(line)
    for line in (Path(__file__).parent / "negation.jsonl").read_text("utf-8").splitlines()
]
KEYS = {"id", "claim", "claim_negated", "passage", "passage_negated", "label"}


def test_there_are_at_least_a_hundred_items_of_the_same_keys() -> None:
    assert len(ITEMS) >= 100
    for item in ITEMS:
        assert set(item) == KEYS
        assert all(isinstance(value, str) and value.strip() for value in item.values())


def test_no_item_stands_twice() -> None:
    for key in ("id", "claim", "passage"):
        assert max(Counter(item[key] for item in ITEMS).values()) == 1, key


def test_what_is_negated_differs_from_what_is_not() -> None:
    for item in ITEMS:
        assert item["claim"] != item["claim_negated"], item["id"]
        assert item["passage"] != item["passage_negated"], item["id"]
        texts = {item[key] for key in KEYS - {"id", "label"}}
        assert len(texts) == 4, item["id"]


def test_both_labels_are_as_frequent() -> None:
    counts = Counter(item["label"] for item in ITEMS)
    assert set(counts) == {"supports", "challenges"}
    assert 0.45 <= counts["supports"] / len(ITEMS) <= 0.55


def test_no_item_is_in_the_corpus_or_among_the_written_pairs() -> None:
    """What the model was trained on, or answers are made of, must not be the test."""
    root = Path(__file__).parent.parent
    paths = [*(root / "corpus").glob("*.md"), *(root / "data" / "stance").glob("*.jsonl")]
    known = " ".join(path.read_text("utf-8") for path in paths)
    for item in ITEMS:
        assert item["passage"] not in known, item["id"]
        assert item["passage_negated"] not in known, item["id"]
