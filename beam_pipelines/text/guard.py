"""Does a text hold an item of a benchmark? A copy of any length of page, with its spaces, particles or options moved.

Three steps, each for what the one before lets through. A compiled pass turns text into grams of five units (see
:mod:`~beam_pipelines.text.guard_units`), looks each up among the anchors of all items and, where enough anchors of one
are near each other (:mod:`~beam_pipelines.text.guard_scan`), compares the text around with the whole item
(:mod:`~beam_pipelines.text.guard_look`): which share of the stem's grams it has, weighted by how few items have them,
and which options stand together. Last, :mod:`~beam_pipelines.text.guard_judge` asks the same of the text itself, and
whether the numbers are there. What says too little to be told from any other text (다음 중 옳은 것은?, or 고혈압 and
당뇨병 as options) is no hit on its own.

Dropping training text by its n-gram overlap with a benchmark goes back to GPT-3 (arXiv 2005.14165, appendix C).
"""

import pyarrow as pa

from beam_pipelines.text.columns import Bytes, flat, from_strings
from beam_pipelines.text.guard_index import index_of
from beam_pipelines.text.guard_judge import DEFAULTS, OF_QUESTIONS, Hit, Thresholds, judge
from beam_pipelines.text.guard_scan import candidates
from beam_pipelines.text.guard_units import units

__all__ = ["DEFAULTS", "OF_QUESTIONS", "Hit", "Thresholds", "candidates", "find", "find_text", "judge"]


def find(texts: pa.Array, packed: bytes, *, thresholds: Thresholds = DEFAULTS) -> list[Hit | None]:
    """The first item that each row holds, (rows,), None for none; ``packed`` is what guard_items.pack gives.

    The column is UTF-8 without nulls (ValueError).
    """
    hits: list[Hit | None] = [None] * len(texts)
    if not packed:
        return hits
    index = index_of(packed)
    data, offsets = flat(texts)
    bounds = offsets.tolist()
    for row, item, at in candidates(texts, index, thresholds).T.tolist():
        if hits[row] is None:
            known = index.known[item]
            text = _around(data, at, bounds[row : row + 2], known.reach)
            hits[row] = judge(text, units(from_strings([text]))[0], known, thresholds)
    return hits


def find_text(text: str, packed: bytes, *, thresholds: Thresholds = DEFAULTS) -> Hit | None:
    """:func:`find` of one string."""
    return find(from_strings([text]), packed, thresholds=thresholds)[0]


def _around(data: Bytes, at: int, bounds: list[int], reach: int) -> str:
    """The text up to ``reach`` bytes before and behind a place, within its row."""
    start, end = max(bounds[0], at - reach), min(bounds[1], at + reach)
    return data[start:end].tobytes().decode(errors="ignore")
