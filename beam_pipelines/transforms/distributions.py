"""How long documents are and how much of them is Korean: histograms over every document that was cleaned.

They hold what the thresholds then drop as well, so that a threshold can be judged by what lies on either side of it.
Whole numbers, summed in no order that could matter.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.transforms import parts
from beam_pipelines.transforms.parts import Part
from beam_pipelines.transforms.steps import get_column

_DECADE = (1, 1.5, 2, 3, 5, 7)
EDGES: dict[str, tuple[float, ...]] = {
    "chars": (0, *(round(10**power * step) for power in range(1, 6) for step in _DECADE), 1_000_000),
    "korean_ratio": tuple(place / 20 for place in range(20)),
}
"""By column, where each bin of its histogram begins; the last one holds all above it too."""


def histogram(name: str, values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Shape (bins,): how many values are in each bin."""
    edges = EDGES[name]
    return np.bincount(np.searchsorted(edges, values, "right") - 1, minlength=len(edges)).astype(np.int64)


def histograms(batch: pa.RecordBatch) -> dict[str, npt.NDArray[np.int64]]:
    """Of rows that were counted; none of rows that were dropped before."""
    return {name: histogram(name, get_column(batch, name)) for name in EDGES if name in batch.schema.names}


def summary(done: Iterable[Part]) -> Mapping[str, Any]:
    """The manifest's entry: by source and column the edges and the counts; none where nothing was counted."""
    found = {
        source: {name: {"edges": list(EDGES[name]), "counts": of[name].tolist()} for name in EDGES if name in of}
        for source, of in parts.sum_measured(done, EDGES).items()
    }
    return {"distributions": found} if found else {}
