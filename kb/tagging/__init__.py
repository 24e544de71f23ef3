"""From passages to criteria.

A tagger is one function: it takes the framework, an embedder and the vectors of n passages, and
returns an (n, criteria) array of scores from 0 to 1, columns in the framework's order. `TAGGERS`
names those that can be chosen in kb.toml.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kb.framework import Framework

Vectors = NDArray[np.float32]
Tagger = Callable[[Framework, Callable[[list[str]], Vectors], Vectors], Vectors]

TAGGERS = {
    "prototype": "kb.tagging.prototype:score",
}
