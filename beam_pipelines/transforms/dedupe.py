"""Exact deduplication: of equal rows the first in (source priority, file, row) order stays, on every runner.

Only fingerprints are shuffled, 20 bytes a document, in numpy blobs bucketed by the fingerprint's first bits: a
GroupByKey moves a few large elements instead of one per document.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import numpy.typing as npt

from beam_pipelines.reasons import Reason
from beam_pipelines.text.fingerprint import Fingerprints
from beam_pipelines.transforms import files, parts
from beam_pipelines.transforms.parts import Part

_HEADER = struct.Struct("<I")
_RECORD = np.dtype([("high", ">u8"), ("low", ">u8"), ("line", "<u4")])

MIN_BUCKETS, MAX_BUCKETS = 64, 4096
BYTES_PER_BUCKET = 4 << 30
"""Raw input for one bucket: at 1 KB a document that is 4 M documents, near 100 MB of fingerprints."""


def bucket_count(input_bytes: int) -> int:
    """A power of two that keeps a bucket in memory; the output does not depend on it."""
    wanted = max(MIN_BUCKETS, input_bytes // BYTES_PER_BUCKET)
    return min(MAX_BUCKETS, 1 << (wanted - 1).bit_length())


def blobs(
    marks: Fingerprints, item: int, buckets: int, lines: npt.NDArray[np.int64] | None = None
) -> Iterator[tuple[int, bytes]]:
    """``(bucket, blob)``: the item's number, then one _RECORD a line. Lines equal inside the item are still there.

    ``lines`` are the numbers of the lines that count; all of them when it is None.
    """
    if lines is None:
        lines = np.arange(len(marks))
    marks = marks[lines]
    shift = np.uint64(64 - (buckets - 1).bit_length())
    bucket = (marks["high"].astype("u8") >> shift).astype(np.int64) if buckets > 1 else np.zeros(len(marks), np.int64)
    records = np.empty(len(marks), _RECORD)
    records["high"], records["low"], records["line"] = marks["high"], marks["low"], lines
    order = np.argsort(bucket, kind="stable")
    records, bucket = records[order], bucket[order]
    bounds = np.searchsorted(bucket, np.arange(buckets + 1))
    for number in np.unique(bucket):
        yield int(number), _HEADER.pack(item) + records[bounds[number] : bounds[number + 1]].tobytes()


def losers(blobs_of_bucket: Iterable[bytes], *, limit: int = 1) -> Iterator[tuple[int, bytes]]:
    """``(item, its lost lines as <u4)`` for one bucket, whatever order the blobs come in.

    Lost are all lines of a fingerprint but the first ``limit``.
    """
    items, records = [], []
    for blob in blobs_of_bucket:
        items.append(_HEADER.unpack_from(blob)[0])
        records.append(np.frombuffer(blob, _RECORD, offset=_HEADER.size))
    item = np.repeat(np.array(items, np.uint32), [len(part) for part in records])
    every = np.concatenate(records)
    order = np.lexsort((every["line"], item, every["low"], every["high"]))
    every, item = every[order], item[order]
    ahead, behind = every[:-limit], every[limit:]
    same = (behind["high"] == ahead["high"]) & (behind["low"] == ahead["low"])
    lost = np.flatnonzero(same) + limit
    lost = lost[np.argsort(item[lost], kind="stable")]
    lost_items = item[lost]
    for number in np.unique(lost_items):
        lines = every["line"][lost[np.searchsorted(lost_items, number) : np.searchsorted(lost_items, number, "right")]]
        yield int(number), np.sort(lines).astype("<u4").tobytes()


@dataclass
class _Fingerprints(beam.DoFn):
    folder: str
    mark: str
    buckets: int

    def process(self, part: Part) -> Iterator[tuple[int, bytes]]:
        marks = parts.read_array(parts.marks_path(self.folder, part.key, self.mark))
        lines = parts.kept_lines(self.folder, part.key, len(marks), part.losers)
        yield from blobs(marks, part.index, self.buckets, lines)


@dataclass
class _MarkLosers(beam.DoFn):
    """Write down beside the part which of its lines are lost, and count them."""

    folder: str
    mark: str
    reason: Reason
    view: str
    rejects: bool

    def process(self, keyed: tuple[int, dict[str, Any]]) -> Iterator[Part]:
        _, joined = keyed
        (part,) = joined["part"]
        lines = np.sort(np.concatenate([np.zeros(0, "<u4"), *(np.frombuffer(b, "<u4") for b in joined["losers"])]))
        if len(lines) == 0:
            yield part
            return
        with files.write_whole(parts.losers_path(self.folder, part.key, self.mark)) as file:
            np.save(file, lines)
        index = parts.read_index(self.folder, part.key)
        if self.rejects:
            parts.write_lost(self.folder, part, index, lines, view=self.view, mark=self.mark, reason=self.reason)
        yield parts.without_lines(part, index, lines, mark=self.mark, reason=self.reason)


@dataclass(kw_only=True)
class Dedupe(beam.PTransform):
    """PCollection[Part] -> PCollection[Part] with lines marked and counted as dropped.

    Of the lines with one fingerprint of the kind ``mark`` the first ``limit`` stay. ``view`` is where rejects find
    what a lost line held.
    """

    folder: str
    mark: str
    view: str
    buckets: int
    limit: int = 1
    reason: Reason = Reason.DUPLICATE
    rejects: bool = False

    def expand(self, items: beam.PCollection[Part]) -> beam.PCollection[Part]:
        """Fingerprints -> losers by bucket -> losers by part."""
        limit = self.limit
        lost = (
            items
            | "Fingerprints" >> beam.ParDo(_Fingerprints(self.folder, self.mark, self.buckets))
            | "ByBucket" >> beam.GroupByKey()
            | "Losers" >> beam.FlatMap(lambda keyed: losers(keyed[1], limit=limit))
        )
        keyed = items | "ByItem" >> beam.Map(lambda part: (part.index, part))
        mark = _MarkLosers(self.folder, self.mark, self.reason, self.view, self.rejects)
        return {"part": keyed, "losers": lost} | "Join" >> beam.CoGroupByKey() | "Mark" >> beam.ParDo(mark)
