"""Exact deduplication: of equal rows the first in (source priority, file, row) order stays, on every runner.

Only fingerprints are shuffled, 20 bytes a document, in numpy blobs bucketed by the fingerprint's first bits: a
GroupByKey moves a few large elements instead of one per document.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import numpy.typing as npt

from beam_pipelines.reasons import Reason
from beam_pipelines.text.fingerprint import Fingerprints
from beam_pipelines.transforms import parts, rejects
from beam_pipelines.transforms.parts import LOST, Lost, Part, Places

_HEADER = struct.Struct("<I")
_RECORD = np.dtype([("high", ">u8"), ("low", ">u8"), ("line", "<u4")])

MIN_BUCKETS, MAX_BUCKETS = 64, 4096
BYTES_PER_BUCKET = 4 << 30
"""Raw input for one bucket: at 1 KB a document that is 4 M documents, near 100 MB of fingerprints."""


def bucket_count(input_bytes: int) -> int:
    """A power of two that keeps a bucket in memory; the output does not depend on it."""
    wanted = max(MIN_BUCKETS, input_bytes // BYTES_PER_BUCKET)
    return min(MAX_BUCKETS, 1 << (wanted - 1).bit_length())


def blobs_by(
    bucket: npt.NDArray[np.int64], records: npt.NDArray[np.void], head: bytes = b""
) -> Iterator[tuple[int, bytes]]:
    """``(bucket, blob)``: the head and the records of each bucket that has any, in their order."""
    order = np.argsort(bucket, kind="stable")
    records, bucket = records[order], bucket[order]
    numbers, starts = np.unique(bucket, return_index=True)
    for number, start, end in zip(numbers, starts, np.append(starts, len(bucket))[1:], strict=True):
        yield int(number), head + records[start:end].tobytes()


def read_blobs(blobs: Iterable[bytes], dtype: np.dtype[np.void]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.void]]:
    """The records of blobs with the number of an item at their head, and for each of them that number."""
    items, records = [], [np.zeros(0, dtype)]
    for blob in blobs:
        items.append(_HEADER.unpack_from(blob)[0])
        records.append(np.frombuffer(blob, dtype, offset=_HEADER.size))
    return np.repeat(np.array(items, np.uint32), [len(part) for part in records[1:]]), np.concatenate(records)


def item_head(item: int) -> bytes:
    """The head of a blob of one item."""
    return _HEADER.pack(item)


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
    return blobs_by(bucket, records, item_head(item))


def losers(blobs_of_bucket: Iterable[bytes], *, limit: int = 1) -> Iterator[tuple[int, bytes]]:
    """``(item, its lost lines as LOST)`` for one bucket, whatever order the blobs come in.

    Lost are all lines of a fingerprint but the first ``limit``; what each of them repeats is the first.
    """
    item, every = read_blobs(blobs_of_bucket, _RECORD)
    order = np.lexsort((every["line"], item, every["low"], every["high"]))
    every, item = every[order], item[order]
    ahead, behind = every[:-1], every[1:]
    same = np.concatenate([[False], (behind["high"] == ahead["high"]) & (behind["low"] == ahead["low"])])
    first = np.maximum.accumulate(np.where(same, 0, np.arange(len(every))))
    place = np.flatnonzero(np.arange(len(every)) - first >= limit)
    lost = np.empty(len(place), LOST)
    lost["line"], lost["likeness"] = every["line"][place], 1
    lost["item"], lost["kept"] = item[first[place]], every["line"][first[place]]
    return blobs_by(item[place].astype(np.int64), lost)


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
class MarkLosers(beam.DoFn):
    """Write down beside the part which of its lines are lost, and count them."""

    folder: str
    stage: str
    reason: Reason
    view: str
    rejects: bool

    def process(self, keyed: tuple[int, dict[str, Any]], places: Places | None = None) -> Iterator[Part]:
        """The part as it is without its lost lines; ``places`` are for :meth:`tell`."""
        _, joined = keyed
        (part,) = joined["part"]
        lost = np.concatenate([np.zeros(0, LOST), *(np.frombuffer(blob, LOST) for blob in joined["losers"])])
        if len(lost) == 0:
            yield part
            return
        lost = lost[np.argsort(lost["line"])]
        parts.write_array(parts.losers_path(self.folder, part.key, self.stage), lost)
        index, lines = parts.read_index(self.folder, part.key), lost["line"]
        if self.rejects:
            told = self.tell(lost, places or {})
            rejects.write_lost(
                self.folder, part, index, lines, view=self.view, stage=self.stage, reason=self.reason, more=told
            )
        yield parts.without_lines(part, index, lines, stage=self.stage, reason=self.reason)

    def tell(self, lost: Lost, places: Places) -> list[Mapping[str, Any]]:
        """What the rejects say of each lost line besides what it held."""
        return [{}] * len(lost)


@dataclass(kw_only=True)
class Dedupe(beam.PTransform):
    """PCollection[Part] -> PCollection[Part] with lines marked and counted as dropped.

    Of the lines with one fingerprint of the kind ``mark`` the first ``limit`` stay. ``view`` is where rejects find
    what a lost line held; ``stage`` names the files of what is lost.
    """

    folder: str
    mark: str
    stage: str
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
        mark = MarkLosers(self.folder, self.stage, self.reason, self.view, self.rejects)
        return {"part": keyed, "losers": lost} | "Join" >> beam.CoGroupByKey() | "Mark" >> beam.ParDo(mark)
