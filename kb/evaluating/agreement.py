"""How far two raters agree beyond chance, on labels that have no order.

Raw agreement p is the share of things with the same label. Both coefficients are
(p - e) / (1 - e), with another e for what chance would do:

- Cohen's kappa (Cohen 1960, Educational and Psychological Measurement 20): the sum over labels of
  the product of both raters' shares of it. Not defined where both gave one and the same label
  throughout, and low where one label is rare, however often they agree.
- Gwet's AC1 (Gwet 2008, British Journal of Mathematical and Statistical Psychology 61): the sum
  over labels of s(1 - s) / (labels - 1), s being the mean of their shares of it. It does not fall
  for a rare label alone.

Intervals are 95 %, by bootstrap over passages (percentile method, Efron 1979): what one passage
says on several circumstances is not several independent things.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kb.evaluating.metrics import DRAWS, SEED, percentiles
from kb.reports import Agreement, Measure

Values = NDArray[np.float64]
Rated = tuple[str, int, int]  # passage, first rater's label, second rater's label


def agreement(rated: Sequence[Rated], labels: int) -> Agreement:
    """`rated` holds at least one thing; labels count from 0 to `labels` - 1, at least 2."""
    passages = {name: place for place, name in enumerate(dict.fromkeys(n for n, _, _ in rated))}
    tables = np.zeros((len(passages), labels * labels))
    for name, first, second in rated:
        tables[passages[name], first * labels + second] += 1
    chance = np.random.default_rng(SEED)
    draws = chance.multinomial(len(tables), np.full(len(tables), 1 / len(tables)), DRAWS)
    drawn = (draws @ tables).reshape(DRAWS, labels, labels)
    whole = tables.sum(axis=0).reshape(1, labels, labels)
    return Agreement(
        n=len(rated),
        raw=_measure(_raw(whole), _raw(drawn)) or Measure(0.0, (0.0, 1.0)),
        kappa=_measure(
            _beyond(_raw(whole), _by_cohen(whole)), _beyond(_raw(drawn), _by_cohen(drawn))
        ),
        ac1=_measure(_beyond(_raw(whole), _by_gwet(whole)), _beyond(_raw(drawn), _by_gwet(drawn))),
    )


def _measure(whole: Values, drawn: Values) -> Measure | None:
    """Draws in which it is not defined say nothing of its interval."""
    if np.isnan(whole[0]):
        return None
    return Measure(float(whole[0]), percentiles(drawn[~np.isnan(drawn)].tolist()))


def _raw(tables: Values) -> Values:
    return np.asarray(np.trace(tables, axis1=1, axis2=2) / tables.sum(axis=(1, 2)))


def _by_cohen(tables: Values) -> Values:
    total = tables.sum(axis=(1, 2))
    both = tables.sum(axis=2) * tables.sum(axis=1)
    return np.asarray(both.sum(axis=1) / total**2)


def _by_gwet(tables: Values) -> Values:
    total = tables.sum(axis=(1, 2))[:, None]
    shares = (tables.sum(axis=2) + tables.sum(axis=1)) / (2 * total)
    return np.asarray((shares * (1 - shares)).sum(axis=1) / (tables.shape[1] - 1))


def _beyond(raw: Values, chance: Values) -> Values:
    """NaN where chance alone would agree on everything."""
    room = 1 - chance
    safe = np.where(room > 1e-12, room, 1.0)
    return np.where(room > 1e-12, (raw - chance) / safe, np.nan)
