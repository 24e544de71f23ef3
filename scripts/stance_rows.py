"""The rows on which the stance model is measured and calibrated: none of them trains it.

`curated()` are the shipped judgements on which both readers agree; `negation()` the probe of
tests/negation.jsonl; `collection(path)` one file of shared/datasets/stance.
"""

import gzip
import hashlib
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TURNED = {"supports": "challenges", "challenges": "supports", "neutral": "neutral"}


@dataclass(frozen=True)
class Row:
    """A labelled pair; `group` is what must not be parted when rows are drawn or split."""

    claim: str
    passage: str
    label: str
    group: str


def curated() -> list[Row]:
    """The sides and the hard neutrals on which two readers agree, and for every second passage an
    unrelated circumstance, of a criterion that neither reader saw in it, as an easy neutral."""
    lines = (ROOT / "annotations.jsonl").read_text("utf-8").splitlines()
    notes = [json.loads(line) for line in lines]
    verdicts: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    criteria: dict[str, set[str]] = defaultdict(set)
    for note in notes:
        if note["type"] == "tags":
            criteria[note["passage"]].update(note["criteria"])
        else:
            verdicts[note["passage"], note["circumstance"]].append(note)
    rows = []
    for (name, _), said in sorted(verdicts.items()):
        if len(said) == 2 and said[0]["stance"] == said[1]["stance"]:
            first = said[0]
            rows.append(Row(first["claim"], first["quote"], first["stance"], name.split("#")[0]))
    return rows + _easy(verdicts, criteria)


def _easy(
    verdicts: dict[tuple[str, str], list[dict[str, Any]]], criteria: dict[str, set[str]]
) -> list[Row]:
    statements = {code: said[0]["claim"] for (_, code), said in verdicts.items()}
    of = {code: next(c for c in _ORDER if code[0] == _ORDER[c]) for code in statements}
    texts = {name: said[0]["quote"] for (name, _), said in verdicts.items()}
    rows = []
    for name in sorted(texts)[::2]:
        free = [
            code
            for code in sorted(statements)
            if of[code] not in criteria[name] and (name, code) not in verdicts
        ]
        if free:
            code = random.Random(name).choice(free)
            rows.append(Row(statements[code], texts[name], "neutral", name.split("#")[0]))
    return rows


# A circumstance's id begins with the letter of its criterion.
_ORDER = {
    "authority": "A",
    "shared-aims": "B",
    "scale": "S",
    "outcomes": "O",
    "resources": "R",
    "delivery": "D",
}


def for_calibration(group: str) -> bool:
    """Whether a source's rows may calibrate; the rows of the others only measure."""
    return hashlib.sha256(group.encode()).digest()[0] % 2 == 0


def negation() -> list[Row]:
    """Four rows an item: claim and passage, each as it is and denied."""
    rows = []
    for line in (ROOT / "tests" / "negation.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        for claim in ("claim", "claim_negated"):
            for passage in ("passage", "passage_negated"):
                same = claim.endswith("negated") == passage.endswith("negated")
                label = item["label"] if same else TURNED[item["label"]]
                rows.append(Row(item[claim], item[passage], label, item["id"]))
    return rows


def collection(path: Path, split: str) -> list[Row]:
    """The annotated rows of one split of a public collection."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    label = {"refutes": "challenges"}
    return [
        Row(row["claim"], row["evidence"], label.get(row["label"], row["label"]), row["id"])
        for row in rows
        if row["split"] == split and not row.get("derived")
    ]
