"""The labelled passages that the tagger is trained and measured on.

`readings()` are the passages of the shipped corpus with what each of its readers saw in them, by
source; `written()` those written for training, of data/tags and data/stance.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb import framework
from kb.storing import annotations

ROOT = Path(__file__).resolve().parent.parent
FRAMEWORK = framework.load(ROOT / "criteria.yaml")
CRITERIA = [criterion.id for criterion in FRAMEWORK.criteria]
FROZEN = frozenset((ROOT / "data" / "tags" / "frozen.txt").read_text("utf-8").split())
Floats = NDArray[np.float64]

# Weights, chosen by cross-validation: a passage of the corpus counts for four, shared among its
# readers; the digests written on the literature itself are nearest to it in kind; what a passage
# of data/stance does to circumstances only hints at what it is about.
READING, LITERATURE, WRITTEN, HINT = 4.0, 4.0, 1.0, 0.5
_THEMES = dict(
    zip(("authority", "aims", "scale", "outcomes", "resources", "delivery"), CRITERIA, strict=True)
)


@dataclass(frozen=True)
class Row:
    """A text, its label for each criterion (0 or 1), how much each of these weighs, and `source`,
    "" for what was written. `reader` is 0 or 1 of a reading."""

    text: str
    labels: list[float]
    weights: list[float]
    source: str = ""
    reader: int = 0


def readings() -> list[Row]:
    """Two rows a passage, one a reader, in the order of passages."""
    noted = annotations.load(ROOT / "annotations.jsonl")
    by_passage: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for (passage, by), seen in noted.readings.items():
        by_passage[passage][by] = seen
    return [
        Row(
            noted.quotes[passage],
            _labels(seen),
            [READING / len(readers)] * len(CRITERIA),
            passage.partition("#")[0],
            reader,
        )
        for passage, readers in sorted(by_passage.items())
        for reader, (_, seen) in enumerate(sorted(readers.items()))
    ]


def written() -> list[Row]:
    """Everything that was written for training."""
    texts = {row["id"]: row["passage"] for row in _lines("stance/digest.jsonl")}
    rows = [
        Row(texts.get(row["id"]) or row["passage"], _labels(row["criteria"]), [weight] * 6)
        for name, weight in (("digest", WRITTEN), ("near", WRITTEN), ("literature", LITERATURE))
        for row in _lines(f"tags/{name}.jsonl")
    ]
    return rows + hints()


def hints() -> list[Row]:
    """Passages of data/stance: one that takes a side on a circumstance is about its criterion; one
    that is said to be neutral on it, or was written under the criterion's theme, may be or not."""
    belongs = {c.id: c.criterion for c in FRAMEWORK.circumstances}
    read = {row["id"]: row for row in _lines("stance/circumstances.jsonl")}
    themes = [*_THEMES, "abstracts", "guidance", "hard", "long", "trial"]
    rows = []
    for theme in themes:
        for row in _lines(f"stance/{theme}.jsonl"):
            of = read[row["id"]]
            about = {belongs[name] for name in of["supports"] + of["challenges"]}
            unclear = {belongs[name] for name in of["neutral"]} | {_THEMES.get(theme, "")}
            weights = [0.0 if name in unclear - about else HINT for name in CRITERIA]
            rows.append(Row(row["passage"], _labels(about), weights))
    return rows


def _labels(criteria: Any) -> list[float]:
    return [float(name in criteria) for name in CRITERIA]


def _lines(name: str) -> list[dict[str, Any]]:
    lines = (ROOT / "data" / name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]
