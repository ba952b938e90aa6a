"""Rejects: a line for each row that was left out, with why, where it came from and what it held."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.reasons import Reason
from beam_pipelines.transforms import files, parts
from beam_pipelines.transforms.parts import Lines, Part
from beam_pipelines.transforms.spans import ROW


def reject_line(source: str, path: str, row: int, reason: Reason, shown: Mapping[str, Any]) -> bytes:
    """A line of the rejects: where the row came from, why it was dropped, and what it held."""
    record = {"source": source, "file": path, "row": row, "reason": reason.value, **shown}
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def reject_lines(
    source: str, path: str, reason: Reason, batch: pa.RecordBatch, columns: Iterable[str]
) -> Iterator[bytes]:
    """:func:`reject_line` of every row of a batch, with what it holds in those of the columns that it has."""
    names = [name for name in columns if name in batch.schema.names]
    values = [_values(batch.column(name)) for name in names]
    for row, *held in zip(batch.column(ROW).to_pylist(), *values, strict=True):
        yield reject_line(source, path, row, reason, dict(zip(names, held, strict=True)))


def _values(column: pa.Array) -> list[Any]:
    """A column as values that can be written; strings may hold any bytes."""
    if pa.types.is_struct(column.type):
        return list(column.to_pylist())
    raw = column.cast(pa.large_binary()).to_pylist()
    return [None if text is None else text.decode(errors="replace") for text in raw]


def write_lost(
    folder: str,
    part: Part,
    index: npt.NDArray[np.void],
    lines: Lines,
    *,
    view: str,
    stage: str,
    reason: Reason,
    more: Sequence[Mapping[str, Any]],
) -> None:
    """Write the reject rows of lines lost to deduplication, taken from the part's own lines; ``more`` goes behind."""
    starts = parts.starts_of(index)
    with (
        files.open_read(parts.lines_path(folder, part.key, view)) as source,
        files.write_whole(parts.rejects_path(folder, part.key, stage)) as out,
    ):
        for line, other in zip(lines, more, strict=True):
            source.seek(int(starts[line]))
            shown = json.loads(source.read(int(index["end"][line] - starts[line])))
            out.write(reject_line(part.source, part.path, int(index["row"][line]), reason, {**shown, **other}))
