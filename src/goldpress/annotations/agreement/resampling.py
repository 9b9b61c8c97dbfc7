"""Bootstrap over articles: what a number would be if other articles of the same kind had been drawn.

Spans of one article are not independent, so articles are drawn, not spans (Efron & Tibshirani 1993). Samples are drawn
block by block; together they are one multinomial draw.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from goldpress.annotations.gold.matching import Floats, Ints

BLOCK = 1000
"""Articles that are drawn at once."""


@dataclass
class Resampling:
    """How often each article stands in each sample: the same for whoever asks, in whatever pieces.

    Args:
        articles: How many articles there are in all.
        replicas: How many samples are drawn.
        seed: Seed of the generator.
    """

    articles: int
    replicas: int
    seed: int
    _turns: list[tuple[dict[str, Any], Ints]] = field(init=False, default_factory=list)
    _drawn: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        left: Ints = np.full(self.replicas, self.articles)
        for first in range(0, self.articles, BLOCK):
            size = min(BLOCK, self.articles - first)
            drawn = random.binomial(left, size / (self.articles - first))
            left = left - drawn
            self._turns.append((dict(random.bit_generator.state), drawn))
            random.integers(0, size, int(drawn.sum()))  # this block's, drawn again when somebody asks for them

    def draw(self, size: int) -> Floats:
        """Return the weights of the next articles, as ``weigh`` does."""
        self._drawn += size
        return self.weigh(self._drawn - size, size)

    def weigh(self, first: int, size: int) -> Floats:
        """Return the weights of some articles in a row: first row all 1 (the data), then one row for each sample."""
        parts: list[Floats] = [np.ones((self.replicas, 0))]
        for block in range(first // BLOCK, -(-(first + size) // BLOCK)):
            low, high = first - block * BLOCK, first + size - block * BLOCK
            parts.append(self._block(block)[:, max(low, 0) : high])
        return np.concatenate([np.ones((1, size)), np.concatenate(parts, axis=1)])

    def _block(self, number: int) -> Floats:
        state, drawn = self._turns[number]
        random = np.random.default_rng(self.seed)
        random.bit_generator.state = state
        size = min(BLOCK, self.articles - number * BLOCK)
        sample = np.repeat(np.arange(self.replicas), drawn)
        cells = sample * size + random.integers(0, size, len(sample))
        return np.bincount(cells, minlength=self.replicas * size).reshape(self.replicas, size).astype(np.float64)


def confidence(samples: Floats) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of samples; None where more than half of them could not be computed."""
    usable = samples[~np.isnan(samples)]
    if len(usable) == 0 or 2 * len(usable) < len(samples):
        return None
    low, high = np.percentile(usable, [2.5, 97.5])
    return float(low), float(high)
