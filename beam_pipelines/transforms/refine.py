"""One work item from raw bytes to a finished part: read, run the recipe, write. Everything of it is one fused stage."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from beam_pipelines.progress import METER
from beam_pipelines.reasons import Reason
from beam_pipelines.text import fingerprint, jsonl
from beam_pipelines.text.columns import offsets_of
from beam_pipelines.transforms import parts, recipe
from beam_pipelines.transforms.formats import FORMATS, ROW, Unreadable
from beam_pipelines.transforms.inputs import WorkItem, digest
from beam_pipelines.transforms.ledger import LedgerError
from beam_pipelines.transforms.parts import INDEX, Part, PartWriter

CHUNK_BYTES = 1 << 20
"""Text refined at a time: small enough for the cache of a core, large enough to make Python's share vanish."""


class BadInput(ValueError):
    """Unreadable input under ``strict``; names file and row."""


def chunks(batch: pa.RecordBatch, *, size: int = CHUNK_BYTES) -> Iterator[pa.RecordBatch]:
    """Slices of about ``size`` bytes of text, of one row at least."""
    offsets = offsets_of(batch.column(recipe.TEXT))
    start = 0
    while start < batch.num_rows:
        end = int(np.searchsorted(offsets, offsets[start] + size, "right")) - 1
        end = min(max(end, start + 1), batch.num_rows)
        yield batch.slice(start, end - start)
        start = end


def _limited(rows: Any, limit: int) -> Iterator[pa.RecordBatch | Unreadable]:
    """The first ``limit`` rows; all of them when it is negative."""
    for part in rows:
        size = part.rows if isinstance(part, Unreadable) else part.num_rows
        if 0 <= limit < size:
            part = part._replace(rows=limit) if isinstance(part, Unreadable) else part.slice(0, limit)
            size = limit
        if limit >= 0:
            limit -= size
        if size:
            yield part
        if limit == 0:
            return


@dataclass
class RefineItem(beam.DoFn):
    """WorkItem -> Part. The part's files are in ``folder`` when it is emitted.

    A pure function of the item and the rules, so any retry, anywhere, writes the same bytes.
    """

    folder: str
    rules: recipe.Rules
    rejects: bool = False
    strict: bool = False

    def process(self, item: WorkItem) -> Iterator[Part]:
        """Do the item, or find it done."""
        checksum = digest(item.path, item.span.start, item.span.end)
        part = parts.finished(self.folder, item, checksum, rejects=self.rejects)
        if part is None:
            part = self._refine(item, checksum)
        else:
            METER.add(documents=part.rows)
        METER.add(bytes_=item.span.end - item.span.start)
        yield part

    def _refine(self, item: WorkItem, checksum: str) -> Part:
        steps = recipe.steps(item.source, self.rules)
        with parts.write_part(self.folder, item, checksum, rejects=self.rejects) as (writer, done):
            for piece in _limited(self._read(item), item.max_rows):
                if isinstance(piece, Unreadable):
                    self._lose(item, piece, writer)
                    continue
                for chunk in chunks(piece):
                    writer.rows += chunk.num_rows
                    for reason, batch in recipe.run(steps, chunk):
                        if reason is None:
                            _write(batch, writer)
                        else:
                            self._drop(item, reason, batch, writer)
                    METER.add(documents=chunk.num_rows)
            if 0 <= item.span.rows != writer.rows and item.max_rows < 0:
                raise LedgerError(
                    f"{item.path}: {item.span.rows} rows from row {item.span.first_row}, {writer.rows} read"
                )
        return done[0]

    def _read(self, item: WorkItem) -> Iterator[pa.RecordBatch | Unreadable]:
        if item.span.damage:
            yield Unreadable(item.span.first_row, item.span.damage, rows=max(1, item.span.rows))
        else:
            yield from FORMATS[item.format].read(item.path, item.span, recipe.COLUMNS)

    def _lose(self, item: WorkItem, lost: Unreadable, writer: PartWriter) -> None:
        writer.rows += lost.rows
        writer.dropped[Reason.UNREADABLE.value] += lost.rows
        self._name_problem(item, lost.row, lost.why, writer)
        for row in range(lost.row, lost.row + lost.rows):
            writer.reject(parts.reject_line(item.source, item.path, row, Reason.UNREADABLE, lost.raw))

    def _drop(self, item: WorkItem, reason: Reason, batch: pa.RecordBatch, writer: PartWriter) -> None:
        writer.dropped[reason.value] += batch.num_rows
        if reason is Reason.UNREADABLE:
            for row in batch.column(ROW).to_pylist():
                self._name_problem(item, row, "the text is null or not UTF-8", writer)
        if writer.wants_rejects:
            texts = batch.column(recipe.TEXT).cast(pa.large_binary()).to_pylist()
            for row, text in zip(batch.column(ROW).to_pylist(), texts, strict=True):
                writer.reject(parts.reject_line(item.source, item.path, row, reason, text.decode(errors="replace")))

    def _name_problem(self, item: WorkItem, row: int, why: str, writer: PartWriter) -> None:
        if self.strict:
            raise BadInput(f"{item.path} row {row}: {why}")
        if len(writer.problems) < parts.MAX_PROBLEMS:
            writer.problems.append({"file": item.path, "row": row, "why": why})


def _write(batch: pa.RecordBatch, writer: PartWriter) -> None:
    if batch.num_rows == 0:
        return
    texts = batch.column(recipe.TEXT)
    lines, lengths = jsonl.encode(texts)
    index = np.empty(batch.num_rows, INDEX)
    marks = fingerprint.fingerprints(texts)
    index["high"], index["low"] = marks["high"], marks["low"]
    index["row"], index["length"] = batch.column(ROW).to_numpy(), lengths
    writer.add(lines, index)
