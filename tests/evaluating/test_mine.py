"""A tagger against people's own tags: what is measured, and on what."""

import json
from pathlib import Path

import numpy as np
import pytest

from kb.evaluating import mine
from kb.knowledge_base import KnowledgeBase, open_
from kb.labelling.measuring import own, tagger_alone
from kb.labelling.saying import Pen

NAN = float("nan")


def test_each_criterion_over_the_passages_on_which_somebody_spoke(base: KnowledgeBase) -> None:
    scores = np.array([[0.9, 0.1], [0.6, 0.8], [0.2, 0.3], [0.7, 0.9]], np.float32)
    gold = np.array([[1, NAN], [0, 1], [1, 0], [NAN, NAN]])
    found = mine.report(base.untaught_tagger, ["uptake", "cost"], scores, gold, [0.5, 0.25])
    assert (found.n, found.labelled) == (3, {"uptake": 3, "cost": 2})
    uptake, cost = found.criteria["uptake"], found.criteria["cost"]
    assert (uptake.n, uptake.found, cost.n, cost.found) == (2, 2, 1, 2)
    assert (uptake.precision.value, uptake.recall.value, uptake.f1.value) == (0.5, 0.5, 0.5)
    assert uptake.average_precision.value == pytest.approx((1 + 2 / 3) / 2)
    assert cost.f1.value == pytest.approx(2 / 3)
    assert found.macro_f1 == pytest.approx((0.5 + 2 / 3) / 2)
    # By tenths of the score: 0.1 off at 0.9, 0.6 at 0.6, 0.8 at 0.2, 0.2 at 0.8 and 0.3 at 0.3.
    assert found.ece == pytest.approx((0.1 + 0.6 + 0.8 + 0.2 + 0.3) / 5, abs=1e-6)


def test_what_nobody_labelled_is_not_measured(base: KnowledgeBase) -> None:
    empty = np.full((2, 2), NAN)
    scores = np.zeros((2, 2), np.float32)
    found = mine.report(base.untaught_tagger, ["uptake", "cost"], scores, empty, [0.5, 0.5])
    assert (found.n, found.criteria, found.macro_f1, found.ece) == (0, {}, None, None)


def test_what_people_disagree_on_is_left_out(base: KnowledgeBase) -> None:
    (passage, *_) = base.catalog.passages(base.catalog.ids()).values()
    Pen(base, "ann").read(passage, ["uptake"])
    Pen(base, "bob").read(passage, ["uptake", "cost"])
    found = own(base).tags
    assert (found.labelled, found.disputed) == ({"uptake": 1, "cost": 0}, 1)
    assert own(base, ["bob"]).tags.labelled == {"uptake": 1, "cost": 1}


def test_passages_on_which_the_tagger_was_trained_prove_nothing(shipped_copy: Path) -> None:
    opened = open_(shipped_copy)
    ids = opened.catalog.ids()
    alone = tagger_alone(opened, ids)
    texts = {name: p.text for name, p in opened.catalog.passages(ids).items()}
    assert len(alone.names) + alone.trained == len(ids)
    assert not any(opened.untaught_tagger.trained_on(texts[name]) for name in alone.names)
    assert alone.scores.shape == (len(alone.names), 6)
    assert json.dumps(alone.thresholds)
