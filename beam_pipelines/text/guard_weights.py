"""What the items of a benchmark say, and how much that tells: next to nothing where many of them say it."""

from collections import Counter
from collections.abc import Sequence
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.guard_items import Item
from beam_pipelines.text.guard_units import GRAM, Grams, grams, is_number, numbers, numbers_in, units

_RARE = 16, 0.01
"""So many items, or this share of all where that is more, share what counts half. No anchor is more common."""
_PHRASES = 1000
"""So many items seem to share what is in ``guard_phrases.tsv``: a small benchmark does not show how common it is."""

Weights = npt.NDArray[np.float64]


class Known(NamedTuple):
    """An item with what is compared. A ``weight`` is 1 for what no other item says, and falls towards 0.

    Shapes: stem and its weights (grams,), the weights of options (options,) in units. ``units`` are those of stem and
    options together, ``option_units`` those of options that are no numbers. ``reach`` is how many bytes a copy may
    take, before or after any anchor of it.
    """

    item: Item
    stem: Grams
    weights: Weights
    numbers: frozenset[str]
    options: tuple[str, ...]
    option_grams: tuple[Grams, ...]
    option_weights: Weights
    units: int
    option_units: int
    reach: int


def half_rare(items: int) -> float:
    """How many of so many items share what counts half."""
    return max(_RARE[0], _RARE[1] * items)


def rarity(sharing: npt.ArrayLike, items: int) -> Weights:
    """The weight of what so many of all items say: 1 where it is a single one."""
    half = half_rare(items)
    return half / (half - 1 + np.asarray(sharing, np.float64))


class Read(NamedTuple):
    """An item as units."""

    item: Item
    stem: str
    options: tuple[str, ...]

    @property
    def every(self) -> Grams:
        """Its grams, each once."""
        return np.unique(np.concatenate(list(map(grams, (self.stem, *self.options)))))


def _words(row: str) -> int:
    """The units that are no numbers."""
    return sum(not is_number(unit) for unit in row)


class Sharing:
    """How many items say the same."""

    def __init__(self, read: Sequence[Read]) -> None:
        self.items = len(read)
        lines = resources.files("beam_pipelines.text").joinpath("guard_phrases.tsv").read_text(encoding="utf-8")
        phrases = units(from_strings(lines.splitlines()))
        every = np.concatenate([np.zeros(0, np.int64), *(row.every for row in read)])
        common = np.unique(np.concatenate(list(map(grams, phrases))))
        self._grams, self._counts = np.unique(np.concatenate([every, common]), return_counts=True)
        self._counts[np.searchsorted(self._grams, common)] += _PHRASES
        self._options = Counter(option for row in read for option in set(row.options))
        self._options.update(dict.fromkeys(phrases, _PHRASES))

    def grams(self, every: Grams) -> npt.NDArray[np.int64]:
        """The items that have each of the grams."""
        return self._counts[np.searchsorted(self._grams, every)]

    def weights(self, every: Grams) -> Weights:
        """The weight of each of the grams."""
        return rarity(self.grams(every), self.items)

    def option(self, option: str) -> float:
        """Its units that are no numbers, as far as few items have them."""
        found = grams(option)
        whole = rarity(self._options[option], self.items)
        weight = min(whole, self.weights(found).mean()) if len(found) else whole
        return float(weight) * _words(option)


def known_of(row: Read, sharing: Sharing) -> Known:
    """What is compared. Grams of nothing but numbers tell nothing."""
    stem = np.unique(grams(row.stem))
    stem = stem[numbers_in(stem) < GRAM]
    return Known(
        item=row.item,
        stem=stem,
        weights=sharing.weights(stem),
        numbers=frozenset(numbers(row.item.stem)),
        options=row.options,
        option_grams=tuple(np.unique(grams(option)) for option in row.options),
        option_weights=np.array([sharing.option(option) for option in row.options], np.float64),
        units=len(row.stem) + sum(map(len, row.options)),
        option_units=sum(map(_words, row.options)),
        reach=3 * (2 * sum(map(len, (row.item.stem, *row.item.options))) + 200),
    )
