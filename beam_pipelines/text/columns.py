"""Arrow string columns as the flat arrays that kernels read, and back.

Kernels read from read-only arrays and write into fresh ones; numba compiles each combination apart, so keeping to
this rule also keeps one compiled version of each kernel.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]


def from_strings(texts: Iterable[str]) -> pa.LargeStringArray:
    """A column of the given strings: the one-string convenience functions go through here."""
    return pa.array(list(texts), pa.large_string())


def offsets_of(texts: pa.Array) -> Offsets:
    """The (rows + 1,) int64 bounds of a string or binary column in its data, read-only."""
    wide = pa.types.is_large_string(texts.type) or pa.types.is_large_binary(texts.type)
    if len(texts) == 0:
        offsets = np.zeros(1, np.int64)
    else:
        window = np.frombuffer(texts.buffers()[1], np.int64 if wide else np.int32)
        offsets = window[texts.offset : texts.offset + len(texts) + 1].astype(np.int64, copy=False).view()
    offsets.flags.writeable = False
    return offsets


def flat(texts: pa.Array) -> tuple[Bytes, Offsets]:
    """``(data, offsets)`` of a string or binary column without nulls: row i is ``data[offsets[i]:offsets[i + 1]]``.

    Shapes: data (bytes,) uint8 read-only, offsets (rows + 1,) int64. Nothing is copied but 32-bit offsets.
    """
    if texts.null_count:
        raise ValueError("a column with nulls has no flat form: fill them first")
    raw = texts.buffers()[2]
    data = np.zeros(0, np.uint8) if raw is None else np.frombuffer(raw, np.uint8)
    data.flags.writeable = False
    return data, offsets_of(texts)


def to_column(data: Bytes, offsets: Offsets) -> pa.LargeStringArray:
    """The inverse of :func:`flat`: a column over ``data`` without copying it. The bytes must be valid UTF-8."""
    rows = len(offsets) - 1
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))


def set_column(batch: pa.RecordBatch, name: str, values: pa.Array | npt.NDArray[Any]) -> pa.RecordBatch:
    """The batch with the column ``name``, in its place if there is one, else behind the others."""
    column = values if isinstance(values, pa.Array) else pa.array(values)
    place = batch.schema.get_field_index(name)
    return batch.append_column(name, column) if place < 0 else batch.set_column(place, name, column)
