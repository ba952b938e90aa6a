"""Exact deduplication: of equal rows the first in (source priority, file, row) order stays, on every runner.

Only fingerprints are shuffled, 14 bytes a document, in numpy blobs bucketed by the fingerprint's first bits: a
GroupByKey moves a few large elements instead of one per document. 96 of the 128 bits are compared: the chance that any
two of 10^10 different documents agree in them is below 1 in 10^9.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import numpy.typing as npt

from beam_pipelines.reasons import Reason
from beam_pipelines.text.fingerprint import Fingerprints
from beam_pipelines.transforms import parts, rejects
from beam_pipelines.transforms.parts import LOST, Lost, Part, Places

_HEADER = struct.Struct("<I")
_STEP_WIDTH = struct.Struct("<B")
_RECORDS = {width: np.dtype([("high", ">u8"), ("low", ">u4"), ("step", f"<u{width}")]) for width in (1, 2, 4)}
"""By the width of a step, which is how far a line lies behind the last one of the blob."""

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
    """``(bucket, blob)``: the item's number, the width of a step, then a record a line, in order.

    Lines equal inside the item are still there. ``lines`` are the numbers of the lines that count; all of them when it
    is None.
    """
    if lines is None:
        lines = np.arange(len(marks))
    shift = np.uint64(64 - (buckets - 1).bit_length())
    high = marks["high"][lines].astype("u8")
    bucket = (high >> shift).astype(np.int64) if buckets > 1 else np.zeros(len(lines), np.int64)
    order = np.argsort(bucket, kind="stable")
    bucket, lines = bucket[order], lines[order]
    steps = np.diff(lines, prepend=0)
    first = np.diff(bucket, prepend=-1) != 0
    steps[first] = lines[first]
    width = next(width for width in _RECORDS if steps.max(initial=0) < 1 << 8 * width)
    records = np.empty(len(lines), _RECORDS[width])
    records["high"], records["low"], records["step"] = high[order], marks["low"][lines] >> np.uint64(32), steps
    return blobs_by(bucket, records, item_head(item) + _STEP_WIDTH.pack(width))


class _Marked(NamedTuple):
    """The lines of one bucket, one place of each array a line."""

    item: npt.NDArray[np.uint32]
    line: npt.NDArray[np.uint32]
    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint32]

    def at(self, places: npt.NDArray[np.int64]) -> "_Marked":
        return _Marked(self.item[places], self.line[places], self.high[places], self.low[places])


def _read(blobs_of_bucket: Iterable[bytes]) -> _Marked:
    read = [_Marked(*(np.zeros(0, kind) for kind in ("u4", "u4", "u8", "u4")))]
    for blob in blobs_of_bucket:
        (item,), (width,) = _HEADER.unpack_from(blob), _STEP_WIDTH.unpack_from(blob, _HEADER.size)
        records = np.frombuffer(blob, _RECORDS[width], offset=_HEADER.size + _STEP_WIDTH.size)
        line = np.cumsum(records["step"], dtype="u4")
        high, low = records["high"].astype("u8"), records["low"].astype("u4")
        read.append(_Marked(np.full(len(line), item, "u4"), line, high, low))
    return _Marked(*map(np.concatenate, zip(*read, strict=True)))


def losers(blobs_of_bucket: Iterable[bytes], *, limit: int = 1) -> Iterator[tuple[int, bytes]]:
    """``(item, its lost lines as LOST)`` for one bucket, whatever order the blobs come in.

    Lost are all lines of a fingerprint but the first ``limit``; what each of them repeats is the first.
    """
    every = _read(blobs_of_bucket)
    every = every.at(np.lexsort((every.line, every.item, every.low, every.high)))
    place = np.arange(len(every.line))
    same = np.zeros(len(place), np.bool_)
    same[1:] = (np.diff(every.high) == 0) & (np.diff(every.low) == 0)
    first = np.maximum.accumulate(np.where(same, 0, place))
    place = np.flatnonzero(place - first >= limit)
    lost, kept = every.at(place), every.at(first[place])
    records = np.empty(len(place), LOST)
    records["line"], records["item"], records["kept"], records["likeness"] = lost.line, kept.item, kept.line, 1
    return blobs_by(lost.item.astype(np.int64), records)


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
