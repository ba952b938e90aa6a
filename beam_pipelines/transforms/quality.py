"""Measures of quality in a recipe: scored apart from the decision, kept as histograms, decided by the user's cutoffs.

The histograms are of all documents that got as far as being measured, those that a cutoff then drops included, so that
a cutoff can be chosen by looking at a run without one. They are whole numbers, summed in no order that could matter.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.options import UsageError
from beam_pipelines.reasons import Reason
from beam_pipelines.text import quality
from beam_pipelines.text.columns import set_column
from beam_pipelines.text.quality import BINS, MEASURES
from beam_pipelines.transforms import parts
from beam_pipelines.transforms.parts import Part
from beam_pipelines.transforms.steps import Keep, Mask, Rewrite, Step, get_column

COLUMN = "quality"
"""What a row is dropped for: a struct of measure, value and cutoff, null for a row that stays."""
_STRUCT = pa.struct([("measure", pa.string()), ("value", pa.float64()), ("cutoff", pa.float64())])
_PREFIX = "quality."


class Cutoff(NamedTuple):
    """Documents below the value of a measure go, or those above it; one that is equal stays."""

    measure: str
    value: float
    above: bool


def cutoffs(below: Sequence[str], above: Sequence[str]) -> tuple[Cutoff, ...]:
    """What the user wrote as ``NAME=VALUE``. Raises UsageError that names the measures there are."""
    return tuple(_cutoff(text, above=is_above) for is_above, texts in ((False, below), (True, above)) for text in texts)


def _cutoff(text: str, *, above: bool) -> Cutoff:
    flag = "--drop_above" if above else "--drop_below"
    name, _, number = text.partition("=")
    if name not in MEASURES:
        raise UsageError(f"{flag} {text}: no measure has this name; there are {', '.join(MEASURES)}")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{flag} {text}: write it as NAME=NUMBER")
    return Cutoff(name, value, above)


def measured(column: str, cut: Sequence[Cutoff]) -> list[Step]:
    """Measure the rows, and drop those that a cutoff is against."""
    steps: list[Step] = [Rewrite(partial(_measure, column))]
    return [*steps, Rewrite(partial(_judge, cut)), Keep(Reason.QUALITY, _passes)] if cut else steps


def _measure(column: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    for name, values in zip(MEASURES, quality.score(batch.column(column)).T, strict=True):
        batch = set_column(batch, _PREFIX + name, values)
    return batch


def _judge(cut: Sequence[Cutoff], batch: pa.RecordBatch) -> pa.RecordBatch:
    """The first cutoff that is against a row, in the user's order."""
    found: list[dict[str, Any] | None] = [None] * batch.num_rows
    for measure, value, above in cut:
        values = get_column(batch, _PREFIX + measure)
        for row in np.flatnonzero(values > value if above else values < value).tolist():
            found[row] = found[row] or {"measure": measure, "value": float(values[row]), "cutoff": value}
    return set_column(batch, COLUMN, pa.array(found, _STRUCT))


def _passes(batch: pa.RecordBatch) -> Mask:
    mask: Mask = batch.column(COLUMN).is_null().to_numpy(zero_copy_only=False)
    return mask.astype(np.bool_)


def histograms(batch: pa.RecordBatch) -> dict[str, npt.NDArray[np.int64]]:
    """The histogram of each measure over rows that were measured; none of rows that were not."""
    names = [name for name in MEASURES if _PREFIX + name in batch.schema.names]
    return {name: quality.histogram(name, get_column(batch, _PREFIX + name)) for name in names}


def summary(done: Iterable[Part]) -> Mapping[str, Any]:
    """The manifest's entry: by source and measure the width of a bin and the counts; none where nothing is measured."""
    total = parts.sum_measured(done, MEASURES)
    if not total:
        return {}
    return {
        "measures": {
            source: {
                name: {"bin": measure.top / BINS, "counts": of[name].tolist()}
                for name, measure in MEASURES.items()
                if name in of
            }
            for source, of in total.items()
        }
    }
