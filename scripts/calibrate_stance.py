#!/usr/bin/env python
"""Fit what turns the stance model's logits into probabilities, and the threshold for a side.

    scripts/calibrate_stance.py MODEL_FOLDER > calibrated.json

Reads an exported model (scripts/export_stance.py). A temperature and a bias for each label (vector
scaling with one scale, Guo et al. 2017) are fitted twice to minimise the log loss: for the claims
that the model knows in several wordings on the shipped judgements of every second source (the
others only measure, scripts/stance_rows.py), for all other claims on written passages that no
training saw. The threshold is the least with which 0.87 of what is shown as a side is right on
both (two points above what is promised, since it is chosen where it is measured), rounded up.
"""

import json
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from stance_pairs import LABELS, field_pairs
from stance_rows import curated, for_calibration

from kb.judging.onnx import OnnxJudge
from kb.judging.windows import opinions

WANTED = 0.87
Floats = NDArray[np.float64]
Fitted = tuple[dict[str, Any], float]


def logits_of(judge: OnnxJudge, pairs: list[tuple[str, str]]) -> Floats:
    """Log-probabilities, weighed over windows as an answer weighs them, in the order of LABELS."""
    said = opinions(judge, pairs, 1.0)
    return np.log([[o.supports, o.challenges, o.neutral] for o in said])


def fit(logits: Floats, gold: NDArray[np.int64]) -> tuple[float, Floats]:
    def loss(values: Floats) -> float:
        scaled = (logits + np.array([values[1], values[2], 0.0])) / np.exp(values[0])
        scaled -= np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        return float(-scaled[np.arange(len(gold)), gold].mean() + 0.01 * (values[1:] ** 2).sum())

    best = minimize(loss, np.zeros(3), method="Nelder-Mead").x
    return float(np.exp(best[0])), np.array([best[1], best[2], 0.0])


def probabilities(logits: Floats, temperature: float, bias: Floats) -> Floats:
    scaled = (logits + bias) / temperature
    result: Floats = np.exp(scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True))
    return result


def threshold(rows: Floats, gold: NDArray[np.int64]) -> float:
    """The least probability from which sides are right WANTED of the time, from there on up."""
    side = rows[:, :2].max(axis=1)
    taken = rows.argmax(axis=1)
    order = np.argsort(-side)
    order = order[taken[order] < 2]
    right = np.cumsum(taken[order] == gold[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(right >= WANTED)
    return float(side[order[enough[-1]]]) if len(enough) else 1.0


def fitted(judge: OnnxJudge, pairs: list[tuple[str, str]], labels: list[int]) -> Fitted:
    """The calibration of one kind of claims, and the threshold that it asks for."""
    gold = np.array(labels)
    logits = logits_of(judge, pairs)
    temperature, bias = fit(logits, gold)
    found = probabilities(logits, temperature, bias)
    return (
        {
            "temperature": round(temperature, 3),
            "bias": {
                label: round(float(value), 3) for label, value in zip(LABELS, bias, strict=True)
            },
        },
        threshold(found, gold),
    )


def main() -> None:
    judge = OnnxJudge(sys.argv[1])
    rows = [row for row in curated() if for_calibration(row.group)]
    known, first = fitted(
        judge,
        [(row.claim, row.passage) for row in rows],
        [LABELS.index(row.label) for row in rows],
    )
    written = field_pairs()[1]["written"]
    other, second = fitted(
        judge,
        [(pair.claim, pair.passage) for pair in written],
        [pair.label for pair in written],
    )
    print(f"thresholds: known claims {first:.3f}, others {second:.3f}", file=sys.stderr)
    shipped = float(np.ceil(100 * max(first, second)) / 100)
    result = {"calibration": {"known": known, "other": other}, "threshold": round(shipped, 2)}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
