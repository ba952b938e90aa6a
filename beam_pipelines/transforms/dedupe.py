"""Exact deduplication: of equal documents the first in (source priority, file, row) order stays, on every runner.

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


def blobs(index: npt.NDArray[np.void], item: int, buckets: int) -> Iterator[tuple[int, bytes]]:
    """``(bucket, blob)``: the item's number, then one _RECORD a line. Lines equal inside the item are still there."""
    shift = np.uint64(64 - (buckets - 1).bit_length())
    bucket = (index["high"].astype("u8") >> shift).astype(np.int64) if buckets > 1 else np.zeros(len(index), np.int64)
    records = np.empty(len(index), _RECORD)
    records["high"], records["low"], records["line"] = index["high"], index["low"], np.arange(len(index))
    order = np.argsort(bucket, kind="stable")
    records, bucket = records[order], bucket[order]
    bounds = np.searchsorted(bucket, np.arange(buckets + 1))
    for number in np.unique(bucket):
        yield int(number), _HEADER.pack(item) + records[bounds[number] : bounds[number + 1]].tobytes()


def losers(blobs_of_bucket: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """``(item, its duplicate lines as <u4)`` for one bucket, whatever order the blobs come in."""
    items, records = [], []
    for blob in blobs_of_bucket:
        items.append(_HEADER.unpack_from(blob)[0])
        records.append(np.frombuffer(blob, _RECORD, offset=_HEADER.size))
    item = np.repeat(np.array(items, np.uint32), [len(part) for part in records])
    every = np.concatenate(records)
    order = np.lexsort((every["line"], item, every["low"], every["high"]))
    every, item = every[order], item[order]
    same = (every["high"][1:] == every["high"][:-1]) & (every["low"][1:] == every["low"][:-1])
    lost = np.flatnonzero(same) + 1
    lost = lost[np.argsort(item[lost], kind="stable")]
    lost_items = item[lost]
    for number in np.unique(lost_items):
        lines = every["line"][lost[np.searchsorted(lost_items, number) : np.searchsorted(lost_items, number, "right")]]
        yield int(number), np.sort(lines).astype("<u4").tobytes()


@dataclass
class _Fingerprints(beam.DoFn):
    folder: str
    buckets: int

    def process(self, part: Part) -> Iterator[tuple[int, bytes]]:
        yield from blobs(parts.read_index(self.folder, part.key), part.index, self.buckets)


@dataclass
class _MarkLosers(beam.DoFn):
    """Write down beside the part which of its lines are duplicates, and count them."""

    folder: str
    rejects: bool

    def process(self, keyed: tuple[int, dict[str, Any]]) -> Iterator[Part]:
        _, joined = keyed
        (part,) = joined["part"]
        lines = np.sort(np.concatenate([np.zeros(0, "<u4"), *(np.frombuffer(b, "<u4") for b in joined["losers"])]))
        path = parts.losers_path(self.folder, part.key)
        if len(lines) == 0:
            files.remove(path)
            yield part
            return
        with files.write_whole(path) as file:
            np.save(file, lines)
        index = parts.read_index(self.folder, part.key)
        if self.rejects:
            parts.write_duplicates(self.folder, part, index, lines)
        yield parts.without_lines(part, index, lines)


@dataclass
class ExactDedupe(beam.PTransform):
    """PCollection[Part] -> PCollection[Part] with duplicates marked and counted as dropped."""

    folder: str
    buckets: int
    rejects: bool = False

    def expand(self, items: beam.PCollection[Part]) -> beam.PCollection[Part]:
        """Fingerprints -> losers by bucket -> losers by part."""
        lost = (
            items
            | "Fingerprints" >> beam.ParDo(_Fingerprints(self.folder, self.buckets))
            | "ByBucket" >> beam.GroupByKey()
            | "Losers" >> beam.FlatMap(lambda keyed: losers(keyed[1]))
        )
        keyed = items | "ByItem" >> beam.Map(lambda part: (part.index, part))
        return (
            {"part": keyed, "losers": lost}
            | "Join" >> beam.CoGroupByKey()
            | "Mark" >> beam.ParDo(_MarkLosers(self.folder, self.rejects))
        )
