"""What is done to a batch of rows, step by step. A step measures, rewrites or keeps; only the base counts.

A batch has the columns that were read and ``row``; measures add columns of their own, on which keeping decides.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.reasons import Reason
from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.transforms.spans import Format

Mask = npt.NDArray[np.bool_]

FACTS = "facts"
"""The column where a rewriting that keeps account of facts leaves it; see :func:`beam_pipelines.text.facts.balance`."""


class Rewrite(NamedTuple):
    """Batch in, batch of the same rows out."""

    apply: Callable[[pa.RecordBatch], pa.RecordBatch]


class Keep(NamedTuple):
    """Rows where ``test`` is false are dropped with the reason."""

    reason: Reason
    test: Callable[[pa.RecordBatch], Mask]


Step = Rewrite | Keep


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What tells one row-by-row refiner from another. Its fields are the thresholds, as the user gave them.

    ``columns`` are read from every input, the first of them needed; ``shown`` are those that rejects show. ``views``
    name the files of lines that a part has, each row a line of the same length in every one of them.
    """

    columns: ClassVar[tuple[str, ...]]
    shown: ClassVar[tuple[str, ...]]
    formats: ClassVar[Mapping[str, Format]]
    views: ClassVar[tuple[str, ...]]
    unreadable: ClassVar[str]
    """Why a row fails whose batch could be read."""

    def steps(self, source: str) -> list[Step]:
        """The steps for one source, in order."""
        raise NotImplementedError

    def decisions(self) -> list[Step]:
        """Those of the steps that decide on a row as it is written, for one that was rewritten; none by default."""
        return []

    def encode(self, batch: pa.RecordBatch) -> tuple[list[Bytes], Offsets]:
        """The lines of each view, and the length of each line, its newline included."""
        raise NotImplementedError

    @property
    def marks(self) -> Mapping[str, npt.DTypeLike]:
        """The kinds of fingerprints that are kept of each row, by name."""
        raise NotImplementedError

    def fingerprints(self, batch: pa.RecordBatch) -> list[npt.NDArray[Any]]:
        """One fingerprint a row for each of ``marks``."""
        raise NotImplementedError

    def histograms(self, batch: pa.RecordBatch) -> Mapping[str, npt.NDArray[np.int64]]:
        """What was measured of rows that are kept or dropped, as counts by bin; a recipe need not measure."""
        return {}


def get_column(batch: pa.RecordBatch, name: str) -> Any:
    """A column as a numpy array."""
    return batch.column(name).to_numpy(zero_copy_only=False)


def run(steps: Sequence[Step], batch: pa.RecordBatch) -> Iterator[tuple[Reason | None, pa.RecordBatch]]:
    """Each dropped group of rows with its reason, in the order of the steps, and at last (None, what is kept).

    Rows are taken out only before the next rewriting and at the end: each time copies the text of those that stay.
    """
    alive = np.ones(batch.num_rows, np.bool_)
    for step in steps:
        if isinstance(step, Rewrite):
            batch, alive = _without(batch, alive)
            if batch.num_rows == 0:
                break
            batch = step.apply(batch)
            continue
        lost = alive & ~step.test(batch)
        if lost.any():
            yield step.reason, batch.filter(pa.array(lost))
            alive &= ~lost
    yield None, _without(batch, alive)[0]


def _without(batch: pa.RecordBatch, alive: Mask) -> tuple[pa.RecordBatch, Mask]:
    if alive.all():
        return batch, alive
    batch = batch.filter(pa.array(alive))
    return batch, np.ones(batch.num_rows, np.bool_)
