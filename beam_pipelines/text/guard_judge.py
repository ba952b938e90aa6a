"""Does a stretch of text hold an item? The last word of the guard, in plain Python.

:mod:`~beam_pipelines.text.guard_look` asks the same, compiled, so that next to nothing but copies comes here.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from beam_pipelines.text.guard_index import IDENTIFYING, OPTION_SHARE, STEM_SHARE
from beam_pipelines.text.guard_items import Item
from beam_pipelines.text.guard_units import GRAM, Grams, grams, numbers
from beam_pipelines.text.guard_weights import Known


class Thresholds(NamedTuple):
    """When an item is there. Information is counted in grams for stems and in units for options, each by its weight.

    The shares of a stem and of a long option that must be there are those the index is made for, and no values here.
    """

    stem_information: float = 12.0
    all_numbers_below: int = 40
    number_share: float = 0.5
    option_information: float = 22.0
    whole_set_information: float = 8.0
    least_options: int = 3
    least_units: int = 20
    between_options: int = 8


DEFAULTS = Thresholds()
OF_QUESTIONS = Thresholds(option_information=math.inf, whole_set_information=math.inf)
"""For texts that are questions themselves: with another stem the same options are another question."""


class Hit(NamedTuple):
    """The item that a text holds, and which share of which part of it: ``stem``, ``options`` or both."""

    item: Item
    part: str
    share: float

    def __str__(self) -> str:
        return f"{self.item.file} row {self.item.row}: {self.share:.0%} of its {self.part}"

    @property
    def record(self) -> dict[str, Any]:
        """For the rejects."""
        return {"file": self.item.file, "row": self.item.row, "part": self.part, "share": self.share}


def judge(text: str, page: str, known: Known, thresholds: Thresholds = DEFAULTS) -> Hit | None:
    """Compare a stretch of text, and its units, with one item."""
    t = thresholds
    every = np.unique(grams(page))
    stem, whole_stem = float(known.weights[_is_in(known.stem, every)].sum()), float(known.weights.sum())
    has_stem = whole_stem > 0 and stem >= STEM_SHARE * whole_stem and _has_numbers(known, text, t)
    chosen = _together(known, page, every, t) if has_stem or known.option_units >= IDENTIFYING else []
    options, whole_options = float(known.option_weights[chosen].sum()), float(known.option_weights.sum())
    enough, complete = len(chosen) >= t.least_options, len(chosen) == len(known.options) >= t.least_options
    both = stem + options
    if has_stem and enough and (both >= t.stem_information or (complete and known.units >= t.least_units)):
        return Hit(known.item, "stem and options", _share(both, whole_stem + whole_options))
    if has_stem and stem >= t.stem_information:
        return Hit(known.item, "stem", _share(stem, whole_stem))
    whole_set = complete and known.option_units >= IDENTIFYING and options >= t.whole_set_information
    if whole_set or (enough and len(chosen) >= len(known.options) - 1 and options >= t.option_information):
        return Hit(known.item, "options", _share(options, whole_options))
    return None


def _share(part: float, whole: float) -> float:
    return round(part / whole, 3)


def _is_in(some: Grams, every: Grams) -> npt.NDArray[np.bool_]:
    """Which of some grams are among all of a page, which are sorted."""
    if not len(every):
        return np.zeros(len(some), np.bool_)
    found: npt.NDArray[np.bool_] = every[np.minimum(np.searchsorted(every, some), len(every) - 1)] == some
    return found


def _has_numbers(known: Known, text: str, t: Thresholds) -> bool:
    """Whether the numbers of the stem are there: all of a short one, which another dose makes another question."""
    needed = 1.0 if len(known.stem) < t.all_numbers_below else t.number_share
    return len(known.numbers & numbers(text)) >= needed * len(known.numbers)


def _together(known: Known, page: str, every: Grams, t: Thresholds) -> list[int]:
    """The options that stand as close together as a list of them would: the weightiest such set, by number."""
    places = sorted(
        (at, n) for n, own in enumerate(known.option_grams) for at in _places(known.options[n], own, page, every, t)
    )
    if len({number for _, number in places}) < t.least_options:
        return []
    span = sum(map(len, known.options)) + t.between_options * len(known.options)
    best: set[int] = set()
    for first, (start, _) in enumerate(places):
        group = {number for at, number in places[first:] if at - start <= span}
        if (len(group), known.option_weights[list(group)].sum()) > (len(best), known.option_weights[list(best)].sum()):
            best = group
    return sorted(best)


def _places(option: str, own: Grams, page: str, every: Grams, t: Thresholds) -> list[int]:
    """Where an option stands; a long one may differ a little."""
    found: list[int] = []
    at = page.find(option) if option else -1
    if at < 0 and len(option) >= 2 * GRAM and len(there := own[_is_in(own, every)]) >= OPTION_SHARE * len(own):
        found.append(int(np.flatnonzero(grams(page) == there[0])[0]))
    while at >= 0:
        found.append(at)
        at = page.find(option, at + 1)
    return found
