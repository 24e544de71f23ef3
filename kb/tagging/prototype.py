"""Zero-shot tags: how near a passage is to what the framework says a criterion is about.

Needs no examples, so it works for any framework; it is a hint, not a judgement, and says so: its
tags never count where a person has tagged the passage.
"""

from collections.abc import Callable

import numpy as np

from kb.framework import Framework
from kb.tagging import Vectors


def score(
    framework: Framework, embed: Callable[[list[str]], Vectors], vectors: Vectors
) -> Vectors:
    """The highest cosine of each passage to a criterion's definition, indicators and the
    statements of its circumstances, negative ones as 0: (n, criteria), from 0 to 1."""
    columns = []
    for criterion in framework.criteria:
        statements = [c.statement for c in framework.circumstances if c.criterion == criterion.id]
        prototypes = embed([criterion.definition, *criterion.indicators, *statements])
        columns.append((vectors @ prototypes.T).max(axis=1))
    return np.clip(np.stack(columns, axis=1), 0.0, 1.0)
