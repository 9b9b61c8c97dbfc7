"""Bootstrap over articles: what a number would be if other articles of the same kind had been drawn.

Spans of one article are not independent, so articles are drawn, not spans (Efron & Tibshirani 1993). Samples are drawn
shard by shard; together they are one multinomial draw, whatever the number of shards.
"""

from dataclasses import dataclass, field

import numpy as np

from goldpress.annotations.gold.matching import Floats, Ints


@dataclass
class Resampling:
    """How often each article stands in each sample.

    Args:
        articles: How many articles there are in all.
        replicas: How many samples are drawn.
        seed: Seed of the generator.
    """

    articles: int
    replicas: int
    seed: int
    _ahead: int = field(init=False)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        self._left: Ints = np.full(self.replicas, self.articles)
        self._ahead = self.articles

    def draw(self, size: int) -> Floats:
        """Return the weights of the next articles: first row all 1 (the data), then one row for each sample."""
        share = min(1.0, size / self._ahead) if self._ahead else 0.0
        drawn = self._random.binomial(self._left, share)
        self._left = self._left - drawn
        self._ahead -= size
        sample = np.repeat(np.arange(self.replicas), drawn)
        cells = sample * size + self._random.integers(0, max(size, 1), len(sample))
        counts = np.bincount(cells, minlength=self.replicas * size).reshape(self.replicas, size)
        return np.concatenate([np.ones((1, size)), counts])


def confidence(samples: Floats) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of samples; None where more than half of them could not be computed."""
    usable = samples[~np.isnan(samples)]
    if len(usable) == 0 or 2 * len(usable) < len(samples):
        return None
    low, high = np.percentile(usable, [2.5, 97.5])
    return float(low), float(high)
