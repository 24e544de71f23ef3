"""The vectors of an index → what is wrong with them. Runs in a process of its own
(kb/checking/index.py)."""

import json
import sys
from collections.abc import Iterator

import numpy as np

from kb.knowledge_base import KnowledgeBase, open_
from kb.storing import Vectors
from kb.storing.integrity import sample

_AT_A_TIME = 5_000
_UNIT = 1e-3
"""How far the length of a vector may be from 1: single precision, with room."""
_SAME = 0.999
"""The least cosine of a passage's vector and the same text embedded anew. On one machine the bits
are the same; between processors the shipped model's lowest was 0.9990 (docs/results.md)."""


def tell(home: str) -> None:
    """Print the problems as a JSON list."""
    sys.stdout.write(json.dumps(list(faults(open_(home)))))


def faults(base: KnowledgeBase) -> Iterator[str]:
    """One line for each thing that is wrong. Another hundredth of the vectors is made anew each
    day, at least 20."""
    catalog, store = base.catalog, base.vectors
    known, held = catalog.ids(), store.ids()
    if missing := known - held:
        yield f"{len(missing):,} passages have no vector"
    if catalog.fact("swept") == "yes" and held - known:
        yield f"{len(held - known):,} vectors belong to no passage"
    if len(store) != len(held):
        yield f"it says that it holds {len(store):,} vectors, and lists {len(held):,}"
    there = sorted(known & held)
    for start in range(0, len(there), _AT_A_TIME):
        part = there[start : start + _AT_A_TIME]
        if fault := _misshapen(store.get(part), base.embedder.dimension):
            yield fault
            return
    looked_at = sample(there)
    yield from _wrong(base, looked_at, store.get(looked_at))


def _misshapen(vectors: Vectors, dimension: int) -> str:
    if vectors.shape[1] != dimension:
        return f"vectors have {vectors.shape[1]} numbers each, and the model's {dimension}"
    if not np.isfinite(vectors).all():
        return "some vectors hold what is no number"
    if np.abs(np.linalg.norm(vectors, axis=1) - 1).max() > _UNIT:
        return "some vectors are not of length 1"
    return ""


def _wrong(base: KnowledgeBase, ids: list[str], vectors: Vectors) -> Iterator[str]:
    """Of a sample: vectors that are not those of their passage, or that are not found."""
    if not ids:
        return
    passages = base.catalog.passages(ids)
    anew = base.embedder.embed([passages[name].text for name in ids])
    if other := int((np.sum(anew * vectors, axis=1) < _SAME).sum()):
        yield f"{other} of {len(ids)} passages embedded anew have another vector"
    nearest = [base.vectors.nearest(vector, 1) for vector in vectors]
    # By its score, since the same words may stand in another source.
    if lost := sum(not found or found[0][1] < _SAME for found in nearest):
        yield f"{lost} of {len(ids)} passages are not found by their own vector"
